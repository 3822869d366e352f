"""A public-transport network on one day, boiled down from a timetable: stops, lines, hops between neighbouring stops, changes."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Final

RAIL: Final = frozenset({"tram", "metro", "rail", "cable", "funicular", "monorail"})


@dataclass(frozen=True, slots=True)
class Stop:
    """A platform or a kerb; `step_free` is None where the feed does not say."""

    key: str
    name: str
    lat: float
    lon: float
    station: str = ""
    step_free: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as people call it ("4", "RER B", "bus 38"); `mode` is metro, rail, tram, bus, ferry …"""

    key: str
    name: str
    mode: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One line between two neighbouring stops: `ride_s` seconds, one departure every `headway_s` seconds,
    `free_headway_s` counting only vehicles that are step-free from and to step-free platforms (None: none are)."""

    line: str
    origin: str
    destination: str
    ride_s: int
    headway_s: int
    free_headway_s: int | None = None
    boards: bool = True  # somebody may get on at the first stop,
    alights: bool = True  # and off at the second

    def headway(self, step_free: bool) -> int | None:
        return self.free_headway_s if step_free else self.headway_s


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change the feed speaks of: its least seconds, or None where changing is not possible."""

    origin: str
    destination: str
    seconds: int | None


@dataclass(frozen=True)
class Network:
    """What one feed offers on one day between two hours; `links` are pairs of hop indexes that one vehicle runs one after the other."""

    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    hops: tuple[Hop, ...]
    links: tuple[tuple[int, int], ...]
    transfers: tuple[Transfer, ...] = ()

    @cached_property
    def line_of(self) -> dict[str, Line]:
        return {line.key: line for line in self.lines}

    @cached_property
    def stop_of(self) -> dict[str, Stop]:
        return {stop.key: stop for stop in self.stops}

    @cached_property
    def onward(self) -> dict[int, list[int]]:
        """The hops the same vehicle runs next, by hop."""
        found: dict[int, list[int]] = defaultdict(list)
        for before, after in self.links:
            found[before].append(after)
        return found

    @property
    def says_step_free(self) -> bool:
        """Whether a step-free journey exists at all: feeds that say nothing about access have none."""
        return any(hop.free_headway_s is not None for hop in self.hops)
