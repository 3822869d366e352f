"""The judge finds what it is there to find: for every invariant a day that keeps it and the same day with one thing wrong."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from forum.rehearsal.judge import Appointment, Mended, Passage, Sent, crowding, journeys, lost, overlaps, torn

NINE = datetime(2028, 11, 16, 9, tzinfo=UTC)
ANH, BEA = UUID(int=1), UUID(int=2)
GATE, OTHER_GATE = UUID(int=11), UUID(int=12)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def held(person: UUID, campus: str, start: int, end: int, since: int | None = None) -> Appointment:
    return Appointment(person, campus, at(start), at(end), f"{campus} {start}", None if since is None else at(since))


def passed(person: UUID, campus: str, way: str, minute: int, *, offline: bool = False, forced: bool = False) -> Passage:
    return Passage(person, campus, way, at(minute), forced, offline)


def minutes(here: str, there: str) -> int:
    return 30


def test_two_appointments_at_once_are_a_double_booking() -> None:
    assert overlaps([held(ANH, "1", 0, 20), held(ANH, "1", 20, 40), held(BEA, "1", 10, 30)]) == []
    assert [b.rule for b in overlaps([held(ANH, "1", 0, 20), held(ANH, "1", 19, 40)])] == ["double_booking"]


def test_a_short_one_inside_a_long_one_does_not_hide_a_third() -> None:
    assert len(overlaps([held(ANH, "1", 0, 60), held(ANH, "1", 5, 10), held(ANH, "1", 30, 40)])) == 2


def test_a_journey_needs_its_minutes() -> None:
    assert journeys([held(ANH, "1", 0, 20), held(ANH, "2", 50, 70)], minutes) == ([], 1, 30)
    found, _, _ = journeys([held(ANH, "1", 0, 20), held(ANH, "2", 49, 70)], minutes)
    assert [b.rule for b in found] == ["impossible_journey"]


def test_a_seat_taken_while_its_slot_runs_may_be_reached_late_but_not_after_its_end() -> None:
    assert journeys([held(ANH, "1", 0, 20), held(ANH, "2", 40, 60, since=41)], minutes)[0] == []
    assert len(journeys([held(ANH, "1", 0, 31), held(ANH, "2", 40, 60, since=41)], minutes)[0]) == 1
    assert len(journeys([held(ANH, "1", 0, 20), held(ANH, "2", 40, 60, since=10)], minutes)[0]) == 1


def test_a_seat_taken_after_a_session_ended_is_no_double_booking_and_one_taken_before_is() -> None:
    assert overlaps([held(ANH, "1", 0, 5), held(ANH, "1", 0, 20, since=7)]) == []
    assert [b.rule for b in overlaps([held(ANH, "1", 0, 8), held(ANH, "1", 0, 20, since=7)])] == ["double_booking"]


def test_a_repair_changes_little_more_than_lost_its_place() -> None:
    assert torn([Mended(2, 108, 105), Mended(3, 20, 0)]) == []
    assert [b.rule for b in torn([Mended(2, 4670, 458), Mended(3, 21, 0)])] == ["lost_meetings"] * 2


def test_every_scan_is_found_again_as_it_was_made() -> None:
    sent = [Sent("nonce-one", GATE, "entry", "token")]
    assert lost(sent, {"nonce-one": (GATE, "entry", "token")}) == []
    for kept in ({}, {"nonce-one": (OTHER_GATE, "entry", "token")}, {"nonce-one": (GATE, "exit", "token")}, {"nonce-one": (GATE, "entry", "other")}):
        assert [b.rule for b in lost(sent, kept)] == ["lost_scan"]


def test_a_door_that_lets_one_too_many_in_is_found() -> None:
    passages = [passed(ANH, "1", "entry", 0), passed(BEA, "1", "entry", 1)]
    assert crowding(passages, {"1": 2}, {"1": 2}) == []
    assert [b.rule for b in crowding(passages, {"1": 1}, {"1": 2})] == ["capacity"]


def test_a_capacity_made_smaller_later_blames_nobody_for_before_and_counts_from_then_on() -> None:
    passages = [passed(ANH, "1", "entry", 0), passed(BEA, "1", "entry", 5)]
    assert crowding(passages, {"1": 1}, {"1": 2}, {"1": [(at(6), 2)]}) == []
    assert [b.rule for b in crowding(passages, {"1": 1}, {"1": 2}, {"1": [(at(5), 2)]})] == ["capacity"]


def test_who_left_makes_room() -> None:
    passages = [passed(ANH, "1", "entry", 0), passed(ANH, "1", "exit", 1), passed(BEA, "1", "entry", 2)]
    assert crowding(passages, {"1": 1}, {"1": 1}) == []


def test_a_phone_without_a_network_may_exceed_it_when_the_count_says_so() -> None:
    passages = [passed(ANH, "1", "entry", 0), passed(BEA, "1", "entry", 1, offline=True)]
    assert crowding(passages, {"1": 1}, {"1": 2}) == []
    assert [b.rule for b in crowding(passages, {"1": 1}, {"1": 1})] == ["capacity"]


def test_an_old_passage_learnt_late_moves_nobody_now() -> None:
    passages = [passed(ANH, "2", "entry", 10), passed(ANH, "1", "entry", 0, offline=True)]
    assert crowding(passages, {"1": 5, "2": 5}, {"2": 1}) == []
