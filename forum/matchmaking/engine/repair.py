"""Repair of a published plan, smallest neighbourhood first: keep what can stand, reseat the displaced among free seats,
then let only those move whose seats a person without a first meeting could take.
"""

from dataclasses import replace

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.insertion import insert
from forum.matchmaking.engine.model import Repair
from forum.matchmaking.engine.network import HERE, Flows
from forum.matchmaking.engine.plans import KEEP_USED, opened
from forum.matchmaking.engine.roster import EMPTY, Roster, empty_roster, worked

DELTA = 60  # value points: nearly every arc of the few people concerned
RADII = 3  # holders of seats the displaced wish, then holders of seats those wish, and so on
MOST_HOLDERS = 4000
EXCHANGE_ARCS = 150_000  # a flow of a tenth of a second
CHANGED_SHARE = 1.1  # moves of undamaged meetings stop here, unless they save somebody's first meeting


def repaired(standing: Roster, lost: int, price: Ints, flows: Flows = HERE) -> tuple[Roster, Repair]:
    """The repaired plan and what it took, from the old meetings *standing* and the number *lost* (`kept`).

    *price* (S, T) in thousandths steers the choice among free seats. Raises Stopped when the *flows* are.
    """
    grid = standing.grid
    worth = price[grid.recruiter_stand]
    roster = opened(standing, worth)
    had = np.zeros(len(grid.max_meetings), bool)
    had[[old.candidate for old in grid.old]] = True
    start = Repair(must_change=lost, changed=changed(roster), lost_first=0, trades=())
    while insert(roster, price, delta=DELTA, flows=flows):
        pass
    report = replace(start, changed=changed(roster))
    for radius in range(1, RADII + 1):
        unserved = had & ~(roster.at >= 0).any(axis=1) & (grid.max_meetings > 0)
        if not unserved.any():
            break
        better = _exchanged(roster, price, worth, unserved, radius, flows)
        gain, now = better.value() - roster.value(), changed(better)
        saved = _without(roster, had) - _without(better, had)
        if gain <= 0 or (saved <= 0 and now > CHANGED_SHARE * lost):
            break
        roster, report = better, replace(report, changed=now, trades=(*report.trades, (now - report.changed, gain)))
    return roster, replace(report, lost_first=_without(roster, had))


def kept(grid: Grid) -> tuple[Roster, int]:
    """Old meetings that can still stand together, most valuable first, and how many cannot."""
    roster = empty_roster(grid, np.zeros_like(grid.present))
    roster.patterns |= grid.pinned
    keeper = Keeper(grid, roster)
    lost = 0
    order = sorted(range(len(grid.old)), key=lambda k: -int(grid.worth[grid.old[k].option]) if grid.old[k].option >= 0 else 0)
    for k in order:
        old = grid.old[k]
        if roster.fixed[old.candidate, old.slot] and roster.at[old.candidate, old.slot] == old.option:
            continue
        lost += not keeper.keep(old.candidate, old.option, old.recruiter, old.slot)
    return roster, lost


class Keeper:
    """Adds meetings one by one where no rule forbids them."""

    def __init__(self, grid: Grid, roster: Roster) -> None:
        self.grid, self.roster = grid, roster
        people, slots, options = roster.meetings()
        self.at_campus = np.zeros((len(grid.tables), len(grid.start)), np.int64)
        np.add.at(self.at_campus, (grid.campus[options], slots), 1)
        self.of_company = np.bincount(grid.company[options], minlength=len(grid.company_cap)).astype(np.int64)
        self.held: dict[int, list[tuple[int, int]]] = {}
        for i, t, o in zip(people.tolist(), slots.tolist(), options.tolist(), strict=True):
            self.held.setdefault(i, []).append((t, o))

    def keep(self, i: int, o: int, r: int, t: int) -> bool:
        """Seat candidate i at option o with recruiter r in slot t if every rule allows it; whether it did."""
        grid, roster = self.grid, self.roster
        if o < 0 or not grid.ok[o, t] or roster.patterns[r, t] or not self._fits(i, o, t):
            return False
        v, j = int(grid.campus[o]), int(grid.company[o])
        if self.at_campus[v, t] >= grid.tables[v] or self.of_company[j] >= grid.company_cap[j] or not self.rested(r, t):
            return False
        roster.at[i, t] = o
        roster.patterns[r, t] = True
        self.at_campus[v, t] += 1
        self.of_company[j] += 1
        self.held.setdefault(i, []).append((t, o))
        return True

    def _fits(self, i: int, o: int, t: int) -> bool:
        grid, mine = self.grid, self.held.get(i, [])
        if len(mine) >= grid.max_meetings[i]:
            return False
        v = grid.campus[o]
        for s, p in mine:
            u = grid.campus[p]
            apart = s <= grid.last_before[u, v, t] if s < t else t <= grid.last_before[v, u, s]
            if s == t or grid.company[p] == grid.company[o] or not apart:
                return False
        return True

    def rested(self, r: int, t: int) -> bool:
        """Whether recruiter r may also work in slot t."""
        cap, works, adjacent = int(self.grid.recruiter_run[r]), self.roster.patterns[r], self.grid.adjacent
        if not cap:
            return True
        first, last = t, t
        while first > 0 and adjacent[first] and works[first - 1]:
            first -= 1
        while last + 1 < len(works) and adjacent[last + 1] and works[last + 1]:
            last += 1
        return last - first + 1 <= cap


def changed(roster: Roster) -> int:
    """Old meetings whose two sides still exist and that are gone, moved or with another recruiter."""
    grid = roster.grid
    seat = roster.seats()
    same = sum(
        bool(old.option >= 0 and roster.at[old.candidate, old.slot] == old.option and seat[old.candidate, old.slot] == old.recruiter)
        for old in grid.old
    )
    return len(grid.old) - same


def _without(roster: Roster, had: Bools) -> int:
    """People who had a meeting and have none."""
    return int((had & ~(roster.at >= 0).any(axis=1)).sum())


def _exchanged(roster: Roster, price: Ints, worth: Ints, unserved: Bools, radius: int, flows: Flows) -> Roster:
    """The best reinsertion when holders of seats that the unserved could take give up one meeting each."""
    grid = roster.grid
    concerned = unserved.copy()
    freed = roster.copy()
    for _ in range(radius):
        wanted = np.zeros(grid.seats.shape, bool)
        options = np.flatnonzero(concerned[grid.candidate])
        np.logical_or.at(wanted, grid.stand[options], grid.ok[options])
        people, slots, held = freed.meetings()
        take = wanted[grid.stand[held], slots] & ~roster.fixed[people, slots] & ~concerned[people]
        people, slots = people[take], slots[take]
        people, first = np.unique(people, return_index=True)
        people, slots = people[:MOST_HOLDERS], slots[first][:MOST_HOLDERS]
        freed.at[people, slots] = EMPTY
        concerned[people] = True
    freed = opened(freed, worth + KEEP_USED * worked(roster))
    while insert(freed, price, delta=DELTA, before=roster, most=EXCHANGE_ARCS, only=concerned, flows=flows):
        pass
    return freed
