"""The two lanes of a search: prices and bounds in a thread of their own, plans in the caller's."""

import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.board import Mover
from forum.matchmaking.engine.bounds import FIRST_TEMPERATURE, LOOSE_TEMPERATURE, SMALL, Feed, Quote, price_rounds
from forum.matchmaking.engine.columns import Columns, joined, roster_columns
from forum.matchmaking.engine.complete import TooMany, complete_columns
from forum.matchmaking.engine.control import POLL_SECONDS, Control, Stopped
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.integer import MOST_COLUMNS, best_of_columns
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.network import Flows
from forum.matchmaking.engine.plans import FLAT_DELTA, PRICED_DELTA, Blocks, filled, freedom, opened, until_dry
from forum.matchmaking.engine.prices import COMPLETE, ITINERARY, Prices
from forum.matchmaking.engine.roster import Roster, empty_roster
from forum.matchmaking.engine.routes import Router, gumbel
from forum.matchmaking.engine.seats import SeatPlan, priced_patterns

RESTARTS = 3  # fills with other orders at the same prices before the best plan is polished instead
SKIP_ROUNDS = 2  # a fill is worth its time again after so many rounds of better prices
RUIN_TRIALS, RUIN_GROUPS = 6000, (4, 6, 8)  # trials per batch; 4 candidates pay best, larger groups take over later
SMALL_TRIALS = 300  # of a small problem, ten milliseconds: its proof may come any moment
CHAIN, CHAIN_LOSS, CHAIN_NOISE = 40, 3000, 0.5  # batches of a chain; thousandths a trial may lose at its start, none at its end; disturbed choices, points
FIRST_LISTED, LISTED = 4_000, 20_000  # itineraries of a complete list during the rounds, at the end: the integer master proves them in seconds
BELOW = (0, 2, 5, 10, 20, 40, 80, 160)  # points below the bound down to which plans are looked for, one after the other
TINY = 20  # candidates up to which the integer master is tried after every round
FEW, LIST_SECONDS = 60, 1.0  # candidates up to which a complete list is; a list is short or of no use yet, and its master must not hold the rounds up
WHOLE_EVERY = 4  # rounds between two integer masters of the itineraries known so far
WHOLE_SECONDS = 1.0  # for the integer master of a small problem
BESIDE_SECONDS = 2.0  # for one in the lane of plans, which keeps nobody waiting
LAST_SHARE = 0.5  # of the time left, for the master over all itineraries known when the prices are final: 2 to 5 s at fifty candidates
LANE_SECONDS = 1.0  # for the other lane to end; what it still computes is not used
BESIDE_LOSS = 1000  # thousandths a trial may lose when the chain beside the other lane begins
COLD_SHARE, LEFT_BEHIND = 0.1, 5e-4  # of its time, at the end of which nothing may be lost; of the value, by which a better plan makes the chain begin there
ALONE_SHARE = 0.5  # with one worker, prices may use this share of the time limit


class Searching(Protocol):
    """What the lanes need of a search."""

    grid: Grid
    seats: SeatPlan
    start: Prices
    loose: bool
    control: Control
    seed: int
    flows: Flows
    best: Roster
    value: int
    price: Ints

    def keep(self, phase: str, roster: Roster) -> bool: ...
    def prove(self, phase: str, prices: Prices, kind: str, bound: int) -> None: ...
    def done(self) -> bool: ...


def run_lanes(search: Searching, workers: int, compiled: Callable[[], bool]) -> None:
    """Search until done. With one worker the lanes take turns: prices first, then plans."""
    feed = Feed()
    feed.roster = search.best
    search.flows.over = search.done  # a flow that the proof has made idle ends too
    if workers < 2:
        _bound_lane(search, feed, compiled, workers, share=ALONE_SHARE)
        _PlanLane(search, feed).run()
        return
    lane = threading.Thread(target=_bound_lane, args=(search, feed, compiled, workers), name="prices", daemon=True)
    lane.start()
    try:
        _PlanLane(search, feed).run()
    finally:
        search.control.halt_quietly()
        lane.join(timeout=LANE_SECONDS)


