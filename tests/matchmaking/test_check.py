"""The judge of plans agrees with two others: the shared script when it is there, and the rules said again here."""

import importlib.util
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.commands import register
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import Meeting
from tests.matchmaking.mutated import files
from tests.matchmaking.small_problems import any_meetings, raw_problem

SEEDS = st.integers(0, 10**6)


def said_again(p: dict[str, Any], meetings: list[Meeting]) -> tuple[bool, int]:
    """Whether a plan is valid and its value, pair by pair from the format page; only for meetings that exist and are wished for."""
    slots, where = p["slots"], {c["id"]: k for k, c in enumerate(p["campuses"])}
    people, desks = {c["id"]: c for c in p["candidates"]}, {r["id"]: r for r in p["recruiters"]}
    weight = {(c, s): w for c, s, w in p["wishes"]}
    begins, ends = (lambda t: slots[t]["start"]), (lambda t: slots[t]["start"] + slots[t]["length"])
    valid = len({(c, desks[r]["company"]) for c, r, _ in meetings}) == len(meetings)
    valid &= all(t in people[c]["slots"] and t in desks[r]["slots"] for c, r, t in meetings)
    valid &= all(not (a[0] == b[0] and a[2] == b[2]) and not (a[1] == b[1] and a[2] == b[2]) for a, b in combinations(meetings, 2))
    for c in p["companies"]:
        valid &= c["max_meetings"] is None or sum(desks[r]["company"] == c["id"] for _, r, _ in meetings) <= c["max_meetings"]
    for v in p["campuses"]:
        held = Counter(t for _, r, t in meetings if desks[r]["campus"] == v["id"])
        valid &= v["tables"] is None or all(n <= v["tables"] for n in held.values())
    for r, desk in desks.items():
        mine = {t for _, x, t in meetings if x == r}
        k = desk["max_in_a_row"]
        runs = [range(t, t + k + 1) for t in range(len(slots) - (k or 0))] if k else []
        joined = [run for run in runs if all(begins(t + 1) - ends(t) <= 5 for t in list(run)[:-1])]
        valid &= not any(set(run) <= mine for run in joined)
    w, g = p["weights"], p["guarantee"]
    value = w["preference"] * sum({(c, desks[r]["company"]): weight[c, desks[r]["company"]] for c, r, _ in meetings}.values())
    for c, person in people.items():
        mine = sorted((t, where[desks[r]["campus"]]) for x, r, t in meetings if x == c)
        valid &= len(mine) <= person["max_meetings"]
        busy = [(b["start"], b["end"], where[b["campus"]]) for b in person["busy"]]
        line = sorted([(begins(t), ends(t), v) for t, v in mine] + busy)
        for before, after in zip(line, line[1:], strict=False):
            valid &= after[0] - before[1] >= p["travel"][before[2]][after[2]]
        value += w["guarantee"] * min(len(mine), g)
        for (t, u), (x, v) in zip(mine, mine[1:], strict=False):
            if begins(t) // 1440 == begins(x) // 1440:
                holes = [k for k in range(t + 1, x) if all(b[1] <= begins(k) or ends(k) <= b[0] for b in busy)]
                value -= w["campus_change"] * (u != v) + w["break"] * bool(holes) + w["idle_slot"] * len(holes)
    now = {(c, desks[r]["company"]): (r, t) for c, r, t in meetings}
    for c, s, v, r, t in p["previous"] or []:
        if c in people and s in {x["id"] for x in p["companies"]}:
            value -= w["change"] * changed(now.get((c, s)), v, r, t, desks, begins)
    return bool(valid), value


def changed(new: Any, campus: str, recruiter: str, slot: int, desks: Any, begins: Any) -> int:
    if new is None:
        return 10
    if desks[new[0]]["campus"] != campus:
        return 5
    if new[1] != slot:
        return 3 if abs(begins(new[1]) - begins(slot)) > 15 else 2
    return int(new[0] != recruiter)


@settings(max_examples=300, deadline=None)
@given(SEEDS, SEEDS)
def test_validity_and_value_are_those_of_the_rules_said_again(seed: int, other: int) -> None:
    raw = raw_problem(seed)
    problem = parse_problem(raw)
    wished = {(w.candidate, w.company) for w in problem.wishes}
    company = {r.id: r.company for r in problem.recruiters}
    meetings = [m for m in any_meetings(other, problem, nonsense=False) if (m.candidate, company.get(m.recruiter)) in wished]
    report = check(problem, meetings)
    assert (report.valid, report.value) == said_again(raw, meetings)


