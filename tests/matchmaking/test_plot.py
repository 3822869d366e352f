"""The plot of a run: staircases inside their box, the bound never below the value, nothing before the first plan."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.matchmaking.plot import BOTTOM, LEFT, RIGHT, TOP, plot


def test_nothing_is_drawn_before_a_plan() -> None:
    assert plot([], until=10) is None
    assert plot([(0.1, None, 900), (0.2, None, 880)], until=10) is None


def test_value_and_bound_meet_when_the_proof_closes() -> None:
    drawn = plot([(0.0, None, 1000), (1.0, 800, 1000), (2.0, 900, 950), (4.0, 940, 940)], until=4)
    assert drawn is not None
    assert (drawn.last_x, drawn.last_y, drawn.bound_y) == (RIGHT, drawn.bound_y, drawn.last_y)
    assert [tick.value for tick in drawn.across] == pytest.approx([4 * n / 6 for n in range(7)])


def test_a_value_that_falls_back_or_a_bound_that_rises_is_not_drawn() -> None:
    steady = plot([(1, 800, 1000), (2, 900, 950)], until=4)
    noisy = plot([(1, 800, 1000), (1.5, 700, 1200), (2, 900, 950)], until=4)
    assert steady is not None and noisy is not None
    assert (noisy.last_y, noisy.bound_y) == (steady.last_y, steady.bound_y)
    assert re.sub(r"H[\d.]+(?=H)", "", noisy.value) == steady.value


ROWS = st.lists(st.tuples(st.floats(0, 60), st.none() | st.integers(-500, 10**6), st.none() | st.integers(-500, 2 * 10**6)), max_size=30)


@given(ROWS, st.floats(0, 90))
def test_whatever_a_run_says_the_drawing_stays_in_its_box(rows: list[tuple[float, int | None, int | None]], until: float) -> None:
    drawn = plot(sorted(rows, key=lambda r: r[0]), until=until)
    if drawn is None:
        assert all(value is None for _, value, _ in rows)
        return
    for path in (drawn.value, drawn.bound, drawn.gap):
        across = [float(x) for x in re.findall(r"[MH](-?[\d.]+)", path)]
        down = [float(y) for y in re.findall(r"V(-?[\d.]+)", path)]
        assert all(LEFT <= x <= RIGHT for x in across)
        assert all(TOP <= y <= BOTTOM for y in down)
