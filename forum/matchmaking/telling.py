"""One message to every person a published version touched, in their language; done again it tells nobody twice."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from forum import db, mail

BATCH: Final = 200  # people told in one transaction


async def tell(version: UUID, *, now: datetime) -> int:
    """Post the mails of *version*; how many people were told now."""
    told = 0
    while people := await _untold(version):
        async with db.transaction():
            lines = await _lines(version, people)
            for person in people:
                fresh = await db.value(
                    "INSERT INTO plan_told (version, person, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING person", version, person, now
                )
                if fresh:
                    await mail.post("meetings_changed", person=person, now=now, facts={"changes": lines[person], "link": "/meetings"})
                    told += 1
    return told


async def _untold(version: UUID) -> list[UUID]:
    return await db.column(
        """SELECT DISTINCT c.candidate FROM plan_change c WHERE c.version = $1 AND c.what <> 'skipped'
           AND NOT EXISTS (SELECT 1 FROM plan_told t WHERE t.version = $1 AND t.person = c.candidate) LIMIT $2""",
        version,
        BATCH,
    )


async def _lines(version: UUID, people: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What changed for each person, in time."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT c.candidate, c.what, b.name, to_char(c.new_slot AT TIME ZONE coalesce(k.zone, 'Europe/Paris'), 'DD/MM HH24:MI') AS new, t.number AS table, k.number AS campus, k.name AS place
               FROM plan_change c JOIN company b ON b.id = c.company LEFT JOIN meeting_table t ON t.id = c.new_table LEFT JOIN campus k ON k.id = t.campus
               WHERE c.version = $1 AND c.candidate = ANY($2) AND c.what <> 'skipped' ORDER BY coalesce(c.new_slot, c.old_slot)""",
            version, people,
        )  # fmt: skip
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["candidate"]].append({
            "what": row["what"], "company": row["name"], "new": row["new"], "table": row["table"], "campus": row["campus"], "place": row["place"],
        })  # fmt: skip
    return found
