# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: the programme over (meetings so far, critical companies met, slot, campus) behind a candidate's best itinerary.

Only the best company per slot and campus enters; a *critical* company has a bit in the state, so that it is met once.
"""

import numpy as np
from numba import njit

from forum.matchmaking.engine.kernel_types import NEVER

ENDING, GAPPED, ANY = 0, 1, 2  # rows of value: route ends here; ends today, idle costs started; ends here or earlier
OPTION, GAPPED_FROM, ANY_FROM = 0, 1, 2  # rows of origin: last option; the slots in which the two maxima end


@njit(cache=True, nogil=True)
def entries(first, stand, campus, worth, gain_row, gain, ok, price, noise, salt, floor, option, profit, start, place_of, places):
    """List the options above *floor* slot by slot and number their campuses.

    *first* is the candidate's first option; the arrays from *stand* to *gain_row* and *ok* are the candidate's part.
    Returns (places, best single value, its slot, its option).
    """
    single, single_slot, single_option, size, count = NEVER, -1, -1, 0, 0
    options, slots = ok.shape
    noisy = len(noise) > 1
    for o in range(options):
        place_of[o] = -1
    for t in range(slots):
        start[t] = size
        for o in range(options):
            if ok[o, t]:
                p = worth[o] + gain[gain_row[o], t] - price[stand[o], t]
                if noisy:
                    h = np.uint64(first + o) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(t) * np.uint64(0xC2B2AE3D27D4EB4F)
                    h += np.uint64(salt) * np.uint64(0x165667B19E3779F9)
                    h ^= h >> np.uint64(29)
                    h *= np.uint64(0xBF58476D1CE4E5B9)
                    h ^= h >> np.uint64(32)
                    p += noise[np.int64(h & np.uint64(len(noise) - 1))]
                if p > single:
                    single, single_slot, single_option = p, t, first + o
                if p > floor:
                    option[size], profit[size] = o, p
                    size += 1
                    if place_of[o] < 0:
                        for c in range(count):
                            if places[c] == campus[o]:
                                place_of[o] = c
                        if place_of[o] < 0:
                            places[count] = campus[o]
                            place_of[o] = count
                            count += 1
    start[slots] = size
    return count, single, single_slot, single_option


@njit(cache=True, nogil=True)
def extend(value, origin, last, places, count, costs, wait, n, mask, t, first, c, z, width, block):
    """(value, slot, place) of the best route of n meetings with *mask* that can go on to place c in slot t.

    *wait*: break and idle cost counted from the start of the day; *first*: first slot of the day; *z*: the slot before
    t from which nothing is idle in between, if on the same day.
    """
    if n == 0:
        return 0 if mask == 0 else NEVER, -1, -1
    best, slot, place = NEVER, -1, -1
    if t == 0:
        return best, slot, place
    row = mask * width + n * count
    for u in range(count):
        if value[ANY, (t - 1) * block + row + u] <= NEVER // 2:
            continue
        r = np.int64(last[places[u], places[c], t])
        change = costs[0] if u != c else 0
        if r >= first:
            k = r * block + row + u
            if value[GAPPED, k] - wait - change > best:
                best, slot, place = value[GAPPED, k] - wait - change, np.int64(origin[GAPPED_FROM, k]), u
        night = min(r, first - 1)
        if night >= 0:
            k = night * block + row + u
            if value[ANY, k] > best:
                best, slot, place = value[ANY, k], np.int64(origin[ANY_FROM, k]), u
        if first <= z <= r:
            k = z * block + row + u
            if value[ENDING, k] - change > best:
                best, slot, place = value[ENDING, k] - change, z, u
    return best, slot, place


@njit(cache=True, nogil=True)
def programme(value, origin, last, calm, day_first, company, entry_option, entry_profit, entry_first, place_of, places, count, critical, criticals, best, costs, cap):
    """Fill the tables: entry [slot, mask, meetings, place], flat, so that a slot is one block of memory."""
    masks = 1 << criticals
    width = (cap + 1) * count
    block = masks * width
    z = -1
    for t in range(len(day_first)):
        here, first = t * block, day_first[t]
        value[ENDING, here : here + block] = NEVER
        if t == 0:
            value[ANY, here : here + block] = NEVER
        else:
            value[ANY, here : here + block] = value[ANY, here - block : here]
            origin[ANY_FROM, here : here + block] = origin[ANY_FROM, here - block : here]
        if t == first:
            value[GAPPED, here : here + block] = NEVER
        else:
            value[GAPPED, here : here + block] = value[GAPPED, here - block : here]
            origin[GAPPED_FROM, here : here + block] = origin[GAPPED_FROM, here - block : here]
        best[0, :count] = -1
        wait = costs[2] * calm[t] + costs[1]
        entries = entry_first[t + 1] - entry_first[t]
        for e in range(entries + count if entries else 0):
            bit = -1
            if e < entries:
                o, p = entry_option[entry_first[t] + e], entry_profit[entry_first[t] + e]
                for b in range(criticals):
                    if critical[b] == company[o]:
                        bit = b
                if bit < 0:
                    if best[0, place_of[o]] < 0 or p > best[1, place_of[o]]:
                        best[0, place_of[o]], best[1, place_of[o]] = o, p
                    continue
            else:
                o, p = best[0, e - entries], best[1, e - entries]
                if o < 0:
                    continue
            c = place_of[o]
            for mask in range(masks):
                before = mask
                if bit >= 0:
                    if not (mask >> bit) & 1:
                        continue
                    before = mask ^ (1 << bit)
                for n in range(1, cap + 1):
                    found, _, _ = extend(value, origin, last, places, count, costs, wait, n - 1, before, t, first, c, z, width, block)
                    k = here + mask * width + n * count + c
                    if found > NEVER // 2 and found + p > value[ENDING, k]:
                        value[ENDING, k] = found + p
                        origin[OPTION, k] = o
        if entries:
            rise = costs[2] * calm[t + 1]
            for k in range(here, here + block):
                e = value[ENDING, k]
                if e > NEVER // 2:
                    if e + rise > value[GAPPED, k]:
                        value[GAPPED, k] = e + rise
                        origin[GAPPED_FROM, k] = t
                    if e > value[ANY, k]:
                        value[ANY, k] = e
                        origin[ANY_FROM, k] = t
        if calm[t + 1] > calm[t]:
            z = t


@njit(cache=True, nogil=True)
def trace(value, origin, last, calm, day_first, company, place_of, places, count, critical, criticals, costs, cap, n, mask, t, c, first_option, slots, options):
    """Write the route that ends in a state to *slots* and *options*; returns a company met twice, -1 if none."""
    width = (cap + 1) * count
    block = width << criticals
    size = n
    while n >= 1:
        o = np.int64(origin[OPTION, t * block + mask * width + n * count + c])
        slots[n - 1], options[n - 1] = t, first_option + o
        for b in range(criticals):
            if critical[b] == company[o]:
                mask ^= 1 << b
        z = t - 1
        while z >= 0 and calm[z + 1] == calm[z]:
            z -= 1
        n -= 1
        wait = costs[2] * calm[t] + costs[1]
        _, t, c = extend(value, origin, last, places, count, costs, wait, n, mask, t, day_first[t], c, z, width, block)
    for a in range(size):
        for b in range(a + 1, size):
            if company[options[a] - first_option] == company[options[b] - first_option]:
                return company[options[a] - first_option]
    return -1
