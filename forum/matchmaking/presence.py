"""Who sits at which table when: a company's team writes it, slot by slot of the grid."""

from datetime import date, datetime, time
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import booking, places


async def is_recruiter(company: UUID, person: UUID) -> bool:
    """Whether *person* recruits for *company*, approved and not ended."""
    return bool(
        await db.value("SELECT 1 FROM role WHERE person = $1 AND company = $2 AND ended_at IS NULL AND approved_at IS NOT NULL LIMIT 1", person, company)
    )


async def set_presence(edition: Edition, company: UUID, recruiter: UUID, meeting_table: UUID | None, slots: list[datetime], *, now: datetime) -> list[UUID]:
    """Make *recruiter* present at *meeting_table* in exactly *slots* of the days they name; with no table, away in *slots*.

    Nothing that is past changes. Meetings that lose their seat are listed as trouble, never dropped; their ids are returned.
    Raises NotFound for a stranger, Invalid off the grid, Conflict when another company holds the table.
    """
    grid = places.slot_grid(edition)
    wrong = [slot for slot in slots if slot not in grid]
    if wrong:
        raise Invalid(N_("These hours are not on the grid of meetings."), field="slots")
    if not await is_recruiter(company, recruiter):
        raise NotFound(N_("This person does not recruit for this company."))
    ahead = [slot for slot in slots if slot > now]
    async with db.transaction():
        await booking.hold_alone(edition)  # a booking that read this presence is through before it goes, and is seen below
        lost = await _remove(company, recruiter, ahead, keep_table=meeting_table)
        if meeting_table is not None and ahead:
            await _take(edition, company, recruiter, meeting_table, ahead)
        troubled = await _troubled(recruiter, lost, now)
        await outbox.emit(f"company.{company}", "presence.changed", str(recruiter))
    return troubled


async def _remove(company: UUID, recruiter: UUID, slots: list[datetime], *, keep_table: UUID | None) -> list[datetime]:
    return await db.column(
        "DELETE FROM presence WHERE recruiter = $1 AND company = $2 AND slot = ANY($3::timestamptz[]) AND meeting_table IS DISTINCT FROM $4 RETURNING slot",
        recruiter,
        company,
        slots,
        keep_table,
    )


async def _take(edition: Edition, company: UUID, recruiter: UUID, meeting_table: UUID, slots: list[datetime]) -> None:
    known = await db.value(
        "SELECT 1 FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE t.id = $1 AND c.edition = $2 AND t.removed_at IS NULL AND c.removed_at IS NULL",
        meeting_table,
        edition.id,
    )
    if not known:
        raise NotFound(N_("There is no such table."))
    await db.execute(
        "INSERT INTO presence (recruiter, slot, meeting_table, company) SELECT $1, s, $3, $4 FROM unnest($2::timestamptz[]) AS s ON CONFLICT DO NOTHING",
        recruiter,
        slots,
        meeting_table,
        company,
    )
    stands = await db.value(
        "SELECT count(*) FROM presence WHERE recruiter = $1 AND slot = ANY($2::timestamptz[]) AND meeting_table = $3", recruiter, slots, meeting_table
    )
    if stands != len(slots):
        raise Conflict(Message(N_("{count} of these slots are already taken at this table. Choose another table or other hours."), count=len(slots) - stands))


async def _troubled(recruiter: UUID, slots: list[datetime], now: datetime) -> list[UUID]:
    """List the live meetings of *recruiter* in *slots* whose seat is gone."""
    return await db.column(
        """INSERT INTO meeting_trouble (meeting, why, since)
           SELECT m.id, 'presence', $3 FROM meeting m LEFT JOIN presence p ON p.recruiter = m.recruiter AND p.slot = m.slot AND p.meeting_table = m.meeting_table
           WHERE m.recruiter = $1 AND m.slot = ANY($2::timestamptz[]) AND m.state IN ('proposed', 'accepted') AND p.recruiter IS NULL
           ON CONFLICT (meeting) WHERE resolved_at IS NULL DO NOTHING RETURNING meeting""",
        recruiter,
        slots,
        now,
    )


async def set_hours(
    edition: Edition, company: UUID, recruiter: UUID, meeting_table: UUID | None, day: date, begins: time, ends: time, *, now: datetime
) -> list[UUID]:
    """Presence at one table (or away, with None) from *begins* to *ends* of one day; other hours stay. Raises Invalid for hours that hold no slot."""
    grid = places.slot_grid(edition)
    first, last = clock.at_local(day, begins, edition.zone), clock.at_local(day, ends, edition.zone)
    inside = [slot for slot in grid.on(day) if first <= slot and grid.end(slot) <= last]
    if not inside:
        raise Invalid(N_("No slot of the grid lies between these hours."), field="begins")
    if inside[-1] <= now:
        raise Invalid(N_("These hours are over."), field="begins")
    return await set_presence(edition, company, recruiter, meeting_table, inside, now=now)
