"""The drawn map: true positions, nothing on top of anything, inside its frame, the same every time."""

from dataclasses import dataclass
from datetime import date, time
from itertools import combinations
from re import findall
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.campuses import map as drawing
from forum.campuses.model import EditionDay
from forum.campuses.sample import sample


@dataclass(frozen=True, slots=True)
class Place:
    number: int
    lat: float
    lon: float

    @property
    def slug(self) -> str:
        return str(self.number)

    @property
    def name(self) -> str:
        return f"Place {self.number}"


NOTRE_DAME = Place(1, 48.8530, 2.3499)
ETOILE = Place(2, 48.8738, 2.2950)
NATION = Place(3, 48.8483, 2.3959)
SAINT_DENIS = Place(4, 48.9356, 2.3539)
EDITION = UUID(int=7)
DAYS = [EditionDay(date(2028, 11, 16), time(9), time(18))]


def overlaps(marks, width, height):
    return [(a.number, b.number) for a, b in combinations(marks, 2) if abs(a.x - b.x) < width - 0.01 and abs(a.y - b.y) < height - 0.01]


def numbers(path):
    return [float(n) for n in findall(r"-?\d+\.?\d*", path)]


def test_west_is_left_and_north_is_up():
    centre, west, east = drawing.city_map([NOTRE_DAME, ETOILE, NATION]).wide
    assert west.x < centre.x < east.x
    assert west.y < centre.y < east.y


def test_distances_on_the_map_are_those_on_the_ground():
    # Étoile to Nation is 7.9 km, Notre-Dame to Nation 3.4 km: both axes at one scale, or this ratio is off.
    centre, west, east = drawing.city_map([NOTRE_DAME, ETOILE, NATION]).wide
    long = ((west.x - east.x) ** 2 + (west.y - east.y) ** 2) ** 0.5
    short = ((centre.x - east.x) ** 2 + (centre.y - east.y) ** 2) ** 0.5
    assert long / short == pytest.approx(7.91 / 3.41, rel=0.03)


def test_a_campus_beyond_the_ring_is_drawn_and_widens_the_frame():
    inside, beyond = drawing.city_map([NOTRE_DAME]), drawing.city_map([NOTRE_DAME, SAINT_DENIS])
    assert beyond.height > inside.height
    mark = beyond.wide[1]
    assert mark.y < min(numbers(beyond.ring)[1::2])
    assert 0 < mark.y < beyond.height


def test_the_ring_lies_inside_the_frame_and_is_closed():
    city = drawing.city_map([])
    assert city.ring.endswith("Z")
    points = numbers(city.ring)
    assert min(points) >= 0
    assert max(points[::2]) <= city.width
    assert max(points[1::2]) <= city.height


@pytest.mark.parametrize(("count", "dense", "phone"), [(1, False, 1), (24, False, 24), (25, False, 0), (39, False, 0), (40, True, 0), (100, True, 0)])
def test_plates_until_there_are_too_many_then_dots(count, dense, phone):
    city = drawing.city_map(sample(EDITION, DAYS, count=count).campuses)
    assert (len(city.wide), city.dense, len(city.phone)) == (count, dense, phone)
    assert overlaps(city.wide, *(drawing.DOT if dense else drawing.PLATE)) == []
    assert overlaps(city.phone, *drawing.PLATE_ON_PHONE) == []


def test_plates_stay_near_where_their_campus_is():
    sites = sample(EDITION, DAYS, count=24).campuses
    city = drawing.city_map(sites)
    alone = [drawing.city_map([*sites[:i], *sites[i + 1 :], site]).wide[-1] for i, site in enumerate(sites)]
    assert [m.number for m in city.wide] == [m.number for m in alone]
    frame = drawing._frame([*drawing._outline()["ring"], *([s.lon, s.lat] for s in sites)])
    away = [max(abs(m.x - frame.place(s.lon, s.lat)[0]), abs(m.y - frame.place(s.lon, s.lat)[1])) for m, s in zip(city.wide, sites, strict=True)]
    assert max(away) <= 24  # units; a plate's width: about 900 m on the ground
    assert sorted(away)[len(away) // 2] <= 6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 360), st.floats(0, 270)), max_size=39))
def test_boxes_never_touch_and_never_leave(points):
    placed = drawing.apart(points, *drawing.PLATE, 360, 270)
    marks = [drawing.Mark(str(i), i, "", x, y) for i, (x, y) in enumerate(placed)]
    assert overlaps(marks, *drawing.PLATE) == []
    assert all(drawing.PLATE[0] / 2 <= x <= 360 - drawing.PLATE[0] / 2 and drawing.PLATE[1] / 2 <= y <= 270 - drawing.PLATE[1] / 2 for x, y in placed)


def test_points_that_do_not_touch_are_left_alone():
    points = [(40.0, 40.0), (120.0, 40.0), (120.0, 120.0)]
    assert drawing.apart(points, 20, 20, 360, 270) == points


def test_campuses_at_one_address_are_still_told_apart():
    placed = drawing.apart([(100.0, 100.0)] * 12, *drawing.PLATE, 360, 270)
    assert overlaps([drawing.Mark(str(i), i, "", x, y) for i, (x, y) in enumerate(placed)], *drawing.PLATE) == []


def test_a_smooth_path_goes_through_its_points():
    path = drawing._curve([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)])
    ends = [part.split()[-2:] for part in path.replace("M", "C").split("C")[1:]]
    assert ends == [["0", "0"], ["10", "0"], ["10", "10"]]
