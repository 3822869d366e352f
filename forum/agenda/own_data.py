"""What the agenda knows of a person: seats, favourites, feeds, a speaker's words; how it lets go of them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db, editions
from forum.agenda import seating, seats
from forum.errors import NotFound
from forum.people import parts

OWN: Final = {
    "seats": """SELECT s.title AS session, t.asked_at, t.held_at, t.arrived_at, t.ended_at, t.ended_why FROM seat t JOIN session s ON s.id = t.session
                WHERE t.person = $1 ORDER BY t.asked_at""",
    "favourites": "SELECT s.title AS session, f.at FROM favourite f JOIN session s ON s.id = f.session WHERE f.person = $1 ORDER BY f.at",
    "calendar_feeds": "SELECT created_at, revoked_at FROM calendar_feed WHERE person = $1 ORDER BY created_at",
    "speaker": "SELECT name, biography, confirmed_at FROM speaker WHERE person = $1",
    "speaker_hours": "SELECT f.start_at, f.end_at FROM speaker_free f JOIN speaker k ON k.id = f.speaker WHERE k.person = $1 ORDER BY f.start_at",
    "programme_news": "SELECT r.name AS release, n.told_at FROM release_notice n JOIN release r ON r.id = n.release WHERE n.person = $1 ORDER BY n.told_at",
}


async def leave(person: UUID, now: datetime) -> None:
    """Give seats, offers and places in queues back; the next in each queue is offered the seat."""
    edition = await editions.current()
    for code, seat, session, waiting in await _standing(person):
        try:
            if edition is not None and await seating.release(edition, person, code, now=now):
                continue
        except NotFound:  # of another edition, or no longer in the programme: nobody is offered it
            pass
        await seats.end(seat, why="released", now=now, counted=not waiting, session=session)


async def _standing(person: UUID) -> list[tuple[str, UUID, UUID, bool]]:
    async with db.connection() as conn:
        found = await conn.fetch(
            """SELECT s.code, t.id, t.session, t.held_at IS NULL AND t.offered_at IS NULL AS waiting FROM seat t JOIN session s ON s.id = t.session
               WHERE t.person = $1 AND t.ended_at IS NULL AND t.arrived_at IS NULL ORDER BY t.session""",
            person,
        )
    return [(row["code"], row["id"], row["session"], row["waiting"]) for row in found]


async def erase(person: UUID, now: datetime) -> None:
    """Seats stay as counts of a nameless person; what they liked, subscribed to and said as a speaker goes, also from releases."""
    for table in ("favourite", "calendar_feed", "release_notice", "journey_notice"):
        await db.execute(f"DELETE FROM {table} WHERE person = $1", person)
    for column in ("name", "biography"):
        await db.execute(
            f"""UPDATE release_item i SET content = replace(i.content::text, to_jsonb(k.{column})::text, '"—"')::jsonb
                FROM speaker k JOIN session_speaker x ON x.speaker = k.id WHERE k.person = $1 AND k.{column} <> '' AND i.session = x.session""",
            person,
        )
    await db.execute("DELETE FROM speaker_free WHERE speaker IN (SELECT id FROM speaker WHERE person = $1)", person)
    await db.execute("UPDATE speaker SET name = '—', biography = '', confirmed_at = NULL, person = NULL WHERE person = $1", person)


parts.contribute(parts.Part("agenda", leave, erase, OWN))
