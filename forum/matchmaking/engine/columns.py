"""The pool of itineraries (columns) that the restricted master chooses from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.roster import Roster, step_cost
from forum.matchmaking.engine.routes import Routes


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Sorted by candidate, no two alike. `slots` and `options` rows are in time order and end with -1."""

    candidate: Ints
    value: Ints
    slots: Ints
    options: Ints

    def seats(self, grid: Grid) -> npt.NDArray[np.int32]:
        """Stand-slot numbers, stand * T + slot, rows end with -1."""
        numbers = grid.stand[self.options] * len(grid.start) + self.slots
        return np.where(self.options >= 0, numbers, -1).astype(np.int32)

    def first(self, people: int) -> Ints:
        """Start of each candidate's columns, (N + 1,)."""
        return np.searchsorted(self.candidate, np.arange(people + 1)).astype(np.int64)

    def where(self, keep: npt.NDArray[np.bool_]) -> "Columns":
        return Columns(self.candidate[keep], self.value[keep], self.slots[keep], self.options[keep])


def columns_of(grid: Grid, people: Ints, routes: Routes) -> Columns:
    """The non-empty itineraries of *routes*, row k for people[k], with their true values (points)."""
    usable = routes.size > 0
    width = np.arange(routes.slots.shape[1])
    inside = width[None, :] < routes.size[usable][:, None]
    slots = np.where(inside, routes.slots[usable], -1)
    options = np.where(inside, routes.options[usable], -1)
    who = people[usable]
    return Columns(who, route_values(grid, who, slots, options), slots, options)


def route_values(grid: Grid, who: Ints, slots: Ints, options: Ints) -> Ints:
    """Value of each itinerary, gains included; rows end with -1."""
    weights = grid.problem.weights
    held = options >= 0
    value = weights.guarantee * np.minimum(held.sum(axis=1), grid.problem.guarantee)
    value += np.where(held, grid.worth[options] + grid.gain[grid.gain_row[options], slots], 0).sum(axis=1)
    for a in range(1, options.shape[1]):
        rows = np.flatnonzero(held[:, a])
        s, t = slots[rows, a - 1], slots[rows, a]
        rows, s, t = (x[grid.day[s] == grid.day[t]] for x in (rows, s, t))
        value[rows] -= step_cost(grid, who[rows], s, grid.campus[options[rows, a - 1]], t, grid.campus[options[rows, a]])
    worth: Ints = value
    return worth


def roster_columns(grid: Grid, roster: Roster, width: int) -> Columns:
    """The itineraries of a plan."""
    people, slots, options = roster.meetings()
    place = np.arange(len(people)) - np.searchsorted(people, people)
    shape = (len(grid.max_meetings), width)
    all_slots, all_options = np.full(shape, -1), np.full(shape, -1)
    all_slots[people, place], all_options[people, place] = slots, options
    who = np.unique(people)
    return Columns(who, route_values(grid, who, all_slots[who], all_options[who]), all_slots[who], all_options[who])


def losses(pool: Columns, grid: Grid, price: Ints) -> npt.NDArray[np.float64]:
    """Points by which each column is worth less than its candidate's best, or than staying away, at *price* (S, T; thousandths)."""
    seats = pool.seats(grid)
    profit = pool.value - np.where(seats >= 0, price.ravel()[seats], 0).sum(axis=1) / SCALE
    best = np.zeros(len(grid.max_meetings))
    np.maximum.at(best, pool.candidate, profit)
    lost: npt.NDArray[np.float64] = best[pool.candidate] - profit
    return lost


def promising(pool: Columns, grid: Grid, price: Ints, most: int) -> Columns:
    """The *most* columns that lose least at *price*."""
    keep = np.zeros(len(pool.value), bool)
    keep[np.argsort(losses(pool, grid, price), kind="stable")[:most]] = True
    return pool.where(keep)


def joined(*pools: Columns) -> Columns:
    """All columns of the pools, each once."""
    candidate = np.concatenate([pool.candidate for pool in pools])
    slots = np.concatenate([pool.slots for pool in pools])
    options = np.concatenate([pool.options for pool in pools])
    value = np.concatenate([pool.value for pool in pools])
    key = candidate.astype(np.uint64)
    for a in range(slots.shape[1]):
        held = (options[:, a] + 1).astype(np.uint64) * np.uint64(65536) + (slots[:, a] + 1).astype(np.uint64)
        key = (key ^ held) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(31)
    order = np.lexsort((key, candidate))
    same = (np.diff(candidate[order]) == 0) & (np.diff(key[order]) == 0)
    keep = order[np.concatenate((np.ones(len(order[:1]), bool), ~same))]  # equal 64-bit keys of different columns would drop one: harmless
    return Columns(candidate[keep], value[keep], slots[keep], options[keep])
