"""Problems and plans as they come from other hands, from a seed: nearly right, wrong in one rule, lying, or no such files at all."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import BadProblem, parse_problem
from forum.matchmaking.engine.model import Meeting, Problem
from tests.matchmaking.small_problems import any_meetings, raw_problem

JUNK = [None, -1, 0, 3, 10**12, 10**30, 1.5, 1.0, "", "p0", "s1", [], {}, [[]], True, False, {"a": 1}, float("nan"), float("inf"), "é\n\x1b"]
NAMES = ["p0", "p1", "s0", "s1", "c0", "c1", "s0-r0", "s1-r0", "nobody"]


def files(seed: int) -> tuple[bytes, bytes]:
    """The bytes of a problem file and of a plan file."""
    r = random.Random(seed)
    raw = raw_problem(r.randrange(10**6))
    problem = parse_problem(raw)
    meetings = fitting(r, problem) if r.random() < 0.6 else any_meetings(seed, problem)
    if meetings and r.random() < 0.3:
        raw["locked"] = [list(meetings[0])]
    if r.random() < 0.3:
        desk = {x.id: x for x in problem.recruiters}
        published = [[m.candidate, desk[m.recruiter].company, desk[m.recruiter].campus, m.recruiter, m.slot] for m in meetings if m.recruiter in desk]
        raw["previous"] = [old for old in published if old[4] < len(problem.slots)] + (raw["previous"] or [])
    plan: dict[str, Any] = {"format": "forum-plan/1", "problem": raw["name"], "meetings": [list(m) for m in meetings]}
    for _ in range(r.choice([0, 0, 1, 2])):
        disturb(r, plan["meetings"], problem)
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        shift(r, raw)
    claim(r, raw, plan)
    if r.random() < 0.2:
        spoil(r, r.choice([raw, plan]))
    return tuple(cut(r, json.dumps(body)) for body in (raw, plan))  # type: ignore[return-value]


def fitting(r: random.Random, problem: Problem) -> list[Meeting]:
    """A valid plan, filled in random order."""
    company = {x.id: x.company for x in problem.recruiters}
    seats = [Meeting(w.candidate, x.id, t) for w in problem.wishes for x in problem.recruiters if company[x.id] == w.company for t in x.slots]
    meetings: list[Meeting] = []
    for seat in r.sample(seats, len(seats)):
        if check(problem, [*meetings, seat]).valid:
            meetings.append(seat)
    return meetings


def disturb(r: random.Random, meetings: list[list[Any]], problem: Problem) -> None:
    """One meeting at another time, table or with somebody else, twice, or gone."""
    if not meetings:
        return
    meeting = r.choice(meetings)
    match r.randrange(5):
        case 0:
            meeting[2] = max(0, meeting[2] + r.choice([-2, -1, 1, 2]))
        case 1:
            meeting[1] = r.choice(problem.recruiters).id
        case 2:
            meeting[0] = r.choice(problem.candidates).id
        case 3:
            meetings.append(list(meeting))
        case 4:
            meetings.remove(meeting)


def shift(r: random.Random, raw: dict[str, Any]) -> None:
    """One number, name or list of the problem a little other than the plan was made for."""
    holder, key = r.choice(list(spots(raw)))
    value = holder[key]
    if isinstance(value, int):
        holder[key] = max(0, value + r.choice([-15, -5, -1, 1, 5, 15]))
    elif isinstance(value, str):
        holder[key] = r.choice(NAMES)
    elif isinstance(value, list) and value:
        value.pop(r.randrange(len(value)))


def claim(r: random.Random, raw: dict[str, Any], plan: dict[str, Any]) -> None:
    """What the plan says of its value and bound: true, false, or no number."""
    try:
        true: float = check(parse_problem(raw), [Meeting(*m) for m in plan["meetings"]]).value
    except BadProblem:
        true = 0
    for key, values in (("value", [true, true, float(true), true + 1, true + 0.5]), ("bound", [true, true + 5, true - 1, true + 0.5, true - 0.5])):
        if r.random() < 0.6:
            plan[key] = r.choice([*values, None, "x", True])


def spoil(r: random.Random, body: dict[str, Any]) -> None:
    """Something anywhere that does not belong there, missing, or twice."""
    holder, key = r.choice(list(spots(body)))
    if r.random() < 0.6:
        holder[key] = copy.deepcopy(r.choice(JUNK))
    elif isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        del holder[key]


def spots(body: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of everything inside."""
    for key, value in list(body.items() if isinstance(body, dict) else enumerate(body)):
        yield body, key
        if isinstance(value, dict | list):
            yield from spots(value)


def cut(r: random.Random, text: str) -> bytes:
    """The text, now and then cut off or with one key written twice."""
    match r.randrange(60):
        case 0:
            text = text[: r.randrange(len(text))]
        case 1:
            text = text.replace('"format":', '"format": "forum-problem/1", "format":')
    return text.encode()
