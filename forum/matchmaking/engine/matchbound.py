"""The match without times: one flow over candidates, companies, stands and campuses. Its value bounds every plan, and
its prices (recovered on the small side of the network) start everything else.
"""

from dataclasses import dataclass

import numpy as np

from forum.matchmaking.engine.arrays import Bools, Ints
from forum.matchmaking.engine.grid import NO_CAP, Grid
from forum.matchmaking.engine.network import HERE, Flows, Network
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.seats import SeatPlan

FAR = 1 << 50


@dataclass(frozen=True, slots=True, eq=False)
class MatchBound:
    """`value` bounds every plan. Prices (>= 0, value points): of a company's cap, a stand's seats, a campus' seats."""

    value: int
    company_price: Ints
    stand_price: Ints
    campus_price: Ints
    pairs: Ints
    chosen: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    candidate: Ints
    company: Ints
    profit: Ints


def match_bound(grid: Grid, seats: SeatPlan, flows: Flows = HERE) -> MatchBound:
    """Solve the flow and recover its prices. Raises Stopped when the *flows* are."""
    pairs = _pairs(grid)
    size, stands, campuses, _ = grid.sizes
    companies = len(grid.company_cap)
    company_in, company_out = size, size + companies
    stand_node, campus_node = company_out + companies, company_out + companies + stands
    net = Network(campus_node + campuses, flows)
    held = np.bincount(pairs.candidate, minlength=size)
    cap = np.minimum(grid.max_relaxed, held)
    sure = np.minimum(cap, grid.problem.guarantee)
    people = np.arange(size)
    source = np.full(size, net.source)
    net.add(source, people, sure, np.full(size, grid.problem.weights.guarantee))
    net.add(source, people, cap - sure, np.zeros(size, np.int64))
    wish_arcs = net.add(pairs.candidate, company_in + pairs.company, np.ones_like(pairs.profit), pairs.profit)
    total = int(cap.sum())
    company_arcs = _add(net, company_in + np.arange(companies), company_out + np.arange(companies), grid.company_cap, total)
    stand_arcs = _add(net, company_out + grid.stand_company, stand_node + np.arange(stands), seats.stand_cap, total)
    free = np.full(stands, total)
    campus_arcs = _add(net, stand_node + np.arange(stands), campus_node + grid.stand_campus, free, total)
    sink_arcs = _add(net, campus_node + np.arange(campuses), np.full(campuses, net.sink), seats.campus_cap, total)
    net.solve(total)
    chosen = net.flows(wish_arcs) > 0
    units = [net.flows(a) for a in (company_arcs, stand_arcs, campus_arcs, sink_arcs)]
    prices = _prices(grid, seats, pairs, chosen, units)
    value = net.profit - grid.lost_worth
    return MatchBound(value, *prices, np.stack((pairs.candidate, pairs.company)), chosen)


def _add(net: Network, tails: Ints, heads: Ints, cap: Ints, total: int) -> Ints:
    return net.add(tails, heads, np.minimum(cap, total), np.zeros(len(tails), np.int64))


