# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""Compiled: demand and supply of seats at a temperature, the two halves of the smoothed dual in `master.py`.

Prices and values here are floats in value points: nothing certified comes out of this file.
"""

import numpy as np
from numba import config, njit

from forum.matchmaking.engine.compiled import kernel_folder

setattr(config, "CACHE_DIR", str(kernel_folder()))  # noqa: B010

NEGLIGIBLE = 30.0  # exp(-30): shares below this are zero
NEVER = -1e300


@njit(cache=True, nogil=True)
def soft_demand(first, value, seats, price, temperature, demand):
    """Sum over candidates of T log(1 + sum over their columns of exp(profit / T)); *demand* receives expected seats.

    Columns first[i]..first[i+1]-1 belong to candidate i; `seats` rows end at the first negative number.
    """
    demand[:] = 0.0
    total = 0.0
    profit = np.empty(len(value))
    for i in range(len(first) - 1):
        most = 0.0
        for p in range(first[i], first[i + 1]):
            x = value[p]
            for a in range(seats.shape[1]):
                if seats[p, a] < 0:
                    break
                x -= price[seats[p, a]]
            profit[p] = x
            most = max(most, x)
        mass = np.exp(-most / temperature)
        for p in range(first[i], first[i + 1]):
            x = (profit[p] - most) / temperature
            profit[p] = np.exp(x) if x > -NEGLIGIBLE else 0.0
            mass += profit[p]
        total += most + temperature * np.log(mass)
        for p in range(first[i], first[i + 1]):
            if profit[p] > 0.0:
                for a in range(seats.shape[1]):
                    if seats[p, a] < 0:
                        break
                    demand[seats[p, a]] += profit[p] / mass
    return total


@njit(cache=True, nogil=True)
def soft_supply(present, run, adjacent, worth, temperature, supply):
    """Sum over recruiters of T log(sum over legal patterns of exp(worth / T)); *supply* (R, T) receives probabilities."""
    total = 0.0
    slots = present.shape[1]
    most = 0
    for r in range(len(run)):
        most = max(most, run[r])
    ahead = np.empty((slots + 1, most + 2))
    for r in range(len(run)):
        if run[r] == 0 or run[r] >= slots:
            for t in range(slots):
                supply[r, t] = 0.0
                if present[r, t]:
                    x = worth[r, t] / temperature
                    share = np.exp(-abs(x))
                    total += temperature * (max(x, 0.0) + np.log1p(share))
                    supply[r, t] = 1.0 / (1.0 + share) if x >= 0 else share / (1.0 + share)
        else:
            total += temperature * _patterns(present[r], run[r], adjacent, worth[r], temperature, ahead, supply[r])
    return total


@njit(cache=True, nogil=True)
def _patterns(present, cap, adjacent, worth, temperature, ahead, supply):
    """log sum over legal patterns of exp(worth / T) and the share of them in which each slot works.

    ahead[t, s]: log mass of the slots from t on when s slots up to t - 1 are worked in a row.
    """
    slots = len(present)
    ahead[slots, : cap + 1] = 0.0
    for t in range(slots - 1, -1, -1):
        for s in range(cap + 1):
            run = s if adjacent[t] else 0
            rest = ahead[t + 1, 0]
            if present[t] and run < cap:
                work = worth[t] / temperature + ahead[t + 1, run + 1]
                high = max(rest, work)
                ahead[t, s] = high + np.log1p(np.exp(-abs(rest - work)))
            else:
                ahead[t, s] = rest
    state = np.zeros(cap + 1)
    after = np.zeros(cap + 1)
    state[0] = 1.0
    for t in range(slots):
        after[:] = 0.0
        supply[t] = 0.0
        for s in range(cap + 1):
            if state[s] < 1e-12:
                continue
            run = s if adjacent[t] else 0
            work = 0.0
            if present[t] and run < cap:
                work = np.exp(worth[t] / temperature + ahead[t + 1, run + 1] - ahead[t, s])
            supply[t] += state[s] * work
            if work > 0.0:
                after[run + 1] += state[s] * work
            after[0] += state[s] * (1.0 - work)
        state, after = after, state
    return ahead[0, 0]
