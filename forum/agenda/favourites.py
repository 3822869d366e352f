"""Stars: what a person would like to see; they bind nobody and steer the planner."""

from datetime import datetime
from uuid import UUID

from forum import db
from forum.errors import NotFound
from forum.i18n import N_
from forum.live import outbox


async def of(person: UUID, edition: UUID) -> frozenset[UUID]:
    """The sessions the person starred."""
    return frozenset(
        await db.column("SELECT f.session FROM favourite f JOIN session s ON s.id = f.session WHERE f.person = $1 AND s.edition = $2", person, edition)
    )


async def toggle(edition: UUID, person: UUID, code: str, *, now: datetime) -> bool:
    """Star the session, or take the star off; whether it is starred now. Raises NotFound."""
    async with db.transaction():
        session = await db.value("SELECT id FROM session WHERE edition = $1 AND code = $2 AND withdrawn_at IS NULL", edition, code)
        if session is None:
            raise NotFound(N_("There is no such session."))
        gone = await db.execute("DELETE FROM favourite WHERE person = $1 AND session = $2", person, session)
        if not gone:
            await db.execute("INSERT INTO favourite VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", person, session, now)
        await outbox.emit(f"person.{person}", "favourite", session)
    return not gone
