"""A proof by completeness for small problems: every itinerary that a better plan could use, then one integer master.

A plan worth V + 1 or more gives every candidate an itinerary whose profit at the proof's prices is within
L - (V + 1) of the candidate's best. When all of these are listed, the best plan made of them is the best plan there is.
The list follows the rules to the letter, also where travel breaks the triangle inequality.
"""

from itertools import pairwise

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.columns import Columns, route_values
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.list_kernels import list_routes
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices, seat_worth
from forum.matchmaking.engine.routes import Router

Stop = tuple[int, int, int]  # start, end, campus


class TooMany(Exception):
    """The list would be too long to be worth it."""


def complete_columns(router: Router, prices: Prices, best: Ints, value: int, most: int) -> Columns:
    """All itineraries that a plan better than *value* could use. *best* (N,): the most each candidate earns at *prices*; *router* is a relaxed one.

    Raises TooMany beyond *most* itineraries, or four times as many looks.
    """
    grid, looks = router.grid, 4 * most
    bound = int(best.sum()) + seat_worth(grid, prices) - SCALE * grid.lost_worth
    least, price = best - (bound - SCALE * (value + 1)), prices.seat(grid)
    slots, options = (np.full((most, router.most_meetings), -1) for _ in range(2))
    people, size = [], 0
    for i in range(len(best)):
        found, looks = list_routes(router.tables, price, i, int(least[i]), looks, slots[size:], options[size:])
        if looks < 0:
            raise TooMany
        people.append(found)
        size += found
    who = np.repeat(np.arange(len(best)), people)
    slots, options = slots[:size], options[:size]
    pool = Columns(who, route_values(grid, who, slots, options), slots, options)
    return pool if grid.metric else pool.where(_legal(grid, pool))


def _legal(grid: Grid, pool: Columns) -> Bools:
    """Rules 4 and 5 to the letter: the list admits the shortest chains of campuses."""
    names = {v.id: n for n, v in enumerate(grid.problem.campuses)}
    agendas = [[(b.start, b.end, names[b.campus]) for b in person.busy] for person in grid.problem.candidates]
    rows = zip(pool.candidate.tolist(), pool.slots.tolist(), pool.options.tolist(), strict=True)
    return np.array([_stands(grid, agendas[i], [(t, o) for t, o in zip(slots, options, strict=True) if o >= 0]) for i, slots, options in rows], bool)


def _stands(grid: Grid, agenda: list[Stop], route: list[tuple[int, int]]) -> bool:
    """Whether the line of commitments leaves time for every way."""
    line = sorted([*((int(grid.start[t]), int(grid.end[t]), int(grid.campus[o])) for t, o in route), *agenda])
    return all(b[0] >= a[1] and (a[2] == b[2] or b[0] - a[1] >= grid.problem.travel[a[2]][b[2]]) for a, b in pairwise(line))
