"""A small edition in a real database for the tests of tables and pages: two campuses, three rooms, a morning of sessions."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import msgspec

from forum import db, editions
from forum.agenda import current, releasing, ways
from forum.editions import Edition
from forum.i18n import LANGUAGES
from forum.mail.render import render
from forum.settings import Settings

DAY = date(2028, 11, 17)
NINE = datetime(2028, 11, 17, 8, 0, tzinfo=UTC)  # nine in Paris; the tests' present is the day before


@dataclass
class World:
    """Keys of what was made, by name."""

    edition: Edition
    campuses: dict[str, UUID] = field(default_factory=dict)
    rooms: dict[str, UUID] = field(default_factory=dict)
    sessions: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)


async def make(days: int = 1) -> World:
    """An edition open from nine to seven on two campuses, with no session yet."""
    current.forget()
    ways.forget()
    edition = await db.value("INSERT INTO edition (slug, name, is_current) VALUES ('forum-2028', 'Forum 2028', true) RETURNING id")
    for n in range(days):
        await db.execute("INSERT INTO edition_day VALUES ($1, $2, $3, $4)", edition, DAY + timedelta(days=n), time(9), time(19))
    editions.forget()
    world = World(await editions.needed())
    for number, (name, lat, lon) in enumerate((("Goutte-d'Or", 48.886, 2.352), ("Vincennes", 48.847, 2.437)), start=1):
        campus = await db.value(
            """INSERT INTO campus (edition, slug, number, name, address, postcode, latitude, longitude, capacity)
               VALUES ($1, $2, $3, $4, '1 rue de la Lune', '75018', $5, $6, 500) RETURNING id""",
            edition, str(number), number, name, lat, lon,
        )  # fmt: skip
        world.campuses[str(number)] = campus
    for name, campus, capacity in (("hall", "1", 100), ("lab", "1", 2), ("loft", "2", 50)):
        world.rooms[name] = await db.value(
            "INSERT INTO room (campus, building, name, capacity, equipment) VALUES ($1, 'A', $2, $3, '{projector}') RETURNING id",
            world.campuses[campus],
            name,
            capacity,
        )
    return world


async def add(world: World, name: str, room: str, minutes: int, length: int = 60, **fields: object) -> UUID:
    """A session *minutes* after nine in the draft; its code is its name in capitals."""
    number = len(world.sessions) + 1
    facts: dict[str, object] = {"reservable": True, "language": "fr", "kind": "talk"} | fields
    columns = ", ".join(facts)
    marks = ", ".join(f"${n}" for n in range(7, 7 + len(facts)))
    session = await db.value(
        f"INSERT INTO session (edition, code, number, guid, title, minutes, {columns}) VALUES ($1, $2, $3, $4, $5, $6, {marks}) RETURNING id",
        world.edition.id, name.upper(), number, str(uuid4()), name.capitalize(), length, *facts.values(),
    )  # fmt: skip
    start = NINE + timedelta(minutes=minutes)
    await db.execute(
        "INSERT INTO placement (session, room, start_at, end_at) VALUES ($1, $2, $3, $4)", session, world.rooms[room], start, start + timedelta(minutes=length)
    )
    await touched(world)
    world.sessions[name] = session
    return session  # type: ignore[no-any-return]


async def touched(world: World) -> int:
    """The draft changed."""
    version: int = await db.value(
        "INSERT INTO agenda (edition, version) VALUES ($1, 1) ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1 RETURNING version",
        world.edition.id,
    )
    return version


async def release(world: World, name: str, *, now: datetime, despite: bool = False) -> None:
    version = await db.value("SELECT version FROM agenda WHERE edition = $1", world.edition.id)
    await releasing.publish(world.edition, name, version=version, actor=None, now=now, despite=despite)


async def mails(template: str) -> list[tuple[str, str]]:
    """Every mail posted by *template*, as (subject, text) in its reader's language; rendered in the other one too, so that none fails on its way."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT m.facts, p.language FROM mail m JOIN person p ON p.id = m.person WHERE m.template = $1 ORDER BY m.created_at", template)
    found = []
    for facts, language in rows:
        both = {lang: render(template, lang, {"name": "Anh", "edition_name": "Forum"} | msgspec.json.decode(facts), Settings()) for lang in LANGUAGES}
        assert both[language].html
        found.append((both[language].subject, both[language].text))
    return found


async def person(world: World, name: str, language: str = "fr") -> UUID:
    found: UUID = await db.value(
        "INSERT INTO person (email, name, language, created_at, confirmed_at) VALUES ($1, $2, $3, now(), now()) RETURNING id",
        f"{name}@example.org",
        name,
        language,
    )
    world.people[name] = found
    return found
