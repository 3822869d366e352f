"""A company's notes about a meeting. The person may ask to read them, at any time; recruiters are told so beside the field."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db
from forum.live import outbox


@dataclass(frozen=True, slots=True)
class Note:
    """One note, with its author's name."""

    text: str
    by: str
    at: datetime


_NOTES = "SELECT n.text, p.name AS by, n.at FROM meeting_note n JOIN person p ON p.id = n.author WHERE n.meeting = $1 "


async def of_company(meeting: UUID) -> list[Note]:
    """The notes as the company's people see them, oldest first."""
    return await db.rows(Note, _NOTES + "ORDER BY n.at, n.id", meeting)


async def readable(meeting: UUID) -> list[Note] | None:
    """The notes as the candidate reads them; None before they asked."""
    asked = await db.value("SELECT 1 FROM meeting_fact WHERE meeting = $1 AND kind = 'notes_read' LIMIT 1", meeting)
    return await of_company(meeting) if asked else None


async def ask_to_read(meeting: UUID, person: UUID, *, now: datetime) -> None:
    """From now on the candidate reads the notes; the company is told. Asking again changes nothing."""
    async with db.transaction():
        await db.lock(f"notes.{meeting}")
        if await readable(meeting) is None:
            await db.execute("INSERT INTO meeting_fact (meeting, kind, at, by) VALUES ($1, 'notes_read', $2, $3)", meeting, now, person)
            await outbox.emit("company." + str(await db.value("SELECT company FROM meeting WHERE id = $1", meeting)), "meeting.notes_read", meeting)
