"""A bound is believed only if proved: whatever the prices, it is never below the best plan."""

import ast
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.engine import certificate as certificates
from forum.matchmaking.engine.certificate import BadCertificate, certificate_json, recompute_bound
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.gains import LOCK
from forum.matchmaking.engine.grid import build_grid
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.matchbound import match_bound, match_prices
from forum.matchmaking.engine.matchdual import match_bound_at
from forum.matchmaking.engine.model import Plan
from forum.matchmaking.engine.patterns import SCALE, best_patterns, joint_caps
from forum.matchmaking.engine.prices import COMPLETE, FLOW, ITINERARY, Prices
from forum.matchmaking.engine.routes import Router
from forum.matchmaking.engine.seats import seat_plan
from forum.matchmaking.engine.solve import solve
from tests.matchmaking.engine.exact import itineraries, optimum
from tests.matchmaking.engine.made import raw_made
from tests.matchmaking.small_problems import problem as small_problem
from tests.matchmaking.small_problems import raw_problem

FIXED = settings(max_examples=25, deadline=None, derandomize=True)


def random_prices(grid, seed: int) -> Prices:
    r = np.random.default_rng(seed)
    stands, slots = grid.seats.shape
    top = int(r.choice([3_000, 60_000, 1_200_000]))

    def some(*shape: int):
        return r.integers(0, top, shape) * (r.random(shape) < 0.6)

    campuses = len(grid.tables)
    stand = some(stands, slots) - (r.random((stands, slots)) < 0.1) * 500
    return Prices(some(campuses), some(len(grid.company_cap)), some(campuses, slots), stand, some(campuses, slots) % 1500)


@FIXED
@given(st.integers(0, 400), st.integers(0, 10**6))
def test_bounds_at_random_prices_are_never_below_the_optimum(seed: int, price_seed: int) -> None:
    problem = small_problem(seed, candidates=4)
    grid, best = build_grid(problem), optimum(problem)
    prices = random_prices(grid, price_seed)
    assert bound_at(Router(grid, relaxed=True), prices)[0] >= best
    assert match_bound_at(grid, prices) >= best


def test_a_bound_can_fail_the_comparison() -> None:
    """The control: halving the seats' worth in the sum gives numbers below the optimum."""
    below = 0
    for seed in range(10):
        problem = small_problem(seed, candidates=4)
        grid = build_grid(problem)
        routes = Router(grid, relaxed=True).routes(random_prices(grid, seed).seat(grid))
        below += int(routes.value.sum()) // SCALE - grid.lost_worth < optimum(problem)
    assert below > 0


@FIXED
@given(st.integers(0, 300))
def test_the_match_prices_prove_what_the_flow_found(seed: int) -> None:
    grid = build_grid(parse_problem(raw_made(seed, candidates=14, companies=5)))
    seats = seat_plan(grid)
    match = match_bound(grid, seats)
    prices = match_prices(grid, seats, match)
    assert match_bound_at(grid, prices) == match.value
    assert bound_at(Router(grid, relaxed=True), prices)[0] <= match.value


@FIXED
@given(st.integers(0, 300), st.integers(0, 10**6))
def test_priced_itineraries_are_exactly_the_best_ones(seed: int, price_seed: int) -> None:
    raw = raw_made(seed, candidates=3, companies=4, slots_per_day=8) | {"guarantee": seed % 3}
    problem = parse_problem(raw)
    grid = build_grid(problem)
    price = random_prices(grid, price_seed).seat(grid)
    routes = Router(grid).routes(price)
    seat_price = {
        (r.id, t): int(price[grid.recruiter_stand[k], t]) for k, r in enumerate(problem.recruiters) for t in range(len(problem.slots))
    }
    for i, candidate in enumerate(problem.candidates):
        profits = [
            SCALE * check(problem, route).value - sum(seat_price[m.recruiter, m.slot] for m in route) for route in itineraries(problem, candidate.id)
        ]
        assert routes.value[i] == max([0, *profits])


def test_patterns_respect_rests_and_are_the_best() -> None:
    problem = small_problem(3)
    grid = build_grid(problem)
    r = np.random.default_rng(1)
    worth = r.integers(-50, 100, grid.present.shape)
    values, patterns = best_patterns(grid, worth)
    for k in range(len(problem.recruiters)):
        best = 0
        for mask in range(1 << len(problem.slots)):
            works = np.array([bool(mask >> t & 1) for t in range(len(problem.slots))])
            if not (works & ~grid.present[k]).any() and _rested(works, grid.adjacent, int(grid.recruiter_run[k])):
                best = max(best, int(worth[k][works].sum()))
        assert values[k] == best == worth[k][patterns[k]].sum()
        assert _rested(patterns[k], grid.adjacent, int(grid.recruiter_run[k]))


def _rested(works, adjacent, cap: int) -> bool:
    run = 0
    for t, at_work in enumerate(works):
        run = (run + 1 if adjacent[t] else 1) if at_work else 0
        if cap and run > cap:
            return False
    return True


def test_campus_caps_hold_for_any_table_prices() -> None:
    raw = raw_made(5, candidates=3, companies=6, campuses=1) | {"campuses": [{"id": "c0", "tables": 2}]}
    grid = build_grid(parse_problem(raw))
    exact = seat_plan(grid)
    assert exact.patterns.sum() <= exact.campus_cap[0]
    r = np.random.default_rng(2)
    for _ in range(20):
        assert joint_caps(grid, r.integers(0, 1500, (1, len(grid.start))))[0] >= exact.patterns.sum()


