"""A feed becomes the network of one day, and a bad feed says where it is bad."""

import zipfile
from datetime import date, time
from pathlib import Path

import pytest

from forum.campuses.gtfs import Reading, Window, read_feed
from forum.campuses.network import Hop, Line, Transfer
from forum.campuses.travel import Site
from forum.errors import Invalid
from tests.campuses.made_feed import ROW, MadeFeed, small_city

SITES = (Site("west", ROW, 2.299), Site("east", ROW, 2.401))
THURSDAY = Window(date(2028, 11, 16))


def read(feed: MadeFeed, tmp_path: Path, window: Window = THURSDAY) -> Reading:
    return read_feed(feed.write(tmp_path / "feed.zip"), window, SITES)


def hop(reading: Reading, line: str, origin: str, destination: str) -> Hop:
    return next(h for h in reading.network.hops if (h.line, h.origin, h.destination) == (line, origin, destination))


def test_hops_carry_ride_and_headway_of_the_window(tmp_path: Path) -> None:
    reading = read(small_city(), tmp_path)
    assert hop(reading, "1", "A", "B") == Hop("1", "A", "B", 120, 360, 360)
    assert hop(reading, "2", "E", "C2") == Hop("2", "E", "C2", 180, 600, None)
    assert len(reading.network.hops) == 2 * (3 + 2)
    assert (reading.day, reading.trips) == (date(2028, 11, 16), 2 * 160 + 2 * 96)
    assert reading.network.lines == (Line("1", "1", "metro"), Line("2", "2", "metro"))


def test_the_window_counts_its_own_hours_only(tmp_path: Path) -> None:
    feed = small_city().line("9", ("A", "D"), every=1200, ride=300, first=17 * 3600, last=19 * 3600)
    assert hop(read(feed, tmp_path, Window(date(2028, 11, 16), time(17), time(19))), "9", "A", "D").headway_s == 1200
    assert hop(read(feed, tmp_path, Window(date(2028, 11, 16), time(9), time(19))), "9", "A", "D").headway_s == 6000
    assert "9" not in {h.line for h in read(feed, tmp_path, Window(date(2028, 11, 16), time(9), time(12))).network.hops}


def test_links_are_hops_of_one_vehicle(tmp_path: Path) -> None:
    network = read(small_city(), tmp_path).network
    names = {(network.hops[a].origin, network.hops[a].destination, network.hops[b].destination) for a, b in network.links}
    assert names == {("A", "B", "C"), ("B", "C", "D"), ("D", "C", "B"), ("C", "B", "A"), ("E", "C2", "F"), ("F", "C2", "E")}


def test_a_feed_of_another_year_lends_the_same_weekday(tmp_path: Path) -> None:
    reading = read(small_city(), tmp_path, Window(date(2030, 11, 14)))
    assert reading.day == date(2028, 12, 28)
    assert reading.day.weekday() == date(2030, 11, 14).weekday() == 3
    with pytest.raises(Invalid, match="no service on the weekday"):
        read(small_city(), tmp_path, Window(date(2028, 11, 18)))


def test_exceptions_of_the_calendar_count(tmp_path: Path) -> None:
    feed = small_city().add("calendar_dates", [{"service_id": "week", "date": "20281116", "exception_type": "2"}])
    assert read(feed, tmp_path).day != date(2028, 11, 16)
    only = small_city().add("calendar_dates", [{"service_id": "week", "date": "20281116", "exception_type": "1"}])
    del only.tables["calendar"]
    assert read(only, tmp_path).day == date(2028, 11, 16)


def test_frequencies_repeat_a_trip(tmp_path: Path) -> None:
    feed = small_city().add("routes", [{"route_id": "F", "route_type": "3"}])
    feed.add("trips", [{"trip_id": "f", "route_id": "F", "service_id": "week"}])
    feed.add("stop_times", [
        {"trip_id": "f", "stop_id": "A", "stop_sequence": 1, "arrival_time": "00:00:00", "departure_time": "00:00:00"},
        {"trip_id": "f", "stop_id": "D", "stop_sequence": 2, "arrival_time": "00:20:00", "departure_time": "00:20:00"},
    ])  # fmt: skip
    feed.add("frequencies", [{"trip_id": "f", "start_time": "06:00:00", "end_time": "20:00:00", "headway_secs": "300"}])
    assert hop(read(feed, tmp_path), "F", "A", "D") == Hop("F", "A", "D", 1200, 300, None)


