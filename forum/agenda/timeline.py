"""One person's day from plain items: what they do, the journeys between, the free time, and what cannot be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from forum.clock import Interval, local
from forum.formats import clock_time
from forum.i18n import N_, Message

SHORTEST_GAP: Final = 15  # minutes; less is a pause, not free time


class StopKind(StrEnum):
    """What a person is held by."""

    SESSION = "session"
    SPEAKING = "speaking"
    WAITING = "waiting"
    FAVOURITE = "favourite"
    MEETING = "meeting"
    CHECK_IN = "check-in"

    @property
    def binding(self) -> bool:
        """Whether others count on the person being there; a star or a place in a queue binds nobody."""
        return self in (StopKind.SESSION, StopKind.SPEAKING, StopKind.MEETING)


@dataclass(frozen=True, slots=True)
class Stop:
    """Something at a place and a time. A check-in has no length: its `end` is its `start`."""

    kind: StopKind
    ref: str
    title: str | Message
    campus: str
    place: str
    start: datetime
    end: datetime
    url: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How to get from campus to campus: minutes, and by what ("walk", "M6" …)."""

    minutes: int
    by: str = ""
    step_free: bool = False


Ways = Callable[[str, str], Way | None]


@dataclass(frozen=True, slots=True)
class Journey:
    """A trip of its own: leave at `leave`, arrive at `arrive`; `late` minutes too late when positive. No `way`: none is known."""

    origin: str
    destination: str
    leave: datetime
    arrive: datetime
    way: Way | None
    late: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Free time on a campus, journeys taken off."""

    start: datetime
    end: datetime
    campus: str

    @property
    def minutes(self) -> int:
        return int((self.end - self.start) / timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Clash:
    """Two stops that cannot both be kept: at the same time, or too far apart."""

    first: Stop
    second: Stop
    message: Message


Entry = Stop | Journey | Gap


@dataclass(frozen=True, slots=True)
class Timeline:
    """A day in order: stops, the journeys between them and the gaps; `clashes` say what cannot be kept."""

    entries: tuple[Entry, ...]
    clashes: tuple[Clash, ...]


def timeline(stops: Sequence[Stop], ways: Ways, *, zone: str = "Europe/Paris") -> Timeline:
    """The day of *stops*. Cancelled stops are shown and bind nobody; a check-in says where the person is."""
    ordered = sorted(stops, key=lambda s: (s.start, s.end, s.ref))
    entries: list[Entry] = []
    clashes: list[Clash] = []
    last: Stop | None = None
    for stop in ordered:
        if not stop.cancelled:
            if last is not None:
                clashes += _clash(last, stop, ways, zone)
                entries += _between(last, stop, ways)
            if last is None or stop.end >= last.end or stop.kind is StopKind.CHECK_IN:
                last = stop
        entries.append(stop)
    return Timeline(tuple(entries), tuple(clashes))


def _between(last: Stop, stop: Stop, ways: Ways) -> list[Entry]:
    """The journey, and the free time before it on the campus where the person is. They leave as late as they can."""
    if stop.start < last.end or stop.kind is StopKind.CHECK_IN:
        return []
    if last.campus == stop.campus:
        return _gap(last.end, stop.start, last.campus)
    way = ways(last.campus, stop.campus)
    if way is None:
        return [Journey(last.campus, stop.campus, last.end, stop.start, None)]
    trip = timedelta(minutes=way.minutes)
    leave = max(last.end, stop.start - trip)
    late = max(0, int((leave + trip - stop.start) / timedelta(minutes=1)))
    return [*_gap(last.end, leave, last.campus), Journey(last.campus, stop.campus, leave, leave + trip, way, late)]


def _gap(start: datetime, end: datetime, campus: str) -> list[Entry]:
    gap = Gap(start, end, campus)
    return [gap] if gap.minutes >= SHORTEST_GAP else []


def still(entry: Entry, now: datetime) -> Entry | None:
    """What is left of *entry* at *now*: free time begins now, and is none once it is a pause; None when it is over."""
    if isinstance(entry, Gap):
        return next(iter(_gap(max(entry.start, now), entry.end, entry.campus)), None)
    return entry if (entry.arrive if isinstance(entry, Journey) else entry.end) > now else None


def _clash(first: Stop, second: Stop, ways: Ways, zone: str) -> list[Clash]:
    if first.kind is StopKind.CHECK_IN or second.kind is StopKind.CHECK_IN:
        return []
    facts = {"first": first.title, "second": second.title, "start": clock_time(second.start, zone)}
    if second.start < first.end:
        return [Clash(first, second, Message(N_("{first} and {second} overlap at {start}."), **facts))]
    if first.campus == second.campus:
        return []
    way = ways(first.campus, second.campus)
    if way is None:
        return [Clash(first, second, Message(N_("No way is known from {first} to {second}."), **facts))]
    have = int((second.start - first.end) / timedelta(minutes=1))
    if have >= way.minutes:
        return []
    message = Message(N_("You have {have} min from {first} to {second}; the journey takes {need}."), have=have, need=way.minutes, **facts)
    return [Clash(first, second, message)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What adding one stop would mean: the clashes it brings, and other stops that would fit instead."""

    clashes: tuple[Clash, ...]
    alternatives: tuple[Stop, ...]

    @property
    def fits(self) -> bool:
        return not self.clashes


def before_committing(day: Sequence[Stop], wanted: Stop, instead: Sequence[Stop], ways: Ways, *, zone: str = "Europe/Paris", most: int = 3) -> Verdict:
    """Whether *wanted* fits in *day*; if not, up to *most* of *instead* that do, the nearest in time first."""
    clashes = _clashes_of(day, wanted, ways, zone)
    if not clashes:
        return Verdict((), ())
    fitting = [s for s in instead if s.ref != wanted.ref and not s.cancelled and not _clashes_of(day, s, ways, zone)]
    nearest = sorted(fitting, key=lambda s: (abs(s.start - wanted.start), s.ref))
    return Verdict(tuple(clashes), tuple(nearest[:most]))


def _clashes_of(day: Sequence[Stop], wanted: Stop, ways: Ways, zone: str) -> list[Clash]:
    """The clashes of *wanted* with what binds the person, checked against every stop, not only its neighbours."""
    found = []
    for stop in day:
        if stop.ref != wanted.ref and stop.kind.binding and not stop.cancelled:
            first, second = sorted((stop, wanted), key=lambda s: (s.start, s.end))
            found += _clash(first, second, ways, zone)
    return found


def free(stops: Sequence[Stop], within: Interval) -> list[Interval]:
    """The parts of *within* no binding stop takes."""
    found: list[Interval] = []
    at = within.start
    for stop in sorted((s for s in stops if s.kind.binding and not s.cancelled), key=lambda s: s.start):
        if stop.start > at:
            found.append(Interval(at, min(stop.start, within.end)))
        at = max(at, stop.end)
        if at >= within.end:
            return found
    return [*found, Interval(at, within.end)]


def of_day(stops: Sequence[Stop], day: datetime, zone: str = "Europe/Paris") -> list[Stop]:
    """The stops that start on the local day of *day*."""
    return [s for s in stops if local(s.start, zone).date() == local(day, zone).date()]
