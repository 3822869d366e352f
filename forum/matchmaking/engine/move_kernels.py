# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled moves: fill an empty plan in an order; ruin a few neighbours and recreate them."""

import numpy as np
from numba import njit

from forum.matchmaking.engine.kernel_types import FORBIDDEN, new_work
from forum.matchmaking.engine.kernels import best_route
from forum.matchmaking.engine.seat_kernels import place


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
                place(tables, seats, board, price, i, work.slots[a], work.options[a], -1)


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
                    place(tables, seats, board, price, i, t, -1, -1)
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
                    place(tables, seats, board, price, i, work.slots[m], work.options[m], -1)
            after += _worth(tables, board.at[i], i)
        allowance = _random(random, loss + 1) if loss > 0 else 0
        if after + allowance >= before:
            gain += after - before
            continue
        for a in range(size):
            for t in range(slots):
                if board.at[who[a], t] >= 0:
                    place(tables, seats, board, price, who[a], t, -1, -1)
        for a in range(size):
            for t in range(slots):
                if old[a, t] >= 0:
                    place(tables, seats, board, price, who[a], t, np.int64(old[a, t]), np.int64(old_seat[a, t]))
    return gain
