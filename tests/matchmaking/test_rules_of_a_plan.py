"""Every rule of the format page by itself: a plan at its edge that keeps it, and the smallest step that breaks it, named in one line."""

from collections.abc import Sequence
from typing import Any

import pytest

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import Meeting

Row = tuple[str, str, int]


def problem(**changes: Any) -> Any:
    """Six slots of 15 minutes from 9:00, five minutes between; two campuses half an hour apart; Ann and Bob wish for both companies."""
    raw: dict[str, Any] = {
        "format": "forum-problem/1", "name": "rules", "slots": [{"start": 540 + 20 * t, "length": 15} for t in range(6)],
        "campuses": [{"id": "east", "tables": None}, {"id": "west", "tables": None}], "travel": [[0, 30], [30, 0]],
        "companies": [{"id": "acme", "max_meetings": None}, {"id": "blue", "max_meetings": None}],
        "recruiters": [desk("acme-1", "acme", "east"), desk("acme-2", "acme", "east"), desk("blue-1", "blue", "west"), desk("blue-2", "blue", "east")],
        "candidates": [person("ann"), person("bob"), person("cleo")],
        "wishes": [[who, company, 50] for who in ("ann", "bob", "cleo") for company in ("acme", "blue")],
        "locked": [], "guarantee": 1, "weights": dict.fromkeys(("guarantee", "preference", "campus_change", "break", "idle_slot", "change"), 1),
    }  # fmt: skip
    return parse_problem(raw | changes)


def desk(name: str, company: str, campus: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "company": company, "campus": campus, "slots": [0, 1, 2, 3, 4, 5], "max_in_a_row": None} | more


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "slots": [0, 1, 2, 3, 4, 5], "busy": [], "max_meetings": 2} | more


