"""A release as the exchanged document: what was imported goes out as it came, what was made here in today's schema."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from forum.agenda import schedule
from forum.agenda.model import Item, Room
from forum.agenda.programme import day_of
from forum.agenda.schedule import Conference, Day, DayRoom, Event, Person, Recording, Schedule
from forum.clock import at_local, local

TIMESLOT: Final = "00:05"


@dataclass(frozen=True, slots=True)
class About:
    """What the head of a document says: the edition and where it is served (`origin` without a slash at its end)."""

    slug: str
    name: str
    version: str
    zone: str
    origin: str
    software: str = ""


def document(items: Sequence[Item], head: Mapping[str, Any], about: About) -> Schedule:
    """The standing *items* as a document. *head* is what an imported file said about itself; empty for an edition made here."""
    names = room_names(items)
    if head:
        return Schedule(
            about.version if about.version else head["version"],
            _conference(head["conference"]),
            _as_imported(items, head, names, about),
            _pair(head["generator"]),
        )
    days = sorted({day_of(i) for i in items})
    conference = Conference(
        acronym(about.slug),
        about.name,
        days[0].isoformat() if days else None,
        days[-1].isoformat() if days else None,
        len(days),
        TIMESLOT,
        about.origin + "/",
        about.zone,
    )
    made = tuple(_day(n, day, [i for i in items if day_of(i) == day], names, about) for n, day in enumerate(days, start=1))
    return Schedule(about.version, conference, made, (schedule.GENERATOR, about.software))


def acronym(slug: str) -> str:
    """The edition's slug as the schema wants it: lower case, digits, `_` and `-`."""
    return re.sub(r"[^a-z0-9_-]", "-", slug.lower())


def room_names(items: Sequence[Item]) -> dict[UUID, str]:
    """A name per room that no other room of the document has: its own, or with its campus before it."""
    rooms: dict[UUID, Item] = {i.room.id: i for i in items}
    same = Counter(i.room.name for i in rooms.values())
    wide = {key: i.room.name if same[i.room.name] == 1 else f"{i.campus.name}, {i.room.name}" for key, i in rooms.items()}
    again = Counter(wide.values())
    return {key: name if again[name] == 1 else f"{name} ({rooms[key].room.building or rooms[key].campus.slug})" for key, name in wide.items()}


def _day(index: int, day: date, items: Sequence[Item], names: Mapping[UUID, str], about: About) -> Day:
    """A day from four in the morning to four, longer when a session is."""
    start = local(at_local(day, time(4), about.zone), about.zone)
    end = max(local(at_local(day + timedelta(days=1), time(4), about.zone), about.zone), *(local(i.end, about.zone) for i in items))
    rooms: dict[UUID, list[Item]] = defaultdict(list)
    for item in items:
        rooms[item.room.id].append(item)
    return Day(index, day, start, end, tuple(DayRoom(names[key], tuple(_event(i, names, about, ()) for i in held)) for key, held in rooms.items()))


def _event(item: Item, names: Mapping[UUID, str], about: About, absent: Sequence[str], *, imported: bool = False) -> Event:
    s = item.session
    optional: dict[str, Any] = {
        "subtitle": s.subtitle,
        "track": s.track,
        "type": s.kind,
        "language": s.language,
        "abstract": s.abstract,
        "description": s.description,
        "persons": tuple(Person(p.name, p.number) for p in s.speakers),
        "links": tuple(schedule.Link(link.href, link.title) for link in s.links),
        "attachments": tuple(schedule.Link(link.href, link.title) for link in s.attachments),
        "logo": s.logo or None,
        "url": f"{about.origin}/{about.slug}/talk/{s.code}/",
    }
    if imported:
        optional |= dict.fromkeys((name for name in absent if name != "url"), None)
    return Event(
        id=s.number,
        guid=s.guid,
        date=local(item.start, item.campus.zone),
        minutes=item.placement.interval.minutes,
        room=names[item.room.id],
        title=s.title,
        slug=s.slug or slug_of(about.slug, item),
        recording=None if s.licence is None else Recording(s.licence, s.optout),
        extra=s.extra,
        **optional,
    )


def slug_of(edition: str, item: Item) -> str:
    """A slug no other session of the edition has: `forum-2028-17-the-title`."""
    return f"{acronym(edition)}-{item.session.number}-{plain(item.session.title)[:60] or 'session'}".strip("-_")


def plain(text: str) -> str:
    """Letters and digits of *text*, in lower case without accents, joined by `-`."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


# --- as it came ---------------------------------------------------------------------------------------------


def _conference(said: Mapping[str, Any]) -> Conference:
    return Conference(**{**said, "extra": tuple(said["extra"])})


def _pair(said: Sequence[str] | None) -> tuple[str, str] | None:
    return None if said is None else (said[0], said[1])


def _as_imported(items: Sequence[Item], head: Mapping[str, Any], names: Mapping[UUID, str], about: About) -> tuple[Day, ...]:
    """The days of the imported file with their own bounds and room order; sessions on other days get a day of ours."""
    days = [_Window(d["index"], date.fromisoformat(d["date"]), _moment(d["start"]), _moment(d["end"]), d["rooms"]) for d in head["days"]]
    held: dict[int, list[Item]] = defaultdict(list)
    other: dict[date, list[Item]] = defaultdict(list)
    for item in items:
        window = next((w for w in days if w.holds(item)), None)
        if window is None:
            other[day_of(item)].append(item)
        else:
            held[window.index].append(item)
    last = max((w.index for w in days), default=0)
    absent = head.get("absent", {})
    found = [_window_day(w, held[w.index], names, about, absent) for w in days]
    return (*found, *(_day(last + n, day, mine, names, about) for n, (day, mine) in enumerate(sorted(other.items()), start=1)))


@dataclass(frozen=True, slots=True)
class _Window:
    index: int
    day: date
    start: datetime | None
    end: datetime | None
    rooms: Sequence[Mapping[str, Any]]

    def holds(self, item: Item) -> bool:
        if self.start is None or self.end is None:
            return day_of(item) == self.day
        return self.start <= item.start < self.end


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _window_day(window: _Window, items: Sequence[Item], names: Mapping[UUID, str], about: About, absent: Mapping[str, Sequence[str]]) -> Day:
    by_room: dict[str, list[Item]] = {room["name"]: [] for room in window.rooms}
    for item in items:
        by_room.setdefault(names[item.room.id], []).append(item)
    extra = {room["name"]: tuple((k, v) for k, v in room["extra"]) for room in window.rooms}
    rooms = tuple(
        DayRoom(name, tuple(_event(i, names, about, absent.get(i.session.guid, ()), imported=True) for i in held), extra.get(name, ()))
        for name, held in by_room.items()
    )
    return Day(window.index, window.day, window.start, window.end, rooms)


def rooms_of(items: Sequence[Item]) -> dict[str, Room]:
    """The rooms of a document by the name they have in it."""
    names = room_names(items)
    return {names[i.room.id]: i.room for i in items}
