"""Feeds at pretalx's addresses: read back by other people's rules, 304 when nothing changed, a real programme without loss."""

from datetime import datetime

import httpx
import pytest
from icalendar import Calendar
from lxml import etree

from forum import db
from forum.agenda import current, importing
from forum.agenda.schedule_json import guid
from forum.errors import Invalid, NotFound
from tests.agenda import world as w
from tests.agenda.c3voc import complaints
from tests.agenda.test_schedule_xml import REAL, SMALL, fields


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0, track="Société")
    await w.add(made, "atelier", "lab", 90)
    await w.release(made, "1.0", now=now)
    return made


async def test_schedule_xml_is_valid_and_says_what_is_published(client: httpx.AsyncClient, world: w.World) -> None:
    response = await client.get("/forum-2028/schedule.xml")
    assert response.headers["content-type"].startswith("application/xml")
    assert complaints(response.content) == []
    root = etree.fromstring(response.content)
    assert [(e.findtext("title"), e.findtext("date"), e.findtext("duration")) for e in root.iter("event")] == [
        ("Keynote", "2028-11-17T09:00:00+01:00", "01:00"),
        ("Atelier", "2028-11-17T10:30:00+01:00", "01:00"),
    ]


async def test_schedule_json_has_what_the_schema_asks(client: httpx.AsyncClient, world: w.World) -> None:
    body = (await client.get("/forum-2028/schedule.json")).json()
    conference = body["schedule"]["conference"]
    assert body["$schema"] == "https://c3voc.de/schedule/schema.json"
    assert {"title", "acronym", "days", "daysCount", "start", "end", "timeslot_duration"} <= set(conference)
    (day,) = conference["days"]
    events = [e for held in day["rooms"].values() for e in held]
    assert [(e["title"], e["code"], e["start"]) for e in events] == [("Keynote", "KEYNOTE", "09:00"), ("Atelier", "ATELIER", "10:30")]
    assert {"abstract", "date", "duration", "guid", "id", "language", "links", "persons", "room", "slug", "subtitle", "track", "type", "url"} <= set(events[0])
    assert [(r["name"], r["capacity"]) for r in conference["rooms"]] == [("hall", 100), ("lab", 2)]


