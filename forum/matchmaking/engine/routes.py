"""The exact best itineraries of candidates at seat prices: arrays in, arrays out, over the compiled kernel."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.control import Stopped
from forum.matchmaking.engine.grid import Grid, meetings_cap
from forum.matchmaking.engine.kernel_types import HINTED, Noise, Tables
from forum.matchmaking.engine.kernels import price_candidates
from forum.matchmaking.engine.patterns import SCALE

SILENT = Noise(np.zeros(1, np.int64), 0)
NOISE_ENTRIES = 1 << 14
PORTION = 500  # candidates priced between two looks at the clock: a tenth of a second


@dataclass(frozen=True, slots=True, eq=False)
class Routes:
    """Row k is one candidate: value (thousandths), size, slots and options in time order.

    A negative size means: value is an upper bound, the route is not usable.
    """

    value: Ints
    size: Ints
    slots: Ints
    options: Ints


def tables_of(grid: Grid, relaxed: bool = False) -> Tables:
    """Kernel tables; *relaxed* admits every legal itinerary (for bounds), the default legal ones only (for plans)."""
    weights = grid.problem.weights
    first = np.searchsorted(grid.day, grid.day, side="left").astype(np.int64)
    return Tables(
        grid.first_option, grid.stand, grid.campus, grid.company, SCALE * grid.worth, grid.gain_row, SCALE * grid.gain,
        grid.ok_relaxed if relaxed else grid.ok, grid.last_relaxed if relaxed else grid.last_before, grid.calm, first,
        meetings_cap(grid, relaxed), grid.problem.guarantee, SCALE * weights.guarantee, SCALE * weights.campus_change,
        SCALE * weights.break_, SCALE * weights.idle_slot,
    )  # fmt: skip


def most_campuses(grid: Grid) -> int:
    """Most different campuses among the options of one candidate."""
    keys = np.unique(grid.candidate * max(1, len(grid.tables)) + grid.campus)
    return int(np.max(np.bincount(keys // max(1, len(grid.tables))), initial=0)) if len(keys) else 1


class Router:
    """Best itineraries for one problem; holds the kernel's tables and sizes."""

    def __init__(self, grid: Grid, relaxed: bool = False, threads: int = 1) -> None:
        self.threads = threads
        self.grid = grid
        self.tables = tables_of(grid, relaxed)
        self.most_campuses = max(1, most_campuses(grid))
        self.most_meetings = max(1, int(np.max(self.tables.cap, initial=1)))
        self.hints = np.full((len(self.tables.cap), HINTED), -1, np.int64)

    def routes(self, price: Ints, noise: Noise = SILENT, over: Callable[[], bool] | None = None) -> Routes:
        """Best itineraries of everyone at *price* (S, T; thousandths). Raises Stopped when *over* says so on the way."""
        size = len(self.tables.cap)
        slots, options = (np.zeros((size, self.most_meetings), np.int64) for _ in range(2))
        out = Routes(np.zeros(size, np.int64), np.zeros(size, np.int64), slots, options)

        def portion(low: int) -> None:
            if over is not None and over():
                raise Stopped
            part = slice(low, min(low + PORTION, size))
            price_candidates(
                self.tables, price, noise, np.arange(part.start, part.stop), self.most_campuses, self.most_meetings, self.hints,
                out.value[part], out.size[part], out.slots[part], out.options[part],
            )  # fmt: skip

        starts = range(0, size, PORTION)
        if self.threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(portion, starts))
        else:
            for low in starts:
                portion(low)
        return out


def gumbel(scale: float, salt: int) -> Noise:
    """Centred Gumbel noise of *scale* value points."""
    return Noise(_gumbel_table(scale), salt)


@lru_cache(maxsize=8)
def _gumbel_table(scale: float) -> Ints:
    u = (np.arange(NOISE_ENTRIES) + 0.5) / NOISE_ENTRIES
    table = np.round(SCALE * scale * (-np.log(-np.log(u)) - 0.5772156649)).astype(np.int64)
    return np.random.default_rng(NOISE_ENTRIES).permutation(table)
