"""Metrics of a plan: each on an example counted by hand."""

from dataclasses import replace

import pytest

from forum.matchmaking.engine.attainable import guarantee_bound, most_meetings, most_worked
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.metrics import gini, jain, metrics, spread
from forum.matchmaking.engine.model import Busy, Meeting, Problem, Recruiter, Weights
from forum.matchmaking.engine.tiers import FLOW_NAME, NOTHING_NAME, PRICES_NAME, Tier, preference_bound
from tests.matchmaking.engine.exact import optimum
from tests.matchmaking.small_problems import problem as small_problem


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
    assert (m.changed, m.cancelled) == (2, 1)


def test_tiers_have_their_bounds_by_name() -> None:
    problem = example()
    report = check(problem, PLAN)
    terms = report.terms
    assert (terms.guaranteed, terms.preference, report.value) == (2, 200, 2200 - 4 - 2 - 1)
    m = metrics(problem, PLAN, report, bound=report.value + 1003)
    assert dict(m.tiers) == {
        # p0 with s0, p1 with s0, and two of p0, p2, p3 with s1, which receives two at most: everyone has one
        "guarantee": Tier(2, 4, FLOW_NAME, 0.5, 3, 1 / 3),
        # 100 + 60 at s0, 100 + 90 at s1
        "preference": Tier(200, 350, PRICES_NAME, 150 / 350, 350, 150 / 350),
        "comfort": Tier(7, 0, NOTHING_NAME, 1.0, 0, 1.0),
    }
    near = metrics(problem, PLAN, report, bound=report.value + 3).tiers
    assert [(tier.kept_bound, tier.kept_gap) for tier in near.values()] == [(2, 0.0), (203, 3 / 203), (4, 3 / 7)]
    unproved = metrics(problem, PLAN, report).tiers
    assert [(tier.kept_bound, tier.kept_gap) for tier in unproved.values()] == [(None, None)] * 3


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_beats_the_bounds_of_the_tiers(seed: int) -> None:
    """Exactly: the optimum of each tier alone is that of the problem with only this weight."""
    problem = replace(small_problem(seed, previous=False), guarantee=2)
    nothing = Weights(0, 0, 0, 0, 0, 0)
    guarantee, preference = (optimum(replace(problem, weights=replace(nothing, **{name: 1}))) for name in ("guarantee", "preference"))
    assert guarantee <= guarantee_bound(problem)
    assert preference <= preference_bound(problem)
    if not problem.wishes:
        assert (guarantee_bound(problem), preference_bound(problem)) == (0, 0)


def test_runs_of_a_recruiter_hold_rests() -> None:
    slots = example().slots
    assert [most_worked(slots, Recruiter("r", "s", "c", present, k)) for present, k in (((0, 1, 2, 3), None), ((0, 1, 2, 3), 1), ((0, 1, 2, 3), 2), ((0, 1, 3), 2))] == [4, 2, 3, 3]


def test_days_are_counted_as_in_business_timetables_too() -> None:
    """A session in the gap takes its slot from the value's idle slots, not from the timetable's."""
    problem = example()
    busy = replace(problem.candidates[0], busy=(Busy(555, 560, "c0"),))
    problem = replace(problem, candidates=(busy, *problem.candidates[1:]))
    report = check(problem, PLAN)
    m = metrics(problem, PLAN, report)
    assert (report.errors, m.breaks, m.idle_slots, m.timetable_breaks, m.timetable_idle_slots) == ((), 0, 0, 1, 1)


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
