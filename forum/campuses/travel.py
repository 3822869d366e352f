"""How long it takes from campus to campus: the assumptions, the matrix of whole minutes, and what a change changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from forum.campuses.geo import Area

LONGEST: Final = 600  # minutes; a journey that cannot be made counts as ten hours


@dataclass(frozen=True, slots=True)
class Pace:
    """Every number the travel times rest on. Speeds in km/h, `_s` in seconds, `_m` in metres.

    Walking 4.5 km/h with luggage and crowds, below the 4.8 km/h most journey planners take. Streets are 1.3 times the
    crow's flight (Newell 1980 finds 1.2 in cities, O'Sullivan and Morrall 1996 1.21–1.23 around stations; Paris has a
    river and railway cuttings). Metro 25.1 km/h on average at peak (RATP, in Libération 2018); buses 8.85 km/h at peak
    (RATP, March 2024, in Le Monde), and they are the network that is step-free throughout.
    """

    walk_kmh: float = 4.5
    roll_kmh: float = 3.6  # step-free: a wheelchair or a pushchair, with the kerbs to look for
    detour: float = 1.3
    ride_detour: float = 1.2  # lines against the crow's flight
    metro_kmh: float = 25.1
    bus_kmh: float = 8.85
    station_m: float = 300  # from a door in the city to the station, each end; no point of Paris is 500 m from one
    wait_s: int = 240  # half of an eight-minute headway
    change_each_m: float = 4500  # one change of line for each such stretch after the first
    change_s: int = 300
    door_s: int = 120  # from the room to the street, and again inside the next campus: two minutes in all
    ride_margin: float = 0.15  # of waiting and riding: what timetables do not say
    reach_m: float = 1000  # how far people walk to a stop
    transfer_m: float = 250  # stops this near are one change
    transfer_s: int = 120  # shortest change of line
    platform_s: int = 60  # street to platform in a station

    def on_foot(self, step_free: bool) -> float:
        return self.roll_kmh if step_free else self.walk_kmh


@dataclass(frozen=True, slots=True)
class Site:
    """A campus as travel sees it: its slug and its coordinates."""

    key: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Patch:
    """A live change: on *line* (every line when empty) and inside *area* (everywhere when None) journeys take
    `factor` times as long, or are not possible when it is None. `walking` says whether walkers are slowed too."""

    factor: float | None
    line: str = ""
    area: Area | None = None
    walking: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """A piece of a journey: `walk`, `wait`, `ride`, `change`, `margin` or `estimate`; `line` and `mode` for waits and rides."""

    kind: str
    seconds: int
    line: str = ""
    mode: str = ""
    origin: str = ""
    destination: str = ""
    stops: int = 0


@dataclass(frozen=True, slots=True)
class Journey:
    """Door to door in whole minutes, with the legs it is made of; `source` is `walk`, `feed`, `estimate` or `override`."""

    origin: str
    destination: str
    minutes: int
    legs: tuple[Leg, ...]
    source: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines ridden, in order."""
        return tuple(leg.line for leg in self.legs if leg.kind == "ride")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the matrix that is not what it was."""

    origin: str
    destination: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Minutes from door to door, `minutes[i][j]` from `keys[i]` to `keys[j]`: whole, 0 on the diagonal, 0..600, not always symmetric."""

    keys: tuple[str, ...]
    minutes: tuple[tuple[int, ...], ...]
    _index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size = len(self.keys)
        if len(self.minutes) != size or any(len(row) != size for row in self.minutes):
            raise ValueError("a travel matrix is square")
        if len(set(self.keys)) != size:
            raise ValueError("a campus stands once in a travel matrix")
        if any(self.minutes[i][i] for i in range(size)):
            raise ValueError("no campus is away from itself")
        if size > 1 and not 0 <= min(map(min, self.minutes)) <= max(map(max, self.minutes)) <= LONGEST:
            raise ValueError("travel takes 0 to 600 minutes")
        object.__setattr__(self, "_index", {key: i for i, key in enumerate(self.keys)})

    def between(self, origin: str, destination: str) -> int:
        """Minutes from *origin* to *destination*. Raises KeyError for a campus that is not in the matrix."""
        return self.minutes[self._index[origin]][self._index[destination]]

    def row(self, origin: str) -> dict[str, int]:
        """Minutes from *origin* to every campus."""
        return dict(zip(self.keys, self.minutes[self._index[origin]], strict=True))

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def with_entries(self, entries: Mapping[tuple[str, str], int]) -> "Matrix":
        """This matrix with single entries set by hand; campuses it does not know are passed over."""
        table = [list(row) for row in self.minutes]
        for (origin, destination), minutes in entries.items():
            if origin in self._index and destination in self._index and origin != destination:
                table[self._index[origin]][self._index[destination]] = minutes
        return Matrix(self.keys, tuple(map(tuple, table)))

    def pairs(self) -> Iterator[tuple[str, str, int]]:
        """`(origin, destination, minutes)` for every two campuses."""
        for origin, row in zip(self.keys, self.minutes, strict=True):
            for destination, minutes in zip(self.keys, row, strict=True):
                if origin != destination:
                    yield origin, destination, minutes


def changes(before: Matrix, after: Matrix) -> tuple[Change, ...]:
    """Every entry both matrices have whose minutes differ, largest delay first."""
    found = [
        Change(origin, destination, before.between(origin, destination), minutes)
        for origin, destination, minutes in after.pairs()
        if origin in before and destination in before and before.between(origin, destination) != minutes
    ]
    return tuple(sorted(found, key=lambda c: (c.before - c.after, c.origin, c.destination)))


def too_short(matrix: Matrix, stays: Sequence[tuple[str, float, float]]) -> Iterable[tuple[int, int, int]]:
    """`(index, minutes there are, minutes it takes)` for each stay `(campus, start, end)` in minutes that cannot be reached in time
    from the one before it; stays are sorted by start."""
    for at, ((here, _, end), (there, start, _)) in enumerate(pairwise(stays), start=1):
        needed = 0 if here == there else matrix.between(here, there)
        if start - end < needed:
            yield at, int(start - end), needed
