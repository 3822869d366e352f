"""A proof by completeness for small problems: every itinerary that a better plan could use, then one integer master.

A plan of value V + 1 or more gives every candidate an itinerary whose profit at the proof's prices is within
L - (V + 1) of the candidate's best. When all of these are listed, the best plan made of them is the best plan there is.
The list follows the rules to the letter, also where travel breaks the triangle inequality.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from forum.matchmaking.engine.columns import Columns, route_values
from forum.matchmaking.engine.grid import Grid, Ints, meetings_cap
from forum.matchmaking.engine.patterns import SCALE
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


def _routes(grid: Grid, price: Ints, i: int, least: int, steps: list[int]) -> Iterator[list[Entry]]:
    """Legal itineraries of candidate i with a profit of at least *least*, depth first in time order."""
    entries, cap = _entries(grid, price, i), int(meetings_cap(grid, relaxed=True)[i])
    weights, guarantee = grid.problem.weights, grid.problem.guarantee
    best_later = [0] * (len(entries) + 1)
    for k in range(len(entries) - 1, -1, -1):
        best_later[k] = max(best_later[k + 1], entries[k][2])
    agenda = sorted((b.start, b.end, _campus(grid, b.campus)) for b in grid.problem.candidates[i].busy)

    def hope(route: list[Entry], k: int) -> int:
        more = cap - len(route)
        bonus = SCALE * weights.guarantee * max(0, min(cap, guarantee) - len(route))
        return more * best_later[k] + bonus

    def extend(route: list[Entry], profit: int, k: int) -> Iterator[list[Entry]]:
        for n in range(k, len(entries)):
            if profit + hope(route, n) < least:
                return
            steps[0] -= 1
            if steps[0] < 0:
                raise TooMany
            entry = entries[n]
            if route and (entry[0] == route[-1][0] or any(grid.company[e[1]] == grid.company[entry[1]] for e in route)):
                continue
            if not _legal(grid, agenda, [*route, entry], whole=False):
                continue
            now = profit + entry[2] - (SCALE * _step(grid, i, route[-1], entry) if route else 0)
            now += SCALE * weights.guarantee if len(route) < guarantee else 0
            if now >= least and _legal(grid, agenda, [*route, entry], whole=True):
                yield [*route, entry]
            if len(route) + 1 < cap:
                yield from extend([*route, entry], now, n + 1)

    yield from extend([], 0, 0) if cap else ()


def _campus(grid: Grid, name: str) -> int:
    return next(n for n, v in enumerate(grid.problem.campuses) if v.id == name)


def _step(grid: Grid, i: int, a: Entry, b: Entry) -> int:
    if grid.day[a[0]] != grid.day[b[0]]:
        return 0
    weights, idle = grid.problem.weights, int(grid.calm[i, b[0]]) - int(grid.calm[i, a[0] + 1])
    changes = int(grid.campus[a[1]] != grid.campus[b[1]])
    return weights.campus_change * changes + weights.break_ * (idle > 0) + weights.idle_slot * idle


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
