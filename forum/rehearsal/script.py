"""What the simulated public does, and what goes wrong: everything follows from a seed. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

from forum.clock import at_local

NEVER_COMES: Final = 0.06  # of the people who hold a place
FORGETS: Final = 0.03  # of the meetings of people who are there
RECRUITER_EARLY: Final = timedelta(minutes=30)
WAVES: Final = ((time(8, 55), 0.45, 18), (time(10, 20), 0.25, 30), (time(13, 20), 0.30, 35))  # (around, share, spread in minutes)
MARGIN: Final = timedelta(minutes=12)  # people like to be there this long before something begins
GATE_SECONDS: Final = 4  # one passage at a door
Minutes = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Stop:
    """Something a person has to be at: campus by slug, `[start, end)`."""

    campus: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """One badge holder of the day. `home` is the campus of their day; `works` means a recruiter or staff."""

    registration: UUID
    person: UUID
    token: str
    home: str
    works: bool = False


@dataclass(frozen=True, slots=True)
class Habit:
    """When a person comes and goes of themselves; `comes` None: not at all."""

    comes: datetime | None
    goes: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Through the doors: out of `leaves` (empty: from outside), into `enters` (empty: home) after `minutes` on the way."""

    leaves: str
    enters: str
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at `at`: `kind` is offline, battery, room, campus, speaker, late, ill or crowd; `until` when it ends by itself.

    `ref` is the gate, the room, the session's code, the company that is late, the recruiter who is ill.
    """

    at: datetime
    kind: str
    campus: str
    ref: str = ""
    until: datetime | None = None


def habit(person: Person, stops: Sequence[Stop], day: date, zone: str, seed: int) -> Habit:
    """Arrivals in three waves, before one's first appointment; the same for the same person, day and seed."""
    random = Random(f"{seed}/{day}/{person.registration}")
    closing = at_local(day, time(18, 25), zone)
    last = max((s.end for s in stops), default=at_local(day, time(12), zone))
    goes = min(closing, max(last, at_local(day, time(11), zone)) + timedelta(minutes=random.randint(15, 150)))
    if person.works:
        first = min((s.start for s in stops), default=at_local(day, time(9), zone))
        return Habit(first - RECRUITER_EARLY + timedelta(minutes=random.randint(-10, 15)), closing)
    if random.random() < NEVER_COMES:
        return Habit(None, goes)
    around, _, spread = random.choices(WAVES, [w[1] for w in WAVES])[0]
    comes = at_local(day, around, zone) + timedelta(minutes=random.gauss(0, spread))
    comes = max(comes, at_local(day, time(8, 30), zone))
    if stops:
        comes = min(comes, min(s.start for s in stops) - MARGIN)
    return Habit(comes, max(goes, comes + timedelta(minutes=40)))


def battery_left(phone: UUID, hours: float, empty: float | None = None) -> int:
    """Per cent of a phone's battery *hours* after it was unplugged; nearly none, and less, when nobody charged it and that shows since *empty* minutes."""
    full = max(1, round(100 - hours * Random(f"battery/{phone}").uniform(4, 10)))
    return full if empty is None else max(1, min(full, round(14 - empty / 6)))


def forgets(meeting: UUID, seed: int) -> bool:
    """Whether the candidate, though there, misses this meeting."""
    return Random(f"{seed}/forgets/{meeting}").random() < FORGETS


def next_move(where: str, habits: Habit, home: str, stops: Sequence[Stop], now: datetime, minutes: Minutes, shut: frozenset[str] = frozenset()) -> Move | None:
    """What a person does now: come, walk to the next campus, go home, or nothing (None). `stops` in order; `where` empty outside.

    A campus in *shut* is left at once and not entered.
    """
    if habits.comes is None or now < habits.comes:
        return None
    ahead = [s for s in stops if s.end > now and s.campus not in shut]
    if where in shut:
        refuge = ahead[0].campus if ahead and ahead[0].start - now < timedelta(hours=2) else ""
        return Move(where, refuge, minutes(where, refuge) if refuge else 0)
    if any(s.start <= now and s.campus == where for s in ahead):
        return None
    if not ahead:
        return Move(where, "") if where and now >= habits.goes else None if where or now >= habits.goes else _enter(home, shut)
    nxt = ahead[0]
    if not where:
        return _enter(nxt.campus if nxt.start - now < timedelta(minutes=45) or home in shut else home, shut)
    away = minutes(where, nxt.campus) if nxt.campus != where else 0
    if nxt.campus != where and nxt.start - now <= timedelta(minutes=away) + MARGIN:
        return Move(where, nxt.campus, away)
    return None


def _enter(campus: str, shut: frozenset[str]) -> Move | None:
    return None if campus in shut else Move("", campus)


