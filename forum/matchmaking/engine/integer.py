"""The integer master of a small problem: the best plan made of known itineraries, by a mixed-integer solver."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[attr-defined]  # its stubs miss it

from forum.matchmaking.engine.arrays import Bools
from forum.matchmaking.engine.columns import Columns
from forum.matchmaking.engine.control import POLL_SECONDS, never
from forum.matchmaking.engine.gains import LOCK
from forum.matchmaking.engine.grid import NO_CAP, Grid
from forum.matchmaking.engine.roster import Roster, empty_roster, worked

HALF_A_POINT = 0.5  # values and choices are whole


def best_of_columns(
    grid: Grid, pool: Columns, seconds: float, certain: bool = False, above: int | None = None, over: Callable[[], bool] = never, hint: Roster | None = None,
    salt: int = 0,
) -> tuple[Roster | None, bool]:
    """The best plan whose itineraries are all in *pool*, and whether that is proved; no plan, proved, when there is none.

    *certain* says that every column is known to be legal; only plans worth more than *above* are looked for, until *over* says so.
    *hint* is a plan made of the pool to begin from: better than *above* where a plan is sought rather than a proof, since a row
    over all values blinds the solver's own heuristics. Equal *salt*, equal choices between equals.
    """
    if not certain:
        pool = pool.where(_legal(grid, pool))
    pool = pool.where(_with_locked(grid, pool))
    bound_to_meet = np.zeros(len(grid.max_meetings), np.int64)
    np.add.at(bound_to_meet, [i for i, *_ in grid.locked], 1)
    if not np.isin(np.flatnonzero(bound_to_meet), pool.candidate).all():
        return None, certain
    reward = LOCK * len(grid.locked)  # left out: it is the same in every plan and too large for floats beside single points
    values = pool.value - LOCK * bound_to_meet[pool.candidate]
    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(max(1, int(1000 * seconds)))
    if salt:
        solver.SetSolverSpecificParametersAsString(f"randomization/randomseedshift={salt}")
    takes = [solver.IntVar(0, 1, "") for _ in values]
    _value_rows(solver, takes, values.tolist(), None if above is None else above + 1 + grid.lost_worth - reward)
    for rows in np.split(np.arange(len(takes)), np.flatnonzero(np.diff(pool.candidate)) + 1):
        _at_most(solver, [takes[k] for k in rows], 1, exactly=bool(bound_to_meet[pool.candidate[rows]].any()))
    works = _patterns(solver, grid)
    _seat_rows(solver, grid, pool, takes, works)
    _company_rows(solver, grid, pool, takes)
    if hint is not None:
        _begin_from(solver, hint, pool, takes, works)
    exact = pywraplp.MPSolverParameters()
    exact.SetDoubleParam(exact.RELATIVE_MIP_GAP, 0.0)  # else "optimal" means within 1e-4: six points at fifty candidates
    status = _solve(solver, exact, over)
    if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None, status == pywraplp.Solver.INFEASIBLE
    roster = _chosen(grid, pool, takes, works)
    if not _stands(roster, round(solver.Objective().Value()) + reward):
        return None, False
    proved = status == pywraplp.Solver.OPTIMAL and solver.Objective().BestBound() < solver.Objective().Value() + HALF_A_POINT
    return roster, proved


def _value_rows(solver: Any, takes: list[Any], values: list[int], least: int | None) -> None:
    """The most value; at *least* so much, if anything."""
    better = None if least is None else solver.Constraint(float(least), solver.infinity())
    for take, value in zip(takes, values, strict=True):
        solver.Objective().SetCoefficient(take, value)
        if better is not None:
            better.SetCoefficient(take, value)
    solver.Objective().SetMaximization()


def _chosen(grid: Grid, pool: Columns, takes: list[Any], works: dict[tuple[int, int], Any]) -> Roster:
    """The solver's plan."""
    roster = empty_roster(grid, np.zeros_like(grid.present))
    for (r, t), work in works.items():
        roster.patterns[r, t] = work.solution_value() > HALF_A_POINT
    for k in np.flatnonzero([take.solution_value() > HALF_A_POINT for take in takes]):
        held = pool.options[k] >= 0
        roster.at[pool.candidate[k], pool.slots[k][held]] = pool.options[k][held]
    return roster


def _begin_from(solver: Any, plan: Roster, pool: Columns, takes: list[Any], works: dict[tuple[int, int], Any]) -> None:
    """Tell the solver the columns and the working slots of *plan*."""
    held = pool.options >= 0
    same = np.where(held, plan.at[pool.candidate[:, None], pool.slots] == pool.options, True).all(axis=1)
    same &= held.sum(axis=1) == (plan.at >= 0).sum(axis=1)[pool.candidate]
    seated = worked(plan)
    solver.SetHint([*takes, *works.values()], [*same.astype(float).tolist(), *(float(seated[r, t]) for r, t in works)])


