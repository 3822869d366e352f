"""A proof by completeness for small problems: every itinerary that a better plan could use, then one integer master.

A plan of value V + 1 or more gives every candidate an itinerary whose profit at the proof's prices is within
L - (V + 1) of the candidate's best. When all of these are listed, the best plan made of them is the best plan there is.
The list follows the rules to the letter, also where travel breaks the triangle inequality.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.columns import Columns, route_values
from forum.matchmaking.engine.grid import Grid, meetings_cap
from forum.matchmaking.engine.patterns import IMPOSSIBLE, SCALE
from forum.matchmaking.engine.prices import Prices, seat_worth

Stop = tuple[int, int, int]  # start, end, campus
Entry = tuple[int, int, int]  # slot, option, profit in thousandths


class TooMany(Exception):
    """The list would be too long to be worth it."""


def complete_columns(grid: Grid, prices: Prices, best: Ints, value: int, most_steps: int) -> Columns:
    """All itineraries that a plan better than *value* could use. *best* (N,): the most each candidate earns at *prices*.

    Raises TooMany after *most_steps* partial itineraries.
    """
    bound = int(best.sum()) + seat_worth(grid, prices) - SCALE * grid.lost_worth
    slack = bound - SCALE * (value + 1)
    price, steps = prices.seat(grid), [most_steps]
    rows: list[tuple[int, list[Entry]]] = []
    for i in range(len(best)):
        rows += [(i, route) for route in _routes(grid, price, i, int(best[i]) - slack, steps)]
    return _as_columns(grid, rows)


def _entries(grid: Grid, price: Ints, i: int) -> list[Entry]:
    found = []
    for o in range(int(grid.first_option[i]), int(grid.first_option[i + 1])):
        for t in np.flatnonzero(grid.ok_relaxed[o]).tolist():
            gain = int(grid.worth[o]) + int(grid.gain[grid.gain_row[o], t])
            found.append((t, o, SCALE * gain - int(price[grid.stand[o], t])))
    return sorted(found)


class _Steps:
    """One candidate's entries, what going from one to the next adds, and the most that can follow each. Arrays over entries, thousandths."""

    def __init__(self, grid: Grid, price: Ints, i: int) -> None:
        self.entries = _entries(grid, price, i)
        self.cap = int(meetings_cap(grid, relaxed=True)[i])
        self.agenda = sorted((b.start, b.end, _campus(grid, b.campus)) for b in grid.problem.candidates[i].busy)
        weights, guarantee = grid.problem.weights, grid.problem.guarantee
        self.bonus = [SCALE * weights.guarantee * (n < guarantee) for n in range(self.cap + 1)]
        slot, option, self.profit = np.array(self.entries, np.int64).reshape(-1, 3).T
        company, campus = grid.company[option], grid.campus[option]
        idle = np.where(grid.day[slot][:, None] == grid.day[slot], grid.calm[i, slot] - grid.calm[i, slot + 1][:, None], 0)
        change = (campus[:, None] != campus) & (grid.day[slot][:, None] == grid.day[slot])
        cost = weights.campus_change * change + weights.break_ * (idle > 0) + weights.idle_slot * idle
        away = grid.start[slot] - grid.end[slot][:, None]
        between = np.zeros(away.shape, bool)  # with something in between, two meetings need no way of their own
        for start, end, _ in self.agenda:
            between |= (grid.end[slot][:, None] <= start) & (end <= grid.start[slot])
        travel = np.array(grid.problem.travel, np.int64)[campus[:, None], campus]
        free = (slot[:, None] < slot) & (company[:, None] != company) & (between | (campus[:, None] == campus) | (away >= travel))
        self.add = np.where(free, self.profit - SCALE * cost, IMPOSSIBLE)
        self.most = [np.zeros(len(slot), np.int64) for _ in range(self.cap + 1)]  # by number of meetings so far
        for n in range(self.cap - 1, 0, -1):
            self.most[n] = np.maximum(0, (self.add + self.bonus[n] + self.most[n + 1]).max(axis=1, initial=IMPOSSIBLE))


def _routes(grid: Grid, price: Ints, i: int, least: int, steps: list[int]) -> Iterator[list[Entry]]:
    """Legal itineraries of candidate i with a profit of at least *least*, depth first in time order.

    Looks on only where the most that can follow still reaches *least*: itineraries that meet a company twice apart, every look ends in one.
    """
    of = _Steps(grid, price, i)

    def extend(route: list[int], profit: int) -> Iterator[list[Entry]]:
        n = len(route)
        if n and profit >= least:
            whole = [of.entries[k] for k in route]
            if _legal(grid, of.agenda, whole, whole=True):
                yield whole
        if n == of.cap:
            return
        gain = (of.add[route[-1]] if route else of.profit) + of.bonus[n]
        for k in np.flatnonzero(profit + gain + of.most[n + 1] >= least).tolist():
            steps[0] -= 1
            if steps[0] < 0:
                raise TooMany
            company = grid.company[of.entries[k][1]]
            if not any(grid.company[of.entries[other][1]] == company for other in route) and _legal(
                grid, of.agenda, [of.entries[other] for other in (*route, k)], whole=False
            ):
                yield from extend([*route, k], profit + int(gain[k]))

    yield from extend([], 0) if of.cap and of.entries else ()


def _campus(grid: Grid, name: str) -> int:
    return next(n for n, v in enumerate(grid.problem.campuses) if v.id == name)


def _legal(grid: Grid, agenda: list[Stop], route: list[Entry], whole: bool) -> bool:
    """Rules 4 and 5 on the line of commitments; only up to the last meeting unless *whole*."""
    meetings = [(int(grid.start[t]), int(grid.end[t]), int(grid.campus[o])) for t, o, _ in route]
    line = sorted([*meetings, *agenda])
    for a, b in pairwise(line):
        if not whole and a[0] >= meetings[-1][0]:
            break
        if b[0] < a[1] or (a[2] != b[2] and b[0] - a[1] < grid.problem.travel[a[2]][b[2]]):
            return False
    return True


def _as_columns(grid: Grid, rows: list[tuple[int, list[Entry]]]) -> Columns:
    width = max([len(route) for _, route in rows], default=1)
    slots, options = np.full((len(rows), width), -1), np.full((len(rows), width), -1)
    for k, (_, route) in enumerate(rows):
        slots[k, : len(route)] = [t for t, _, _ in route]
        options[k, : len(route)] = [o for _, o, _ in route]
    who = np.array([i for i, _ in rows], np.int64)
    return Columns(who, route_values(grid, who, slots, options), slots, options)
