"""Announcements by mail: each person once, in batches that commit, so that a job done twice goes on where it stopped."""

from datetime import datetime
from typing import Final
from uuid import UUID

from forum import clock, db, mail

BATCH: Final = 200

# who an announcement is for, by audience; $1 announcement, $2 the last person told, $3 how many, $4 the local day
_PEOPLE: Final = {
    "everyone": "SELECT r.person FROM registration r WHERE r.edition = a.edition AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL",
    "campus": """SELECT r.person FROM registration r WHERE r.edition = a.edition AND r.cancelled_at IS NULL
                 AND (EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.day = $4 AND d.campus = a.campus AND d.held_at IS NOT NULL)
                      OR EXISTS (SELECT 1 FROM whereabouts w WHERE w.registration = r.id AND w.campus = a.campus))""",
    "inside": "SELECT r.person FROM registration r JOIN whereabouts w ON w.registration = r.id WHERE w.campus = a.campus AND r.edition = a.edition",
    "company": "SELECT o.person FROM role o WHERE o.company = a.company AND o.ended_at IS NULL AND o.approved_at IS NOT NULL",
}


async def tell(announcement: UUID, *, now: datetime) -> int:
    """Post the mails of *announcement* that are not posted yet; how many. Stops when it was taken back."""
    told = 0
    while count := await _batch(announcement, now):
        told += count
    return told


async def _batch(announcement: UUID, now: datetime) -> int:
    async with db.transaction(), db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT a.audience, a.text_fr, a.text_en, a.urgent, a.told_to, a.until, e.zone FROM announcement a JOIN edition e ON e.id = a.edition
               WHERE a.id = $1 AND a.told_at IS NULL AND a.ended_at IS NULL AND a.until > $2 FOR UPDATE OF a""",
            announcement, now,
        )  # fmt: skip
        if row is None:
            return 0
        local = clock.local(now, row["zone"]).date()
        people = await db.column(
            f"""SELECT DISTINCT x.person FROM announcement a CROSS JOIN LATERAL ({_PEOPLE[row["audience"]]}) x JOIN person p ON p.id = x.person
                WHERE a.id = $1 AND p.erased_at IS NULL AND ($2::uuid IS NULL OR x.person > $2) AND $4::date IS NOT NULL ORDER BY 1 LIMIT $3""",
            announcement, row["told_to"], BATCH, local,
        )  # fmt: skip
        for person in people:
            facts = {"fr": row["text_fr"], "en": row["text_en"], "urgent": row["urgent"]}
            await mail.post("announcement", person=person, now=now, facts=facts, until=row["until"])
        if len(people) < BATCH:
            await db.execute("UPDATE announcement SET told_at = $2 WHERE id = $1", announcement, now)
        if people:
            await db.execute("UPDATE announcement SET told_to = $2 WHERE id = $1", announcement, people[-1])
    return len(people)
