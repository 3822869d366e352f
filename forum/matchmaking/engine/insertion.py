"""Insertion flow: everyone may receive one more meeting anywhere, and one flow over all slots picks the best set.

An arc (candidate, stand, slot) carries the exact change of value against the meetings that are kept: worth, guarantee,
comfort. Seats follow the recruiters' patterns and the campus tables, so the flow is integral and exact.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import NO_CAP, Grid
from forum.matchmaking.engine.network import HERE, Flows, Network
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.roster import EMPTY, Roster, room_left, step_cost

MOST_ARCS = 700_000  # a flow of a second or two; at 20,000 x 700 twice as many cost more time and end 0.03 % lower


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """Possible insertions, sorted by candidate: the exact change of value of each."""

    candidate: Ints
    slot: Ints
    option: Ints
    profit: Ints

    def where(self, keep: Bools) -> "Arcs":
        return Arcs(self.candidate[keep], self.slot[keep], self.option[keep], self.profit[keep])


def insert(
    roster: Roster, price: Ints, *, delta: int, slots: Ints | None = None, before: Roster | None = None, most: int = MOST_ARCS,
    only: Bools | None = None, flows: Flows = HERE,
) -> int:  # fmt: skip
    """Insert the best set of meetings, at most one per candidate; the gain in value.

    Arcs further than *delta* value points below a candidate's best at *price* (S, T; thousandths) are left out, and
    more of them if more than *most* remain; but never the meetings that *before* has. *only* (N,) says who may gain one. Raises Stopped when the *flows* are.
    """
    grid = roster.grid
    window = np.arange(len(grid.start)) if slots is None else slots
    arcs = insertions(roster, window, only)
    arcs = _near_best(grid, arcs, price, delta, most, before)
    if not len(arcs.slot):
        return 0
    taken = _best_set(roster, arcs, flows)
    roster.at[taken.candidate, taken.slot] = taken.option
    return int(taken.profit.sum())


def insertions(roster: Roster, window: Ints, only: Bools | None = None) -> Arcs:
    """All profitable single insertions in the slots of *window*."""
    grid = roster.grid
    count = (roster.at >= 0).sum(axis=1)
    free: Bools = count < grid.max_meetings
    if only is not None:
        free &= only
    options = np.flatnonzero(free[grid.candidate])
    options = options[~_met(roster)[options]]
    company_count = np.bincount(grid.company[roster.meetings()[2]], minlength=len(grid.company_cap))
    options = options[room_left(grid, company_count)[grid.company[options]] > 0]
    open_seat = open_seats(roster)[:, window]
    somewhere: Bools = np.asarray(open_seat.any(axis=1))
    options = options[somewhere[grid.stand[options]]]  # a full plan has few: no look at the others
    possible = grid.ok[np.ix_(options, window)] & open_seat[grid.stand[options]]
    possible &= (roster.at[:, window] == EMPTY)[grid.candidate[options]]
    rows, columns = np.nonzero(possible)
    option, slot = options[rows], window[columns]
    candidate = grid.candidate[option]
    profit = grid.worth[option] + grid.gain[grid.gain_row[option], slot]
    profit += grid.problem.weights.guarantee * (count[candidate] < grid.problem.guarantee)
    legal = np.ones(len(option), bool)
    held = np.flatnonzero(count[candidate] > 0)
    legal[held], change = _fits(roster, candidate[held], slot[held], grid.campus[option[held]])
    profit[held] -= change
    return Arcs(candidate, slot, option, profit).where(legal & (profit > 0))


def open_seats(roster: Roster) -> Bools:
    """Stand-slots with a free seat and a free table, (S, T)."""
    grid = roster.grid
    used = roster.used()
    at_campus = np.zeros((len(grid.tables), len(grid.start)), np.int64)
    np.add.at(at_campus, grid.stand_campus, used)
    free_table = at_campus < grid.tables[:, None]
    return (used < roster.offered()) & free_table[grid.stand_campus]


def _met(roster: Roster) -> Bools:
    """Options whose company the candidate already meets, (O,)."""
    grid = roster.grid
    companies = max(1, len(grid.company_cap))
    held = roster.meetings()[2]
    keys = grid.candidate * companies + grid.company
    met = np.zeros(len(keys), bool)
    met[held] = True
    if len(grid.stand_company) > len(np.unique(grid.stand_company)):
        met = np.isin(keys, keys[held])
    return met


def _fits(roster: Roster, who: Ints, slot: Ints, campus: Ints) -> tuple[Bools, Ints]:
    """Whether a meeting fits between the kept neighbours, and the comfort it costs."""
    grid = roster.grid
    slots = len(grid.start)
    before, after = _neighbours(roster.at)
    p, n = before[who, slot].astype(np.int64), after[who, slot].astype(np.int64)
    has_p, has_n = p >= 0, n < slots
    p, n = np.maximum(p, 0), np.minimum(n, slots - 1)
    u = grid.campus[roster.at[who, p]]
    v = grid.campus[roster.at[who, n]]
    legal = (~has_p | (p <= grid.last_before[u, campus, slot])) & (~has_n | (slot <= grid.last_before[campus, v, n]))
    with_p = has_p & (grid.day[p] == grid.day[slot])
    with_n = has_n & (grid.day[n] == grid.day[slot])
    cost = np.where(with_p, step_cost(grid, who, p, u, slot, campus), 0)
    cost += np.where(with_n, step_cost(grid, who, slot, campus, n, v), 0)
    cost -= np.where(with_p & with_n, step_cost(grid, who, p, u, n, v), 0)
    return legal, cost


def _neighbours(at: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Last held slot at or before, first held slot at or after (T if none), both (N, T)."""
    slots = at.shape[1]
    index = np.arange(slots, dtype=np.int16)
    before = np.maximum.accumulate(np.where(at >= 0, index, np.int16(-1)), axis=1)
    after = np.minimum.accumulate(np.where(at >= 0, index, np.int16(slots))[:, ::-1], axis=1)[:, ::-1]
    return before, after


