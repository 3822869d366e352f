"""Journeys over a timetable: waiting, riding, changing, step-free, strikes and closed lines, each minute known."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from networkx import dijkstra_path, dijkstra_path_length

from forum.campuses.geo import Area
from forum.campuses.graph import World, journey, matrix, travel_graph
from forum.campuses.gtfs import Window, read_feed
from forum.campuses.network import Hop, Line, Network, Stop, Transfer
from forum.campuses.travel import Leg, Patch, Site, changes
from tests.campuses.made_feed import ROW, MadeFeed, small_city

WEST, MIDDLE, EAST, NORTH = Site("west", ROW, 2.300), Site("middle", ROW, 2.360), Site("east", ROW, 2.400), Site("north", ROW + 0.02, 2.360)
SITES = (WEST, MIDDLE, EAST, NORTH)


@pytest.fixture
def city(tmp_path: Path) -> Network:
    return network(small_city(), tmp_path)


def network(feed: MadeFeed, folder: Path) -> Network:
    return read_feed(feed.write(folder / "feed.zip"), Window(date(2028, 11, 16)), SITES).network


def test_a_direct_ride_is_explained(city: Network) -> None:
    way = journey(World(SITES, city), "west", "east")
    # Walk 1 s (the stop is at the door), 60 s to the platform + half of 360 s, three hops of 120 s, 60 s up again, walk 1 s.
    # With 15 % on what is waited and ridden: 1 + 60 + 207 + 3 x 138 + 60 + 1 + 120 (doors) = 863 s.
    assert way.minutes == 15
    assert way.legs == (
        Leg("walk", 1, destination="Arrêt A"),
        Leg("wait", 240, "1", "metro", "Arrêt A"),
        Leg("ride", 420, "1", "metro", "Arrêt A", "Arrêt D", 3),
        Leg("walk", 1),
        Leg("margin", 15 * 60 - 662),
    )
    assert (way.lines, way.source) == (("1",), "feed")


def test_a_change_of_line_costs_its_walk_and_its_wait(city: Network) -> None:
    way = journey(World(SITES, city), "west", "north")
    # 1 + (60 + 207) + 2 x 138 + 60 + change 120 + (60 + 345) + 207 + 60 + 1 + 120 = 1517 s.
    assert (way.minutes, way.lines) == (26, ("1", "2"))
    assert [leg.kind for leg in way.legs] == ["walk", "wait", "ride", "change", "wait", "ride", "walk", "margin"]


def test_the_feeds_own_transfer_time_counts_even_when_it_is_longer(tmp_path: Path) -> None:
    feed = small_city().add("transfers", [{"from_stop_id": "C", "to_stop_id": "C2", "transfer_type": "2", "min_transfer_time": "480"}])
    assert journey(World(SITES, network(feed, tmp_path)), "west", "north").minutes == 32  # 1517 + 360 s


def test_a_forbidden_transfer_is_not_made(tmp_path: Path) -> None:
    feed = small_city().add("transfers", [{"from_stop_id": "C", "to_stop_id": "C2", "transfer_type": "3"}])
    way = journey(World(SITES, network(feed, tmp_path)), "west", "north")
    assert "2" not in way.lines


def test_without_step_free_word_there_is_no_step_free_ride(city: Network) -> None:
    world = World(SITES, city)
    assert journey(world, "west", "east", step_free=True).lines == ("1",)
    assert "2" not in journey(world, "west", "north", step_free=True).lines  # line 2 has no lift: rolled from C instead
    assert matrix(world, step_free=True).between("west", "north") > matrix(world).between("west", "north")


def test_a_feed_silent_on_access_leaves_the_estimate(tmp_path: Path) -> None:
    feed = MadeFeed().calendar().stop("A", ROW, 2.300).stop("D", ROW, 2.400).line("1", "AD", every=600, ride=600, free="")
    world = World(SITES, network(feed, tmp_path))
    assert journey(world, "west", "east").source == "feed"
    assert journey(world, "west", "east", step_free=True).source == "estimate"


def test_a_strike_doubles_one_line(city: Network) -> None:
    before, after = matrix(World(SITES, city)), matrix(World(SITES, city, patches=(Patch(2.0, line="1"),)))
    # Wait 414 in place of 207, hops 276 in place of 138: 863 + 207 + 414 = 1484 s.
    assert (before.between("west", "east"), after.between("west", "east")) == (15, 25)
    assert before.between("north", "middle") == after.between("north", "middle")
    assert {(c.origin, c.destination) for c in changes(before, after)} == {
        (a.key, b.key) for a in SITES for b in SITES if a is not b and {a, b} not in ({NORTH, MIDDLE},)
    }


def test_a_closed_line_is_not_ridden(city: Network) -> None:
    shut = World(SITES, city, patches=(Patch(None, line="1"),))
    assert journey(shut, "west", "east").lines == ()
    assert journey(shut, "west", "east").minutes == 129  # on foot, 7.31 km


def test_a_closed_stretch_is_ridden_around(city: Network) -> None:
    shut = World(SITES, city, patches=(Patch(None, line="1", area=Area(ROW, 2.33, 300)),))
    assert journey(shut, "middle", "east").lines == ("1",)
    assert journey(shut, "west", "middle").lines == ()


def _forked() -> Network:
    """Trunk a-b every 5 min; at b half the trains go to c, half to d. Short-turns: e-f every 4 min, f-g every 12."""
    stops = tuple(Stop(k, k, 48.86 + 0.03 * i, 2.3, step_free=True) for i, k in enumerate("abcdefg"))
    trunk = (Hop("R", "a", "b", 100, 300), Hop("R", "b", "c", 100, 600), Hop("R", "b", "d", 100, 600))
    hops = (*trunk, Hop("S", "e", "f", 100, 240), Hop("S", "f", "g", 100, 720))
    return Network(stops, (Line("R", "R", "rail"), Line("S", "S", "bus")), hops, ((0, 1), (0, 2), (3, 4)))


@pytest.mark.parametrize(
    ("origin", "destination", "waited"),
    [("a", "b", 150), ("a", "c", 300), ("b", "c", 300), ("e", "f", 120), ("e", "g", 360), ("f", "g", 360)],
)
def test_who_boards_on_the_trunk_waits_for_the_right_branch(origin: str, destination: str, waited: int) -> None:
    graph = travel_graph(World((), _forked()))
    path = dijkstra_path(graph, ("from", origin), ("to", destination), weight="weight")
    rail = 60 if origin in "abcd" else 1
    hops = len(path) - 2
    assert sum(graph.edges[a, b]["base"] for a, b in pairwise(path)) == waited + 100 * hops + 2 * rail


def test_two_short_walks_do_not_make_a_forbidden_change() -> None:
    stops = (Stop("a", "a", 48.86, 2.300), Stop("b", "b", 48.8601, 2.300), Stop("c", "c", 48.8602, 2.300), Stop("z", "z", 48.90, 2.30))
    lines = (Line("1", "1", "metro"),)
    net = Network(stops, lines, (Hop("1", "z", "a", 60, 60), Hop("1", "c", "z", 60, 60)), (), (Transfer("a", "c", 900),))
    graph = travel_graph(World((), net))
    assert ("to", "a") in graph
    assert graph.edges[("to", "a"), ("from", "c")]["weight"] == 900
    assert dijkstra_path_length(graph, ("to", "a"), ("from", "c")) == 900  # and not 120 + 120 through b