def _bound_lane(search: Searching, feed: Feed, compiled: Callable[[], bool], workers: int, share: float = 1.0) -> None:
    """Post quotes and certified bounds until the clock, the proof or the last temperature ends it."""
    control = search.control
    limit = control.seconds + share * control.left

    def over() -> bool:
        return search.done() or control.quiet or (share < 1.0 and control.seconds > limit)

    while not compiled() and not over():
        time.sleep(POLL_SECONDS)
    try:
        router = Router(search.grid, relaxed=True, threads=workers)
        for quote in price_rounds(router, search.start, search.seats.campus_cap, feed, over, search.seed, LOOSE_TEMPERATURE if search.loose else FIRST_TEMPERATURE):
            feed.quote(quote)
            search.prove("prices", quote.prices, ITINERARY, quote.bound)
            people = len(search.grid.max_meetings)
            if quote.pool is not None and (people <= TINY or (workers < 2 and quote.round % WHOLE_EVERY == 0)):
                _whole(search, quote.pool, over)
            if quote.pool is not None and quote.round % (1 if people <= FEW else WHOLE_EVERY) == 0 and people <= SMALL and not over():
                _complete(search, router, quote, FIRST_LISTED, over, LIST_SECONDS)
        if feed.known is not None:
            _whole(search, feed.known[1], over, LAST_SHARE * control.left)
        feed.ended = True
        if feed.proof is not None and len(search.grid.max_meetings) <= SMALL:
            _close(search, router, feed.proof, over, once=workers < 2)
        elif feed.proof is not None and workers >= 2:
            _ruin_beside(search, feed.proof, over)
    except Stopped:
        pass
    finally:
        feed.ended = True


def first_proof(search: Searching) -> None:
    """One evaluation of the itinerary bound at the first prices: most of what can be proved, in one pass."""
    try:
        bound, _ = bound_at(Router(search.grid, relaxed=True), search.start, search.done)
    except Stopped:
        return
    search.prove("prices", search.start, ITINERARY, bound)


def _whole(search: Searching, pool: Columns, over: Callable[[], bool], seconds: float = WHOLE_SECONDS) -> None:
    """A small problem: try the best plan made of the known itineraries."""
    if len(pool.value) > MOST_COLUMNS or over():
        return
    best = search.best
    everything = joined(pool, roster_columns(search.grid, best, pool.slots.shape[1]))
    found, _ = best_of_columns(search.grid, everything, min(seconds, search.control.left), over=over, hint=best)
    if found is not None:
        search.keep("integer master", found)


def _close(search: Searching, router: Router, proof: Quote, over: Callable[[], bool], once: bool) -> None:
    """A small problem whose prices are final: a complete list, and unless *once* again for every better plan of the other lane."""
    tried = None
    while not over() and not (once and tried is not None):
        if search.value == tried:
            time.sleep(POLL_SECONDS)
            continue
        tried = search.value
        _complete(search, router, proof, LISTED, over)


def _complete(search: Searching, router: Router, proof: Quote, most: int, over: Callable[[], bool], seconds: float = float("inf")) -> None:
    """A small problem whose gap is left open by the relaxation: list every itinerary that a plan close to the bound could use.

    A list for plans that lose nothing to the bound is short. If no such plan exists the bound falls, and the next list
    reaches further down; the first list that holds a plan holds the best one.
    """
    best = router.routes(proof.prices.seat(search.grid), over=over).value
    for below in BELOW:
        value, top = search.value, min(proof.bound, search.control.bound or proof.bound)
        above = max(value, top - below - 1)
        if above >= top:
            return
        try:
            pool = complete_columns(router, proof.prices, best, above, most)
        except TooMany:
            return
        found, proved = best_of_columns(search.grid, pool, min(seconds, search.control.left), certain=True, above=above, over=over)
        if found is not None:
            search.keep("integer master", found)
        if not proved:
            return
        search.prove("complete list", proof.prices, COMPLETE, max(above, found.value() if found else above))
        if above == value or (found is not None and found.value() > above):
            return


def _ruin_beside(search: Searching, proof: Quote, over: Callable[[], bool]) -> None:
    """The prices are final and their core is free: ruin and recreate in one long chain that cools with the time left, while the other lane fills and moves blocks."""
    mover, price = Mover(Router(search.grid)), proof.prices.seat(search.grid)
    walker, begun = search.best, max(search.control.left, POLL_SECONDS)
    for turn in count(1):
        if over():
            return
        warmth = max(0.0, search.control.left / begun - COLD_SHARE)
        if search.value - walker.value() > (LEFT_BEHIND if warmth else 0) * abs(search.value):
            walker = search.best
        seed, group = (search.seed + 1) * 1000003 - turn, RUIN_GROUPS[turn % len(RUIN_GROUPS)]
        walker = mover.ruin(walker, price, seed=seed, trials=RUIN_TRIALS, group=group, loss=int(BESIDE_LOSS * warmth))
        search.keep("ruin", walker)


