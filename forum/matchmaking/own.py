"""What a candidate reads and changes about themselves: preferences, expectations, invitations, offers of seats, questions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import places
from forum.matchmaking.affinity import Declared
from forum.matchmaking.affinity import declared as declare
from forum.matchmaking.forms import PreferenceForm
from forum.matchmaking.queries import NUMBER, SHOWN_NAME
from forum.matchmaking.suggestions import Offered

# --- preferences -------------------------------------------------------------------------------------------


async def preferences(person: UUID, edition: Edition) -> dict[str, Any]:
    """The form's values as they stand. Raises Conflict for someone who is not a candidate."""
    taking = await places.candidate(edition.id, person)
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT break_from, break_minutes FROM meeting_preference WHERE person = $1 AND edition = $2", person, edition.id)
        off = await conn.fetch("SELECT day, half FROM half_day_off WHERE person = $1", person)
    return {
        "max_meetings": taking.max_meetings, "off": [f"{r[0].isoformat()}:{r[1]}" for r in off], "break_from": f"{row[0]:%H:%M}" if row and row[0] else "",
        "break_minutes": row[1] if row else 0, "step_free_need": taking.step_free_need, "discreet": taking.discreet,
    }  # fmt: skip


async def set_preferences(edition: Edition, person: UUID, form: PreferenceForm, *, now: datetime) -> None:
    """Keep the preferences; the next plan follows them. Raises Invalid for a half-day that is not in the edition, Conflict for a stranger."""
    halves = [_half(edition, text) for text in form.off]
    taking = await places.candidate(edition.id, person)
    async with db.transaction():
        await db.execute(
            """INSERT INTO meeting_preference (person, edition, break_from, break_minutes, discreet, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (person, edition) DO UPDATE SET break_from = $3, break_minutes = $4, discreet = $5, updated_at = $6""",
            person, edition.id, form.break_from if form.break_minutes else None, form.break_minutes if form.break_from else 0, form.discreet, now,
        )  # fmt: skip
        await db.execute("DELETE FROM half_day_off WHERE person = $1 AND day = ANY($2)", person, [d.day for d in edition.days])
        await db.execute_many(
            "INSERT INTO half_day_off (person, day, half) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", [(person, day, half) for day, half in halves]
        )
        await db.execute(
            "UPDATE registration SET step_free_need = $2, version = version + 1 WHERE id = $1 AND step_free_need <> $2",
            taking.registration,
            form.step_free_need,
        )
        await db.execute(
            "INSERT INTO profile (registration, max_meetings) VALUES ($1, $2) ON CONFLICT (registration) DO UPDATE SET max_meetings = $2",
            taking.registration,
            form.max_meetings,
        )
        await outbox.emit(f"person.{person}", "preferences.changed")


def _half(edition: Edition, text: str) -> tuple[date, str]:
    day, _, half = text.partition(":")
    known = {d.day.isoformat(): d.day for d in edition.days}
    if day not in known or half not in {"morning", "afternoon"}:
        raise Invalid(N_("This half-day is not part of the edition."), field="off")
    return known[day], half


async def voluntary(person: UUID, edition: UUID) -> dict[str, str]:
    """The voluntary answers, as form values."""
    async with db.connection() as conn:
        return {r[0]: r[1] for r in await conn.fetch("SELECT question, answer FROM voluntary_answer WHERE person = $1 AND edition = $2", person, edition)}


async def answer_voluntary(edition: Edition, person: UUID, answers: dict[str, str], *, now: datetime) -> None:
    """Keep each answer, or take it back when it is empty."""
    async with db.transaction():
        for question, answer in answers.items():
            await db.execute("DELETE FROM voluntary_answer WHERE person = $1 AND edition = $2 AND question = $3", person, edition.id, question)
            if answer:
                await db.execute(
                    "INSERT INTO voluntary_answer (person, edition, question, answer, given_at) VALUES ($1, $2, $3, $4, $5)",
                    person,
                    edition.id,
                    question,
                    answer,
                    now,
                )