def only(**people: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": [person(name, **people.get(name, {})) for name in ("ann", "bob", "cleo")]}


IN_A_ROW = {"recruiters": [desk("acme-1", "acme", "east", max_in_a_row=2)]}
PRESENT = {"recruiters": [desk("acme-1", "acme", "east", slots=[0, 1])]}
SESSION = only(ann={"busy": [{"start": 560, "end": 600, "campus": "west"}]})  # 9:20 to 10:00: over slots 1 and 2
LOCKED = {"locked": [["ann", "acme-1", 0]]}


@pytest.mark.parametrize(
    ("rule", "changes", "kept", "broken", "line"),
    [
        ("1 wished for", {"wishes": [["ann", "acme", 5]]}, [("ann", "acme-1", 0)], [("ann", "blue-1", 0)], "meetings[0]: ann did not wish for blue"),
        ("1 once", {}, [("ann", "acme-1", 0), ("ann", "blue-2", 2)], [("ann", "acme-1", 0), ("ann", "acme-2", 2)], "ann meets acme 2 times"),
        ("2 available", only(ann={"slots": [0]}), [("ann", "acme-1", 0)], [("ann", "acme-1", 1)], "meetings[0]: ann is not available in slot 1"),
        ("2 at once", {}, [("ann", "acme-1", 0), ("ann", "blue-2", 1)], [("ann", "acme-1", 0), ("ann", "blue-2", 0)], "ann: commitments overlap at minute 540"),
        ("3 present", PRESENT, [("ann", "acme-1", 1)], [("ann", "acme-1", 2)], "meetings[0]: acme-1 is not present in slot 2"),
        ("3 at once", {}, [("ann", "acme-1", 0), ("bob", "acme-2", 0)], [("ann", "acme-1", 0), ("bob", "acme-1", 0)], "acme-1: two meetings in slot 0"),
        ("4 session", SESSION | {"travel": [[0, 0], [0, 0]]}, [("ann", "blue-1", 3)], [("ann", "blue-1", 2)], "ann: commitments overlap at minute 580"),
        ("5 to a session", SESSION, [("ann", "acme-1", 5)], [("ann", "acme-1", 4)], "ann: 20 minutes from west to east at minute 600, needs 30"),
        (
            "5 between meetings", {}, [("ann", "acme-1", 0), ("ann", "blue-1", 3)], [("ann", "acme-1", 0), ("ann", "blue-1", 2)],
            "ann: 25 minutes from east to west at minute 555, needs 30",
        ),
        ("6 candidate", only(ann={"max_meetings": 1}), [("ann", "acme-1", 0)], [("ann", "acme-1", 0), ("ann", "blue-2", 1)], "ann: 2 meetings, at most 1"),
        (
            "6 company", {"companies": [{"id": "acme", "max_meetings": 1}, {"id": "blue", "max_meetings": None}]}, [("ann", "acme-1", 0)],
            [("ann", "acme-1", 0), ("bob", "acme-2", 3)], "acme: 2 meetings, at most 1",
        ),
        (
            "6 tables", {"campuses": [{"id": "east", "tables": 1}, {"id": "west", "tables": None}]}, [("ann", "acme-1", 0), ("bob", "blue-1", 0)],
            [("ann", "acme-1", 0), ("bob", "blue-2", 0)], "east: 2 meetings in slot 0, 1 tables",
        ),
        (
            "7 in a row", IN_A_ROW, [("ann", "acme-1", 0), ("bob", "acme-1", 1), ("cleo", "acme-1", 3)],
            [("ann", "acme-1", 0), ("bob", "acme-1", 1), ("cleo", "acme-1", 2)], "acme-1: 3 meetings in a row at slot 2",
        ),
        ("8 locked", LOCKED, [("ann", "acme-1", 0)], [("ann", "acme-2", 0)], "locked meeting ('ann', 'acme-1', 0) is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) and value[0].isdigit() else "",
)  # fmt: skip
def test_a_rule_is_kept_at_its_edge_and_broken_one_step_further(
    rule: str, changes: dict[str, Any], kept: Sequence[Row], broken: Sequence[Row], line: str
) -> None:
    given = problem(**changes)
    assert check(given, [Meeting(*row) for row in kept]).errors == (), rule
    assert check(given, [Meeting(*row) for row in broken]).errors == (line,), rule


@pytest.mark.parametrize(("minutes", "follows"), [(5, True), (6, False)])
def test_slots_are_adjacent_up_to_five_minutes_apart(minutes: int, follows: bool) -> None:
    given = problem(**IN_A_ROW, slots=[{"start": 540 + (15 + minutes) * t, "length": 15} for t in range(6)])
    report = check(given, [Meeting("ann", "acme-1", 0), Meeting("bob", "acme-1", 1), Meeting("cleo", "acme-1", 2)])
    assert report.errors == (("acme-1: 3 meetings in a row at slot 2",) if follows else ())


@pytest.mark.parametrize(
    ("held", "terms"),
    [
        ([("ann", "acme-1", 0), ("ann", "blue-2", 1)], {"guaranteed": 1, "preference": 100}),
        ([("ann", "acme-1", 0), ("ann", "blue-1", 3)], {"campus_changes": 1, "breaks": 1, "idle_slots": 2}),
        ([("ann", "acme-1", 0), ("bob", "acme-1", 5)], {"guaranteed": 2, "breaks": 0}),  # gaps of a recruiter cost nothing
    ],
)  # fmt: skip
def test_every_term_of_the_value_counts_what_the_page_says(held: Sequence[Row], terms: dict[str, int]) -> None:
    counted = check(problem(), [Meeting(*row) for row in held]).terms
    assert {name: getattr(counted, name) for name in terms} == terms


@pytest.mark.parametrize(
    ("now", "points"),
    [
        (None, 10), (("ann", "blue-2", 1), 5), (("ann", "blue-1", 3), 3), (("ann", "blue-1", 2), 3), (("ann", "blue-1", 1), 0), (("ann", "blue-3", 1), 1),
    ],
)  # fmt: skip
def test_a_change_costs_by_how_much_the_person_notices(now: Row | None, points: int) -> None:
    desks = [desk("blue-1", "blue", "west"), desk("blue-3", "blue", "west"), desk("blue-2", "blue", "east")]
    old = [["ann", "blue", "west", "blue-1", 1], ["gone", "blue", "west", "blue-1", 2], ["ann", "closed", "west", "who", 2]]
    given = problem(recruiters=desks, previous=old, locked=[])
    assert check(given, [Meeting(*now)] if now else []).terms.change == points


def test_a_move_of_up_to_fifteen_minutes_is_a_small_one() -> None:
    given = problem(slots=[{"start": 540 + 15 * t, "length": 15} for t in range(6)], previous=[["ann", "acme", "east", "acme-1", 1]])
    assert [check(given, [Meeting("ann", "acme-1", t)]).terms.change for t in (0, 1, 2, 3)] == [2, 0, 2, 3]
