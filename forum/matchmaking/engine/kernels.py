# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: the exact best itinerary of a candidate at given prices.

When a company would be met twice it becomes *critical* and gets a bit in the state, and the programme runs again. With
at most CRITICAL bits the result is exact or, beyond, still an upper bound. Everything releases the interpreter lock.
"""

import numpy as np
from numba import njit

from forum.matchmaking.engine.kernel_types import CRITICAL, FORBIDDEN, HINTED, new_work
from forum.matchmaking.engine.route_programme import ANY, ANY_FROM, entries, programme, trace


@njit(cache=True, nogil=True)
def best_route(tables, price, noise, i, cap, hint, work):
    """(value, size) of candidate i's best itinerary of at most *cap* meetings; the route is left in *work*.

    *hint* holds companies to take as critical at once (-1 ends it) and receives those that were needed.

    A negative size marks a value that is only an upper bound: a company is met twice beyond CRITICAL bits.
    """
    first, end = tables.first_option[i], tables.first_option[i + 1]
    if cap <= 0 or end == first:
        return 0, 0
    floor = -(tables.break_ + tables.idle)
    if tables.guarantee > 1:
        floor -= tables.first_meeting
    floor = max(floor, -FORBIDDEN // 2)
    value, origin, critical, best = work.value, work.origin, work.critical, work.best
    entry_option, entry_profit, entry_first = work.entry_option, work.entry_profit, work.entry_first
    place_of, places, out_slots, out_options = work.place_of, work.places, work.slots, work.options
    company, last, day_first, calm = tables.company[first:end], tables.last, tables.day_first, tables.calm[i]
    costs = (tables.campus_change, tables.break_, tables.idle)
    count, single, single_slot, single_option = entries(
        first, tables.stand[first:end], tables.campus[first:end], tables.worth[first:end], tables.gain_row[first:end],
        tables.gain, tables.ok[first:end], price, noise.table, noise.salt, floor,
        entry_option, entry_profit, entry_first, place_of, places,
    )  # fmt: skip
    if tables.guarantee > 0:
        single += tables.first_meeting
    criticals = 0
    while criticals < HINTED and hint[criticals] >= 0:
        critical[criticals] = hint[criticals]
        criticals += 1
    while cap > 1 and count > 0:
        programme(
            value, origin, last, calm, day_first, company, entry_option, entry_profit, entry_first, place_of, places, count,
            critical, criticals, best, costs, cap,
        )  # fmt: skip
        most, best_n, best_mask, best_c = max(single, 0), 0, 0, -1
        width = (cap + 1) * count
        final = (len(day_first) - 1) * (width << criticals)
        for mask in range(1 << criticals):
            for n in range(2, cap + 1):
                bonus = tables.first_meeting * min(n, tables.guarantee)
                for c in range(count):
                    if value[ANY, final + mask * width + n * count + c] + bonus > most:
                        most = value[ANY, final + mask * width + n * count + c] + bonus
                        best_n, best_mask, best_c = n, mask, c
        if best_n == 0:
            break
        t = np.int64(origin[ANY_FROM, final + best_mask * width + best_n * count + best_c])
        again = trace(
            value, origin, last, calm, day_first, company, place_of, places, count, critical, criticals, costs, cap,
            best_n, best_mask, t, best_c, first, out_slots, out_options,
        )  # fmt: skip
        if again < 0 or criticals == CRITICAL:
            for b in range(HINTED):
                hint[b] = critical[b] if b < criticals else -1
            return most, best_n if again < 0 else -best_n
        critical[criticals] = again
        criticals += 1
    if single_option >= 0 and single > 0:
        out_slots[0], out_options[0] = single_slot, single_option
        return single, 1
    return 0, 0


@njit(cache=True, nogil=True)
def price_candidates(tables, price, noise, people, most_campuses, most_meetings, hints, values, sizes, slots, options):
    """Best itinerary of every candidate in *people*, written to row k of the four outputs."""
    most_options = 0
    for i in range(len(tables.cap)):
        most_options = max(most_options, tables.first_option[i + 1] - tables.first_option[i])
    work = new_work(tables.ok.shape[1], most_campuses, most_meetings, most_options)
    for k in range(len(people)):
        i = people[k]
        values[k], sizes[k] = best_route(tables, price, noise, i, tables.cap[i], hints[i], work)
        for a in range(max(sizes[k], 0)):
            slots[k, a] = work.slots[a]
            options[k, a] = work.options[a]