class _PlanLane:
    """Moves on the best plan, and new plans when the prices are better."""

    def __init__(self, search: Searching, feed: Feed) -> None:
        self.search, self.feed, self.grid = search, feed, search.grid
        self.random = np.random.default_rng(search.seed)
        self.blocks = Blocks(search.grid, search.seed, search.flows)
        self.used = -1
        self.mastered = 0  # the round whose itineraries the last integer master had
        self.fills = 0
        self.turn = 0
        small = len(self.grid.max_meetings) <= SMALL
        self.walker = search.best if small else None
        self.mover: Mover | None = None
        self.freedom = freedom(self.grid)

    def run(self) -> None:
        """Blocks at flat prices until better prices come, then fills and polishing until done."""
        search = self.search
        flat = search.price[search.grid.recruiter_stand]
        roster = search.best
        self.blocks.dry = 0
        while not search.done() and not (self._news() or self.blocks.exhausted):
            roster = self.blocks.step(roster, search.price, flat, FLAT_DELTA)
            search.keep("blocks", roster)
        while not search.done():
            quote = self.feed.latest
            waits = quote is not None and quote.round == 0 and len(self.grid.max_meetings) > SMALL and not self.feed.ended
            if quote is None or waits:
                time.sleep(POLL_SECONDS)
            elif self._news() or self.fills < RESTARTS:
                self._fill(quote)
            else:
                self._polish(quote)

    def _news(self) -> bool:
        """Whether prices came that deserve a new fill."""
        quote = self.feed.latest
        return quote is not None and quote.round > 0 and (
            quote.round >= self.used + SKIP_ROUNDS or (self.feed.ended and quote.round > self.used)
        )  # fmt: skip

    def _worth(self, quote: Quote) -> Ints:
        campus = self.grid.stand_campus[self.grid.recruiter_stand]
        return quote.prices.stand[self.grid.recruiter_stand] - quote.prices.table[campus]

    def _moves(self) -> Mover:
        if self.mover is None:
            self.mover = Mover(Router(self.grid))
        return self.mover

    def _fill(self, quote: Quote) -> None:
        self.fills = 1 if quote.round > self.used else self.fills + 1
        self.used = max(self.used, quote.round)
        price, worth = quote.prices.seat(self.grid), self._worth(quote)
        order = self.random.permutation(len(self.freedom))
        order = order[np.argsort(self.freedom[order], kind="stable")]
        empty = empty_roster(self.grid, priced_patterns(self.grid, np.maximum(quote.prices.stand, 0)))
        roster = filled(self._moves(), price, empty, order, self.search.flows)
        self.search.keep("fill", roster)
        self.search.keep("blocks", until_dry(self.blocks, roster, price, worth, PRICED_DELTA, self._interrupted))

    def _interrupted(self) -> bool:
        return self.search.done() or self._news()

    def _polish(self, quote: Quote) -> None:
        price, worth = quote.prices.seat(self.grid), self._worth(quote)
        known = self.feed.known
        if self.walker is not None and known is not None and not self.feed.ended and known[0] >= self.mastered + WHOLE_EVERY:
            self.mastered = known[0]  # here, because the prices of a small problem need a core for themselves more than its chains do
            _whole(self.search, known[1], self.search.done, BESIDE_SECONDS)
        roster = self._ruined(price)
        self.search.keep("ruin", roster)
        if self.walker is not None and self.turn % CHAIN != CHAIN - 1:
            return
        roster = opened(roster, worth)
        for _ in range(4):
            if not self.search.done():
                roster = self.blocks.step(roster, price, worth, PRICED_DELTA)
        self.search.keep("blocks", roster)

    def _ruined(self, price: Ints) -> Roster:
        """Ruin and recreate: the best plan never worsened, or the next stretch of a small problem's chain, which may lose less and less."""
        self.turn += 1
        seed, group = self.search.seed * 1000003 + self.turn, RUIN_GROUPS[self.turn % len(RUIN_GROUPS)]
        if self.walker is None:
            return self._moves().ruin(self.search.best, price, seed=seed, trials=RUIN_TRIALS, group=group, loss=0)
        step = self.turn % CHAIN
        start = self.search.best if step == 0 else self.walker
        noise = gumbel(CHAIN_NOISE, self.turn)
        self.walker = self._moves().ruin(start, price, seed=seed, trials=SMALL_TRIALS, group=group, loss=CHAIN_LOSS * (CHAIN - 1 - step) // CHAIN, noise=noise)
        return self.walker
