"""From a problem to a plan with its proof: the order of the phases, and what each may cost."""

import threading
from collections.abc import Callable

import numpy as np

from forum.matchmaking.engine.control import Control
from forum.matchmaking.engine.grid import Grid, Ints, build_grid
from forum.matchmaking.engine.insertion import insert
from forum.matchmaking.engine.locked import locked_conflict
from forum.matchmaking.engine.matchbound import MatchBound, match_bound
from forum.matchmaking.engine.model import Infeasible, Plan, Problem, Progress
from forum.matchmaking.engine.roster import Roster, empty_roster, named
from forum.matchmaking.engine.seats import SCALE, SeatPlan, seat_plan

CONSTRUCT_DELTA = 20  # value points from a candidate's best: a fifth of the arcs at 20,000 candidates, equal value


def solve(
    problem: Problem,
    *,
    time_limit: float = 60.0,
    workers: int = 2,
    seed: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | threading.Event | None = None,
) -> Plan | Infeasible:
    """The best plan found in *time_limit* seconds of wall time, with a proven bound.

    The plan is always valid; with too little time it holds at least the locked meetings. *stop* ends the search early.
    """
    if conflict := locked_conflict(problem):
        return conflict
    control = Control(time_limit, stop, on_progress)
    grid = build_grid(problem)
    seats = seat_plan(grid)
    match = match_bound(grid, seats)
    control.tell("bound", bound=match.value)
    roster = construct(grid, seats, match, control)
    return Plan(
        problem.name, tuple(named(roster)), roster.value(), match.value, "flow", control.seconds, control.seconds,
        not control.over(),
    )  # fmt: skip


def construct(grid: Grid, seats: SeatPlan, match: MatchBound, control: Control) -> Roster:
    """Insertion flows from the empty plan until nothing more fits."""
    roster = empty_roster(grid, seats.patterns)
    price = flat_prices(grid, match)
    while not control.over() and insert(roster, price, delta=CONSTRUCT_DELTA):
        control.tell("construct", value=roster.value(), meetings=int((roster.at >= 0).sum()))
    return roster


def flat_prices(grid: Grid, match: MatchBound) -> Ints:
    """Prices of the match, the same in every slot, (S, T) in thousandths."""
    price = match.company_price[grid.stand_company] + match.stand_price + match.campus_price[grid.stand_campus]
    return np.repeat(SCALE * price[:, None], len(grid.start), axis=1)
