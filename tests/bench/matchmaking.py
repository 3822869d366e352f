"""Measure the matchmaking engine and its peers on one machine with one judge: python -m tests.bench.matchmaking [--only WORD …].

Problems come from `../shared/matchmaking/make_problem.py` where that is beside the checkout, else from the small
generator of the tests (said in one line). Seconds are wall time; `cpu` is the processor time of the whole process, which
tells more on a machine that is busy with other work.
"""

import argparse
import json
import os
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import OldMeeting, Plan, Problem, Progress
from forum.matchmaking.engine.solve import solve
from tests.bench.matchmaking_peers import PEERS, run_alone
from tests.matchmaking.engine.made import raw_made

SHARED = Path(__file__).parents[3] / "shared"  # beside the checkout
TARGETS = (0.003, 0.001, 0.0005, 0.0002)


@dataclass(frozen=True)
class Case:
    name: str
    raw: Callable[[], dict[str, Any]]
    seconds: float


def made(candidates: int, companies: int, campuses: int, seed: int = 1, **more: Any) -> dict[str, Any]:
    """A problem of the published generator, else of ours."""
    script = SHARED / "matchmaking" / "make_problem.py"
    if not script.exists():
        print("(no ../shared: problems of the tests' generator)")
        return raw_made(seed, candidates=candidates, companies=companies, campuses=campuses, slots_per_day=24, days=2)
    space: dict[str, Any] = {"__name__": "make_problem"}
    exec(compile(script.read_text(), str(script), "exec"), space)
    return space["make"](candidates, companies, campuses, 2, 24, 2.0, 12, seed, **more)


def shaped(shape: str) -> dict[str, Any]:
    """2,000 x 60 with one feature taken to its end."""
    raw = made(2000, 60, {"one campus": 1, "far campuses": 30}.get(shape, 10))
    if shape == "far campuses":
        raw["travel"] = [[3 * minutes for minutes in row] for row in raw["travel"]]
    if shape == "famous company":
        others = [w for w in raw["wishes"] if w[1] != "s0000"]
        raw["wishes"] = others + [[p["id"], "s0000", 100] for p in raw["candidates"]]
    if shape == "one hour":
        for person in raw["candidates"][::2]:
            person["slots"] = person["slots"][:4]
    if shape == "hour each":
        chance = random.Random(1)
        for person in raw["candidates"][::2]:
            begin = chance.randrange(max(1, len(person["slots"]) - 3))
            person["slots"] = person["slots"][begin : begin + 4]
    return raw


CASES = [
    Case("20,000 x 200 x 40", lambda: made(20000, 200, 40), 15),
    Case("2,000 x 60 x 10", lambda: made(2000, 60, 10), 60),
    Case("2,000 x 60 x 10, seed 2", lambda: made(2000, 60, 10, 2), 60),
    Case("6,000 x 200 x 40", lambda: made(6000, 200, 40), 60),
    Case("20,000 x 700 x 40", lambda: made(20000, 700, 40), 60),
    Case("100,000 x 1,000 x 100", lambda: made(100000, 1000, 100), 60),
    *(Case(shape, lambda shape=shape: shaped(shape), 30) for shape in ("one campus", "far campuses", "famous company", "one hour", "hour each")),
]


def run(case: Case, seconds: float) -> tuple[Problem, Plan]:
    """Solve and print one row; every plan is judged."""
    problem = parse_problem(case.raw())
    reached: dict[float, float] = {}

    def listen(news: Progress) -> None:
        for target in TARGETS:
            if news.gap is not None and news.gap <= target:
                reached.setdefault(target, news.seconds)

    cpu = time.process_time()
    plan = solve(problem, time_limit=seconds, on_progress=listen)
    assert isinstance(plan, Plan)
    report = check(problem, plan.meetings)
    assert not report.errors, report.errors[:3]
    assert report.value == plan.value <= plan.bound
    at = " ".join(f"{100 * target:.2f} %: {reached[target]:.1f} s" if target in reached else f"{100 * target:.2f} %: -" for target in TARGETS)
    print(
        f"| {case.name} | {plan.first_seconds:.1f} | {plan.value:,} | {plan.bound:,} | {100 * plan.gap:.4f} % | {plan.seconds:.0f} s, "
        f"cpu {time.process_time() - cpu:.0f} s | {at} | {memory():.1f} GB |",
        flush=True,
    )
    return problem, plan


