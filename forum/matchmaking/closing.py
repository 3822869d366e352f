"""A campus (or one of its rooms) closes: its recruiters get tables elsewhere, its meetings are listed at once and re-planned with the least change."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from forum import db, journal
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, elsewhere, keeping, runs
from forum.matchmaking.relocation import Displaced, Seated
from forum.matchmaking.scenario import Kept

REPAIR_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did at once; the run that re-plans follows."""

    displaced: int
    reseated: int
    troubled: int
    run: int


async def close(edition: Edition, slug: str, *, begins: datetime, by: UUID, now: datetime, room: UUID | None = None, locked: tuple[Kept, ...] = ()) -> Closed:
    """Close campus *slug* (or only *room*) from *begins* on and ask for a repair that publishes itself; *locked* are the locks of the what-if that tried it.

    Every meeting that loses its place is in trouble until it has another one or a person decides. Raises NotFound.
    """
    async with db.transaction():
        await booking.hold_alone(edition)
        campus = await db.value("SELECT id FROM campus WHERE edition = $1 AND slug = $2", edition.id, slug)
        if campus is None:
            raise NotFound(N_("There is no such campus."))
        await keeping.make_real(edition, locked, by=by, now=now)
        gone, seated = await elsewhere.seated(edition, [elsewhere.Place(slug, room)], max(begins, now))
        await _write(gone, seated)
        troubled = await _trouble(campus, room, max(begins, now), now)
        facts = {"room": str(room or ""), "displaced": len(gone), "reseated": len(seated), "meetings": troubled}
        await journal.note("meetings.closed", actor=by, now=now, subject=slug, campus=campus, facts=facts)
        await outbox.emit_many([(f"campus.{slug}", "meetings.displaced", slug), ("edition", "meetings.displaced", slug)])
    weights = replace(runs.DEFAULT_WEIGHTS, change=10)
    run = await runs.ask(edition, by=by, now=now, weights=weights, time_limit=REPAIR_SECONDS, kind="repair")
    return Closed(len(gone), len(seated), troubled, run)


async def _write(gone: list[Displaced], seated: list[Seated]) -> None:
    """New tables for who got one; the others are away."""
    company = {}
    async with db.connection() as conn:
        for one in gone:
            company[one.recruiter] = await conn.fetchval("SELECT company FROM presence WHERE recruiter = $1 AND slot = $2", one.recruiter, one.slots[0])
    rows: list[tuple[Any, ...]] = [(s.recruiter, slot, s.meeting_table, company[s.recruiter]) for s in seated for slot in s.slots]
    await db.execute_many("DELETE FROM presence WHERE recruiter = $1 AND slot = ANY($2::timestamptz[])", [(one.recruiter, list(one.slots)) for one in gone])
    await db.execute_many("INSERT INTO presence (recruiter, slot, meeting_table, company) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", rows)


async def _trouble(campus: UUID, room: UUID | None, begins: datetime, now: datetime) -> int:
    """List every live meeting at a table that is gone. It keeps its claims, so nobody is offered a place that may yet be kept."""
    return await db.execute(
        """INSERT INTO meeting_trouble (meeting, why, since)
           SELECT m.id, 'campus', $4 FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table
           WHERE t.campus = $1 AND ($2::uuid IS NULL OR t.room = $2) AND m.slot >= $3 AND m.state IN ('proposed', 'accepted')
           ON CONFLICT (meeting) WHERE resolved_at IS NULL DO NOTHING""",
        campus, room, begins, now,
    )  # fmt: skip
