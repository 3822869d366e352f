"""The programme as other systems exchange it (frab/C3VOC schedule): a document with nothing of ours in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

GENERATOR: Final = "Forum"


@dataclass(frozen=True, slots=True)
class Person:
    """A speaker as the file names them; `id` is the file's own number."""

    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    licence: str = ""
    optout: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One session. `date` aware, with the offset of the place; `minutes` ≥ 1; None = the file has no such element.

    `extra` holds elements this module does not know, each as XML text, so that they go out again.
    """

    id: int
    guid: str
    date: datetime
    minutes: int
    room: str
    title: str
    slug: str = ""
    subtitle: str | None = ""
    track: str | None = ""
    type: str | None = ""
    language: str | None = ""
    abstract: str | None = ""
    description: str | None = ""
    url: str | None = None
    logo: str | None = None
    recording: Recording | None = None
    persons: tuple[Person, ...] | None = ()
    links: tuple[Link, ...] | None = ()
    attachments: tuple[Link, ...] | None = None
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayRoom:
    """A room's events of one day; `extra` are its other attributes (`guid`, …)."""

    name: str
    events: tuple[Event, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the programme; it may last past midnight (`end` after the calendar day's)."""

    index: int
    date: date
    start: datetime | None = None
    end: datetime | None = None
    rooms: tuple[DayRoom, ...] = ()


@dataclass(frozen=True, slots=True)
class Conference:
    """The head of the file; `extra` are elements not named here, as XML text."""

    acronym: str
    title: str
    start: str | None = None
    end: str | None = None
    days: int | None = None
    timeslot_duration: str | None = None
    base_url: str | None = None
    time_zone_name: str | None = None
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole programme of one version."""

    version: str
    conference: Conference
    days: tuple[Day, ...] = ()
    generator: tuple[str, str] | None = None

    def events(self) -> Iterator[Event]:
        """Every event, in file order."""
        for day in self.days:
            for room in day.rooms:
                yield from room.events


def hours(minutes: int) -> str:
    """Minutes as the format writes durations: `01:30`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
