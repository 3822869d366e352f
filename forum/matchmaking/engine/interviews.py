"""CSPLib problem 062: who is interviewed by whom (day 2), and when, in how many suites (day 4).

Day 2: least maximal regret first, then least cost: preferences, and the disappointment of companies left out.
Day 4: regret at most the best of day 2 and every company served; least preferences + attendance + suites.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ortools.sat.python import cp_model

from forum.matchmaking.engine.cp_solver import cp_solver
from forum.matchmaking.engine.interviews_files import PER_DAY, SESSIONS, InterviewProblem

SUITE_COST: Final = 200  # a week
DAYS: Final = SESSIONS // PER_DAY
Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Pairs (student, company) of day 2, with the least maximal regret and the cost; `bound` <= the cost of any."""

    pairs: tuple[tuple[int, int], ...]
    regret: int
    cost: int
    bound: int
    seconds: float

    @property
    def optimal(self) -> bool:
        return self.cost == self.bound


@dataclass(frozen=True, slots=True)
class Week:
    """Interviews (student, company, session from 0) of day 4; cost = preferences + attendance + 200 × suites."""

    interviews: tuple[Triple, ...]
    regret: int
    preferences: int
    attendance: int
    suites: int
    bound: int
    seconds: float

    @property
    def cost(self) -> int:
        return self.preferences + self.attendance + SUITE_COST * self.suites

    @property
    def optimal(self) -> bool:
        return self.cost == self.bound


def assign_interviews(problem: InterviewProblem, *, time_limit: float = 60.0, workers: int = 2) -> Assignment | None:
    """Day 2, None if no assignment was found: the regret is raised from 0 until an assignment exists."""
    start = time.monotonic()
    worst = max((5 * s.interviews - s.best for s in problem.students), default=0)
    for regret in range(worst + 1):
        built = _Day2(problem, regret)
        built.minimise_cost()
        status, solver = _solve(built.model, start + time_limit - time.monotonic(), workers)
        if status == "INFEASIBLE":
            continue
        if status not in ("OPTIMAL", "FEASIBLE"):
            return None
        pairs = tuple(pair for pair, literal in built.meets.items() if solver.boolean_value(literal))
        return Assignment(pairs, regret, round(solver.objective_value), _rounded_up(solver), time.monotonic() - start)
    return None


class _Day2:
    """Variables and rules of day 2 for one maximal regret."""

    def __init__(self, problem: InterviewProblem, regret: int) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.meets = {(i, j): self.model.new_bool_var("") for i, j in _pairs_within(problem, regret)}
        self.served = [self.model.new_bool_var("") for _ in problem.employers]
        self.every_student_is_interviewed(regret)
        self.companies_between_their_limits()

    def every_student_is_interviewed(self, regret: int) -> None:
        """Each student has its number of interviews, at most *regret* worse than its best."""
        for i, student in enumerate(self.problem.students):
            mine = [j for j in range(len(self.problem.employers)) if (i, j) in self.meets]
            self.model.add(cp_model.LinearExpr.sum([self.meets[i, j] for j in mine]) == student.interviews)
            self.model.add(self._liking(i, mine) <= student.best + regret)

    def _liking(self, i: int, mine: list[int]) -> cp_model.LinearExpr:
        preferences = self.problem.students[i].preferences
        return cp_model.LinearExpr.weighted_sum([self.meets[i, j] for j in mine], [preferences[j] for j in mine])

    def companies_between_their_limits(self) -> None:
        """A company has between its lower and upper number of interviews, or none."""
        for j, employer in enumerate(self.problem.employers):
            count = cp_model.LinearExpr.sum([self.meets[i, j] for i in range(len(self.problem.students)) if (i, j) in self.meets])
            self.model.add(count >= employer.lower * self.served[j])
            self.model.add(count <= employer.upper * self.served[j])

    def minimise_cost(self) -> None:
        """Preferences of all interviews, and the disappointment of the companies without."""
        left_out = cp_model.LinearExpr.weighted_sum([~s for s in self.served], [e.disappointment for e in self.problem.employers])
        self.model.minimize(cp_model.LinearExpr.sum([self.preferences(), left_out]))

    def preferences(self) -> cp_model.LinearExpr:
        costs = [self.problem.students[i].preferences[j] for i, j in self.meets]
        return cp_model.LinearExpr.weighted_sum(list(self.meets.values()), costs)


def _pairs_within(problem: InterviewProblem, regret: int) -> Iterator[tuple[int, int]]:
    """The pairs that can be part of a student's interviews at this regret."""
    for i, student in enumerate(problem.students):
        if not student.interviews:
            continue
        others = sum(sorted(student.preferences)[: student.interviews - 1])
        for j, preference in enumerate(student.preferences):
            if others + preference <= student.best + regret:
                yield i, j


