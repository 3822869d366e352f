"""Small problems: integer masters over the itineraries known, and complete lists, for a proof to the last point."""

import time
from collections.abc import Callable
from typing import Protocol

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.bounds import SMALL, Feed, Quote, widened
from forum.matchmaking.engine.columns import Columns, joined, promising, roster_columns
from forum.matchmaking.engine.complete import TooMany, complete_columns
from forum.matchmaking.engine.control import POLL_SECONDS, Control
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.integer import best_of_columns
from forum.matchmaking.engine.network import Flows
from forum.matchmaking.engine.prices import COMPLETE, Prices
from forum.matchmaking.engine.roster import Roster
from forum.matchmaking.engine.routes import Router
from forum.matchmaking.engine.seats import SeatPlan

FIRST_LISTED, LISTED = 4_000, 20_000  # itineraries of a complete list during the rounds, at the end: the integer master proves them in seconds
FEW, LIST_EVERY, LIST_SECONDS = 60, 2, 1.0  # candidates up to which a complete list is tried often, in rounds; a list is short or of no use yet, and its master must not hold the rounds up
BELOW = (0, 2, 5, 10, 20, 40, 80, 160)  # points below the bound down to which plans are looked for, one after the other
HARDLY_LONGER = 1.3
TINY = 20  # candidates up to which master and list are tried after every round
WHOLE_EVERY = 4  # rounds between two integer masters of the itineraries known so far
WHOLE_SECONDS = 1.0  # for the integer master of a small problem
LAST_SHARE = 0.5  # of the time left, for one when the prices are final: begun by other chances the same one takes 0.6 to 5 s at fifty candidates
WIDENINGS, SALTS = 8, 1000  # of the itineraries known at the final prices; numbers between their disturbances
LEAST_MASTERED, MASTERED_EACH, MOST_MASTERED = 2000, 50, 6000  # itineraries an integer master chooses from, by candidate: more only slow it


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


def after_round(search: Searching, router: Router, quote: Quote, over: Callable[[], bool], alone: bool) -> None:
    """What a round of prices is good for: an integer master where it is quick, or when no other lane is there to make it, and a complete list."""
    people = len(search.grid.max_meetings)
    if quote.pool is None or people > SMALL:
        return
    if people <= TINY:
        whole(search, widened(router, quote, search.seed + quote.round * SALTS, over), over)
    elif alone and quote.round % WHOLE_EVERY == 0:
        whole(search, quote, over)
    if quote.round % (1 if people <= TINY else LIST_EVERY if people <= FEW else WHOLE_EVERY) == 0 and not over():
        complete(search, router, quote, FIRST_LISTED, over, LIST_SECONDS)


def whole(search: Searching, quote: Quote, over: Callable[[], bool], seconds: float = WHOLE_SECONDS, salt: int = 0) -> None:
    """A small problem: try the best plan made of the known itineraries."""
    people = len(search.grid.max_meetings)
    if quote.pool is None or people > SMALL or over():
        return
    best = search.best
    pool = promising(quote.pool, search.grid, quote.prices.seat(search.grid), min(MOST_MASTERED, max(LEAST_MASTERED, people * MASTERED_EACH)))
    everything = joined(pool, roster_columns(search.grid, best, pool.slots.shape[1]))
    found, _ = best_of_columns(search.grid, everything, min(seconds, search.control.left), over=over, hint=best, salt=salt)
    if found is not None:
        search.keep("integer master", found)


def last_masters(search: Searching, router: Router, feed: Feed, over: Callable[[], bool]) -> None:
    """A small problem whose prices are final: the best plan of the itineraries known, and of more while it is below the bound."""
    quote = feed.known
    for turn in range(WIDENINGS + 1):
        if quote is None or over() or len(search.grid.max_meetings) > SMALL:
            return
        if turn:
            quote = widened(router, quote, search.seed + turn * SALTS, over)
        whole(search, quote, over, LAST_SHARE * search.control.left, salt=turn)


def close(search: Searching, router: Router, proof: Quote, over: Callable[[], bool], once: bool) -> None:
    """A small problem whose prices are final: a complete list, and unless *once* again for every better plan of the other lane."""
    tried = None
    while not over() and not (once and tried is not None):
        if search.value == tried:
            time.sleep(POLL_SECONDS)
            continue
        tried = search.value
        complete(search, router, proof, LISTED, over)


def complete(search: Searching, router: Router, proof: Quote, most: int, over: Callable[[], bool], seconds: float = float("inf")) -> None:
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
        if above > value:
            above, pool = _at_once(router, proof.prices, best, value, above, pool, most)
        found, proved = best_of_columns(search.grid, pool, min(seconds, search.control.left), certain=True, above=above, over=over)
        if found is not None:
            search.keep("integer master", found)
        if not proved:
            return
        search.prove("complete list", proof.prices, COMPLETE, max(above, found.value() if found else above))
        if above == value or (found is not None and found.value() > above):
            return


def _at_once(router: Router, prices: Prices, best: Ints, value: int, above: int, pool: Columns, most: int) -> tuple[int, Columns]:
    """The list for everything better than *value* where it is hardly longer than the one for better than *above*: one proof instead of several."""
    try:
        whole_list = complete_columns(router, prices, best, value, min(most, int(HARDLY_LONGER * len(pool.value)) + 1))
    except TooMany:
        return above, pool
    return value, whole_list
