"""The certified bound: for any prices, what candidates could earn at best plus what the seats are worth.

For prices of a campus (>= 0), of a company's cap (>= 0), of a table-slot (>= 0) and of a stand-slot (any sign)

    L = sum over candidates of their best itinerary when a meeting costs campus + company + stand-slot price
      + campus prices x campus caps + company prices x company caps
      + best patterns of the recruiters at (stand-slot price - table price) + table prices x tables - constants

bounds the value of every plan. A campus cap is itself such a bound on a number of meetings, with its own table prices.
"""

from collections.abc import Callable

from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices, seat_worth
from forum.matchmaking.engine.routes import Router, Routes


def bound_at(router: Router, prices: Prices, over: Callable[[], bool] | None = None) -> tuple[int, Routes]:
    """(L rounded down to a whole value, the itineraries behind it). *router* must be a relaxed one."""
    grid = router.grid
    routes = router.routes(prices.seat(grid), over=over)
    total = int(routes.value.sum()) + seat_worth(grid, prices) - SCALE * grid.lost_worth
    return total // SCALE, routes