# --- what to expect ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expectation:
    """Seats and people, so that nobody is promised what cannot be: `each` meetings per person if all were used evenly."""

    seats: int
    candidates: int
    wishes: int

    @property
    def each(self) -> float:
        return self.seats / self.candidates if self.candidates else 0.0


async def expectation(edition: UUID) -> Expectation:
    """Seats at the tables of companies that take part, and candidates with at least one wish."""
    found = await db.row(
        Expectation,
        """SELECT (SELECT count(*) FROM presence p JOIN company c ON c.id = p.company WHERE c.edition = $1 AND c.withdrawn_at IS NULL AND c.approved_at IS NOT NULL) AS seats,
                  (SELECT count(DISTINCT candidate) FROM wish WHERE edition = $1 AND withdrawn_at IS NULL) AS candidates,
                  (SELECT count(*) FROM wish WHERE edition = $1 AND withdrawn_at IS NULL) AS wishes""",
        edition,
    )
    assert found is not None
    return found


async def declared(person: UUID, edition: Edition) -> Declared:
    """What the candidate declared, for suggestions to their own eyes."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT f.target_roles, f.skills, f.languages, f.contracts, f.level FROM registration r LEFT JOIN profile f ON f.registration = r.id
               WHERE r.person = $1 AND r.edition = $2""",
            person, edition.id,
        )  # fmt: skip
        days = await conn.fetch(
            """SELECT d.day, c.slug FROM registration_day d JOIN registration r ON r.id = d.registration JOIN campus c ON c.id = d.campus
               WHERE r.person = $1 AND r.edition = $2 AND d.held_at IS NOT NULL""",
            person, edition.id,
        )  # fmt: skip
    roles, skills, languages, contracts, level = row or (None,) * 5
    return declare(
        jobs=roles or (), skills=skills or (), languages=languages or (), contracts=contracts or (), levels=[level or ""], days=[d[0].isoformat() for d in days],
        campuses=[d[1] for d in days],
    )  # fmt: skip


async def offers_for(edition: Edition) -> list[Offered]:
    """Every standing offer with the days and campuses of its company."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """WITH spot AS (SELECT p.company, array_agg(DISTINCT ((p.slot AT TIME ZONE $2)::date)::text) AS days, array_agg(DISTINCT k.slug) AS campuses, count(*) AS seats
                             FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus WHERE k.edition = $1 GROUP BY 1),
                    asked AS (SELECT company, count(*) AS wishes FROM wish WHERE edition = $1 AND withdrawn_at IS NULL GROUP BY 1)
               SELECT c.id, c.slug, c.name, o.title, o.target_role, o.skills, o.languages, o.contracts, o.level, s.days, s.campuses, coalesce(a.wishes, 0)::float / greatest(1, s.seats)
               FROM offer o JOIN company c ON c.id = o.company JOIN spot s ON s.company = c.id LEFT JOIN asked a ON a.company = c.id
               WHERE c.edition = $1 AND o.withdrawn_at IS NULL AND c.approved_at IS NOT NULL AND c.withdrawn_at IS NULL ORDER BY lower(c.name), o.title""",
            edition.id, edition.zone,
        )  # fmt: skip
    return [
        Offered(r[0], r[1], r[2], r[3], declare(jobs=[r[4]], skills=r[5], languages=r[6], contracts=r[7], levels=[r[8]], days=r[9], campuses=r[10]), r[11])
        for r in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Invitation:
    """A company that starred the candidate, who has no wish for it yet."""

    slug: str
    name: str
    sector: str


async def invitations(person: UUID, edition: UUID) -> list[Invitation]:
    """Companies that would like to meet the person and are not in their wishes."""
    return await db.rows(
        Invitation,
        """SELECT c.slug, c.name, c.sector FROM star s JOIN company c ON c.id = s.company WHERE s.candidate = $1 AND c.edition = $2 AND s.ended_at IS NULL
           AND s.verdict = 'star' AND c.withdrawn_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM wish w WHERE w.candidate = $1 AND w.company = c.id AND w.withdrawn_at IS NULL) ORDER BY s.given_at""",
        person,
        edition,
    )


# --- seats, requests, questions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatOffer:
    """A seat that came free, offered to the person until `expires_at`."""

    id: UUID
    company_slug: str
    company_name: str
    start: datetime
    campus_number: int
    campus_name: str
    table: int
    cause: str
    minutes_away: int | None
    expires_at: datetime


async def seat_offers(person: UUID, now: datetime) -> list[SeatOffer]:
    """Offers that stand, the one that ends first on top."""
    return await db.rows(
        SeatOffer,
        """SELECT o.id, c.slug AS company_slug, c.name AS company_name, o.slot AS start, k.number AS campus_number, k.name AS campus_name, t.number AS table, o.cause,
                  o.minutes_away, o.expires_at
           FROM seat_offer o JOIN company c ON c.id = o.company JOIN meeting_table t ON t.id = o.meeting_table JOIN campus k ON k.id = t.campus
           WHERE o.candidate = $1 AND o.answered_at IS NULL AND o.expires_at > $2 ORDER BY o.expires_at""",
        person,
        now,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for another time that waits for an answer."""

    id: UUID
    meeting: UUID
    side: str
    company_name: str
    candidate_name: str
    candidate_number: int
    old_start: datetime
    new_start: datetime
    expires_at: datetime


