"""Metrics of a plan: each on an example counted by hand."""

import pytest

from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.metrics import gini, jain, metrics, most_meetings, spread
from forum.matchmaking.engine.model import Meeting, Problem


def example(candidates: int = 4, **changes: object) -> Problem:
    """One day, one campus pair, two companies with one recruiter each in three of four slots."""
    raw = {
        "format": "forum-problem/1", "name": "by hand", "slots": [{"start": 540 + 15 * t, "length": 15} for t in range(4)],
        "campuses": [{"id": "c0", "tables": None}, {"id": "c1", "tables": None}], "travel": [[0, 10], [12, 0]],
        "companies": [{"id": "s0", "max_meetings": None}, {"id": "s1", "max_meetings": 2}],
        "recruiters": [
            {"id": "r0", "company": "s0", "campus": "c0", "slots": [0, 1, 3], "max_in_a_row": None},
            {"id": "r1", "company": "s1", "campus": "c1", "slots": [0, 2, 3], "max_in_a_row": None},
        ],
        "candidates": [{"id": f"p{i}", "slots": [0, 1, 2, 3], "busy": [], "max_meetings": 2} for i in range(candidates)],
        "wishes": [["p0", "s0", 100], ["p0", "s1", 40], ["p1", "s0", 60], ["p2", "s1", 100], ["p3", "s1", 90]],
        "locked": [], "guarantee": 1, "previous": None,
        "weights": {"guarantee": 1000, "preference": 1, "campus_change": 4, "break": 2, "idle_slot": 1, "change": 1},
    }  # fmt: skip
    return parse_problem(raw | changes)


PLAN = [Meeting("p0", "r0", 0), Meeting("p0", "r1", 2), Meeting("p1", "r0", 3)]


def test_counts_by_hand() -> None:
    problem = example()
    report = check(problem, PLAN)
    assert report.errors == ()
    m = metrics(problem, PLAN, report, bound=report.value + 100)
    assert m.gap == pytest.approx(100 / (report.value + 100))
    assert (m.guarantee_shortfall, m.guarantee_share) == (2, 0.5)
    assert (m.firsts, m.firsts_attainable) == (1, 2)
    assert (m.seats, m.seats_used) == (6, 0.5)
    assert (m.meetings_per_candidate.least, m.meetings_per_candidate.median, m.meetings_per_candidate.most) == (0, 0, 2)
    assert (m.meetings_per_company.least, m.meetings_per_company.most) == (1, 2)
    assert (m.breaks, m.breaks_range, m.idle_slots, m.campus_changes, m.recruiter_breaks) == (1, 1, 1, 1, 1)
    assert m.travel_per_candidate.most == 10
    assert (m.blocking_pairs, m.envious_candidates) == (2, 2)  # p2 and p3 wish s1 more than p0, who has it
    assert m.parity is None


def test_repair_counts_persons_whose_meetings_changed() -> None:
    previous = [["p0", "s0", "c0", "r0", 0], ["p1", "s0", "c0", "r0", 1], ["gone", "s0", "c0", "r0", 3], ["p2", "s1", "c1", "r1", 0]]
    problem = example(previous=previous)
    m = metrics(problem, PLAN, check(problem, PLAN))
    assert dict(m.changes) == {"same": 1, "moved far": 1, "gone": 1}
    assert m.persons_touched == 2


def test_most_that_could_meet_respects_seats_and_limits() -> None:
    problem = example()
    assert most_meetings(problem, {(w.candidate, w.company) for w in problem.wishes}) == 4  # s1 receives two at most
    assert most_meetings(problem, set()) == 0


def test_parity_shows_large_groups_only_and_the_chances_each_had() -> None:
    problem = example(24, wishes=[[f"p{i}", "s0", 50] for i in range(24)], campuses=[{"id": "c0", "tables": None}, {"id": "c1", "tables": None}])
    meetings = [Meeting("p0", "r0", 0), Meeting("p1", "r0", 1), Meeting("p12", "r0", 3)]
    groups = {f"p{i}": "x" if i < 10 else "y" if i < 20 else "z" for i in range(24)}
    parity = metrics(problem, meetings, check(problem, meetings), groups=groups).parity
    assert parity
    assert (dict(parity.rates), parity.ratio, parity.four_fifths, parity.suppressed) == ({"x": 0.2, "y": 0.1}, 0.5, False, 1)
    assert parity.opportunity == pytest.approx(0.5)  # each group alone could have had all three seats


def test_inequality_of_equal_and_of_one_sided_shares() -> None:
    assert (gini([2, 2, 2, 2]), jain([2, 2, 2, 2])) == (0, 1)
    assert (gini([0, 0, 0, 8]), jain([0, 0, 0, 8])) == (0.75, 0.25)
    assert (gini([0, 0]), jain([0, 0])) == (0, 1)
    assert spread([]).mean == 0
