"""From a GTFS feed to the network of one day: streamed, so that memory follows the network and not the feed.

Reads stops, routes, trips, calendar(_dates), stop_times, frequencies and transfers; shapes, fares and pathways are not needed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final

from forum.campuses.feed import Feed, fault
from forum.campuses.geo import METRES_PER_DEGREE, Located
from forum.campuses.network import Line, Network, Stop, Transfer
from forum.campuses.stop_times import Clock, count_trips
from forum.campuses.timetable import Run, Timetable
from forum.errors import Invalid
from forum.i18n import N_, Message

AROUND_M: Final = 3000  # the network is kept this far around the campuses
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MODES: Final = {0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 6: "cable", 7: "funicular", 11: "bus", 12: "monorail"}
# Extended route types by hundreds (Google Transit, "Extended GTFS route types").
HUNDREDS: Final = {1: "rail", 2: "bus", 4: "metro", 7: "bus", 8: "bus", 9: "tram", 10: "ferry", 12: "ferry", 13: "cable", 14: "funicular"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a feed: the network, the timetable day it stands for, and how many trips that day has."""

    network: Network
    day: date
    trips: int


@dataclass(frozen=True, slots=True)
class Window:
    """The day wanted and the hours counted."""

    day: date
    opens: time = time(8)
    closes: time = time(20)


def read_feed(path: Path, window: Window, around: Iterable[Located], *, on_step: Callable[[str], None] = lambda file: None) -> Reading:
    """The network of *path* on the wanted day, or on the same weekday with the most traffic when the feed does not reach that far.

    Keeps what lies within 3 km around the box of *around*. Raises Invalid with file and line.
    """
    with Feed(path) as feed:
        on_step("stops.txt")
        stops = _stops(feed, _box(around))
        on_step("trips.txt")
        services, day = _services(feed, window.day)
        lines, routes = _lines(feed)
        trips = _trips(feed, services, routes)
        runs = _runs(feed)
        on_step("stop_times.txt")
        table = Timetable(window.opens.hour * 3600 + window.opens.minute * 60, window.closes.hour * 3600 + window.closes.minute * 60)
        index = {key: i for i, key in enumerate(stops.kept)}
        count_trips(feed, table, trips, runs, {key: index.get(key, -1) for key in stops.every})
        hops, links = table.hops([line.key for line in lines], list(stops.kept))
        used = {key for hop in hops for key in (hop.origin, hop.destination)}
        kept = tuple(stop for stop in stops.kept.values() if stop.key in used)
        on_step("transfers.txt")
        network = Network(kept, tuple(lines), hops, links, tuple(_transfers(feed, used, stops.platforms)))
    if not hops:
        raise Invalid(Message(N_("The feed has no line near the campuses on {day}."), day=day.isoformat()))
    return Reading(network, day, table.trips)


Box = tuple[float, float, float, float]


def _box(around: Iterable[Located]) -> Box:
    places = list(around)
    if not places:
        raise Invalid(Message(N_("Enter the campuses before the feed: only the network around them is kept.")))
    tall = AROUND_M / METRES_PER_DEGREE
    wide = tall * 1.6  # degrees of longitude are shorter; 1.6 holds up to 51° North and keeps more elsewhere
    lats, lons = [p.lat for p in places], [p.lon for p in places]
    return min(lats) - tall, max(lats) + tall, min(lons) - wide, max(lons) + wide


@dataclass(frozen=True, slots=True)
class _Stops:
    every: frozenset[str]
    kept: dict[str, Stop]
    platforms: dict[str, tuple[str, ...]]


def _stops(feed: Feed, box: Box) -> _Stops:
    """Platforms inside *box*, with their station's word on access where they have none of their own."""
    every: set[str] = set()
    found: dict[str, Stop] = {}
    access: dict[str, str] = {}
    rows = feed.rows("stops.txt", "stop_id", optional=("stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding"))
    for line, (key, name, lat, lon, kind, parent, wheelchair) in rows:
        if key in every:
            raise fault("stops.txt", line, Message(N_("the stop {key} is there twice."), key=key))
        every.add(key)
        access[key] = wheelchair
        if kind in {"", "0"}:
            found[key] = Stop(key, name, *_degrees(line, lat, lon), parent, _yes_no(wheelchair))
    south, north, west, east = box
    kept = {
        key: Stop(key, s.name, s.lat, s.lon, s.station, s.step_free if s.step_free is not None else _yes_no(access.get(s.station, "")))
        for key, s in found.items()
        if south <= s.lat <= north and west <= s.lon <= east
    }
    platforms: dict[str, list[str]] = defaultdict(list)
    for stop in kept.values():
        platforms[stop.station].append(stop.key)
    return _Stops(frozenset(every), kept, {station: tuple(keys) for station, keys in platforms.items() if station})


