"""After a change of travel times: whose day no longer works. Each too-short journey is told once, not again until it gets longer still."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, mail
from forum.agenda import ways
from forum.agenda.model import Travel
from forum.editions import Edition
from forum.live import outbox

NO_WAY = 600  # minutes; what a closed way counts as


@dataclass(frozen=True, slots=True)
class TooShort:
    """Two held seats one after the other, and a journey between them that takes longer than there is time."""

    person: UUID
    first: UUID
    second: UUID
    titles: tuple[str, str]
    have: int
    need: int


async def too_short(edition: Edition, travel: Travel, *, now: datetime) -> list[TooShort]:
    """Every pair of consecutive seats still to come whose journey does not fit; journeys that were accepted too short are told too."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """WITH standing AS (
                   SELECT t.id, t.person, i.start_at, i.end_at, c.slug, i.content ->> 'title' AS title
                   FROM seat t JOIN release_item i ON i.session = t.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
                   WHERE t.ended_at IS NULL AND t.held_at IS NOT NULL AND NOT i.cancelled AND i.end_at > $2
                     AND i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1)),
               pairs AS (
                   SELECT person, id, slug, title, end_at, lead(id) OVER w AS next, lead(slug) OVER w AS there, lead(title) OVER w AS next_title, lead(start_at) OVER w AS next_at
                   FROM standing WINDOW w AS (PARTITION BY person ORDER BY start_at, id))
               SELECT person, id, next, slug, there, title, next_title, (extract(epoch FROM next_at - end_at) / 60)::int AS have
               FROM pairs WHERE next IS NOT NULL AND slug <> there ORDER BY person, next_at""",
            edition.id, now,
        )  # fmt: skip
    found = []
    for r in rows:
        minutes = travel.between(r["slug"], r["there"])
        need = NO_WAY if minutes is None else minutes
        if r["have"] < need:
            found.append(TooShort(r["person"], r["id"], r["next"], (r["title"], r["next_title"]), r["have"], need))
    return found


async def recheck(edition: Edition, *, now: datetime) -> int:
    """Tell everybody whose journey became too short; how many were told now."""
    told = 0
    for one in await too_short(edition, await ways.travel(edition.id), now=now):
        async with db.transaction():
            if await db.execute("INSERT INTO journey_notice VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", one.first, one.second, one.need, now):
                await outbox.emit(f"person.{one.person}", "journey.short", one.second)
                facts = {"first": one.titles[0], "second": one.titles[1], "have": one.have, "need": 0 if one.need >= NO_WAY else one.need}
                await mail.post("journey_short", person=one.person, now=now, facts=facts)
                told += 1
    return told
