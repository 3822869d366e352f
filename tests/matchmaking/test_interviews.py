"""CSPLib 062: small sets against brute force, the published optima of day 2, a week judged by its own rules."""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from forum.matchmaking.engine.files import BadProblem
from forum.matchmaking.engine.interviews import SUITE_COST, assign_interviews, max_regret, plan_week, week_of
from forum.matchmaking.engine.interviews_files import PER_DAY, Employer, InterviewProblem, Student, read_interviews

HEAD = "Company,Disappointment,Lower,Upper,DailyRate,Parallel\n"


def student(*preferences: int, sessions: tuple[int, ...] = (0, 1, 4, 8, 9)) -> Student:
    return Student(preferences, sessions)


SMALL = InterviewProblem(
    "small",
    (Employer("a", 3, 1, 2, 10, 1), Employer("b", 1, 2, 3, 20, 2), Employer("c", 9, 1, 2, 10, 1)),
    (student(1, 2, 5), student(1, 1, 5), student(5, 5, 5), student(2, 1, 3)),
)


def brute_force(problem: InterviewProblem) -> tuple[int, int]:
    """(least maximal regret, least cost with it) over every assignment."""
    choices = [list(itertools.combinations(range(len(problem.employers)), s.interviews)) for s in problem.students]
    found = []
    for chosen in itertools.product(*choices):
        pairs = [(i, j) for i, js in enumerate(chosen) for j in js]
        count = Counter(j for _, j in pairs)
        if all(not count[j] or e.lower <= count[j] <= e.upper for j, e in enumerate(problem.employers)):
            cost = sum(problem.students[i].preferences[j] for i, j in pairs)
            cost += sum(e.disappointment for j, e in enumerate(problem.employers) if not count[j])
            found.append((max_regret(problem, pairs), cost))
    return min(found)


def test_interviews_are_three_or_as_many_as_are_wanted() -> None:
    assert [s.interviews for s in SMALL.students] == [2, 2, 0, 3]
    assert [s.best for s in SMALL.students] == [3, 2, 0, 6]


def test_small_set_has_the_least_regret_then_the_least_cost() -> None:
    found = assign_interviews(SMALL)
    assert found
    assert (found.regret, found.cost, found.optimal) == (*brute_force(SMALL), True)


def test_a_week_keeps_every_rule_and_counts_its_cost() -> None:
    served = InterviewProblem("week", tuple(Employer(e.name, e.disappointment, 1, 3, e.rate, e.parallel) for e in SMALL.employers), SMALL.students)
    week = plan_week(served, time_limit=20)
    assert week
    assert week.bound <= week.cost
    assert week == week_of(served, week.interviews, week.bound, week.seconds)
    assert all(t in served.students[i].sessions for i, _, t in week.interviews)
    assert max(Counter((i, t) for i, _, t in week.interviews).values()) == 1
    assert all(n <= served.employers[j].parallel for (j, _), n in Counter((j, t) for _, j, t in week.interviews).items())
    assert Counter(i for i, _, _ in week.interviews) == {0: 2, 1: 2, 3: 3}


def test_attendance_counts_the_days_between_too() -> None:
    problem = InterviewProblem("one", (Employer("a", 0, 0, 9, 7, 1),), (student(1), student(1)))
    week = week_of(problem, ((0, 0, 0), (1, 0, 2 * PER_DAY)), 0, 0.0)
    assert (week.attendance, week.suites, week.cost) == (3 * 7, 1, 2 + 21 + SUITE_COST)


@pytest.mark.parametrize(("students", "cost"), [(37, 171), (100, 414), (200, 820), (400, 1673)])
def test_published_day_2_sets_are_optimal(shared: Path, students: int, cost: int) -> None:
    problem = next(p for p in read_interviews(shared / "matchmaking" / "csplib062") if len(p.students) == students)
    found = assign_interviews(problem)
    assert found
    assert (found.regret, found.cost, found.bound) == (1, cost, cost)
    assert max_regret(problem, list(found.pairs)) == 1


def write_set(folder: Path, *, test: str = "a,b\n1,2\n", slots: str = "StudentNr,slot1\n1,20\n", company: str = HEAD + "A,1,0,1,1,1\nB,1,0,1,1,1\n") -> None:
    for name, text in (("test9", test), ("slots9", slots), ("company9", company)):
        (folder / f"{name}.csv").write_text(text)


def test_files_are_read_by_position_with_names_compared(tmp_path: Path) -> None:
    write_set(tmp_path)
    (found,) = read_interviews(tmp_path)
    assert found.students == (Student((1, 2), (19,)),)
    assert [e.name for e in found.employers] == ["A", "B"]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"test": "a,b\n1,6\n"}, "test9.csv:2: a preference is not in 1..5"),
        ({"test": "a,b\n1\n"}, "test9.csv:2: expected 2 whole numbers"),
        ({"test": "a,c\n1,2\n"}, "test9.csv: its companies are not those of company9.csv"),
        ({"slots": "StudentNr,slot1\n1,21\n"}, "slots9.csv:2: a session is not in 1..20"),
        ({"slots": "StudentNr,slot1\n"}, "slots9.csv: 0 students, test9.csv has 1"),
        ({"company": HEAD + "A,1,2,1,1,1\nB,1,0,1,1,1\n"}, "company9.csv: A: at least 2 but at most 1"),
        ({"company": ""}, "company9.csv: empty"),
    ],
)
def test_bad_files_are_refused_with_the_place(tmp_path: Path, files: dict[str, str], fault: str) -> None:
    write_set(tmp_path, **files)
    with pytest.raises(BadProblem) as refused:
        read_interviews(tmp_path)
    assert fault in refused.value.faults


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadProblem, match="no preference files"):
        read_interviews(tmp_path)
