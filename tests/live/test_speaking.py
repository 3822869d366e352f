"""Announcements and evacuations: who is told, where it shows, what ends it."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest

from forum import db, editions
from forum.errors import Conflict
from forum.live import announcements, evacuation, gates, telling
from forum.live.announcements import Words
from tests.helpers import give_role, posted, sign_client_in
from tests.live import day as days

WORDS = {"text_fr": "Le café est au premier.", "text_en": "Coffee is upstairs.", "minutes": "30"}


async def _two(day: days.Day) -> tuple[str, str]:
    first: str = await db.value("SELECT c.slug FROM role r JOIN campus c ON c.id = r.campus WHERE r.name = 'campus_organiser'")
    return first, next(slug for slug in day.campuses if slug != first)


async def test_an_announcement_to_people_inside_is_seen_by_them_and_on_the_campuss_boards_alone(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first, other = await _two(day)
    (near,), (far,) = await days.inside(day, first, "Near", now=now), await days.inside(day, other, "Far", now=now)
    await announcements.make(day.edition, Words("inside", WORDS["text_fr"], WORDS["text_en"], campus=day.campuses[first]), by=None, now=now)
    assert [WORDS["text_en"] in (await client.get(f"/en/board/{slug}")).text for slug in (first, other)] == [True, False]
    assert WORDS["text_en"] not in (await client.get("/en/announcements")).text
    for person, told in ((near, True), (far, False)):
        await sign_client_in(client, person)
        assert (WORDS["text_en"] in (await client.get("/en/announcements")).text) is told
        assert (WORDS["text_fr"] in (await client.get("/")).text) is told


async def test_everyone_hears_what_is_for_everyone_in_their_language_until_it_is_over(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    await sign_client_in(client, await days.person_of("sofia@example.org"))
    answer = await posted(client, "/control/announce", {"audience": "everyone", **WORDS}, form="/control/announce")
    assert answer.status_code == 303
    client.cookies.clear()
    assert [WORDS[f"text_{lang}"] in (await client.get(path)).text for lang, path in (("fr", "/"), ("en", "/en/"))] == [True, True]
    assert await announcements.standing(day.edition.id, now=now + timedelta(minutes=30)) == []
    assert await db.column("SELECT topic FROM event WHERE kind = 'announcement.made'") == ["edition"]


async def test_a_campus_organiser_speaks_to_the_own_campus_only(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first, other = await _two(day)
    await sign_client_in(client, await days.person_of("karim@example.org"))
    asked = [{"audience": "everyone"}, {"audience": "campus", "campus": other}, {"audience": "campus", "campus": first}]
    codes = [(await posted(client, "/control/announce", data | WORDS, form="/control/announce")).status_code for data in asked]
    assert codes == [403, 403, 303]
    assert await db.column("SELECT campus FROM announcement") == [day.campuses[first]]


async def test_a_form_without_its_campus_comes_back_with_what_was_typed(client: httpx.AsyncClient, now: datetime) -> None:
    await days.make(now=now)
    await sign_client_in(client, await days.person_of("sofia@example.org"))
    page = await posted(client, "/en/control/announce", {"audience": "campus", **WORDS}, form="/control/announce")
    assert (page.status_code, "Choose the campus." in page.text, WORDS["text_en"] in page.text) == (422, True, True)


async def test_mails_go_once_to_each_person_in_batches_and_not_after_it_was_taken_back(now: datetime, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    day = await days.make(now=now)
    first, _ = await _two(day)
    people = await days.inside(day, first, "A", "B", "C", "D", "E", now=now)
    said = Words("inside", "Bonjour.", "Hello.", campus=day.campuses[first], by_mail=True)
    made = await announcements.make(day.edition, said, by=None, now=now)
    assert (await telling.tell(made, now=now), await telling.tell(made, now=now)) == (5, 0)
    assert set(await db.column("SELECT person FROM mail WHERE template = 'announcement'")) == set(people)
    taken = await announcements.make(day.edition, said, by=None, now=now)
    await announcements.end(taken, by=None, now=now)
    assert await telling.tell(taken, now=now) == 0


async def test_an_evacuation_is_one_order_and_the_all_clear_undoes_all_of_it(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first, _ = await _two(day)
    (lea,) = await days.inside(day, first, "Léa Benoît", now=now, step_free=True)
    met = await days.meeting(day, first, slot=now + timedelta(minutes=10))
    await days.session(day, first, "SOON", start=now - timedelta(minutes=5))
    await days.publish(day, now=now)
    await sign_client_in(client, await days.person_of("karim@example.org"))
    asks = await client.get(f"/en/control/{first}/evacuation")
    assert "Léa Benoît" in asks.text
    assert await db.value("SELECT count(*) FROM evacuation") == 0
    await posted(client, f"/control/{first}/evacuation", {}, form=f"/control/{first}/evacuation")

    assert await db.value("SELECT inside FROM evacuation WHERE ended_at IS NULL") == 1
    assert await db.value("SELECT why FROM door_suspension WHERE ended_at IS NULL AND campus = $1", day.campuses[first]) == gates.EVACUATION
    board = (await client.get(f"/en/board/{first}")).text
    assert ("leave now by the nearest exit" in board, "Interrupted" in board) == (True, True)
    assert "Interrupted" in (await client.get("/en/control")).text
    assert "Interrupted" in (await client.get("/en/programme/SOON")).text
    told = set(await db.column("SELECT topic FROM event WHERE kind = 'evacuation.began'"))
    firm, candidate = await db.value("SELECT company FROM meeting WHERE id = $1", met), await db.value("SELECT candidate FROM meeting WHERE id = $1", met)
    assert {"edition", f"campus.{first}", f"company.{firm}", f"person.{lea}", f"person.{candidate}"} <= told

    await posted(client, f"/control/{first}/evacuation/end", {}, form=f"/control/{first}/evacuation")
    assert await db.value("SELECT count(*) FROM evacuation WHERE ended_at IS NULL") == 0
    assert await db.value("SELECT count(*) FROM door_suspension WHERE ended_at IS NULL") == 0
    board = (await client.get(f"/en/board/{first}")).text
    assert ("leave now" in board, "the evacuation is over" in board, "Interrupted" in board) == (False, True, False)
    assert "Interrupted" not in (await client.get("/en/programme/SOON")).text
    assert [a for a in await db.column("SELECT action FROM journal ORDER BY id") if a.startswith("evac")] == ["evacuation.began", "evacuation.ended"]


async def test_the_list_of_who_is_inside_says_what_it_may_miss_before_and_during_an_evacuation(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first, other = await _two(day)
    await days.device(day, first, "heard", seen=now)
    await days.device(day, other, "elsewhere", seen=now - timedelta(minutes=9))
    await sign_client_in(client, await days.person_of("sofia@example.org"))
    path, silent, kept = f"/en/control/{first}/evacuation", "1 phone at the doors does not answer", "2 passages are still in phones"

    async def warned() -> tuple[bool, bool]:
        page = (await client.get(path)).text
        return silent in page, kept in page

    assert await warned() == (False, False)
    await db.execute("UPDATE door_device SET unsent = 2 WHERE name = 'heard'")
    assert await warned() == (False, True)
    await db.execute("UPDATE door_device SET seen_at = $1 WHERE name = 'heard'", now - timedelta(minutes=4))
    assert await warned() == (True, False)
    await evacuation.begin(day.edition, await gates.site(day.edition.id, first), by=None, now=now)
    assert await warned() == (True, False)


async def test_people_stand_in_the_list_as_in_a_dictionary_after_those_who_need_a_step_free_way(now: datetime, database: str) -> None:
    day = await days.make(now=now)
    first, _ = await _two(day)
    await days.inside(day, first, "Zoé", "Élodie", "Fatou", "eva", "Dina", now=now)
    await days.inside(day, first, "Wei", now=now, step_free=True)
    assert [p.name for p in await evacuation.inside(day.campuses[first])] == ["Wei", "Dina", "Élodie", "eva", "Fatou", "Zoé"]


async def test_during_an_evacuation_doors_stay_shut_and_its_message_stays(now: datetime, database: str) -> None:
    day = await days.make(now=now)
    first, _ = await _two(day)
    site = await gates.site(day.edition.id, first)
    await evacuation.begin(day.edition, site, by=None, now=now)
    with pytest.raises(Conflict):
        await gates.resume(site, by=None, now=now)
    with pytest.raises(Conflict):
        await announcements.end(await db.value("SELECT announcement FROM evacuation"), by=None, now=now)
    with pytest.raises(Conflict):
        await evacuation.begin(day.edition, site, by=None, now=now)


async def test_a_pause_from_before_the_evacuation_outlives_the_all_clear(now: datetime, database: str) -> None:
    day = await days.make(now=now)
    first, _ = await _two(day)
    site = await gates.site(day.edition.id, first)
    await gates.pause(site, by=None, now=now)
    await evacuation.begin(day.edition, site, by=None, now=now)
    await evacuation.end(await editions.needed(), site, by=None, now=now + timedelta(minutes=9))
    assert await db.value("SELECT count(*) FROM door_suspension WHERE ended_at IS NULL") == 1


async def _recruiters() -> list[tuple[UUID, UUID]]:
    async with db.connection() as conn:
        return [(row["recruiter"], row["company"]) for row in await conn.fetch("SELECT recruiter, company FROM meeting")]


async def test_an_evacuation_marks_the_meetings_of_the_hour_on_both_sides_until_the_all_clear(client: httpx.AsyncClient, now: datetime) -> None:
    """My day, my meetings, the meeting and the recruiter's day say it; what begins later, or elsewhere, is not marked."""
    day = await days.make(now=now)
    first, second = await _two(day)
    soon, later = [await days.meeting(day, first, slot=now + timedelta(minutes=m)) for m in (10, 90)]
    beside = await days.meeting(day, second, slot=now + timedelta(minutes=10))
    for recruiter, firm in await _recruiters():
        await give_role(recruiter, "recruiter", company=firm)
    await db.execute("INSERT INTO presence (recruiter, slot, meeting_table, company) SELECT recruiter, slot, meeting_table, company FROM meeting")
    site = await gates.site(day.edition.id, first)
    sides = ("candidate", "/meetings/"), ("recruiter", "/recruiter/meetings/")

    async def marked(mark: str = "Interrupted") -> list[bool]:
        found = []
        for side, path in sides:
            for meeting in (soon, later, beside):
                await sign_client_in(client, await db.value(f"SELECT {side} FROM meeting WHERE id = $1", meeting))
                found.append(mark in (await client.get(f"/en{path}{meeting}")).text)
        await sign_client_in(client, await db.value("SELECT candidate FROM meeting WHERE id = $1", soon))
        found += [mark in (await client.get(f"/en{path}")).text for path in ("/day", "/meetings")]
        await sign_client_in(client, await db.value("SELECT recruiter FROM meeting WHERE id = $1", soon))
        return [*found, mark.lower() in (await client.get("/en/recruiter")).text]

    await evacuation.begin(day.edition, site, by=None, now=now)
    assert await marked() == [True, False, False] * 2 + [True, True, True]
    await evacuation.end(day.edition, site, by=None, now=now)
    assert await marked() == [False] * 9


async def test_nobody_is_shown_less_than_was_said_when_they_asked_and_a_crowd_shares_a_reading(now: datetime, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may say something at any moment: a page that was told to look would not look again."""
    day = await days.make(now=now)
    readings = []
    read = announcements._read

    async def counted(edition: UUID, at: datetime) -> list[announcements.Standing]:
        readings.append(at)
        return await read(edition, at)

    monkeypatch.setattr(announcements, "_read", counted)
    assert await announcements.standing(day.edition.id, now=now) == []
    await db.execute(
        "INSERT INTO announcement (edition, audience, text_fr, text_en, made_at, until) VALUES ($1, 'everyone', 'Dehors', 'Out', $2, $3)",
        day.edition.id, now, now + timedelta(minutes=5),
    )  # fmt: skip
    crowd = await asyncio.gather(*(announcements.standing(day.edition.id, now=now) for _ in range(50)))
    assert [[a.text_en for a in seen] for seen in crowd] == [["Out"]] * 50
    assert len(readings) <= 3
