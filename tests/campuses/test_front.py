"""The front page's figures come from its rows."""

from datetime import date

import pytest

from forum.campuses.front import DayPlaces, Row, district, front

THURSDAY, FRIDAY, MONDAY = date(2028, 11, 16), date(2028, 11, 17), date(2028, 11, 20)


def row(number, day, left, *, places=100, step_free=True, postcode="75018", city="Paris"):
    return Row(day, str(number), number, f"Campus {number}", city, postcode, step_free, 48.88 + number / 500, 2.35, places, left)


def test_places_are_added_up_per_day_and_listed_per_campus():
    page = front([row(2, THURSDAY, 5), row(2, FRIDAY, 0), row(1, THURSDAY, 7, places=50)], [THURSDAY, FRIDAY])
    assert page.days == (DayPlaces(THURSDAY, 12, 150), DayPlaces(FRIDAY, 0, 100))
    assert [(c.number, c.left) for c in page.campuses] == [(1, (7, None)), (2, (5, 0))]
    assert [m.number for m in page.map.wide] == [1, 2]


def test_a_day_that_is_not_of_the_edition_counts_nowhere():
    page = front([row(1, MONDAY, 9)], [THURSDAY])
    assert page.days == (DayPlaces(THURSDAY, 0, 0),)
    assert page.campuses == ()


def test_step_free_is_said_in_numbers_and_names_the_others():
    page = front([row(1, THURSDAY, 1), row(4, THURSDAY, 1, step_free=False), row(9, THURSDAY, 1)], [THURSDAY])
    assert page.step_free == 2
    assert [c.number for c in page.with_steps] == [4]


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [("75001", 1), ("75020", 20), ("75116", 16), ("75000", None), ("75021", None), ("93200", None), ("7501", None), ("", None), ("750²3", None)],
)
def test_the_district_comes_from_the_postcode(postcode, expected):
    assert district(postcode) == expected
