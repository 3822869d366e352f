"""Compile every kernel once, on a problem of two people, and leave the stamp that says so."""

import sys

import numpy as np

from forum.matchmaking.engine.board import Mover
from forum.matchmaking.engine.columns import columns_of
from forum.matchmaking.engine.compiled import is_warm, kernel_folder, stamp
from forum.matchmaking.engine.complete import complete_columns
from forum.matchmaking.engine.grid import build_grid
from forum.matchmaking.engine.master import Master
from forum.matchmaking.engine.matchbound import match_bound, match_prices
from forum.matchmaking.engine.model import Campus, Candidate, Company, Problem, Recruiter, Slot, Weights, Wish
from forum.matchmaking.engine.roster import empty_roster
from forum.matchmaking.engine.routes import Router, gumbel
from forum.matchmaking.engine.seats import seat_plan


def main() -> None:
    """Run each kernel on arrays of the types every problem has."""
    grid = build_grid(_tiny())
    router, price = Router(grid), np.zeros(grid.seats.shape, np.int64)
    everyone = np.arange(2)
    routes = router.routes(price)
    router.routes(price, gumbel(1.0, 1))
    seats = seat_plan(grid)
    master = Master(grid, seats.campus_cap)
    start = master.start(match_prices(grid, seats, match_bound(grid, seats)))
    master.relax(columns_of(grid, everyone, routes), start, 1.0, 2, 1.0)
    complete_columns(router, match_prices(grid, seats, match_bound(grid, seats)), routes.value, 0, 100)
    mover = Mover(router)
    roster = mover.fill(empty_roster(grid, grid.present), price, everyone)
    mover.ruin(roster, price, seed=1, trials=2, group=2, loss=0)
    stamp().parent.mkdir(parents=True, exist_ok=True)
    stamp().touch()


def once() -> None:
    """Compile unless that is done; of several processes that want to, one does and the others wait for it."""
    kernel_folder().mkdir(parents=True, exist_ok=True)
    with (kernel_folder() / "compiling").open("w") as turn:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(turn, fcntl.LOCK_EX)
        if not is_warm():
            main()


def _tiny() -> Problem:
    slots = tuple(Slot(540 + 15 * t, 15) for t in range(4))
    recruiter = Recruiter("r", "s", "c", (0, 1, 2, 3), 2)
    people = tuple(Candidate(name, (0, 1, 2, 3), (), 2) for name in ("p", "q"))
    wishes = tuple(Wish(person.id, "s", 50) for person in people)
    weights = Weights(1000, 1, 4, 2, 1, 0)
    return Problem("tiny", slots, (Campus("c", 1),), ((0,),), (Company("s", None),), (recruiter,), people, wishes, (), 1, weights)


if __name__ == "__main__":
    main()
