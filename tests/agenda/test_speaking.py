"""Speakers: tied to an account, asked when they can, their sessions in their own day; doors of rooms and who may stand at them."""

from datetime import datetime

import httpx
import pytest
from lxml import html

from forum import day, db
from forum.access import Principal
from forum.agenda import current, seating
from forum.agenda.seating import NotPossible
from forum.people import sign_in
from tests.agenda import world as w
from tests.agenda.test_organise import organiser
from tests.agenda.test_web import submit

SPEAKERS = "/organise/agenda/speakers"


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0)
    await w.add(made, "atelier", "lab", 30)
    await w.add(made, "loin", "loft", 300, reservable=False)
    for name, code, session in (("Anh Lê", "ANH", "keynote"), ("Bob Kaya", "BOB", "loin")):
        speaker = await db.value(
            "INSERT INTO speaker (edition, code, number, name) VALUES ($1, $2, $3, $4) RETURNING id", made.edition.id, code, len(name), name
        )
        await db.execute("INSERT INTO session_speaker VALUES ($1, $2, 0)", made.sessions[session], speaker)
    await w.release(made, "1.0", now=now)
    return made


async def test_a_speaker_is_tied_asked_and_says_when_they_can(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    anh = await w.person(world, "anh", "en")
    await organiser(client, world, now)
    key = await db.value("SELECT id FROM speaker WHERE code = 'ANH'")
    refused = await submit(client, "/en" + SPEAKERS, f"/en{SPEAKERS}/{key}/account", email="nobody@example.org")
    assert (refused.status_code, "No account has this address." in refused.text) == (404, True)
    await submit(client, SPEAKERS, f"{SPEAKERS}/{key}/account", email="Anh@example.org")
    assert await db.value("SELECT person FROM speaker WHERE id = $1", key) == anh
    bob = await db.value("SELECT id FROM speaker WHERE code = 'BOB'")
    refused = await submit(client, "/en" + SPEAKERS, f"/en{SPEAKERS}/{bob}/account", email="anh@example.org")
    assert (refused.status_code, "already tied" in refused.text) == (409, True)  # nobody is two speakers
    await submit(client, SPEAKERS, SPEAKERS + "/questions")
    assert [subject for subject, _ in await w.mails("speaker_question")] == ["When can you speak?"]
    client.cookies.set("forum_sign_in", await sign_in.start(anh, now=now, second_factor=True))
    await submit(client, "/speaking", "/speaking", free="2028-11-17/pm")
    client.cookies.clear()
    await organiser(client, world, now, role="admin")
    assert (await client.get("/en" + SPEAKERS)).status_code in {403, 404}  # accounts are the forum organisers' business
    client.cookies.set("forum_sign_in", await sign_in.start(world.people["sofia-forum_organiser-None"], now=now, second_factor=True))
    page = (await client.get("/en" + SPEAKERS)).text
    assert "Confirmed on" in page and "13:00–19:00" in page
    await submit(client, SPEAKERS, SPEAKERS + "/questions") if "who have not answered" in page else None
    assert len(await w.mails("speaker_question")) == 1  # who has answered is not asked again


async def test_the_list_of_speakers_is_in_pages_and_can_be_searched(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await db.execute(
        """INSERT INTO speaker (edition, code, number, name) SELECT $1, 'PX' || lpad(n::text, 4, '0'), 1000 + n, CASE WHEN n = 77 THEN 'Zoé 100 %' ELSE 'Personne ' || lpad(n::text, 3, '0') END
           FROM generate_series(1, 120) n""",
        world.edition.id,
    )  # fmt: skip
    await organiser(client, world, now)
    first, last, past = [html.fromstring((await client.get(f"{SPEAKERS}?page={n}")).text) for n in (1, 3, 99)]
    assert [len(page.xpath("//ul[@id='speakers']/li")) for page in (first, last)] == [50, await db.value("SELECT count(*) FROM speaker") - 100]
    assert last.xpath("//ul[@id='speakers']//b/a/text()") == past.xpath("//ul[@id='speakers']//b/a/text()")
    found = html.fromstring((await client.get(f"{SPEAKERS}?q=zo%C3%A9+100+%25")).text)
    assert found.xpath("//ul[@id='speakers']//b/a/text()") == ["Zoé 100 %"]
    nobody = await client.get(f"/en{SPEAKERS}?q=_")
    assert (nobody.status_code, "No speaker has this name." in nobody.text) == (200, True)


async def test_what_one_holds_is_in_ones_day_and_counts_before_one_commits(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    anh = await w.person(world, "anh", "en")
    await db.execute("UPDATE speaker SET person = $1 WHERE code = 'ANH'", anh)
    found = await day.day_of(Principal(anh, "", "", "en"), world.edition, w.DAY, now=now)
    assert [(line.kind, line.entry.title) for line in found.lines] == [("speaking", "Keynote")]  # type: ignore[union-attr]
    refused = await seating.reserve(world.edition, anh, "ATELIER", now=now)
    assert isinstance(refused, NotPossible)
    assert [c.first.title for c in refused.clashes] == ["Keynote"]
    client.cookies.set("forum_sign_in", await sign_in.start(anh, now=now, second_factor=True))
    page = (await client.get(f"/en/day?on={w.DAY}")).text
    assert "You speak" in page and "/en/speaking" in page


async def test_door_staff_find_their_rooms_and_see_no_other_campus(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await w.add(world, "ailleurs", "loft", 0)
    await w.release(world, "1.1", now=now)
    current.forget()
    guest = await w.person(world, "guest")
    await seating.reserve(world.edition, guest, "AILLEURS", now=now)
    await organiser(client, world, now, role="door", campus="1")
    page = (await client.get("/en/organise/agenda/doors")).text
    assert "/en/organise/agenda/door/KEYNOTE" in page and "AILLEURS" not in page
    assert "LOIN" not in page  # entered freely: nobody counts
    assert (await client.get("/organise/agenda/door/KEYNOTE")).status_code == 200
    tree = html.fromstring((await client.get("/organise/agenda/door/KEYNOTE")).text)
    hidden = {i.get("name"): i.get("value") for f in tree.xpath("//form") if f.get("action").endswith("walk-ins") for i in f.xpath(".//input[@type='hidden']")}
    there = await client.get("/organise/agenda/door/AILLEURS")
    sent = await client.post("/organise/agenda/door/AILLEURS/walk-ins", data=hidden, headers={"origin": "http://forum.test"})
    for answer in (there, sent):
        assert answer.status_code == 403
        assert "guest" not in answer.text
    assert await db.value("SELECT sum(walked_in) FROM seating") == 0
    await submit(client, "/organise/agenda/door/KEYNOTE", "/organise/agenda/door/KEYNOTE/walk-ins")
    assert await db.value("SELECT sum(walked_in) FROM seating") == 1
