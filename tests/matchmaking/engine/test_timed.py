"""The match with times: prices that know how few seats an hour has."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.engine import timed
from forum.matchmaking.engine.certificate import recompute_bound
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.grid import Grid, build_grid
from forum.matchmaking.engine.matchbound import match_bound, match_prices
from forum.matchmaking.engine.matchdual import match_bound_at
from forum.matchmaking.engine.model import Plan
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.seats import seat_plan
from forum.matchmaking.engine.solve import solve
from tests.matchmaking.engine.made import raw_made


def roomy(seed: int = 1, candidates: int = 100) -> dict[str, Any]:
    """Tables for everybody, two days."""
    raw = raw_made(seed, candidates=candidates, companies=8, campuses=2, days=2)
    return raw | {"campuses": [place | {"tables": None} for place in raw["campuses"]]}


def same_hour(seed: int = 1, candidates: int = 100) -> dict[str, Any]:
    """Half of the candidates are free in the first three slots of the event and at no other time."""
    raw = roomy(seed, candidates)
    for person in raw["candidates"][::2]:
        person["slots"] = [0, 1, 2]
    return raw


def priced(raw: dict[str, Any]) -> tuple[Grid, Prices, Prices]:
    """(arrays, prices without times, prices with times)."""
    grid = build_grid(parse_problem(raw))
    seats = seat_plan(grid)
    flat = match_prices(grid, seats, match_bound(grid, seats))
    return grid, flat, timed.timed_prices(grid, seats, flat)


def test_an_hour_that_many_share_is_priced_and_the_bound_falls() -> None:
    grid, flat, hourly = priced(same_hour())
    assert match_bound_at(grid, hourly) < 0.95 * match_bound_at(grid, flat)
    assert hourly.seat(grid)[:, :3].mean() > 2 * hourly.seat(grid)[:, 6:].mean()


def test_without_a_shared_hour_times_change_little() -> None:
    """The control: the fall of the bound above comes from the hour."""
    grid, flat, hourly = priced(roomy())
    assert match_bound_at(grid, hourly) > 0.98 * match_bound_at(grid, flat)


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from((1, 2, 5)))
@settings(max_examples=15, deadline=None)
def test_prices_with_times_prove_a_bound_above_every_plan(seed: int, candidates: int, width: int) -> None:
    problem = parse_problem(same_hour(seed, candidates))
    grid = build_grid(problem)
    seats = seat_plan(grid)
    flat = match_prices(grid, seats, match_bound(grid, seats))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timed, "MOST_ARCS", max(1, -(-int(grid.ok_relaxed.sum()) // width)))
        hourly = timed.timed_prices(grid, seats, flat)
    assert min(int(np.min(p, initial=0)) for p in (hourly.stand, hourly.campus)) == 0
    plan = solve(problem, time_limit=0.3)
    assert isinstance(plan, Plan)
    assert match_bound_at(grid, hourly) >= plan.value


def test_a_crowded_hour_is_planned_close_to_its_bound() -> None:
    problem = parse_problem(same_hour(2, 300))
    plan = solve(problem, time_limit=10.0)
    assert isinstance(plan, Plan)
    assert plan.gap < 0.01
    assert plan.certificate is not None
    assert recompute_bound(problem, plan.certificate) == plan.bound


@pytest.mark.parametrize("empty", ["candidates", "recruiters", "wishes", "slots"])
def test_a_problem_with_nothing_in_it_has_prices_of_zero_and_the_empty_plan(empty: str) -> None:
    raw = raw_made(1, candidates=4, companies=3)
    raw[empty] = []
    if empty == "candidates":
        raw["wishes"] = []
    if empty == "slots":
        for thing in (*raw["candidates"], *raw["recruiters"]):
            thing["slots"] = []
    _, _, hourly = priced(raw)
    assert (hourly.stand.sum(), hourly.campus.sum()) == (0, 0)
    plan = solve(parse_problem(raw), time_limit=5.0)
    assert isinstance(plan, Plan)
    assert (plan.meetings, plan.value, plan.bound) == ((), 0, 0)
