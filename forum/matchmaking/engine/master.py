"""Prices by column generation with a smoothed master: the dual of the itinerary relaxation at a falling temperature.

The restricted dual is replaced by its soft maximum (candidates over their columns, recruiters over their patterns),
which is smooth, so L-BFGS-B minimises it quickly, and central, so its prices stabilise the column generation the way
interior points do. The temperature falls while exact pricing adds columns; every bound is certified by `bound_at`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from forum.matchmaking.engine.columns import Columns
from forum.matchmaking.engine.grid import NO_CAP, Grid, Ints
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.routes import Stopped
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.softkernels import soft_demand, soft_supply

Floats = npt.NDArray[np.float64]
Over = Callable[[], bool]


def never() -> bool:
    """No limit."""
    return False


@dataclass(slots=True, eq=False)
class Dual:
    """Prices in value points: `stand` (S, T), `table` (V, T), `company` (J,); all >= 0."""

    stand: Floats
    table: Floats
    company: Floats

    def rounded(self, grid: Grid, cap_table: Ints) -> Prices:
        """As certified prices: whole thousandths."""
        stand, table, company = (np.round(SCALE * x).astype(np.int64) for x in (self.stand, self.table, self.company))
        return Prices(np.zeros(len(grid.tables), np.int64), company, table, stand, cap_table)


def flat_dual(grid: Grid, price: Ints) -> Dual:
    """A start from prices per stand and slot alone, (S, T) in thousandths."""
    return Dual(price / SCALE, np.zeros((len(grid.tables), len(grid.start))), np.zeros(len(grid.company_cap)))


class Master:
    """The smoothed dual of one problem; `relax` solves it for a pool of columns."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._present = grid.present
        campus_of = grid.stand_campus[grid.recruiter_stand]
        self._campus_of = campus_of
        at_once = np.zeros((len(grid.tables), len(grid.start)), np.int64)
        np.add.at(at_once, campus_of, grid.present)
        self._short = np.flatnonzero((at_once > grid.tables[:, None]).ravel())
        self._open = np.flatnonzero((grid.seats > 0).ravel())
        self._capped = np.flatnonzero(grid.company_cap < NO_CAP)

    def relax(self, pool: Columns, start: Dual, temperature: float, steps: int, reach: float, over: Over = never) -> Dual:
        """Prices that minimise the smoothed restricted dual within *reach* of *start*, in at most *steps* iterations.

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
            dual, x, jac=True, method="L-BFGS-B", bounds=np.stack((np.maximum(x - reach, 0.0), x + reach), axis=1),
            options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 12, "ftol": 1e-9, "gtol": 1e-3},
        )  # fmt: skip
        return self._unpacked(found.x)

    def _packed(self, dual: Dual) -> Floats:
        return np.concatenate((dual.stand.ravel()[self._open], dual.table.ravel()[self._short], dual.company[self._capped]))

    def _unpacked(self, x: Floats) -> Dual:
        grid, a, b = self.grid, len(self._open), len(self._open) + len(self._short)
        stand = np.zeros(grid.seats.shape)
        table = np.zeros((len(grid.tables), len(grid.start)))
        company = np.zeros(len(grid.company_cap))
        stand.ravel()[self._open], table.ravel()[self._short], company[self._capped] = x[:a], x[a:b], x[b:]
        return Dual(stand, table, company)

    def _dual(self, at: Dual, first: Ints, value: Floats, seats: npt.NDArray[np.int32], temperature: float) -> tuple[float, Floats]:
        """The smoothed dual and its gradient: supply minus demand."""
        grid = self.grid
        price = at.stand + at.company[grid.stand_company][:, None]
        demand = np.empty(price.size)
        total = soft_demand(first, value, seats, price.ravel(), temperature, demand)
        worth = at.stand[grid.recruiter_stand] - at.table[self._campus_of]
        supply = np.empty(worth.shape)
        total += soft_supply(self._present, grid.recruiter_run, grid.adjacent, worth, temperature, supply)
        by_stand, by_campus = np.zeros(price.shape), np.zeros(at.table.shape)
        np.add.at(by_stand, grid.recruiter_stand, supply)
        np.add.at(by_campus, self._campus_of, supply)
        short = self._short // len(grid.start)
        tables = grid.tables[short]
        by_company = np.bincount(grid.stand_company, demand.reshape(price.shape).sum(axis=1), len(at.company))[self._capped]
        caps = grid.company_cap[self._capped]
        total += float((at.table.ravel()[self._short] * tables).sum() + (at.company[self._capped] * caps).sum())
        slope = (by_stand.ravel() - demand)[self._open]
        return total, np.concatenate((slope, tables - by_campus.ravel()[self._short], caps - by_company))