def _stands(roster: Roster, value: int) -> bool:
    """Whether the solver's answer is a plan worth what it says: one that is stopped has been seen to seat two people with one recruiter."""
    grid = roster.grid
    at_once = np.zeros((len(grid.tables), len(grid.start)), np.int64)
    np.add.at(at_once, grid.stand_campus[grid.recruiter_stand], roster.patterns)
    return (
        bool((roster.used() <= roster.offered()).all())
        and bool((at_once <= grid.tables[:, None]).all())
        and roster.value() + grid.lost_worth == value
    )


def _solve(solver: Any, parameters: Any, over: Callable[[], bool]) -> int:
    """The solver's status; it ends soon after *over* says so."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(POLL_SECONDS):
            if over():
                solver.InterruptSolve()  # again and again: one said while the model is still being read is forgotten

    threading.Thread(target=watch, daemon=True).start()
    try:
        status: int = solver.Solve(parameters)
    finally:
        ended.set()
    return status


def _legal(grid: Grid, pool: Columns) -> Bools:
    """Columns whose every stop and step is legal without third campuses."""
    held = pool.options >= 0
    legal = np.where(held, grid.ok[pool.options, pool.slots], True).all(axis=1)
    legal &= held.sum(axis=1) <= grid.max_meetings[pool.candidate]
    for a in range(1, pool.options.shape[1]):
        u, v = grid.campus[pool.options[:, a - 1]], grid.campus[pool.options[:, a]]
        legal &= ~held[:, a] | (pool.slots[:, a - 1] <= grid.last_before[u, v, pool.slots[:, a]])
    found: Bools = legal
    return found


def _with_locked(grid: Grid, pool: Columns) -> Bools:
    """Columns that hold all locked meetings of their candidate."""
    holds = np.ones(len(pool.value), bool)
    for i, t, o, _ in grid.locked:
        holds &= (pool.candidate != i) | ((pool.options == o) & (pool.slots == t)).any(axis=1)
    return holds


def _at_most(solver: Any, variables: Iterable[Any], cap: int, exactly: bool = False) -> None:
    row = solver.Constraint(float(cap) if exactly else -solver.infinity(), float(cap))
    for variable in variables:
        row.SetCoefficient(variable, 1)


def _patterns(solver: Any, grid: Grid) -> dict[tuple[int, int], Any]:
    """Working slots of recruiters, rests included, tables respected."""
    pinned = grid.pinned
    works = {(r, t): solver.IntVar(float(pinned[r, t]), 1, "") for r, t in np.argwhere(grid.present).tolist()}
    for r, cap in enumerate(grid.recruiter_run.tolist()):
        for t in range(cap, len(grid.start) if cap else 0):
            window = [works.get((r, s)) for s in range(t - cap, t + 1)]
            if all(x is not None for x in window) and grid.adjacent[t - cap + 1 : t + 1].all():
                _at_most(solver, window, cap)
    campus_of = grid.stand_campus[grid.recruiter_stand]
    for v, tables in enumerate(grid.tables.tolist()):
        for t in range(len(grid.start)):
            here = [works[r, t] for r in np.flatnonzero((campus_of == v) & grid.present[:, t]).tolist()]
            if len(here) > tables:
                _at_most(solver, here, tables)
    return works


def _seat_rows(solver: Any, grid: Grid, pool: Columns, takes: list[Any], works: dict[tuple[int, int], Any]) -> None:
    seats = pool.seats(grid)
    users: dict[int, list[int]] = {}
    for k, row in enumerate(seats.tolist()):
        for seat in row:
            if seat >= 0:
                users.setdefault(seat, []).append(k)
    for seat, columns in users.items():
        stand, t = divmod(seat, len(grid.start))
        row = solver.Constraint(-solver.infinity(), 0.0)
        for k in columns:
            row.SetCoefficient(takes[k], 1)
        for r in np.flatnonzero((grid.recruiter_stand == stand) & grid.present[:, t]).tolist():
            row.SetCoefficient(works[r, t], -1)


def _company_rows(solver: Any, grid: Grid, pool: Columns, takes: list[Any]) -> None:
    for j in np.flatnonzero(grid.company_cap < NO_CAP):
        row = solver.Constraint(-solver.infinity(), float(grid.company_cap[j]))
        held = ((pool.options >= 0) & (grid.company[pool.options] == j)).sum(axis=1)
        for k in np.flatnonzero(held):
            row.SetCoefficient(takes[k], float(held[k]))