@pytest.fixture(scope="module")
def script(shared: Path) -> ModuleType:
    """The shared judge, run in this process."""
    spec = importlib.util.spec_from_file_location("check_plan", shared / "matchmaking" / "check_plan.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_judge_agrees_with_the_shared_script_on_every_plan(script: ModuleType) -> None:
    verdicts = Counter[bool]()

    @settings(max_examples=600, deadline=None)
    @given(SEEDS, SEEDS, st.booleans())
    def agree(seed: int, other: int, locked: bool) -> None:
        raw = raw_problem(seed)
        problem = parse_problem(raw)
        meetings = any_meetings(other, problem)
        if locked:
            raw["locked"] = [list(m) for m in any_meetings(other + 1, problem)[:1]]
            problem = parse_problem(raw) if lockable(raw) else problem
            raw["locked"] = [list(m) for m in problem.locked]
        try:
            errors, facts = script.check(json.loads(json.dumps(raw)), {"meetings": [list(m) for m in meetings]})
        except IndexError:  # it reads the start of a slot that does not exist
            assert not check(problem, meetings).valid
            return
        mine = check(problem, meetings)
        terms = mine.terms
        assert sorted(mine.errors) == sorted(errors)
        assert {
            "valid": mine.valid, "value": mine.value, "meetings": mine.meetings, "guaranteed": terms.guaranteed, "preference": terms.preference,
            "campus_changes": terms.campus_changes, "travel_minutes": terms.travel_minutes, "breaks": terms.breaks,
            "idle_slots": terms.idle_slots, "change": terms.change, "changes": terms.changes,
        } == {k: v for k, v in facts.items() if k not in ("seats", "candidates")}  # fmt: skip
        verdicts[mine.valid] += 1

    agree()
    assert min(verdicts[True], verdicts[False]) > 50  # both kinds were seen, or the agreement says nothing


def test_command_and_script_agree_on_files_from_other_hands(script: ModuleType, tmp_path: Path) -> None:
    """Nearly right, wrong in one rule, lying or broken; what the command refuses is one line per fault, and only what is malformed."""
    group, runner, seen = click.Group(), CliRunner(), Counter[tuple[str, object]]()
    register(group)
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    for seed in range(250):
        data = files(seed)
        for path, body in zip((problem, plan), data, strict=True):
            path.write_bytes(body)
        ours = runner.invoke(group, ["check", str(problem), str(plan)])
        assert ours.exception is None or isinstance(ours.exception, SystemExit), seed
        theirs = judged(script, *data)
        if ours.exit_code == 2:
            assert ours.stdout == ""
            assert all(line.isprintable() for line in ours.stderr.splitlines())
            seen["refused", theirs is None] += 1
            continue
        said = json.loads(ours.stdout.splitlines()[-1])
        seen["judged", said["valid"]] += 1
        if theirs is None:  # the script looked up a slot that does not exist
            assert not said["valid"]
            continue
        assert {k: said[k] for k in AGREED} == {k: theirs[k] for k in AGREED}, seed
        assert (ours.exit_code, len(said["errors"])) == (1 - theirs["valid"], min(20, len(theirs["errors"])))
        assert len(theirs["errors"]) > 20 or sorted(said["errors"]) == sorted(theirs["errors"]), seed
    assert min(seen["judged", True], seen["judged", False], seen["refused", True]) > 20, seen


AGREED = ("valid", "value", "meetings", "guaranteed", "preference", "campus_changes", "travel_minutes", "breaks", "idle_slots", "change", "changes")


def judged(script: ModuleType, problem: bytes, plan: bytes) -> dict[str, Any] | None:
    """What the shared script prints, None where it ends with a traceback."""
    try:
        claims = json.loads(plan)
        errors, report = script.check(json.loads(problem), claims)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
    value, bound = claims.get("value"), claims.get("bound")
    errors += [f"the plan says value {value}, it is {report['value']}"] * (isinstance(value, int | float) and value != report["value"])
    errors += [f"the plan says bound {bound}, below its value"] * (isinstance(bound, int | float) and bound < report["value"])
    return report | {"valid": not errors, "errors": errors}  # type: ignore[no-any-return]


def lockable(raw: dict[str, Any]) -> bool:
    from forum.matchmaking.engine.files import BadProblem

    try:
        parse_problem(raw)
    except BadProblem:
        return False
    return True


def test_false_claims_of_a_plan_are_errors() -> None:
    problem = parse_problem(raw_problem(1, previous=False))
    assert check(problem, [], value=0, bound=0).errors == ()
    assert check(problem, [], value=3, bound=-1).errors == ("the plan says value 3, it is 0", "the plan says bound -1, below its value")