def plan_week(
    problem: InterviewProblem, *, time_limit: float = 60.0, workers: int = 2, seed: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> Week | None:
    """Day 4, None if no week was found in time; *on_progress* gets (cost, bound) of every better week."""
    start = time.monotonic()
    first = assign_interviews(problem, time_limit=time_limit, workers=workers)
    if first is None:
        return None
    floor = _floor(problem, first.regret, time_limit / 6, workers)
    built = _Day4(problem, first.regret)
    built.model.add(built.cost() >= floor)
    built.start_from(first.pairs)
    listener = _Listener(floor, on_progress)
    status, solver = _solve(built.model, start + time_limit - time.monotonic(), workers, seed, listener)
    if status not in ("OPTIMAL", "FEASIBLE"):
        return None
    triples = tuple(sorted(triple for triple, literal in built.sits.items() if solver.boolean_value(literal)))
    return week_of(problem, triples, max(floor, _rounded_up(solver)), time.monotonic() - start)


class _Day4(_Day2):
    """Day 2 with every company served, and with sessions, days and suites."""

    def __init__(self, problem: InterviewProblem, regret: int) -> None:
        super().__init__(problem, regret)
        self.sits = {(i, j, t): self.model.new_bool_var("") for i, j in self.meets for t in problem.students[i].sessions}
        for served in self.served:
            self.model.add(served == 1)
        self.interviews_take_place()
        self.suites = self.model.new_int_var(0, len(self.meets), "")
        self.there = [[self.model.new_bool_var("") for _ in range(DAYS)] for _ in problem.employers]
        self.sessions_have_room()
        self.companies_stay()
        self.model.minimize(self.cost())

    def interviews_take_place(self) -> None:
        """An interview has one session, and a student one interview at a time."""
        for (i, j), literal in self.meets.items():
            here = [self.sits[i, j, t] for t in self.problem.students[i].sessions]
            self.model.add_exactly_one([*here, ~literal])
        for i, student in enumerate(self.problem.students):
            for t in student.sessions:
                self.model.add_at_most_one(self.sits[i, j, t] for j in range(len(self.problem.employers)) if (i, j) in self.meets)

    def sessions_have_room(self) -> None:
        """A suite holds one interview at a time, a company its parallel number, and only on days it is there."""
        by_session: list[list[list[cp_model.IntVar]]] = [[[] for _ in self.problem.employers] for _ in range(SESSIONS)]
        for (_, j, t), literal in self.sits.items():
            by_session[t][j].append(literal)
        for t, companies in enumerate(by_session):
            self.model.add(cp_model.LinearExpr.sum([x for here in companies for x in here]) <= self.suites)
            for j, here in enumerate(companies):
                self.model.add(cp_model.LinearExpr.sum(here) <= self.problem.employers[j].parallel * self.there[j][t // PER_DAY])

    def companies_stay(self) -> None:
        """A company attends every day from its first to its last interview."""
        for days in self.there:
            for a in range(DAYS):
                for c in range(a + 2, DAYS):
                    for b in range(a + 1, c):
                        self.model.add_bool_or(~days[a], ~days[c], days[b])

    def cost(self) -> cp_model.LinearExpr:
        """Preferences, attendance and suites."""
        days = [(e.rate, day) for e, row in zip(self.problem.employers, self.there, strict=True) for day in row]
        attendance = cp_model.LinearExpr.weighted_sum([day for _, day in days], [rate for rate, _ in days])
        return cp_model.LinearExpr.sum([self.preferences(), attendance, SUITE_COST * self.suites])

    def start_from(self, pairs: tuple[tuple[int, int], ...]) -> None:
        """Hint the pairs of day 2."""
        chosen = set(pairs)
        for pair, literal in self.meets.items():
            self.model.add_hint(literal, pair in chosen)


def _floor(problem: InterviewProblem, regret: int, time_limit: float, workers: int) -> int:
    """A bound on the cost of any week: no sessions, but enough days and suites for the number of interviews."""
    built = _Day2(problem, regret)
    model = built.model
    suites = math.ceil(sum(s.interviews for s in problem.students) / SESSIONS)
    attendance = []
    for j, employer in enumerate(problem.employers):
        model.add(built.served[j] == 1)
        days = model.new_int_var(0, DAYS, "")
        count = cp_model.LinearExpr.sum([built.meets[i, j] for i in range(len(problem.students)) if (i, j) in built.meets])
        model.add(count <= employer.parallel * PER_DAY * days)
        attendance.append(employer.rate * days)
    model.minimize(cp_model.LinearExpr.sum([built.preferences(), *attendance]) + SUITE_COST * suites)
    status, solver = _solve(model, time_limit, workers)
    return _rounded_up(solver) if status in ("OPTIMAL", "FEASIBLE") else SUITE_COST * suites


def week_of(problem: InterviewProblem, interviews: tuple[Triple, ...], bound: int, seconds: float) -> Week:
    """The week with its costs counted again from the interviews alone."""
    preferences = sum(problem.students[i].preferences[j] for i, j, _ in interviews)
    attendance = 0
    for j, employer in enumerate(problem.employers):
        days = [t // PER_DAY for _, company, t in interviews if company == j]
        attendance += employer.rate * (max(days) - min(days) + 1 if days else 0)
    busiest = max((sum(t == s for _, _, t in interviews) for s in range(SESSIONS)), default=0)
    return Week(interviews, max_regret(problem, [(i, j) for i, j, _ in interviews]), preferences, attendance, busiest, bound, seconds)


def max_regret(problem: InterviewProblem, pairs: list[tuple[int, int]]) -> int:
    """The most that one student's interviews cost above its best."""
    cost = [0] * len(problem.students)
    for i, j in pairs:
        cost[i] += problem.students[i].preferences[j]
    return max((c - s.best for c, s in zip(cost, problem.students, strict=True)), default=0)


class _Listener(cp_model.CpSolverSolutionCallback):
    def __init__(self, floor: int, on_progress: Callable[[int, int], None] | None) -> None:
        super().__init__()
        self._floor, self._on_progress = floor, on_progress

    def on_solution_callback(self) -> None:
        if self._on_progress:
            self._on_progress(round(self.objective_value), max(self._floor, math.ceil(self.best_objective_bound - 1e-6)))


def _solve(
    model: cp_model.CpModel, time_limit: float, workers: int, seed: int = 1, listener: cp_model.CpSolverSolutionCallback | None = None
) -> tuple[str, cp_model.CpSolver]:
    solver = cp_solver(time_limit, seed=seed, workers=workers)
    return solver.status_name(solver.solve(model, listener)), solver


def _rounded_up(solver: cp_model.CpSolver) -> int:
    return math.ceil(solver.best_objective_bound - 1e-6)
