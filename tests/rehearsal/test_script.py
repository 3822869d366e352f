"""The simulated public: the same for the same seed, on time for what it holds, out of what is shut."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forum.clock import at_local
from forum.rehearsal.script import Gate, Habit, Move, Person, Stage, Stop, battery_left, faults, habit, merged, next_move

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
    met = tuple((NOON + timedelta(minutes=20 * n), "2", "firm", "recruiter") for n in range(-9, 12))
    stage = Stage(("1", "2"), (("1", "g1"), ("2", "g2")), (("1", "r1"),), (("2", "S1", NOON + timedelta(hours=2)),), met, ("2",))
    found = faults(stage, DAY, PARIS, 1)
    assert found == faults(stage, DAY, PARIS, 1)
    assert sorted(f.kind for f in found) == ["battery", "campus", "crowd", "ill", *["late"] * 9, "offline", "room", "speaker"]
    clock = {f.kind: f.at.astimezone(UTC).strftime("%H:%M") for f in found}
    assert (clock["crowd"], clock["room"], clock["campus"]) == ("08:40", "10:00", "14:00")  # 9:40, 11:00 and 15:00 in Paris
    slots = {slot for slot, *_ in met}
    assert all(f.at + timedelta(minutes=1) in slots and f.until is not None and 13 <= (f.until - f.at).total_seconds() / 60 - 1 <= 16 for f in found if f.kind == "late")
    assert all(f.until is not None and f.until > f.at for f in found if f.kind in ("offline", "battery", "crowd"))
    assert faults(Stage(("1",), (), (), ()), DAY, PARIS, 1) == ()


def test_the_first_hundred_minutes_have_troubles_of_several_kinds_and_every_hour_has_a_phone_in_trouble() -> None:
    gates = tuple((str(n), f"g{n}{side}") for n in range(1, 13) for side in "ab"[: 1 + n % 2])
    met = tuple((at_local(DAY, time(9 + n // 3, n % 3 * 20), PARIS), "2", "firm", "recruiter") for n in range(27))
    found = faults(Stage(tuple(str(n) for n in range(1, 13)), gates, (), (), met, ("2", "3")), DAY, PARIS, 1)
    early = {f.kind for f in found if f.at < at_local(DAY, time(10, 10), PARIS)}
    assert early == {"offline", "battery", "late", "ill", "crowd"}
    for hour in range(9, 17):
        begin, end = at_local(DAY, time(hour), PARIS), at_local(DAY, time(hour + 1), PARIS)
        assert any(f.kind in ("offline", "battery") and f.until is not None and f.at < end and f.until > begin for f in found), hour


def test_a_phone_nobody_charged_runs_down_and_any_other_lasts_the_morning() -> None:
    phone = UUID(int=3)
    assert (battery_left(phone, 1, 0), battery_left(phone, 1, 60), battery_left(phone, 1, 600)) == (14, 4, 1)
    assert battery_left(phone, 2) >= 80
