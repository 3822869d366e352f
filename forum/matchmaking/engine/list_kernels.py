# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: every itinerary of a candidate whose profit at given prices reaches a threshold."""

import numpy as np
from numba import config, njit

from forum.matchmaking.engine.compiled import kernel_folder

setattr(config, "CACHE_DIR", str(kernel_folder()))  # noqa: B010



@njit(cache=True, nogil=True)
def _entries(tables, price, i):
    """(slot, option, profit) of the candidate's legal meetings in time order."""
    first, end = tables.first_option[i], tables.first_option[i + 1]
    slots = tables.ok.shape[1]
    most = (end - first) * slots
    slot, option, profit = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    size = 0
    for t in range(slots):
        for o in range(first, end):
            if tables.ok[o, t]:
                slot[size], option[size] = t, o
                profit[size] = tables.worth[o] + tables.gain[tables.gain_row[o], t] - price[tables.stand[o], t]
                size += 1
    return slot[:size], option[:size], profit[:size]


@njit(cache=True, nogil=True)
def _step(tables, calm, t, o, s, p):
    """What going from option o in slot t to option p in slot s costs; -1 if it cannot be."""
    if s <= t or tables.company[o] == tables.company[p] or t > tables.last[tables.campus[o], tables.campus[p], s]:
        return -1
    if tables.day_first[t] != tables.day_first[s]:
        return 0
    idle = np.int64(calm[s]) - np.int64(calm[t + 1])
    cost = tables.idle * idle + (tables.break_ if idle > 0 else 0)
    return cost + (tables.campus_change if tables.campus[o] != tables.campus[p] else 0)


@njit(cache=True, nogil=True)
def list_routes(tables, price, i, least, looks, out_slots, out_options):
    """Write all itineraries of candidate i that earn at least *least* to the two outputs (rows end with -1).

    Looks on only where the most that can follow still reaches *least*. Returns (itineraries, looks left); looks left
    are negative when they, or the rows of the outputs, did not suffice.
    """
    slot, option, profit = _entries(tables, price, i)
    size, cap, calm = len(slot), tables.cap[i], tables.calm[i]
    most = np.zeros((cap + 1, size), np.int64)  # the most that can follow an entry, by number of meetings so far
    for n in range(cap - 1, 0, -1):
        bonus = tables.first_meeting if n < tables.guarantee else 0
        for e in range(size):
            for f in range(e + 1, size):
                gain = profit[f] + bonus + most[n + 1, f]
                if gain > most[n, e]:
                    cost = _step(tables, calm, slot[e], option[e], slot[f], option[f])
                    if cost >= 0 and gain - cost > most[n, e]:
                        most[n, e] = gain - cost
    path, at, earned = np.full(cap + 1, -1), np.zeros(cap + 1, np.int64), np.zeros(cap + 1, np.int64)
    found, depth = 0, 0
    while depth >= 0 and cap > 0:
        f = at[depth]
        at[depth] += 1
        if f >= size:
            depth -= 1
            continue
        gain = earned[depth] + profit[f] + (tables.first_meeting if depth < tables.guarantee else 0)
        if gain + most[depth + 1, f] < least:
            continue
        if depth > 0:
            e = path[depth - 1]
            cost = _step(tables, calm, slot[e], option[e], slot[f], option[f])
            if cost < 0 or gain - cost + most[depth + 1, f] < least:
                continue
            gain -= cost
        looks -= 1
        if looks < 0:
            return found, -1
        again = False
        for a in range(depth):
            again = again or tables.company[option[path[a]]] == tables.company[option[f]]
        if again:
            continue
        path[depth] = f
        if gain >= least:
            if found == len(out_slots):
                return found, -1
            for a in range(out_slots.shape[1]):
                out_slots[found, a] = slot[path[a]] if a <= depth else -1
                out_options[found, a] = option[path[a]] if a <= depth else -1
            found += 1
        if depth + 1 < cap:
            depth += 1
            earned[depth], at[depth] = gain, f + 1
    return found, looks