def _degrees(line: int, lat: str, lon: str) -> tuple[float, float]:
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        raise fault("stops.txt", line, Message(N_("stop_lat and stop_lon are degrees, for example 48.8566; here {lat} and {lon}."), lat=lat, lon=lon)) from None
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise fault("stops.txt", line, Message(N_("{lat}, {lon} is not a place on Earth."), lat=lat, lon=lon))
    return north, east


def _yes_no(text: str) -> bool | None:
    return {"1": True, "2": False}.get(text)


def _services(feed: Feed, wanted: date) -> tuple[frozenset[str], date]:
    """The services that run on *wanted*, or on the busiest day of the feed with its weekday."""
    if "calendar.txt" not in feed and "calendar_dates.txt" not in feed:
        raise Invalid(Message(N_("The feed has no {file}."), file="calendar.txt"))
    on = _running(feed, wanted.weekday())
    if not on:
        raise Invalid(Message(N_("The feed has no service on the weekday of {day}."), day=wanted.isoformat()))
    busiest = max(on, key=lambda day: (len(on[day]), day))
    day = wanted if wanted in on else busiest
    return frozenset(on[day]), day


def _running(feed: Feed, weekday: int) -> dict[date, set[str]]:
    """Services by day, for days that fall on *weekday*."""
    on: dict[date, set[str]] = defaultdict(set)
    if "calendar.txt" in feed:
        for line, (service, start, end, runs) in feed.rows("calendar.txt", "service_id", "start_date", "end_date", WEEKDAYS[weekday]):
            first, last = _date("calendar.txt", line, start), _date("calendar.txt", line, end)
            first += timedelta(days=(weekday - first.weekday()) % 7)
            if runs == "1" and (last - first).days < 5000:
                for week in range((last - first).days // 7 + 1):
                    on[first + timedelta(weeks=week)].add(service)
    if "calendar_dates.txt" in feed:
        for line, (service, text, kind) in feed.rows("calendar_dates.txt", "service_id", "date", "exception_type"):
            day = _date("calendar_dates.txt", line, text)
            if day.weekday() == weekday:
                (on[day].add if kind == "1" else on[day].discard)(service)
    return {day: services for day, services in on.items() if services}


def _date(file: str, line: int, text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise fault(file, line, Message(N_("{value} is not a date written as 20281116."), value=text)) from None


def _lines(feed: Feed) -> tuple[list[Line], dict[str, int]]:
    lines: list[Line] = []
    for line, (key, kind, short, long) in feed.rows("routes.txt", "route_id", "route_type", optional=("route_short_name", "route_long_name")):
        mode = _whole("routes.txt", line, "route_type", kind)
        lines.append(Line(key, short or long or key, MODES.get(mode) or HUNDREDS.get(mode // 100, "bus")))
    return lines, {line.key: i for i, line in enumerate(lines)}


def _whole(file: str, line: int, column: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise fault(file, line, Message(N_("{column} is a whole number, here {value}."), column=column, value=text or "∅"))
    return int(text)


def _trips(feed: Feed, services: frozenset[str], routes: dict[str, int]) -> dict[str, tuple[int, bool]]:
    """Line and step-free vehicle of each trip that runs on the day."""
    trips: dict[str, tuple[int, bool]] = {}
    for line, (key, route, service, wheelchair) in feed.rows("trips.txt", "trip_id", "route_id", "service_id", optional=("wheelchair_accessible",)):
        if service in services:
            if route not in routes:
                raise fault("trips.txt", line, Message(N_("the route {key} is not in routes.txt."), key=route))
            trips[key] = routes[route], wheelchair == "1"
    return trips


def _runs(feed: Feed) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = defaultdict(list)
    if "frequencies.txt" in feed:
        clock = Clock("frequencies.txt")
        for line, (trip, start, end, every) in feed.rows("frequencies.txt", "trip_id", "start_time", "end_time", "headway_secs"):
            seconds = _whole("frequencies.txt", line, "headway_secs", every)
            if seconds == 0:
                raise fault("frequencies.txt", line, Message(N_("headway_secs is 0; a vehicle cannot leave all the time.")))
            runs[trip].append(Run(clock(line, start), clock(line, end), seconds))
    return runs


def _transfers(feed: Feed, used: set[str], platforms: dict[str, tuple[str, ...]]) -> Iterator[Transfer]:
    """Changes between platforms in use; a rule for a station is a rule for each of its platforms. Rules for single trips and lines are left out."""
    if "transfers.txt" not in feed:
        return
    optional = ("min_transfer_time", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id")
    for line, (origin, destination, kind, least, *narrower) in feed.rows("transfers.txt", "from_stop_id", "to_stop_id", "transfer_type", optional=optional):
        if any(narrower) or kind not in {"2", "3"}:
            continue
        seconds = None if kind == "3" else _whole("transfers.txt", line, "min_transfer_time", least)
        for here in platforms.get(origin, (origin,)):
            for there in platforms.get(destination, (destination,)):
                if here in used and there in used:
                    yield Transfer(here, there, seconds)
