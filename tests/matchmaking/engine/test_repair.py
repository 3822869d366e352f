"""A repair changes what must change, little else, and reports both."""

from dataclasses import replace

import pytest

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.control import Stopped
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.flow_child import Flow, solved
from forum.matchmaking.engine.model import OldMeeting, Plan, Problem
from forum.matchmaking.engine.network import Flows
from forum.matchmaking.engine.solve import solve
from tests.matchmaking.engine.made import raw_made

CANDIDATES = 260  # above the size up to which a repair is followed by a full search


@pytest.fixture(scope="module")
def published() -> Problem:
    """A problem with the plan that was published for it."""
    problem = parse_problem(raw_made(1, candidates=CANDIDATES, companies=24, days=2))
    plan = solve(problem, time_limit=2.0)
    assert isinstance(plan, Plan)
    recruiters = {r.id: r for r in problem.recruiters}
    old = tuple(OldMeeting(m.candidate, recruiters[m.recruiter].company, recruiters[m.recruiter].campus, m.recruiter, m.slot) for m in plan.meetings)
    return replace(problem, previous=old, weights=replace(problem.weights, change=20))


def repaired(problem: Problem) -> Plan:
    plan = solve(problem, time_limit=20.0)
    assert isinstance(plan, Plan)
    report = check(problem, plan.meetings)
    assert (list(report.errors), report.value) == ([], plan.value)
    assert plan.value <= plan.bound
    return plan


def kept(problem: Problem, plan: Plan) -> int:
    now = set(plan.meetings)
    return sum((old.candidate, old.recruiter, old.slot) in now for old in problem.previous or ())


def had_and_has(problem: Problem, plan: Plan) -> tuple[int, int]:
    had, has = {old.candidate for old in problem.previous or ()}, {m.candidate for m in plan.meetings}
    return len(had), len(had & has)


def test_nothing_changes_when_nothing_happened(published: Problem) -> None:
    plan = repaired(published)
    assert plan.repair is not None
    assert (plan.repair.must_change, plan.repair.changed) == (0, 0)
    assert kept(published, plan) == len(published.previous or ())


def afternoon_closed(published: Problem) -> tuple[Problem, int]:
    """Campus c0 closed in the afternoon, and how many published meetings were there."""
    afternoon = set(range(6, 12))
    recruiters = tuple(
        replace(r, slots=tuple(t for t in r.slots if t not in afternoon)) if r.campus == "c0" else r for r in published.recruiters
    )
    return replace(published, recruiters=recruiters), sum(old.campus == "c0" and old.slot in afternoon for old in published.previous or ())


@pytest.fixture
def slow_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine: whoever waits for a flow looks at the clock once at least."""

    def solve_late(self: Flows, flow: Flow) -> Ints:
        if self.over():
            raise Stopped
        return solved(flow)

    monkeypatch.setattr(Flows, "solve", solve_late)


@pytest.mark.usefixtures("slow_flows")
def test_a_repair_takes_the_time_it_needs_and_its_limit_counts_for_what_follows(published: Problem) -> None:
    """On a busy machine the limit was over before the flows were: what came out held the locked meetings only, and was published."""
    closed, must = afternoon_closed(published)
    plan = solve(closed, time_limit=0.01)
    assert isinstance(plan, Plan)
    assert check(closed, plan.meetings).errors == ()
    assert plan.repair is not None
    assert (plan.repair.must_change, plan.repair.changed <= 1.5 * must) == (must, True)
    assert plan.meetings == repaired(closed).meetings


@pytest.mark.usefixtures("slow_flows")
def test_a_repair_that_is_stopped_keeps_every_meeting_that_can_stand(published: Problem) -> None:
    closed, must = afternoon_closed(published)
    plan = solve(closed, time_limit=20.0, stop=lambda: True)
    assert isinstance(plan, Plan)
    assert check(closed, plan.meetings).errors == ()
    assert kept(closed, plan) == len(published.previous or ()) - must == len(plan.meetings)
    assert plan.repair is None, "nothing was put elsewhere"


def test_a_campus_closed_for_an_afternoon_moves_its_meetings_and_few_others(published: Problem) -> None:
    closed, must = afternoon_closed(published)
    plan = repaired(closed)
    assert plan.repair is not None
    assert must > 10
    assert plan.repair.must_change == must
    assert plan.repair.changed == len(published.previous or ()) - kept(closed, plan)
    extra = sum(changes for changes, _ in plan.repair.trades)
    assert plan.repair.changed <= max(1.1 * must, must + extra)
    assert all(gain > 0 for _, gain in plan.repair.trades)
    had, has = had_and_has(closed, plan)
    assert plan.repair.lost_first == had - has


def test_a_recruiter_gone_and_candidates_cancelled_and_a_company_added(published: Problem) -> None:
    first = published.recruiters[0].id
    without = replace(published, recruiters=published.recruiters[1:])
    plan = repaired(without)
    assert plan.repair is not None
    assert plan.repair.must_change == sum(old.recruiter == first for old in published.previous or ())

    gone = {c.id for c in published.candidates[::20]}
    fewer = replace(
        published, candidates=tuple(c for c in published.candidates if c.id not in gone), wishes=tuple(w for w in published.wishes if w.candidate not in gone)
    )
    plan = repaired(fewer)
    assert plan.repair is not None
    assert (plan.repair.must_change, plan.repair.changed) == (0, 0)
    assert len(plan.meetings) > sum(old.candidate not in gone for old in published.previous or ())


def test_a_small_repair_is_searched_to_its_optimum() -> None:
    raw = raw_made(3, candidates=8, companies=3)
    free = solve(parse_problem(raw), time_limit=10.0)
    assert isinstance(free, Plan)
    where = {r["id"]: (r["company"], r["campus"]) for r in raw["recruiters"]}
    raw["previous"] = [[m.candidate, *where[m.recruiter], m.recruiter, m.slot] for m in free.meetings]
    raw["weights"]["change"] = 20
    raw["recruiters"] = raw["recruiters"][1:]
    plan = repaired(parse_problem(raw))
    assert plan.value == plan.bound
