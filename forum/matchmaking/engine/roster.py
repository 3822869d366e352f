"""A plan under construction: who sits at which option in which slot, and which slots each recruiter works."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.gains import COST_OTHER_RECRUITER
from forum.matchmaking.engine.grid import NO_CAP, Grid
from forum.matchmaking.engine.model import Meeting

EMPTY = -1


@dataclass(slots=True, eq=False)
class Roster:
    """`at[i, t]` is the option candidate i holds in slot t, or EMPTY; `patterns[r, t]` the slots recruiter r may work.

    Meetings in a slot never exceed the patterns of their stand nor the tables of their campus. `fixed[i, t]` marks
    locked meetings, which no move may free.
    """

    grid: Grid
    at: npt.NDArray[np.int32]
    patterns: Bools
    fixed: Bools

    def copy(self) -> "Roster":
        return Roster(self.grid, self.at.copy(), self.patterns.copy(), self.fixed)

    def meetings(self) -> tuple[Ints, Ints, Ints]:
        """(candidate, slot, option) of every meeting, by candidate, then slot."""
        people, slots = np.nonzero(self.at >= 0)
        return people, slots, self.at[people, slots].astype(np.int64)

    def used(self) -> Ints:
        """Meetings per stand and slot, (S, T)."""
        _, stands, _, size = self.grid.sizes
        _, slots, options = self.meetings()
        used: Ints = np.bincount(self.grid.stand[options] * size + slots, minlength=stands * size).reshape(stands, size)
        return used

    def offered(self) -> Ints:
        """Seats that the patterns open per stand and slot, (S, T)."""
        seats = np.zeros((len(self.grid.stand_company), len(self.grid.start)), np.int64)
        np.add.at(seats, self.grid.recruiter_stand, self.patterns)
        return seats

    def seats(self) -> npt.NDArray[np.int32]:
        """The recruiter of every meeting, (N, T), -1 where none."""
        return assigned(self)

    def value(self) -> int:
        """Value of the plan as `named` names it."""
        value = plan_value(self.grid, *self.meetings())
        if not self.grid.old or not self.grid.problem.weights.change:
            return value
        seat = self.seats()
        i, t, o, r = self.grid.old_seats.T
        others = (self.at[i, t] == o) & (seat[i, t] != r)
        return value - COST_OTHER_RECRUITER * self.grid.problem.weights.change * int(others.sum())


def empty_roster(grid: Grid, patterns: Bools) -> Roster:
    """Nobody meets anybody yet, but for the locked meetings."""
    size, _, _, slots = grid.sizes
    roster = Roster(grid, np.full((size, slots), EMPTY, np.int32), patterns.copy(), np.zeros((size, slots), bool))
    for i, t, o, _ in grid.locked:
        roster.at[i, t] = o
        roster.fixed[i, t] = True
    return roster


def plan_value(grid: Grid, people: Ints, slots: Ints, options: Ints) -> int:
    """Value of meetings sorted by candidate, then slot; a kept meeting counts as with its old recruiter if present."""
    weights = grid.problem.weights
    counts = np.bincount(people, minlength=len(grid.max_meetings))
    value = weights.guarantee * int(np.minimum(counts, grid.problem.guarantee).sum())
    value += int(grid.worth[options].sum()) + int(grid.gain[grid.gain_row[options], slots].sum()) - grid.lost_worth
    follows = (people[1:] == people[:-1]) & (grid.day[slots[1:]] == grid.day[slots[:-1]])
    who, a, b = people[1:][follows], slots[:-1][follows], slots[1:][follows]
    u, v = grid.campus[options[:-1]][follows], grid.campus[options[1:]][follows]
    return value - int(step_cost(grid, who, a, u, b, v).sum())


def step_cost(grid: Grid, who: Ints, a: Ints, u: Ints, b: Ints, v: Ints) -> Ints:
    """Comfort lost between following meetings of one day, (slot a, campus u) then (slot b, campus v)."""
    weights = grid.problem.weights
    idle = grid.calm[who, b].astype(np.int64) - grid.calm[who, a + 1]
    cost: Ints = weights.campus_change * (u != v) + weights.break_ * (idle > 0) + weights.idle_slot * idle
    return cost


def assigned(roster: Roster) -> npt.NDArray[np.int32]:
    """A recruiter for every meeting, (N, T), -1 where none: the locked one, the one of the previous plan, then any."""
    grid = roster.grid
    seat = np.full(roster.at.shape, -1, np.int32)
    taken = np.zeros_like(roster.patterns)
    locked = np.array(grid.locked, np.int64).reshape(-1, 4)[:, [0, 1, 2, 3]]
    for i, t, o, r in (locked.T, grid.old_seats.T):
        wanted = (roster.at[i, t] == o) & roster.patterns[r, t] & ~taken[r, t] & (seat[i, t] < 0)
        wanted[wanted] = _first_of_each(r[wanted] * len(grid.start) + t[wanted])
        seat[i[wanted], t[wanted]] = r[wanted]
        taken[r[wanted], t[wanted]] = True
    people, slots, options = roster.meetings()
    later = seat[people, slots] < 0
    people, slots, options = people[later], slots[later], options[later]
    size = len(grid.start)
    need = grid.stand[options] * size + slots
    order = np.argsort(need, kind="stable")
    recruiters, times = np.nonzero(roster.patterns & ~taken)
    offer = grid.recruiter_stand[recruiters] * size + times
    by_offer = np.argsort(offer, kind="stable")
    rank = np.arange(len(order)) - np.searchsorted(need[order], need[order])
    found = by_offer[np.searchsorted(offer[by_offer], need[order]) + rank]
    seat[people[order], slots[order]] = recruiters[found]
    return seat


def _first_of_each(keys: Ints) -> Bools:
    first = np.zeros(len(keys), bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def worked(roster: Roster) -> Bools:
    """The slots each recruiter works for the meetings of *roster*, (R, T)."""
    people, slots, _ = roster.meetings()
    taken = np.zeros_like(roster.patterns)
    taken[assigned(roster)[people, slots], slots] = True
    return taken


def named(roster: Roster) -> list[Meeting]:
    """Meetings with their recruiters, by candidate, then slot."""
    problem = roster.grid.problem
    people, slots, _ = roster.meetings()
    recruiters = roster.seats()[people, slots]
    names = [
        Meeting(problem.candidates[i].id, problem.recruiters[r].id, t)
        for i, r, t in zip(people.tolist(), recruiters.tolist(), slots.tolist(), strict=True)
    ]
    return sorted(names, key=lambda m: (m.candidate, m.slot))


def room_left(grid: Grid, count: Ints) -> Ints:
    """Meetings every company may still hold."""
    return np.where(grid.company_cap >= NO_CAP, NO_CAP, grid.company_cap - count)
