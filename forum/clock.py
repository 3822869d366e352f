"""Time: aware UTC inside, campus time at the edge, half-open intervals everywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """The present, aware, in UTC; called at the edges only (rules and services take `now` as an argument)."""
    return datetime.now(UTC) if _source is None else _source()


def is_simulated() -> bool:
    """Whether the present is somebody's (a rehearsal's), not the machine's."""
    return _source is not None


def run_on(source: Callable[[], datetime] | None) -> None:
    """From now on the present is what *source* says: a rehearsal's simulated clock. None: the real one again."""
    global _source
    _source = source


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(moment: datetime, zone_name: str = "Europe/Paris") -> datetime:
    """*moment* on the wall clock of a campus."""
    return moment.astimezone(zone(zone_name))


def at_local(day: date, clock: time, zone_name: str = "Europe/Paris") -> datetime:
    """The instant when the wall clock shows *clock* on *day*; in the hour that does not exist in spring, the one after the jump."""
    naive = datetime.combine(day, clock)
    return naive.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def day_bounds(day: date, zone_name: str = "Europe/Paris") -> tuple[datetime, datetime]:
    """The local day as a half-open UTC interval (23, 24 or 25 hours)."""
    return at_local(day, time(), zone_name), at_local(day + timedelta(days=1), time(), zone_name)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)`, both aware; empty intervals do not exist."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)