def memory() -> float:
    """Largest resident size of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def small(count: int) -> None:
    """Random problems of 3 to 12, and of exactly 50 candidates: how many are solved with proof, and in what time."""
    for most, limit, seeds in ((12, 1.0, range(count)), (50, 5.0, range(count // 10)), *((50, 5.0, range(first, first + count // 10)) for first in (100, 200))):
        times, cpus, open_ = [], [], []
        for seed in seeds:
            size = 50 if most == 50 else 3 + seed % 10
            problem = parse_problem(made(size, 2 + seed % (11 if most == 50 else 7), 1 + seed % (5 if most == 50 else 4), seed))
            began, cpu = time.monotonic(), time.process_time()
            plan = solve(problem, time_limit=4 * limit)
            times.append(time.monotonic() - began)
            cpus.append(time.process_time() - cpu)
            assert isinstance(plan, Plan)
            open_ += [(seed, plan.bound - plan.value)] if plan.value < plan.bound else []
        within = sum(seconds <= limit for seconds in times)
        times.sort()
        print(
            f"| {most} candidates, seeds {seeds.start} to {seeds.stop - 1} | proved {len(times) - len(open_)} of {len(times)}, {within} within {limit:.0f} s | median "
            f"{times[len(times) // 2]:.2f} s | slowest {times[-1]:.2f} s, cpu {max(cpus):.1f} s | open (seed, points) {open_} |",
            flush=True,
        )


def repairs(case: Case) -> None:
    """Four accidents on a published plan."""
    raw = case.raw()
    problem = parse_problem(raw)
    plan = solve(problem, time_limit=15.0)
    assert isinstance(plan, Plan)
    home = {r.id: (r.company, r.campus) for r in problem.recruiters}
    raw["previous"] = [list(OldMeeting(m.candidate, *home[m.recruiter], m.recruiter, m.slot)) for m in plan.meetings]
    raw["weights"]["change"] = 20
    for name, changed in accidents(raw):
        problem = parse_problem(changed)
        mended = solve(problem, time_limit=30.0)
        assert isinstance(mended, Plan)
        report = check(problem, mended.meetings)
        assert not report.errors and mended.repair is not None
        print(
            f"| {case.name} | {name} | {mended.first_seconds:.2f} s | must {mended.repair.must_change} | changed {mended.repair.changed} | "
            f"lost first {mended.repair.lost_first} | {100 * mended.gap:.4f} % |",
            flush=True,
        )


def accidents(raw: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    busiest = max((v["id"] for v in raw["campuses"]), key=lambda v: sum(r["campus"] == v for r in raw["recruiters"]))
    closed = [r | {"slots": [t for t in r["slots"] if not 12 <= t < 24]} if r["campus"] == busiest else r for r in raw["recruiters"]]
    yield "a campus closed for the afternoon", raw | {"recruiters": closed}
    yield "a recruiter gone", raw | {"recruiters": raw["recruiters"][1:]}
    gone = {p["id"] for p in raw["candidates"][::20]}
    yield "5 % cancelled", raw | {
        "candidates": [p for p in raw["candidates"] if p["id"] not in gone], "wishes": [w for w in raw["wishes"] if w[0] not in gone],
    }  # fmt: skip
    extra = {"id": "new-r", "company": "new", "campus": busiest, "slots": list(range(len(raw["slots"]))), "max_in_a_row": 4}
    yield "a company added", raw | {
        "companies": [*raw["companies"], {"id": "new", "max_meetings": None}], "recruiters": [*raw["recruiters"], extra],
        "wishes": raw["wishes"] + [[p["id"], "new", 60] for p in raw["candidates"][::10]],
    }  # fmt: skip


def peers(size: int, limit: float) -> None:
    """Every peer and the engine on one problem, same judge, gap to the engine's bound; each peer in a process of its own."""
    case = Case(f"{size:,}", lambda: made(size, max(15, size // 33) if size < 20000 else 200, 10 if size < 20000 else 40), limit)
    problem = parse_problem(case.raw())
    plan = solve(problem, time_limit=limit)
    assert isinstance(plan, Plan)
    print(f"| {size:,} | this engine | {plan.value:,} | {100 * plan.gap:.3f} % | {plan.seconds:.1f} s | {memory():.1f} GB |", flush=True)
    for name in PEERS:
        peer = run_alone(name, problem, limit)
        if isinstance(peer.meetings, str):
            print(f"| {size:,} | {name} | no plan: {peer.meetings} | | | |", flush=True)
            continue
        report = check(problem, peer.meetings)
        assert not report.errors, (name, report.errors[:3])
        gap = 100 * (plan.bound - report.value) / plan.bound
        print(f"| {size:,} | {name} | {report.value:,} | {gap:.2f} % | {peer.seconds:.1f} s | {peer.memory_gb:.1f} GB |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="words: a row runs when its name has one of them (peers, repair, small, 6,000 …)")
    parser.add_argument("--seconds", type=float, default=0.0, help="time limit instead of each row's own")
    options = parser.parse_args()

    def wanted(name: str) -> bool:
        return not options.only or any(re.search(rf"{re.escape(words)}\b", name) for words in options.only)  # "peers 2000" is not "peers 20000"

    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for case in CASES:
        if wanted(case.name):
            run(case, options.seconds or case.seconds)
    if wanted("small"):
        small(200)
    for case in (CASES[0], CASES[3]):
        if wanted(f"repair {case.name}"):
            repairs(case)
    for size in (500, 2000, 20000):
        if wanted(f"peers {size}"):
            peers(size, options.seconds or 60.0)
    print(json.dumps({"memory_gb": round(memory(), 2), "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
