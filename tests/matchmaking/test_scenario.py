"""What-if scenarios on plain data: what closes loses its seats and its locks, what is added is invented the same way every time."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from forum.errors import Invalid
from forum.matchmaking import runs
from forum.matchmaking.model import Busy
from forum.matchmaking.problem import CandidateRow, CompanyRow, Inputs, SeatRow, StandingRow, WishRow, build
from forum.matchmaking.scenario import Kept, Scenario, apply, counted, drawn_wishes, from_json, hindered, invented, to_json
from forum.matchmaking.scenarios import moment
from forum.matchmaking.slots import grid_of

DAY = date(2028, 11, 16)
GRID = grid_of([(DAY, time(9), time(11))], 20, "Europe/Paris")
NOW = datetime.fromisoformat("2028-11-16T07:00:00+00:00")
ALPHA, BETA, ANNA, BO = (UUID(int=n) for n in (1, 2, 11, 12))
R = {ALPHA: UUID(int=21), BETA: UUID(int=22)}
T = {ALPHA: UUID(int=31), BETA: UUID(int=32)}


def inputs() -> Inputs:
    """Alpha at campus 1 and beta at campus 2 through six slots; Anna meets alpha in slot 1, Bo meets beta in slot 2, both fixed."""
    seats = tuple(SeatRow(R[c], c, T[c], campus, True, slot) for c, campus in ((ALPHA, "1"), (BETA, "2")) for slot in GRID.starts)
    standing = tuple(StandingRow(who, c, R[c], T[c], campus, GRID.starts[n], True) for who, c, campus, n in ((ANNA, ALPHA, "1", 1), (BO, BETA, "2", 2)))
    companies = (CompanyRow(ALPHA, None, 6), CompanyRow(BETA, None, 6))
    return Inputs("t", GRID, ("1", "2"), ((0, 20), (20, 0)), companies, seats, (), (), standing, {}, NOW, 1, runs.DEFAULT_WEIGHTS)


def test_an_empty_scenario_changes_nothing() -> None:
    assert Scenario().empty
    assert apply(inputs(), Scenario()) == inputs()


@pytest.mark.parametrize(
    "scenario", [Scenario(closed_campuses=("1",)), Scenario(tables=(T[ALPHA],)), Scenario(away=(R[ALPHA],)), Scenario(withdrawn=(ALPHA,), closed_from=NOW)]
)
def test_what_closes_loses_its_seats_and_lets_its_meetings_move(scenario: Scenario) -> None:
    tried = apply(inputs(), scenario)
    assert counted(tried.seats) == {BETA: 6}
    assert {s.company: s.fixed for s in tried.standing} == {ALPHA: False, BETA: True}


def test_what_closes_later_keeps_what_was_before() -> None:
    tried = apply(inputs(), Scenario(closed_campuses=("1",), closed_from=GRID.starts[3]))
    assert counted(tried.seats) == {ALPHA: 3, BETA: 6}
    assert all(s.fixed for s in tried.standing)


def test_a_company_that_withdraws_for_good_is_no_company_of_the_problem() -> None:
    assert [c.id for c in apply(inputs(), Scenario(withdrawn=(ALPHA,))).companies] == [BETA]


def kept(who: UUID, company: UUID, campus: str, slot: int) -> Kept:
    return Kept(who, company, R[company], T[company], campus, GRID.starts[slot])


def test_a_meeting_locked_for_a_trial_is_fixed_where_it_is_though_its_place_closes() -> None:
    loose = replace(inputs(), standing=tuple(replace(s, fixed=False) for s in inputs().standing))
    assert [s.fixed for s in apply(loose, Scenario()).standing] == [False, False]
    locked = (kept(ANNA, ALPHA, "1", 1), kept(BO, BETA, "2", 2))
    assert apply(loose, Scenario(locked=locked)).standing == inputs().standing
    assert apply(loose, Scenario(locked=locked[:1], closed_campuses=("2",))).standing == (inputs().standing[0], loose.standing[1])


def test_a_lock_from_another_plan_comes_beside_what_stands() -> None:
    other = kept(ANNA, ALPHA, "1", 4)
    new = StandingRow(ANNA, ALPHA, R[ALPHA], T[ALPHA], "1", GRID.starts[4], True, False)
    assert apply(inputs(), Scenario(locked=(other,))).standing == (*inputs().standing, new)


def test_a_lock_that_cannot_stand_by_itself_is_found_with_its_reason() -> None:
    anna, bo = kept(ANNA, ALPHA, "1", 1), kept(BO, BETA, "2", 2)
    here = replace(inputs(), candidates=(CandidateRow(ANNA, 6, False, (DAY,)), CandidateRow(BO, 6, False, (DAY,))))
    assert hindered(here, (anna, bo)) is None
    assert hindered(apply(here, Scenario(closed_campuses=("2",))), (anna, bo)) == ("seat", bo)
    assert hindered(replace(here, candidates=here.candidates[1:]), (anna, bo)) == ("candidate", anna)
    assert hindered(replace(here, busy={BO: [Busy(GRID.starts[2], GRID.starts[3], "1")]}), (anna, bo)) == ("overlap", bo)
    assert hindered(replace(here, busy={BO: [Busy(GRID.starts[3], GRID.starts[4], "1")]}), (anna, bo)) is None


def test_more_people_of_a_company_sit_when_its_own_do_and_are_the_same_each_time() -> None:
    more = Scenario(extra_company=ALPHA, extra_campus="2", extra=2)
    tried = apply(inputs(), more)
    assert counted(tried.seats) == {ALPHA: 18, BETA: 6}
    assert {s.recruiter for s in tried.seats} - set(R.values()) == {invented("recruiter", more, n) for n in range(2)}
    assert apply(inputs(), more) == tried
    added = Scenario(extra_company=uuid4(), extra_campus="2", extra=1)  # a company without any table yet: the whole grid
    assert len(apply(inputs(), added).seats) == 12 + len(GRID.starts)
    assert apply(inputs(), replace(more, extra_campus="nowhere")).seats == inputs().seats


def test_an_added_company_nobody_could_wish_for_is_wished_for_by_lot_as_often_as_the_middle_one() -> None:
    people = [UUID(int=100 + n) for n in range(9)]
    wishes = [WishRow(person, ALPHA, 1, False) for person in people[:5]] + [WishRow(person, BETA, 2, True) for person in people[:3]]
    asked, new = replace(inputs(), wishes=tuple(wishes)), uuid4()
    added = Scenario(extra_company=new, extra_campus="2", extra=1)
    drawn = drawn_wishes(asked, added)
    assert drawn == drawn_wishes(replace(asked, wishes=tuple(reversed(wishes))), added)
    assert (len(drawn), {w.company for w in drawn}, any(w.starred for w in drawn)) == (5, {new}, False)
    assert [w.rank for w in drawn] == [3 if w.candidate in people[:3] else 2 for w in drawn]
    assert drawn_wishes(asked, replace(added, extra_company=ALPHA)) == ()  # it has wishes of its own
    assert drawn_wishes(asked, replace(added, extra=0)) == ()
    assert apply(asked, added).wishes == (*wishes, *drawn)


def test_a_scenario_survives_the_database() -> None:
    tried = Scenario(("1",), NOW, (uuid4(),), (uuid4(),), (ALPHA,), (R[BETA],), BETA, "2", 3, (kept(ANNA, ALPHA, "1", 1),))
    assert from_json(to_json(tried)) == tried


def test_the_tried_problem_is_one_the_engine_reads() -> None:
    problem = build(apply(inputs(), Scenario(closed_campuses=("1",))))
    assert {r.campus for r in problem.recruiters} == {"2"}


def test_a_moment_that_is_none_is_refused_and_wall_clock_is_the_editions() -> None:
    class Edition:
        zone = "Europe/Paris"

    assert moment(Edition, "2028-11-16T13:00") == datetime.fromisoformat("2028-11-16T12:00:00+00:00")  # type: ignore[arg-type]
    assert moment(Edition, "") is None  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        moment(Edition, "noon")  # type: ignore[arg-type]
    assert timedelta(0) == GRID.starts[0] - datetime.fromisoformat("2028-11-16T08:00:00+00:00")
