"""Distances against figures known from elsewhere, and neighbours against looking at everybody."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from forum.campuses.geo import Area, Neighbourhood, metres, walking_seconds


@dataclass(frozen=True)
class Point:
    lat: float
    lon: float


NOTRE_DAME, SACRE_COEUR = Point(48.8530, 2.3499), Point(48.8867, 2.3431)
points = st.builds(Point, st.floats(48.7, 49.0), st.floats(2.1, 2.6))


def test_distance_between_two_landmarks() -> None:
    assert round(metres(NOTRE_DAME, SACRE_COEUR), -1) == 3780
    assert metres(NOTRE_DAME, NOTRE_DAME) == 0
    assert round(metres(Point(0, 0), Point(0, 1))) == 111195  # one degree on the equator of the mean sphere


def test_walking_time_rounds_up_and_is_never_nothing() -> None:
    assert walking_seconds(750, kmh=4.5, detour=1.0) == 600
    assert walking_seconds(750, kmh=4.5, detour=1.3) == 780
    assert walking_seconds(0, kmh=4.5, detour=1.3) == 1


@given(st.lists(points, max_size=60), points, st.floats(50, 3000))
def test_neighbours_are_those_within_reach_nearest_first(places: list[Point], here: Point, reach: float) -> None:
    found = Neighbourhood(places, reach).around(here)
    assert [d for d, _ in found] == sorted(metres(here, p) for p in places if metres(here, p) <= reach)


@given(points, points, points)
def test_distance_is_symmetric_and_keeps_the_triangle(a: Point, b: Point, c: Point) -> None:
    assert metres(a, b) == metres(b, a)
    assert metres(a, c) <= metres(a, b) + metres(b, c) + 1e-6


def test_an_area_is_a_disc() -> None:
    square = Area(48.8530, 2.3499, 3800)
    assert square.contains(SACRE_COEUR)
    assert not Area(48.8530, 2.3499, 3700).contains(SACRE_COEUR)