_ASKED = f"""SELECT q.id, q.meeting, q.side, c.name AS company_name, {SHOWN_NAME.format(company="m.company", candidate="m.candidate")} AS candidate_name,
{NUMBER.format(company="m.company", candidate="m.candidate")} AS candidate_number, m.slot AS old_start, q.slot AS new_start, q.expires_at
FROM time_request q JOIN meeting m ON m.id = q.meeting JOIN company c ON c.id = m.company JOIN person p ON p.id = m.candidate
WHERE q.answered_at IS NULL AND q.expires_at > $2 AND """


async def requests_to(person: UUID, now: datetime) -> list[Asked]:
    """Requests of companies that the candidate may answer."""
    return await db.rows(Asked, _ASKED + "m.candidate = $1 AND q.side = 'company' ORDER BY q.expires_at", person, now)


async def requests_to_company(company: UUID, now: datetime) -> list[Asked]:
    """Requests of candidates that the company may answer."""
    return await db.rows(Asked, _ASKED + "m.company = $1 AND q.side = 'candidate' ORDER BY q.expires_at", company, now)


async def free_recruiter(company: UUID, slot: datetime) -> UUID | None:
    """Somebody of the company who is free in that slot, the lowest table first."""
    found: UUID | None = await db.value(
        """SELECT p.recruiter FROM presence p JOIN meeting_table t ON t.id = p.meeting_table WHERE p.company = $1 AND p.slot = $2
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.slot = p.slot AND (k.recruiter = p.recruiter OR k.meeting_table = p.meeting_table)) ORDER BY t.number LIMIT 1""",
        company,
        slot,
    )
    return found


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
        await db.execute(
            "INSERT INTO question (edition, person, meeting, company, text, asked_at) VALUES ($1, $2, $3, $4, $5, $6)",
            edition.id,
            person,
            meeting,
            company,
            text,
            now,
        )
        await outbox.emit("edition", "question.asked")


async def answer(edition: Edition, question: UUID, text: str, *, by: UUID, now: datetime) -> None:
    """Answer a question; the last answer counts. Raises NotFound."""
    from forum import mail

    async with db.transaction():
        person = await db.value(
            "UPDATE question SET answer = $2, answered_at = $3, answered_by = $4 WHERE id = $1 AND edition = $5 RETURNING person",
            question,
            text,
            now,
            by,
            edition.id,
        )
        if person is None:
            raise NotFound(N_("There is no such question."))
        await outbox.emit(f"person.{person}", "question.answered", question)
        await mail.post("question_answered", person=person, now=now, facts={"link": "/meetings"})


@dataclass(frozen=True, slots=True)
class Version:
    """The published version in force."""

    number: int
    published_at: datetime


async def published(edition: UUID) -> Version | None:
    """The last version, None before the first."""
    return await db.row(Version, "SELECT number, published_at FROM plan_version WHERE edition = $1 ORDER BY number DESC LIMIT 1", edition)
