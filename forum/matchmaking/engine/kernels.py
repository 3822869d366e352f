# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: the exact best itinerary of a candidate at given prices. All numbers are int64 thousandths of a value point.

One file for every function that calls another: numba's cache does not notice a change in an inlined function of another
file. Everything releases the interpreter lock.

The programme runs over (meetings so far, critical companies met, slot, campus). Only the best company per slot and
campus enters; when a company would be met twice it becomes *critical* and gets a bit in the state, and the programme
runs again. With at most CRITICAL bits the result is exact or, beyond, still an upper bound.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import config, njit

from forum.matchmaking.engine.compiled import cache_folder

setattr(config, "CACHE_DIR", str(cache_folder()))  # noqa: B010

CRITICAL = 6
HINTED = 3  # critical companies remembered from one call to the next
NEVER = -(1 << 60)
FORBIDDEN = 1 << 50  # a price at which a seat is out of reach

Array = npt.NDArray[np.int64]


class Tables(NamedTuple):
    """What the kernels read, all fixed for a problem. Shapes as in `grid.py`; worth, gain and weights in thousandths."""

    first_option: Array
    stand: Array
    campus: Array
    company: Array
    worth: Array
    gain_row: Array
    gain: Array
    ok: npt.NDArray[np.bool_]
    last: npt.NDArray[np.int16]
    calm: npt.NDArray[np.int16]
    day_first: Array
    cap: Array
    guarantee: int
    first_meeting: int
    campus_change: int
    break_: int
    idle: int


class Noise(NamedTuple):
    """Perturbation of profits: entries of `table` (thousandths), picked by a hash of option, slot and salt."""

    table: Array
    salt: int


class Work(NamedTuple):
    """Scratch of one thread. `value` rows and `origin` rows are the tables of the programme (see `_programme`)."""

    value: Array
    origin: npt.NDArray[np.int32]
    entry_option: Array
    entry_profit: Array
    entry_first: Array
    place_of: Array
    places: Array
    critical: Array
    best: Array
    slots: Array
    options: Array


ENDING, GAPPED, ANY = 0, 1, 2  # rows of value: route ends here; ends today, idle costs started; ends here or earlier
OPTION, GAPPED_FROM, ANY_FROM = 0, 1, 2  # rows of origin: last option; the slots in which the two maxima end


