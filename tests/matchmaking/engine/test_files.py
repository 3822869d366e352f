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

from forum.matchmaking.engine.files import BadProblem, parse_problem, plan_and_claims, problem_json, read_plan, read_problem, write_plan, write_whole
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
        ({"wishes": [["p000", "s9", 50]]}, ['wishes[0]: unknown company "s9"']),
        ({"wishes": [["nobody", "s0", 50]]}, ['wishes[0]: unknown candidate "nobody"']),
        ({"wishes": [["p000", "s0", 0], ["p001", "s0", 101]]}, ["wishes[0]: weight 0 is not in 1..100", "wishes[1]: weight 101 is not in 1..100"]),
        ({"wishes": [["p000", "s0", 5], ["p000", "s0", 6]]}, ['wishes[1]: duplicate ["p000", "s0"]']),
        ({"travel": [[0, 1]]}, ["travel: 1 rows for 2 campuses"]),
        ({"travel": [[0, 1], [1]]}, ["travel[1]: 1 entries for 2 campuses"]),
        ({"travel": [[0, -1], [1, 0]]}, ["travel[0][1]: -1 minutes, expected a whole number from 0 to 1000000"]),
        ({"travel": [[3, 1], [1, 0]]}, ["travel[0][0]: 3 minutes, the diagonal must be 0"]),
        ({"slots": [{"start": 540, "length": 15}, {"start": 550, "length": 15}]}, ["slots[1]: starts before slots[0] ends"]),
        ({"guarantee": -1}, ["guarantee: expected a whole number from 0 to 1000000"]),
        ({"guarantee": True}, ["guarantee: expected a whole number from 0 to 1000000"]),
        ({"colour": "red"}, ["colour: unknown key"]),
        ({"format": "forum-problem/2"}, ['format: expected "forum-problem/1", got "forum-problem/2"']),
        ({"weights": {"guarantee": 1}}, [f"weights.{k}: missing" for k in ("preference", "campus_change", "break", "idle_slot", "change")]),
        ({"previous": [["gone", "gone too", "c0", "left", 99]]}, ["previous[0]: slot 99 out of range"]),
        ({"previous": [["gone", "gone too", "c9", "left", 0]]}, ['previous[0]: unknown campus "c9"']),
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
    assert faults(raw) == ["recruiters[0].max_in_a_row: expected int | null, got str", 'candidates[2]: unknown key "hat"']
    raw["recruiters"][0]["max_in_a_row"] = 0
    del raw["candidates"][2]["hat"]
    raw["recruiters"][0]["campus"] = "c7"
    assert faults(raw) == [
        "recruiters[0].max_in_a_row: 0, expected null or a whole number from 1 to 1000000", 'recruiters[0]: unknown campus "c7"', "candidates[1].slots[1]: slot 99 out of range",
    ]  # fmt: skip


def test_a_locked_meeting_that_breaks_a_rule_alone_is_bad_input() -> None:
    raw = good()
    raw["candidates"][0] |= {"slots": [3], "busy": []}
    raw["wishes"] = [["p000", "s0", 50]]
    raw["recruiters"] = [r | {"slots": [0, 3]} for r in raw["recruiters"] if r["id"] in ("s0-r0", "s1-r0")]
    raw["locked"] = [["p000", "s0-r0", 0], ["p000", "s1-r0", 3], ["p000", "who", 77]]
    assert faults(raw) == [
        "locked[0]: p000 is not available in slot 0", "locked[1]: p000 did not wish for s1", 'locked[2]: unknown recruiter "who"',
        "locked[2]: slot 77 out of range",
    ]  # fmt: skip


def test_a_locked_meeting_too_far_from_a_session_is_bad_input_unless_a_way_round_is_quicker() -> None:
    raw = good() | {"wishes": [["p000", "s0", 50], ["p000", "s1", 50]], "locked": [["p000", "s0-r0", 3]], "travel": [[0, 40], [40, 0]]}
    desk = {"company": "s0", "campus": "c0", "slots": [3], "max_in_a_row": None}
    raw["recruiters"] = [desk | {"id": "s0-r0"}, desk | {"id": "s1-r0", "company": "s1", "slots": [2]}]
    raw["candidates"][0] |= {"slots": [2, 3], "busy": [{"start": 540, "end": 565, "campus": "c1"}]}  # slot 3 begins at 585, slot 2 at 570
    assert faults(raw) == ["locked[0]: p000 cannot be in both places around minute 565"]
    raw["campuses"].append({"id": "c2", "tables": None})
    raw["travel"] = [[0, 40, 0], [40, 0, 5], [0, 5, 0]]  # straight 40 minutes, by c2 no more than its meeting
    raw["recruiters"][1]["campus"] = "c2"
    assert parse_problem(raw).locked == (Meeting("p000", "s0-r0", 3),)


@pytest.mark.parametrize(
    ("spot", "line"),
    [('"guarantee": 1', "guarantee: stands twice in one object"), ('"max_in_a_row": 1, "max_in_a_row": 2', "max_in_a_row: stands twice in one object")],
)
def test_a_key_that_stands_twice_is_refused_and_a_text_that_looks_like_one_is_not(spot: str, line: str) -> None:
    written = json.dumps(good() | {"name": 'a "key": and "another" :'})
    assert read_problem(written.encode()).name == 'a "key": and "another" :'
    place = '"max_in_a_row"' if "row" in spot else '"guarantee"'
    at = written.index(place)
    with pytest.raises(BadProblem) as refused:
        read_problem(f"{written[:at]}{spot}, {written[at:]}".encode())
    assert refused.value.faults == [line]


def test_a_name_with_line_breaks_makes_no_second_line() -> None:
    odd = "a\nb\x1b[31m"
    assert faults(good() | {odd: 1, "wishes": [["p000", odd, 5]]}) == ["a\\nb\\u001b[31m: unknown key"]
    assert faults(good() | {"wishes": [["p000", odd, 5]]}) == ['wishes[0]: unknown company "a\\nb\\u001b[31m"']


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(BadProblem, match="byte order mark"):
        read_problem(b"\xef\xbb\xbf" + json.dumps(good()).encode())


def test_what_a_plan_says_of_itself_is_read_as_it_stands() -> None:
    raw = {"format": "forum-plan/1", "meetings": [["p", "r", 3]], "value": 7.5, "bound": None, "seconds": "long"}
    plan, claims = plan_and_claims(json.dumps(raw).encode())
    assert (plan.meetings, claims) == ((Meeting("p", "r", 3),), {"value": 7.5, "bound": None, "seconds": "long"})
    with pytest.raises(BadProblem) as refused:
        read_plan(json.dumps(raw | {"meetings": [["p", "r", True], ["p", "r"], ["p", "r", 0]]}).encode())
    assert refused.value.faults == ["meetings[0][2]: expected int, got bool", "meetings[1]: expected array of length 3, got 2"]


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


def test_a_link_stays_a_link_and_a_new_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "target").write_text("old")
    write_whole(tmp_path / "link", b"new")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "target").read_text()) == (True, "new")
    assert (tmp_path / "target").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As root a plan "written" to /dev/null put a file in its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen([sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(pipe)], stdout=subprocess.PIPE)
    write_whole(pipe, b"plan")
    assert reader.communicate(timeout=20)[0] == b"plan\n"
    assert pipe.is_fifo()


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