async def test_calendars_say_what_moved_and_what_is_cancelled(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await db.execute(
        "UPDATE placement SET start_at = start_at + interval '1 hour', end_at = end_at + interval '1 hour' WHERE session = $1", world.sessions["keynote"]
    )
    await db.execute("DELETE FROM placement WHERE session = $1", world.sessions["atelier"])
    await w.touched(world)
    before = {str(e["uid"]): e["sequence"] for e in Calendar.from_ical((await client.get("/forum-2028/schedule.ics")).content).walk("VEVENT")}
    await w.release(world, "1.1", now=now)
    current.forget()
    after = Calendar.from_ical((await client.get("/forum-2028/schedule.ics")).content).walk("VEVENT")
    assert {str(e["uid"]): (str(e["status"]), e["sequence"]) for e in after} == {
        f"{world.sessions['keynote']}@forum.test": ("CONFIRMED", 1),
        f"{world.sessions['atelier']}@forum.test": ("CANCELLED", 1),
    }
    assert set(before.values()) == {0}
    (one,) = Calendar.from_ical((await client.get("/forum-2028/talk/ATELIER.ics")).content).walk("VEVENT")
    assert str(one["status"]) == "CANCELLED"


async def test_a_reader_who_has_it_gets_304_until_it_changes(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    tags = {}
    for name in ("schedule.xml", "schedule.json", "schedule.ics", "schedule.xcal", "schedule/feed.xml", "schedule/export/openagenda.json"):
        first = await client.get(f"/forum-2028/{name}")
        tags[name] = first.headers["etag"]
        again = await client.get(f"/forum-2028/{name}", headers={"if-none-match": first.headers["etag"]})
        assert (name, first.status_code, again.status_code, again.content) == (name, 200, 304, b"")
    await w.add(world, "late", "hall", 300)
    await w.release(world, "1.1", now=now)
    current.forget()
    for name, tag in tags.items():
        assert (name, (await client.get(f"/forum-2028/{name}", headers={"if-none-match": tag})).status_code) == (name, 200)


async def test_xcal_says_what_the_calendar_says(client: httpx.AsyncClient, world: w.World) -> None:
    root = etree.fromstring((await client.get("/forum-2028/schedule.xcal")).content)
    space = {"x": "urn:ietf:params:xml:ns:icalendar-2.0"}
    events = Calendar.from_ical((await client.get("/forum-2028/schedule.ics")).content).walk("VEVENT")
    assert [e.findtext(".//x:uid/x:text", namespaces=space) for e in root.iter(f"{{{space['x']}}}vevent")] == [str(e["uid"]) for e in events]
    assert root.findtext(".//x:vevent//x:dtstart/x:date-time", namespaces=space) == "2028-11-17T09:00:00"
    assert root.findtext(".//x:vevent//x:dtstart/x:parameters/x:tzid/x:text", namespaces=space) == "Europe/Paris"


async def test_the_changelog_and_its_feed_name_each_change(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await db.execute("UPDATE placement SET room = $2 WHERE session = $1", world.sessions["keynote"], world.rooms["loft"])
    await w.touched(world)
    await w.release(world, "1.1 déplacée", now=now)
    current.forget()
    assert "Keynote" in (await client.get("/en/forum-2028/schedule/changelog")).text
    feed = etree.fromstring((await client.get("/en/forum-2028/schedule/feed.xml")).content)
    space = {"a": "http://www.w3.org/2005/Atom"}
    assert [e.findtext("a:title", namespaces=space) for e in feed.findall("a:entry", space)] == ["1.1 déplacée", "1.0"]
    assert "Moved: Keynote, from 17/11 09:00, Goutte-d'Or, hall to 17/11 09:00, Vincennes, loft" in (feed.findtext("a:entry/a:content", namespaces=space) or "")
    assert (await client.get("/forum-2028/schedule/v/1.1 déplacée")).status_code == 200
    old = await client.get("/forum-2028/schedule/v/1.0/export/schedule.xml")
    assert [e.findtext("room") for e in etree.fromstring(old.content).iter("event")] == ["hall", "lab"]


@pytest.fixture(params=["small", "real"])
def programme(request: pytest.FixtureRequest) -> bytes:
    if request.param == "small":
        return SMALL
    if not REAL.exists():
        pytest.skip("the 31C3 programme is not beside this checkout")
    return REAL.read_bytes()


def lost(before: object, after: object) -> list[object]:
    """The fields of *before* that *after* does not have equal, children by tag and order."""
    tag, attributes, text, children = before  # type: ignore[misc]
    tag2, attributes2, text2, children2 = after  # type: ignore[misc]
    found: list[object] = [] if (tag, text) == (tag2, text2) and attributes.items() <= attributes2.items() else [(tag, attributes, text, attributes2, text2)]
    for name in {c[0] for c in children}:
        mine, theirs = [c for c in children if c[0] == name], [c for c in children2 if c[0] == name]
        if len(mine) != len(theirs):
            found.append((tag, attributes, name, len(mine), len(theirs)))
        for one, other in zip(mine, theirs, strict=False):
            found += lost(one, other)
    return found


async def test_an_imported_programme_goes_out_again_equal(client: httpx.AsyncClient, database: str, now: datetime, programme: bytes) -> None:
    world = await w.make()
    done = await importing.run(world.edition, programme, campus="1", capacity=300, actor=None, now=now)
    assert done.new == programme.count(b"<event ")
    version = etree.fromstring(programme).findtext("version")
    assert version is not None
    await db.execute("DELETE FROM campus_day")
    await db.execute("DELETE FROM edition_day")  # the file has its own days
    await w.release(world, version, now=now, despite=True)  # the real one shows two talks by video in a second room
    out = (await client.get("/forum-2028/schedule.xml")).content
    assert lost(fields(etree.fromstring(programme)), fields(etree.fromstring(out))) == []


async def test_importing_twice_changes_nothing(database: str, now: datetime) -> None:
    world = await w.make()
    await importing.run(world.edition, SMALL, campus="1", capacity=300, actor=None, now=now)
    again = await importing.run(world.edition, SMALL, campus="1", capacity=300, actor=None, now=now)
    assert (again.new, again.changed, again.rooms, again.speakers) == (0, 1, (), 0)
    assert await db.value("SELECT count(*) FROM session") == 1


async def test_a_dry_run_leaves_nothing(database: str, now: datetime) -> None:
    world = await w.make()
    done = await importing.run(world.edition, SMALL, campus="1", capacity=300, actor=None, now=now, dry_run=True)
    assert (done.new, done.rooms) == (1, ("Préau", "Vide"))
    assert await db.value("SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM speaker) + (SELECT count(*) FROM agenda)") == 0


@pytest.mark.parametrize("data", [SMALL.replace(b"La nuit", b"x" * 10_000), SMALL[:-30], SMALL.replace(b"guid='HOqeNIb6G7M4hYFKFRkCmQ'", b"guid=''")])
async def test_a_bad_file_changes_nothing(database: str, now: datetime, data: bytes) -> None:
    world = await w.make()
    with pytest.raises(Invalid):
        await importing.run(world.edition, data, campus="1", capacity=300, actor=None, now=now)
    assert await db.value("SELECT count(*) FROM session") == 0


async def test_an_unknown_campus_is_said(database: str, now: datetime) -> None:
    world = await w.make()
    with pytest.raises(NotFound):
        await importing.run(world.edition, SMALL, campus="99", capacity=300, actor=None, now=now)


def test_a_guid_that_is_none_becomes_one_for_ever() -> None:
    assert guid("HOqeNIb6G7M4hYFKFRkCmQ") == guid("HOqeNIb6G7M4hYFKFRkCmQ") != guid("other")
    assert guid("78d34ebe-e910-4d26-98e3-71c0f07cedb6") == "78d34ebe-e910-4d26-98e3-71c0f07cedb6"
