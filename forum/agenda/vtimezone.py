"""A zone's offset changes as a VTIMEZONE: the onset is written on the clock before the change (RFC 5545 §3.6.5)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from forum.clock import zone as zone_of


@cache
def vtimezone(name: str, first: int, last: int) -> Timezone:
    """The zone *name* from January of year *first* to the end of year *last*."""
    made = Timezone()
    made.add("tzid", name)
    begin = datetime.combine(date(first, 1, 1), time(), UTC)
    made.add_component(_part(begin, begin, name))
    for onset in _changes(name, begin, datetime.combine(date(last + 1, 1, 1), time(), UTC)):
        made.add_component(_part(onset - timedelta(seconds=1), onset, name))
    return made


def _changes(name: str, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The instants at which the zone's offset or name changes, in order."""
    zone = zone_of(name)

    def state(moment: datetime) -> tuple[timedelta | None, str | None]:
        there = moment.astimezone(zone)
        return there.utcoffset(), there.tzname()

    day = begin
    while day < end:
        low, high = day, day + timedelta(days=1)
        if state(low) != state(high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if state(middle) == state(low) else (low, middle)
            yield high.replace(microsecond=0)
        day += timedelta(days=1)


def _part(before: datetime, onset: datetime, name: str) -> TimezoneDaylight | TimezoneStandard:
    zone = zone_of(name)
    old, new = before.astimezone(zone), onset.astimezone(zone)
    old_offset, new_offset = old.utcoffset(), new.utcoffset()
    assert old_offset is not None
    assert new_offset is not None
    part: TimezoneDaylight | TimezoneStandard = TimezoneDaylight() if new.dst() else TimezoneStandard()
    part.add("dtstart", (onset + old_offset).replace(tzinfo=None))
    part.add("tzoffsetfrom", old_offset)
    part.add("tzoffsetto", new_offset)
    part.add("tzname", new.tzname())
    return part
