"""The meeting grid of an edition: its slots as moments and as the engine's minutes. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from forum import clock
from forum.matchmaking.engine.model import Slot


@dataclass(frozen=True)
class SlotGrid:
    """Every slot of the edition in order. `first` is day 0; minutes count on the wall clock of `zone` from its midnight."""

    zone: str
    minutes: int
    first: date
    starts: tuple[datetime, ...]
    _index: dict[datetime, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {start: n for n, start in enumerate(self.starts)})

    def __contains__(self, moment: object) -> bool:
        return moment in self._index

    def index(self, start: datetime) -> int:
        """The number of the slot that begins at *start*. Raises KeyError off the grid."""
        return self._index[start]

    def end(self, start: datetime) -> datetime:
        return start + timedelta(minutes=self.minutes)

    def minute(self, moment: datetime) -> int:
        """Minutes from 00:00 of day 0, on the wall clock: two days apart are always 1440."""
        local = clock.local(moment, self.zone)
        return (local.date() - self.first).days * 1440 + local.hour * 60 + local.minute

    def engine_slots(self) -> tuple[Slot, ...]:
        return tuple(Slot(self.minute(start), self.minutes) for start in self.starts)

    def on(self, day: date) -> tuple[datetime, ...]:
        """The slots of one day."""
        begin, end = clock.day_bounds(day, self.zone)
        return self.starts[bisect_left(self.starts, begin) : bisect_left(self.starts, end)]

    def overlapping(self, begin: datetime, end: datetime) -> tuple[datetime, ...]:
        """The slots that share a moment with `[begin, end)`."""
        low = bisect_right(self.starts, begin - timedelta(minutes=self.minutes))
        return self.starts[low : bisect_left(self.starts, end)]

    def day_of(self, start: datetime) -> date:
        return clock.local(start, self.zone).date()

    def half_of(self, start: datetime) -> str:
        return "morning" if clock.local(start, self.zone).hour < 13 else "afternoon"


def grid_of(days: Iterable[tuple[date, time, time]], minutes: int, zone: str) -> SlotGrid:
    """The grid of (day, opens, closes) rows in order; a slot that would end after closing does not exist. Raises ValueError without a day."""
    starts: list[datetime] = []
    first: date | None = None
    for day, opens, closes in days:
        first = first or day
        step, last = timedelta(minutes=minutes), clock.at_local(day, closes, zone)
        start = clock.at_local(day, opens, zone)
        while start + step <= last:
            starts.append(start)
            start += step
    if first is None:
        raise ValueError("an edition has at least one day")
    return SlotGrid(zone, minutes, first, tuple(starts))
