"""A problem as arrays: what is legal for whom and when, computed once. Everything after this reads arrays only.

Words used in all array modules: a *stand* is the recruiters of one company on one campus; an *option* is a wish at one
stand (a wish for a company on two campuses is two options). Shapes are named by N candidates, O options, J companies,
S stands, R recruiters, V campuses, T slots.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.arrays import Bools, Ints, last_slots_before, legal_slots, options_of, people_of, shortest_ways, stands_of
from forum.matchmaking.engine.gains import KEPT_WORTH, LOCK, Old, gains_of, locked_rows
from forum.matchmaking.engine.locked import ADJACENT_MINUTES
from forum.matchmaking.engine.model import Problem

NO_CAP = 1 << 40


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The arrays of one problem.

    `last_before[u, v, t]`: the latest slot that ends early enough on campus u to be on campus v at slot t, -1 if none.
    `calm[i, t]`: slots before t that do not overlap a busy interval of candidate i, so idle slots are differences.
    `ok[o, t]`: option o may happen in slot t as far as its candidate's hours and agenda and its stand are concerned.
    `gain[gain_row[o], t]`: what keeping a meeting of the previous plan adds to option o in slot t; row 0 is zero.
    `old_seats` (K, 4) lists candidate, slot, option and recruiter of the old meetings that can stand as they were.
    `locked` lists (candidate, slot, option, recruiter) of the meetings that must stand; `gain` rewards them by LOCK.
    `metric` is False when travel breaks the triangle inequality; then `ok_relaxed`, `last_relaxed` and `max_relaxed`
    follow the shortest chains of campuses and admit every legal itinerary, while the others admit legal ones only.
    """

    problem: Problem
    start: Ints
    end: Ints
    day: Ints
    adjacent: Bools
    last_before: npt.NDArray[np.int16]
    last_relaxed: npt.NDArray[np.int16]
    metric: bool
    max_meetings: Ints
    max_relaxed: Ints
    calm: npt.NDArray[np.int16]
    first_option: Ints
    candidate: Ints
    company: Ints
    stand: Ints
    campus: Ints
    worth: Ints
    ok: Bools
    ok_relaxed: Bools
    gain_row: Ints
    gain: Ints
    stand_company: Ints
    stand_campus: Ints
    company_cap: Ints
    recruiter_stand: Ints
    recruiter_run: Ints
    present: Bools
    tables: Ints
    old: tuple[Old, ...]
    old_seats: Ints
    locked: tuple[tuple[int, int, int, int], ...]

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """(N, S, V, T)."""
        return len(self.max_meetings), len(self.stand_company), len(self.tables), len(self.start)

    @property
    def seats(self) -> Ints:
        """Recruiters present, (S, T)."""
        seats = np.zeros((len(self.stand_company), len(self.start)), np.int64)
        np.add.at(seats, self.recruiter_stand, self.present)
        return seats

    def best_gain(self) -> Ints:
        """The most that a legal slot adds to each option, (O,); 0 for most, whose row is zero."""
        best = np.zeros(len(self.candidate), np.int64)
        rows = np.flatnonzero(self.gain_row)
        best[rows] = np.where(self.ok_relaxed[rows], self.gain[self.gain_row[rows]], 0).max(axis=1, initial=0)
        return best

    @property
    def lost_worth(self) -> int:
        """The part of every `gain` that the value does not know: old meetings if all stood, and the locked rewards."""
        kept = self.problem.weights.change * KEPT_WORTH * len(self.old)
        return kept + LOCK * len(self.locked)

    @property
    def pinned(self) -> Bools:
        """Recruiter-slots of locked meetings, (R, T)."""
        pinned = np.zeros_like(self.present)
        for _, t, _, r in self.locked:
            pinned[r, t] = True
        return pinned


def build_grid(problem: Problem) -> Grid:
    """The arrays of *problem*, about a second for a million wishes."""
    start = np.array([s.start for s in problem.slots], np.int64)
    end = np.array([s.end for s in problem.slots], np.int64)
    travel = np.array(problem.travel, np.int64).reshape(len(problem.campuses), len(problem.campuses))
    shortest = shortest_ways(travel)
    metric = bool((shortest == travel).all())
    last = last_slots_before(start, end, travel)
    people, options, stands = people_of(problem), options_of(problem), stands_of(problem)
    ok, allowed, calm = legal_slots(problem, options, stands, people, start, end, travel)
    ok_relaxed, allowed_relaxed = ok, allowed
    if not metric:
        ok_relaxed, allowed_relaxed, _ = legal_slots(problem, options, stands, people, start, end, shortest)
    locked = locked_rows(problem, options, stands)
    gain_row, gain, old = gains_of(problem, options, stands, start, locked)
    return Grid(
        problem, start, end, start // 1440,
        np.concatenate(([False], start[1:] - end[:-1] <= ADJACENT_MINUTES)) if len(start) else np.zeros(0, bool),
        last, last if metric else last_slots_before(start, end, shortest), metric,
        allowed, allowed_relaxed, calm,
        options.first, options.candidate, options.company, options.stand,
        stands.campus[options.stand] if len(stands.campus) else options.stand, options.worth, ok, ok_relaxed,
        gain_row, gain, stands.company, stands.campus,
        np.array([NO_CAP if c.max_meetings is None else c.max_meetings for c in problem.companies], np.int64),
        stands.of_recruiter, np.array([r.max_in_a_row or 0 for r in problem.recruiters], np.int64), stands.present,
        np.array([NO_CAP if v.tables is None else v.tables for v in problem.campuses], np.int64),
        old, np.array([(m.candidate, m.slot, m.option, m.recruiter) for m in old if m.option >= 0], np.int64).reshape(-1, 4), locked,
    )  # fmt: skip


def meetings_cap(grid: Grid, relaxed: bool = False) -> Ints:
    """Most meetings of each candidate, (N,): never more than the options."""
    cap = grid.max_relaxed if relaxed else grid.max_meetings
    return np.minimum(cap, np.diff(grid.first_option))
