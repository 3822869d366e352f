"""The integer master: the best plan made of known itineraries, and only plans better than one in hand."""
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forum.matchmaking.engine.columns import columns_of, joined
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.grid import Grid, build_grid
from forum.matchmaking.engine.integer import _stands, best_of_columns
from forum.matchmaking.engine.model import Plan
from forum.matchmaking.engine.roster import empty_roster
from forum.matchmaking.engine.routes import Router, gumbel
from forum.matchmaking.engine.solve import solve
from tests.matchmaking.engine.made import raw_made


def known(raw: dict[str, Any]) -> tuple[Grid, Any]:
    """A problem and thirty itineraries for everybody, drawn at prices of zero."""
    grid = build_grid(parse_problem(raw))
    router, everyone = Router(grid, relaxed=True), np.arange(len(grid.max_meetings))
    price = np.zeros(grid.seats.shape, np.int64)
    return grid, joined(*(columns_of(grid, everyone, router.routes(price, gumbel(20.0, k))) for k in range(30)))


def changing() -> dict[str, Any]:
    """A problem whose previous plan is worth keeping: values have a constant then."""
    raw = raw_made(5, candidates=8, companies=4)
    problem = parse_problem(raw)
    home = {r.id: (r.company, r.campus) for r in problem.recruiters}
    plan = solve(problem, time_limit=5.0)
    assert isinstance(plan, Plan)
    previous = [[m.candidate, *home[m.recruiter], m.recruiter, m.slot] for m in plan.meetings]
    return raw | {"previous": previous, "weights": raw["weights"] | {"change": 20}}


def new() -> dict[str, Any]:
    return raw_made(5, candidates=8, companies=4)


def locked() -> dict[str, Any]:
    """A problem with two meetings that must stand."""
    raw = new()
    plan = solve(parse_problem(raw), time_limit=5.0)
    assert isinstance(plan, Plan)
    return raw | {"locked": [[m.candidate, m.recruiter, m.slot] for m in plan.meetings[:2]]}


@pytest.mark.parametrize("raw", [new, changing, locked])
def test_only_plans_better_than_the_one_in_hand_are_looked_for(raw: Callable[[], dict[str, Any]]) -> None:
    grid, pool = known(raw())
    found, proved = best_of_columns(grid, pool, 10.0)
    assert found is not None
    assert proved
    best = found.value()
    again, _ = best_of_columns(grid, pool, 10.0, above=best - 1)
    assert again is not None
    assert again.value() == best
    assert best_of_columns(grid, pool, 10.0, above=best + 1000) == (None, True)


def test_locked_people_without_an_itinerary_have_no_plan() -> None:
    grid, pool = known(locked())
    others = pool.where(~np.isin(pool.candidate, [i for i, *_ in grid.locked]))
    assert best_of_columns(grid, others, 10.0) == (None, False)
    assert best_of_columns(grid, others, 10.0, certain=True) == (None, True)


def test_a_plan_to_begin_from_and_other_chances_change_no_answer() -> None:
    grid, pool = known(new())
    best, _ = best_of_columns(grid, pool, 10.0)
    assert best is not None
    for salt in range(3):
        again, proved = best_of_columns(grid, pool, 10.0, hint=best, salt=salt)
        assert again is not None
        assert (again.value(), proved) == (best.value(), True)


def test_an_answer_that_seats_more_than_the_recruiters_take_or_is_worth_something_else_is_no_plan() -> None:
    grid = build_grid(parse_problem(raw_made(2, candidates=8, companies=3)))
    roster = empty_roster(grid, grid.present)
    option = int(np.flatnonzero(grid.ok.any(axis=1))[0])
    slot = int(np.flatnonzero(grid.ok[option] & (grid.seats[grid.stand[option]] > 0))[0])
    roster.at[grid.candidate[option], slot] = option
    roster.patterns[:, :] = False
    roster.patterns[np.flatnonzero((grid.recruiter_stand == grid.stand[option]) & grid.present[:, slot])[0], slot] = True
    worth = roster.value() + grid.lost_worth
    assert _stands(roster, worth)
    assert not _stands(roster, worth + 1)
    roster.patterns[:, slot] = False
    assert not _stands(roster, worth)
