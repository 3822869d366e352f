"""What a company's people read and do beside single meetings: who sits before them, the queue of a late colleague, offers, outcomes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, ForumError, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import changes, sharing, times, wishers
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import OfferForm, ShiftForm
from forum.matchmaking.model import Meeting
from forum.matchmaking.wishers import Wisher


async def name_of(person: UUID) -> str:
    return str(await db.value("SELECT name FROM person WHERE id = $1", person) or "")


async def card(company: UUID, person: UUID, *, by: UUID, now: datetime) -> Wisher | None:
    """Who sits before the recruiter, with what they share; None when the wish was taken back (the meeting stands, the facts do not)."""
    try:
        return await wishers.wisher(company, person, by=by, now=now)
    except NotFound:
        return None


async def contact(company: UUID, person: UUID, *, by: UUID, now: datetime) -> str:
    """The address when it is shared, written down as seen; else ''."""
    if "contact" not in await sharing.shown(person, company):
        return ""
    await sharing.note_look(person, company, "contact", by=by, now=now)
    return str(await db.value("SELECT email FROM person WHERE id = $1", person))


async def companies(edition: UUID) -> list[tuple[UUID, str]]:
    """Every company that takes part, by name."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "SELECT id, name FROM company WHERE edition = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY lower(name)", edition
        )
    return [(r[0], r[1]) for r in rows]


async def wishers_of(company: UUID) -> list[UUID]:
    return await db.column("SELECT candidate FROM wish WHERE company = $1 AND withdrawn_at IS NULL", company)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer to "what came of it?"; the last counts."""

    result: str
    by: str
    at: datetime


async def outcomes(meeting: UUID) -> list[Outcome]:
    return await db.rows(
        Outcome, "SELECT o.result, p.name AS by, o.at FROM outcome o JOIN person p ON p.id = o.by WHERE o.meeting = $1 ORDER BY o.id DESC", meeting
    )


# --- seats a meeting could have -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A free seat of the company: the same hour is a hand-over, another hour asks the candidate."""

    recruiter: UUID
    name: str
    slot: datetime
    table: int
    same_hour: bool

    @property
    def key(self) -> str:
        return f"{self.recruiter}|{self.slot.isoformat()}"


def seat_of(key: str) -> tuple[UUID, datetime]:
    """(recruiter, slot) of one choice in the grid. Raises Invalid."""
    recruiter, _, slot = key.partition("|")
    try:
        moment = datetime.fromisoformat(slot)
        if moment.tzinfo is None:
            raise ValueError(slot)
        return UUID(recruiter), moment
    except ValueError as error:
        raise Invalid(N_("Choose one of the free seats."), field="seat") from error


async def open_seats(edition: Edition, meeting: Meeting, *, now: datetime) -> list[OpenSeat]:
    """Free seats of the company that the candidate can reach in time, by slot; the meeting's own hour with colleagues comes first."""
    slots = await times.possible(edition, meeting.id, now=now)
    return await db.rows(
        OpenSeat,
        """SELECT p.recruiter, n.name, p.slot, t.number AS table, p.slot = $3 AS same_hour FROM presence p JOIN person n ON n.id = p.recruiter
           JOIN meeting_table t ON t.id = p.meeting_table WHERE p.company = $1 AND p.slot > $4 AND (p.slot = ANY($2::timestamptz[]) OR p.slot = $3)
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.slot = p.slot AND (k.recruiter = p.recruiter OR k.meeting_table = p.meeting_table))
           ORDER BY p.slot <> $3, p.slot, t.number LIMIT 120""",
        meeting.company,
        slots,
        meeting.start,
        now,
    )


@dataclass(frozen=True, slots=True)
class Other:
    """Another meeting of the company."""

    id: UUID
    slot: datetime
    recruiter: str
    table: int