def _pairs(grid: Grid) -> _Pairs:
    """Wishes that have at least one legal slot, with the most they can be worth."""
    profit = grid.worth + grid.best_gain()
    live = grid.ok_relaxed.any(axis=1) & (grid.max_relaxed[grid.candidate] > 0)
    companies = max(1, len(grid.company_cap))
    keys = grid.candidate[live] * companies + grid.company[live]
    unique, index = np.unique(keys, return_inverse=True)
    most = np.zeros(len(unique), np.int64)
    np.maximum.at(most, index, profit[live])
    return _Pairs(unique // companies, unique % companies, most)


def _prices(grid: Grid, seats: SeatPlan, pairs: _Pairs, chosen: Bools, units: list[Ints]) -> tuple[Ints, Ints, Ints]:
    """Dual prices from shortest residual distances to the sink, on companies, stands and campuses only.

    A distance is what one more unit entering a node costs at least; a saturated arc is priced at the difference.
    """
    through, to_stand, to_campus, to_sink = units
    swap, leave = _pushed_back(grid, pairs, chosen)
    companies, stands, campuses = len(grid.company_cap), len(grid.stand_company), len(grid.tables)
    d_in, d_out = np.full(companies, FAR), np.full(companies, FAR)
    d_stand, d_campus = np.full(stands, FAR), np.where(to_sink < seats.campus_cap, 0, FAR)
    for _ in range(4 * (companies + stands + campuses) + 4):
        old = (d_in.sum(), d_out.sum(), d_stand.sum(), d_campus.sum())
        d_stand = np.minimum(d_stand, d_campus[grid.stand_campus])
        np.minimum.at(d_campus, grid.stand_campus, np.where(to_campus > 0, d_stand, FAR))
        open_stand = to_stand < seats.stand_cap
        np.minimum.at(d_out, grid.stand_company, np.where(open_stand, d_stand, FAR))
        d_stand = np.minimum(d_stand, np.where(to_stand > 0, d_out[grid.stand_company], FAR))
        d_in = np.minimum(d_in, np.where(through < grid.company_cap, d_out, FAR))
        d_out = np.minimum(d_out, np.where(through > 0, d_in, FAR))
        if companies:
            d_in = np.minimum(d_in, np.minimum(leave, (swap + d_in[None, :]).min(axis=1)))
        if old == (d_in.sum(), d_out.sum(), d_stand.sum(), d_campus.sum()):
            break
    d_in, d_out, d_stand, d_campus = (np.where(d >= FAR // 2, 0, d) for d in (d_in, d_out, d_stand, d_campus))
    company_price = np.where(grid.company_cap < NO_CAP, d_in - d_out, 0)
    stand_price = d_stand_price(grid, d_out, d_stand, to_stand, seats)
    return np.maximum(company_price, 0), np.maximum(stand_price, 0), np.maximum(d_campus, 0)


def d_stand_price(grid: Grid, d_out: Ints, d_stand: Ints, to_stand: Ints, seats: SeatPlan) -> Ints:
    """Price of a full stand's seats: what an entering unit costs beyond its campus."""
    return np.where(to_stand >= seats.stand_cap, d_out[grid.stand_company] - d_stand, 0)


def _pushed_back(grid: Grid, pairs: _Pairs, chosen: Bools) -> tuple[Ints, Ints]:
    """(swap[j, a], leave[j]): least loss when a holder of j takes a instead, or gives up a meeting.

    FAR where nobody holds j.
    """
    companies = len(grid.company_cap)
    weights, guarantee = grid.problem.weights, grid.problem.guarantee
    held = np.bincount(pairs.candidate[chosen], minlength=len(grid.max_relaxed))
    leave = np.full(companies, FAR)
    bonus = np.where(held[pairs.candidate] <= guarantee, weights.guarantee, 0)
    np.minimum.at(leave, pairs.company[chosen], (pairs.profit + bonus)[chosen])
    swap = np.full((companies, companies), FAR)
    spare = ~chosen
    first = np.searchsorted(pairs.candidate, np.arange(len(held) + 1))
    counts = first[pairs.candidate[chosen] + 1] - first[pairs.candidate[chosen]]
    left = np.repeat(np.flatnonzero(chosen), counts)
    ends = np.cumsum(counts)
    right = np.arange(len(left)) - np.repeat(ends - counts, counts) + np.repeat(first[pairs.candidate[chosen]], counts)
    keep = spare[right]
    left, right = left[keep], right[keep]
    flat = pairs.company[left] * companies + pairs.company[right]
    np.minimum.at(swap.ravel(), flat, pairs.profit[left] - pairs.profit[right])
    return swap, leave


def match_prices(grid: Grid, seats: SeatPlan, match: MatchBound) -> Prices:
    """The prices of the match, the same in all slots."""
    slots = len(grid.start)
    stand = np.repeat(SCALE * match.stand_price[:, None], slots, axis=1)
    table = np.zeros((len(grid.tables), slots), np.int64)
    return Prices(SCALE * match.campus_price, SCALE * match.company_price, table, stand, seats.table_price)
