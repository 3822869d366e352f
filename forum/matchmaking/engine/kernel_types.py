# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
"""What every kernel shares: the tables of a problem, the scratch of a thread, and where compiled code is cached.

All numbers are int64 thousandths of a value point. A kernel file that calls another one is compiled anew with it: the
cache's folder is named after all sources, since numba does not notice a change in an inlined function of another file.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import config, njit

from forum.matchmaking.engine.compiled import kernel_folder

setattr(config, "CACHE_DIR", str(kernel_folder()))  # noqa: B010

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
    """Scratch of one thread. `value` rows and `origin` rows are the tables of the programme (see `programme`)."""

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
