import random

from hypothesis import given, settings
from hypothesis import strategies as st

from forum.badges.admission import MINUTE, whereabouts
from forum.badges.merge import ClockPair, Clocks, DoubleUse, Ledger, Placed, Scan, State, Undo, settle
from forum.badges.question import Passage

HOUR = 60 * MINUTE
T0 = 1_857_978_000_000


def scan(nonce: str, at: int, campus: int = 1, way: str = "entry", **more: object) -> Scan:
    given_ = {"badge": 7, "device": f"phone-{campus}", "gate": "a", "admitted": True} | more
    return Scan(T0 + at, nonce, campus=campus, way=way, **given_)  # type: ignore[arg-type]


def ledger(*items: Scan | Undo | ClockPair) -> Ledger:
    return Ledger(
        frozenset(i for i in items if isinstance(i, Scan)),
        frozenset(i for i in items if isinstance(i, Undo)),
        frozenset(i for i in items if isinstance(i, ClockPair)),
    )


def travel(origin: int, destination: int) -> int:
    return 18


scans = st.builds(
    Scan,
    st.integers(T0, T0 + 4 * HOUR),
    st.sampled_from([f"n{i}" for i in range(12)]),
    st.integers(1, 3),
    st.sampled_from(["x", "y", "z"]),
    st.integers(1, 3),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["entry", "exit"]),
    st.booleans(),
    st.just(""),
    st.booleans(),
)
undos = st.builds(Undo, st.sampled_from(["u1", "u2"]), st.sampled_from(["n0", "n1", "n2"]), st.just("x"), st.just(T0))
pairs = st.builds(
    lambda d, at, off: ClockPair(d, T0 + at, T0 + at + off), st.sampled_from(["x", "y"]), st.integers(0, 4 * HOUR), st.integers(-15 * MINUTE, 15 * MINUTE)
)
batches = st.lists(st.lists(st.one_of(scans, undos, pairs), max_size=5), max_size=6)


@settings(max_examples=300)
@given(batches, st.randoms(use_true_random=False))
def test_any_order_three_times_over_is_the_same_state(each: list[list[Scan | Undo | ClockPair]], dice: random.Random) -> None:
    once = Ledger()
    for batch in each:
        once = once.joined(ledger(*batch))
    again = Ledger()
    shuffled = each * 3
    dice.shuffle(shuffled)
    for batch in shuffled:
        dice.shuffle(batch)
        again = again.joined(ledger(*batch))
    assert settle(again, travel) == settle(once, travel)


def first_come(each: list[Scan]) -> dict[int, int]:
    """What a merge that takes scans as they arrive would say of whereabouts: the control."""
    inside: dict[int, int] = {}
    for one in each:
        if one.way == "entry":
            inside[one.badge] = one.campus
        elif inside.get(one.badge) == one.campus:
            del inside[one.badge]
    return inside


def test_control_taking_scans_as_they_arrive_depends_on_the_order() -> None:
    each = [scan("a", 0), scan("b", HOUR, 2), scan("c", 2 * HOUR, 2, "exit")]
    assert first_come(each) != first_come(each[::-1])
    assert settle(ledger(*each)) == settle(ledger(*each[::-1]))


def test_a_nonce_counts_once_and_what_else_came_under_it_is_kept_as_evidence() -> None:
    first, other = scan("n", 0), scan("n", 5 * MINUTE, campus=2)
    state = settle(ledger(first, other))
    assert state.inside == {7: Placed(T0, first)}
    assert state.evidence == (other,)


def test_entering_b_closes_a_and_leaving_a_afterwards_changes_nothing() -> None:
    into_a, into_b, out_of_a = scan("a", 0), scan("b", HOUR, 2), scan("c", 2 * HOUR, 1, "exit")
    state = settle(ledger(into_a, into_b, out_of_a), travel)
    assert state.inside == {7: Placed(T0 + HOUR, into_b)}
    assert (state.inside_count(), state.doubles) == ({2: 1}, ())


def test_two_doors_at_once_are_flagged_with_both_times() -> None:
    one, two = scan("a", 0), scan("b", 4 * MINUTE, 2)
    assert settle(ledger(one, two), travel).doubles == (DoubleUse(7, Placed(T0, one), Placed(T0 + 4 * MINUTE, two)),)
    assert settle(ledger(scan("a", 0), scan("b", 18 * MINUTE, 2)), travel).doubles == ()


def test_the_same_campus_twice_is_flagged_however_late_unless_left_between_or_vouched_for() -> None:
    one, two = scan("a", 0), scan("b", 3 * HOUR, gate="b", device="phone-b")
    left = scan("c", HOUR, way="exit")
    assert len(settle(ledger(one, two)).doubles) == 1
    assert settle(ledger(one, two, left)).doubles == ()
    vouched = scan("b", 3 * HOUR, gate="b", device="phone-b", forced=True)
    assert settle(ledger(one, vouched)).doubles == ()


def test_wrong_clocks_are_corrected_before_anything_is_compared() -> None:
    fast = ClockPair("phone-2", T0 + 15 * MINUTE, T0)
    one, two = scan("a", 10 * MINUTE), scan("b", 20 * MINUTE, 2)  # phone 2 runs 15 minutes fast: it was 5 past
    state = settle(ledger(one, two, fast), travel)
    assert state.doubles == (DoubleUse(7, Placed(T0 + 5 * MINUTE, two), Placed(T0 + 10 * MINUTE, one)),)
    assert state.inside[7].scan.campus == 1
    assert settle(ledger(one, two), travel).inside[7].scan.campus == 2


def test_a_clock_set_right_at_noon_corrects_the_morning_only() -> None:
    clocks = Clocks([ClockPair("x", 0, 600_000), ClockPair("x", HOUR, HOUR)])
    assert [clocks.offset("x", at) for at in (-5, 29 * MINUTE, 31 * MINUTE, 9 * HOUR)] == [600_000, 600_000, 0, 0]
    assert clocks.offset("unknown", 5) == 0
    assert clocks.far() == {}
    assert Clocks([ClockPair("x", 0, -16 * MINUTE)]).far() == {"x": -16 * MINUTE}


def test_an_undone_scan_never_happened_even_when_the_undo_comes_first() -> None:
    undo = Undo("u", "b", "phone-2", T0, "scanned by mistake")
    state = settle(ledger(undo).joined(ledger(scan("a", 0), scan("b", MINUTE, 2))), travel)
    assert (state.inside[7].scan.nonce, state.doubles, state.undone) == ("a", (), {"b"})


def test_refused_scans_leave_no_passage() -> None:
    assert settle(ledger(scan("a", 0, admitted=False))) == State({}, {})


@given(st.lists(scans, max_size=12, unique_by=lambda s: s.nonce))
def test_the_merge_and_the_door_agree_on_whereabouts(each: list[Scan]) -> None:
    state = settle(Ledger(frozenset(each)))
    for badge in {s.badge for s in each}:
        seen = [Passage(s.device_at, s.campus, s.gate, "", s.way, "") for s in each if s.badge == badge and s.admitted]
        held, merged = whereabouts(seen), state.inside.get(badge)
        assert (held and (held.at, held.campus)) == (merged and (merged.at, merged.scan.campus))
