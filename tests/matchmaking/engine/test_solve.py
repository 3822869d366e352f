"""Plans from the engine are valid, worth what they say, and as good as can be where that is known."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from forum.matchmaking.engine.bounds import Quote
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.control import Control, Stopped
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.flow_child import Flow
from forum.matchmaking.engine.grid import build_grid
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.lanes import _ruin_beside
from forum.matchmaking.engine.model import Infeasible, Meeting, Plan, Problem, Progress
from forum.matchmaking.engine.network import Flows
from forum.matchmaking.engine.plans import freedom
from forum.matchmaking.engine.routes import Router
from forum.matchmaking.engine.solve import Search, solve
from tests.conftest import SHARED
from tests.matchmaking.engine.exact import optimum
from tests.matchmaking.engine.made import raw_made
from tests.matchmaking.small_problems import problem as small_problem
from tests.matchmaking.small_problems import raw_problem


def judged(problem: Problem, **options) -> Plan:
    plan = solve(problem, **options)
    assert isinstance(plan, Plan)
    report = check(problem, plan.meetings)
    assert list(report.errors) == []
    assert report.value == plan.value <= plan.bound
    return plan


def reaching(problem: Problem, gap: float) -> Plan:
    """Solve until the gap is proved; a slow machine takes longer, a wrong engine never gets there."""
    stop = threading.Event()

    def listen(news: Progress) -> None:
        if news.gap is not None and news.gap <= gap:
            stop.set()

    plan = judged(problem, time_limit=60.0, stop=stop, on_progress=listen)
    assert plan.gap <= gap
    return plan


@pytest.mark.parametrize("seed", range(16))
def test_tiny_problems_with_every_rule_are_solved_to_the_proven_optimum(seed: int) -> None:
    problem = small_problem(seed)
    plan = judged(problem, time_limit=60.0)
    assert (plan.value, plan.bound) == (optimum(problem),) * 2


@pytest.mark.parametrize("seed", range(4))
def test_small_made_problems_are_solved_to_the_proven_optimum(seed: int) -> None:
    plan = judged(parse_problem(raw_made(seed, candidates=10, companies=4)), time_limit=60.0)
    assert plan.value == plan.bound
    assert plan.finished


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "weights",
    [
        {"guarantee": 0, "preference": 0, "campus_change": 0, "break": 0, "idle_slot": 0, "change": 0},
        {"guarantee": 0, "preference": 0, "campus_change": 50, "break": 30, "idle_slot": 20, "change": 0},
        {"guarantee": 0, "preference": 0, "campus_change": 4, "break": 2, "idle_slot": 1, "change": 7},
    ],
)
def test_where_no_meeting_is_worth_anything_the_plan_is_still_proved(weights: dict, workers: int) -> None:
    for seed in range(4):
        problem = parse_problem(raw_problem(seed) | {"weights": weights})
        plan = judged(problem, time_limit=60.0, workers=workers)
        assert (plan.value, plan.bound) == (optimum(problem),) * 2


EXTREMES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "nobody wishes": lambda raw: {"wishes": [], "previous": None},
    "no recruiter": lambda raw: {"recruiters": []},
    "no candidate": lambda raw: {"candidates": [], "wishes": [], "previous": None},
    "nobody may meet": lambda raw: {"candidates": [person | {"max_meetings": 0} for person in raw["candidates"]]},
    "as many as one likes": lambda raw: {"candidates": [person | {"max_meetings": 10**6} for person in raw["candidates"]], "guarantee": 10**6},
    "no table": lambda raw: {"campuses": [campus | {"tables": 0} for campus in raw["campuses"]]},
    "a rest after each": lambda raw: {"recruiters": [recruiter | {"max_in_a_row": 1} for recruiter in raw["recruiters"]]},
    "campuses out of reach": lambda raw: {"travel": [[0 if u == v else 4000 for v in range(3)] for u in range(3)]},
    "comfort above all": lambda raw: {"weights": raw["weights"] | {"campus_change": 500, "break": 300, "idle_slot": 200}},
}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_a_feature_taken_to_its_end_is_solved_to_the_proven_optimum(extreme: str) -> None:
    for seed, slots in ((1, 1), (2, 4), (3, 6)):
        raw = raw_problem(seed, slots=slots)
        problem = parse_problem(raw | EXTREMES[extreme](raw))
        for workers in (1, 2):
            plan = judged(problem, time_limit=60.0, workers=workers)
            assert (plan.value, plan.bound, plan.finished) == (optimum(problem), optimum(problem), True)


@pytest.mark.parametrize(
    "sizes",
    [
        {"candidates": 120, "companies": 4}, {"candidates": 60, "companies": 30}, {"candidates": 80, "companies": 8, "campuses": 1},
        {"candidates": 60, "companies": 20, "campuses": 20, "far": 3},
    ],
    ids=["scarce", "rich", "one campus", "far campuses"],
)  # fmt: skip
def test_plans_of_every_shape_are_valid_and_close_to_their_bound(sizes: dict) -> None:
    reaching(parse_problem(raw_made(1, **sizes)), 0.02)


def test_one_hour_candidates_two_guaranteed_meetings_and_short_runs() -> None:
    raw = raw_made(3, candidates=60, companies=8) | {"guarantee": 2}
    for person in raw["candidates"][::2]:
        person["slots"] = person["slots"][:4]
    for recruiter in raw["recruiters"]:
        recruiter["max_in_a_row"] = 1
    reaching(parse_problem(raw), 0.02)


def test_companies_on_two_campuses_and_with_caps() -> None:
    raw = raw_made(4, candidates=60, companies=8)
    for n, recruiter in enumerate(raw["recruiters"]):
        recruiter["campus"] = f"c{n % 3}"
    for company in raw["companies"][::2]:
        company["max_meetings"] = 5
    reaching(parse_problem(raw), 0.02)


def test_first_plan_and_bound_come_before_the_search() -> None:
    news = []
    judged(parse_problem(raw_made(1, candidates=60, companies=8)), time_limit=1.5, on_progress=news.append)
    assert news[0].phase == "bound" and news[0].value is None
    assert news[1].phase == "construct" and news[1].value <= news[1].bound
    assert [n.value for n in news[1:]] == sorted(n.value for n in news[1:])
    assert [n.bound for n in news] == sorted((n.bound for n in news), reverse=True)


def test_no_time_at_all_still_gives_a_valid_plan_with_its_locked_meetings() -> None:
    raw = raw_made(1, candidates=20, companies=4)
    full = judged(parse_problem(raw), time_limit=2.0)
    raw["locked"] = [list(m) for m in full.meetings[:3]]
    plan = judged(parse_problem(raw), time_limit=0.0)
    assert set(plan.meetings) >= {Meeting(*m) for m in raw["locked"]}
    assert not plan.finished


def test_time_that_ends_in_the_first_flow_leaves_the_locked_meetings_and_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = raw_made(1, candidates=20, companies=4)
    full = judged(parse_problem(raw), time_limit=2.0)
    raw["locked"] = [list(m) for m in full.meetings[:3]]

    def stopped(flows: Flows, flow: Flow) -> None:
        raise Stopped

    monkeypatch.setattr(Flows, "solve", stopped)
    plan = judged(parse_problem(raw), time_limit=2.0)
    assert set(plan.meetings) == {Meeting(*m) for m in raw["locked"]}
    assert plan.bound >= full.value
    assert plan.first_seconds == plan.seconds


def test_stopping_returns_the_best_plan_so_far() -> None:
    stop, news = threading.Event(), []

    def listen(progress) -> None:
        news.append(progress)
        if progress.phase == "construct":
            stop.set()

    began = time.monotonic()
    plan = judged(parse_problem(raw_made(9, candidates=150, companies=12)), time_limit=60.0, stop=stop, on_progress=listen)
    assert plan.value == news[-1].value
    assert time.monotonic() - began < 50.0
    assert not plan.finished


def test_an_interrupt_from_the_keyboard_returns_the_best_plan_so_far() -> None:
    def listen(progress) -> None:
        if progress.phase == "construct":
            raise KeyboardInterrupt

    plan = judged(parse_problem(raw_made(9, candidates=80, companies=10)), time_limit=60.0, on_progress=listen)
    assert plan.meetings
    assert not plan.finished


def test_one_worker_and_one_seed_give_one_plan_when_the_proof_ends_the_search() -> None:
    problem = parse_problem(raw_made(2, candidates=10, companies=4))
    first, second = (judged(problem, time_limit=30.0, workers=1, seed=7) for _ in range(2))
    assert first.finished and second.finished
    assert first.meetings == second.meetings


@pytest.mark.parametrize("seed", range(6))
def test_locked_meetings_stand_and_the_rest_is_optimal_around_them(seed: int) -> None:
    problem = small_problem(seed, candidates=4)
    free = judged(problem, time_limit=60.0)
    locked = tuple(m for m in free.meetings[::2])
    others = replace(problem, locked=locked, wishes=tuple(w._replace(weight=101 - w.weight) for w in problem.wishes))
    plan = judged(others, time_limit=60.0)
    assert plan.value == optimum(others)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda raw: raw["locked"].extend([["p000", "s0-r0", 0], ["p000", "s1-r0", 0]]), 2),
        (lambda raw: raw["locked"].extend([["p000", "s0-r0", 0], ["p001", "s0-r0", 0]]), 3),
        (lambda raw: raw["locked"].extend([["p000", "s0-r0", 0], ["p000", "s0-r0", 2]]), 1),
        (lambda raw: raw["locked"].extend([["p000", "s0-r0", 0], ["p000", "s1-r0", 1]]), 5),
        (lambda raw: raw["locked"].extend([["p000", "s0-r0", t] if t == 0 else [f"p00{t}", "s0-r0", t] for t in range(3)]), 7),
    ],
    ids=["two at once", "recruiter twice", "pair twice", "travel", "no rest"],
)
def test_locked_meetings_that_cannot_stand_together_are_named(change, rule: int) -> None:
    raw = _open_problem()
    change(raw)
    result = solve(parse_problem(raw), time_limit=5.0)
    assert isinstance(result, Infeasible)
    assert result.rule == rule
    for left_out in result.conflict:
        rest = raw | {"locked": [list(m) for m in result.conflict if m != left_out]}
        assert isinstance(solve(parse_problem(rest), time_limit=0.0), Plan)


def _open_problem() -> dict:
    raw = raw_made(1, candidates=4, companies=2, campuses=2)
    slots = list(range(12))
    for person in raw["candidates"]:
        person |= {"slots": slots, "busy": [], "max_meetings": 4}
    for recruiter in raw["recruiters"]:
        recruiter |= {"slots": slots, "max_in_a_row": 2}
    return raw | {
        "campuses": [{"id": "c0", "tables": None}, {"id": "c1", "tables": None}],
        "wishes": [[p["id"], s, 50] for p in raw["candidates"] for s in ("s0", "s1")],
    }


def test_the_shared_checker_agrees_where_it_is_present() -> None:
    script = SHARED / "matchmaking" / "check_plan.py"
    if not script.exists():
        pytest.skip("no shared checker beside the checkout")
    space: dict = {"__name__": "check_plan"}
    exec(compile(script.read_text(), str(script), "exec"), space)
    raw = raw_made(6, candidates=80, companies=10, days=2)
    plan = judged(parse_problem(raw), time_limit=2.5)
    errors, report = space["check"](json.loads(json.dumps(raw)), {"meetings": [list(m) for m in plan.meetings]})
    assert (errors, report["value"]) == ([], plan.value)


def test_who_has_an_hour_is_seated_before_who_has_the_day() -> None:
    """Likes stay equal, so that their order is chance; one open pair and fifteen are not alike."""
    raw = raw_made(1, candidates=4, companies=3)
    for person, free in zip(raw["candidates"], ([0], [0], list(range(12)), list(range(12))), strict=True):
        person |= {"slots": free, "busy": []}
    raw["wishes"] = [[p["id"], f"s{j}", 50] for p in raw["candidates"] for j in range(3)]
    for recruiter in raw["recruiters"]:
        recruiter["slots"] = list(range(12))
    few, also_few, many, also_many = freedom(build_grid(parse_problem(raw)))
    assert few == also_few < many == also_many


def test_the_chain_beside_the_other_lane_betters_the_plan_and_keeps_every_rule() -> None:
    problem = parse_problem(raw_made(3, candidates=260, companies=12, days=2))
    control = Control(120.0, None, None)
    search = Search(build_grid(problem), control, 0, Flows(control.over))
    search.construct()
    first = search.value
    bound, _ = bound_at(Router(search.grid, relaxed=True), search.start, control.over)
    turns = iter(range(6))
    _ruin_beside(search, Quote(bound, search.start, 1), lambda: next(turns, None) is None)
    plan = search.plan()
    report = check(problem, plan.meetings)
    assert list(report.errors) == []
    assert report.value == plan.value > first
