"""A plan under construction: who sits at which option in which slot, and which slots each recruiter works."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.grid import NO_CAP, Bools, Grid, Ints
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
        return np.bincount(self.grid.stand[options] * size + slots, minlength=stands * size).reshape(stands, size)

    def offered(self) -> Ints:
        """Seats that the patterns open per stand and slot, (S, T)."""
        seats = np.zeros((len(self.grid.stand_company), len(self.grid.start)), np.int64)
        np.add.at(seats, self.grid.recruiter_stand, self.patterns)
        return seats

    def value(self) -> int:
        return plan_value(self.grid, *self.meetings())


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
    return weights.campus_change * (u != v) + weights.break_ * (idle > 0) + weights.idle_slot * idle


def assigned(roster: Roster) -> Ints:
    """A recruiter for every meeting, (N, T), -1 where none: locked seats first, then any recruiter whose pattern is open."""
    grid = roster.grid
    seat = np.full(roster.at.shape, -1, np.int32)
    people, slots, options = roster.meetings()
    taken = np.zeros_like(roster.patterns)
    for i, t, _, r in grid.locked:
        seat[i, t], taken[r, t] = r, True
    open_later = seat[people, slots] < 0
    people, slots, options = people[open_later], slots[open_later], options[open_later]
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


def worked(roster: Roster) -> Bools:
    """The slots each recruiter works for the meetings of *roster*, (R, T)."""
    people, slots, _ = roster.meetings()
    taken = np.zeros_like(roster.patterns)
    taken[assigned(roster)[people, slots], slots] = True
    return taken


def named(roster: Roster) -> list[Meeting]:
    """Meetings with their recruiters: the locked one, the one of the previous plan, then any whose pattern is open."""
    grid, problem = roster.grid, roster.grid.problem
    locked = {(i, t): r for i, t, _, r in grid.locked}
    people, slots, options = roster.meetings()
    open_seats: dict[tuple[int, int], list[int]] = {}
    for r, t in zip(*np.nonzero(roster.patterns), strict=True):
        open_seats.setdefault((int(grid.recruiter_stand[r]), int(t)), []).append(int(r))
    names: list[Meeting] = []
    later: list[tuple[int, int, int]] = []
    rows = zip(people.tolist(), slots.tolist(), options.tolist(), strict=True)
    wanted = [(i, t, o, _wanted(grid, locked, i, t, o)) for i, t, o in rows]
    for i, t, o, r in sorted(wanted, key=lambda row: (row[0], row[1]) not in locked):
        seats = open_seats[int(grid.stand[o]), t]
        if r in seats:
            seats.remove(r)
            names.append(Meeting(problem.candidates[i].id, problem.recruiters[r].id, t))
        else:
            later.append((i, t, o))
    for i, t, o in later:
        r = open_seats[int(grid.stand[o]), t].pop()
        names.append(Meeting(problem.candidates[i].id, problem.recruiters[r].id, t))
    return sorted(names, key=lambda m: (m.candidate, m.slot))


def _wanted(grid: Grid, locked: dict[tuple[int, int], int], i: int, t: int, o: int) -> int:
    if (i, t) in locked:
        return locked[i, t]
    recruiter, slot = grid.old_recruiter.get((i, int(grid.company[o])), (-1, -1))
    return recruiter if slot == t else -1


def room_left(grid: Grid, count: Ints) -> Ints:
    """Meetings every company may still hold."""
    return np.where(grid.company_cap >= NO_CAP, NO_CAP, grid.company_cap - count)
