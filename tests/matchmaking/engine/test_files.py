"""Problem files are read whole or refused with every fault; plan files are written whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.engine.files import BadProblem, parse_problem, problem_json, read_plan, read_problem, write_plan, write_whole
from forum.matchmaking.engine.model import Meeting, Plan
from tests.matchmaking.engine.made import raw_made
from tests.matchmaking.small_problems import raw_problem


def faults(raw: object) -> list[str]:
    with pytest.raises(BadProblem) as refused:
        parse_problem(raw)
    return refused.value.faults


def good() -> dict:
    return raw_made(1, candidates=3, companies=2, campuses=2)


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({"wishes": [["p000", "s9", 50]]}, ["wishes[0]: unknown company 's9'"]),
        ({"wishes": [["nobody", "s0", 50]]}, ["wishes[0]: unknown candidate 'nobody'"]),
        ({"wishes": [["p000", "s0", 0], ["p001", "s0", 101]]}, ["wishes[0]: weight 0 is not in 1..100", "wishes[1]: weight 101 is not in 1..100"]),
        ({"wishes": [["p000", "s0", 5], ["p000", "s0", 6]]}, ["wishes[1]: duplicate ('p000', 's0')"]),
        ({"travel": [[0, 1]]}, ["travel: 1 rows for 2 campuses"]),
        ({"travel": [[0, 1], [1]]}, ["travel[1]: 1 entries for 2 campuses"]),
        ({"travel": [[0, -1], [1, 0]]}, ["travel[0][1]: -1 minutes"]),
        ({"travel": [[3, 1], [1, 0]]}, ["travel[0][0]: 3 minutes, the diagonal must be 0"]),
        ({"slots": [{"start": 540, "length": 15}, {"start": 550, "length": 15}]}, ["slots[1]: starts before slots[0] ends"]),
        ({"guarantee": -1}, ["guarantee: expected a whole number >= 0"]),
        ({"guarantee": True}, ["guarantee: expected a whole number >= 0"]),
        ({"colour": "red"}, ["colour: unknown key"]),
        ({"format": "forum-problem/2"}, ["format: expected 'forum-problem/1', got 'forum-problem/2'"]),
        ({"weights": {"guarantee": 1}}, [f"weights.{k}: missing" for k in ("preference", "campus_change", "break", "idle_slot", "change")]),
        ({"previous": [["gone", "gone too", "c0", "left", 99]]}, ["previous[0]: slot 99 out of range"]),
        ({"previous": [["gone", "gone too", "c9", "left", 0]]}, ["previous[0]: unknown campus 'c9'"]),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_names_the_place(change: dict, lines: list[str]) -> None:
    raw = good() | change
    assert [line for line in faults(raw) if not line.startswith(("candidates", "recruiters"))] == lines


def test_all_faults_are_reported_at_once() -> None:
    raw = good()
    raw["candidates"][1]["slots"] = [0, 99]
    raw["candidates"][2]["hat"] = "blue"
    raw["recruiters"][0]["max_in_a_row"] = "often"
    assert faults(raw) == ["recruiters[0].max_in_a_row: expected int | null, got str", "candidates[2]: unknown key 'hat'"]
    raw["recruiters"][0]["max_in_a_row"] = 0
    del raw["candidates"][2]["hat"]
    raw["recruiters"][0]["campus"] = "c7"
    assert faults(raw) == [
        "recruiters[0].max_in_a_row: 0", "recruiters[0]: unknown campus 'c7'", "candidates[1].slots[1]: slot 99 out of range",
    ]  # fmt: skip


def test_a_locked_meeting_that_breaks_a_rule_alone_is_bad_input() -> None:
    raw = good()
    raw["candidates"][0] |= {"slots": [3], "busy": []}
    raw["wishes"] = [["p000", "s0", 50]]
    raw["recruiters"] = [r | {"slots": [0, 3]} for r in raw["recruiters"] if r["id"] in ("s0-r0", "s1-r0")]
    raw["locked"] = [["p000", "s0-r0", 0], ["p000", "s1-r0", 3], ["p000", "who", 77]]
    assert faults(raw) == [
        "locked[0]: p000 is not available in slot 0", "locked[1]: p000 did not wish for s1", "locked[2]: unknown recruiter 'who'",
        "locked[2]: slot 77 out of range",
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b'{"format": 1}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_problem_is_refused(data: bytes) -> None:
    with pytest.raises(BadProblem):
        read_problem(data)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.data())
def test_any_value_anywhere_is_read_or_refused_and_never_crashes(seed: int, data: st.DataObject) -> None:
    raw = raw_problem(seed % 50)
    spot: object = raw
    while isinstance(spot, (dict, list)) and spot:
        key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
        parent, spot = spot, spot[key]
        if data.draw(st.booleans()):
            break
    parent[key] = data.draw(st.sampled_from([None, -1, 0, 10**12, 1.5, "", "p0", [], {}, [[]], True, {"a": 1}]))
    with suppress(BadProblem):
        parse_problem(raw)


def test_a_problem_reads_back_as_it_was_written() -> None:
    problem = parse_problem(good())
    assert read_problem(problem_json(problem)) == problem


def test_a_plan_reads_back_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan("x", (Meeting("p", "r", 3),), 7, 9, "flow", 1.25)
    write_plan(tmp_path / "plan.json", plan)
    assert read_plan(tmp_path / "plan.json") == plan
    raw = json.loads((tmp_path / "plan.json").read_bytes())
    assert raw == {
        "format": "forum-plan/1", "problem": "x", "meetings": [["p", "r", 3]], "value": 7, "bound": 9, "bound_kind": "flow", "seconds": 1.25,
    }  # fmt: skip
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "plan.json"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        write_whole(target, b"new")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_killed_run_leaves_no_plan_file(tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_text(json.dumps(raw_made(9, candidates=150, companies=12)))
    code = (
        "from forum.matchmaking.engine.files import read_problem, write_plan\n"
        "from forum.matchmaking.engine.solve import solve\n"
        "print('up', flush=True)\n"
        "write_plan('plan.json', solve(read_problem('problem.json'), time_limit=60))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"up\n"
    time.sleep(0.5)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    assert os.listdir(tmp_path) == ["problem.json"]
