"""The meeting itself: late, begun, held, missed, noted, and what came of it. One transaction each; both sides hear of it."""

from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, Invalid
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, changes
from forum.matchmaking.changes import Actor
from forum.matchmaking.model import RESULTS, State
from forum.matchmaking.tables import MeetingNote, Outcome


async def say_late(edition: Edition, meeting: UUID, minutes: int, actor: Actor, *, now: datetime) -> None:
    """Tell the other side; 0 takes it back. Raises Conflict for a meeting that is over."""
    if not 0 <= minutes <= 120:
        raise Invalid(N_("Say between 0 and 120 minutes."), field="minutes")
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        changes.need(row, State.PROPOSED, State.ACCEPTED)
        if now >= row.slot + timedelta(minutes=row.minutes):
            raise Conflict(N_("This meeting is over."))
        await db.execute("UPDATE meeting SET late_minutes = $2, version = version + 1 WHERE id = $1", row.id, minutes)
        await changes.note_fact(row, "late", actor.person, now, minutes=minutes, side=actor.side)


EARLY = timedelta(minutes=15)  # a meeting may start this long before its slot


async def start(edition: Edition, meeting: UUID, actor: Actor, *, now: datetime) -> None:
    """Both sit down. Raises Conflict much before the slot."""
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        if row.state == State.RUNNING:
            return
        changes.need(row, State.PROPOSED, State.ACCEPTED, State.NO_SHOW)
        if now < row.slot - EARLY:
            raise Conflict(N_("It is too early to start this meeting."))
        if row.state == State.NO_SHOW and await _has_another(row):
            raise Conflict(N_("These two already have a meeting."), code="pair")
        if row.state == State.NO_SHOW and not await booking.claim(
            row.id, row.slot, person=row.candidate, recruiter=row.recruiter, meeting_table=row.meeting_table, company=row.company
        ):
            raise Conflict(N_("Somebody else was given this seat after the absence."))
        await changes.set_state(row, State.RUNNING)
        await changes.note_fact(row, "started", actor.person, now)


async def _has_another(row: changes.Row) -> bool:
    """Whether the pair was given another meeting since (the absent came later after all)."""
    return bool(
        await db.value(
            "SELECT 1 FROM meeting WHERE candidate = $1 AND company = $2 AND id <> $3 AND state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')",
            row.candidate, row.company, row.id,
        )
    )  # fmt: skip


async def end(edition: Edition, meeting: UUID, actor: Actor, *, now: datetime) -> None:
    """The meeting was held. Ending twice changes nothing."""
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        if row.state == State.HELD:
            return
        changes.need(row, State.RUNNING, State.ACCEPTED, State.PROPOSED)
        if row.state != State.RUNNING and now < row.slot:
            raise Conflict(N_("It is too early to end this meeting."))
        await changes.set_state(row, State.HELD)
        await changes.note_fact(row, "held", actor.person, now)


async def no_show(edition: Edition, meeting: UUID, actor: Actor, *, now: datetime) -> None:
    """The other side did not come: the seat is free again at once, while it can still serve somebody. Raises Conflict before the slot begins."""
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        if row.state == State.NO_SHOW:
            return
        changes.need(row, State.PROPOSED, State.ACCEPTED)
        if now < row.slot:
            raise Conflict(N_("The meeting has not begun yet."))
        await changes.set_state(row, State.NO_SHOW)
        await db.execute("DELETE FROM claim WHERE holder = $1", row.id)
        await changes.note_fact(row, "no_show", actor.person, now, side=actor.side)


async def record(edition: Edition, meeting: UUID, result: str, actor: Actor, *, now: datetime) -> None:
    """What came of it. The last answer counts, every answer is kept. Raises Conflict before the meeting was held."""
    if result not in RESULTS:
        raise Invalid(N_("This is not one of the choices."), field="result")
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        changes.need(row, State.HELD, State.RUNNING)
        await Outcome.insert(Outcome({Outcome.meeting: row.id, Outcome.result: result, Outcome.by: actor.person, Outcome.at: now}))
        await outbox.emit(f"company.{row.company}", "meeting.outcome", row.id)


async def add_note(edition: Edition, meeting: UUID, text: str, actor: Actor, *, now: datetime) -> None:
    """A note of the company; the candidate may ask to read it."""
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        await MeetingNote.insert(MeetingNote({MeetingNote.meeting: row.id, MeetingNote.author: actor.person, MeetingNote.text: text, MeetingNote.at: now}))
        await outbox.emit(f"company.{row.company}", "meeting.note", row.id)
