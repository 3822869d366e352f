"""Business meetings are given by both sides' yes, timed by the engine, and never double anybody."""

import time

import httpx
import pytest

from forum import clock, db
from forum.errors import Conflict, NotFound
from forum.mail.render import render
from forum.matchmaking import booking
from forum.matchmaking import business_meetings as business
from forum.matchmaking.engine.business import BusinessDay, Status, Timetable
from forum.settings import Settings
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage


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
    assert await db.value("SELECT count(*) FROM mail WHERE person = $1", by) == 3  # the host, once for each
    assert await db.value("SELECT count(DISTINCT person) FROM mail WHERE facts -> 'changes' -> 0 ->> 'company' = 'City'") == 3  # each guest once
    stands = await business.standing(made.edition.id)
    assert (stands.waiting, stands.timed, stands.placed, stands.left) == (0, 3, 3, 0)
    again = await business.give_times(made.edition, by=by, now=NOW, seconds=1)
    assert again.placed == 0


async def agreed(made: Stage, guest: str) -> None:
    city, by = made.companies["city"], made.recruiters["city"][0]
    request = await business.ask(made.edition, made.companies[guest], city, "", by=made.recruiters[guest][0], now=NOW)
    await business.answer(city, request, True, by=by, now=NOW)


async def test_one_pair_without_an_hour_in_common_costs_nobody_else_theirs(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for guest in ("s0", "s1"):
        await agreed(made, guest)
    busy = made.recruiters["s1"][0]  # every hour is given to somebody
    await db.execute("INSERT INTO claim (slot, recruiter, meeting_table, kind, holder) SELECT slot, recruiter, meeting_table, 'block', gen_random_uuid() FROM presence WHERE recruiter = $1", busy)
    done = await business.give_times(made.edition, by=busy, now=NOW, seconds=3)
    assert (done.placed, done.left) == (1, ((made.companies["city"], made.companies["s1"]),))
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    for person, path, words in ((busy, "/en/recruiter/business", "No time found yet"), (organiser, "/en/studio", "S1 at the table of City")):
        await sign_client_in(client, person)
        assert words in (await client.get(path)).text


async def test_when_time_is_over_half_of_the_pairs_wait_instead_of_one_after_the_other(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def finds_nothing(day: BusinessDay, **_: float) -> Timetable:
        asked.append(len(day.meetings))
        time.sleep(0.6)  # longer than the least it is given
        return Timetable(Status.UNKNOWN, None, None, 0, "", 0.0)

    monkeypatch.setattr("forum.matchmaking.engine.timetable.timetable", finds_nothing)
    for n in range(4):
        await agreed(made, f"s{n}")
    done = await business.give_times(made.edition, by=made.recruiters["city"][0], now=NOW, seconds=0)
    assert (done.placed, len(done.left)) == (0, 4)
    assert asked == [4, 2, 1]


async def test_a_time_the_journey_forbids_is_looked_for_again(made: Stage) -> None:
    await add_company(made, "far", campus="2", slots=[4, 20])
    city, guest = made.recruiters["city"][0], made.recruiters["far"][0]
    table = await db.value("DELETE FROM presence WHERE recruiter = $1 RETURNING meeting_table", city)
    for slot in (5, 12, 19):  # at both ends the journey is too long
        await db.execute("INSERT INTO presence (recruiter, slot, meeting_table, company) VALUES ($1, $2, $3, $4)", city, made.slots[slot], table, made.companies["city"])
    for name, slot in (("Anna", 4), ("Bilal", 20)):
        candidate = await add_candidate(made, name, "far")
        await booking.book(made.edition, booking.Want(candidate, made.companies["far"], guest, made.slots[slot], guest, "company"), now=NOW)
    await agreed(made, "far")
    done = await business.give_times(made.edition, by=city, now=NOW, seconds=3)
    assert (done.placed, await db.value("SELECT slot FROM meeting WHERE kind = 'business'")) == (1, made.slots[12])
    assert await faults(made.edition.id) == []


async def test_who_has_free_hours_speaks_for_the_company(made: Stage) -> None:
    await add_company(made, "team", people=2, slots=list(range(4, 12)))
    busy, free = sorted(made.recruiters["team"], reverse=True)
    await db.execute("INSERT INTO claim (slot, recruiter, meeting_table, kind, holder) SELECT slot, recruiter, meeting_table, 'block', gen_random_uuid() FROM presence WHERE recruiter = $1", busy)
    await agreed(made, "team")
    await business.give_times(made.edition, by=free, now=NOW, seconds=3)
    assert await db.column("SELECT candidate FROM meeting WHERE kind = 'business'") == [free]


async def test_the_solver_runs_in_the_worker_and_both_sides_read_the_other_companys_name(
    client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    city, by = made.companies["city"], made.recruiters["city"][0]
    request = await business.ask(made.edition, made.companies["s0"], city, "", by=made.recruiters["s0"][0], now=NOW)
    await business.answer(city, request, True, by=by, now=NOW)
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    await sign_client_in(client, organiser)
    await posted(client, "/studio/business", {}, form="/studio")
    assert (await db.column("SELECT entrypoint FROM pgqueuer"), await db.value("SELECT count(*) FROM meeting")) == (["matchmaking.business"], 0)
    assert "1 accepted business meeting waits for a time" in (await client.get("/en/studio")).text
    await business.give_times(made.edition, by=organiser, now=NOW, seconds=1)
    assert "1 of them got a time" in (await client.get("/en/studio")).text
    await sign_client_in(client, by)
    day = clock.local(await db.value("SELECT slot FROM meeting")).date()
    assert "s0 recruiter 0, S0" in (await client.get(f"/en/recruiter?day={day}")).text
    await sign_client_in(client, made.recruiters["s0"][0])
    guest = (await client.get(f"/en/recruiter?day={day}")).text
    assert ("at City" in guest, await db.value("SELECT count(*) FROM disclosure")) == (True, 0)


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


@pytest.mark.parametrize(("link", "words"), [("/recruiter/business", "Look at your business meetings"), ("/meetings", "Accept, ask for another time or decline")])
async def test_the_mail_asks_for_an_answer_only_where_one_can_be_given(settings: Settings, link: str, words: str) -> None:
    mail = render("meetings_changed", "en", {"name": "Anna", "edition_name": "Forum", "changes": [], "link": link}, settings)
    others = {"Look at your business meetings", "Accept, ask for another time or decline"} - {words}
    assert [words in mail.text, words in mail.html, any(other in mail.text + mail.html for other in others)] == [True, True, False]
