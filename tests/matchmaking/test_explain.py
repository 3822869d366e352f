"""Explanations: exact, in two languages, one change that helps indeed, nobody else's name or rank."""

import re
from collections import Counter

import pytest

from forum.errors import NotFound
from forum.matchmaking.engine.check import Directory, check
from forum.matchmaking.engine.explain import Explanation, explain
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.person_days import PersonDays
from tests.matchmaking.small_problems import any_meetings, raw_problem
from tests.matchmaking.small_problems import problem as small_problem
from tests.matchmaking.test_exchange import planned

SEEDS = range(30)


def all_explanations(seed: int) -> tuple[Problem, list[Meeting], list[Explanation]]:
    problem, meetings, _ = planned(seed)
    return problem, meetings, [e for c in problem.candidates for e in explain(problem, meetings, c.id)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_one_change_makes_the_meeting_possible(seed: int) -> None:
    problem, meetings, explanations = all_explanations(seed)
    for e in explanations:
        if e.change and e.change.kind != "weight":
            assert not any(m.candidate == e.candidate and m[1:] == e.change.meeting[1:] for m in meetings)
            after = [m for m in meetings if m != e.change.given_up] + [e.change.meeting]
            assert check(e.change.changed(problem), after).errors == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_heavier_wish_would_be_preferred_and_one_point_less_would_not(seed: int) -> None:
    problem, meetings, explanations = all_explanations(seed)
    for e in explanations:
        if e.change and e.change.kind == "weight":
            assert e.found
            assert e.found.exchange
            heavier = e.change.changed(problem)
            assert check(heavier, e.found.exchange.applied(meetings)).value > check(heavier, meetings).value


def test_every_kind_of_reason_and_change_is_met_in_the_small_problems() -> None:
    """Else the tests above would say nothing about the kinds that never come up."""
    found = [e for seed in SEEDS for e in all_explanations(seed)[2]]
    assert {e.reason for e in found} == {"meets", "no common slot", "own day", "feasible"}
    assert {e.change.kind for e in found if e.change} >= {"slot", "session", "meeting", "recruiter", "weight"}


def test_sentences_exist_in_both_languages_and_name_nobody_else() -> None:
    for seed in SEEDS:
        problem, _, explanations = all_explanations(seed)
        names = {c.id for c in problem.candidates}
        for e in explanations:
            french, english = e.in_language("fr"), e.in_language("en")
            assert len(french) == len(english) == len(e.sentences)
            assert all(f != g for f, g in zip(french, english, strict=True))
            said = set(re.findall(r"\bp\d+\b", " ".join(french + english)))
            assert not said & (names - {e.candidate})


def test_what_happens_to_others_is_told_without_their_weight() -> None:
    told = 0
    for seed in SEEDS:
        for e in all_explanations(seed)[2]:
            for sentence in e.in_language("en"):
                if sentence.startswith("Another candidate"):
                    told += 1
                    facts = re.sub(r"\bs\d+\b|on day \d+ at \d\d:\d\d", "", sentence)
                    assert not re.search(r"\d", facts)
    assert told > 5


def test_no_slot_in_common_shows_both_calendars() -> None:
    raw = raw_problem(3, previous=False)
    raw["candidates"][0]["slots"], raw["recruiters"] = [0, 1], [dict(raw["recruiters"][0], slots=[4, 5])]
    company = raw["recruiters"][0]["company"]
    raw["wishes"] = [["p0", company, 50]]
    e = explain(parse_problem(raw), [], "p0", company)[0]
    assert e.reason == "no common slot"
    assert "you are free day 1" in e.in_language("en")[0]
    assert f"{company} receives day 2" in e.in_language("en")[0]


def test_a_fixed_meeting_makes_no_room_and_a_further_recruiter_would() -> None:
    raw = raw_problem(3, previous=False)
    raw["campuses"] = [{"id": c["id"], "tables": None} for c in raw["campuses"]]
    raw["companies"] = [{"id": "s0", "max_meetings": None}]
    raw["recruiters"] = [{"id": "s0-r0", "company": "s0", "campus": "c0", "slots": [2], "max_in_a_row": None}]
    raw["candidates"] = [{"id": name, "slots": [2], "busy": [], "max_meetings": 1} for name in ("p0", "p1")]
    raw["wishes"], raw["locked"] = [["p0", "s0", 90], ["p1", "s0", 20]], [["p1", "s0-r0", 2]]
    e = explain(parse_problem(raw), [Meeting("p1", "s0-r0", 2)], "p0", "s0")[0]
    assert e.reason == "no exchange"
    assert e.in_language("en")[0] == "Seats of s0 when you could come: 1. Taken by others: 1, of which by wishes of higher weight than yours: 0."
    assert e.change
    assert e.change.kind == "recruiter"


def desk(name: str, slots: list[int]) -> dict[str, object]:
    return {"id": name, "company": name[:2], "campus": "c0", "slots": slots, "max_in_a_row": None}


@pytest.mark.parametrize(
    ("kind", "tables", "cap", "desks", "most", "wishes", "held"),
    [
        ("limit", None, None, [desk("s0-r0", [2]), desk("s1-r0", [0])], 1, [["p0", "s0", 9], ["p0", "s1", 9]], ["p0", "s1-r0", 0]),
        ("table", 1, None, [desk("s0-r0", [2]), desk("s1-r0", [2])], 1, [["p0", "s0", 9], ["p1", "s1", 9]], ["p1", "s1-r0", 2]),
        ("cap", None, 1, [desk("s0-r0", [2]), desk("s0-r1", [3])], 1, [["p0", "s0", 9], ["p1", "s0", 9]], ["p1", "s0-r0", 2]),
        ("wish", None, None, [desk("s0-r0", [2]), desk("s1-r0", [2])], 1, [["p1", "s1", 9]], ["p1", "s1-r0", 2]),
    ],
)
def test_each_kind_of_change_is_told_and_helps(
    kind: str, tables: int | None, cap: int | None, desks: list[dict[str, object]], most: int, wishes: list[list[object]], held: list[object]
) -> None:
    raw = raw_problem(3, previous=False)
    raw |= {"campuses": [{"id": f"c{v}", "tables": tables} for v in range(3)], "recruiters": desks, "wishes": wishes, "locked": [held]}
    raw["companies"] = [{"id": "s0", "max_meetings": cap}, {"id": "s1", "max_meetings": None}]
    hours = sorted({slot for d in desks for slot in d["slots"]})  # type: ignore[attr-defined]
    raw["candidates"] = [{"id": name, "slots": hours, "busy": [], "max_meetings": most} for name in ("p0", "p1")]
    problem, meetings = parse_problem(raw), [Meeting(*held)]  # type: ignore[arg-type]
    assert check(problem, meetings).errors == ()
    change = explain(problem, meetings, "p0", "s0")[0].change
    assert change
    assert change.kind == kind
    assert check(change.changed(problem), [*meetings, change.meeting]).errors == ()


def test_a_company_nobody_asked_for_is_not_planned() -> None:
    raw = raw_problem(3, previous=False)
    raw["wishes"] = [w for w in raw["wishes"] if w[:2] != ["p0", "s0"]]
    problem = parse_problem(raw)
    assert explain(problem, [], "p0", "s0")[0].reason == "no wish"


def test_unknown_names_are_not_found() -> None:
    problem = small_problem(3)
    with pytest.raises(NotFound, match="There is no candidate nobody"):
        explain(problem, [], "nobody")
    with pytest.raises(NotFound, match="There is no company nothing"):
        explain(problem, [], "p0", "nothing")


def test_one_persons_days_are_judged_as_the_whole_plan_is() -> None:
    seen = Counter[bool]()
    for seed in range(400):
        problem = small_problem(seed)
        who = Directory(problem)
        days = PersonDays(problem, who)
        nothing = check(problem, []).value
        company = {r.id: r.company for r in problem.recruiters}
        for name in who.candidate:
            mine = [m for m in any_meetings(seed, problem, nonsense=False) if m.candidate == name and (name, company.get(m.recruiter)) in who.weight]
            if any(m.slot not in who.free[name] & who.present[m.recruiter] for m in mine):
                continue
            alone = check(relaxed(problem), mine)
            expected = alone.value - nothing if alone.valid else None
            worth = days.worth(name, mine)
            assert (worth if worth is None else worth - (days.worth(name, []) or 0)) == expected
            seen[expected is None] += bool(mine)
    assert min(seen.values()) > 20


def relaxed(problem: Problem) -> Problem:
    """The rules on seats left aside: only the person counts."""
    from dataclasses import replace

    return replace(
        problem, campuses=tuple(replace(c, tables=None) for c in problem.campuses), companies=tuple(replace(c, max_meetings=None) for c in problem.companies),
        recruiters=tuple(replace(r, max_in_a_row=None) for r in problem.recruiters),
    )  # fmt: skip
