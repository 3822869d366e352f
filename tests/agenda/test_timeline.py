"""A person's day: journeys of their own, free time, and clashes said before one commits."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.agenda.timeline import Entry, Gap, Journey, Stop, StopKind, Way, before_committing, free, still, timeline
from forum.clock import Interval
from tests.agenda.builders import at

TIMES = {("c1", "c2"): 30, ("c2", "c1"): 30}


def ways(here: str, there: str) -> Way | None:
    minutes = TIMES.get((here, there))
    return None if minutes is None else Way(minutes, "M6")


def stop(ref: str, campus: str, start: int, minutes: int = 60, kind: StopKind = StopKind.SESSION, cancelled: bool = False) -> Stop:
    return Stop(kind, ref, ref, campus, "", at(start), at(start + minutes), cancelled=cancelled)


def shape(entries: Sequence[Entry]) -> list[str]:
    words = []
    for e in entries:
        match e:
            case Stop():
                words.append(e.ref)
            case Journey():
                words.append(f"{e.origin}>{e.destination} {e.leave:%H:%M}-{e.arrive:%H:%M} late {e.late}")
            case Gap():
                words.append(f"free {e.minutes}")
    return words


def test_a_journey_leaves_as_late_as_it_can_and_leaves_free_time_before() -> None:
    day = timeline([stop("a", "c1", 0), stop("b", "c2", 150)], ways)
    assert shape(day.entries) == ["a", "free 60", "c1>c2 10:00-10:30 late 0", "b"]
    assert day.clashes == ()


def test_free_time_begins_now_is_none_once_it_is_a_pause_and_the_rest_stays_until_it_is_over() -> None:
    day = timeline([stop("a", "c1", 0), stop("b", "c2", 150)], ways)

    def left(minute: int) -> list[str]:
        return shape([kept for e in day.entries if (kept := still(e, at(minute))) is not None])

    assert left(-30) == left(30) == shape(day.entries)
    assert left(60) == ["free 60", "c1>c2 10:00-10:30 late 0", "b"]
    assert [e.start for e in day.entries if isinstance(e, Gap)] == [at(60)]
    assert [(k.start, k.end) for e in day.entries if isinstance(k := still(e, at(95)), Gap)] == [(at(95), at(120))]
    assert left(105)[0] == "free 15"
    assert left(106) == ["c1>c2 10:00-10:30 late 0", "b"]
    assert left(150) == ["b"]
    assert left(210) == []


def test_a_too_short_journey_says_how_late() -> None:
    day = timeline([stop("a", "c1", 0), stop("b", "c2", 70)], ways)
    assert shape(day.entries) == ["a", "c1>c2 09:00-09:30 late 20", "b"]
    assert [str(c.message) for c in day.clashes] == ["You have 10 min from a to b; the journey takes 30."]


def test_no_way_at_all_is_said() -> None:
    day = timeline([stop("a", "c1", 0), stop("b", "mars", 600)], ways)
    assert [str(c.message) for c in day.clashes] == ["No way is known from a to b."]
    assert [e.way for e in day.entries if isinstance(e, Journey)] == [None]


def test_an_overlap_is_a_clash_and_no_journey() -> None:
    day = timeline([stop("a", "c1", 0), stop("b", "c2", 30)], ways)
    assert shape(day.entries) == ["a", "b"]
    assert [str(c.message) for c in day.clashes] == ["a and b overlap at 09:30."]


def test_a_cancelled_stop_is_shown_and_binds_nobody() -> None:
    day = timeline([stop("a", "c1", 0), stop("x", "c2", 0, cancelled=True), stop("b", "c1", 60)], ways)
    assert shape(day.entries) == ["a", "x", "b"]
    assert day.clashes == ()


def test_a_check_in_says_where_one_is() -> None:
    day = timeline([stop("in", "c2", 0, 0, StopKind.CHECK_IN), stop("a", "c1", 40)], ways)
    assert shape(day.entries) == ["in", "c2>c1 08:10-08:40 late 0", "a"]


@pytest.mark.parametrize(("start", "fits"), [(60, False), (89, False), (90, True), (240, True)])
def test_before_committing(start: int, fits: bool) -> None:
    assert before_committing([stop("a", "c1", 0)], stop("b", "c2", start), [], ways).fits is fits


def test_a_clash_offers_the_nearest_that_fit() -> None:
    mine = [stop("a", "c1", 0), stop("star", "c1", 120, kind=StopKind.FAVOURITE)]
    instead = [stop("far", "c2", 300), stop("near", "c2", 90), stop("also-bad", "c2", 70), stop("gone", "c2", 90, cancelled=True)]
    verdict = before_committing(mine, stop("b", "c2", 60), instead, ways)
    assert [str(c.message) for c in verdict.clashes] == ["You have 0 min from a to b; the journey takes 30."]
    assert [s.ref for s in verdict.alternatives] == ["near", "far"]


def test_a_long_stop_before_the_neighbour_still_clashes() -> None:
    mine = [stop("long", "c1", 0, 300), stop("inside", "c1", 60)]
    verdict = before_committing(mine, stop("b", "c1", 200), [], ways)
    assert [c.first.ref for c in verdict.clashes] == ["long"]


@given(st.lists(st.tuples(st.sampled_from(["c1", "c2"]), st.integers(0, 600), st.integers(5, 90)), max_size=8))
def test_without_clashes_every_journey_is_in_time(spans: list[tuple[str, int, int]]) -> None:
    day = timeline([stop(str(n), campus, start, length) for n, (campus, start, length) in enumerate(spans)], ways)
    late = [e for e in day.entries if isinstance(e, Journey) and e.late]
    assert bool(late) <= bool(day.clashes)
    starts = [e.leave if isinstance(e, Journey) else e.start for e in day.entries]
    if not day.clashes:
        assert starts == sorted(starts)


def test_free_time_is_what_binding_stops_leave() -> None:
    mine = [stop("a", "c1", 0), stop("b", "c1", 30), stop("star", "c1", 200, kind=StopKind.FAVOURITE)]
    assert free(mine, Interval(at(-30), at(300))) == [Interval(at(-30), at(0)), Interval(at(90), at(300))]
