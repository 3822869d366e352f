"""A person asks a person: questions to the organisers, and their answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from piccolo.columns import Column

from forum import db, mail
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import tables as table


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked a person, and the answer."""

    id: UUID
    person: UUID
    name: str
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    company_name: str
    meeting: UUID | None


_QUESTION = """SELECT q.id, q.person, p.name, q.text, q.asked_at, q.answer, q.answered_at, coalesce(c.name, d.name, '') AS company_name, q.meeting
FROM question q JOIN person p ON p.id = q.person LEFT JOIN company c ON c.id = q.company LEFT JOIN meeting m ON m.id = q.meeting LEFT JOIN company d ON d.id = m.company
"""


async def questions_of(person: UUID, edition: UUID) -> list[Question]:
    """The person's own questions, newest first."""
    return await db.rows(Question, _QUESTION + "WHERE q.person = $1 AND q.edition = $2 ORDER BY q.asked_at DESC", person, edition)


async def open_questions(edition: UUID) -> list[Question]:
    """Questions for the organisers: open ones first, the oldest on top."""
    return await db.rows(Question, _QUESTION + "WHERE q.edition = $1 ORDER BY q.answered_at IS NOT NULL, q.asked_at LIMIT 200", edition)


async def ask(edition: Edition, person: UUID, text: str, *, meeting: UUID | None, company: UUID | None, now: datetime) -> None:
    """Ask the organisers. Raises Conflict past ten open questions, NotFound about somebody else's meeting."""
    if meeting is not None and not await db.value("SELECT 1 FROM meeting WHERE id = $1 AND (candidate = $2 OR recruiter = $2)", meeting, person):
        raise NotFound(N_("There is no such meeting."))
    async with db.transaction():
        await db.lock(f"questions.{person}")
        if await db.value("SELECT count(*) FROM question WHERE person = $1 AND answered_at IS NULL", person) >= 10:
            raise Conflict(N_("Ten of your questions are open. Wait for an answer first."))
        await table.Question.insert(table.Question(edition=edition.id, person=person, meeting=meeting, company=company, text=text, asked_at=now))
        await outbox.emit("edition", "question.asked")


async def answer(edition: Edition, question: UUID, text: str, *, by: UUID, now: datetime) -> None:
    """Answer a question; the last answer counts. Raises NotFound."""
    async with db.transaction():
        mine = (table.Question.id == question) & (table.Question.edition == edition.id)
        answered: dict[Column | str, Any] = {table.Question.answer: text, table.Question.answered_at: now, table.Question.answered_by: by}
        found = await table.Question.update(answered).where(mine).returning(table.Question.person)
        if not found:
            raise NotFound(N_("There is no such question."))
        person = found[0]["person"]
        await outbox.emit(f"person.{person}", "question.answered", question)
        await mail.post("question_answered", person=person, now=now, facts={"link": "/meetings"})
