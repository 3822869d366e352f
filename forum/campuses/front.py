"""What the front page says about campuses: places left per day and per campus, step-free numbers, the drawn map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from forum.campuses.map import CityMap, city_map


@dataclass(frozen=True, slots=True)
class Row:
    """One campus on one day, as read from the database; `left` of `places` are free."""

    day: date
    slug: str
    number: int
    name: str
    city: str
    postcode: str
    step_free: bool
    lat: float
    lon: float
    places: int
    left: int


@dataclass(frozen=True, slots=True)
class DayPlaces:
    """Places of all campuses together on one day."""

    day: date
    left: int
    places: int


@dataclass(frozen=True, slots=True)
class FrontCampus:
    """A campus of the list; `left` has one entry per day of the edition, None when it is closed that day."""

    slug: str
    number: int
    name: str
    city: str
    district: int | None  # arrondissement of Paris
    step_free: bool
    lat: float
    lon: float
    left: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """Campuses by number, days in order."""

    days: tuple[DayPlaces, ...]
    campuses: tuple[FrontCampus, ...]
    map: CityMap

    @property
    def with_steps(self) -> tuple[FrontCampus, ...]:
        """Campuses with stairs and no lift."""
        return tuple(c for c in self.campuses if not c.step_free)

    @property
    def step_free(self) -> int:
        return len(self.campuses) - len(self.with_steps)


def front(rows: Iterable[Row], days: Sequence[date]) -> Front:
    """The front page of *rows*; rows of a day that is not among *days* are left out."""
    known = [row for row in rows if row.day in days]
    left = {(row.number, row.day): row.left for row in known}
    sites = {row.number: row for row in known}
    campuses = tuple(_campus(sites[n], tuple(left.get((n, day)) for day in days)) for n in sorted(sites))
    return Front(tuple(_day(known, day) for day in days), campuses, city_map(campuses))


def district(postcode: str) -> int | None:
    """The arrondissement of a Paris postcode (75001 to 75020, and 75116 for the 16th), else None."""
    if postcode == "75116":
        return 16
    number = int(postcode[3:]) if postcode.startswith("750") and postcode.isdecimal() and len(postcode) == 5 else 0
    return number if 1 <= number <= 20 else None


def _day(rows: Sequence[Row], day: date) -> DayPlaces:
    of_day = [row for row in rows if row.day == day]
    return DayPlaces(day, sum(max(row.left, 0) for row in of_day), sum(row.places for row in of_day))


def _campus(row: Row, left: tuple[int | None, ...]) -> FrontCampus:
    return FrontCampus(row.slug, row.number, row.name, row.city, district(row.postcode), row.step_free, row.lat, row.lon, left)
