"""The bound at given prices when candidates need no time: weaker than itineraries, array code only."""

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid, meetings_cap
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices, seat_worth

NOTHING = -(1 << 55)


def match_bound_at(grid: Grid, prices: Prices) -> int:
    """L with candidates that need no time: their best companies, each in its cheapest legal slot. Array code only."""
    price = prices.seat(grid)
    flat = price.size > 0 and bool((price == price[:, :1]).all())  # the prices of the match are: one look at each option instead of one per slot
    profit = _profit_at_flat(grid, price[:, :1].ravel()) if flat else _profit(grid, price)
    best = _best_sums(grid, profit)
    return (int(best.sum()) + seat_worth(grid, prices) - SCALE * grid.lost_worth) // SCALE


def _profit(grid: Grid, price: Ints) -> Ints:
    """What each option earns in its best legal slot, (O,); NOTHING without one."""
    profit = np.full(len(grid.candidate), NOTHING, np.int64)
    for t in range(len(grid.start)):
        here = SCALE * (grid.worth + grid.gain[grid.gain_row, t]) - price[grid.stand, t]
        np.maximum(profit, here, out=profit, where=grid.ok_relaxed[:, t])
    return profit


def _profit_at_flat(grid: Grid, price: Ints) -> Ints:
    """The same where every slot of a stand costs *price* (S,)."""
    profit = SCALE * (grid.worth + grid.best_gain()) - price[grid.stand]
    return np.where(grid.ok_relaxed.any(axis=1), profit, NOTHING)


def _best_sums(grid: Grid, profit: Ints) -> Ints:
    """Best sum of at most the allowed number of companies, first meetings rewarded, per candidate."""
    order = np.lexsort((-profit, grid.company, grid.candidate))
    once = np.ones(len(order), bool)
    once[1:] = (np.diff(grid.candidate[order]) != 0) | (np.diff(grid.company[order]) != 0)
    order = order[once]  # the best stand of each company
    order = order[np.lexsort((-profit[order], grid.candidate[order]))]
    who = grid.candidate[order]
    rank = np.arange(len(order)) - np.searchsorted(who, who)
    reward = np.where(rank < grid.problem.guarantee, SCALE * grid.problem.weights.guarantee, 0)
    step = np.where(rank < meetings_cap(grid, relaxed=True)[who], profit[order] + reward, NOTHING)
    best, running = np.zeros(len(grid.max_relaxed), np.int64), np.zeros(len(grid.max_relaxed), np.int64)
    for k in range(int(np.max(rank, initial=-1)) + 1):
        rows = rank == k
        running[who[rows]] = np.maximum(running[who[rows]] + step[rows], NOTHING)
        np.maximum(best, running, out=best)
    return best