async def swappable(meeting: Meeting, *, now: datetime) -> list[Other]:
    """Meetings of the company still to come on that day, for a swap."""
    begin, end = clock.day_bounds(clock.local(meeting.start).date())
    return await db.rows(
        Other,
        """SELECT m.id, m.slot, n.name AS recruiter, t.number AS table FROM meeting m JOIN person n ON n.id = m.recruiter JOIN meeting_table t ON t.id = m.meeting_table
           WHERE m.company = $1 AND m.id <> $2 AND m.state IN ('proposed', 'accepted') AND m.slot > $3 AND m.slot >= $4 AND m.slot < $5 ORDER BY m.slot, t.number""",
        meeting.company,
        meeting.id,
        now,
        begin,
        end,
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """A meeting that lost its place and waits for a decision."""

    meeting: UUID
    why: str
    since: datetime
    slot: datetime
    recruiter: str
    state: str


async def trouble(company: UUID) -> list[Trouble]:
    """The company's meetings to resolve, the soonest first."""
    return await db.rows(
        Trouble,
        """SELECT t.meeting, t.why, t.since, m.slot, p.name AS recruiter, m.state FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting
           JOIN person p ON p.id = m.recruiter WHERE m.company = $1 AND t.resolved_at IS NULL ORDER BY m.slot""",
        company,
    )


# --- offers -------------------------------------------------------------------------------------------------


async def add_offer(company: UUID, form: OfferForm, *, now: datetime) -> UUID:
    """Publish an offer. Raises Invalid for a role that is not in the list."""
    from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, TARGET_ROLES

    if form.target_role not in TARGET_ROLES:
        raise Invalid(N_("This is not one of the choices."), field="target_role")
    skills = [word.strip() for word in form.skills.split(",") if word.strip()][:20]
    async with db.transaction():
        offer: UUID = await db.value(
            """INSERT INTO offer (company, title, target_role, skills, contracts, languages, level, place, text_fr, text_en, posts, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id""",
            company, form.title, form.target_role, skills, [c for c in form.contracts if c in CONTRACTS], [x for x in form.languages if x in LANGUAGES_SPOKEN],
            form.level if form.level in LEVELS else "", form.place, form.text_fr, form.text_en, form.posts, now,
        )  # fmt: skip
        await outbox.emit(f"company.{company}", "offer.added", offer)
    return offer


async def withdraw_offer(company: UUID, offer: UUID, *, now: datetime) -> None:
    """Take an offer down. Raises NotFound for somebody else's, or one that is down already."""
    if not await db.execute(
        "UPDATE offer SET withdrawn_at = $3, version = version + 1 WHERE id = $1 AND company = $2 AND withdrawn_at IS NULL", offer, company, now
    ):
        raise NotFound(N_("There is no such offer."))


# --- a late or ill colleague --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Queued:
    id: UUID
    candidate: UUID
    slot: datetime


async def help_queue(edition: Edition, company: UUID, form: ShiftForm, *, by: UUID, now: datetime) -> Message:
    """Shift the queue, hand it to one colleague, or seat each meeting with whoever is free; what finds no place is listed. One message per person.

    Raises Invalid for a shift that is not whole slots, NotFound for a stranger, Conflict when there is nobody in the queue.
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
        await outbox.emit(f"company.{company}", "queue.changed", form.recruiter)
    return Message(N_("{done} meetings moved, {left} still need a decision."), done=done, left=len(left))


async def _shift(edition: Edition, recruiter: UUID, queue: list[_Queued], minutes: int, actor: Actor, now: datetime) -> tuple[int, list[_Queued]]:
    """The whole queue later by whole slots, the last first, so that each finds its new slot free."""
    if minutes <= 0 or minutes % edition.slot_minutes:
        raise Invalid(
            Message(N_("Shift by whole slots: {minutes}, {twice}, … minutes."), minutes=edition.slot_minutes, twice=2 * edition.slot_minutes), field="minutes"
        )
    done, left = 0, []
    for row in queue:
        try:
            await changes.move(edition, row.id, recruiter, row.slot + timedelta(minutes=minutes), actor, now=now, kind="shifted")
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
            await changes.move(edition, row.id, person, slot, actor, now=now, kind=kind)
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
