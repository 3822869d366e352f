"""What stands before the doors open: the edition, companies and wishes, the programme, seats, a published plan, badges, phones."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import asyncpg

from forum import clock, db, editions
from forum.editions import Edition
from forum.rehearsal.edition import NAMES, SLUG, make_edition

Step = Callable[[str], AbstractContextManager[None]]
BEFORE = timedelta(hours=2)  # everything is ready this long before the first door opens


@dataclass(frozen=True, slots=True)
class Size:
    """How large the rehearsal is; `seconds` the planner may take for the first plan."""

    people: int = 2000
    campuses: int = 12
    companies: int = 60
    seconds: float = 6.0
    seed: int = 1


def eve(day: date, opens: time = time(9)) -> datetime:
    """The moment at which the rehearsal's preparations are said to have been made."""
    return clock.at_local(day, opens) - BEFORE


async def stands() -> bool:
    """Whether the rehearsal edition was made before, whole."""
    return await db.value("SELECT 1 FROM edition WHERE slug = $1", SLUG) is not None and await db.value("SELECT 1 FROM door_device LIMIT 1") is not None


async def half_made() -> bool:
    """Whether a preparation was killed on its way: the rehearsal edition is there, alone, and not whole."""
    return not await stands() and await db.column("SELECT slug FROM edition") == [SLUG]


async def empty(url: str) -> None:
    """Take everything out of the database at *url*, its tables too: only for one that holds a half-made rehearsal and nothing else."""
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("DROP SCHEMA public CASCADE")
        await conn.execute("CREATE SCHEMA public")
    finally:
        await conn.close()


async def prepare(size: Size, *, secret: bytes, day: date, step: Step = lambda words: nullcontext()) -> Edition:
    """Make the rehearsal edition whose first day is *day*, saying each step. Raises what the services raise."""
    from forum import day as _joined  # noqa: F401  seats are busy time for the planner only once the features are joined
    from forum.agenda import sample as agenda
    from forum.badges import service as badges
    from forum.matchmaking import rehearse, sample

    now = eve(day)
    with step(f"{size.campuses} campuses with rooms, tables and gates"):
        async with db.transaction():
            await make_edition(now=now, campuses=size.campuses, people=size.people, companies=size.companies)
        editions.forget()
        edition = await editions.needed()
    organiser = await _person("forum")
    with step(f"{size.people} people, {size.companies} companies, their offers and wishes"):
        await sample.fill(edition, companies=size.companies, candidates=size.people, now=now, seed=size.seed)
    with step("Programme published"):
        await agenda.fill(edition, now=now, actor=organiser, seed=size.seed)
    with step("Favourites and seats"):
        await agenda.seat(edition, now=now, first=[await _person("attendee")], seed=size.seed)
    with step("Badges"):
        await badges.issue_all(edition.id, secret=secret, now=now, by=organiser)
    with step("Meetings planned and published"):
        await rehearse.plan(edition, now=now, seconds=size.seconds, seed=size.seed)
    with step("Phones at the doors"):
        await _phones(edition, now, organiser)
    await db.execute("ANALYZE")
    return edition


async def _person(role: str) -> UUID:
    found: UUID = await db.value("SELECT id FROM person WHERE email = $1", NAMES[role][0])
    return found


async def _phones(edition: Edition, now: datetime, by: UUID) -> None:
    """One phone per gate, waiting for its enrolment."""
    from forum.badges import devices

    async for gate, name in _gates(edition.id):
        await devices.create(edition.id, name, [gate], "steward", now=now, by=by)


async def _gates(edition: UUID) -> AsyncIterator[tuple[UUID, str]]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT g.id, c.number, g.name FROM gate g JOIN campus c ON c.id = g.campus
               WHERE c.edition = $1 AND c.removed_at IS NULL AND g.removed_at IS NULL ORDER BY c.number, g.slug""",
            edition,
        )
    for gate, number, name in rows:
        yield gate, f"Campus {number} · {name}"
