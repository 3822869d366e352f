"""The simulated public: the same for the same seed, on time for what it holds, out of what is shut."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forum.rehearsal.script import Gate, Habit, Move, Person, Stage, Stop, faults, habit, merged, next_move

DAY = date(2028, 11, 16)
NOON = datetime(2028, 11, 16, 12, tzinfo=UTC)
PARIS = "Europe/Paris"
THERE = Habit(NOON - timedelta(hours=4), NOON + timedelta(hours=6))
NOBODY = Person(UUID(int=1), UUID(int=2), "token", "1")


def minutes(here: str, there: str) -> int:
    return 25


def stop(campus: str, begins: int, lasts: int = 20) -> Stop:
    return Stop(campus, NOON + timedelta(minutes=begins), NOON + timedelta(minutes=begins + lasts))


def test_nobody_leaves_what_they_are_in() -> None:
    assert next_move("1", THERE, "1", [stop("1", -10), stop("2", 30)], NOON, minutes) is None


def test_people_leave_for_the_next_campus_in_time_and_not_before() -> None:
    assert next_move("1", THERE, "1", [stop("2", 60)], NOON, minutes) is None
    assert next_move("1", THERE, "1", [stop("2", 35)], NOON, minutes) == Move("1", "2", 25)


def test_a_shut_campus_is_left_at_once_and_entered_by_nobody() -> None:
    assert next_move("1", THERE, "1", [stop("1", -10)], NOON, minutes, frozenset({"1"})) == Move("1", "", 0)
    assert next_move("1", THERE, "1", [stop("1", -10), stop("2", 60)], NOON, minutes, frozenset({"1"})) == Move("1", "2", 25)
    assert next_move("", THERE, "1", [], NOON, minutes, frozenset({"1"})) is None


def test_people_go_home_after_their_last_appointment() -> None:
    assert next_move("1", THERE, "1", [stop("1", -60)], THERE.goes, minutes) == Move("1", "")
    assert next_move("", THERE, "1", [], THERE.goes, minutes) is None


def test_who_does_not_come_does_nothing() -> None:
    assert next_move("", Habit(None, NOON), "1", [stop("1", 5)], NOON, minutes) is None


@given(st.integers(0, 2**64), st.integers(-180, 200), st.integers(0, 50))
def test_people_come_before_what_they_hold(number: int, begins: int, seed: int) -> None:
    person = Person(UUID(int=number), UUID(int=2), "token", "1")
    held = [stop("1", begins)]
    found = habit(person, held, DAY, PARIS, seed)
    assert found == habit(person, held, DAY, PARIS, seed)
    assert found.comes is None or found.comes <= held[0].start - timedelta(minutes=12)


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=40))
def test_a_door_lets_one_person_through_at_a_time(seconds: list[int]) -> None:
    gate = Gate()
    passed = [gate.passes(NOON + timedelta(seconds=s)) for s in sorted(seconds)]
    assert all(b - a >= timedelta(seconds=4) for a, b in zip(passed, passed[1:], strict=False))
    assert all(p >= NOON + timedelta(seconds=s + 4) for p, s in zip(passed, sorted(seconds), strict=True))


def test_back_to_back_appointments_are_one_stay() -> None:
    assert merged([stop("1", 20), stop("1", 0), stop("2", 40)]) == (stop("1", 0, 40), stop("2", 40))


def test_every_day_has_its_troubles_the_same_for_the_same_seed() -> None:
    stage = Stage(("1", "2"), (("1", "g1"), ("2", "g2")), (("1", "r1"),), (("2", "S1", NOON + timedelta(hours=2)),))
    found = faults(stage, DAY, PARIS, 1)
    assert found == faults(stage, DAY, PARIS, 1)
    assert sorted(f.kind for f in found) == ["campus", "offline", "room", "speaker"]
    clock = {f.kind: f.at.astimezone(UTC).strftime("%H:%M") for f in found}
    assert (clock["room"], clock["campus"]) == ("10:00", "14:00")  # 11:00 and 15:00 in Paris
    assert faults(Stage(("1",), (), (), ()), DAY, PARIS, 1) == ()