@pytest.mark.parametrize("candidates", [30, 90])
def test_the_certificate_of_a_plan_proves_its_bound_again(candidates: int) -> None:
    problem = parse_problem(raw_made(2, candidates=candidates, companies=6))
    plan = solve(problem, time_limit=2.0)
    written = json.loads(json.dumps(plan.certificate))
    assert written["kind"] == plan.bound_kind
    assert recompute_bound(problem, written) == written["bound"] >= plan.bound >= plan.value
    assert written["bound"] == plan.bound or written["kind"] == COMPLETE


def test_a_price_as_large_as_the_reward_of_a_locked_meeting_can_be_certified() -> None:
    """The locked meeting holds the one table of its campus, so its reward is the campus' price."""
    raw = raw_problem(107, candidates=4, companies=2, slots=2) | {"locked": [["p2", "s0-r0", 0]]}
    problem = parse_problem(raw)
    plan = solve(problem, time_limit=30.0)
    assert isinstance(plan, Plan)
    assert max(plan.certificate["campus"].values()) > SCALE * LOCK
    assert recompute_bound(problem, json.loads(json.dumps(plan.certificate))) == plan.bound == optimum(problem)


def test_other_prices_in_a_certificate_prove_another_valid_bound() -> None:
    problem = small_problem(7, candidates=4)
    grid = build_grid(problem)
    forged = certificate_json(grid, random_prices(grid, 1), ITINERARY, bound=1)
    assert recompute_bound(problem, forged) >= optimum(problem)
    forged["kind"] = FLOW
    assert recompute_bound(problem, forged) >= optimum(problem)


@pytest.mark.parametrize("seed", range(4))
def test_no_forged_prices_prove_less_than_a_plan_is_worth(seed: int) -> None:
    """Prices near the largest made sums leave 63 bits and come out as bounds far below the value."""
    raw = raw_made(seed, candidates=6, companies=4, campuses=2)
    raw["companies"][0]["max_meetings"] = 10**6
    problem, r = parse_problem(raw), random.Random(seed)
    plan, slots, seen = solve(problem, time_limit=5, workers=1), len(problem.slots), Counter[str]()
    assert isinstance(plan, Plan)

    def price(least: int = 0) -> int:
        return r.choice([0, 0, 1, 500, 10**4, 10**6, 1 << 40, certificates.LARGEST // 3, certificates.LARGEST]) * r.choice([1, -1 if least else 1])

    for _ in range(150):
        forged: dict[str, Any] = {"format": "forum-certificate/1", "scale": SCALE, "kind": r.choice([FLOW, ITINERARY])}
        forged["campus"] = {v.id: price() for v in problem.campuses if r.random() < 0.5}
        forged["company"] = {j.id: price() for j in problem.companies if r.random() < 0.5}
        for key in ("table", "cap_table"):
            forged[key] = {v.id: [price() for _ in range(slots)] for v in problem.campuses if r.random() < 0.4}
        stands = sorted({(x.company, x.campus) for x in problem.recruiters})
        forged["stand"] = [[*stand, [price(-1) for _ in range(slots)]] for stand in stands if r.random() < 0.5]
        try:
            proved = recompute_bound(problem, forged)
        except BadCertificate:
            seen["refused"] += 1
            continue
        assert proved >= plan.value
        seen["proof"] += 1
    assert min(seen["proof"], seen["refused"]) > 5


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"}, {"scale": 10}, {"kind": "trust me"}, {"campus": {"c0": -1}}, {"campus": {"nowhere": 1}}, {"table": {"c0": [0]}},
        {"company": {"s0": 1.5}}, {"company": {"s0": True}}, {"stand": [["s0", "nowhere", []]]}, {"cap_table": []}, {"table": {"c0": [10**13] * 12}},
    ],
)  # fmt: skip
def test_a_malformed_certificate_is_refused(change: dict) -> None:
    problem = parse_problem(raw_made(2, candidates=3, companies=3))
    grid = build_grid(problem)
    seats = seat_plan(grid)
    good = certificate_json(grid, match_prices(grid, seats, match_bound(grid, seats)), FLOW, 0)
    assert recompute_bound(problem, good) > 0
    with pytest.raises(BadCertificate):
        recompute_bound(problem, good | change)


def test_recomputing_a_bound_imports_no_solver() -> None:
    seen, todo = set(), [Path(certificates.__file__)]
    while todo:
        file = todo.pop()
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            for name in filter(None, names):
                local = file.parent / f"{name.rsplit('.', 1)[-1]}.py"
                if name.startswith("forum.matchmaking.engine.") and local not in seen:
                    seen.add(local)
                    todo.append(local)
                assert not name.startswith(("ortools", "scipy", "networkx")), f"{file.name} imports {name}"
    assert {"lagrange.py", "kernels.py", "patterns.py"} <= {file.name for file in seen}


def test_a_kept_meeting_is_part_of_the_bound() -> None:
    problem = small_problem(1, candidates=4)
    heavier = replace(problem, weights=replace(problem.weights, change=50))
    grid = build_grid(heavier)
    seats = seat_plan(grid)
    assert match_bound(grid, seats).value >= optimum(heavier)
