"""The lane of plans: fill from prices, free half-day blocks and insert again, ruin and recreate; the best is kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.insertion import insert
from forum.matchmaking.engine.network import HERE, Flows
from forum.matchmaking.engine.patterns import best_patterns
from forum.matchmaking.engine.roster import EMPTY, Roster, worked

if TYPE_CHECKING:
    from forum.matchmaking.engine.board import Mover

LONGEST_BLOCK = 14  # slots of a block: a half-day of quarter hours; longer runs are cut
FLAT_DELTA, PRICED_DELTA = 40, 15  # value points below a candidate's best that a block's arcs keep
BLOCK_ARCS = 250_000  # a flow of a quarter of a second
KEEP_USED = 2000  # thousandths in favour of the seats that were used before: patterns drawn anew undo freed seats
LOOSE = (0.05, 0.0, 0.15, 0.0)  # shares of recruiters, by turns, whose rests are drawn anew even where they worked
SHUFFLE = 1000  # thousandths of chance between seats of like worth, so that rests move
NEEDED = 50_000  # thousandths for a seat that somebody without a guaranteed meeting could take
WORTH_A_MOVE = 2e-6  # a block that gains less than this share counts as dry
OPEN_ANYWAY = 1  # a seat of price zero is still better open


def half_days(grid: Grid) -> list[Ints]:
    """Runs of adjacent slots, cut at LONGEST_BLOCK."""
    starts = np.flatnonzero(~grid.adjacent)
    runs = np.split(np.arange(len(grid.start)), starts[1:])
    return [part for run in runs for part in np.array_split(run, max(1, -(-len(run) // LONGEST_BLOCK))) if len(part)]


def needed(roster: Roster) -> Bools:
    """Stand-slots that people short of the guarantee could take, (S, T)."""
    grid = roster.grid
    count = (roster.at >= 0).sum(axis=1)
    short = (count < grid.problem.guarantee) & (count < grid.max_meetings)
    options = np.flatnonzero(short[grid.candidate])
    seats = np.zeros(grid.seats.shape, bool)
    np.logical_or.at(seats, grid.stand[options], grid.ok[options])
    return seats


def freedom(grid: Grid) -> Ints:
    """How freely each candidate can be seated: the logarithm of their open (wish, slot) pairs, whole, so that likes stay in random order, (I,)."""
    pairs = np.bincount(grid.candidate, weights=grid.ok.sum(axis=1), minlength=len(grid.max_meetings))
    return np.log2(1 + pairs).astype(np.int64)


def opened(roster: Roster, worth: Ints) -> Roster:
    """The same meetings with patterns chosen anew: all that is worked, and the most worthwhile seats besides."""
    patterns = best_patterns(roster.grid, worth + OPEN_ANYWAY, worked(roster))[1]
    return Roster(roster.grid, roster.at.copy(), patterns, roster.fixed)


class Blocks:
    """Free one meeting of everyone in a half-day and insert the best set again: never worse, exact for the half-day."""

    def __init__(self, grid: Grid, seed: int, flows: Flows = HERE) -> None:
        self._flows = flows
        self._blocks = [*half_days(grid), np.arange(len(grid.start))]
        self._random = np.random.default_rng(seed)
        self._turn = 0
        self.dry = 0

    def step(self, roster: Roster, price: Ints, worth: Ints, delta: int) -> Roster:
        """The better of *roster* and its neighbour; `dry` counts moves in a row that gained nothing."""
        window = self._blocks[self._turn % len(self._blocks)]
        self._turn += 1
        freed = Roster(roster.grid, roster.at.copy(), roster.patterns, roster.fixed)
        held = (freed.at[:, window] != EMPTY) & ~roster.fixed[:, window]
        lottery = np.where(held, self._random.random(held.shape), -1.0)
        people = np.flatnonzero(held.any(axis=1))
        freed.at[people, window[lottery.argmax(axis=1)[people]]] = EMPTY
        shuffled = worth + self._random.integers(0, SHUFFLE, worth.shape)
        loose = self._random.random(len(worth)) < LOOSE[self._turn // len(self._blocks) % len(LOOSE)]
        keep = KEEP_USED * (worked(roster) & ~loose[:, None])
        freed = opened(freed, shuffled + keep + NEEDED * needed(roster)[roster.grid.recruiter_stand])
        insert(freed, price, delta=delta, slots=window, before=roster, most=BLOCK_ARCS, flows=self._flows)
        value = roster.value()
        gained = freed.value() - value
        self.dry = 0 if gained > WORTH_A_MOVE * abs(value) else self.dry + 1
        return freed if gained >= 0 else roster

    @property
    def exhausted(self) -> bool:
        return self.dry >= 2 * len(self._blocks)


def filled(mover: "Mover", price: Ints, empty: Roster, order: Ints, flows: Flows = HERE) -> Roster:
    """A plan from prices: exact itineraries in *order* among free seats, then insertion until dry."""
    roster = mover.fill(empty, price, order)
    while insert(roster, price, delta=PRICED_DELTA, flows=flows):
        pass
    return roster


def until_dry(blocks: Blocks, roster: Roster, price: Ints, worth: Ints, delta: int, over: Callable[[], bool]) -> Roster:
    """Block moves until none gains any more."""
    blocks.dry = 0
    while not blocks.exhausted and not over():
        roster = blocks.step(roster, price, worth, delta)
    return roster