def test_times_left_out_lie_between_those_given(tmp_path: Path) -> None:
    feed = small_city()
    for row in feed.tables["stop_times"]:
        if row["trip_id"].startswith("1-") and row["stop_id"] in "BC":
            row["arrival_time"] = row["departure_time"] = ""
    assert hop(read(feed, tmp_path), "1", "B", "C") == Hop("1", "B", "C", 120, 360, 360)


def test_scattered_and_unsorted_stop_times_give_the_same_network(tmp_path: Path) -> None:
    tidy = read(small_city(), tmp_path)
    feed = small_city()
    feed.tables["stop_times"].sort(key=lambda row: (row["stop_id"], row["trip_id"]), reverse=True)
    scattered = read(feed, tmp_path)
    assert set(scattered.network.hops) == set(tidy.network.hops)
    assert (len(scattered.network.links), scattered.trips) == (len(tidy.network.links), tidy.trips)


def test_far_away_stops_are_left_out(tmp_path: Path) -> None:
    feed = small_city().stop("LYON", 45.76, 4.83).stop("DIJON", 47.32, 5.04).line("TGV", ("D", "DIJON", "LYON"), every=3600, ride=3600, kind=2)
    network = read(feed, tmp_path).network
    assert {stop.key for stop in network.stops} == {"A", "B", "C", "D", "E", "F", "C2"}
    assert "TGV" not in {h.line for h in network.hops}


def test_a_station_speaks_for_its_platforms(tmp_path: Path) -> None:
    feed = small_city().stop("S", ROW, 2.33, location_type="1", wheelchair_boarding="1")
    for row in feed.tables["stops"]:
        if row["stop_id"] in {"A", "C2"}:
            row.update(parent_station="S", wheelchair_boarding={"A": "0", "C2": "2"}[row["stop_id"]])
    feed.add("transfers", [{"from_stop_id": "S", "to_stop_id": "S", "transfer_type": "2", "min_transfer_time": "240"}])
    network = read(feed, tmp_path).network
    assert (network.stop_of["A"].step_free, network.stop_of["C2"].step_free) == (True, False)
    assert set(network.transfers) == {Transfer(a, b, 240) for a in ("A", "C2") for b in ("A", "C2")}


def test_pick_up_and_drop_off_are_respected(tmp_path: Path) -> None:
    feed = small_city()
    for row in feed.tables["stop_times"]:
        row["pickup_type"] = "1" if row["stop_id"] == "B" else "0"
        row["drop_off_type"] = "1" if row["stop_id"] == "C" else "0"
    reading = read(feed, tmp_path)
    assert (hop(reading, "1", "B", "C").boards, hop(reading, "1", "B", "C").alights) == (False, False)
    assert (hop(reading, "1", "A", "B").boards, hop(reading, "1", "C", "D").alights) == (True, True)


def test_a_zipped_folder_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = small_city().write(tmp_path / "feed.zip", folder="idf/", encoding="utf-8-sig")
    assert len(read_feed(path, THURSDAY, SITES).network.hops) == 10


def _edit(table: str, column: str, value: str, at: int = 0) -> MadeFeed:
    feed = small_city()
    feed.tables[table][at][column] = value
    return feed


def _without(table: str, column: str = "") -> MadeFeed:
    feed = small_city()
    if column:
        for row in feed.tables[table]:
            del row[column]
    else:
        del feed.tables[table]
    return feed


