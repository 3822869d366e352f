"""The planner on small problems: each rule alone, plans checked without a solver, bounds that hold, impossible ones explained."""

import random
import time
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.agenda.planner import Impossible, Place, Plan, Problem, Speaker, Spot, Task, Weights, check
from forum.agenda.planner.anneal import anneal
from forum.agenda.planner.bound import bound, seated
from forum.agenda.planner.construct import construct, settle
from forum.agenda.planner.explain import impossible, minimal_set
from forum.agenda.planner.solve import plan

HOURS = {"a": ((0, 240),), "b": ((0, 240),)}
ROOMS = {"a1": Place("a1", "Salle 1", "a", 30), "a2": Place("a2", "Salle 2", "a", 100, frozenset({"projector"})), "b1": Place("b1", "Salle 3", "b", 50)}
TRAVEL = {("a", "b"): 30, ("b", "a"): 30}


def task(key: str, minutes: int = 60, **facts: object) -> Task:
    return Task(key, key.capitalize(), minutes, **facts)  # type: ignore[arg-type]


def problem(*tasks: Task, **facts: object) -> Problem:
    given = {"places": ROOMS, "opening": HOURS, "travel": TRAVEL, "campus_names": {"a": "Alpha", "b": "Beta"}} | facts
    return Problem({t.key: t for t in tasks}, **given)  # type: ignore[arg-type]


def solved(p: Problem, seconds: float = 3) -> Plan:
    found = plan(p, seconds=seconds)
    assert isinstance(found, Plan), found
    assert check.violations(p, found.spots) == []
    assert found.value <= found.most <= found.bound.total
    return found


def words(p: Problem) -> list[str]:
    found = plan(p, seconds=10)
    assert isinstance(found, Impossible)
    assert found.proven
    return sorted(str(m) for m in found.requirements)


def test_everything_has_a_place() -> None:
    assert len(solved(problem(*(task(f"s{n}") for n in range(12)))).spots) == 12


def test_the_wanted_session_gets_the_big_room() -> None:
    p = problem(task("crowd", 240, wanted=90), task("few", 240, wanted=10))
    found = solved(p)
    assert found.spots["crowd"].place == "a2"
    assert found.terms.seats == found.bound.seats == 1000


def test_equipment_decides_the_room() -> None:
    assert solved(problem(task("film", needs=frozenset({"projector"})))).spots["film"].place == "a2"


def test_people_who_want_both_can_go_to_both() -> None:
    p = problem(task("x"), task("y"), task("z"), together={("x", "y"): 5, ("x", "z"): 5, ("y", "z"): 5})
    assert solved(p).terms.clashes == 0


def test_a_speaker_has_the_time_to_travel() -> None:
    places = {"a1": ROOMS["a1"], "b1": ROOMS["b1"]}
    p = problem(task("x", speakers=("anh",), fixed=Spot("a1", 0)), task("y", speakers=("anh",)), places=places, opening={"a": ((0, 60),), "b": ((0, 240),)})
    assert solved(p).spots["y"].start >= 90


def test_a_speaker_keeps_availability_and_meetings() -> None:
    speakers = {"anh": Speaker("anh", "Anh", free=((60, 240),), busy=(((120, 140), "b"),))}
    spot = solved(problem(task("x", speakers=("anh",)), speakers=speakers, places={"a1": ROOMS["a1"]})).spots["x"]
    assert spot.start >= 170


def test_a_room_is_used_when_it_is_given() -> None:
    places = {"a1": replace(ROOMS["a1"], free=((120, 240),))}
    assert solved(problem(task("x"), places=places)).spots["x"].start >= 120


def test_fixed_sessions_stay_also_outside_the_hours() -> None:
    found = solved(problem(task("x", fixed=Spot("a1", 500)), task("y")))
    assert found.spots["x"] == Spot("a1", 500)


def test_a_track_stays_together() -> None:
    p = problem(*(task(f"s{n}", 30, track="law") for n in range(4)), weights=Weights(crowding=0))
    found = solved(p)
    assert len({ROOMS[s.place].campus for s in found.spots.values()}) == 1


