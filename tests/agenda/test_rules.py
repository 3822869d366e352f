"""Each rule: silent on a right agenda, one sentence on a wrong one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.agenda.model import Busy, Placement
from forum.agenda.rules import faults, session_faults
from forum.clock import Interval
from tests.agenda.builders import ANH, BOB, HALL, LAB, LOFT, at, grounds, place, session

TALK = session("talk", ANH)
OTHER = session("other", ANH)
THIRD = session("third", BOB)


def said(placements: list[Placement], **facts: object) -> list[tuple[str, str]]:
    return [(f.rule, str(f.message)) for f in faults(placements, grounds([TALK, OTHER, THIRD], **facts))]


def test_a_right_agenda_has_no_faults() -> None:
    assert said([place(TALK, HALL, 0), place(THIRD, LAB, 0), place(OTHER, LOFT, 90)]) == []


def test_a_room_is_taken_twice() -> None:
    assert said([place(TALK, HALL, 0), place(THIRD, HALL, 30)]) == [("room", "Préau is taken twice at 09:30: talk and third.")]


def test_back_to_back_in_a_room_is_no_overlap() -> None:
    assert said([place(TALK, HALL, 0), place(THIRD, HALL, 60)]) == []


def test_a_speaker_is_in_two_places() -> None:
    assert said([place(TALK, HALL, 0), place(OTHER, LAB, 30)]) == [("speaker", "Anh Lê is in two places at 09:30: talk and other.")]


def test_a_long_session_hides_no_later_clash() -> None:
    long = Placement(TALK.id, HALL.id, at(0), at(300))
    short = replace(OTHER, speakers=(BOB,))
    late = replace(THIRD, speakers=(ANH,))
    found = faults([long, place(short, LAB, 60), place(late, LOFT, 200)], grounds([TALK, short, late]))
    assert [str(f.message) for f in found] == ["Anh Lê is in two places at 12:20: talk and third."]


@pytest.mark.parametrize(("start", "expected"), [(60, 1), (89, 1), (90, 0)])
def test_a_speaker_needs_the_journey_to_the_next_campus(start: int, expected: int) -> None:
    assert len(said([place(TALK, HALL, 0), place(OTHER, LOFT, start)])) == expected


def test_the_meeting_plan_counts_against_a_speaker() -> None:
    busy = {ANH.id: [Busy(Interval(at(70), at(90)), "campus-2", "a meeting")]}
    assert said([place(TALK, HALL, 0)], busy=busy) == [("speaker", "Anh Lê has 10 min to reach a meeting at 10:10; the journey takes 30.")]


def test_two_meetings_of_a_speaker_are_not_the_agendas_fault() -> None:
    busy = {ANH.id: [Busy(Interval(at(400), at(430)), "campus-2"), Busy(Interval(at(410), at(420)), "campus-1")]}
    assert said([place(TALK, HALL, 0)], busy=busy) == []


def test_availability_of_speakers_and_rooms() -> None:
    morning = [Interval(at(0), at(60))]
    assert said([place(TALK, HALL, 30)], speaker_free={ANH.id: morning}, room_free={HALL.id: morning}) == [
        ("room-free", "Préau is not available for talk at 09:30."),
        ("speaker-free", "Anh Lê is not available for talk at 09:30."),
    ]
    assert said([place(TALK, HALL, 0)], speaker_free={ANH.id: morning}, room_free={HALL.id: morning}) == []


def test_opening_hours() -> None:
    hours = {"campus-1": [Interval(at(0), at(90))]}
    assert said([place(TALK, HALL, 60)], opening=hours) == [("opening", "talk (10:00 to 11:00) is outside the opening hours of Campus 1.")]
    assert said([place(TALK, HALL, 30)], opening=hours) == []


def test_crossing_midnight_is_said_and_may_stand_where_no_hours_are_set() -> None:
    late = Placement(TALK.id, HALL.id, at(14 * 60 + 30), at(15 * 60 + 30))
    found = faults([late], grounds([TALK]))
    assert [(f.rule, f.hard) for f in found] == [("midnight", False)]
    until_midnight = Placement(TALK.id, HALL.id, at(14 * 60), at(15 * 60))
    assert faults([until_midnight], grounds([TALK])) == []


def test_a_session_over_the_clock_change_tells_its_real_length() -> None:
    start = datetime(2028, 10, 28, 23, 30, tzinfo=UTC)  # 01:30 in Paris, the night the clocks go back
    found = faults([Placement(TALK.id, HALL.id, start, start + timedelta(minutes=150))], grounds([TALK]))
    assert [(f.rule, str(f.message)) for f in found] == [("clock", "The clocks change during talk: it really lasts 150 min.")]


def test_a_session_that_ends_before_it_starts_stops_no_other_rule() -> None:
    upside_down = Placement(THIRD.id, LAB.id, at(60), at(0))
    assert [rule for rule, _ in said([upside_down, place(TALK, HALL, 0), place(OTHER, LAB, 0)])] == ["order", "speaker"]


def test_a_session_that_overlaps_itself() -> None:
    assert [rule for rule, _ in said([place(THIRD, HALL, 0), place(THIRD, HALL, 30)])] == ["twice", "speaker"]


def test_equipment() -> None:
    needy = replace(THIRD, needs=frozenset({"projector"}))
    assert faults([place(needy, HALL, 0)], grounds([needy])) == []
    assert [str(f.message) for f in faults([place(needy, LAB, 0)], grounds([needy]))] == ["Labo lacks projector for third."]


def test_capacity_against_interest_warns_and_does_not_stop() -> None:
    found = faults([place(TALK, LAB, 0)], grounds([TALK], interest={TALK.id: 21}))
    assert [(f.rule, f.hard, str(f.message)) for f in found] == [("interest", False, "21 people want talk; Labo holds 20.")]
    assert faults([place(TALK, LAB, 0)], grounds([TALK], interest={TALK.id: 20})) == []


def test_reservations_need_a_known_capacity() -> None:
    bare = replace(LAB, capacity=None)
    booked = replace(TALK, reservable=True)
    ground = replace(grounds([booked]), rooms={bare.id: bare})
    assert [f.rule for f in faults([place(booked, bare, 0)], ground)] == ["capacity"]
    assert faults([place(replace(booked, seats=5), bare, 0)], replace(ground, sessions={booked.id: replace(booked, seats=5)})) == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"title": " "}, ["title"]),
        ({"title": "x" * 10_000}, ["title"]),
        ({"title": "bad\x00"}, ["title"]),
        ({"abstract": "bell\x07"}, ["abstract"]),
        ({"minutes": 0}, ["minutes"]),
        ({"seats": -1}, ["seats"]),
    ],
)
def test_the_fields_of_a_session(change: dict[str, object], fields: list[str]) -> None:
    assert list(session_faults(replace(TALK, **change))) == fields  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 120)), max_size=12))
def test_room_overlaps_agree_with_comparing_every_pair(spans: list[tuple[int, int]]) -> None:
    sessions = [session(f"s{n}", minutes=length) for n, (_, length) in enumerate(spans)]
    placements = [place(s, HALL, start) for s, (start, _) in zip(sessions, spans, strict=True)]
    pairs = any(a.start < b.end and b.start < a.end for n, a in enumerate(placements) for b in placements[n + 1 :])
    assert any(f.rule == "room" for f in faults(placements, grounds(sessions))) == pairs
