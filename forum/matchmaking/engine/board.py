"""A roster in the form the compiled moves change, and back."""

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.kernel_types import Noise
from forum.matchmaking.engine.move_kernels import fill, ruin
from forum.matchmaking.engine.roster import Roster, assigned
from forum.matchmaking.engine.routes import SILENT, Router
from forum.matchmaking.engine.seat_kernels import Board, Seats, refresh_all


def seats_of(grid: Grid, allowed: Bools) -> Seats:
    """Kernel view of the seats; recruiters may work where *allowed* (R, T) and their runs permit."""
    _, stands, campuses, _ = grid.sizes
    by_stand = np.argsort(grid.recruiter_stand, kind="stable")
    by_campus = np.argsort(grid.stand_campus, kind="stable")
    return Seats(
        np.searchsorted(grid.recruiter_stand[by_stand], np.arange(stands + 1)), by_stand,
        np.searchsorted(grid.stand_campus[by_campus], np.arange(campuses + 1)), by_campus,
        grid.stand_campus, grid.stand_company, np.searchsorted(grid.stand_company, np.arange(len(grid.company_cap) + 1)),
        grid.recruiter_run, grid.adjacent, allowed & grid.present, grid.tables, grid.company_cap,
    )  # fmt: skip


def board_of(roster: Roster) -> Board:
    """The kernel's copy of a roster; prices are filled by `refresh_all`."""
    grid = roster.grid
    seat = assigned(roster)
    people, slots, options = roster.meetings()
    holder = np.full(roster.patterns.shape, -1, np.int32)
    holder[seat[people, slots], slots] = people
    at_campus = np.zeros((len(grid.tables), len(grid.start)), np.int64)
    np.add.at(at_campus, (grid.campus[options], slots), 1)
    of_company = np.bincount(grid.company[options], minlength=len(grid.company_cap)).astype(np.int64)
    return Board(roster.at.copy(), seat, holder, at_campus, of_company, np.zeros(grid.seats.shape, np.int64))


class Mover:
    """The compiled moves on one problem."""

    def __init__(self, router: Router) -> None:
        self.router, self.grid = router, router.grid
        self._everywhere = seats_of(self.grid, self.grid.present)

    def fill(self, roster: Roster, price: Ints, order: Ints) -> Roster:
        """Candidates without a meeting take, in *order*, their best itineraries among the seats the patterns leave."""
        board, seats, router = board_of(roster), seats_of(self.grid, roster.patterns), self.router
        refresh_all(seats, board, price)
        fill(router.tables, seats, board, price, SILENT, order, router.most_campuses, router.most_meetings, router.hints)
        return Roster(self.grid, board.at, roster.patterns.copy(), roster.fixed)

    def ruin(self, roster: Roster, price: Ints, *, seed: int, trials: int, group: int, loss: int, noise: Noise = SILENT) -> Roster:
        """Ruin and recreate; recruiters may change their rests, so the patterns come back as the slots they work."""
        board, router = board_of(roster), self.router
        refresh_all(self._everywhere, board, price)
        random = np.array([2 * seed + 1], np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        movable = ~roster.fixed.any(axis=1)
        ruin(
            router.tables, self._everywhere, board, price, noise, movable, router.most_campuses, router.most_meetings,
            router.hints, random, trials, group, loss,
        )  # fmt: skip
        return Roster(self.grid, board.at, board.holder >= 0, roster.fixed)
