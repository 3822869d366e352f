"""What the matchmaking knows of a person: wishes, meetings, notes, questions, who saw what; how it lets go of them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db, editions
from forum.editions import Edition
from forum.matchmaking import changes, presence
from forum.people import parts

OWN: Final = {
    "wishes": "SELECT c.name AS company, w.rank, w.made_at, w.withdrawn_at FROM wish w JOIN company c ON c.id = w.company WHERE w.candidate = $1 ORDER BY w.made_at",
    "meetings": """SELECT c.name AS company, m.slot, m.minutes, m.state, m.origin, m.created_at FROM meeting m JOIN company c ON c.id = m.company
                   WHERE m.candidate = $1 OR m.recruiter = $1 ORDER BY m.slot""",
    "meeting_history": """SELECT c.name AS company, m.slot, f.kind, f.at, f.facts::text AS facts FROM meeting_fact f JOIN meeting m ON m.id = f.meeting
                          JOIN company c ON c.id = m.company WHERE m.candidate = $1 OR f.by = $1 ORDER BY f.at""",
    "meeting_notes": """SELECT c.name AS company, m.slot, n.at, n.text FROM meeting_note n JOIN meeting m ON m.id = n.meeting JOIN company c ON c.id = m.company
                        WHERE m.candidate = $1 OR n.author = $1 ORDER BY n.at""",
    "outcomes": """SELECT c.name AS company, m.slot, o.result, o.at FROM outcome o JOIN meeting m ON m.id = o.meeting JOIN company c ON c.id = m.company
                   WHERE m.candidate = $1 ORDER BY o.at""",
    "companies_that_ask_for_me": """SELECT c.name AS company, s.given_at FROM star s JOIN company c ON c.id = s.company
                                    WHERE s.candidate = $1 AND s.verdict = 'star' AND s.ended_at IS NULL ORDER BY s.given_at""",
    "time_requests": "SELECT slot, asked_at, expires_at, answered_at, answer FROM time_request WHERE asked_by = $1 ORDER BY asked_at",
    "queues": "SELECT c.name AS company, w.asked_at, w.ended_at FROM seat_wait w JOIN company c ON c.id = w.company WHERE w.candidate = $1 ORDER BY w.asked_at",
    "offered_meetings": """SELECT c.name AS company, o.slot, o.offered_at, o.answer FROM seat_offer o JOIN company c ON c.id = o.company
                           WHERE o.candidate = $1 ORDER BY o.offered_at""",
    "questions": "SELECT text, asked_at, answer, answered_at FROM question WHERE person = $1 ORDER BY asked_at",
    "meeting_preferences": "SELECT break_from, break_minutes, discreet FROM meeting_preference WHERE person = $1",
    "half_days_off": "SELECT day, half FROM half_day_off WHERE person = $1 ORDER BY day, half",
    "voluntary_answers": "SELECT question, answer, given_at FROM voluntary_answer WHERE person = $1",
    "seen_by_companies": "SELECT c.name AS company, d.what, d.at FROM disclosure d JOIN company c ON c.id = d.company WHERE d.person = $1 ORDER BY d.at",
    "explanations": """SELECT c.name AS company, x.reason, x.sentences::text AS sentences, x.made_at FROM explanation x JOIN company c ON c.id = x.company
                       WHERE x.candidate = $1 ORDER BY x.made_at, c.name""",
    "presence": "SELECT c.name AS company, p.slot FROM presence p JOIN company c ON c.id = p.company WHERE p.recruiter = $1 ORDER BY p.slot",
}


async def leave(person: UUID, now: datetime) -> None:
    """Meetings ahead are given up and their seats offered on; a recruiter's are listed as trouble, for a colleague to take."""
    edition = await editions.current()
    if edition is None:
        return
    ahead = "SELECT id FROM meeting WHERE edition = $1 AND candidate = $2 AND slot > $3 AND state IN ('proposed', 'accepted', 'unplaced') ORDER BY id"
    for meeting in await db.column(ahead, edition.id, person, now):
        await changes.give_up(edition, meeting, changes.Actor(person, "candidate"), now=now)
    await db.execute("UPDATE seat_wait SET ended_at = $2 WHERE candidate = $1 AND ended_at IS NULL", person, now)
    await db.execute("UPDATE seat_offer SET answered_at = $2, answer = 'refused' WHERE candidate = $1 AND answered_at IS NULL", person, now)
    await _leave_tables(edition, person, now)


async def _leave_tables(edition: Edition, person: UUID, now: datetime) -> None:
    for company in await db.column("SELECT DISTINCT company FROM presence WHERE recruiter = $1 AND slot > $2", person, now):
        if await presence.is_recruiter(company, person):
            slots = await db.column("SELECT slot FROM presence WHERE recruiter = $1 AND company = $2 AND slot > $3", person, company, now)
            await presence.set_presence(edition, company, person, None, slots, now=now)


_FORGET: Final = (
    "DELETE FROM wish WHERE candidate = $1",
    "DELETE FROM star WHERE candidate = $1",
    "DELETE FROM meeting_preference WHERE person = $1",
    "DELETE FROM half_day_off WHERE person = $1",
    "DELETE FROM voluntary_answer WHERE person = $1",
    "DELETE FROM disclosure WHERE person = $1",
    "DELETE FROM question WHERE person = $1",
    "DELETE FROM explanation WHERE candidate = $1",
    "DELETE FROM explanation_wanted WHERE candidate = $1",
    "DELETE FROM seat_wait WHERE candidate = $1",
    "DELETE FROM meeting_note WHERE author = $1 OR meeting IN (SELECT id FROM meeting WHERE candidate = $1)",
    "UPDATE meeting_fact SET facts = facts - 'reason' WHERE by = $1 OR meeting IN (SELECT id FROM meeting WHERE candidate = $1)",
    "UPDATE business_request SET text = '' WHERE asked_by = $1",
)


async def erase(person: UUID, now: datetime) -> None:
    """Meetings and results stay as counts of a nameless person; wishes, notes, questions and answers go."""
    for statement in _FORGET:
        await db.execute(statement, person)


parts.contribute(parts.Part("matchmaking", leave, erase, OWN))