@njit(cache=True, nogil=True)
def new_work(slots, most_campuses, most_meetings, most_options):
    size = slots * (1 << CRITICAL) * (most_meetings + 1) * most_campuses
    return Work(
        np.empty((3, size), np.int64), np.empty((3, size), np.int32),
        np.empty(most_options * slots, np.int64), np.empty(most_options * slots, np.int64), np.empty(slots + 1, np.int64),
        np.empty(most_options, np.int64), np.empty(most_campuses, np.int64), np.empty(CRITICAL, np.int64),
        np.empty((2, most_campuses), np.int64),
        np.empty(most_meetings + 1, np.int64), np.empty(most_meetings + 1, np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _entries(first, stand, campus, worth, gain_row, gain, ok, price, noise, salt, floor, option, profit, start, place_of, places):
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
def _extend(value, origin, last, places, count, costs, wait, n, mask, t, first, c, z, width, block):
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
def _programme(value, origin, last, calm, day_first, company, entry_option, entry_profit, entry_first, place_of, places, count, critical, criticals, best, costs, cap):
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
                    found, _, _ = _extend(value, origin, last, places, count, costs, wait, n - 1, before, t, first, c, z, width, block)
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
def _trace(value, origin, last, calm, day_first, company, place_of, places, count, critical, criticals, costs, cap, n, mask, t, c, first_option, slots, options):
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
        _, t, c = _extend(value, origin, last, places, count, costs, wait, n, mask, t, day_first[t], c, z, width, block)
    for a in range(size):
        for b in range(a + 1, size):
            if company[options[a] - first_option] == company[options[b] - first_option]:
                return company[options[a] - first_option]
    return -1


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
    count, single, single_slot, single_option = _entries(
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
        _programme(
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
        again = _trace(
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


class Seats(NamedTuple):
    """Fixed facts about seats: recruiters by stand, stands by campus, limits, and where a recruiter may work."""

    stand_first: Array
    stand_recruiters: Array
    campus_first: Array
    campus_stands: Array
    stand_campus: Array
    stand_company: Array
    company_first: Array
    run: Array
    adjacent: npt.NDArray[np.bool_]
    allowed: npt.NDArray[np.bool_]
    tables: Array
    company_cap: Array


class Board(NamedTuple):
    """A plan the kernels change: at (N, T) options, seat (N, T) recruiters, holder (R, T) candidates, all -1 if none;
    at_campus (V, T) and of_company (J,) counts; price (S, T), FORBIDDEN where no seat is free."""

    at: npt.NDArray[np.int32]
    seat: npt.NDArray[np.int32]
    holder: npt.NDArray[np.int32]
    at_campus: Array
    of_company: Array
    price: Array


@njit(cache=True, nogil=True)
def _free_recruiter(first, end, recruiters, t, holder, allowed, run, adjacent):
    """The recruiter who takes a meeting in slot t with the shortest run, those without a limit first; -1 if none can."""
    chosen, shortest = -1, 1 << 30
    for a in range(first, end):
        r = recruiters[a]
        if not allowed[r, t] or holder[r, t] >= 0:
            continue
        if run[r] == 0:
            return r
        length, s = 1, t
        while s > 0 and adjacent[s] and holder[r, s - 1] >= 0:
            length += 1
            s -= 1
        s = t + 1
        while s < len(adjacent) and adjacent[s] and holder[r, s] >= 0:
            length += 1
            s += 1
        if length <= run[r] and length < shortest:
            chosen, shortest = r, length
    return chosen


@njit(cache=True, nogil=True)
def _refresh(seats, board, price, stand, low, high):
    """Recompute which seats of a stand are free in slots low..high-1."""
    v, j = seats.stand_campus[stand], seats.stand_company[stand]
    closed = board.of_company[j] >= seats.company_cap[j]
    first, end, recruiters = seats.stand_first[stand], seats.stand_first[stand + 1], seats.stand_recruiters
    holder, allowed, run, adjacent, current = board.holder, seats.allowed, seats.run, seats.adjacent, board.price
    at_campus, tables = board.at_campus[v], seats.tables[v]
    for t in range(max(low, 0), min(high, len(adjacent))):
        free = not closed and at_campus[t] < tables
        if free:
            free = _free_recruiter(first, end, recruiters, t, holder, allowed, run, adjacent) >= 0
        current[stand, t] = price[stand, t] if free else FORBIDDEN


@njit(cache=True, nogil=True)
def _place(tables, seats, board, price, i, t, o, r):
    """Seat candidate i at option o in slot t with recruiter r (any that can, if r < 0), or free that seat when o < 0."""
    placing = o >= 0
    if placing:
        stand = tables.stand[o]
        if r < 0:
            r = _free_recruiter(
                seats.stand_first[stand], seats.stand_first[stand + 1], seats.stand_recruiters, t, board.holder,
                seats.allowed, seats.run, seats.adjacent,
            )  # fmt: skip
        board.at[i, t], board.seat[i, t], board.holder[r, t] = o, r, i
    else:
        stand = tables.stand[board.at[i, t]]
        r = np.int64(board.seat[i, t])
        board.at[i, t], board.seat[i, t], board.holder[r, t] = -1, -1, -1
    v, j = seats.stand_campus[stand], seats.stand_company[stand]
    step = 1 if placing else -1
    board.at_campus[v, t] += step
    board.of_company[j] += step
    reach = np.int64(seats.run[r])
    _refresh(seats, board, price, stand, t - reach, t + reach + 1)
    if seats.tables[v] - board.at_campus[v, t] <= 1:
        for a in range(seats.campus_first[v], seats.campus_first[v + 1]):
            if seats.campus_stands[a] != stand:
                _refresh(seats, board, price, seats.campus_stands[a], t, t + 1)
    if seats.company_cap[j] - board.of_company[j] <= 1:
        for s in range(seats.company_first[j], seats.company_first[j + 1]):
            _refresh(seats, board, price, s, 0, len(seats.adjacent))


@njit(cache=True, nogil=True)
def refresh_all(seats, board, price):
    """Prices of free seats, FORBIDDEN elsewhere."""
    for stand in range(len(seats.stand_campus)):
        _refresh(seats, board, price, stand, 0, len(seats.adjacent))


@njit(cache=True, nogil=True)
def fill(tables, seats, board, price, noise, order, most_campuses, most_meetings, hints):
    """Each candidate without a meeting, in the given order, takes the best itinerary among free seats at *price*."""
    most_options = 0
    for i in range(len(tables.cap)):
        most_options = max(most_options, tables.first_option[i + 1] - tables.first_option[i])
    work = new_work(tables.ok.shape[1], most_campuses, most_meetings, most_options)
    for i in order:
        if board.at[i].max() >= 0:
            continue
        _, size = best_route(tables, board.price, noise, i, tables.cap[i], hints[i], work)
        for a in range(size):
            if board.price[tables.stand[work.options[a]], work.slots[a]] < FORBIDDEN:
                _place(tables, seats, board, price, i, work.slots[a], work.options[a], -1)


@njit(cache=True, nogil=True)
def _worth(tables, at, i):
    """Value of candidate i's itinerary, thousandths, no prices."""
    total, count, before = 0, 0, -1
    for t in range(len(at)):
        o = np.int64(at[t])
        if o < 0:
            continue
        total += tables.worth[o] + tables.gain[tables.gain_row[o], t]
        if before >= 0 and tables.day_first[before] == tables.day_first[t]:
            idle = np.int64(tables.calm[i, t]) - np.int64(tables.calm[i, before + 1])
            total -= tables.idle * idle + (tables.break_ if idle > 0 else 0)
            if tables.campus[at[before]] != tables.campus[o]:
                total -= tables.campus_change
        before = t
        count += 1
    return total + tables.first_meeting * min(count, tables.guarantee)


@njit(cache=True, nogil=True)
def _random(state, below):
    """Next number in 0..below-1 of the xorshift generator whose state is state[0]."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64((x >> np.uint64(11)) % np.uint64(below))


@njit(cache=True, nogil=True)
def ruin(tables, seats, board, price, noise, movable, most_campuses, most_meetings, hints, random, trials, group, loss):
    """Free the itineraries of *group* neighbours and rebuild them in random order, *trials* times; the gain.

    Neighbours of a random candidate hold seats of the companies that candidate wishes. A trial stands if it loses at
    most *loss* (thousandths) times a random share. *movable* marks candidates without locked meetings.
    """
    most_options, slots, gain = 0, tables.ok.shape[1], 0
    for i in range(len(tables.cap)):
        most_options = max(most_options, tables.first_option[i + 1] - tables.first_option[i])
    work = new_work(slots, most_campuses, most_meetings, most_options)
    who = np.empty(group, np.int64)
    old, old_seat = np.empty((group, slots), np.int32), np.empty((group, slots), np.int32)
    for _ in range(trials):
        seed = _random(random, len(tables.cap))
        options = tables.first_option[seed + 1] - tables.first_option[seed]
        if options == 0 or not movable[seed]:
            continue
        size = 1
        who[0] = seed
        for _ in range(4 * group):
            if size == group:
                break
            stand = tables.stand[tables.first_option[seed] + _random(random, options)]
            first = seats.stand_first[stand]
            r = seats.stand_recruiters[first + _random(random, seats.stand_first[stand + 1] - first)]
            i = np.int64(board.holder[r, _random(random, slots)])
            if i >= 0 and movable[i] and not (who[:size] == i).any():
                who[size] = i
                size += 1
        before = 0
        for a in range(size):
            i = who[a]
            old[a], old_seat[a] = board.at[i], board.seat[i]
            before += _worth(tables, board.at[i], i)
            for t in range(slots):
                if board.at[i, t] >= 0:
                    _place(tables, seats, board, price, i, t, -1, -1)
        for a in range(size - 1, 0, -1):
            b = _random(random, a + 1)
            for t in range(slots):
                old[a, t], old[b, t] = old[b, t], old[a, t]
                old_seat[a, t], old_seat[b, t] = old_seat[b, t], old_seat[a, t]
            who[a], who[b] = who[b], who[a]
        after = 0
        for a in range(size):
            i = who[a]
            _, count = best_route(tables, board.price, noise, i, tables.cap[i], hints[i], work)
            for m in range(count):
                if board.price[tables.stand[work.options[m]], work.slots[m]] < FORBIDDEN:
                    _place(tables, seats, board, price, i, work.slots[m], work.options[m], -1)
            after += _worth(tables, board.at[i], i)
        allowance = _random(random, loss + 1) if loss > 0 else 0
        if after + allowance >= before:
            gain += after - before
            continue
        for a in range(size):
            for t in range(slots):
                if board.at[who[a], t] >= 0:
                    _place(tables, seats, board, price, who[a], t, -1, -1)
        for a in range(size):
            for t in range(slots):
                if old[a, t] >= 0:
                    _place(tables, seats, board, price, who[a], t, np.int64(old[a, t]), np.int64(old_seat[a, t]))
    return gain
