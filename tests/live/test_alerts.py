"""From facts to alerts: thresholds, order, what can be done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forum.live.alerts import Alert, Facts, alerts
from forum.live.now import Beside, BiggerRoom, CampusNow, DeviceNow, LateCompany, MeetingsNow, SessionNow, ShutGate

NOW = datetime(2028, 11, 16, 9, 42, tzinfo=UTC)
QUIET = MeetingsNow(None, 0, 0, 0, 0, 0, 0, 0)


def campus(number: int = 12, inside: int = 100, capacity: int = 480, **facts: object) -> CampusNow:
    plain: dict[str, object] = {
        "id": UUID(int=number), "slug": str(number), "number": number, "name": "Goutte-d'Or", "phone": "", "capacity": capacity, "inside": inside, "arrivals": (0,) * 15,
        "devices": 2, "silent": 0, "unsent": 0, "heard": NOW, "suspended": None, "suspended_why": "", "evacuating": None, "lat": 48.9, "lon": 2.3,
    }  # fmt: skip
    return CampusNow(**(plain | facts))  # type: ignore[arg-type]


def session(wanted: int, places: int, start: timedelta = timedelta(0)) -> SessionNow:
    return SessionNow(UUID(int=5), "ABC", "Voix", 7, "7", UUID(int=6), "Curie", NOW + start, NOW + start + timedelta(hours=1), places, min(wanted, places), max(0, wanted - places), 0)


def one(facts: Facts) -> Alert:
    (found,) = alerts(facts)
    return found


def test_a_calm_forum_has_no_alert() -> None:
    assert alerts(Facts(NOW, (campus(),), QUIET, sessions=(session(10, 60),))) == []


def test_a_nearly_full_campus_sends_people_to_the_nearest_with_room_and_opens_a_gate() -> None:
    facts = Facts(NOW, (campus(inside=471, arrivals=(0,) * 10 + (46,) * 5),), QUIET, gates=(ShutGate("12", "b", "Porte B"),), beside={"12": Beside(24, "24", 9, 131)})
    found = one(facts)
    assert (found.key, found.level, str(found.title)) == ("full:12", "bad", "nearly full: 471 of 480")
    assert [str(d) for d in found.detail] == ["23 arrivals a minute.", "Full in about 1 min.", "Campus 24, 9 min away, has 131 places."]
    assert [(a.how, a.path, a.go) for a in found.acts] == [
        ("get", "/control/announce?campus=12&to=24", True), ("post", "/control/12/gates/b/open", False), ("post", "/control/12/entries", False),
    ]  # fmt: skip


def test_a_full_campus_with_nowhere_near_can_be_paused_and_spoken_to() -> None:
    assert [(a.path, a.go) for a in one(Facts(NOW, (campus(inside=471),), QUIET)).acts] == [("/control/12/entries", True), ("/control/announce?campus=12", False)]


def test_one_place_is_one_place() -> None:
    found = alerts(Facts(NOW, (campus(inside=479, suspended=NOW),), QUIET, beside={"12": Beside(24, "24", 9, 1)}))
    assert [str(d) for a in found for d in a.detail] == ["Campus 24, 9 min away, has 1 place.", "479 inside, 1 place left."]


def test_95_per_cent_is_nearly_full_and_one_less_is_not() -> None:
    assert [a.key for a in alerts(Facts(NOW, (campus(inside=456),), QUIET))] == ["full:12"]
    assert alerts(Facts(NOW, (campus(inside=455),), QUIET)) == []
    assert [str(one(Facts(NOW, (campus(inside=n),), QUIET)).title) for n in (479, 480, 481)] == ["nearly full: 479 of 480", "full: 480 of 480", "too full: 481 of 480"]


def test_a_silent_campus_is_one_alert_and_offers_a_call() -> None:
    phones = tuple(DeviceNow(UUID(int=n), f"p{n}", 12, "12", "A", "01 02", NOW - timedelta(minutes=4), 0) for n in (1, 2))
    found = one(Facts(NOW, (campus(silent=2, heard=NOW - timedelta(minutes=4), phone="01 02", unsent=37),), QUIET, devices=phones))
    assert (found.key, str(found.title)) == ("silent:12", "no news for 4 min")
    assert (found.acts[0].how, found.acts[0].path, str(found.acts[0].label)) == ("call", "tel:0102", "Call 01 02")
    unknown = one(Facts(NOW, (campus(silent=2, heard=NOW - timedelta(minutes=4)),), QUIET))
    assert [(a.path, a.go) for a in unknown.acts] == [("/control/12#doors", True), ("/organise/campus/12", False)]


def test_one_silent_phone_of_two_is_its_own_alert() -> None:
    phones = (DeviceNow(UUID(int=1), "p1", 12, "12", "Porte A", "", NOW - timedelta(minutes=3), 0), DeviceNow(UUID(int=2), "p2", 12, "12", "Porte B", "", NOW, 0))
    assert str(one(Facts(NOW, (campus(silent=1),), QUIET, devices=phones)).title) == "Porte A: no news for 3 min"


def test_free_seats_somebody_could_take_can_be_offered_again_and_others_cannot() -> None:
    free = MeetingsNow(NOW, 231, 15, 12, 9, 3, 11, 0)
    found = one(Facts(NOW, (), free, fillable=4))
    assert ([a.path for a in found.acts], str(found.title)) == (["/control/refill"], "4 seats of absent people to offer again")
    assert alerts(Facts(NOW, (), free)) == []  # nobody could come: no press would help


def test_a_crowded_session_moves_to_a_larger_room_when_there_is_one() -> None:
    room = BiggerRoom(UUID(int=5), UUID(int=9), "Perret", 120)
    found = one(Facts(NOW, (), QUIET, sessions=(session(74, 60),), bigger={room.session: room}))
    assert (found.acts[0].path, dict(found.acts[0].fields)) == ("/control/sessions/ABC/move", {"room": str(room.room)})
    assert [a.how for a in one(Facts(NOW, (), QUIET, sessions=(session(74, 60),))).acts] == ["get"]


def test_a_session_that_its_own_limit_keeps_small_leads_to_the_session_and_to_no_room() -> None:
    room = BiggerRoom(UUID(int=5), UUID(int=9), "Perret", 120)
    for seats, path in ((60, "/organise/agenda/sessions/ABC"), (73, "/organise/agenda/sessions/ABC"), (74, "/control/sessions/ABC/move")):
        crowded = replace(session(74, 60), seats=seats)
        assert one(Facts(NOW, (), QUIET, sessions=(crowded,), bigger={room.session: room})).acts[0].path == path, seats


def test_a_session_long_under_way_or_far_ahead_is_left_alone() -> None:
    for start in (timedelta(minutes=-6), timedelta(minutes=61)):
        assert alerts(Facts(NOW, (), QUIET, sessions=(session(74, 60, start),))) == []


def test_an_evacuation_comes_first_and_hides_what_else_the_campus_has() -> None:
    late = LateCompany(UUID(int=3), "Hexaligne", 4, 2, 11)
    found = alerts(Facts(NOW, (campus(inside=480), campus(7, 480, evacuating=NOW, suspended=NOW, silent=2)), QUIET, late=(late,)))
    assert [a.key for a in found] == ["evacuation:7", "full:12", f"late:{UUID(int=3)}"]


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 3), st.booleans(), st.booleans()), max_size=12))
def test_every_alert_has_an_action_and_its_own_key_and_grave_ones_stand_first(rows: list[tuple[int, int, bool, bool]]) -> None:
    sites = tuple(
        campus(n, inside, silent=silent, devices=3, suspended=NOW if paused else None, evacuating=NOW if out else None) for n, (inside, silent, paused, out) in enumerate(rows)
    )
    found = alerts(Facts(NOW, sites, QUIET))
    assert all(a.acts for a in found)
    assert len({a.key for a in found}) == len(found)
    assert [a.level for a in found] == sorted((a.level for a in found), key=lambda level: level != "bad")


def test_a_phone_whose_battery_ends_is_somebodys_business_and_one_that_says_nothing_of_it_is_not() -> None:
    def phone(battery: int | None) -> DeviceNow:
        return DeviceNow(UUID(int=1), "Phone A", 4, "4", "Porte A", "", NOW, 0, battery)

    shown = [[a.title.facts["level"] for a in alerts(Facts(NOW, (), QUIET, devices=(phone(b),)))] for b in (None, 60, 15)]
    assert shown == [[], [], [15]]
    assert one(Facts(NOW, (), QUIET, devices=(phone(15),))).since is None  # when it was last heard is not since when
