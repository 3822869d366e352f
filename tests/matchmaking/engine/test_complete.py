"""A complete list holds every itinerary that a better plan could use, and no other."""

from dataclasses import replace

import numpy as np
import pytest

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.complete import TooMany, complete_columns
from forum.matchmaking.engine.grid import Grid, build_grid
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.model import Meeting
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import seat_worth
from forum.matchmaking.engine.routes import Router
from tests.matchmaking.engine.exact import itineraries
from tests.matchmaking.engine.test_bounds import random_prices
from tests.matchmaking.small_problems import problem as small_problem

Stops = tuple[tuple[int, str, str], ...]  # slot, company, campus


def listed(grid: Grid, slots: np.ndarray, options: np.ndarray) -> Stops:
    problem = grid.problem
    return tuple((t, problem.companies[grid.company[o]].id, problem.campuses[grid.campus[o]].id) for t, o in zip(slots.tolist(), options.tolist(), strict=True) if o >= 0)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("below", [5, 60])
def test_the_list_is_what_enumeration_finds(seed: int, below: int) -> None:
    problem = replace(small_problem(seed), locked=(), previous=None)
    grid = build_grid(problem)
    router, prices = Router(grid, relaxed=True), random_prices(grid, seed)
    bound, routes = bound_at(router, prices)
    pool = complete_columns(router, prices, routes.value, bound - below, 50_000)
    slack = int(routes.value.sum()) + seat_worth(grid, prices) - SCALE * (bound - below + 1)
    price, recruiters = prices.seat(grid), {r.id: n for n, r in enumerate(problem.recruiters)}
    homes = {r.id: (r.company, r.campus) for r in problem.recruiters}

    def profit(route: tuple[Meeting, ...]) -> int:
        return SCALE * check(problem, route).value - sum(int(price[grid.recruiter_stand[recruiters[m.recruiter]], m.slot]) for m in route)

    for i, candidate in enumerate(problem.candidates):
        rows = pool.candidate == i
        mine = [listed(grid, slots, options) for slots, options in zip(pool.slots[rows], pool.options[rows], strict=True)]
        enough = [route for route in itineraries(problem, candidate.id) if profit(route) >= routes.value[i] - slack]
        assert len(set(mine)) == len(mine)
        assert set(mine) == {tuple((m.slot, *homes[m.recruiter]) for m in route) for route in enough}


def test_a_list_too_long_is_given_up() -> None:
    problem = replace(small_problem(1), locked=(), previous=None)
    grid = build_grid(problem)
    router, prices = Router(grid, relaxed=True), random_prices(grid, 1)
    bound, routes = bound_at(router, prices)
    whole = len(complete_columns(router, prices, routes.value, bound - 100, 50_000).value)
    assert whole > 1
    with pytest.raises(TooMany):
        complete_columns(router, prices, routes.value, bound - 100, whole - 1)
