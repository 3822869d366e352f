"""Business meetings: the judge, the file, the model against brute force, the bound by prices, the published optima."""

import importlib.util
import io
import itertools
import random
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.engine.business import (
    AFTERNOON,
    ANY_TIME,
    MORNING,
    BusinessDay,
    BusinessMeeting,
    Status,
    breaks_by_participant,
    breaks_of,
    timetable_faults,
)
from forum.matchmaking.engine.dzn import parse_business_day, read_business_day
from forum.matchmaking.engine.files import BadProblem
from forum.matchmaking.engine.timetable import timetable
from forum.matchmaking.engine.timetable_bound import SCALE, BreakPrices, break_prices, breaks_bound

TEXT = """
nBusiness = 3; nMeetings = 2; nTables = 1; nTotalSlots = 4; nMorningSlots = 2; % a comment
requested = [| 1, 2, 3, | 2, 3, 2, |];
forbidden = [{0}, {1, 3}, {}]; fixed = [0, 4]; precedences = [{}, {1}];
meetingsxBusiness = [{1,2},{1,2,3},{1,3}];
"""


def random_day(seed: int, *, people: int = 4, slots: int = 5, meetings: int = 5) -> BusinessDay:
    r = random.Random(seed)
    pairs = r.sample(list(itertools.combinations(range(people), 2)), meetings)
    held = tuple(
        BusinessMeeting(
            p, q, r.choice([MORNING, AFTERNOON, ANY_TIME, ANY_TIME, ANY_TIME]), r.randrange(slots) if r.random() < 0.1 else None,
            frozenset([r.randrange(k)]) if k and r.random() < 0.15 else frozenset(),
        )
        for k, (p, q) in enumerate(pairs)
    )  # fmt: skip
    absent = tuple(frozenset(t for t in range(slots) if r.random() < 0.12) for _ in range(people))
    return BusinessDay(people, r.choice([1, 2]), slots, slots // 2, held, absent)


def fewest_breaks(day: BusinessDay, fairness: int) -> int | None:
    """By trying every timetable."""
    options = itertools.product(*(day.possible(k) for k in range(len(day.meetings))))
    return min((sum(breaks_by_participant(day, s)) for s in options if not timetable_faults(day, s, fairness)), default=None)


@pytest.mark.parametrize("fairness", [0, 2])
def test_small_days_get_the_fewest_breaks_or_are_refused(fairness: int) -> None:
    impossible = 0
    for seed in range(25):
        day = random_day(seed)
        expected = fewest_breaks(day, fairness)
        found = timetable(day, fairness=fairness, time_limit=20)
        assert (found.status, found.breaks) == (Status.INFEASIBLE if expected is None else Status.OPTIMAL, expected)
        impossible += expected is None
        if found.slots is not None:
            assert timetable_faults(day, found.slots, fairness) == []
            assert found.bound == found.breaks
    assert 0 < impossible < 25


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_prices_prove_a_bound_that_no_timetable_beats(seed: int, other: int) -> None:
    day = random_day(seed)
    fewest = fewest_breaks(day, 99)
    r = random.Random(other)
    person = tuple(tuple(r.randrange(-2 * SCALE, 2 * SCALE) for _ in range(day.slots)) for _ in range(day.participants))
    prices = BreakPrices(person, tuple(r.choice([0, r.randrange(2 * SCALE)]) for _ in range(day.slots)))
    assert fewest is None or breaks_bound(day, prices) <= fewest


def test_a_negative_table_price_is_refused() -> None:
    day = random_day(1)
    with pytest.raises(ValueError, match="negative"):
        breaks_bound(day, BreakPrices(((0,) * 5,) * 4, (0, 0, -1, 0, 0)))


def test_prices_of_the_linear_programme_prove_breaks() -> None:
    """Two people who must meet others at both ends of the day have a break, and the prices know."""
    day = BusinessDay(3, 2, 3, 1, (BusinessMeeting(0, 1, MORNING), BusinessMeeting(0, 2, AFTERNOON, fixed=2)), (frozenset(),) * 3)
    prices = break_prices(day, time_limit=5)
    assert prices
    assert breaks_bound(day, prices) == 1


def test_breaks_are_gaps_of_any_length() -> None:
    assert [breaks_of(slots) for slots in ([], [3], [1, 2, 3], [4, 1], [9, 1, 2, 5])] == [0, 0, 0, 1, 2]


def test_file_is_read_with_numbers_from_zero() -> None:
    day = parse_business_day(TEXT)
    first, second = BusinessMeeting(0, 1), BusinessMeeting(1, 2, AFTERNOON, 3, frozenset([0]))
    assert day == BusinessDay(3, 1, 4, 2, (first, second), (frozenset(), frozenset([0, 2]), frozenset()))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("nTables = 1;", "", "nTables: missing"),
        ("nTables = 1", "nTables = -1", "nTables: expected one whole number from 0 to 10000"),
        ("nMeetings = 2", "nMeetings = 3", "nMeetings: 3, but requested has 2 rows"),
        ("| 2, 3, 2, |]", "| 2, 9, 2, |]", "requested[2]: unknown participant 9"),
        ("| 2, 3, 2, |]", "| 2, 2, 4, |]", "requested[2]: participant 2 cannot meet itself"),
        ("{1, 3}", "{1, 7}", "forbidden[2]: 7 is not in 0..4"),
        ("fixed = [0, 4]", "fixed = [0, 4, 4]", "fixed: expected 2 whole numbers"),
        ("fixed = [0, 4]", "fixed = [0, x]", "fixed: unexpected 'x'"),
        ("fixed = [0, 4]", "fixed = [0, 4", "fixed: ']' is missing"),
        ("precedences = [{}, {1}]", "precedences = [{}]", "precedences: expected 2 sets of whole numbers"),
        ("nMorningSlots = 2", "nMorningSlots = 5", "nMorningSlots: 5, but nTotalSlots is 4"),
        ("fixed = [0, 4];", "fixed [0, 4];", "'fixed [0, 4]': expected key = value"),
    ],
)
def test_bad_files_are_refused_with_the_place(old: str, new: str, fault: str) -> None:
    with pytest.raises(BadProblem) as refused:
        parse_business_day(TEXT.replace(old, new))
    assert fault in refused.value.faults


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(TEXT)))
def test_a_broken_file_never_breaks_the_reader(noise: str, at: int) -> None:
    faults, meetings = read_or_faults(TEXT[:at] + noise + TEXT[at:])
    assert faults or meetings


