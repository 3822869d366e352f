"""The tables of places as Piccolo sees them; `migrations/` has the last word, a test compares."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Date, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table

from forum.db import DB


class Campus(Table, tablename="campus", db=DB):
    """A site taking part."""

    id = UUID(primary_key=True)
    edition = UUID()
    slug = Text()
    number = Integer()
    name = Text()
    address = Text()
    postcode = Text()
    city = Text()
    latitude = DoublePrecision()
    longitude = DoublePrecision()
    zone = Text()
    capacity = Integer()
    step_free = Boolean()
    access_fr = Text()
    access_en = Text()
    phone = Text()
    version = Integer()
    removed_at = Timestamptz(null=True, default=None)


class Room(Table, tablename="room", db=DB):
    """A room with its seats."""

    id = UUID(primary_key=True)
    campus = UUID()
    building = Text()
    floor = Text()
    name = Text()
    capacity = Integer()
    step_free = Boolean()
    equipment = Array(Text())
    position = Integer()
    version = Integer()
    removed_at = Timestamptz(null=True, default=None)


class MeetingTable(Table, tablename="meeting_table", db=DB):
    """A numbered meeting place."""

    id = UUID(primary_key=True)
    campus = UUID()
    room = UUID(null=True, default=None)
    number = Integer()
    step_free = Boolean()
    removed_at = Timestamptz(null=True, default=None)


class Gate(Table, tablename="gate", db=DB):
    """A door where badges are scanned."""

    id = UUID(primary_key=True)
    campus = UUID()
    slug = Text()
    name = Text()
    ways = Text()
    step_free = Boolean()
    removed_at = Timestamptz(null=True, default=None)


class TravelOverride(Table, tablename="travel_override", db=DB):
    """Minutes between two campuses set by hand."""

    id = UUID(primary_key=True)
    origin = UUID()
    destination = UUID()
    minutes = Integer()
    step_free = Boolean()
    reason = Text()
    made_by = UUID(null=True, default=None)
    made_at = Timestamptz()
    removed_by = UUID(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class TravelPatch(Table, tablename="travel_patch", db=DB):
    """A live change of travel times."""

    id = UUID(primary_key=True)
    edition = UUID()
    line = Text()
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    radius_m = Integer(null=True, default=None)
    percent = Integer(null=True, default=None)
    walking = Boolean()
    reason = Text()
    made_by = UUID(null=True, default=None)
    made_at = Timestamptz()
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class TravelUpload(Table, tablename="travel_upload", db=DB):
    """A timetable sent through the page, and what became of it."""

    id = UUID(primary_key=True)
    edition = UUID()
    name = Text()
    size = BigInt()
    day = Date()
    made_by = UUID(null=True, default=None)
    made_at = Timestamptz()
    job = BigInt(null=True, default=None)
    step = Text()
    finished_at = Timestamptz(null=True, default=None)
    trips = Integer(null=True, default=None)
    changed = Integer(null=True, default=None)
    failure = JSONB(null=True, default=None)
