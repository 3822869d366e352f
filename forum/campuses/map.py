"""The drawn map of an edition: campuses from WGS84 degrees to SVG units, moved apart just enough to be read and pressed.

Schematic on purpose: inside and beyond the ring road on the same ground. Up to PLATES_MOST campuses carry their number; above, they
are dots and the list beside the map has the numbers.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import cos, radians
from pathlib import Path
from typing import Any, Final, Protocol

WIDTH: Final = 360.0  # SVG units; one unit is about one pixel on a phone
MARGIN: Final = 14.0  # units kept free at each side
PLATES_MOST: Final = 39  # campuses drawn as numbered plates where there is room
PLATES_MOST_ON_PHONE: Final = 24
PLATE: Final = (23.0, 18.5)  # units: at least 24 px high on a map 470 px wide
PLATE_ON_PHONE: Final = (31.0, 29.0)  # at least 24 px high on a map 300 px wide
DOT: Final = (17.5, 17.5)
ROUNDS: Final = 600  # of moving apart, at most
METRES_PER_DEGREE: Final = 111_195.0  # of latitude


class Site(Protocol):
    """A campus as the map needs it."""

    @property
    def slug(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A campus on the map; `x`, `y` is the middle of its plate or dot, in SVG units from the top left."""

    slug: str
    number: int
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Island:
    x: float
    y: float
    rx: float
    ry: float
    turn: float  # degrees clockwise


@dataclass(frozen=True, slots=True)
class CityMap:
    """Everything the template draws. `wide` are plates or dots (`dense`); `phone` is empty when a phone shows plain dots."""

    width: float
    height: float
    ring: str
    waters: tuple[str, ...]
    canal: str
    islands: tuple[Island, ...]
    wide: tuple[Mark, ...]
    phone: tuple[Mark, ...]
    dense: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Degrees to units: equirectangular around the middle latitude, true to a pixel over the few kilometres of a city."""

    west: float
    north: float
    scale: float  # units per degree of latitude
    squeeze: float  # degrees of longitude per degree of latitude on the ground
    height: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        return round(MARGIN + (lon - self.west) * self.squeeze * self.scale, 1), round(MARGIN + (self.north - lat) * self.scale, 1)


def city_map(sites: Iterable[Site]) -> CityMap:
    """The map of *sites*, the same for the same sites in the same order; remembered for the last few editions."""
    return _drawn(tuple(Mark(s.slug, s.number, s.name, s.lon, s.lat) for s in sites))


@lru_cache(maxsize=8)
def _drawn(sites: tuple[Mark, ...]) -> CityMap:
    outline = _outline()
    frame = _frame([*outline["ring"], *([s.x, s.y] for s in sites)])
    true = [frame.place(s.x, s.y) for s in sites]
    dense = len(sites) > PLATES_MOST
    on_phone = len(sites) <= PLATES_MOST_ON_PHONE
    return CityMap(
        width=WIDTH,
        height=frame.height,
        ring=_curve([frame.place(*p) for p in outline["ring"]], closed=True),
        waters=tuple(_curve([frame.place(*p) for p in outline[name]]) for name in ("river", "marne")),
        canal=_curve([frame.place(*p) for p in outline["canal"]]),
        islands=tuple(_island(frame, facts) for facts in outline["islands"]),
        wide=_marks(sites, apart(true, *(DOT if dense else PLATE), WIDTH, frame.height)),
        phone=_marks(sites, apart(true, *PLATE_ON_PHONE, WIDTH, frame.height)) if on_phone else (),
        dense=dense,
    )


def apart(points: Sequence[tuple[float, float]], width: float, height: float, right: float, bottom: float) -> list[tuple[float, float]]:
    """*points* moved as little as a local search finds, so that boxes of `width` × `height` around them do not touch and stay inside.

    Inside means 0..`right`, 0..`bottom`. When the frame is too full the boxes overlap as little as ROUNDS rounds reach.
    """
    placed = [list(_inside(x, y, width, height, right, bottom)) for x, y in points]
    for turn in range(ROUNDS):
        moved = False
        for i, a in enumerate(placed):
            for j in range(i + 1, len(placed)):
                moved |= _push(a, placed[j], width, height, turn + i + j)
        for box in placed:
            box[:] = _inside(box[0], box[1], width, height, right, bottom)
        if not moved:
            break
    return [(round(x, 1), round(y, 1)) for x, y in placed]


def _push(a: list[float], b: list[float], width: float, height: float, salt: int) -> bool:
    """Move two boxes off each other along the axis that costs less; a coin made of *salt* decides when they are even."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    over_x, over_y = width + 1 - abs(dx), height + 1 - abs(dy)
    if over_x <= 0 or over_y <= 0:
        return False
    axis = 0 if over_x < over_y or (over_x == over_y and salt % 2) else 1
    gap, side = (over_x, dx) if axis == 0 else (over_y, dy)
    step = (gap / 2 + 0.06) * (1 if side > 0 or (side == 0 and salt % 3) else -1)
    a[axis] -= step
    b[axis] += step
    return True


def _inside(x: float, y: float, width: float, height: float, right: float, bottom: float) -> tuple[float, float]:
    return min(max(x, width / 2 + 1), right - width / 2 - 1), min(max(y, height / 2 + 1), bottom - height / 2 - 1)


def _marks(sites: Sequence[Mark], places: Sequence[tuple[float, float]]) -> tuple[Mark, ...]:
    return tuple(replace(site, x=x, y=y) for site, (x, y) in zip(sites, places, strict=True))


def _frame(points: Sequence[Sequence[float]]) -> Frame:
    """The frame that shows all *points* ([lon, lat]) in WIDTH units."""
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    return Frame(west, north, scale, squeeze, round((north - south) * scale + 2 * MARGIN, 1))


def _curve(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """A smooth SVG path through *points* (uniform Catmull–Rom spline, as cubic Béziers)."""
    n = len(points)
    at = [points[(i - 1) % n] if closed or 0 < i <= n else points[min(max(i - 1, 0), n - 1)] for i in range(n + 3)]
    path = [f"M{at[1][0]:g} {at[1][1]:g}"]
    for before, here, there, after in zip(at[: n if closed else n - 1], at[1:], at[2:], at[3:], strict=False):
        one = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        two = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        path.append(f"C{one[0]:.1f} {one[1]:.1f} {two[0]:.1f} {two[1]:.1f} {there[0]:g} {there[1]:g}")
    return "".join(path) + ("Z" if closed else "")


def _island(frame: Frame, facts: dict[str, Any]) -> Island:
    x, y = frame.place(*facts["at"])
    unit = frame.scale / METRES_PER_DEGREE / 2
    return Island(x, y, round(facts["length_m"] * unit, 1), round(facts["width_m"] * unit, 1), facts["turn"])


@cache
def _outline() -> dict[str, Any]:
    """Ring, waters and islands in degrees, from `outline.json` beside this module."""
    outline: dict[str, Any] = json.loads((Path(__file__).parent / "outline.json").read_text("utf-8"))
    return outline
