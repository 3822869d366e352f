"""The lane of prices and bounds: the match first, then column generation while the temperature falls.

Each round yields a certified bound and the prices behind it; the lane of plans uses the best prices known.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.columns import Columns, columns_of, joined, losses, roster_columns
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.master import Master
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.roster import Roster
from forum.matchmaking.engine.routes import Router, gumbel

FIRST_TEMPERATURE = 0.6  # value points; at 4 the first prices are far off, at 0.3 the pool stays too poor
LOOSE_TEMPERATURE = 2.0  # where the first prices are far off anyway: 2,000 x 60 with one hour for half, 2,058,900 after 20 s cpu instead of 2,061,000
FIRST_NOISE = (0.5, 1.0)  # scales of the perturbed itineraries that start the pool
WIDER_NOISE = (0.2, 0.4, 0.8, 1.6)  # of the itineraries added when the best plan of those known is below the bound
LAST_TEMPERATURE = 0.05  # the soft dual is then within about 0.003 % of the relaxation
SMALL = 200  # candidates up to which a proof to the last point is tried
SMALL_LAST_TEMPERATURE = 0.005  # within a fraction of a point: half of the proofs at 50 candidates need no more than that
WORTH_A_ROUND = 1e-5  # at the last temperature, rounds go on while they lower the bound by this share
COOLING, SLOW_COOLING = 0.6, 0.85  # after a better bound, after none
REACH = 3.0  # least box around the last prices, in temperatures: without it the first rounds run away from a poor pool
WIDER, TRUST = 2.0, 0.5  # the box after a round that brought this share of what the pool promised
STEPS = 60  # L-BFGS iterations per round; the next pool matters more than the last digits
SMALL_POOL = 6000  # columns that need no purge
PURGE, LEAST_PURGE = 12.0, 2.0  # columns further below their candidate's best than this many temperatures, and points, leave the pool


@dataclass(frozen=True, slots=True, eq=False)
class Quote:
    """Prices with the bound they prove; `round` counts column generation rounds, 0 for the match prices."""

    bound: int
    prices: Prices
    round: int
    pool: Columns | None = None


class Feed:
    """What the lanes tell each other: the best proof, the latest prices, the best plan; and the last quote with itineraries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.proof: Quote | None = None
        self.latest: Quote | None = None
        self.roster: Roster | None = None
        self.known: Quote | None = None
        self.ended = False

    def quote(self, quote: Quote) -> None:
        with self._lock:
            if quote.pool is not None:
                self.known = quote
            if self.proof is None or quote.bound < self.proof.bound:
                self.proof = self.latest = quote
            elif self.latest is None or quote.round == 0:
                self.latest = quote


def price_rounds(
    router: Router, start: Prices, campus_cap: Ints, feed: Feed, over: Callable[[], bool], seed: int, temperature: float = FIRST_TEMPERATURE
) -> Iterator[Quote]:
    """Quotes without end until the *temperature* is low; *router* is a relaxed one. Raises Stopped when time is over."""
    grid = router.grid
    everyone = np.arange(len(grid.max_meetings))
    bound, routes = bound_at(router, start, over)
    yield Quote(bound, start, 0)
    price = start.seat(grid)
    pool = columns_of(grid, everyone, routes)
    for k, scale in enumerate(FIRST_NOISE):
        pool = joined(pool, columns_of(grid, everyone, router.routes(price, gumbel(scale, seed + k), over)))
    if feed.roster is not None:
        pool = joined(pool, roster_columns(grid, feed.roster, router.most_meetings))
    master = Master(grid, campus_cap)
    dual, best, count = master.start(start), bound, 0
    gained, reach = 1.0, REACH * temperature
    last = SMALL_LAST_TEMPERATURE if len(everyone) <= SMALL else LAST_TEMPERATURE
    while temperature > last or gained > WORTH_A_ROUND or reach > REACH * temperature:
        count += 1
        dual, promised = master.relax(pool, dual, temperature, STEPS, reach, over)
        prices = dual.rounded(start.cap_table)
        bound, routes = bound_at(router, prices, over)
        yield Quote(bound, prices, count, pool)
        gained = (best - bound) / abs(best or 1)
        temperature = max(last, temperature * (COOLING if bound < best else SLOW_COOLING))
        trusted = bound < best and best - bound > TRUST * (best - promised + grid.lost_worth)
        reach = WIDER * reach if trusted else REACH * temperature
        best = min(best, bound)
        price = prices.seat(grid)
        noisy = router.routes(price, gumbel(temperature, seed + 100 * count), over)
        pool = joined(pool, columns_of(grid, everyone, routes), columns_of(grid, everyone, noisy))
        if len(pool.value) > SMALL_POOL:
            pool = pool.where(losses(pool, grid, price) < max(PURGE * temperature, LEAST_PURGE))


def widened(router: Router, quote: Quote, salt: int, over: Callable[[], bool]) -> Quote:
    """The same prices with more itineraries near their best. Raises Stopped when time is over."""
    grid, price = router.grid, quote.prices.seat(router.grid)
    everyone = np.arange(len(grid.max_meetings))
    found = [columns_of(grid, everyone, router.routes(price, gumbel(scale, salt + k), over)) for k, scale in enumerate(WIDER_NOISE)]
    return Quote(quote.bound, quote.prices, quote.round, joined(*found) if quote.pool is None else joined(quote.pool, *found))
