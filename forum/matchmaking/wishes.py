"""Wishes: which companies a candidate asks for, in which order; and what a company answers."""

from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import places
from forum.matchmaking.model import MOST_WISHES


async def add(edition: Edition, person: UUID, slug: str, *, now: datetime) -> int:
    """Wish for a company, as the last choice; its rank. Asking again changes nothing.

    Raises NotFound for a company that withdrew, Conflict for someone who is not a candidate, Invalid past the most wishes.
    """
    async with db.transaction():
        await db.lock(f"wishes.{person}")
        await places.candidate(edition.id, person)
        firm = await places.firm(edition.id, slug)
        standing = await db.value("SELECT rank FROM wish WHERE candidate = $1 AND company = $2 AND withdrawn_at IS NULL", person, firm.id)
        if standing is not None:
            return int(standing)
        last = await db.value("SELECT count(*) FROM wish WHERE candidate = $1 AND edition = $2 AND withdrawn_at IS NULL", person, edition.id)
        if last >= MOST_WISHES:
            raise Invalid(Message(N_("You have {most} wishes, the most one may have. Take one away first."), most=MOST_WISHES))
        await _close_gaps(edition.id, person)
        await db.execute(
            "INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, $4, $5)", edition.id, person, firm.id, last + 1, now
        )
        await outbox.emit_many([(f"person.{person}", "wishes.changed", ""), (f"company.{firm.id}", "wishes.changed", "")])
    return int(last) + 1


async def remove(edition: Edition, person: UUID, company: UUID, *, now: datetime) -> None:
    """Take a wish back. Raises NotFound when it does not stand. A meeting already planned stays until it is declined."""
    async with db.transaction():
        await db.lock(f"wishes.{person}")
        if not await db.execute("UPDATE wish SET withdrawn_at = $3 WHERE candidate = $1 AND company = $2 AND withdrawn_at IS NULL", person, company, now):
            raise NotFound(N_("This wish does not stand any more."))
        await _close_gaps(edition.id, person)
        await outbox.emit_many([(f"person.{person}", "wishes.changed", ""), (f"company.{company}", "wishes.changed", "")])


async def _close_gaps(edition: UUID, person: UUID) -> None:
    await db.execute(
        """UPDATE wish w SET rank = n.rank FROM (SELECT id, row_number() OVER (ORDER BY rank, made_at, id)::int AS rank FROM wish
           WHERE candidate = $1 AND edition = $2 AND withdrawn_at IS NULL) n WHERE w.id = n.id AND w.rank <> n.rank""",
        person,
        edition,
    )


async def move(edition: Edition, person: UUID, company: UUID, to: int) -> None:
    """Give one wish the rank *to* (held between 1 and the last). Raises NotFound when the wish does not stand."""
    async with db.transaction():
        await db.lock(f"wishes.{person}")
        order = await _order(edition.id, person)
        if company not in order:
            raise NotFound(N_("This wish does not stand any more."))
        order.remove(company)
        order.insert(max(0, min(len(order), to - 1)), company)
        await _write(edition.id, person, order)


async def reorder(edition: Edition, person: UUID, order: list[UUID]) -> None:
    """Rank all wishes as given. Raises Conflict when the list is not the standing one (another tab changed it)."""
    async with db.transaction():
        await db.lock(f"wishes.{person}")
        if sorted(order) != sorted(await _order(edition.id, person)):
            raise Conflict(N_("Your wishes changed in another window. This is the list as it stands now."))
        await _write(edition.id, person, order)


async def _order(edition: UUID, person: UUID) -> list[UUID]:
    return await db.column(
        "SELECT company FROM wish WHERE candidate = $1 AND edition = $2 AND withdrawn_at IS NULL ORDER BY rank, made_at, id", person, edition
    )


async def _write(edition: UUID, person: UUID, order: list[UUID]) -> None:
    await db.execute(
        """UPDATE wish w SET rank = n.rank::int FROM unnest($3::uuid[]) WITH ORDINALITY AS n (company, rank)
           WHERE w.candidate = $1 AND w.edition = $2 AND w.company = n.company AND w.withdrawn_at IS NULL""",
        person,
        edition,
        order,
    )
    await outbox.emit(f"person.{person}", "wishes.changed")


# --- the company's side ------------------------------------------------------------------------------------


async def answer(edition: Edition, company: UUID, candidate: UUID, verdict: str, *, by: UUID, now: datetime) -> None:
    """A company stars a candidate, passes, or takes its answer back (`verdict` "star", "pass", "").

    The candidate reads a star as an invitation and a pass as "not opened by the company". Raises Conflict for a person who is no candidate.
    """
    async with db.transaction():
        await db.lock(f"star.{company}.{candidate}")
        if verdict:
            await places.candidate(edition.id, candidate)
        standing = await db.value("SELECT verdict FROM star WHERE company = $1 AND candidate = $2 AND ended_at IS NULL", company, candidate)
        if standing == (verdict or None):
            return
        await db.execute("UPDATE star SET ended_at = $3 WHERE company = $1 AND candidate = $2 AND ended_at IS NULL", company, candidate, now)
        if verdict:
            await db.execute(
                "INSERT INTO star (company, candidate, verdict, given_by, given_at) VALUES ($1, $2, $3, $4, $5)", company, candidate, verdict, by, now
            )
        await outbox.emit_many([(f"company.{company}", "star.changed", str(candidate)), (f"person.{candidate}", "wishes.changed", "")])
