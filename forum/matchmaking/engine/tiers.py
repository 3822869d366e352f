"""How near each tier of the objective is to its best, every bound with its name: guarantee, then preference, then comfort.

Without a solver: a maximum flow, prices of the companies' seats in whole numbers, and what a bound on the whole value
leaves to one tier while the others stay as good as they are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.attainable import company_seats, guarantee_bound
from forum.matchmaking.engine.check import Terms
from forum.matchmaking.engine.model import Problem

Ints = npt.NDArray[np.int64]

FLOW_NAME = "maximum flow without times; rests, tables and caps counted"
PRICES_NAME = "prices of the companies' seats, times left aside"
NOTHING_NAME = "no change of campus, break or idle slot at all"
PRICE_STEPS = (32, 16, 8, 4, 2, 1)  # points; prices end within a point or two of the best ones
PATIENCE = 4  # looks at one step that may bring nothing


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the objective. `bound` holds whatever the other tiers give up, `kept_bound` where none of them gets worse.

    Guarantee and preference are counted (Σ min(d, g), Σ w) and bounded above; comfort is a cost in points, bounded
    below. Gaps are shares of the larger of the two numbers, 0 when they are equal. None: no bound is at hand.
    """

    value: int
    bound: int
    bound_name: str
    gap: float
    kept_bound: int | None
    kept_gap: float | None


def tiers(problem: Problem, terms: Terms, bound: float | None) -> dict[str, Tier]:
    """The tiers of a valid plan with these terms; *bound* is a proven bound on the whole value, None without one."""
    w = problem.weights
    comfort = w.campus_change * terms.campus_changes + w.break_ * terms.breaks + w.idle_slot * terms.idle_slots
    left = None if bound is None else int(bound - terms.value(problem))
    return {
        "guarantee": _gain(terms.guaranteed, guarantee_bound(problem), FLOW_NAME, w.guarantee, left),
        "preference": _gain(terms.preference, preference_bound(problem), PRICES_NAME, w.preference, left),
        "comfort": _cost(comfort, left),
    }


def _gain(value: int, most: int, name: str, weight: int, left: int | None) -> Tier:
    kept = min(most, value + left // weight) if weight and left is not None else None
    return Tier(value, most, name, _gap(value, most), kept, None if kept is None else _gap(value, kept))


def _cost(value: int, left: int | None) -> Tier:
    kept = None if left is None else max(0, value - left)
    return Tier(value, 0, NOTHING_NAME, _gap(0, value), kept, None if kept is None else _gap(kept, value))


def _gap(less: int, more: int) -> float:
    return (more - less) / more if more else 0.0


def preference_bound(problem: Problem) -> int:
    """No plan has a larger Σ w: everyone's best wishes at prices of seats, plus what all seats cost; valid at any prices.

    Prices rise where a company is wanted more than it has seats and fall where it is not, in ever smaller steps.
    """
    weight, company, allowed = _wish_table(problem)
    seats = np.array(list(company_seats(problem).values()), np.int64)
    price = np.zeros(len(seats), np.int64)
    best, best_price = _worth_at(weight, company, allowed, seats, price)[0], price
    for step in PRICE_STEPS:
        price, dry = best_price, 0
        while dry < PATIENCE:
            worth, wanted = _worth_at(weight, company, allowed, seats, price)
            dry = 0 if worth < best else dry + 1
            if worth < best:
                best, best_price = worth, price
            price = np.maximum(price + step * np.sign(wanted - seats), 0)
    return best


def _wish_table(problem: Problem) -> tuple[Ints, Ints, Ints]:
    """(weights, companies) of everyone's wishes, rows filled up with a company that costs and gives nothing; meetings allowed."""
    row = {c.id: n for n, c in enumerate(problem.candidates)}
    firm = {c.id: n for n, c in enumerate(problem.companies)}
    who = np.array([row[w.candidate] for w in problem.wishes], np.int64)
    order = np.argsort(who, kind="stable")
    first = np.searchsorted(who[order], np.arange(len(row)))
    place = np.arange(len(order)) - first[who[order]] if len(order) else order
    width = int(place.max(initial=-1)) + 1
    weight, company = np.zeros((len(row), width), np.int64), np.full((len(row), width), len(firm))
    weight[who[order], place] = np.array([w.weight for w in problem.wishes], np.int64)[order]
    company[who[order], place] = np.array([firm[w.company] for w in problem.wishes], np.int64)[order]
    return weight, company, np.array([c.max_meetings for c in problem.candidates], np.int64)


def _worth_at(weight: Ints, company: Ints, allowed: Ints, seats: Ints, price: Ints) -> tuple[int, Ints]:
    """(the bound at these prices, how often every company is wanted)."""
    profit = weight - np.append(price, 0)[company]
    order = np.argsort(-profit, axis=1, kind="stable")
    sorted_profit = np.take_along_axis(profit, order, axis=1)
    taken = (sorted_profit > 0) & (np.arange(profit.shape[1]) < allowed[:, None])
    wanted = np.bincount(np.take_along_axis(company, order, axis=1)[taken], minlength=len(seats) + 1)[: len(seats)]
    return int(sorted_profit[taken].sum() + price @ seats), wanted
