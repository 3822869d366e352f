"""The cheapest plan with one more meeting, over all plans of a small problem: what the wish truly costs, and who moves.

Every day that every candidate could hold is listed; one integer programme chooses a day for each, with the meeting in
it, for the most value and then the fewest changed meetings. Rules and value are those of `check`, by which the answer is judged.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from ortools.sat.python import cp_model

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.cp_solver import cp_solver
from forum.matchmaking.engine.exchange import WHOLE_CANDIDATES, Exchange, Found
from forum.matchmaking.engine.locked import adjacent
from forum.matchmaking.engine.model import Meeting
from forum.matchmaking.engine.seating import Move, Seating

MOST_DAYS: Final = 30_000  # days looked at in all: 0.3 s; the programme over those that are legal takes seconds

Day = tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    """One day of one candidate, its worth, and how many of the planned meetings it changes."""

    candidate: str
    day: Day
    worth: int
    changes: int


def cheapest_of_all(seating: Seating, candidate: str, company: str, *, seconds: float) -> Found | None:
    """The cheapest exchange of any kind after which the pair meets; None if the problem is too large or *seconds* too short.

    The pair must be wished for and not meet in the plan.
    """
    choices = _choices(seating)
    if choices is None:
        return None
    end, everyone = time.monotonic() + seconds, len(seating.problem.candidates) - 1
    chosen, proved = _best(seating, [c for c in choices if c.candidate != candidate or any(seating.company(m) == company for m in c.day)], seconds)
    if proved and chosen is None:
        return Found(None, everyone, whole=True)
    if chosen is None or (best := _best_value(seating, choices, max(0.0, end - time.monotonic()))) is None:
        return None
    now = _value(seating, [m for mine in seating.planned.values() for m in mine])
    cost = now - _value(seating, [m for choice in chosen for m in choice.day])
    moves = tuple(m for choice in chosen for m in _moves(seating, choice, candidate))
    return Found(Exchange(cost, moves), everyone, whole=True, below_best=best - now)


def _best_value(seating: Seating, choices: Sequence[_Choice], seconds: float) -> int | None:
    """The value of the best of all plans, found once; None if *seconds* are too short."""
    if seating.best_value is None:
        chosen, _ = _best(seating, choices, seconds)
        seating.best_value = None if chosen is None else _value(seating, [m for choice in chosen for m in choice.day])
    return seating.best_value


def _value(seating: Seating, meetings: Sequence[Meeting]) -> int:
    report = check(seating.problem, meetings, directory=seating.who)
    if report.errors:
        raise AssertionError(f"not a plan: {report.errors[0]}")
    return report.value


def _choices(seating: Seating) -> list[_Choice] | None:
    """Every day that anybody could hold, locked meetings in it; None if they are too many. Kept with the seating."""
    if seating.every_day is None:
        seating.every_day = list(_listed(seating)) if _few(seating) else []
    return seating.every_day or None


def _few(seating: Seating) -> bool:
    if len(seating.problem.candidates) > WHOLE_CANDIDATES:
        return False
    total = 0
    for c in seating.problem.candidates:
        seats = [sum(1 for _ in seating.seats_for(c.id, company)) for company in seating.wishes[c.id]]
        by_size = [1] + [0] * c.max_meetings
        for number in seats:  # how many days of every size, slots that clash counted too
            by_size = [1] + [by_size[k] + number * by_size[k - 1] for k in range(1, len(by_size))]
        total += sum(by_size)
        if total > MOST_DAYS:
            return False
    return True


def _listed(seating: Seating) -> Iterator[_Choice]:
    for c in seating.problem.candidates:
        planned = frozenset(seating.planned.get(c.id, ()))
        fixed = {m for m in seating.locked if m.candidate == c.id}
        for day in _days(seating, c.id, c.max_meetings):
            worth = seating.days.worth(c.id, day) if fixed <= set(day) else None
            if worth is not None:
                yield _Choice(c.id, day, worth, len(planned.symmetric_difference(day)))


def _days(seating: Seating, candidate: str, most: int) -> Iterator[Day]:
    """Sets of meetings with different companies in different slots, legal on the way or not."""
    wished = seating.wishes[candidate]
    for size in range(min(most, len(wished)) + 1):
        for companies in combinations(wished, size):
            for day in product(*(seating.seats_for(candidate, company) for company in companies)):
                if len({m.slot for m in day}) == size:
                    yield day


def _best(seating: Seating, choices: Sequence[_Choice], seconds: float) -> tuple[list[_Choice] | None, bool]:
    """The best choice for everybody, None if there is none, and whether that is proved."""
    model, taken = cp_model.CpModel(), defaultdict(list)
    variables = [model.new_bool_var("") for _ in choices]
    for c in seating.problem.candidates:
        model.add_exactly_one(v for v, choice in zip(variables, choices, strict=True) if choice.candidate == c.id)
    for variable, choice in zip(variables, choices, strict=True):
        for m in choice.day:
            taken[m.recruiter, m.slot].append(variable)
    _add_seat_rules(model, seating, taken)
    scale = 2 + 2 * len(seating.problem.wishes)  # more than all meetings that could change: value comes first
    model.maximize(sum((scale * choice.worth - choice.changes) * v for v, choice in zip(variables, choices, strict=True)))
    for seed in (1, 2):  # that there is none is believed when a second search with another seed says so too
        solver = cp_solver(seconds, seed=seed)
        status = solver.solve(model)
        if status == cp_model.OPTIMAL:
            return [choice for v, choice in zip(variables, choices, strict=True) if solver.boolean_value(v)], True
        if status != cp_model.INFEASIBLE:
            return None, False
    return None, True


def _add_seat_rules(model: cp_model.CpModel, seating: Seating, taken: dict[tuple[str, int], list[cp_model.IntVar]]) -> None:
    """One meeting per seat, runs of recruiters, tables of campuses, caps of companies."""
    problem = seating.problem
    for literals in taken.values():
        model.add_at_most_one(literals)
    for r in problem.recruiters:
        for run in _runs(seating, r.max_in_a_row):
            model.add(sum(_all(taken, ((r.id, t) for t in run))) <= len(run) - 1)
    for v in problem.campuses:
        here = [r.id for r in problem.recruiters if r.campus == v.id]
        if v.tables is not None:
            for t in range(len(problem.slots)):
                model.add(sum(_all(taken, ((r, t) for r in here))) <= v.tables)
    for j in problem.companies:
        if j.max_meetings is not None:
            model.add(sum(_all(taken, ((r.id, t) for r in problem.recruiters if r.company == j.id for t in r.slots))) <= j.max_meetings)


def _all(taken: dict[tuple[str, int], list[cp_model.IntVar]], seats: Iterable[tuple[str, int]]) -> list[cp_model.IntVar]:
    return [variable for seat in seats for variable in taken.get(seat, ())]


def _runs(seating: Seating, most: int | None) -> Iterator[range]:
    """The shortest runs of adjacent slots that are too long."""
    slots = seating.problem.slots
    if most is None:
        return
    for first in range(len(slots) - most):
        run = range(first, first + most + 1)
        if all(adjacent(slots, t, t + 1) for t in run[:-1]):
            yield run


def _moves(seating: Seating, choice: _Choice, candidate: str) -> Iterator[Move]:
    """What happens to each meeting: moved within its company, swapped for another (others), lost, won."""
    before = set(seating.planned.get(choice.candidate, ()))
    lost, won = sorted(before - set(choice.day)), sorted(set(choice.day) - before)
    for old in list(lost):
        for new in won:
            if seating.company(old) == seating.company(new):
                yield Move(choice.candidate, old, new)
                lost.remove(old)
                won.remove(new)
                break
    if choice.candidate != candidate:
        for old, new in zip(list(lost), list(won), strict=False):
            yield Move(choice.candidate, old, new)
            lost.remove(old)
            won.remove(new)
    yield from (Move(choice.candidate, old, None) for old in lost)
    yield from (Move(choice.candidate, None, new) for new in won)
