"""Meetings in the personal feed, read by another library: stable UID, SEQUENCE that rises, cancelled ones kept, place, zone and alarm."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar, Event

from forum import db
from forum.agenda import own, seating
from tests.agenda import world as w

SLOT = w.NINE + timedelta(minutes=120)


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0)
    await w.release(made, "1.0", now=now)
    return made


async def meet(world: w.World, candidate: UUID, recruiter: UUID, now: datetime) -> UUID:
    firm = await db.value(
        "INSERT INTO company (edition, slug, name, created_at, approved_at) VALUES ($1, 'hexaligne', 'Hexaligne', $2, $2) RETURNING id", world.edition.id, now
    )
    table = await db.value("INSERT INTO meeting_table (campus, number) VALUES ($1, 7) RETURNING id", world.campuses["2"])
    made: UUID = await db.value(
        """INSERT INTO meeting (edition, candidate, company, recruiter, meeting_table, slot, minutes, state, origin, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, 20, 'accepted', 'plan', $7) RETURNING id""",
        world.edition.id, candidate, firm, recruiter, table, SLOT, now,
    )  # fmt: skip
    return made


async def feed(client: httpx.AsyncClient, person: UUID, now: datetime) -> tuple[Calendar, list[Event]]:
    body = (await client.get(f"/calendar/{own.token(await own.standing_feed(person, now=now), b's' * 40)}.ics")).content
    read = Calendar.from_ical(body)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75  # RFC 5545 §3.1
    return read, read.walk("VEVENT")


async def test_a_meeting_is_in_both_peoples_calendars_and_stays_when_cancelled(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    anh, rita, guest = [await w.person(world, name, "en") for name in ("anh", "rita", "guest")]
    key = await meet(world, anh, rita, now)
    assert (await seating.reserve(world.edition, anh, "KEYNOTE", now=now)).state == "held"  # type: ignore[union-attr]
    read, events = await feed(client, anh, now)
    assert [str(e["summary"]) for e in events] == ["Keynote", "Meeting: Hexaligne"]
    event = events[1]
    assert (event["dtstart"].dt, event["dtend"].dt) == (SLOT, SLOT + timedelta(minutes=20))
    assert event["dtstart"].params["TZID"] == "Europe/Paris"
    assert [str(z["tzid"]) for z in read.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert str(event["location"]) == "Table 7, Vincennes, 1 rue de la Lune, 75018 Paris"
    assert (event["geo"].latitude, event["geo"].longitude) == (48.847, 2.437)
    assert [a["trigger"].dt for a in event.walk("VALARM")] == [timedelta(minutes=-15)]
    assert (event["status"], event["last-modified"].dt) == ("CONFIRMED", now.astimezone(UTC))
    assert str(event["url"]) == f"http://forum.test/meetings/{key}"

    later = now + timedelta(hours=1)
    await db.execute("UPDATE meeting SET state = 'cancelled', version = version + 1 WHERE id = $1", key)
    await db.execute("INSERT INTO meeting_fact (meeting, kind, at) VALUES ($1, 'cancelled', $2)", key, later)
    _, (_, gone) = await feed(client, anh, now)
    assert (gone["uid"], gone["sequence"] > event["sequence"], gone["status"]) == (event["uid"], True, "CANCELLED")
    assert (gone["transp"], gone.walk("VALARM"), gone["last-modified"].dt) == ("TRANSPARENT", [], later)

    _, mine = await feed(client, rita, now)
    assert [(e["uid"], str(e["url"])) for e in mine] == [(event["uid"], f"http://forum.test/recruiter/meetings/{key}")]
    assert (await feed(client, guest, now))[1] == []  # nothing of theirs