@pytest.mark.parametrize(
    ("feed", "sentence"),
    [
        (_without("stops"), "The feed has no stops.txt."),
        (_without("calendar"), "The feed has no calendar.txt."),
        (_without("stop_times"), "The feed has no stop_times.txt."),
        (_without("stop_times", "stop_sequence"), "stop_times.txt has no column stop_sequence."),
        (_edit("stops", "stop_lat", "north"), "stops.txt, line 2: stop_lat and stop_lon are degrees, for example 48.8566; here north and 2.3."),
        (_edit("stops", "stop_lat", "nan"), "stops.txt, line 2: nan, 2.3 is not a place on Earth."),
        (_edit("stops", "stop_lon", "200"), "stops.txt, line 2: 48.86, 200 is not a place on Earth."),
        (_edit("stops", "stop_id", "A", 1), "stops.txt, line 3: the stop A is there twice."),
        (_edit("routes", "route_type", "metro"), "routes.txt, line 2: route_type is a whole number, here metro."),
        (_edit("trips", "route_id", "77"), "trips.txt, line 2: the route 77 is not in routes.txt."),
        (_edit("calendar", "start_date", "1er janvier"), "calendar.txt, line 2: 1er janvier is not a date written as 20281116."),
        (_edit("stop_times", "stop_id", "Z"), "stop_times.txt, line 2: the stop Z is not in stops.txt."),
        (_edit("stop_times", "arrival_time", "8h05"), "stop_times.txt, line 2: 8h05 is not a time written as 08:05:00."),
        (_edit("stop_times", "arrival_time", "99:99:99"), "stop_times.txt, line 2: 99:99:99 is not a time written as 08:05:00."),
        (_edit("stop_times", "arrival_time", "05:00:00", 1), "stop_times.txt, line 3: the vehicle goes back in time."),
        (_edit("stop_times", "stop_sequence", "x"), "stop_times.txt, line 2: stop_sequence is a whole number, here x."),
        (_edit("stop_times", "stop_sequence", "1", 1), "stop_times.txt, line 3: stop_sequence 1 is there twice in one trip."),
    ],
)
def test_a_bad_feed_says_where(feed: MadeFeed, sentence: str, tmp_path: Path) -> None:
    if feed.tables.get("stop_times") and sentence.startswith("stop_times.txt, line 3: the vehicle"):
        feed.tables["stop_times"][1]["departure_time"] = "05:00:00"
    with pytest.raises(Invalid) as caught:
        read(feed, tmp_path)
    assert str(caught.value) == sentence


def test_hostile_archives_are_refused_with_a_sentence(tmp_path: Path) -> None:
    plain = tmp_path / "plain.zip"
    plain.write_bytes(b"not a zip")
    with pytest.raises(Invalid, match="is not a zip archive that can be read"):
        read_feed(plain, THURSDAY, SITES)
    whole = small_city().write(tmp_path / "whole.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match="is not a zip archive that can be read"):
        read_feed(cut, THURSDAY, SITES)
    feed = _without("stops")
    feed.raw["stops.txt"] = b"stop_id,stop_name,stop_lat,stop_lon\nA," + b"x" * 200_000 + b",48.86,2.3\n"
    with pytest.raises(Invalid, match="a line of more than 65536 characters"):
        read(feed, tmp_path)
    feed.raw["stops.txt"] = b"stop_id,stop_name\nA,\xe9t\xe9\n"
    with pytest.raises(Invalid, match="is not UTF-8"):
        read(feed, tmp_path)
    feed.raw["stops.txt"] = ",".join(f"c{n}" for n in range(300)).encode()
    with pytest.raises(Invalid, match="has 300 columns"):
        read(feed, tmp_path)
    feed.raw["stops.txt"] = b'stop_id,stop_lat,stop_lon\nA,48.86,"2.3\nB,48'
    with pytest.raises(Invalid, match="cannot be read to its end"):
        read(feed, tmp_path)


def test_a_damaged_member_is_found(tmp_path: Path) -> None:
    path = small_city().write(tmp_path / "feed.zip")
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("stop_times.txt")
    damaged = bytearray(path.read_bytes())
    for at in range(info.header_offset + 200, info.header_offset + 400):
        damaged[at] ^= 0xFF
    path.write_bytes(bytes(damaged))
    with pytest.raises(Invalid, match=r"stop_times\.txt cannot be read to its end|stop_times\.txt, line"):
        read_feed(path, THURSDAY, SITES)
