"""How many meetings recruiters can hold: rests after long runs, tables per campus, and both together by a small LP."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp  # type: ignore[attr-defined]  # its stubs miss it

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.patterns import SCALE, best_patterns, joint_caps

Floats = npt.NDArray[np.float64]

CAMPUS_LP_SECONDS = 3.0  # a campus of 120 recruiters takes 0.3 s; one that takes longer keeps the weaker, valid cap


@dataclass(frozen=True, slots=True, eq=False)
class SeatPlan:
    """Seat caps: per stand (runs), per campus (runs and tables together) with its proof, and first patterns.

    `campus_cap[v]` is the floor of `joint_cap` at `table_price[v]` (thousandths per slot, the proof anyone can redo).
    """

    stand_cap: Ints
    campus_cap: Ints
    table_price: Ints
    patterns: Bools


def seat_plan(grid: Grid) -> SeatPlan:
    """Caps, their proofs, and patterns with as many seats as can be."""
    worth = np.full(grid.present.shape, SCALE)
    runs = np.zeros(len(grid.stand_company), np.int64)
    np.add.at(runs, grid.recruiter_stand, best_patterns(grid, worth)[1].sum(axis=1))
    patterns, price = _joint_patterns(grid, worth)
    return SeatPlan(runs, joint_caps(grid, price), price, patterns)


def priced_patterns(grid: Grid, price: Ints) -> Bools:
    """First patterns when a seat of stand s in slot t is worth price[s, t] (thousandths): on a campus short of tables
    the companies most wanted sit, among patterns with as many seats."""
    return _joint_patterns(grid, price[grid.recruiter_stand] + SCALE)[0]


def _joint_patterns(grid: Grid, worth: Ints) -> tuple[Bools, Ints]:
    """Most valuable patterns, tables respected where they are short, and the table prices (V, T) of that choice."""
    pinned = grid.pinned
    _, patterns = best_patterns(grid, worth, pinned)
    campus_of = grid.stand_campus[grid.recruiter_stand]
    price = np.zeros((len(grid.tables), len(grid.start)), np.int64)
    for v in np.flatnonzero(_short_of_tables(grid, campus_of)):
        rows = np.flatnonzero(campus_of == v)
        solved = _campus_lp(grid, rows, int(grid.tables[v]), worth[rows] / SCALE, pinned[rows])
        if solved is not None:
            price[v], patterns[rows] = solved
    return patterns, price


def _short_of_tables(grid: Grid, campus_of: Ints) -> Bools:
    at_once = np.zeros((len(grid.tables), len(grid.start)), np.int64)
    np.add.at(at_once, campus_of, grid.present)
    short: Bools = at_once.max(axis=1, initial=0) > grid.tables
    return short


def _campus_lp(grid: Grid, rows: Ints, tables: int, worth: Floats, pinned: Bools) -> tuple[Ints, Bools] | None:
    """(table prices (T,), patterns) of the recruiters *rows* of one campus with *tables* tables, None if too slow."""
    lp = pywraplp.Solver.CreateSolver("GLOP")
    lp.SetTimeLimit(int(CAMPUS_LP_SECONDS * 1000))
    works, limits = _campus_model(lp, grid, rows, tables, worth, pinned)
    if lp.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    price = np.array([max(0, round(SCALE * row.dual_value())) if row else 0 for row in limits], np.int64)
    share = np.array([[x.solution_value() if x else 0.0 for x in row] for row in works])
    if np.abs(share - share.round()).max(initial=0.0) < 1e-6:
        return price, np.array(share > 0.5)
    mip = pywraplp.Solver.CreateSolver("SCIP")
    mip.SetTimeLimit(int(CAMPUS_LP_SECONDS * 1000))
    works, _ = _campus_model(mip, grid, rows, tables, worth, pinned, whole=True)
    if mip.Solve() not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None
    return price, np.array([[bool(x) and x.solution_value() > 0.5 for x in row] for row in works])


def _campus_model(
    lp: Any, grid: Grid, rows: Ints, tables: int, worth: Floats, pinned: Bools, whole: bool = False
) -> tuple[list[list[Any]], list[Any]]:
    """Variables (recruiter, slot) and the table rows of one campus: the most valuable seats."""
    slots = len(grid.start)
    works: list[list[Any]] = [[None] * slots for _ in rows]
    for a, r in enumerate(rows.tolist()):
        for t in np.flatnonzero(grid.present[r]).tolist():
            least = 1.0 if pinned[a, t] else 0.0
            works[a][t] = lp.IntVar(least, 1, "") if whole else lp.NumVar(least, 1, "")
            lp.Objective().SetCoefficient(works[a][t], float(worth[a, t]))
        _window_rows(lp, works[a], int(grid.recruiter_run[r]), grid.adjacent)
    limits: list[Any] = []
    for t in range(slots):
        here = [row[t] for row in works if row[t] is not None]
        limits.append(lp.Constraint(0, tables) if len(here) > tables else None)
        for x in here if limits[-1] else ():
            limits[-1].SetCoefficient(x, 1)
    lp.Objective().SetMaximization()
    return works, limits


def _window_rows(lp: Any, works: list[Any], cap: int, adjacent: Bools) -> None:
    """At most *cap* of any cap + 1 slots that follow each other without a pause."""
    for t in range(cap, len(works) if cap else 0):
        window = works[t - cap : t + 1]
        if all(x is not None for x in window) and adjacent[t - cap + 1 : t + 1].all():
            row = lp.Constraint(0, cap)
            for x in window:
                row.SetCoefficient(x, 1)