def read_or_faults(text: str) -> tuple[list[str], int]:
    try:
        return [], len(parse_business_day(text).meetings)
    except BadProblem as refused:
        return refused.faults, 0


def test_time_too_short_says_so() -> None:
    pairs = random.Random(1).sample(list(itertools.combinations(range(14), 2)), 45)
    day = BusinessDay(14, 5, 14, 7, tuple(BusinessMeeting(p, q) for p, q in pairs), (frozenset(),) * 14)
    found = timetable(day, time_limit=0.0)
    assert (found.status, found.slots, found.bound) == (Status.UNKNOWN, None, 0)


def test_a_stop_ends_the_search_with_what_is_known(shared: Path) -> None:
    day = read_business_day(shared / "matchmaking/b2b/forum-13crafb.original.dzn")
    news: list[int | None] = []
    found = timetable(day, time_limit=60, on_progress=lambda progress: news.append(progress.value), stop=lambda: any(v is not None for v in news))
    assert found.seconds < 30
    assert found.slots is not None
    assert timetable_faults(day, found.slots) == []


@pytest.fixture(scope="module")
def judge(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_b2b", shared / "matchmaking" / "check_b2b.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.open = lambda path: io.StringIO(Path(path).read_text())  # type: ignore[attr-defined] # it would leave its files open
    return module


@pytest.mark.parametrize(("name", "breaks"), [("tic-13crafc", 4), ("forumt-14crafd", 4), ("tic-12crafc", 0)])
def test_published_instances_are_closed_and_the_shared_judge_agrees(shared: Path, judge: ModuleType, name: str, breaks: int) -> None:
    path = shared / "matchmaking" / "b2b" / f"{name}.original.dzn"
    found = timetable(read_business_day(path), time_limit=120)
    assert (found.status, found.breaks, found.bound) == (Status.OPTIMAL, breaks, breaks)
    assert found.slots
    errors, total, _ = judge.check(judge.read(path), [slot + 1 for slot in found.slots])
    assert (errors, total) == ([], breaks)


def test_judges_agree_on_wrong_timetables(shared: Path, judge: ModuleType) -> None:
    path = shared / "matchmaking" / "b2b" / "tic-12crafc.original.dzn"
    day, raw = read_business_day(path), judge.read(path)
    r = random.Random(1)
    for _ in range(50):
        slots = [r.randint(0, day.slots) for _ in day.meetings]
        errors, _, _ = judge.check(raw, [slot + 1 for slot in slots])
        assert sorted(timetable_faults(day, slots)) == sorted(errors)