@dataclass(frozen=True, slots=True)
class Stage:
    """What can go wrong: campuses by number; gates as (campus, gate id), rooms and sessions as (campus, key, start) of the day.

    `meetings` are (slot, campus, company, recruiter), `inwards` the campuses with a gate that could be opened for the way out.
    """

    campuses: tuple[str, ...]
    gates: tuple[tuple[str, str], ...]
    rooms: tuple[tuple[str, str], ...]
    sessions: tuple[tuple[str, str, datetime], ...]
    meetings: tuple[tuple[datetime, str, str, str], ...] = ()
    inwards: tuple[str, ...] = ()


LATE: Final = (time(9), time(9, 40), time(10, 20), time(11, 20), time(12), time(13, 40), time(14, 40), time(15, 40), time(16, 40))  # slots at which somebody is late


def faults(stage: Stage, day: date, zone: str, seed: int) -> tuple[Fault, ...]:
    """The day's troubles in time order: phones without a network or a charge and late recruiters all day, an ill one at 9:30, a campus that fills up
    at 9:40, a room at 11:00, a speaker at 11:40, a campus at 15:00.
    """
    random = Random(f"{seed}/{day}/faults")

    def at(hour: int, minute: int = 0) -> datetime:
        return at_local(day, time(hour, minute), zone)

    found = [*_phones(stage, at(8, 36), at(17), random), *_recruiters(stage, at, random)]
    large = stage.inwards or stage.campuses[1:]
    if large:
        found.append(Fault(at(9, 40), "crowd", random.choice(large), until=at(9, 40) + timedelta(minutes=random.randint(30, 50))))
    if stage.rooms:
        campus, room = random.choice(stage.rooms)
        found.append(Fault(at(11), "room", campus, room))
    later = [s for s in stage.sessions if s[2] > at(12, 30)]
    if later:
        campus, code, _ = random.choice(later)
        found.append(Fault(at(11, 40), "speaker", campus, code))
    if len(stage.campuses) > 1:
        found.append(Fault(at(15), "campus", random.choice(stage.campuses[1:])))
    return tuple(sorted(found, key=lambda f: f.at))


def _phones(stage: Stage, begin: datetime, end: datetime, random: Random) -> list[Fault]:
    """Some phones lose the network once, the first at *begin*, spread over the day; others were not charged, and are nearly empty at some hour.

    In a small forum half of them and a third, in a large one fewer: a quarter and a seventh of 160.
    """
    whole = len(stage.gates)
    offline = random.sample(stage.gates, max(1, min(whole * 3 // 5, 12 + whole // 5))) if whole else []
    left = [one for one in stage.gates if one not in offline]
    empty = random.sample(left, min(len(left), max(1, min(whole // 3, 6 + whole // 10))))
    found = []
    for kind, those, least, most in (("offline", offline, 20, 45), ("battery", empty, 30, 70)):
        for n, (campus, gate) in enumerate(those):
            at = begin + (end - begin) * n / len(those) + timedelta(minutes=random.randint(0, 4))
            found.append(Fault(at, kind, campus, gate, at + timedelta(minutes=random.randint(least, most))))
    return found


def _recruiters(stage: Stage, at: Callable[..., datetime], random: Random) -> list[Fault]:
    """At some slots the recruiters of a company (one in sixty) are a quarter of an hour late; one with a morning full of meetings is ill."""
    slots = sorted({slot for slot, *_ in stage.meetings})
    found = []
    for clock in LATE if slots else ():
        slot = next((s for s in slots if s >= at(clock.hour, clock.minute)), slots[-1])
        those = sorted({(campus, company) for s, campus, company, _ in stage.meetings if s == slot})
        for campus, company in random.sample(those, max(1, len(those) // 60)):
            found.append(Fault(slot - timedelta(minutes=1), "late", campus, company, slot + timedelta(minutes=random.randint(13, 16))))
    full = [(campus, recruiter) for slot, campus, _, recruiter in stage.meetings if slot >= at(9, 40)]
    if full:
        found.append(Fault(at(9, 30), "ill", *random.choice(full)))
    return found


@dataclass(slots=True)
class Gate:
    """A queue at a door: one passage every four seconds."""

    free_at: datetime | None = None

    def passes(self, arrives: datetime) -> datetime:
        """When somebody who arrives then has been scanned."""
        begins = arrives if self.free_at is None or self.free_at < arrives else self.free_at
        self.free_at = begins + timedelta(seconds=GATE_SECONDS)
        return self.free_at


def merged(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """In order, appointments back to back on one campus as one."""
    found: list[Stop] = []
    for stop in sorted(stops, key=lambda s: (s.start, s.end)):
        if found and found[-1].campus == stop.campus and stop.start <= found[-1].end + timedelta(minutes=5):
            found[-1] = replace(found[-1], end=max(found[-1].end, stop.end))
        else:
            found.append(stop)
    return tuple(found)
