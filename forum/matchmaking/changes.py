"""What happens to a meeting once it stands: answers, moves, swaps, locks. One transaction each; both sides hear of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, places, telling, waiting
from forum.matchmaking.model import NOTICE, State


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting as its own row, under lock."""

    id: UUID
    candidate: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime
    minutes: int
    state: State
    kind: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and for which side: `candidate`, `company` or `organiser`."""

    person: UUID
    side: str


ROW = "SELECT id, candidate, company, recruiter, meeting_table, slot, minutes, state, kind, is_locked FROM meeting WHERE id = $1"


async def locked(edition: Edition, meeting: UUID, *more: UUID) -> Row:
    """The meeting under its locks, inside the current transaction. Raises NotFound."""
    seen = await db.row(Row, ROW, meeting)
    if seen is None:
        raise NotFound(N_("There is no such meeting."))
    await booking.hold(edition.id, seen.candidate, *more)
    row = await db.row(Row, ROW + " FOR UPDATE", meeting)
    assert row is not None
    return row


async def note_fact(row: Row, kind: str, actor: UUID | None, now: datetime, **facts: Any) -> None:
    """Write what happened, and tell both sides."""
    await db.execute(
        "INSERT INTO meeting_fact (meeting, kind, at, by, facts) VALUES ($1, $2, $3, $4, $5)", row.id, kind, now, actor, msgspec.json.encode(facts).decode()
    )
    await outbox.emit_many([(f"person.{row.candidate}", f"meeting.{kind}", str(row.id)), (f"company.{row.company}", f"meeting.{kind}", str(row.id))])


async def set_state(row: Row, state: State) -> None:
    """Give the locked meeting another state."""
    await db.execute("UPDATE meeting SET state = $2, version = version + 1 WHERE id = $1", row.id, state)


def need(row: Row, *states: State) -> None:
    """Raises Conflict unless the meeting stands in one of *states*."""
    if row.state not in states:
        raise Conflict(N_("This meeting changed meanwhile. Look at it again before you decide."))


async def accept(edition: Edition, meeting: UUID, actor: Actor, *, now: datetime) -> None:
    """The candidate accepts; accepting twice changes nothing. Raises Conflict when it no longer stands."""
    async with db.transaction():
        row = await locked(edition, meeting)
        if row.state == State.ACCEPTED:
            return
        need(row, State.PROPOSED)
        await set_state(row, State.ACCEPTED)
        await note_fact(row, "accepted", actor.person, now)


async def give_up(edition: Edition, meeting: UUID, actor: Actor, *, now: datetime, reason: str = "") -> None:
    """Decline a proposal or cancel an accepted meeting; the seat goes to the next on the waiting list. Twice changes nothing.

    Raises Conflict once the meeting has begun.
    """
    async with db.transaction():
        row = await locked(edition, meeting)
        if row.state in {State.DECLINED, State.CANCELLED}:
            return
        need(row, State.PROPOSED, State.ACCEPTED, State.UNPLACED)
        if row.slot <= now and actor.side != "organiser":
            raise Conflict(N_("This meeting has begun. Say that you are late, or talk to the other side."))
        declined = row.state == State.PROPOSED and actor.side == "candidate"
        await set_state(row, State.DECLINED if declined else State.CANCELLED)
        await db.execute("DELETE FROM claim WHERE holder = $1", row.id)
        await db.execute("UPDATE time_request SET answered_at = $2, answer = 'withdrawn' WHERE meeting = $1 AND answered_at IS NULL", row.id, now)
        await db.execute("UPDATE meeting_trouble SET resolved_at = $2, resolved_by = $3 WHERE meeting = $1 AND resolved_at IS NULL", row.id, now, actor.person)
        await note_fact(row, "declined" if declined else "cancelled", actor.person, now, side=actor.side, reason=reason, short_notice=row.slot - now < NOTICE)
        if row.kind == "interview":
            await waiting.freed(edition, row.company, row.recruiter, row.meeting_table, row.slot, but=row.candidate, now=now)
        if actor.side != "candidate":
            await telling.tell_candidate(row.id, "gone", now=now)


async def move(
    edition: Edition, meeting: UUID, recruiter: UUID, slot: datetime, actor: Actor, *, now: datetime, kind: str = "moved", offer_old: bool = True
) -> None:  # fmt: skip
    """Give the meeting another slot or recruiter of the same company, all or nothing: the old place is let go only when the new one is taken.

    The old seat is offered to who waits, unless nobody will sit there (*offer_old*: then who moves a whole queue tells everybody once).

    Raises Invalid off the grid or in the past, NotFound when nobody sits there, Conflict when somebody was first or the journey is too long.
    """
    booking.check_slot(edition, slot, now)
    async with db.transaction():
        row = await locked(edition, meeting)
        need(row, State.PROPOSED, State.ACCEPTED, State.UNPLACED)
        seat = await places.place(recruiter, slot)
        if seat is None or seat.company != row.company:
            raise NotFound(N_("Nobody of this company is at a table in that slot."))
        step_free = await places.needs_step_free(edition.id, row.candidate)
        if step_free and not seat.step_free:
            raise Conflict(N_("This table cannot be reached step-free. Choose another one."))
        await booking.check_day(edition, row.candidate, slot, seat.campus, step_free=step_free, but=row.id)
        await db.execute("DELETE FROM claim WHERE holder = $1", row.id)
        if not await booking.claim(row.id, slot, person=row.candidate, recruiter=recruiter, meeting_table=seat.meeting_table, company=row.company):
            raise Conflict(N_("This slot was just taken."), code="taken")
        state = State.PROPOSED if row.state == State.UNPLACED else row.state
        await db.execute(
            "UPDATE meeting SET recruiter = $2, slot = $3, meeting_table = $4, state = $5, version = version + 1 WHERE id = $1",
            row.id,
            recruiter,
            slot,
            seat.meeting_table,
            state,
        )
        await db.execute("UPDATE meeting_trouble SET resolved_at = $2, resolved_by = $3 WHERE meeting = $1 AND resolved_at IS NULL", row.id, now, actor.person)
        await note_fact(row, kind, actor.person, now, old_slot=row.slot, new_slot=slot, old_recruiter=row.recruiter, new_recruiter=recruiter)
        if offer_old and actor.side != "candidate":
            await telling.tell_candidate(row.id, "moved", now=now)
        if offer_old and row.state != State.UNPLACED and row.slot > now:
            await waiting.freed(edition, row.company, row.recruiter, row.meeting_table, row.slot, but=row.candidate, now=now)


async def lock(edition: Edition, meeting: UUID, is_locked: bool, *, by: UUID, now: datetime) -> None:
    """Fix the meeting where it is for every later plan, or let it go; as it is already, nothing changes. Raises Conflict for one that does not stand."""
    async with db.transaction():
        row = await locked(edition, meeting)
        need(row, State.PROPOSED, State.ACCEPTED)
        if row.is_locked == is_locked:
            return
        await db.execute("UPDATE meeting SET is_locked = $2, version = version + 1 WHERE id = $1", row.id, is_locked)
        await note_fact(row, "locked" if is_locked else "unlocked", by, now, side="organiser")


async def swap(edition: Edition, one: UUID, other: UUID, actor: Actor, *, now: datetime) -> None:
    """Two meetings of one company change places. Raises Conflict when one has lost its seat, or a journey or another commitment stands against it."""
    async with db.transaction():
        first = await db.row(Row, ROW, one)
        second = await db.row(Row, ROW, other)
        if first is None or second is None or first.company != second.company or one == other:
            raise NotFound(N_("Choose two meetings of the same company."))
        await booking.hold(edition.id, first.candidate, second.candidate)
        rows = [await db.row(Row, ROW + " FOR UPDATE", id) for id in sorted((one, other))]
        a, b = (row for row in rows if row is not None)
        for row, to in ((a, b), (b, a)):
            need(row, State.PROPOSED, State.ACCEPTED)
            booking.check_slot(edition, to.slot, now)
        if await db.value("SELECT 1 FROM meeting_trouble WHERE meeting = ANY($1) AND resolved_at IS NULL LIMIT 1", [a.id, b.id]):
            raise Conflict(N_("One of these meetings has lost its seat: move it to a free one instead."))  # its trouble would stay with it, and the other sit where nobody is
        await db.execute("DELETE FROM claim WHERE holder = ANY($1)", [a.id, b.id])
        for row, to in ((a, b), (b, a)):
            await _sit(edition, row, to, actor, now)
            await telling.tell_candidate(row.id, "moved", now=now)


async def _sit(edition: Edition, row: Row, place_of: Row, actor: Actor, now: datetime) -> None:
    """Put *row* where *place_of* was; its claims are gone already."""
    campus = await db.value("SELECT c.slug FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE t.id = $1", place_of.meeting_table)
    step_free = await places.needs_step_free(edition.id, row.candidate)
    if step_free and not await db.value(
        "SELECT t.step_free AND c.step_free FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE t.id = $1", place_of.meeting_table
    ):
        raise Conflict(N_("This table cannot be reached step-free. Choose another one."))
    await booking.check_day(edition, row.candidate, place_of.slot, campus, step_free=step_free)
    if not await booking.claim(
        row.id, place_of.slot, person=row.candidate, recruiter=place_of.recruiter, meeting_table=place_of.meeting_table, company=row.company
    ):
        raise Conflict(N_("This slot was just taken."), code="taken")
    state = row.state if row.slot == place_of.slot else State.PROPOSED  # another hour is asked for, never taken for granted
    await db.execute(
        """UPDATE meeting SET recruiter = $2, slot = $3, meeting_table = $4, state = $5, version = version + 1,
           answer_before = CASE WHEN $5 = 'proposed' THEN least($6::timestamptz + interval '24 hours', $3) END WHERE id = $1""",
        row.id, place_of.recruiter, place_of.slot, place_of.meeting_table, state, now,
    )  # fmt: skip
    await note_fact(row, "moved", actor.person, now, old_slot=row.slot, new_slot=place_of.slot, old_recruiter=row.recruiter, new_recruiter=place_of.recruiter)
