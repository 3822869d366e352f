"""Slots a company keeps empty: blocked and opened again."""

from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, places


async def block(edition: Edition, company: UUID, recruiter: UUID, slot: datetime, *, by: UUID, now: datetime) -> None:
    """Keep a free slot of a recruiter empty. Raises Conflict when a meeting holds it."""
    booking.check_slot(edition, slot, now)
    async with db.transaction():
        await db.value(booking.LOCKS, str(edition.id))
        seat = await places.place(recruiter, slot)
        if seat is None or seat.company != company:
            raise NotFound(N_("Nobody of this company is at a table in that slot."))
        made = await db.value("INSERT INTO slot_block (recruiter, slot, made_by, made_at) VALUES ($1, $2, $3, $4) RETURNING id", recruiter, slot, by, now)
        if not await db.value(
            "INSERT INTO claim (slot, recruiter, meeting_table, kind, holder) VALUES ($1, $2, $3, 'block', $4) ON CONFLICT DO NOTHING RETURNING id",
            slot,
            recruiter,
            seat.meeting_table,
            made,
        ):
            raise Conflict(N_("A meeting or a block holds this slot already."))
        await outbox.emit(f"company.{company}", "slot.blocked", recruiter)


async def unblock(edition: Edition, company: UUID, recruiter: UUID, slot: datetime, *, now: datetime) -> None:
    """Open the slot again; an open slot stays open."""
    async with db.transaction():
        await db.execute(
            """WITH gone AS (DELETE FROM claim k USING presence p WHERE k.recruiter = $1 AND k.slot = $2 AND k.kind = 'block'
                             AND p.recruiter = k.recruiter AND p.slot = k.slot AND p.company = $3 RETURNING k.holder)
               UPDATE slot_block SET lifted_at = $4 WHERE id IN (SELECT holder FROM gone)""",
            recruiter, slot, company, now,
        )  # fmt: skip
        await outbox.emit(f"company.{company}", "slot.opened", recruiter)
