"""The cost of an unmet wish is the cheapest exchange of its kind: every exchange is tried here by brute force."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, product

import pytest
from ortools.sat.python import cp_model

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.exchange import Exchange, cheapest_exchange
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.seating import Seating
from tests.matchmaking.small_problems import problem as small_problem

SEEDS = range(12)


@cache
def planned(seed: int) -> tuple[Problem, list[Meeting], int]:
    """A small problem, an optimal plan, its value."""
    problem = small_problem(seed, candidates=4, companies=3, slots=4)
    meetings = best_plan(problem)
    return problem, meetings, check(problem, meetings).value


def best_plan(problem: Problem) -> list[Meeting]:
    """The optimum over all sets of whole days, one per candidate."""
    model = cp_model.CpModel()
    nothing = check(problem, []).value
    chosen: list[tuple[cp_model.IntVar, list[Meeting], int]] = []
    for c in problem.candidates:
        days = [d for d in whole_days(problem, c.id) if check(problem, d).valid]
        row = [model.new_bool_var("") for _ in days]
        model.add_exactly_one(row)
        chosen += [(x, day, check(problem, day).value - nothing) for x, day in zip(row, days, strict=True)]
    held = {(r.id, t): [x for x, day, _ in chosen for m in day if m[1:] == (r.id, t)] for r in problem.recruiters for t in r.slots}
    for literals in held.values():
        model.add_at_most_one(literals)
    for r in problem.recruiters:
        for first in range(len(problem.slots) - (r.max_in_a_row or len(problem.slots))):
            run = range(first, first + (r.max_in_a_row or 0) + 1)
            if all(problem.slots[t + 1].start - problem.slots[t].end <= 5 for t in run[:-1]):
                model.add(sum(x for t in run for x in held.get((r.id, t), [])) <= r.max_in_a_row)
    for v in problem.campuses:
        for t in range(len(problem.slots)):
            if v.tables is not None:
                model.add(sum(x for r in problem.recruiters if r.campus == v.id for x in held.get((r.id, t), [])) <= v.tables)
    for j in problem.companies:
        if j.max_meetings is not None:
            model.add(sum(x for r in problem.recruiters if r.company == j.id for t in r.slots for x in held[r.id, t]) <= j.max_meetings)
    model.maximize(sum(worth * x for x, _, worth in chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return [m for x, day, _ in chosen if solver.boolean_value(x) for m in day]


def whole_days(problem: Problem, candidate: str) -> Iterator[list[Meeting]]:
    wished = [w.company for w in problem.wishes if w.candidate == candidate]
    for size in range(len(wished) + 1):
        for companies in combinations(wished, size):
            yield from map(list, product(*(seats(problem, candidate, company) for company in companies)))


def unmet(problem: Problem, meetings: list[Meeting]) -> Iterator[tuple[str, str]]:
    company = {r.id: r.company for r in problem.recruiters}
    met = {(m.candidate, company[m.recruiter]) for m in meetings}
    return ((w.candidate, w.company) for w in problem.wishes if (w.candidate, w.company) not in met)


def seats(problem: Problem, candidate: str, company: str) -> list[Meeting]:
    here = next(c for c in problem.candidates if c.id == candidate)
    return [Meeting(candidate, r.id, t) for r in problem.recruiters if r.company == company for t in r.slots if t in here.slots]


def own_futures(problem: Problem, mine: list[Meeting], candidate: str, company: str) -> Iterator[list[Meeting]]:
    """Any own meetings given up, one other moved within its company, and the meeting with *company*."""
    desk = {r.id: r.company for r in problem.recruiters}
    for size in range(len(mine) + 1):
        for kept in combinations(mine, size):
            for seat in seats(problem, candidate, company):
                yield [*kept, seat]
                for moved in kept:
                    for to in seats(problem, candidate, desk[moved.recruiter]):
                        yield [*(m for m in kept if m != moved), to, seat]


def other_futures(problem: Problem, mine: list[Meeting], candidate: str) -> list[list[Meeting]]:
    """At most one meeting less, at most one more."""
    wished = [w.company for w in problem.wishes if w.candidate == candidate]
    more: list[list[Meeting]] = [[], *([seat] for company in wished for seat in seats(problem, candidate, company))]
    fewer = [mine, *([m for m in mine if m != gone] for gone in mine)]
    return [[*a, *b] for a, b in product(fewer, more) if not (a is mine and not b)]


def brute_force(problem: Problem, meetings: list[Meeting], candidate: str, company: str, most_others: int) -> int | None:
    """The least cost over every valid plan of the kind, judged whole."""
    of = {c.id: [m for m in meetings if m.candidate == c.id] for c in problem.candidates}
    lone = {name: [f for f in other_futures(problem, mine, name) if check(problem, f).valid] for name, mine in of.items()}
    values = []
    for own in own_futures(problem, of[candidate], candidate, company):
        if not check(problem, own).valid:
            continue
        for count in range(most_others + 1):
            for others in combinations([c for c in of if c != candidate], count):
                rest = [m for name, mine in of.items() if name != candidate and name not in others for m in mine]
                for futures in product(*(lone[name] for name in others)):
                    report = check(problem, [*rest, *own, *(m for future in futures for m in future)])
                    if report.valid:
                        values.append(report.value)
    return check(problem, meetings).value - max(values) if values else None


@pytest.mark.parametrize("most_others", [0, 1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_cost_of_an_unmet_wish_is_that_of_the_cheapest_exchange(seed: int, most_others: int) -> None:
    problem, meetings, value = planned(seed)
    seating = Seating(problem, meetings)
    for candidate, company in unmet(problem, meetings):
        found = cheapest_exchange(seating, candidate, company, most_others=most_others)
        assert found.proved == most_others
        assert cost_of(found.exchange) == brute_force(problem, meetings, candidate, company, most_others)
        if found.exchange:
            after = check(problem, found.exchange.applied(meetings))
            assert after.errors == ()
            assert value - after.value == found.exchange.cost
            assert found.exchange.others <= most_others


def cost_of(exchange: Exchange | None) -> int | None:
    return exchange.cost if exchange else None
