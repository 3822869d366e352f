"""Prices of seats, and what all seats are worth at them: the half of a bound that does not depend on candidates."""

from dataclasses import dataclass

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.patterns import best_patterns, joint_caps

# Kinds of proof: candidates without times; with exact itineraries; every itinerary that could still help, listed (the
# prices of a certificate then prove the weaker bound that the list was made from).
FLOW, ITINERARY, COMPLETE = "flow", "itinerary Lagrangian", "complete list of itineraries"


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Multipliers in thousandths: campus (V,), company (J,), table (V, T), stand (S, T), and cap_table (V, T), the
    table prices that prove the campus caps."""

    campus: Ints
    company: Ints
    table: Ints
    stand: Ints
    cap_table: Ints

    def seat(self, grid: Grid) -> Ints:
        """What one meeting costs at a stand in a slot, (S, T)."""
        return self.stand + self.campus[grid.stand_campus][:, None] + self.company[grid.stand_company][:, None]


def no_prices(grid: Grid, cap_table: Ints) -> Prices:
    """Nothing costs anything: what is known before the first match."""
    _, stands, campuses, slots = grid.sizes
    return Prices(
        np.zeros(campuses, np.int64), np.zeros(len(grid.company_cap), np.int64), np.zeros((campuses, slots), np.int64),
        np.zeros((stands, slots), np.int64), cap_table,
    )  # fmt: skip


def seat_worth(grid: Grid, prices: Prices) -> int:
    """The part of L that does not depend on candidates, thousandths."""
    campus_of = grid.stand_campus[grid.recruiter_stand]
    patterns, _ = best_patterns(grid, prices.stand[grid.recruiter_stand] - prices.table[campus_of])
    everyone = len(grid.recruiter_stand)
    total = int(patterns.sum()) + int((prices.table * np.minimum(grid.tables, everyone)[:, None]).sum())
    total += int((prices.campus * joint_caps(grid, prices.cap_table)).sum())
    return total + int((prices.company * company_caps(grid)).sum())


def company_caps(grid: Grid) -> Ints:
    """Most meetings per company, (J,): its cap or all slots of its recruiters. Without the latter a price on a company
    that has no cap would be paid by candidates and to nobody: a bound below the best plan."""
    seats = np.zeros(len(grid.company_cap), np.int64)
    np.add.at(seats, grid.stand_company[grid.recruiter_stand], grid.present.sum(axis=1))
    return np.minimum(grid.company_cap, seats)
