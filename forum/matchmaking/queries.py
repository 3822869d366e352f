"""Reads of meetings: SQL to plain facts. `meetings_of` is what the day page joins with the agenda."""

from datetime import date, datetime
from uuid import UUID

from forum import clock, db
from forum.errors import NotFound
from forum.i18n import N_
from forum.matchmaking.model import Meeting

# A stable number to speak of somebody whose name is not shared: from both ids, so two companies cannot compare theirs.
NUMBER = "(('x' || substr(md5({company}::text || {candidate}::text), 1, 5))::bit(20)::int % 9000 + 1000)"
# Nothing of who asked for a first meeting without name shows before that meeting.
UNVEILED = """(m.state IN ('running', 'held') OR NOT EXISTS (SELECT 1 FROM meeting_preference f WHERE f.person = {candidate} AND f.edition = m.edition AND f.discreet))"""
# The name as the company may see it: with consent, and for who asked for it only from the meeting on. A guest of a business meeting comes in the name of a company.
SHOWN_NAME = f"""CASE WHEN m.kind = 'business' THEN p.name || ', ' || coalesce((SELECT name FROM company WHERE id = m.guest_company), '')
    WHEN EXISTS (SELECT 1 FROM consent s WHERE s.person = {{candidate}} AND s.company = {{company}} AND s.purpose = 'share:name' AND s.withdrawn_at IS NULL)
    AND {UNVEILED} THEN p.name ELSE '' END"""
_PAIR = {"company": "m.company", "candidate": "m.candidate"}

SELECT = f"""
SELECT m.id, m.kind, m.state, m.origin, m.slot AS start, m.minutes, m.candidate, p.name AS candidate_name,
       {NUMBER.format(**_PAIR)} AS candidate_number, m.company, b.slug AS company_slug, b.name AS company_name,
       m.recruiter, r.name AS recruiter_name, t.number AS table, coalesce(o.name, '') AS room, coalesce(o.floor, '') AS floor,
       c.slug AS campus, c.number AS campus_number, c.name AS campus_name, m.is_locked, m.late_minutes, m.answer_before,
       w.rank, coalesce(s.verdict = 'star', false) AS starred, m.version
FROM meeting m JOIN person p ON p.id = m.candidate JOIN company b ON b.id = m.company JOIN person r ON r.id = m.recruiter
JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus LEFT JOIN room o ON o.id = t.room
LEFT JOIN wish w ON w.candidate = m.candidate AND w.company = m.company AND w.withdrawn_at IS NULL
LEFT JOIN star s ON s.candidate = m.candidate AND s.company = m.company AND s.ended_at IS NULL
"""
FOR_COMPANY = SELECT.replace("p.name AS candidate_name", f"{SHOWN_NAME.format(**_PAIR)} AS candidate_name")
SHOWN = ("proposed", "accepted", "running", "held", "no_show", "unplaced")


async def meetings_of(person: UUID, edition: UUID, *, day: date | None = None, zone: str = "Europe/Paris", past: bool = True) -> list[Meeting]:
    """The meetings a person takes part in on either side, in time; declined and cancelled ones only with *past*."""
    begin, end = clock.day_bounds(day, zone) if day else (None, None)
    return await db.rows(
        Meeting,
        SELECT
        + """WHERE m.edition = $2 AND (m.candidate = $1 OR m.recruiter = $1) AND ($3::timestamptz IS NULL OR (m.slot >= $3 AND m.slot < $4))
                    AND ($5 OR m.state = ANY($6)) ORDER BY m.slot, m.id""",
        person,
        edition,
        begin,
        end,
        past,
        list(SHOWN),
    )


async def meeting(meeting: UUID) -> Meeting:
    """One meeting. Raises NotFound."""
    found = await db.row(Meeting, SELECT + "WHERE m.id = $1", meeting)
    if found is None:
        raise NotFound(N_("There is no such meeting."))
    return found


async def meeting_for(company: UUID, meeting: UUID) -> Meeting:
    """One meeting of *company* with the candidate's name as far as it is shared. Raises NotFound, also for another company's."""
    found = await db.row(Meeting, FOR_COMPANY + "WHERE m.id = $1 AND m.company = $2", meeting, company)
    if found is None:
        raise NotFound(N_("There is no such meeting."))
    return found


async def company_meetings(company: UUID, *, begin: datetime, end: datetime) -> list[Meeting]:
    """A company's meetings of `[begin, end)` that were not taken back, by time and table; names as far as they are shared."""
    return await db.rows(
        Meeting,
        FOR_COMPANY + "WHERE m.company = $1 AND m.slot >= $2 AND m.slot < $3 AND m.state = ANY($4) ORDER BY m.slot, t.number",
        company,
        begin,
        end,
        list(SHOWN),
    )


async def count_by_state(edition: UUID) -> dict[str, int]:
    """How many meetings stand in each state."""
    async with db.connection() as conn:
        return {r[0]: r[1] for r in await conn.fetch("SELECT state, count(*) FROM meeting WHERE edition = $1 GROUP BY state", edition)}
