"""A meeting without a place, decided in the studio: moved to a seat that fits both sides, or cancelled."""

from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.matchmaking import booking, presence, queries, studio, team
from forum.matchmaking.booking import Want
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage


async def booked(made: Stage, person: UUID, slug: str, slot: int) -> UUID:
    by = made.recruiters[slug][0]
    return await booking.book(made.edition, Want(person, made.companies[slug], by, made.at(slot), by, "company"), now=NOW)


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Alpha has two people through slots 4 to 13; Anna meets alpha in slot 4 and beta, 49 minutes away, in slot 8; Bo meets alpha in slot 13."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(4, 14)))
    await add_company(made, "beta", campus="2", slots=[8])
    anna = await add_candidate(made, "Anna", "alpha", "beta")
    await booked(made, anna, "alpha", 4)
    await booked(made, anna, "beta", 8)
    await booked(made, await add_candidate(made, "Bo", "alpha"), "alpha", 13)
    return made


async def lost(made: Stage) -> UUID:
    """The meeting of slot 4, whose recruiter is away then."""
    (meeting,) = await presence.set_presence(made.edition, made.companies["alpha"], made.recruiters["alpha"][0], None, [made.at(4)], now=NOW)
    return meeting


async def test_the_seats_offered_are_free_for_both_and_near_enough(made: Stage) -> None:
    meeting = await lost(made)
    seats = await team.open_seats(made.edition, await queries.meeting(meeting), now=NOW)
    one, other = made.recruiters["alpha"]
    assert [(s.slot, s.recruiter) for s in seats] == [(made.at(4), other), (made.at(12), one), (made.at(12), other), (made.at(13), other)]
    await db.execute("UPDATE claim SET holder = gen_random_uuid() WHERE holder = $1", meeting)  # something else than the meeting itself holds the hour
    assert (await team.open_seats(made.edition, await queries.meeting(meeting), now=NOW))[0].slot == made.at(12)
    await db.execute("DELETE FROM claim WHERE company = $1", made.companies["beta"])
    await db.execute("UPDATE meeting SET state = 'cancelled' WHERE company = $1", made.companies["beta"])
    assert {s.recruiter for s in await team.open_seats(made.edition, await queries.meeting(meeting), now=NOW)} == {one, other}
    await db.execute("UPDATE registration SET step_free_need = true")
    await db.execute("UPDATE meeting_table SET step_free = false WHERE id = (SELECT meeting_table FROM presence WHERE recruiter = $1 LIMIT 1)", other)
    assert {s.recruiter for s in await team.open_seats(made.edition, await queries.meeting(meeting), now=NOW)} == {one}


async def test_an_organiser_moves_it_and_both_are_told(client: httpx.AsyncClient, made: Stage) -> None:
    meeting = await lost(made)
    await sign_client_in(client, await db.value("SELECT person FROM role WHERE name = 'forum_organiser'"))
    assert f"/studio/trouble/{meeting}" in (await client.get("/en/studio")).text
    page = (await client.get(f"/en/studio/trouble/{meeting}")).text
    assert ("Anna, Alpha" in page, page.count('name="seat"'), "the recruiter is no longer at the table" in page) == (True, 4, True)
    taken = f"{made.recruiters['alpha'][0]}|{made.at(13).isoformat()}"
    sent = await posted(client, f"/en/studio/trouble/{meeting}/move", {"seat": taken}, form="/en/studio")
    assert (sent.status_code, "just taken" in sent.text, len(await studio.troubles(made.edition.id))) == (409, True, 1)
    seat = f"{made.recruiters['alpha'][1]}|{made.at(12).isoformat()}"
    sent = await posted(client, f"/studio/trouble/{meeting}/move", {"seat": seat}, form="/studio")
    assert (sent.status_code, sent.headers["location"]) == (303, "/studio")
    assert (await queries.meeting(meeting)).start == made.at(12)
    assert await studio.troubles(made.edition.id) == []
    told = "SELECT count(*) FROM mail WHERE template = 'meetings_changed' AND facts -> 'changes' -> 0 ->> 'what' = 'moved'"
    live = "SELECT count(*) FROM event WHERE kind = 'meeting.moved' AND ref = $1"
    assert (await db.value(told), await db.value(live, str(meeting))) == (1, 2)
    assert (await client.get(f"/studio/trouble/{meeting}")).status_code == 404
    assert await faults(made.edition.id) == []


async def test_without_a_seat_that_fits_it_says_so_and_can_be_cancelled(client: httpx.AsyncClient, made: Stage) -> None:
    meeting = await lost(made)
    await db.execute("DELETE FROM presence WHERE company = $1", made.companies["alpha"])
    await sign_client_in(client, await db.value("SELECT person FROM role WHERE name = 'forum_organiser'"))
    page = (await client.get(f"/en/studio/trouble/{meeting}")).text
    assert ("No seat fits both sides" in page, 'name="seat"' in page, "Cancel it" in page) == (True, False, True)
