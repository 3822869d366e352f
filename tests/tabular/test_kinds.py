"""Cells as people write them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.errors import Invalid
from forum.tabular import kinds
from forum.tabular.kinds import day, days, degrees, email, hour, moment, one_of, plain, text, website, whole, words, yes_no


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (text(5), "Préau", "Préau"),
        (whole(0, 100_000), "1 200", 1200),
        (whole(0, 100_000), "1\u202f200", 1200),
        (degrees(90), "48,8566", 48.8566),
        (degrees(180), "-2.35", -2.35),
        (yes_no, "Oui", True),
        (yes_no, "FAUX", False),
        (one_of({"candidature": "candidate"}), "Candidature", "candidate"),
        (words(), "droit; python, droit | SQL", ("droit", "python", "SQL")),
        (email, "Anh@Example.ORG", "Anh@example.org"),
        (website, "example.org", "https://example.org"),
        (day, "2028-11-16", date(2028, 11, 16)),
        (day, "16/11/2028", date(2028, 11, 16)),
        (days, "17/11/2028, 2028-11-16", (date(2028, 11, 16), date(2028, 11, 17))),
        (hour, "9h30", time(9, 30)),
        (hour, "9 h", time(9)),
        (moment, "16/11/2028 9h30", datetime(2028, 11, 16, 8, 30, tzinfo=UTC)),
        (moment, "2028-07-16 09:30", datetime(2028, 7, 16, 7, 30, tzinfo=UTC)),
        (moment, "2028-11-16T09:30:00+01:00", datetime(2028, 11, 16, 8, 30, tzinfo=UTC)),
    ],
)
def test_what_people_write_is_understood(read: Callable[[str], Any], cell: str, value: Any) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell"),
    [
        (text(5), "Préaux"),
        (text(5), "a\x01"),
        (text(5), "a\ud800"),
        (whole(1, 9), "10"),
        (whole(1, 9), "٣"),
        (whole(1, 9), "1e1"),
        (whole(1, 9), "9" * 500),
        (degrees(90), "91"),
        (degrees(90), "nan"),
        (degrees(90), "48°51'"),
        (yes_no, "peut-être"),
        (one_of({"a": "a"}), "b"),
        (words(2), "a,b,c"),
        (email, "anh@"),
        (email, "a b@example.org"),
        (website, "javascript:alert(1)"),
        (website, "ftp://example.org"),
        (day, "2028-02-30"),
        (day, "0000-01-01"),
        (day, "9999-01-01"),
        (day, "16 nov."),
        (hour, "24:00"),
        (hour, "9:75"),
        (moment, "2028-11-16"),
        (moment, "9999-12-31T23:59:00-12:00"),
        (moment, "0001-01-01T00:00:00+12:00"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(read: Callable[[str], Any], cell: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(cell)
    assert len(str(caught.value)) > 10


readers = st.sampled_from([text(20), whole(-5, 5), degrees(90), yes_no, one_of({"a": "a"}), words(), email, website, day, days, hour, moment])


@given(readers, st.text(min_size=1, max_size=40))
def test_any_cell_is_a_value_or_a_sentence(read: Callable[[str], Any], cell: str) -> None:
    with suppress(Invalid):
        read(cell)


@given(st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)).map(lambda t: t.replace(second=0, microsecond=0)))
def test_moments_survive_writing_outside_the_repeated_hour(when: datetime) -> None:
    back = moment(kinds.write_moment(when))
    assert back == when or abs((back - when).total_seconds()) == 3600


def test_titles_are_compared_by_their_letters() -> None:
    assert plain("  N° de Campus (théorique) ") == plain("n°  decampus-théorique")
