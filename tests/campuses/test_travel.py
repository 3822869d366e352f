"""The matrix: made from coordinates, set by hand, changed live, explained."""

from uuid import UUID

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.campuses.geo import Area
from forum.campuses.graph import World, journey, matrix, travel_graph
from forum.campuses.sample import sample
from forum.campuses.travel import LONGEST, Change, Matrix, Patch, Site, changes, too_short

NEAR, STREET, FAR = Site("near", 48.86, 2.3000), Site("street", 48.86, 2.3041), Site("far", 48.86, 2.4000)
WORLD = World((NEAR, STREET, FAR))
PARIS = World(tuple(Site(c.slug, c.lat, c.lon) for c in sample(UUID(int=1), [], count=100).campuses))


def test_a_short_way_is_walked_and_a_long_one_ridden() -> None:
    # 300 m as the crow flies: 390 m of streets at 4.5 km/h is 312 s, and 120 s through the doors: 8 min.
    assert matrix(WORLD).between("near", "street") == 8
    assert journey(WORLD, "near", "street").source == "walk"
    # 7.31 km: 2 x 312 s on foot + 1.15 x (240 s + 8.78 km at 25.1 km/h + one change of 300 s) + doors: 2813 s.
    assert matrix(WORLD).between("near", "far") == 47
    assert journey(WORLD, "near", "far").source == "estimate"


def test_step_free_is_slower_and_takes_the_bus() -> None:
    assert matrix(WORLD, step_free=True).between("near", "street") == 9
    assert matrix(WORLD, step_free=True).between("near", "far") == 94
    assert all(free >= plain for (*_, plain), (*_, free) in zip(matrix(PARIS).pairs(), matrix(PARIS, step_free=True).pairs(), strict=True))


def test_a_hundred_campuses_are_one_table() -> None:
    table = matrix(PARIS)
    assert (len(table.keys), {len(row) for row in table.minutes}) == (100, {100})


def test_journeys_and_matrix_agree_and_legs_add_up() -> None:
    table, graph = matrix(PARIS), travel_graph(PARIS)
    for origin in table.keys[:5]:
        for destination in table.keys:
            way = journey(PARIS, origin, destination, graph=graph)
            assert way.minutes == table.between(origin, destination)
            assert sum(leg.seconds for leg in way.legs) == way.minutes * 60


def test_scipy_finds_what_networkx_finds() -> None:
    few = World(PARIS.sites[:30])
    graph = travel_graph(few)
    seconds = dict(nx.all_pairs_dijkstra_path_length(graph, weight="weight"))
    assert {(a, b): m for a, b, m in matrix(few).pairs()} == {
        (a.key, b.key): -(-(seconds["leave", a.key]["reach", b.key] + 120) // 60) for a in few.sites for b in few.sites if a is not b
    }


def test_a_strike_slows_riders_and_not_walkers_and_says_what_changed() -> None:
    before = matrix(WORLD)
    after = matrix(World(WORLD.sites, patches=(Patch(2.0),)))
    assert after.between("near", "street") == before.between("near", "street")
    assert after.between("near", "far") == 82
    assert changes(before, after) == (
        Change("far", "near", 47, 82), Change("near", "far", 47, 82), Change("far", "street", 46, 80), Change("street", "far", 46, 80),
    )  # fmt: skip
    assert changes(before, before) == ()


def test_a_general_strike_leaves_feet() -> None:
    assert matrix(World(WORLD.sites, patches=(Patch(None),))).between("near", "far") == 129  # 7.31 km x 1.3 at 4.5 km/h


def test_a_closed_area_cuts_its_campuses_off() -> None:
    closed = matrix(World(WORLD.sites, patches=(Patch(None, area=Area(FAR.lat, FAR.lon, 500), walking=True),)))
    assert (closed.between("near", "far"), closed.between("far", "street"), closed.between("near", "street")) == (LONGEST, LONGEST, 8)
    assert journey(World(WORLD.sites, patches=(Patch(None, area=Area(FAR.lat, FAR.lon, 500), walking=True),)), "near", "far").source == "none"


def test_patches_multiply() -> None:
    once = matrix(World(WORLD.sites, patches=(Patch(4.0),)))
    assert matrix(World(WORLD.sites, patches=(Patch(2.0), Patch(2.0)))) == once


def test_single_entries_are_set_by_hand_one_way() -> None:
    table = matrix(WORLD).with_entries({("near", "far"): 12, ("gone", "far"): 3, ("far", "far"): 9})
    assert (table.between("near", "far"), table.between("far", "near"), table.between("far", "far")) == (12, 47, 0)


@pytest.mark.parametrize(
    ("keys", "minutes", "sentence"),
    [
        ("ab", ((0, 1),), "a travel matrix is square"),
        ("ab", ((0, 1), (1,)), "a travel matrix is square"),
        ("ab", ((0, -1), (1, 0)), "travel takes 0 to 600 minutes"),
        ("ab", ((0, 601), (1, 0)), "travel takes 0 to 600 minutes"),
        ("ab", ((0, 1), (1, 2)), "no campus is away from itself"),
        ("aa", ((0, 1), (1, 0)), "a campus stands once in a travel matrix"),
    ],
)
def test_a_matrix_that_makes_no_sense_is_refused(keys: str, minutes: tuple[tuple[int, ...], ...], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        Matrix(tuple(keys), minutes)
    assert str(caught.value) == sentence


def test_no_campus_and_one_campus() -> None:
    assert matrix(World(())) == Matrix((), ())
    assert matrix(World((NEAR,))) == Matrix(("near",), ((0,),))


def test_unknown_campuses_are_named() -> None:
    with pytest.raises(KeyError, match="gone"):
        journey(WORLD, "near", "gone")
    with pytest.raises(KeyError):
        matrix(WORLD).between("near", "gone")


def test_stays_that_cannot_be_reached_in_time() -> None:
    day = [("near", 0.0, 20.0), ("street", 28.0, 40.0), ("far", 60.0, 80.0), ("far", 80.0, 90.0)]
    assert list(too_short(matrix(WORLD), day)) == [(2, 20, 46)]


places = st.lists(st.tuples(st.floats(48.75, 48.95), st.floats(2.2, 2.5)), min_size=2, max_size=8)


@settings(deadline=None, max_examples=40)
@given(places, st.booleans())
def test_shortest_paths_keep_the_triangle_and_both_ways_alike(found: list[tuple[float, float]], step_free: bool) -> None:
    world = World(tuple(Site(str(i), lat, lon) for i, (lat, lon) in enumerate(found)))
    table = matrix(world, step_free=step_free)
    size = range(len(found))
    assert all(table.minutes[i][j] == table.minutes[j][i] for i in size for j in size)
    assert all(table.minutes[i][k] <= table.minutes[i][j] + table.minutes[j][k] for i in size for j in size for k in size)
    assert all(3 <= table.minutes[i][j] <= LONGEST for i in size for j in size if i != j)
