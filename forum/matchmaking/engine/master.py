"""Prices by column generation with a smoothed master: the dual of the itinerary relaxation at a falling temperature.

The restricted dual is replaced by its soft maximum (candidates over their columns, recruiters over their patterns),
which is smooth, so L-BFGS-B minimises it quickly, and central, so its prices stabilise the column generation the way
interior points do. The temperature falls while exact pricing adds columns; every bound is certified by `bound_at`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, minimize

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.columns import Columns
from forum.matchmaking.engine.control import Stopped, never
from forum.matchmaking.engine.grid import NO_CAP, Grid
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.softkernels import soft_demand, soft_supply

Floats = npt.NDArray[np.float64]
Over = Callable[[], bool]


@dataclass(slots=True, eq=False)
class Dual:
    """Prices in value points: `stand` (S, T), `table` (V, T), `company` (J,), `campus` (V,); all >= 0."""

    stand: Floats
    table: Floats
    company: Floats
    campus: Floats

    def rounded(self, cap_table: Ints) -> Prices:
        """As certified prices: whole thousandths."""
        return Prices(_whole(self.campus), _whole(self.company), _whole(self.table), _whole(self.stand), cap_table)


def _whole(price: Floats) -> Ints:
    return np.round(SCALE * price).astype(np.int64)


class Master:
    """The smoothed dual of one problem; `relax` solves it for a pool of columns."""

    def __init__(self, grid: Grid, campus_cap: Ints) -> None:
        self.grid = grid
        self._campus_cap = campus_cap
        self._present = grid.present
        campus_of = grid.stand_campus[grid.recruiter_stand]
        self._campus_of = campus_of
        at_once = np.zeros((len(grid.tables), len(grid.start)), np.int64)
        np.add.at(at_once, campus_of, grid.present)
        self._short = np.flatnonzero((at_once > grid.tables[:, None]).ravel())
        self._open = np.flatnonzero((grid.seats > 0).ravel())
        self._capped = np.flatnonzero(grid.company_cap < NO_CAP)
        self._joint = np.unique(self._short // len(grid.start))  # campuses whose seats are not just the sum of patterns

    def start(self, prices: Prices) -> Dual:
        """A start from certified prices; campuses without a row of their own pass their price to their stands."""
        own = np.zeros(len(self.grid.tables), bool)
        own[self._joint] = True
        passed = np.where(own, 0, prices.campus)[self.grid.stand_campus]
        stand, campus = prices.stand + passed[:, None], np.where(own, prices.campus, 0)
        return Dual(stand / SCALE, prices.table / SCALE, prices.company / SCALE, campus / SCALE)

    def relax(self, pool: Columns, start: Dual, temperature: float, steps: int, reach: float, over: Over = never) -> tuple[Dual, float]:
        """Prices that minimise the smoothed restricted dual within *reach* of *start*, and its value there.

        Raises Stopped when *over* says so.
        """
        grid = self.grid
        first, seats, value = pool.first(len(grid.max_meetings)), pool.seats(grid), pool.value.astype(np.float64)
        x = self._packed(start)

        def dual(x: Floats) -> tuple[float, Floats]:
            if over():
                raise Stopped
            return self._dual(self._unpacked(x), first, value, seats, temperature)

        found = minimize(
            dual, x, jac=True, method="L-BFGS-B", bounds=Bounds(np.maximum(x - reach, 0.0), x + reach),
            options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 12, "ftol": 1e-9, "gtol": 1e-3},
        )  # fmt: skip
        return self._unpacked(found.x), float(found.fun)

    def _packed(self, dual: Dual) -> Floats:
        stand, table = dual.stand.ravel()[self._open], dual.table.ravel()[self._short]
        return np.concatenate((stand, table, dual.company[self._capped], dual.campus[self._joint]))

    def _unpacked(self, x: Floats) -> Dual:
        grid = self.grid
        stand, table, company, campus = np.split(x, np.cumsum([len(self._open), len(self._short), len(self._capped)]))
        dual = Dual(
            np.zeros(grid.seats.shape), np.zeros((len(grid.tables), len(grid.start))), np.zeros(len(grid.company_cap)),
            np.zeros(len(grid.tables)),
        )  # fmt: skip
        dual.stand.ravel()[self._open], dual.table.ravel()[self._short] = stand, table
        dual.company[self._capped], dual.campus[self._joint] = company, campus
        return dual

    def _dual(self, at: Dual, first: Ints, value: Floats, seats: npt.NDArray[np.int32], temperature: float) -> tuple[float, Floats]:
        """The smoothed dual and its gradient: supply minus demand."""
        grid = self.grid
        price = at.stand + at.company[grid.stand_company][:, None] + at.campus[grid.stand_campus][:, None]
        demand = np.empty(price.size)
        total = soft_demand(first, value, seats, price.ravel(), temperature, demand)
        worth = at.stand[grid.recruiter_stand] - at.table[self._campus_of]
        supply = np.empty(worth.shape)
        total += soft_supply(self._present, grid.recruiter_run, grid.adjacent, worth, temperature, supply)
        by_stand, by_slot = np.zeros(price.shape), np.zeros(at.table.shape)
        np.add.at(by_stand, grid.recruiter_stand, supply)
        np.add.at(by_slot, self._campus_of, supply)
        tables = grid.tables[self._short // len(grid.start)]
        wanted = demand.reshape(price.shape).sum(axis=1)
        by_company = np.bincount(grid.stand_company, wanted, len(at.company))[self._capped]
        by_campus = np.bincount(grid.stand_campus, wanted, len(at.campus))[self._joint]
        caps, joint = grid.company_cap[self._capped], self._campus_cap[self._joint]
        total += float(at.table.ravel()[self._short] @ tables + at.company[self._capped] @ caps + at.campus[self._joint] @ joint)
        slopes = ((by_stand.ravel() - demand)[self._open], tables - by_slot.ravel()[self._short], caps - by_company, joint - by_campus)
        return total, np.concatenate(slopes)
