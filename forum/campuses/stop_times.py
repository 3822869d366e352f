"""The long table of a feed, stop_times.txt: trips put together line by line and counted into a timetable."""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Final

from forum.campuses.feed import Feed, fault
from forum.campuses.timetable import Call, Run, Timetable
from forum.i18n import N_, Message

FILE: Final = "stop_times.txt"
BUCKETS: Final = 64
Row = tuple[int, list[str]]
Trips = Mapping[str, tuple[int, bool]]


class Clock:
    """Times of a feed ("25:10:00" is ten past one the next night) as seconds, each text read once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._known: dict[str, int] = {}

    def __call__(self, line: int, text: str) -> int:
        seconds = self._known.get(text)
        if seconds is None:
            parts = text.split(":")
            if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts) or int(parts[1]) > 59 or int(parts[2]) > 59:
                raise fault(self._file, line, Message(N_("{value} is not a time written as 08:05:00."), value=text or "∅"))
            seconds = self._known[text] = int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])
        return seconds


def count_trips(feed: Feed, table: Timetable, trips: Trips, runs: Mapping[str, Sequence[Run]], stops: Mapping[str, int]) -> None:
    """Tally the stop times of *trips* (line and step-free vehicle by trip) into *table*; *stops* gives indexes, −1 for those not kept.

    Most feeds keep a trip's lines together; when one does not, its lines are first sorted into buckets on disk.
    Raises Invalid with the line at fault.
    """
    try:
        _tally(_together(_wanted(feed, trips)), table, trips, runs, stops)
    except _Scattered:
        table.clear()
        with ExitStack() as stack:
            _tally(_gathered(stack, _wanted(feed, trips)), table, trips, runs, stops)


class _Scattered(Exception):
    """A trip came back after another had begun."""


def _wanted(feed: Feed, trips: Trips) -> Iterator[Row]:
    columns = ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time")
    return (row for row in feed.rows(FILE, *columns, optional=("pickup_type", "drop_off_type")) if row[1][0] in trips)


def _together(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    finished: set[str] = set()
    current, held = "", list[Row]()
    for row in rows:
        trip = row[1][0]
        if trip != current:
            if held:
                yield current, held
                finished.add(current)
            if trip in finished:
                raise _Scattered
            current, held = trip, []
        held.append(row)
    if held:
        yield current, held


def _gathered(stack: ExitStack, rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Trips put together through 64 files on disk, each small enough to sort in memory."""
    files = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="")) for _ in range(BUCKETS)]  # noqa: SIM115 the stack closes them
    writers = [csv.writer(file) for file in files]
    for line, values in rows:
        writers[hash(values[0]) % BUCKETS].writerow([line, *values])
    for file in files:
        file.seek(0)
        by_trip: dict[str, list[Row]] = defaultdict(list)
        for values in csv.reader(file):
            by_trip[values[1]].append((int(values[0]), values[1:]))
        yield from by_trip.items()


def _tally(grouped: Iterable[tuple[str, list[Row]]], table: Timetable, trips: Trips, runs: Mapping[str, Sequence[Run]], stops: Mapping[str, int]) -> None:
    clock = Clock(FILE)
    for trip, rows in grouped:
        calls = _calls(_in_order(rows), clock, stops)
        if len(calls) > 1:
            line, free = trips[trip]
            table.add(line, calls, free, runs.get(trip, ()))


def _in_order(rows: list[Row]) -> list[Row]:
    try:
        numbers = [int(values[2]) for _, values in rows]
    except ValueError:
        line, values = next((line, values) for line, values in rows if not values[2].isdigit())
        raise fault(FILE, line, Message(N_("{column} is a whole number, here {value}."), column="stop_sequence", value=values[2] or "∅")) from None
    if all(a < b for a, b in pairwise(numbers)):
        return rows
    order = sorted(range(len(rows)), key=numbers.__getitem__)
    for a, b in pairwise(order):
        if numbers[a] == numbers[b]:
            raise fault(FILE, rows[b][0], Message(N_("stop_sequence {number} is there twice in one trip."), number=numbers[b]))
    return [rows[i] for i in order]


def _calls(rows: list[Row], clock: Clock, stops: Mapping[str, int]) -> list[Call]:
    """The stops of one trip with their times; times the feed leaves out lie evenly between those it gives."""
    calls, untimed = list[Call](), list[Row]()
    for line, values in rows:
        if not values[3] and not values[4]:
            untimed.append((line, values))
            continue
        call = _call(line, values, clock(line, values[3] or values[4]), clock(line, values[4] or values[3]), stops)
        if call.departure < call.arrival or (calls and call.arrival < calls[-1].departure):
            raise fault(FILE, line, Message(N_("the vehicle goes back in time.")))
        if untimed:
            calls += _between(calls, call, untimed, stops)
            untimed = []
        calls.append(call)
    if untimed:
        raise fault(FILE, untimed[-1][0], Message(N_("the last stop of a trip needs a time.")))
    return calls


def _between(calls: list[Call], after: Call, untimed: list[Row], stops: Mapping[str, int]) -> list[Call]:
    if not calls:
        raise fault(FILE, untimed[0][0], Message(N_("the first stop of a trip needs a time.")))
    start, step = calls[-1].departure, (after.arrival - calls[-1].departure) / (len(untimed) + 1)
    return [_call(line, values, (at := round(start + step * n)), at, stops) for n, (line, values) in enumerate(untimed, start=1)]


def _call(line: int, values: list[str], arrival: int, departure: int, stops: Mapping[str, int]) -> Call:
    stop = stops.get(values[1])
    if stop is None:
        raise fault(FILE, line, Message(N_("the stop {key} is not in stops.txt."), key=values[1]))
    return Call(arrival, departure, stop, values[5] != "1", values[6] != "1")
