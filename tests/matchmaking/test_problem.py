"""From rows to the engine's problem: hours, breaks, claims, busy spells, wishes and what is fixed."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.matchmaking import runs
from forum.matchmaking.engine.model import Meeting, OldMeeting
from forum.matchmaking.model import Busy
from forum.matchmaking.problem import CandidateRow, CompanyRow, Inputs, SeatRow, StandingRow, WishRow, build, longest_row, recruiter_key, recruiter_of
from forum.matchmaking.slots import grid_of

DAYS = (date(2028, 11, 16), date(2028, 11, 17))
GRID = grid_of([(day, time(9), time(15)) for day in DAYS], 60, "Europe/Paris")  # 09:00 … 14:00, six slots a day
BEFORE = datetime.fromisoformat("2028-11-16T07:00:00+00:00")
ALPHA, ANNA, HOST, TABLE = (UUID(int=n) for n in (1, 11, 21, 31))


def inputs(
    *, candidate: CandidateRow | None = None, now: datetime = BEFORE, seats: tuple[SeatRow, ...] | None = None, standing: tuple[StandingRow, ...] = (),
    busy: dict[UUID, list[Busy]] | None = None, wishes: tuple[WishRow, ...] = (WishRow(ANNA, ALPHA, 1, True),),
) -> Inputs:  # fmt: skip
    all_seats = tuple(SeatRow(HOST, ALPHA, TABLE, "1", True, slot) for slot in GRID.starts)
    return Inputs(
        "t", GRID, ("1", "2"), ((0, 20), (20, 0)), (CompanyRow(ALPHA, 9, 6),), all_seats if seats is None else seats, (candidate or anna(),), wishes, standing,
        busy or {}, now, 1, runs.DEFAULT_WEIGHTS,
    )  # fmt: skip


def anna(**more: object) -> CandidateRow:
    return CandidateRow(**{"person": ANNA, "max_meetings": 4, "step_free_need": False, "days": DAYS} | more)  # type: ignore[arg-type]


def slots_of(made: Inputs) -> tuple[int, ...]:
    return build(made).candidates[0].slots if build(made).candidates else ()


@pytest.mark.parametrize(
    ("row", "slots"),
    [
        ({}, tuple(range(12))),
        ({"days": DAYS[1:]}, tuple(range(6, 12))),
        ({"off": ((DAYS[0], "morning"),)}, (4, 5, *range(6, 12))),
        ({"off": ((DAYS[0], "morning"), (DAYS[0], "afternoon"))}, tuple(range(6, 12))),
        ({"break_from": time(12, 30), "break_minutes": 60}, (0, 1, 2, 5, 6, 7, 8, 11)),
        ({"break_from": time(12), "break_minutes": 60}, (0, 1, 2, 4, 5, 6, 7, 8, 10, 11)),
        ({"blocked": (GRID.starts[0], GRID.starts[7])}, (1, 2, 3, 4, 5, 6, 8, 9, 10, 11)),
        ({"days": ()}, ()),
    ],
)
def test_a_candidates_slots_are_their_days_without_what_they_cannot(row: dict[str, object], slots: tuple[int, ...]) -> None:
    assert slots_of(inputs(candidate=anna(**row))) == slots


def test_what_has_begun_is_open_to_nobody_and_taken_seats_to_no_plan() -> None:
    problem = build(inputs(now=GRID.starts[2]))
    assert (problem.candidates[0].slots[0], problem.recruiters[0].slots[0]) == (3, 3)
    taken = tuple(SeatRow(HOST, ALPHA, TABLE, "1", True, slot, n < 4) for n, slot in enumerate(GRID.starts))
    assert build(inputs(seats=taken)).recruiters[0].slots == tuple(range(4, 12))


def test_a_recruiter_who_changes_tables_is_one_of_the_engine_per_table_and_leads_back() -> None:
    other = UUID(int=32)
    seats = (SeatRow(HOST, ALPHA, TABLE, "1", True, GRID.starts[0]), SeatRow(HOST, ALPHA, other, "2", True, GRID.starts[1]))
    problem = build(inputs(seats=seats))
    assert [(recruiter_of(r.id), r.campus, r.slots) for r in problem.recruiters] == [((HOST, TABLE), "1", (0,)), ((HOST, other), "2", (1,))]


def test_fixed_meetings_are_locked_bring_their_wish_and_raise_a_cap_that_is_too_low() -> None:
    fixed = StandingRow(ANNA, ALPHA, HOST, TABLE, "1", GRID.starts[0], True)
    problem = build(inputs(candidate=anna(max_meetings=0), standing=(fixed,), wishes=(), now=GRID.starts[3]))
    assert problem.locked == (Meeting(str(ANNA), recruiter_key(HOST, TABLE), 0),)
    assert (problem.candidates[0].max_meetings, problem.wishes[0].weight) == (1, 1)
    assert 0 in problem.candidates[0].slots and 0 in problem.recruiters[0].slots


def test_more_in_a_row_than_the_rule_because_people_took_it_is_never_why_there_is_no_plan() -> None:
    """A recruiter who took a freed seat has seven in a row: a campus that closes must be repaired all the same."""
    many = tuple(StandingRow(UUID(int=100 + n), ALPHA, HOST, TABLE, "1", GRID.starts[n], True) for n in range(4))
    people = tuple(anna(person=one.candidate) for one in many)
    given = replace(inputs(standing=many, wishes=()), candidates=people, companies=(CompanyRow(ALPHA, 9, 2),))
    assert build(given).recruiters[0].max_in_a_row == 4
    assert build(replace(given, standing=many[:1])).recruiters[0].max_in_a_row == 2
    assert [longest_row(slots) for slots in (set(), {3}, {1, 2, 4, 5, 6}, {1, 3, 5})] == [0, 1, 3, 1]


def test_loose_meetings_are_the_previous_plan_and_those_of_this_run_are_not() -> None:
    loose, fresh = (StandingRow(ANNA, ALPHA, HOST, TABLE, "1", GRID.starts[n], False, published) for n, published in ((0, True), (1, False)))
    problem = build(inputs(standing=(loose, fresh)))
    assert problem.previous == (OldMeeting(str(ANNA), str(ALPHA), "1", recruiter_key(HOST, TABLE), 0),)
    assert problem.locked == ()


@pytest.mark.parametrize(
    ("wishes", "seats", "weights"),
    [
        ((WishRow(ANNA, ALPHA, 1, True),), None, [100]),
        ((WishRow(ANNA, ALPHA, 2, False),), None, [19]),
        ((WishRow(ANNA, UUID(int=9), 1, True),), None, []),  # a company that withdrew
        ((WishRow(UUID(int=9), ALPHA, 1, True),), None, []),  # somebody who withdrew
        ((WishRow(ANNA, ALPHA, 1, True),), (), []),  # a company without a seat
    ],
)
def test_only_wishes_that_can_be_met_are_planned(wishes: tuple[WishRow, ...], seats: tuple[SeatRow, ...] | None, weights: list[int]) -> None:
    assert [w.weight for w in build(inputs(wishes=wishes, seats=seats)).wishes] == weights


SPELLS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 90), st.sampled_from(["1", "2", "gone"])), max_size=8)


@given(SPELLS)
def test_busy_spells_are_in_order_apart_on_one_campus_and_lose_no_minute(spells: list[tuple[int, int, str]]) -> None:
    begin = GRID.starts[0]
    rows = [Busy(begin + timedelta(minutes=a), begin + timedelta(minutes=a + n), campus) for a, n, campus in spells]
    merged = build(inputs(busy={ANNA: rows})).candidates[0].busy
    assert list(merged) == sorted(merged, key=lambda b: (b.start, b.end))
    assert all(b.start < b.end for b in merged)
    for campus in ("1", "2"):
        wanted = {540 + m for a, n, where in spells if where == campus for m in range(a, a + n)}
        assert {m for b in merged if b.campus == campus for m in range(b.start, b.end)} == wanted
    assert {b.campus for b in merged} <= {"1", "2"}
