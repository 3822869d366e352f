"""What the agenda speaks of: rooms, speakers, sessions, where and when they stand, releases and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from forum.clock import Interval
from forum.i18n import Message

TITLE_MAX: Final = 200  # characters; longer titles break every grid and most calendars


@dataclass(frozen=True, slots=True)
class Campus:
    """A site; `latitude` and `longitude` in degrees (WGS 84), None when nobody has measured them."""

    slug: str
    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    zone: str = "Europe/Paris"
    number: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a campus; `capacity` in persons, None when nobody has said (no seats can be reserved then)."""

    id: UUID
    campus: str
    name: str
    capacity: int | None
    building: str = ""
    equipment: frozenset[str] = frozenset()
    step_free: bool = True


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who holds sessions; `code` is the public one in URLs, `number` the one of imported files."""

    id: UUID
    name: str
    code: str = ""
    number: int | None = None
    biography: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words it is shown with."""

    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An item of the agenda, wherever it stands. `minutes` ≥ 1; `seats` caps it below its room's capacity."""

    id: UUID
    title: str
    minutes: int
    code: str = ""
    number: int = 0
    guid: str = ""
    subtitle: str = ""
    kind: str = "talk"
    track: str = ""
    language: str = "fr"
    level: str = ""
    abstract: str = ""
    description: str = ""
    speakers: tuple[Speaker, ...] = ()
    needs: frozenset[str] = frozenset()
    seats: int | None = None
    reservable: bool = False
    licence: str | None = None
    optout: bool = False
    slug: str = ""
    logo: str = ""
    links: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    extra: tuple[str, ...] = ()  # XML elements of an imported schedule that Forum has no field for


@dataclass(frozen=True, slots=True)
class Placement:
    """A session in a room over `[start, end)`. `end` after `start` is checked by `rules`, not here: imports show faults."""

    session: UUID
    room: UUID
    start: datetime
    end: datetime
    locked: bool = False

    @property
    def interval(self) -> Interval:
        """The time it takes. Raises ValueError when it ends before it starts."""
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Item:
    """A session as published: its content, its place, and how often either has changed (iCalendar's SEQUENCE)."""

    session: Session
    placement: Placement
    room: Room
    campus: Campus
    sequence: int = 0
    changed: datetime | None = None
    cancelled: bool = False

    @property
    def start(self) -> datetime:
        return self.placement.start

    @property
    def end(self) -> datetime:
        return self.placement.end


@dataclass(frozen=True, slots=True)
class Release:
    """A published state of the agenda: `number` rises by one, `name` is what people call it."""

    number: int
    name: str
    at: datetime
    note: str = ""


class ChangeKind(StrEnum):
    """What a release did to a session."""

    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a changelog; `before` is None for a new session, `after` for a cancelled one."""

    kind: ChangeKind
    before: Item | None
    after: Item | None
    fields: tuple[str, ...] = ()

    @property
    def session(self) -> Session:
        item = self.after or self.before
        assert item is not None, "a change has at least one side"
        return item.session


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an agenda. Hard ones stop a release, the others are said and may stand."""

    rule: str
    sessions: tuple[UUID, ...]
    message: Message
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Travel:
    """Minutes from campus to campus, margin included; a pair that is not there cannot be travelled."""

    minutes: Mapping[tuple[str, str], int]

    def between(self, here: str, there: str) -> int | None:
        """Minutes, 0 on the same campus, None when no way is known."""
        return 0 if here == there else self.minutes.get((here, there))


@dataclass(frozen=True, slots=True)
class Busy:
    """Time a person has given elsewhere (a meeting, a session), and on which campus."""

    interval: Interval
    campus: str
    title: str | Message = ""


def by_start(items: Sequence[Item]) -> list[Item]:
    """Items in reading order: time, campus, room, title."""
    return sorted(items, key=lambda i: (i.start, i.campus.slug, i.room.name, i.session.title))
