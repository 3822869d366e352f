"""Whether a person can be at one more place in time: overlaps and journeys between campuses. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

Between: TypeAlias = Callable[[str, str], int]


@dataclass(frozen=True, slots=True, order=True)
class Stop:
    """A commitment `[start, end)` on a campus."""

    start: datetime
    end: datetime
    campus: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Why two stops of one person cannot both stand: they overlap (`minutes` 0), or the way takes `minutes` and there are `spare`."""

    other: Stop
    origin: str
    destination: str
    minutes: int
    spare: int


def clash_of(one: Stop, other: Stop, between: Between) -> Clash | None:
    """What stands between two stops, seen from *one*; None when a person can keep both."""
    if one.start < other.end and other.start < one.end:
        return Clash(other, one.campus, other.campus, 0, 0)
    first, second = (one, other) if one.start < other.start else (other, one)
    if first.campus == second.campus:
        return None
    spare = int((second.start - first.end).total_seconds() // 60)
    needed = between(first.campus, second.campus)
    return Clash(other, first.campus, second.campus, needed, spare) if spare < needed else None


def first_clash(stops: Sequence[Stop], new: Stop, between: Between) -> Clash | None:
    """The first of *stops* that *new* cannot stand beside: only overlaps and the stops right before and after matter.

    The plan is judged by consecutive commitments, so the neighbours are what matters; every overlap is looked at.
    """
    overlap = next((clash for stop in stops if (clash := clash_of(new, stop, between)) and clash.minutes == 0), None)
    if overlap:
        return overlap
    before = max((s for s in stops if s.end <= new.start), key=lambda s: s.end, default=None)
    after = min((s for s in stops if s.start >= new.end), key=lambda s: s.start, default=None)
    return next((clash for stop in (before, after) if stop and (clash := clash_of(new, stop, between))), None)


def clashes(stops: Sequence[Stop], between: Between) -> list[tuple[Stop, Stop]]:
    """Pairs of consecutive stops of one person that cannot both stand."""
    return [(a, b) for a, b in pairwise(sorted(stops)) if clash_of(a, b, between)]