def test_little_is_changed() -> None:
    tasks = [task(f"s{n}", previous=Spot("a1" if n % 2 else "b1", 60 * (n // 2))) for n in range(6)]
    found = solved(problem(*tasks))
    assert all(found.spots[t.key] == t.previous for t in tasks)


def test_the_same_plan_comes_back() -> None:
    p = problem(*(task(f"s{n}", 60, wanted=n * 7 % 50, track=f"t{n % 2}") for n in range(8)), together={("s0", "s1"): 4, ("s2", "s3"): 9})
    assert solved(p, 2).value == solved(p, 2).value


def knotted(seed: int) -> Problem:
    """Forty sessions, eight at once, and crowds that want several of them."""
    dice = random.Random(seed)
    tasks = [task(f"s{n:02}", dice.choice([30, 45, 60])) for n in range(40)]
    tasks[0] = replace(tasks[0], previous=Spot("h1", 77))
    together = {(a.key, b.key): dice.randrange(1, 30) for a in tasks for b in tasks if a.key < b.key and dice.random() < 0.3}
    return problem(*tasks, together=together, places={f"h{n}": Place(f"h{n}", f"Salle {n}", "a", 50) for n in range(8)}, opening={"a": ((0, 360),)})


def test_heat_leads_out_of_where_no_single_move_helps() -> None:
    p = knotted(3)
    board, left = construct(p)
    assert left == []
    settle(board, time.monotonic() + 60)
    before = check.terms(p, board.spots).total
    gained = anneal(board, time.monotonic() + 1.5, seed=1)
    assert check.violations(p, board.spots) == []
    assert (gained > 0, check.terms(p, board.spots).total) == (True, before + gained)


def test_the_better_of_before_and_after_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    p = knotted(2)
    board, _ = construct(p)
    settle(board, time.monotonic() + 60)
    had = dict(board.spots)
    monkeypatch.setattr("forum.agenda.planner.anneal.HOT", 1e9)  # no cooling: times are drawn at random
    monkeypatch.setattr("forum.agenda.planner.anneal.COLD", 1e9)
    assert anneal(board, time.monotonic() + 0.2, seed=1) == 0
    assert board.spots == had


# --- impossible ---------------------------------------------------------------------------------------------


def test_an_impossible_speaker_is_named_and_nothing_else() -> None:
    speakers = {"anh": Speaker("anh", "Anh", free=((0, 60),))}
    p = problem(task("x", speakers=("anh",)), task("y", speakers=("anh",)), task("other"), speakers=speakers)
    assert words(p) == sorted(
        ["“X” (60 min) takes place", "“Y” (60 min) takes place", "Anh holds one session at a time, with the journey between", "Anh speaks only when available"]
    )


def test_too_little_room_time_is_said() -> None:
    places = {"a1": ROOMS["a1"]}
    p = problem(*(task(f"s{n}", 60) for n in range(5)), places=places, opening={"a": ((0, 240),)})
    assert words(p) == sorted([*(f"“S{n}” (60 min) takes place" for n in range(5)), "Salle 1 holds one session at a time", "Alpha keeps its opening hours"])


def test_missing_equipment_is_said() -> None:
    assert words(problem(task("x", needs=frozenset({"stage"})), task("y"))) == ["“X” (60 min) takes place", "“X” needs stage"]


def test_without_any_one_of_them_it_works() -> None:
    """The set is minimal: give the speaker more time, and the plan exists."""
    speakers = {"anh": Speaker("anh", "Anh", free=((0, 60),))}
    p = problem(task("x", speakers=("anh",)), task("y", speakers=("anh",)), speakers=speakers)
    assert isinstance(plan(p, seconds=5), Impossible)
    assert isinstance(plan(replace(p, speakers={"anh": Speaker("anh", "Anh", free=((0, 120),))}), seconds=5), Plan)
    assert isinstance(plan(problem(task("x", speakers=("anh",)), speakers=speakers), seconds=5), Plan)


def test_a_room_given_too_seldom_is_said() -> None:
    one = replace(ROOMS["a1"], free=((0, 60),))
    p = replace(problem(task("x"), task("y")), places={"a1": one}, opening={"a": ((0, 180),)})
    found = plan(p, seconds=5)
    assert isinstance(found, Impossible) and found.proven
    assert sorted(r.text for r in found.requirements) == [
        "{room} holds one session at a time", "{room} is used only when it is given to the forum",
        "“{title}” ({minutes} min) takes place", "“{title}” ({minutes} min) takes place",
    ]  # fmt: skip
    assert isinstance(plan(replace(p, places={"a1": replace(one, free=((0, 120),))}), seconds=5), Plan)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_every_explanation_is_a_minimal_set(seed: int) -> None:
    """All of it together is impossible, and with any one requirement dropped the rest can be kept: asked of the solver again, one by one."""
    p = crowded_problem(seed)
    left = construct(p)[1]
    if not left:
        return
    found = minimal_set(p, sorted(p.tasks), time.monotonic() + 20)
    if found is None:
        return  # the greedy order could not, the solver can
    kept, proven = found
    tasks = [p.tasks[key] for key in sorted(p.tasks)]
    assert proven
    assert impossible(p, tasks, kept, time.monotonic() + 20) is True
    for one in kept:
        assert impossible(p, tasks, [other for other in kept if other is not one], time.monotonic() + 20) is False


def crowded_problem(seed: int) -> Problem:
    """Too little of something: two rooms for a few hours, speakers of little time."""
    dice = random.Random(seed)
    speakers = {name: Speaker(name, name.capitalize(), ((0, dice.choice([30, 60, 120])),)) for name in ("anh", "bob")}
    tasks = [
        task(
            f"s{n}",
            dice.choice([30, 60]),
            speakers=tuple(name for name in ("anh", "bob") if dice.random() < 0.4),
            needs=frozenset({"projector"}) if dice.random() < 0.4 else frozenset(),
        )
        for n in range(dice.randrange(3, 8))
    ]
    places = {"a1": replace(ROOMS["a1"], free=((0, dice.choice([60, 120])),)), "b1": ROOMS["b1"]}
    return replace(problem(*tasks, speakers=speakers), places=places, opening={"a": ((0, 120),), "b": ((0, 90),)})


# --- the checker and the bound ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spots", "broken"),
    [
        ({"x": Spot("a1", 0)}, ["y is not placed"]),
        ({"x": Spot("a1", 0), "y": Spot("a1", 30)}, ["y overlaps x in a1", "anh cannot hold x and y"]),
        ({"x": Spot("a1", 0), "y": Spot("b1", 75)}, ["anh cannot hold x and y"]),
        ({"x": Spot("a1", 0), "y": Spot("a2", 60)}, []),
        ({"x": Spot("a1", 200), "y": Spot("a2", 0)}, ["x is outside opening hours"]),
    ],
)
def test_the_checker_sees_what_is_wrong(spots: dict[str, Spot], broken: list[str]) -> None:
    p = problem(task("x", speakers=("anh",)), task("y", speakers=("anh",)))
    assert check.violations(p, spots) == broken


def random_problem(seed: int) -> Problem:
    dice = random.Random(seed)
    tasks = [
        task(
            f"s{n}",
            dice.choice([30, 45, 60]),
            wanted=dice.randrange(80),
            track=dice.choice(["", "law", "art"]),
            speakers=(dice.choice(["anh", "bob", "cam"]),) if dice.random() < 0.4 else (),
            needs=frozenset({"projector"}) if dice.random() < 0.2 else frozenset(),
        )
        for n in range(dice.randrange(1, 9))
    ]
    keys = sorted(t.key for t in tasks)
    together = {(a, b): dice.randrange(1, 9) for a in keys for b in keys if a < b and dice.random() < 0.3}
    return problem(*tasks, together=together)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_every_plan_is_valid_and_no_plan_beats_the_bound(seed: int) -> None:
    p = random_problem(seed)
    solved(p, 0.5)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_a_small_plan_is_proven_best_by_trying_everything(seed: int) -> None:
    dice = random.Random(seed)
    tasks = [task(f"s{n}", 60, wanted=dice.randrange(80), track=dice.choice(["", "law", "art"])) for n in range(3)]
    p = problem(*tasks, together={("s0", "s1"): dice.randrange(1, 9), ("s1", "s2"): dice.randrange(1, 9)}, opening={"a": ((0, 90),), "b": ((0, 75),)})
    found = solved(p)
    assert found.exact == found.value
    every = [[Spot(place, start) for place, room in ROOMS.items() for start in range(0, p.opening[room.campus][0][1] - 59, 15)] for _ in tasks]
    options = ({t.key: s for t, s in zip(tasks, spots, strict=True)} for spots in product(*every))
    assert found.value == max(check.terms(p, spots).total for spots in options if not check.violations(p, spots))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_placement_at_all_beats_the_bound(seed: int) -> None:
    """Random placements, valid or not in the rooms, still seat no more people than the bound when they overlap nowhere."""
    p = random_problem(seed)
    dice = random.Random(seed)
    spots = {key: Spot(dice.choice(sorted(ROOMS)), 15 * dice.randrange(13)) for key in p.tasks}
    if not check.violations(p, spots):
        assert check.terms(p, spots).total <= bound(p).total
    assert seated(p) <= sum(t.wanted for t in p.tasks.values())
