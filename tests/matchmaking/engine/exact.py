"""The optimum of a tiny problem by complete enumeration: every legal itinerary of every candidate, judged by the
independent checker, then one exact cover of recruiters, tables and caps by CP-SAT.
"""

from dataclasses import replace
from itertools import pairwise

from ortools.sat.python import cp_model

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.model import Meeting, Problem


def optimum(problem: Problem) -> int:
    """Value of the best plan; every itinerary and every seat rule is written out, nothing is relaxed."""
    empty = _value_alone(problem, ())
    model = cp_model.CpModel()
    objective, per_seat, per_company, per_table = [], {}, {}, {}
    recruiters = {r.id: r for r in problem.recruiters}
    for candidate in problem.candidates:
        takes = []
        for route in itineraries(problem, candidate.id):
            take = model.new_bool_var("")
            takes.append(take)
            objective.append((_value_alone(problem, route) - empty) * take)
            for _, r, t in route:
                per_seat.setdefault((r, t), []).append(take)
                per_company.setdefault(recruiters[r].company, []).append(take)
                per_table.setdefault((recruiters[r].campus, t), []).append(take)
            for locked in problem.locked:
                if locked.candidate == candidate.id and locked not in route:
                    model.add(take == 0)
        must = any(locked.candidate == candidate.id for locked in problem.locked)
        (model.add_exactly_one if must else model.add_at_most_one)(takes)
    for takes in per_seat.values():
        model.add_at_most_one(takes)
    for company in problem.companies:
        if company.max_meetings is not None:
            model.add(sum(per_company.get(company.id, [])) <= company.max_meetings)
    tables = {campus.id: campus.tables for campus in problem.campuses}
    for (where, _), takes in per_table.items():
        if tables[where] is not None:
            model.add(sum(takes) <= tables[where])
    _rest(model, problem, per_seat)
    model.maximize(sum(objective))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return empty + round(solver.objective_value)


def itineraries(problem: Problem, who: str) -> list[tuple[Meeting, ...]]:
    """Every legal non-empty set of meetings of one candidate, recruiters named."""
    wished = {w.company for w in problem.wishes if w.candidate == who}
    seats = [Meeting(who, r.id, t) for r in problem.recruiters if r.company in wished for t in r.slots]
    candidate = next(c for c in problem.candidates if c.id == who)
    found: list[tuple[Meeting, ...]] = []

    def extend(route: tuple[Meeting, ...], after: int) -> None:
        for seat in seats:
            if seat.slot > after:
                longer = (*route, seat)
                if _legal_alone(problem, longer):
                    found.append(longer)
                if len(longer) < candidate.max_meetings:
                    extend(longer, seat.slot)

    if candidate.max_meetings:
        extend((), -1)
    return found


def _legal_alone(problem: Problem, route: tuple[Meeting, ...]) -> bool:
    return not check(replace(problem, locked=()), route).errors


def _value_alone(problem: Problem, route: tuple[Meeting, ...]) -> int:
    return check(replace(problem, locked=()), route).value


def _rest(model: cp_model.CpModel, problem: Problem, per_seat: dict) -> None:
    for recruiter in problem.recruiters:
        if recruiter.max_in_a_row is None:
            continue
        runs, run = [], []
        for t, s in pairwise([*range(len(problem.slots)), None]):
            run.append(t)
            if s is None or problem.slots[s].start - problem.slots[t].end > 5:
                runs.append(run)
                run = []
        for run in runs:
            for k in range(len(run) - recruiter.max_in_a_row):
                window = run[k : k + recruiter.max_in_a_row + 1]
                model.add(sum(sum(per_seat.get((recruiter.id, t), [])) for t in window) <= recruiter.max_in_a_row)
