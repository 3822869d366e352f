"""Working patterns of recruiters, and how many meetings they allow, in exact integers.

A *pattern* says in which slots a recruiter works; it is legal when no run of adjacent working slots is longer than the
recruiter's `max_in_a_row`. Patterns are chosen by a small dynamic programme over (slot, current run).
"""

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import Grid

SCALE = 1000  # prices are whole multiples of 1/1000 of a value point
IMPOSSIBLE = -(1 << 55)
PINNED = 1 << 40  # worth of a slot that the pattern must keep; far above any price


def best_patterns(grid: Grid, worth: Ints, pinned: Bools | None = None) -> tuple[Ints, Bools]:
    """The most valuable legal pattern of every recruiter: (values (R,), patterns (R, T)).

    *worth* (R, T) in any integer unit; a slot of worth <= 0 is left out. *pinned* slots are kept whatever their worth,
    provided they are legal together.
    """
    slots = worth.shape[1]
    cap = np.where(grid.recruiter_run > 0, np.minimum(grid.recruiter_run, slots), slots)
    gain = np.where(grid.present, worth, IMPOSSIBLE)
    if pinned is not None:
        gain = np.where(pinned, np.maximum(gain, 0) + PINNED, gain)
    limited = np.flatnonzero(cap < slots)
    values = np.where(gain > 0, gain, 0).sum(axis=1)
    patterns = gain > 0
    if len(limited):
        values[limited], patterns[limited] = _run_limited(gain[limited], cap[limited], grid.adjacent)
    if pinned is not None:
        values -= PINNED * pinned.sum(axis=1)
    return values, patterns


def _run_limited(gain: Ints, cap: Ints, adjacent: Bools) -> tuple[Ints, Bools]:
    """`best_patterns` for recruiters with a cap; state = length of the run that ends in the last slot, 0 = rest."""
    size, slots = gain.shape
    most = int(np.max(cap))
    state = np.full((size, most + 1), IMPOSSIBLE, np.int64)
    state[:, 0] = 0
    choice = np.zeros((slots, size, 2), np.int64)  # best previous state for: rest, first of a run
    too_long = np.arange(most + 1)[None, :] > cap[:, None]
    for t in range(slots):
        before = state.argmax(axis=1)
        best = state[np.arange(size), before]
        choice[t, :, 0] = before
        choice[t, :, 1] = before if not adjacent[t] else 0
        start = best if not adjacent[t] else state[:, 0]
        longer = state[:, 1:-1] + gain[:, t, None] if adjacent[t] else np.full((size, most - 1), IMPOSSIBLE, np.int64)
        state = np.concatenate((best[:, None], (start + gain[:, t])[:, None], longer), axis=1)
        state[too_long | (state < 0) & (state < IMPOSSIBLE // 2)] = IMPOSSIBLE
    values = state.max(axis=1)
    return values, _traced(state.argmax(axis=1), choice)


def _traced(last: Ints, choice: Ints) -> Bools:
    slots, size, _ = choice.shape
    patterns = np.zeros((size, slots), bool)
    state, rows = last.copy(), np.arange(size)
    for t in range(slots - 1, -1, -1):
        patterns[:, t] = state > 0
        state = np.where(state == 0, choice[t, rows, 0], np.where(state == 1, choice[t, rows, 1], state - 1))
    return patterns


def joint_caps(grid: Grid, table_price: Ints) -> Ints:
    """Most meetings per campus, (V,): for any table prices >= 0 the floor of the Lagrangian bound is valid."""
    campus_of = grid.stand_campus[grid.recruiter_stand]
    worth = SCALE - table_price[campus_of]
    values, _ = best_patterns(grid, worth)
    total = np.zeros(len(grid.tables), np.int64)
    np.add.at(total, campus_of, values)
    paid = (table_price * np.minimum(grid.tables, len(campus_of))[:, None]).sum(axis=1)
    caps: Ints = (total + paid) // SCALE
    return caps
