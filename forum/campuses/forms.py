"""What an organiser may send about places; unknown fields are refused."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

Line = Annotated[str, Meta(min_length=1, max_length=120)]
Slug = Annotated[str, Meta(min_length=1, max_length=40)]
Reason = Annotated[str, Meta(min_length=3, max_length=300)]


class EditionForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """The edition's facts; `version` is the one the editor saw. Moments are on the wall clock of the edition."""

    name: Line
    slot_minutes: Literal["10", "15", "20", "30"]
    registration_opens: datetime | None = None
    registration_closes: datetime | None = None
    version: Annotated[int, Meta(ge=1)]


class EditionDayForm(Struct, forbid_unknown_fields=True):
    """One day of the edition."""

    day: date
    opens: time
    closes: time


class CampusForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A campus; degrees are WGS84 and take a French comma."""

    number: Annotated[int, Meta(ge=1, le=999)]
    name: Line
    address: Annotated[str, Meta(max_length=200)] = ""
    postcode: Annotated[str, Meta(max_length=10)] = ""
    city: Annotated[str, Meta(max_length=80)] = "Paris"
    latitude: Annotated[str, Meta(max_length=20)]
    longitude: Annotated[str, Meta(max_length=20)]
    capacity: Annotated[int, Meta(ge=0, le=100_000)]
    step_free: bool = False
    access_fr: Annotated[str, Meta(max_length=2000)] = ""
    access_en: Annotated[str, Meta(max_length=2000)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    version: Annotated[int, Meta(ge=0)] = 0


class CampusDayForm(Struct, forbid_unknown_fields=True):
    """Opening hours and places of a campus on one day; with `closed` it does not open that day."""

    day: date
    opens: time | None = None
    closes: time | None = None
    places: Annotated[int, Meta(ge=0, le=100_000)] = 0
    closed: bool = False


class RoomForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A room; `equipment` is separated by commas."""

    name: Line
    building: Annotated[str, Meta(max_length=80)] = ""
    floor: Annotated[str, Meta(max_length=20)] = ""
    capacity: Annotated[int, Meta(ge=1, le=20_000)]
    step_free: bool = False
    equipment: Annotated[str, Meta(max_length=400)] = ""
    version: Annotated[int, Meta(ge=0)] = 0


class TablesForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A run of meeting tables, numbered from `first`, in a room or in a hall of their own."""

    first: Annotated[int, Meta(ge=1, le=9999)]
    count: Annotated[int, Meta(ge=1, le=200)] = 1
    room: Annotated[str, Meta(max_length=36)] = ""
    step_free: bool = False


class GateForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A door and which way badges go through it."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    ways: Literal["both", "entry", "exit"] = "both"
    step_free: bool = False


class OverrideForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """One entry of the travel matrix set by hand."""

    minutes: Annotated[int, Meta(ge=1, le=600)]
    reason: Reason
    both_ways: bool = False
    step_free: bool = False


class PatchForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A live change: `effect` is slower (by `percent` of the usual minutes) or closed, on `line` and around a campus when given."""

    effect: Literal["slower", "closed"]
    percent: Annotated[int, Meta(ge=100, le=1000)] = 200
    line: Annotated[str, Meta(max_length=80)] = ""
    around: Annotated[str, Meta(max_length=40)] = ""
    radius_m: Annotated[int, Meta(ge=50, le=50_000)] = 1000
    walking: bool = False
    reason: Reason


class NothingForm(Struct, forbid_unknown_fields=True):
    """A form that is one button."""
