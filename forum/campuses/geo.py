"""Distances on the ground: WGS84 degrees in, metres and seconds of walking out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, ceil, cos, floor, radians, sin, sqrt
from typing import Final, Generic, Protocol, TypeVar

EARTH_RADIUS_M: Final = 6_371_008.8  # mean radius, IUGG 1980
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * radians(1)


class Located(Protocol):
    """Anything with a latitude and a longitude in WGS84 degrees."""

    @property
    def lat(self) -> float: ...

    @property
    def lon(self) -> float: ...


P = TypeVar("P", bound=Located)


@dataclass(frozen=True, slots=True)
class Area:
    """A disc: everything within `radius_m` metres of a point."""

    lat: float
    lon: float
    radius_m: float

    def contains(self, place: Located) -> bool:
        return metres(self, place) <= self.radius_m


def metres(a: Located, b: Located) -> float:
    """Great-circle distance in metres (haversine on a sphere; within 0.6 % of the ellipsoid)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def walking_seconds(distance_m: float, kmh: float, detour: float) -> int:
    """Seconds on foot for *distance_m* metres as the crow flies, streets being *detour* times as long; at least 1."""
    return max(1, ceil(distance_m * detour * 3.6 / kmh))


class Neighbourhood(Generic[P]):
    """Places sorted into squares of `reach_m` metres, so that "who is near" looks at nine squares only."""

    def __init__(self, places: Iterable[P], reach_m: float) -> None:
        self._reach = reach_m
        self._squares: dict[tuple[int, int], list[P]] = defaultdict(list)
        everything = list(places)
        widest = max((abs(p.lat) for p in everything), default=0.0)
        self._tall = reach_m / METRES_PER_DEGREE
        self._wide = reach_m / (METRES_PER_DEGREE * max(0.01, cos(radians(min(89.0, widest + 0.1)))))
        for place in everything:
            self._squares[self._square(place)].append(place)

    def _square(self, place: Located) -> tuple[int, int]:
        return floor(place.lat / self._tall), floor(place.lon / self._wide)

    def around(self, place: Located) -> list[tuple[float, P]]:
        """`(metres, place)` of everything within reach, nearest first."""
        row, col = self._square(place)
        near = [p for r in (row - 1, row, row + 1) for c in (col - 1, col, col + 1) for p in self._squares.get((r, c), ())]
        found = [(metres(place, p), p) for p in near]
        return sorted((pair for pair in found if pair[0] <= self._reach), key=lambda pair: pair[0])
