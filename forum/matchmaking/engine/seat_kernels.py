# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: seats on a plan the kernels change: who can take a meeting, what becomes free when one goes."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from forum.matchmaking.engine.kernel_types import FORBIDDEN, Array


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
def place(tables, seats, board, price, i, t, o, r):
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
