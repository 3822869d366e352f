"""The demo: a rehearsal edition with invented people on real districts, served on this machine with a worker beside it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from uuid import UUID

import uvicorn
from rich.console import Console

from forum import clock, db, editions, serving
from forum.campuses.model import EditionDay
from forum.campuses.sample import Sample, sample
from forum.matchmaking.rehearse import rehearse
from forum.database import database
from forum.migrate import migrate
from forum.people.demo import ROLES
from forum.settings import Settings

SLUG = "rehearsal"
NAMES = {
    "attendee": ("anh@example.org", "Anh Trần-Lefèvre"),
    "recruiter": ("ines@example.org", "Inès Belkacem"),
    "door": ("driss@example.org", "Driss Amrani"),
    "campus": ("karim@example.org", "Karim Boulanger"),
    "forum": ("sofia@example.org", "Sofia Marchetti-Lebrun"),
}


@contextmanager
def _step(console: Console, words: str) -> Iterator[None]:
    """Say what a long step does, and how long it took."""
    started = time.monotonic()
    with console.status(words):
        yield
    console.print(f"[green]✓[/] {words} [dim]{time.monotonic() - started:.1f} s[/]")


def run(settings: Settings, *, people: int, campuses: int, companies: int, prepare_only: bool) -> None:
    """Start the database, bring it up to date, make the rehearsal edition once, and serve it until Ctrl-C."""
    console = Console(stderr=True, highlight=False)
    settings = replace(settings, origin=f"http://{settings.host}:{settings.port}") if settings.origin == Settings().origin else settings
    with database(settings) as url:
        settings = replace(settings, database_url=url)
        with _step(console, "Database ready, up to date"):
            asyncio.run(migrate(url, now=clock.now()))
        with _step(console, f"Rehearsal edition: {people} people, {campuses} campuses, {companies} companies"):
            asyncio.run(_prepare(url, people=people, campuses=campuses, companies=companies))
        if prepare_only:
            return
        _serve(settings, console)


def _serve(settings: Settings, console: Console) -> None:
    config = serving.configuration(settings)
    console.print(f"\n[bold]Forum is at {settings.origin}/[/]  (English: {settings.origin}/en/)\nSign in as:")
    for role in ROLES:
        console.print(f"  {role:10} {settings.origin}/demo/{role}")
    console.print(f"  {'mail':10} {settings.origin}/demo/outbox\nCtrl-C ends it.\n")
    with serving.worker(settings):
        uvicorn.Server(config).run()


async def _prepare(url: str, *, people: int, campuses: int, companies: int) -> None:
    async with db.pool(url, size=4):
        if await db.value("SELECT 1 FROM edition WHERE slug = $1", SLUG) is None:
            async with db.transaction():
                await make_edition(now=clock.now(), campuses=campuses)
            editions.forget()
            await rehearse(await editions.needed(), people=people, companies=companies, now=clock.now())


async def make_edition(*, now: datetime, campuses: int, days: int = 2) -> UUID:
    """The rehearsal edition with its campuses and one person per role; it becomes the current one."""
    first = now.date()
    plan = [EditionDay(first + timedelta(days=n), clock_time(9), clock_time(18, 30)) for n in range(days)]
    edition: UUID = await db.value(
        """INSERT INTO edition (slug, name, is_current, is_rehearsal, slot_minutes) VALUES ($1, 'Forum IA & Territoires, répétition', true, true, 20)
           RETURNING id""",
        SLUG,
    )
    await db.execute_many("INSERT INTO edition_day VALUES ($1, $2, $3, $4)", [(edition, d.day, d.opens, d.closes) for d in plan])
    made = sample(edition, plan, count=campuses)
    await insert_sample(made)
    await _people_of_roles(edition, made, now)
    return edition


async def insert_sample(made: Sample) -> None:
    """The sample's campuses with their days, rooms, tables and gates."""
    await db.execute_many(
        """INSERT INTO campus (id, edition, slug, number, name, address, postcode, city, latitude, longitude, zone, capacity, step_free, access_fr, access_en, phone)
           VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)""",
        [
            (
                c.id,
                c.edition,
                c.slug,
                c.number,
                c.name,
                c.address,
                c.postcode,
                c.city,
                c.latitude,
                c.longitude,
                c.zone,
                c.capacity,
                c.step_free,
                c.access_fr,
                c.access_en,
                c.phone,
            )
            for c in made.campuses
        ],
    )
    await db.execute_many(
        "INSERT INTO campus_day (campus, day, opens, closes, places) VALUES ($1,$2,$3,$4,$5)",
        [(d.campus, d.day, d.opens, d.closes, d.places) for d in made.days],
    )
    await db.execute_many(
        "INSERT INTO room (id, campus, building, floor, name, capacity, step_free, equipment, position) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        [(r.id, r.campus, r.building, r.floor, r.name, r.capacity, r.step_free, list(r.equipment), r.position) for r in made.rooms],
    )
    await db.execute_many(
        "INSERT INTO meeting_table (id, campus, room, number, step_free) VALUES ($1,$2,$3,$4,$5)",
        [(t.id, t.campus, t.room, t.number, t.step_free) for t in made.tables],
    )
    await db.execute_many(
        "INSERT INTO gate (id, campus, slug, name, ways, step_free) VALUES ($1,$2,$3,$4,$5,$6)",
        [(g.id, g.campus, g.slug, g.name, g.ways, g.step_free) for g in made.gates],
    )


async def _people_of_roles(edition: UUID, made: Sample, now: datetime) -> None:
    """One confirmed person per role of the demo, each registered for both days."""
    first = made.campuses[0].id
    company = await db.value(
        "INSERT INTO company (edition, slug, name, created_at, approved_at) VALUES ($1, 'hexaligne', 'Hexaligne', $2, $2) RETURNING id", edition, now
    )
    grants = {
        "recruiter": ("recruiter", None, company),
        "door": ("door", first, None),
        "campus": ("campus_organiser", first, None),
        "forum": ("forum_organiser", None, None),
    }
    for role, (email, name) in NAMES.items():
        person = await db.value(
            "INSERT INTO person (email, name, language, created_at, confirmed_at) VALUES ($1, $2, 'fr', $3, $3) RETURNING id", email, name, now
        )
        purpose = {"attendee": "candidate", "recruiter": "recruiter"}.get(role, "organiser")
        registration = await db.value(
            "INSERT INTO registration (edition, person, purpose, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $4) RETURNING id",
            edition,
            person,
            purpose,
            now,
        )
        for day in (d for d in made.days if d.campus == first):
            await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2", first, day.day)
            await db.execute("INSERT INTO registration_day VALUES ($1, $2, $3, $4, $4)", registration, day.day, first, now)
        if role in grants:
            await db.execute(
                "INSERT INTO role (person, edition, name, campus, company, granted_at, approved_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                person,
                edition,
                *grants[role],
                now,
            )
