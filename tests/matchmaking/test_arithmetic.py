"""Seats and people before any solving: what can be had at most, and which companies are short."""

from collections import Counter

from forum import db
from forum.matchmaking import reading, runs, studio
from forum.matchmaking.arithmetic import Asker, Reach, counted
from forum.matchmaking.problem import build
from tests.matchmaking.stage import NOW, add_candidate, add_company, add_star, stage


def test_a_company_too_many_wish_for_alone_is_named_with_its_people_and_seats() -> None:
    people = [Asker(("a",), 6)] * 3 + [Asker(("a", "b"), 6)]
    found = counted(people, Counter({"a": 1, "b": 5}), 2, most=2)
    assert (found.short, found.short_seats, found.short_people, found.guarantee) == (("a",), 1, 3, 0)
    assert found.reach == (Reach(1, 2, 2), Reach(2, 2, 1))


def test_who_wishes_for_less_or_wants_less_is_not_among_those_who_can_have_more() -> None:
    """The control: with caps and wishes enough, all three can."""
    seats = Counter({"a": 9, "b": 9})
    assert counted([Asker(("a",), 6), Asker(("a", "b"), 1), Asker(("a", "b"), 6)], seats, 1, most=2).reach[1] == Reach(2, 2, 1)
    everybody = counted([Asker(("a", "b"), 6)] * 3, seats, 1, most=2)
    assert (everybody.reach[1].people, everybody.guarantee) == (3, 2)


def test_nobody_and_nothing_count_to_nothing() -> None:
    assert (counted([], Counter(), 0).guarantee, counted([], Counter({"a": 3}), 1).seats, counted([Asker(("a",), 1)], Counter(), 0).guarantee) == (0, 3, 0)


async def test_the_studio_counts_what_a_run_would_read(database: str) -> None:
    made = await stage()
    await add_company(made, "alpha", people=2, slots=[4, 5, 6], max_meetings=4)
    await add_company(made, "beta", slots=[7])
    await add_company(made, "gone", slots=[8])
    anna, bo = await add_candidate(made, "Anna", "alpha", "beta", "gone", most=2), await add_candidate(made, "Bo", "alpha")
    await add_star(made, "beta", bo, "pass")
    await add_star(made, "alpha", anna, "pass")
    await db.execute("UPDATE company SET withdrawn_at = $1 WHERE slug = 'gone'", NOW)
    found = await studio.seat_arithmetic(made.edition, now=NOW)
    problem = build(await reading.read_inputs(made.edition, now=NOW, guarantee=1, weights=runs.DEFAULT_WEIGHTS))
    assert (found.recruiters, found.seats, found.people, found.wishes) == (3, 5, 2, 2)
    assert (found.recruiters, found.people, found.wishes) == (len(problem.recruiters), len(problem.candidates), len(problem.wishes))
