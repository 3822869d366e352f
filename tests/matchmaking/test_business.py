"""Business meetings are given by both sides' yes, timed by the engine, and never double anybody."""

import pytest

from forum import db
from forum.errors import Conflict, NotFound
from forum.matchmaking import business_meetings as business
from tests.matchmaking.stage import NOW, Stage, add_company, faults, stage


@pytest.fixture
async def made(database: str) -> Stage:
    made = await stage()
    for n in range(4):
        await add_company(made, f"s{n}", campus="1", slots=list(range(4, 12)))
    await add_company(made, "city", campus="1", slots=list(range(4, 12)))
    await db.execute("UPDATE company SET kind = 'public' WHERE slug = 'city'")
    return made


async def test_only_meetings_both_sides_accepted_get_a_time_at_the_buyers_table(made: Stage) -> None:
    city, by = made.companies["city"], made.recruiters["city"][0]
    requests = [await business.ask(made.edition, made.companies[f"s{n}"], city, "", by=made.recruiters[f"s{n}"][0], now=NOW) for n in range(4)]
    for request in requests[:3]:
        await business.answer(city, request, True, by=by, now=NOW)
    await business.answer(city, requests[3], False, by=by, now=NOW)
    done = await business.give_times(made.edition, by=by, now=NOW, seconds=3)
    assert (done.placed, done.left) == (3, ())
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT company, guest_company, slot, kind FROM meeting ORDER BY slot")
    assert {(r["company"], r["kind"]) for r in rows} == {(city, "business")}
    slots = [made.slots.index(r["slot"]) for r in rows]
    assert slots == list(range(slots[0], slots[0] + 3))  # no gap at the buyer's table
    assert await faults(made.edition.id) == []
    again = await business.give_times(made.edition, by=by, now=NOW, seconds=1)
    assert again.placed == 0


async def test_only_the_side_that_was_asked_answers_once_and_a_pair_asks_once(made: Stage) -> None:
    city, one = made.companies["city"], made.companies["s0"]
    request = await business.ask(made.edition, one, city, "", by=made.recruiters["s0"][0], now=NOW)
    with pytest.raises(NotFound):
        await business.answer(one, request, True, by=made.recruiters["s0"][0], now=NOW)
    with pytest.raises(Conflict):
        await business.ask(made.edition, city, one, "", by=made.recruiters["city"][0], now=NOW)
    await business.answer(city, request, True, by=made.recruiters["city"][0], now=NOW)
    with pytest.raises(NotFound):
        await business.answer(city, request, False, by=made.recruiters["city"][0], now=NOW)
    assert [(a.mine, a.accepted) for a in await business.of_company(one)] == [(True, True)]
