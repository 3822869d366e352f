"""Organisers edit everything about places in pages; everybody reads them."""

import re

import httpx

from forum import db
from forum.editions import Edition
from tests.campuses.conftest import csrf, send

CAMPUS = {
    "number": 40, "name": "Goutte-d'Or", "address": "12 rue inventée", "postcode": "75018", "city": "Paris", "latitude": "48,8867",
    "longitude": "2.3512", "capacity": 300, "step_free": "1", "access_fr": "Porte bleue", "version": 0,
}  # fmt: skip


async def test_a_campus_has_a_public_page_in_both_languages(client: httpx.AsyncClient, edition: Edition) -> None:
    page, english, missing = await client.get("/campus/1"), await client.get("/en/campus/1"), await client.get("/campus/99")
    assert (page.status_code, english.status_code, missing.status_code) == (200, 200, 404)
    assert "Getting in" in english.text
    assert "Lieu inventé" in page.text
    assert "A place invented" in english.text


async def test_every_page_answers_organisers_in_both_languages_and_nobody_else(sofia: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    for path in ("/organise/campuses", "/organise/campuses/new", "/organise/edition", "/organise/campus/1", "/organise/campus/1/rooms", "/organise/travel",
                 "/organise/travel/from/1", "/organise/travel/from/1/to/2", "/organise/travel/changes", "/organise/campus/1/remove"):  # fmt: skip
        statuses = [(await browser.get(path)).status_code for browser in (sofia, client)] + [(await sofia.get("/en" + path)).status_code]
        assert statuses == [200, 303, 200], path


async def test_a_campus_organiser_edits_their_campus_and_no_other(karim: httpx.AsyncClient) -> None:
    assert (await karim.get("/organise/campus/1")).status_code == 200
    assert (await karim.get("/organise/campus/2")).status_code == 404
    assert (await karim.get("/organise/campuses/new")).status_code == 404
    page = await karim.get("/organise/campuses")
    assert re.findall(r'/organise/campus/(\d+)"', page.text) == ["1"]
    token = csrf(await karim.get("/organise/campus/1"))
    assert (await karim.post("/organise/campus/2/rooms", data={"_csrf": token, "name": "X", "capacity": "5"})).status_code == 404
    assert (await karim.post("/organise/travel/changes", data={"_csrf": token, "reason": "grève", "effect": "closed"})).status_code == 404


async def test_a_campus_is_added_changed_and_taken_out(sofia: httpx.AsyncClient, edition: Edition) -> None:
    answer = await send(sofia, "/organise/campuses/new", **CAMPUS)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/organise/campus/40/rooms"
    assert await db.value("SELECT count(*) FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.slug = '40' AND d.places = 300") == 2
    answer = await send(sofia, "/organise/campus/40", **CAMPUS | {"name": "Château-Rouge", "version": 1, "step_free": "", "capacity": 250})
    assert answer.status_code == 303
    assert await db.value("SELECT facts::text FROM journal WHERE action = 'campus.changed'") == '{"capacity": 250, "capacity_before": 300}'
    assert await db.value("SELECT (name, step_free, version, latitude)::text FROM campus WHERE slug = '40'") == "(Château-Rouge,f,2,48.8867)"
    answer = await send(sofia, "/organise/campus/40/remove")
    assert answer.headers["location"] == "/organise/campuses"
    assert (await sofia.get("/campus/40")).status_code == 404
    assert await db.column("SELECT action FROM journal ORDER BY id") == ["campus.added", "campus.changed", "campus.removed"]
    assert set(await db.column("SELECT kind FROM event WHERE topic = 'edition'")) >= {"campus.added", "campus.changed", "campus.removed"}


async def test_who_may_take_a_campus_out_sees_the_button(sofia: httpx.AsyncClient, karim: httpx.AsyncClient) -> None:
    pages = [(await someone.get("/en/organise/campus/1")).text for someone in (sofia, karim)]
    assert [page.count('href="/en/organise/campus/1/remove"') for page in pages] == [1, 0]


async def test_two_editors_see_what_happened(sofia: httpx.AsyncClient) -> None:
    await send(sofia, "/organise/campuses/new", **CAMPUS)
    first = await send(sofia, "/organise/campus/40", **CAMPUS | {"name": "Première", "version": 1})
    second = await send(sofia, "/organise/campus/40", on="/organise/campus/40", **CAMPUS | {"name": "Seconde", "version": 1})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Première" in second.text
    assert 'value="Seconde"' in second.text
    assert 'name="version" value="2"' in second.text
    assert await db.value("SELECT name FROM campus WHERE slug = '40'") == "Première"


async def test_a_bad_campus_is_refused_beside_its_field(sofia: httpx.AsyncClient) -> None:
    token = csrf(await sofia.get("/organise/campuses/new"))
    for field, value, words in (
        ("number", 1, "There is, or was, a campus 1 already."),
        ("number", "abc", "Enter a whole number."),
        ("number", 99999, "This is too much: 999 at most."),
        ("latitude", "north", "Enter degrees, for example 48.8566."),
        ("longitude", "200", "Enter degrees, for example 2.3522."),
        ("capacity", -1, "This is too little: 0 at least."),
        ("name", "x" * 121, "This is too long: 120 characters at most."),
        ("name", "a\x00b", "This has a character that cannot be stored."),
        ("is_admin", 1, "This form has no such field."),
    ):
        fields = {key: str(item) for key, item in (CAMPUS | {field: value}).items()}
        answer = await sofia.post("/en/organise/campuses/new", data={"_csrf": token, **fields})
        assert (answer.status_code, words in answer.text) == (422, True), (field, value)
    assert await db.value("SELECT count(*) FROM campus WHERE slug = '40'") == 0


async def test_a_campus_with_registered_people_stays(sofia: httpx.AsyncClient) -> None:
    answer = await send(sofia, "/organise/campus/1/remove")
    assert (answer.status_code, '<meta name="at" content="/organise/campus/1">' in answer.text) == (409, True)
    assert await db.value("SELECT removed_at FROM campus WHERE slug = '1'") is None


async def test_days_of_a_campus(sofia: httpx.AsyncClient, edition: Edition) -> None:
    first = edition.days[0].day.isoformat()
    page = "/organise/campus/2"
    answer = await send(sofia, "/organise/campus/2/days", on=page, day=first, opens="10:00", closes="17:30", places=77)
    assert answer.status_code == 303
    stored = "SELECT (opens, closes, places)::text FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.slug = '2' AND day = $1"
    assert await db.value(stored, edition.days[0].day) == "(10:00:00,17:30:00,77)"
    await send(sofia, "/organise/campus/2/days", on=page, day=first, closed=1)
    assert await db.value("SELECT count(*) FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.slug = '2'") == 1
    for bad in ({"opens": "18:00", "closes": "09:00"}, {"day": "2031-01-01"}, {"places": -4}, {"opens": "25:00"}):
        fields = {"day": first, "opens": "10:00", "closes": "17:30", "places": 5} | bad
        await send(sofia, "/organise/campus/2/days", on=page, **fields)
    assert await db.value("SELECT count(*) FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.slug = '2'") == 1


async def test_a_day_with_registered_people_neither_closes_nor_shrinks(sofia: httpx.AsyncClient, edition: Edition) -> None:
    first = edition.days[0].day.isoformat()
    await send(sofia, "/organise/campus/1/days", on="/organise/campus/1", day=first, closed=1)
    await send(sofia, "/organise/campus/1/days", on="/organise/campus/1", day=first, opens="09:00", closes="18:00", places=0)
    assert await db.value("SELECT places > 0 FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.slug = '1' AND day = $1", edition.days[0].day)


async def test_the_edition_is_edited(sofia: httpx.AsyncClient, edition: Edition) -> None:
    fields = {"name": "Forum 2029", "slot_minutes": 15, "registration_opens": "2029-01-01T09:00", "version": 1}
    assert (await send(sofia, "/organise/edition", **fields)).status_code == 303
    assert await db.value("SELECT (name, slot_minutes, registration_opens, version)::text FROM edition") == '("Forum 2029",15,"2029-01-01 08:00:00+00",2)'
    conflict = await send(sofia, "/organise/edition", **fields)
    assert (conflict.status_code, 'name="version" value="2"' in conflict.text) == (409, True)
    wrong = await send(sofia, "/en/organise/edition", **fields | {"version": 2, "registration_closes": "2028-01-01T09:00"})
    assert (wrong.status_code, "Registration closes after it opens." in wrong.text) == (422, True)


async def test_days_of_the_edition(sofia: httpx.AsyncClient, edition: Edition) -> None:
    assert (await send(sofia, "/organise/edition/days", on="/organise/edition", day="2030-05-01", opens="09:00", closes="18:00")).status_code == 303
    assert await db.value("SELECT count(*) FROM edition_day") == 3
    assert (await send(sofia, "/organise/edition/days/2030-05-01/remove", on="/organise/edition")).status_code == 303
    await send(sofia, f"/organise/edition/days/{edition.days[0].day}/remove", on="/organise/edition")  # campuses open that day
    assert await db.value("SELECT count(*) FROM edition_day") == 2
    assert (await send(sofia, "/organise/edition/days", on="/organise/edition", day="0000-01-01", opens="09:00", closes="18:00")).status_code == 422
    assert (await send(sofia, "/organise/edition/days", on="/organise/edition", day="9999-01-01", opens="09:00", closes="18:00")).status_code == 422


async def test_rooms_tables_and_doors(karim: httpx.AsyncClient) -> None:
    home = "/organise/campus/1/rooms"
    assert (await send(karim, home, name="Salle 99", building="C", capacity=30, equipment="sound, projector")).status_code == 303
    room = await db.value("SELECT id FROM room WHERE name = 'Salle 99'")
    assert (await send(karim, f"{home}/{room}", name="Salle 98", building="C", capacity=31, version=1)).status_code == 303
    assert (await send(karim, f"{home}/{room}", name="Salle 97", building="C", capacity=31, version=1)).status_code == 409
    assert (await send(karim, home, name="Salle 98", building="C", capacity=10)).status_code == 422
    assert (await send(karim, "/organise/campus/1/tables", on=home, first=50, count=3, room=room)).status_code == 303
    assert await db.column("SELECT number FROM meeting_table WHERE room = $1 ORDER BY 1", room) == [50, 51, 52]
    assert (await send(karim, "/organise/campus/1/tables", on=home, first=52, count=1, step_free="1")).status_code == 303  # it changes
    assert await db.column("SELECT (room IS NULL, step_free)::text FROM meeting_table WHERE number BETWEEN 51 AND 52 ORDER BY number") == ["(f,f)", "(t,t)"]
    assert (await send(karim, "/organise/campus/1/tables", on=home, first=1, count=1, room="not-a-room")).status_code == 422
    assert (await send(karim, "/organise/campus/1/tables/51/remove", on=home)).status_code == 303
    assert (await send(karim, "/organise/campus/1/tables/51/remove", on=home)).status_code == 404
    assert (await send(karim, "/organise/campus/1/tables", on=home, first=51, count=1)).status_code == 303  # the number is free again
    assert (await send(karim, f"{home}/{room}/remove", on=home)).status_code == 303
    assert await db.value("SELECT room FROM meeting_table WHERE number = 50 AND campus = (SELECT id FROM campus WHERE slug = '1')") is None
    assert (await send(karim, home, name="Salle 98", building="C", capacity=10)).status_code == 303  # the name too
    assert (await send(karim, "/organise/campus/1/gates", on=home, name="Porte de l'Est", ways="entry")).status_code == 303
    assert (await send(karim, "/organise/campus/1/gates", on=home, name="porte DE L'EST", ways="exit", step_free="1")).status_code == 303  # it changes
    assert await db.column("SELECT (name, ways, step_free)::text FROM gate WHERE slug = 'porte-de-l-est'") == ['("porte DE L\'EST",exit,t)']
    gates = await db.column("SELECT g.slug FROM gate g JOIN campus c ON c.id = g.campus WHERE c.slug = '1' ORDER BY 1")
    assert "porte-de-l-est" in gates
    for gate in gates[:-1]:
        assert (await send(karim, f"/organise/campus/1/gates/{gate}/remove", on=home)).status_code == 303
    await send(karim, f"/organise/campus/1/gates/{gates[-1]}/remove", on=home)  # the last one stays
    assert await db.value("SELECT count(*) FROM gate g JOIN campus c ON c.id = g.campus WHERE c.slug = '1' AND g.removed_at IS NULL") == 1


async def test_a_table_with_a_meeting_stays(karim: httpx.AsyncClient) -> None:
    await db.execute(
        """INSERT INTO claim (slot, meeting_table, kind, holder) SELECT now() + interval '1 day', t.id, 'meeting', gen_random_uuid()
           FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE c.slug = '1' AND t.number = 1"""
    )
    await send(karim, "/organise/campus/1/tables/1/remove", on="/organise/campus/1/rooms")
    assert await db.value("SELECT t.removed_at FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE c.slug = '1' AND t.number = 1") is None
