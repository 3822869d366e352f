"""The engine's commands on files: one JSON line, faults line by line with exit code 2, nothing half written."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from forum.matchmaking.commands import register
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem, read_plan
from forum.matchmaking.engine.model import Meeting
from forum.matchmaking.engine.old_plan import with_previous
from tests.matchmaking.engine.exact import optimum
from tests.matchmaking.small_problems import raw_problem

DZN = """
nBusiness = 3; nMeetings = 2; nTables = 1; nTotalSlots = 3; nMorningSlots = 1;
requested = [| 1, 2, 1, | 1, 3, 2, |]; forbidden = [{0}, {0}, {2}]; fixed = [0, 0]; precedences = [{}, {}];
"""


@click.group()
def group() -> None:
    """A group of its own, so that the commands are tested as they are registered."""


register(group)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def last_line(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(raw_problem(7, previous=False)))
    return path


@pytest.fixture
def planned(problem_file: Path, tmp_path: Path) -> tuple[Path, Path]:
    out = tmp_path / "plan.json"
    result = run("plan", problem_file, "-o", out, "--time-limit", "5", "--certificate", tmp_path / "prices.json")
    assert result.exit_code == 0, result.output
    return problem_file, out


def test_plan_writes_a_valid_plan_and_reports_it(planned: tuple[Path, Path]) -> None:
    problem_file, out = planned
    problem = parse_problem(json.loads(problem_file.read_bytes()))
    found = read_plan(out)
    report = check(problem, found.meetings, value=found.value, bound=found.bound)
    assert report.errors == ()
    assert found.meetings


def test_check_recomputes_the_bound_from_the_certificate(planned: tuple[Path, Path], tmp_path: Path) -> None:
    result = run("check", *planned, "--certificate", tmp_path / "prices.json")
    facts = last_line(result)
    assert (result.exit_code, facts["valid"], facts["errors"]) == (0, True, [])
    assert facts["value"] <= facts["certified_bound"] <= facts["bound"]
    assert facts["metrics"]["meetings_per_candidate"]["mean"] == facts["meetings"] / 5


def test_plan_records_what_making_it_took_and_check_tells_it(planned: tuple[Path, Path], shared: Path) -> None:
    problem_file, out = planned
    run_record = json.loads(out.read_bytes())["run"]
    assert list(run_record) == ["first_seconds", "one_percent_seconds", "reading_seconds", "peak_memory_mb", "finished"]
    assert 0 <= run_record["first_seconds"] <= run_record["one_percent_seconds"] <= read_plan(out).seconds
    assert run_record["peak_memory_mb"] > 10
    assert last_line(run("check", problem_file, out))["run"] == run_record
    script = shared / "matchmaking" / "check_plan.py"
    judged = subprocess.run([sys.executable, str(script), str(problem_file), str(out)], capture_output=True, text=True, check=True)
    assert json.loads(judged.stdout)["valid"] is True


def test_check_names_the_bound_of_every_tier(planned: tuple[Path, Path]) -> None:
    tiers = last_line(run("check", planned[0], planned[1]))["metrics"]["tiers"]
    assert {name: tier["bound_name"] for name, tier in tiers.items()} == {
        "guarantee": "maximum flow without times; rests, tables and caps counted", "preference": "prices of the companies' seats, times left aside",
        "comfort": "no change of campus, break or idle slot at all",
    }  # fmt: skip
    assert tiers["preference"]["kept_gap"] == 0.0  # the plan is proved the best


def test_check_refuses_a_bound_that_the_certificate_does_not_prove(planned: tuple[Path, Path], tmp_path: Path) -> None:
    problem_file, out = planned
    raw = json.loads(out.read_bytes())
    out.write_text(json.dumps(raw | {"bound": raw["value"]}))
    prices = tmp_path / "prices.json"
    certificate = json.loads(prices.read_bytes())
    campuses = json.loads(problem_file.read_bytes())["campuses"]
    dear = {c["id"]: [10**9] * 6 for c in campuses}
    prices.write_text(json.dumps(certificate | {"cap_table": dear, "table": dear}))
    result = run("check", problem_file, out, "--certificate", prices)
    proved = last_line(result)["certified_bound"]
    assert proved > raw["value"]
    assert (result.exit_code, result.stderr.splitlines()) == (1, [f"the plan says bound {raw['value']}, its certificate proves {proved}"])


def test_check_names_every_broken_rule(planned: tuple[Path, Path]) -> None:
    problem_file, out = planned
    raw = json.loads(out.read_bytes())
    raw["meetings"].append(["nobody", "s0-r0", 0])
    out.write_text(json.dumps(raw))
    result = run("check", problem_file, out)
    assert result.exit_code == 1
    assert last_line(result)["errors"] == [f"meetings[{len(raw['meetings']) - 1}]: unknown candidate, recruiter or slot"] == result.stderr.splitlines()


@pytest.mark.parametrize("command", ["plan", "check", "explain"])
def test_bad_input_is_refused_with_one_line_per_fault(command: str, problem_file: Path, tmp_path: Path) -> None:
    raw = json.loads(problem_file.read_bytes())
    raw["wishes"][0][1], raw["colour"] = "s999", "blue"
    problem_file.write_text(json.dumps(raw))
    out = tmp_path / "plan.json"
    (tmp_path / "old.json").write_text('{"format": "forum-plan/1", "problem": "x", "meetings": []}')
    more: dict[str, list[str | Path]] = {"plan": ["-o", out], "check": [tmp_path / "old.json"], "explain": [tmp_path / "old.json", "--candidate", "p0"]}
    words = more[command]
    result = run(command, problem_file, *words)
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (2, "", ["colour: unknown key"])
    del raw["colour"]
    problem_file.write_text(json.dumps(raw))
    result = run(command, problem_file, *words)
    assert (result.exit_code, result.stderr.splitlines()) == (2, ['wishes[0]: unknown company "s999"'])
    assert not out.exists()


def test_what_could_not_be_written_at_the_end_is_refused_at_the_beginning(problem_file: Path, tmp_path: Path) -> None:
    out, absent = tmp_path / "plan.json", tmp_path / "nowhere" / "plan.json"
    before = problem_file.read_bytes()
    for words, line in [
        (("-o", absent), f"--output: there is no folder {absent.parent}"),
        (("-o", out, "--certificate", absent), f"--certificate: there is no folder {absent.parent}"),
        (("-o", problem_file), f"--output: {problem_file} is PROBLEM.json too"),
        (("-o", out, "--certificate", out), f"--certificate: {out} is --output too"),
    ]:
        result = run("plan", problem_file, *words)
        assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (2, "", [line])
    assert (problem_file.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["problem.json"])


@pytest.mark.parametrize("words", [("--time-limit", "nan"), ("--time-limit", "-1"), ("--seed", "-1"), ("--workers", "0")])
def test_numbers_that_make_no_sense_are_refused(words: tuple[str, str], problem_file: Path, tmp_path: Path) -> None:
    assert run("plan", problem_file, "-o", tmp_path / "plan.json", *words).exit_code == 2


def test_no_time_at_all_says_that_there_is_no_plan_yet(problem_file: Path, tmp_path: Path) -> None:
    result = run("plan", problem_file, "-o", tmp_path / "plan.json", "--time-limit", "0")
    assert (result.exit_code, last_line(result)["first_seconds"], last_line(result)["meetings"]) == (0, None, 0)
    assert result.stderr.startswith("No plan yet")
    assert run("check", problem_file, tmp_path / "plan.json").exit_code == 0


def test_locked_meetings_that_clash_are_named_by_their_place(problem_file: Path, tmp_path: Path) -> None:
    raw = json.loads(problem_file.read_bytes())
    raw["candidates"], raw["wishes"] = [c | {"busy": []} for c in raw["candidates"]], [["p1", "s0", 5], ["p2", "s0", 5], ["p3", "s0", 5]]
    raw["recruiters"][0] |= {"id": "s0-r0", "company": "s0", "slots": [0, 1, 2]}
    for person in raw["candidates"]:
        person["slots"] = [0, 1, 2]
    raw["companies"][0]["max_meetings"], raw["campuses"] = None, [c | {"tables": None} for c in raw["campuses"]]
    raw["locked"] = [["p1", "s0-r0", 0], ["p2", "s0-r0", 2], ["p3", "s0-r0", 2]]
    problem_file.write_text(json.dumps(raw))
    result = run("plan", problem_file, "-o", tmp_path / "plan.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "s0-r0 has two meetings in slot 2", 'locked[1]: ["p2", "s0-r0", 2]', 'locked[2]: ["p3", "s0-r0", 2]',
    ]  # fmt: skip
    assert not (tmp_path / "plan.json").exists()


def test_a_certificate_that_is_none_is_refused(planned: tuple[Path, Path], tmp_path: Path) -> None:
    for data, line in [(b"[" * 100_000, "not JSON"), (b"{}", "certificate: format"), (b'{"format": 1, "format": 2}', "format: stands twice")]:
        (tmp_path / "prices.json").write_bytes(data)
        result = run("check", *planned, "--certificate", tmp_path / "prices.json")
        assert (result.exit_code, result.stdout, result.stderr[: len(line)]) == (2, "", line)


def test_explain_says_it_in_both_languages(planned: tuple[Path, Path]) -> None:
    result = run("explain", *planned, "--candidate", "p0")
    assert result.exit_code == 0
    assert "  [fr] " in result.stdout
    assert "  [en] " in result.stdout
    unknown = run("explain", *planned, "--candidate", "p77")
    assert (unknown.exit_code, unknown.stderr) == (2, "There is no candidate p77.\n")


def test_timetable_prints_status_breaks_bound_and_slots(tmp_path: Path) -> None:
    path = tmp_path / "small.dzn"
    path.write_text(DZN)
    result = run("timetable", path)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["status: optimal", "breaks: 1"]
    assert last_line(result) | {"seconds": 0, "bound_kind": ""} == {
        "status": "optimal", "breaks": 1, "bound": 1, "bound_kind": "", "slots": [1, 3], "seconds": 0, "file": "small.dzn",
    }  # fmt: skip
    path.write_text(DZN.replace("nTables = 1", "nTables = one"))
    refused = run("timetable", path)
    assert (refused.exit_code, refused.stderr) == (2, "nTables: unexpected 'one'\n")


def test_timetable_says_when_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "none.dzn"
    path.write_text(DZN.replace("{2}", "{2, 3}"))
    result = run("timetable", path)
    assert (result.exit_code, last_line(result)["status"]) == (1, "infeasible")


def test_repair_of_a_plan_finds_the_company_of_a_recruiter_who_is_gone() -> None:
    raw = raw_problem(5, previous=False)
    raw["wishes"] = [["p0", "s0", 50], ["p0", "s1", 50], ["p1", "s0", 50], ["p1", "s2", 10], ["p2", "s1", 5], ["p2", "s2", 5]]
    problem = parse_problem(raw)
    old = [Meeting("p0", "gone", 0), Meeting("p1", "gone", 1), Meeting("p2", "unclear", 2)]
    found, unknown = with_previous(problem, old)
    assert found.previous
    assert [(m.candidate, m.company, m.recruiter) for m in found.previous] == [("p0", "s0", "gone"), ("p1", "s0", "gone")]
    assert unknown == ["unclear"]


def test_where_a_recruiter_was_is_read_in_the_published_problem() -> None:
    raw = raw_problem(5, previous=False)
    published = parse_problem(raw)
    then = raw["recruiters"][0]["campus"]
    raw["recruiters"][0]["campus"] = next(c["id"] for c in raw["campuses"] if c["id"] != then)
    old = [Meeting("p0", raw["recruiters"][0]["id"], 0)]
    found, _ = with_previous(parse_problem(raw), old, published)
    assert found.previous
    assert found.previous[0].campus == then


def test_plan_with_previous_counts_the_changes(problem_file: Path, tmp_path: Path) -> None:
    raw = json.loads(problem_file.read_bytes())
    raw["weights"]["change"] = 7
    problem_file.write_text(json.dumps(raw))
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert run("plan", problem_file, "-o", first, "--time-limit", "3").exit_code == 0
    result = run("plan", problem_file, "-o", second, "--time-limit", "3", "--previous", first)
    assert result.exit_code == 0, result.output
    assert last_line(result)["change"] == 0
    assert run("check", problem_file, second, "--previous", first).exit_code == 0


def test_a_repair_is_compared_with_a_plan_from_nothing(problem_file: Path, tmp_path: Path) -> None:
    """The best seat of everyone is gone: the repair may not do better than a new plan, and the comparison is exact."""
    raw = json.loads(problem_file.read_bytes())
    raw["weights"]["change"] = 7
    problem_file.write_text(json.dumps(raw))
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert run("plan", problem_file, "-o", first, "--time-limit", "3").exit_code == 0
    plan = read_plan(first)
    for recruiter in raw["recruiters"]:
        taken = [m.slot for m in plan.meetings if m.recruiter == recruiter["id"]]
        recruiter["slots"] = [t for t in recruiter["slots"] if t not in taken[:1]]
    problem_file.write_text(json.dumps(raw))
    result = run("plan", problem_file, "-o", second, "--time-limit", "3", "--previous", first, "--compare", "3")
    assert result.exit_code == 0, result.output
    facts = last_line(result)
    repaired, repair = check(parse_problem(raw), read_plan(second).meetings), facts["repair"]
    fresh = optimum(parse_problem(raw))
    assert repair["must_change"] <= repair["changed"]
    assert repair["value_lost"] == repair["value_lost_at_most"] == fresh - repaired.value >= 0
    assert json.loads(second.read_bytes())["run"]["repair"]["changed"] == repair["changed"]


# A process that says when it is about to work: starting takes seconds on a busy machine.
CHILD = """
import sys, click
from forum.matchmaking import commands
from forum.matchmaking.engine import solve
group = click.Group()
commands.register(group)
print("ready", flush=True)
group(sys.argv[1:])
"""


def start_planning(problem: Path, out: Path) -> "subprocess.Popen[str]":
    problem.write_text(json.dumps(raw_problem(11, candidates=300, companies=30, slots=24, previous=False)))
    words = [sys.executable, "-c", CHILD, "plan", str(problem), "-o", str(out), "--time-limit", "60"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    return child


def test_ctrl_c_keeps_the_best_plan_so_far(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    child = start_planning(tmp_path / "problem.json", out)
    time.sleep(2)
    child.send_signal(signal.SIGINT)
    stdout, stderr = child.communicate(timeout=40)
    assert child.returncode == 0, stderr
    facts = json.loads(stdout.splitlines()[-1])
    assert read_plan(out).value == facts["value"]
    assert facts["seconds"] < 40


def test_a_killed_run_leaves_no_file(tmp_path: Path) -> None:
    child = start_planning(tmp_path / "problem.json", tmp_path / "plan.json")
    time.sleep(1)
    child.kill()
    child.communicate()
    assert [path.name for path in tmp_path.iterdir()] == ["problem.json"]
