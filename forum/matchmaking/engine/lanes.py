"""The two lanes of a search: prices and bounds in a thread of their own, plans in the caller's."""

import threading
import time
from collections.abc import Callable
from itertools import count

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.board import Mover
from forum.matchmaking.engine.bounds import FIRST_TEMPERATURE, LOOSE_TEMPERATURE, SMALL, Feed, Quote, price_rounds
from forum.matchmaking.engine.control import POLL_SECONDS, Stopped
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.plans import FLAT_DELTA, PRICED_DELTA, Blocks, filled, freedom, opened, until_dry
from forum.matchmaking.engine.prices import ITINERARY
from forum.matchmaking.engine.roster import Roster, empty_roster
from forum.matchmaking.engine.routes import Router, gumbel
from forum.matchmaking.engine.seats import priced_patterns
from forum.matchmaking.engine.small import WHOLE_EVERY, WIDENINGS, Searching, after_round, close, last_masters, whole

RESTARTS = 3  # fills with other orders at the same prices before the best plan is polished instead
SKIP_ROUNDS = 2  # a fill is worth its time again after so many rounds of better prices
RUIN_TRIALS, RUIN_GROUPS = 6000, (4, 6, 8)  # trials per batch; 4 candidates pay best, larger groups take over later
SMALL_TRIALS = 60  # of a small problem, ten milliseconds to a fifth of a second: its proof may come any moment
CHAIN, CHAIN_LOSS, CHAIN_NOISE = 200, 3000, 0.5  # batches of a chain; thousandths a trial may lose at its start, none at its end; disturbed choices, points
OUTDATED = 3  # times as many rounds of prices, and a master has too few itineraries to go on with
BESIDE_SECONDS = 2.0  # for a master in the lane of plans, which keeps nobody waiting
LANE_SECONDS = 1.0  # for the other lane to end; what it still computes is not used
BESIDE_LOSS = 1000  # thousandths a trial may lose when the chain beside the other lane begins
COLD_SHARE, LEFT_BEHIND = 0.1, 5e-4  # of its time, at the end of which nothing may be lost; of the value, by which a better plan makes the chain begin there
ALONE_SHARE = 0.5  # with one worker, prices may use this share of the time limit


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
            after_round(search, router, quote, over, alone=workers < 2)
        last_masters(search, router, feed, over)
        feed.ended = True
        if feed.proof is not None and len(search.grid.max_meetings) <= SMALL:
            close(search, router, feed.proof, over, once=workers < 2)
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
        self._master()
        if self.search.done():
            return
        roster = self._ruined(price)
        self.search.keep("ruin", roster)
        if self.walker is not None and self.turn % CHAIN != CHAIN - 1:
            return
        roster = opened(roster, worth)
        for _ in range(4):
            if not self.search.done():
                roster = self.blocks.step(roster, price, worth, PRICED_DELTA)
        self.search.keep("blocks", roster)

    def _master(self) -> None:
        """A small problem: an integer master now and then, here because its prices need a core for themselves more than its chains do."""
        known = self.feed.known
        if self.walker is not None and known is not None and not self.feed.ended and known.round >= self.mastered + WHOLE_EVERY:
            self.mastered = known.round
            whole(self.search, known, self._outdated, BESIDE_SECONDS, salt=WIDENINGS + self.turn)

    def _outdated(self) -> bool:
        """Whether the integer master that runs here is better begun again with what is known now."""
        known = self.feed.known
        return self.search.done() or (known is not None and known.round > OUTDATED * self.mastered)

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
