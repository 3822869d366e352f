"""The queue of a late or ill recruiter: shifted, handed to a colleague, or seated anew; everybody concerned is told once."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, ForumError, Invalid
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import blocks, changes, telling, times
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import ShiftForm


@dataclass(frozen=True, slots=True)
class _Queued:
    id: UUID
    candidate: UUID
    slot: datetime


async def help_queue(edition: Edition, company: UUID, form: ShiftForm, *, by: UUID, now: datetime) -> Message:
    """Shift the queue, hand it to one colleague, or seat each meeting with whoever is free; what finds no place is listed. One message per person.

    Raises Invalid for a shift that is not whole slots, NotFound for a colleague who is a stranger, Conflict when there is nobody in the queue.
    """
    begin, end = clock.day_bounds(form.day, edition.zone)
    queue = await db.rows(
        _Queued,
        """SELECT id, candidate, slot FROM meeting WHERE company = $1 AND recruiter = $2 AND state IN ('proposed', 'accepted') AND slot > $3 AND slot >= $4 AND slot < $5
           ORDER BY slot DESC""",
        company, form.recruiter, now, begin, end,
    )  # fmt: skip
    if not queue:
        raise Conflict(N_("Nobody waits for this recruiter on that day any more."))
    actor = Actor(by, "company")
    before = await telling.places_of([row.id for row in queue])
    if form.how == "shift":
        done, left = await _shift(edition, form.recruiter, queue, form.minutes, actor, now)
    else:
        done, left = await _reseat(edition, company, form, list(reversed(queue)), actor, now)
    async with db.transaction():
        for row in left:
            await db.execute(
                "INSERT INTO meeting_trouble (meeting, why, since) VALUES ($1, 'recruiter', $2) ON CONFLICT (meeting) WHERE resolved_at IS NULL DO NOTHING",
                row.id,
                now,
            )
        await _close_seats(edition, company, form, [row.slot for row in queue], (begin, end), by, now)
        await outbox.emit(f"company.{company}", "queue.changed", form.recruiter)
        await telling.tell_queue(before, {row.id for row in left}, but=by, now=now)
    return Message(N_("{done} meetings moved, {left} still need a decision."), done=done, left=len(left))


async def _close_seats(
    edition: Edition, company: UUID, form: ShiftForm, left: list[datetime], day: tuple[datetime, datetime], by: UUID, now: datetime
) -> None:  # fmt: skip
    """Block the seats nobody sits at: those the queue left when it is late, every free one of that day when the recruiter does not come."""
    free = await db.column(
        """SELECT p.slot FROM presence p WHERE p.recruiter = $1 AND p.company = $2 AND p.slot > $3 AND p.slot >= $4 AND p.slot < $5
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.slot = p.slot AND (k.recruiter = p.recruiter OR k.meeting_table = p.meeting_table)) ORDER BY p.slot""",
        form.recruiter, company, now, *day,
    )  # fmt: skip
    for slot in free:
        if form.how != "shift" or slot in left:
            with suppress(Conflict):  # booked this instant: the company sees it on its day
                await blocks.block(edition, company, form.recruiter, slot, by=by, now=now)


async def _shift(edition: Edition, recruiter: UUID, queue: list[_Queued], minutes: int, actor: Actor, now: datetime) -> tuple[int, list[_Queued]]:
    """The whole queue later by whole slots, the last first, so that each finds its new slot free."""
    if minutes <= 0 or minutes % edition.slot_minutes:
        raise Invalid(
            Message(N_("Shift by whole slots: {minutes}, {twice}, … minutes."), minutes=edition.slot_minutes, twice=2 * edition.slot_minutes), field="minutes"
        )
    done, left = 0, []
    for row in queue:
        try:
            await changes.move(edition, row.id, recruiter, row.slot + timedelta(minutes=minutes), actor, now=now, kind="shifted", offer_old=False)
            done += 1
        except ForumError:
            left.append(row)
    return done, left


async def _reseat(edition: Edition, company: UUID, form: ShiftForm, queue: list[_Queued], actor: Actor, now: datetime) -> tuple[int, list[_Queued]]:
    """Each meeting at its hour with the named colleague, or (re-seat) with anybody free, else at the candidate's next free hour."""
    done, left = 0, []
    for row in queue:
        choices = [form.to] if form.how == "hand_over" and form.to else await _free_colleagues(company, row.slot, form.recruiter)
        if not await _first(edition, row, [(person, row.slot) for person in choices], actor, now, "handed"):
            later = []
            if form.how == "reseat":
                for slot in (await times.possible(edition, row.id, now=now))[:6]:
                    later += [(person, slot) for person in await _free_colleagues(company, slot, form.recruiter)]
            if not await _first(edition, row, later, actor, now, "moved"):
                left.append(row)
                continue
        done += 1
    return done, left


async def _first(edition: Edition, row: _Queued, seats: list[tuple[UUID, datetime]], actor: Actor, now: datetime, kind: str) -> bool:
    for person, slot in seats:
        try:
            await changes.move(edition, row.id, person, slot, actor, now=now, kind=kind, offer_old=False)
        except ForumError:
            continue
        return True
    return False


async def _free_colleagues(company: UUID, slot: datetime, but: UUID) -> list[UUID]:
    return await db.column(
        """SELECT p.recruiter FROM presence p JOIN meeting_table t ON t.id = p.meeting_table WHERE p.company = $1 AND p.slot = $2 AND p.recruiter <> $3
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.slot = p.slot AND (k.recruiter = p.recruiter OR k.meeting_table = p.meeting_table)) ORDER BY t.number""",
        company, slot, but,
    )  # fmt: skip
