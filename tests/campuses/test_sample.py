"""The rehearsal's places: the same for the same seed, real districts, invented names that say so."""

from datetime import date, time
from uuid import UUID

import pytest

from forum.campuses.districts import BEYOND, PARIS
from forum.campuses.geo import metres
from forum.campuses.model import EditionDay
from forum.campuses.sample import CENTRE, MOST, sample

EDITION = UUID(int=1)
DAYS = [EditionDay(date(2028, 11, day), time(9), time(18)) for day in (16, 17)]


def test_the_same_seed_gives_the_same_places_and_another_seed_others() -> None:
    assert sample(EDITION, DAYS, count=20, seed=3) == sample(EDITION, DAYS, count=20, seed=3)
    assert sample(EDITION, DAYS, count=20, seed=3) != sample(EDITION, DAYS, count=20, seed=4)


def test_the_full_size_has_100_campuses_with_every_part() -> None:
    places = sample(EDITION, DAYS, count=100)
    assert (MOST, len(places.campuses), len(places.days), len(places.rooms), len(places.tables)) == (100, 100, 200, 500, 800)
    assert {g.campus for g in places.gates} == {c.id for c in places.campuses}
    assert [c.number for c in places.campuses] == list(range(1, 101))
    for ids in (places.campuses, places.rooms, places.tables, places.gates):
        assert len({thing.id for thing in ids}) == len(ids)


def test_one_campus_in_five_is_beyond_the_ring_road() -> None:
    assert sum(c.beyond_the_ring for c in sample(EDITION, DAYS, count=10).campuses) == 2
    assert sum(c.beyond_the_ring for c in sample(EDITION, DAYS, count=100).campuses) == 20


def test_names_and_addresses_say_that_they_are_invented() -> None:
    for campus in sample(EDITION, DAYS, count=100).campuses:
        assert campus.address.endswith("(nom et adresse inventés)")
        assert len(campus.name) <= 120
    assert len({c.name for c in sample(EDITION, DAYS, count=100).campuses}) == 100


def test_districts_stand_where_paris_is() -> None:
    assert len(PARIS) == 80
    assert [sum(d.postcode == f"750{n:02}" for d in PARIS) for n in range(1, 21)] == [4] * 20
    assert max(metres(CENTRE, d) for d in PARIS) < 9_000
    assert min(metres(CENTRE, d) for d in BEYOND) > 3_500
    assert max(metres(CENTRE, d) for d in BEYOND) < 12_000
    assert len({(d.name, d.city) for d in PARIS + BEYOND}) == 100


def test_a_few_campuses_are_spread_over_the_city() -> None:
    few = sample(EDITION, DAYS, count=12).campuses
    assert min(metres(a, b) for a in few for b in few if a is not b) > 1_500


@pytest.mark.parametrize(("count", "rooms"), [(0, 5), (101, 5), (3, 0), (3, 9)])
def test_sizes_out_of_range_are_refused(count: int, rooms: int) -> None:
    with pytest.raises(ValueError, match="1 to 100 campuses"):
        sample(EDITION, DAYS, count=count, rooms=rooms)