def _near_best(grid: Grid, arcs: Arcs, price: Ints, delta: int, most: int, before: Roster | None) -> Arcs:
    if not len(arcs.slot):
        return arcs
    reduced = SCALE * arcs.profit - price[grid.stand[arcs.option], arcs.slot]
    first = np.flatnonzero(np.concatenate(([True], arcs.candidate[1:] != arcs.candidate[:-1])))
    best = np.maximum.reduceat(reduced, first)
    behind = np.repeat(best, np.diff(np.concatenate((first, [len(reduced)])))) - reduced
    limit = SCALE * delta
    if np.count_nonzero(behind <= limit) > most:
        limit = int(np.partition(behind, most)[most])
    keep = behind <= limit
    if before is not None:
        keep |= before.at[arcs.candidate, arcs.slot] == arcs.option
    return arcs.where(keep)


def _best_set(roster: Roster, arcs: Arcs, flows: Flows) -> Arcs:
    """The most profitable set of arcs: one per candidate, within seats, tables and company caps."""
    grid, slots = roster.grid, len(roster.grid.start)
    used = roster.used()
    room = roster.offered() - used
    at_campus = np.zeros((len(grid.tables), slots), np.int64)
    np.add.at(at_campus, grid.stand_campus, used)
    tables = np.where(grid.tables[:, None] >= NO_CAP, NO_CAP, grid.tables[:, None] - at_campus)
    people, who = np.unique(arcs.candidate, return_inverse=True)
    seats, seat = np.unique(grid.stand[arcs.option] * slots + arcs.slot, return_inverse=True)
    stand, slot = seats // slots, seats % slots
    halls, hall = np.unique(grid.stand_campus[stand] * slots + slot, return_inverse=True)
    first_seat, first_hall = len(people), len(people) + len(seats)
    net = Network(first_hall + len(halls) + len(grid.company_cap), flows)
    ones = np.ones(len(people), np.int64)
    net.add(np.full(len(people), net.source), np.arange(len(people)), ones, 0 * ones)
    chosen = net.add(who, first_seat + seat, np.ones(len(who), np.int64), arcs.profit)
    company_room = room_left(grid, np.bincount(grid.company[roster.meetings()[2]], minlength=len(grid.company_cap)))
    capped = (company_room < NO_CAP)[grid.stand_company[stand]]
    target = np.where(capped, first_hall + len(halls) + grid.stand_company[stand], first_hall + hall)
    net.add(first_seat + np.arange(len(seats)), target, np.minimum(room[stand, slot], tables[grid.stand_campus[stand], slot]), 0 * seats)
    limit = np.minimum(tables[halls // slots, halls % slots], len(people))
    net.add(first_hall + np.arange(len(halls)), np.full(len(halls), net.sink), limit, 0 * halls)
    companies = np.arange(len(grid.company_cap))
    net.add(first_hall + len(halls) + companies, np.full(len(companies), net.sink), np.minimum(company_room, len(people)), 0 * companies)
    net.solve(len(people))
    taken = arcs.where(net.flows(chosen) > 0)
    return _within_tables(grid, taken, tables) if capped.any() else taken


def _within_tables(grid: Grid, arcs: Arcs, tables: Ints) -> Arcs:
    """Drop the cheapest arcs beyond the tables: only capped companies pass the flow without meeting them."""
    hall = grid.campus[arcs.option] * len(grid.start) + arcs.slot
    order = np.lexsort((-arcs.profit, hall))
    place = np.arange(len(order)) - np.searchsorted(hall[order], hall[order])
    keep = np.zeros(len(order), bool)
    keep[order] = place < tables.ravel()[hall[order]]
    return arcs.where(keep)
