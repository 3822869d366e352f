"""The match with times: one flow over candidates, companies and seats by block of slots, for its prices.

Where many people are free in the same few slots the match without times is far above any plan, and prices that start
from it must climb by whole meetings. Here a meeting takes a seat of a stand in a block of slots; what is left out is
that one person cannot be in two places. Only the prices are used: `bound_at` proves what they are worth.
"""

from dataclasses import dataclass

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid
from forum.matchmaking.engine.network import HERE, Flows, Network
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import Prices
from forum.matchmaking.engine.seats import SeatPlan

MOST_ARCS = 1_000_000  # blocks grow until the flow has no more meetings to choose from: about two seconds
FAR = 1 << 50


@dataclass(slots=True, eq=False)
class _Arcs:
    tail: Ints
    head: Ints
    cap: Ints
    profit: Ints


def timed_prices(grid: Grid, seats: SeatPlan, start: Prices, flows: Flows = HERE) -> Prices:
    """Prices like *start*, by block of slots; the prices of companies' caps are those of *start*."""
    width = _block_width(grid)
    block = np.arange(len(grid.start)) // width
    arcs = _arcs(grid, seats, start, block)
    size, stands, campuses, _ = grid.sizes
    distance = _residual(arcs, *_solved(arcs, flows))
    first_seat = size + len(_pairs(grid)[0])
    blocks = int(block[-1]) + 1 if len(block) else 0
    seat = distance[first_seat : first_seat + stands * blocks].reshape(stands, blocks)[:, block]
    campus = distance[first_seat + stands * blocks + stands :][:campuses]
    stand = np.maximum(seat - campus[grid.stand_campus][:, None], 0)
    return Prices(SCALE * campus, start.company, start.table, SCALE * stand, start.cap_table)


def _block_width(grid: Grid) -> int:
    """Slots per block: 1 unless there are too many meetings to choose from."""
    return max(1, -(-int(grid.ok_relaxed.sum()) // MOST_ARCS))


def _pairs(grid: Grid) -> tuple[Ints, Ints]:
    """(keys, pair of each option): a candidate meets a company once."""
    companies = max(1, len(grid.company_cap))
    keys, pair = np.unique(grid.candidate * companies + grid.company, return_inverse=True)
    return keys, pair


def _arcs(grid: Grid, seats: SeatPlan, start: Prices, block: Ints) -> _Arcs:
    """Candidate, pair, seat (stand in a block), stand, campus; profits in value points."""
    size, stands, campuses, _ = grid.sizes
    keys, pair = _pairs(grid)
    blocks = int(block[-1]) + 1 if len(block) else 0
    pair_node, seat_node = size, size + len(keys)
    stand_node = seat_node + stands * blocks
    campus_node = stand_node + stands
    source, sink = campus_node + campuses, campus_node + campuses + 1
    people = np.arange(size)
    sure = np.minimum(grid.max_relaxed, grid.problem.guarantee)
    chosen, where, profit = _meetings(grid, start, block, blocks)
    supply = np.zeros((stands, blocks), np.int64)
    np.add.at(supply.T, block, grid.seats.T)
    many = int(grid.max_relaxed.sum())
    parts = [
        (np.full(size, source), people, sure, np.full(size, grid.problem.weights.guarantee)),
        (np.full(size, source), people, grid.max_relaxed - sure, np.zeros(size, np.int64)),
        (keys // max(1, len(grid.company_cap)), pair_node + np.arange(len(keys)), np.ones(len(keys), np.int64), np.zeros(len(keys), np.int64)),
        (pair_node + pair[chosen], seat_node + where, np.ones(len(chosen), np.int64), profit),
        (seat_node + np.arange(stands * blocks), np.repeat(stand_node + np.arange(stands), blocks), supply.ravel(), np.zeros(stands * blocks, np.int64)),
        (stand_node + np.arange(stands), campus_node + grid.stand_campus, np.minimum(seats.stand_cap, many), np.zeros(stands, np.int64)),
        (campus_node + np.arange(campuses), np.full(campuses, sink), np.minimum(seats.campus_cap, many), np.zeros(campuses, np.int64)),
        (np.array([source]), np.array([sink]), np.array([many]), np.zeros(1, np.int64)),
    ]
    return _Arcs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _meetings(grid: Grid, start: Prices, block: Ints, blocks: int) -> tuple[Ints, Ints, Ints]:
    """(option, stand in block, profit) of each choice of the flow: an option's best legal slot in the block."""
    best = np.full((len(grid.candidate), blocks), -FAR)
    for t in range(len(block)):
        here = grid.worth + grid.gain[grid.gain_row, t] - start.company[grid.company] // SCALE
        np.maximum(best[:, block[t]], here, out=best[:, block[t]], where=grid.ok_relaxed[:, t])
    option, b = np.nonzero(best > -FAR)
    return option, grid.stand[option] * blocks + b, best[option, b]


def _solved(arcs: _Arcs, flows: Flows) -> tuple[Ints, int]:
    """(units on each arc, the sink)."""
    sink = int(arcs.head[-1])
    net = Network(sink - 1, flows)
    numbers = net.add(arcs.tail[:-1], arcs.head[:-1], arcs.cap[:-1], arcs.profit[:-1])
    net.solve(int(arcs.cap[-1]))
    units = net.flows(numbers)
    return np.append(units, 0), sink


def _residual(arcs: _Arcs, units: Ints, sink: int) -> Ints:
    """What one more unit entering each node costs at least: shortest distances to the sink in the residual network."""
    forth, back = units < arcs.cap, units > 0
    forth[-1] = True
    tail = np.concatenate((arcs.tail[forth], arcs.head[back]))
    head = np.concatenate((arcs.head[forth], arcs.tail[back]))
    cost = np.concatenate((-arcs.profit[forth], arcs.profit[back]))
    order = np.argsort(tail, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.flatnonzero(np.concatenate(([True], np.diff(tail) > 0)))
    owner = tail[first]
    distance = np.full(sink + 1, FAR)
    distance[sink] = distance[sink - 1] = 0
    for _ in range(len(distance)):
        nearest = np.minimum(np.minimum.reduceat(cost + distance[head], first), distance[owner])
        if (nearest == distance[owner]).all():
            break
        distance[owner] = nearest
    return np.where(distance >= FAR // 2, 0, distance)
