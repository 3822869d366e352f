"""Counting a timetable: trips come in one by one, hops with their ride time and headway come out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from forum.campuses.network import Hop

SHORTEST_RIDE_S: Final = 15  # timetables in whole minutes give 0 between near stops
RARE: Final = 2  # departures a hop needs in the window, or it is a special run nobody can count on


class Call(NamedTuple):
    """A trip at a stop: seconds since midnight, the stop's index (−1 outside the area), and whether one may get on and off."""

    arrival: int
    departure: int
    stop: int
    boards: bool
    alights: bool


class Run(NamedTuple):
    """When a trip runs again and again (frequencies.txt): first start, end, seconds between."""

    start: int
    end: int
    every: int


@dataclass(slots=True)
class _Tally:
    departures: float = 0.0
    ride: float = 0.0
    free: float = 0.0
    boards: bool = False
    alights: bool = False


@dataclass(slots=True)
class Timetable:
    """A tally of hops between `opens` and `closes` (seconds since midnight)."""

    opens: int
    closes: int
    _number: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _tally: list[_Tally] = field(default_factory=list)
    _links: set[tuple[int, int]] = field(default_factory=set)
    _patterns: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)
    trips: int = 0

    def clear(self) -> None:
        """Forget every trip counted so far."""
        self._number, self._tally, self._links, self._patterns, self.trips = {}, [], set(), {}, 0

    def add(self, line: int, calls: Sequence[Call], free: bool, runs: Sequence[Run] = ()) -> None:
        """Count one trip of *line*; `free` says whether the vehicle is step-free."""
        self.trips += 1
        hops = self._hops(line, tuple(call.stop for call in calls))
        first = calls[0].departure
        for number, here, there in zip(hops, calls, calls[1:], strict=False):
            if number < 0:
                continue
            times = self._times(here.departure, here.departure - first, runs)
            if times:
                tally = self._tally[number]
                tally.departures += times
                tally.ride += times * max(SHORTEST_RIDE_S, there.arrival - here.departure)
                tally.free += times if free else 0
                tally.boards |= here.boards
                tally.alights |= there.alights

    def _times(self, departure: int, offset: int, runs: Sequence[Run]) -> float:
        """How often this departure happens inside the window."""
        if not runs:
            return float(self.opens <= departure < self.closes)
        return sum(max(0, min(run.end + offset, self.closes) - max(run.start + offset, self.opens)) / run.every for run in runs)

    def _hops(self, line: int, stops: tuple[int, ...]) -> tuple[int, ...]:
        known = self._patterns.get((line, *stops))
        if known is not None:
            return known
        hops = tuple(self._hop(line, a, b) for a, b in pairwise(stops))
        self._links.update((a, b) for a, b in pairwise(hops) if a >= 0 and b >= 0)
        self._patterns[line, *stops] = hops
        return hops

    def _hop(self, line: int, origin: int, destination: int) -> int:
        if origin < 0 or destination < 0 or origin == destination:
            return -1
        number = self._number.setdefault((line, origin, destination), len(self._tally))
        if number == len(self._tally):
            self._tally.append(_Tally())
        return number

    def hops(self, lines: Sequence[str], stops: Sequence[str]) -> tuple[tuple[Hop, ...], tuple[tuple[int, int], ...]]:
        """The hops that run at least twice in the window, and which follow each other in one vehicle, by new index."""
        kept: dict[int, int] = {}
        found: list[Hop] = []
        for (line, origin, destination), number in self._number.items():
            tally = self._tally[number]
            if tally.departures >= RARE:
                kept[number] = len(found)
                free = self._headway(tally.free) if tally.free >= RARE else None
                ride, headway = round(tally.ride / tally.departures), self._headway(tally.departures)
                found.append(Hop(lines[line], stops[origin], stops[destination], ride, headway, free, tally.boards, tally.alights))
        return tuple(found), tuple(sorted((kept[a], kept[b]) for a, b in self._links if a in kept and b in kept))

    def _headway(self, departures: float) -> int:
        return max(1, round((self.closes - self.opens) / departures))
