"""Every live warning of the editor, on its page: made wrong one by one, said in words beside the grid, gone when mended."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from lxml import html

from forum import db
from tests.agenda import world as w
from tests.agenda.test_organise import organiser


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    """A right morning: two sessions of one speaker, with the time to travel between."""
    made = await w.make()
    await w.add(made, "keynote", "hall", 0, reservable=False)
    await w.add(made, "atelier", "loft", 180, reservable=False, needs=["projector"])
    anh = await w.person(made, "anh")
    speaker = await db.value("INSERT INTO speaker (edition, code, number, name, person) VALUES ($1, 'ANH', 1, 'Anh Lê', $2) RETURNING id", made.edition.id, anh)
    await db.execute("INSERT INTO session_speaker SELECT id, $1, 0 FROM session", speaker)
    return made


async def start(world: w.World, name: str, minutes: int, room: str) -> None:
    at = w.NINE + timedelta(minutes=minutes)
    await db.execute(
        "UPDATE placement SET room = $2, start_at = $3, end_at = $4 WHERE session = $1", world.sessions[name], world.rooms[room], at, at + timedelta(hours=1)
    )


async def room_twice(world: w.World) -> None:
    await w.add(world, "autre", "hall", 30, reservable=False)


async def speaker_twice(world: w.World) -> None:
    await start(world, "atelier", 30, "loft")


async def journey(world: w.World) -> None:
    await start(world, "atelier", 65, "loft")


async def speaker_away(world: w.World) -> None:
    await db.execute("INSERT INTO speaker_free SELECT id, $1, $2 FROM speaker", w.NINE + timedelta(hours=2), w.NINE + timedelta(hours=9))


async def room_lent_elsewhere(world: w.World) -> None:
    await db.execute("INSERT INTO room_free VALUES ($1, $2, $3)", world.rooms["hall"], w.NINE + timedelta(hours=2), w.NINE + timedelta(hours=9))


async def crowd(world: w.World) -> None:
    await db.execute("UPDATE session SET interest = 101 WHERE id = $1", world.sessions["keynote"])


async def meeting(world: w.World) -> None:
    table = await db.value("INSERT INTO meeting_table (campus, number) VALUES ($1, 7) RETURNING id", world.campuses["1"])
    slot = w.NINE + timedelta(minutes=40)
    await db.execute(
        "INSERT INTO claim (slot, person, kind, holder, meeting_table) VALUES ($1, $2, 'meeting', $3, $4)", slot, world.people["anh"], uuid4(), table
    )


async def too_early(world: w.World) -> None:
    await start(world, "keynote", -30, "hall")


async def no_projector(world: w.World) -> None:
    await db.execute("UPDATE room SET equipment = '{}' WHERE id = $1", world.rooms["loft"])


Wrong = Callable[[w.World], Awaitable[None]]
WRONG: list[tuple[Wrong, str, bool]] = [
    (room_twice, "hall is taken twice at 09:30: Keynote and Autre.", True),
    (speaker_twice, "Anh Lê is in two places at 09:30: Keynote and Atelier.", True),
    (journey, "Anh Lê has 5 min to reach Atelier at 10:05; the journey takes", True),
    (speaker_away, "Anh Lê is not available for Keynote at 09:00.", True),
    (room_lent_elsewhere, "hall is not available for Keynote at 09:00.", True),
    (crowd, "101 people want Keynote; hall holds 100.", False),
    (meeting, "Anh Lê is in two places at 09:40: Keynote and a meeting.", True),
    (too_early, "Keynote", True),
    (no_projector, "loft lacks projector for Atelier.", True),
]


async def warnings(client: httpx.AsyncClient) -> list[tuple[str, bool]]:
    """What the editor warns of, and whether it stops a release."""
    page = html.fromstring((await client.get("/en/organise/agenda")).text)
    rows = [" ".join(row.text_content().split()) for row in page.xpath("//section[@aria-labelledby='warnings']//li")]
    return [(row.removeprefix("stops a release").removeprefix("may stand").strip(), row.startswith("stops")) for row in rows if "Nothing to say" not in row]


@pytest.mark.parametrize(("wrong", "words", "hard"), WRONG, ids=lambda value: getattr(value, "__name__", None))
async def test_the_editor_warns(client: httpx.AsyncClient, world: w.World, now: datetime, wrong: Wrong, words: str, hard: bool) -> None:
    await organiser(client, world, now)
    assert await warnings(client) == []
    await wrong(world)
    found = await warnings(client)
    assert [(words in said, stops) for said, stops in found] == [(True, hard)], found
