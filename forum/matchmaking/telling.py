"""One message to every person a change touched, in their language: a published version (done again it tells nobody twice), the queue of a late recruiter, what the other side did to one meeting."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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


# --- the queue of a late or ill recruiter -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meeting is, in words for a mail."""

    id: UUID
    candidate: UUID
    recruiter: UUID
    company: str
    when: str
    table: int
    campus: int
    place: str

    def line(self, what: str) -> dict[str, Any]:
        return {"what": what, "company": self.company, "new": self.when, "table": self.table, "campus": self.campus, "place": self.place}


async def places_of(meetings: Collection[UUID]) -> dict[UUID, Place]:
    """Where each meeting is now."""
    rows = await db.rows(
        Place,
        """SELECT m.id, m.candidate, m.recruiter, b.name AS company, to_char(m.slot AT TIME ZONE k.zone, 'DD/MM HH24:MI') AS when, t.number AS table, k.number AS campus,
                  k.name AS place FROM meeting m JOIN company b ON b.id = m.company JOIN meeting_table t ON t.id = m.meeting_table JOIN campus k ON k.id = t.campus
           WHERE m.id = ANY($1) ORDER BY m.slot""",
        list(meetings),
    )
    return {row.id: row for row in rows}


async def tell_queue(before: Mapping[UUID, Place], left: Collection[UUID], *, but: UUID, now: datetime) -> None:
    """One mail to each candidate whose meeting moved or waits for a place, and to each colleague who was given some (not to *but*, who did it)."""
    after = await places_of(before)
    candidates: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    colleagues: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for ident, place in after.items():
        if ident in left:
            candidates[place.candidate].append(place.line("waits"))
        elif place != before[ident]:
            candidates[place.candidate].append(place.line("moved"))
            colleagues[place.recruiter].append({"when": place.when, "table": place.table, "campus": place.campus})
    await mail.post_many("meetings_changed", [(person, {"changes": lines, "link": "/meetings"}) for person, lines in candidates.items()], now=now)
    given = [(person, {"meetings": lines, "link": "/recruiter"}) for person, lines in colleagues.items() if person != but]
    await mail.post_many("queue_changed", given, now=now)


# --- one meeting --------------------------------------------------------------------------------------------


async def tell_candidate(meeting: UUID, what: str, *, now: datetime, asked: datetime | None = None) -> None:
    """One mail to the candidate about what the other side did: `added`, `moved`, `gone`, or `asked` for another time. In the transaction that does it."""
    place = (await places_of([meeting]))[meeting]
    line = place.line(what) | ({"asked": await _wall_clock(asked)} if asked else {})
    await mail.post("meetings_changed", person=place.candidate, now=now, facts={"changes": [line], "link": "/meetings"})


async def tell_business(meeting: UUID, *, now: datetime) -> None:
    """One mail to each side of a business meeting that got its time."""
    place = (await places_of([meeting]))[meeting]
    guest = await db.value("SELECT c.name FROM meeting m JOIN company c ON c.id = m.guest_company WHERE m.id = $1", meeting)
    for person, other in ((place.candidate, place.company), (place.recruiter, guest)):
        line = place.line("business") | {"company": other}
        await mail.post("meetings_changed", person=person, now=now, facts={"changes": [line], "link": "/recruiter/business"})


async def tell_offer(person: UUID, company: UUID, meeting_table: UUID, slot: datetime, *, now: datetime, until: datetime) -> None:
    """A seat came free and is offered to *person* until *until*; not sent later than that."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT (SELECT name FROM company WHERE id = $1) AS company, t.number AS table, k.number AS campus, k.name AS place
               FROM meeting_table t JOIN campus k ON k.id = t.campus WHERE t.id = $2""",
            company, meeting_table,
        )  # fmt: skip
    line = {"what": "offered", **dict(row), "new": await _wall_clock(slot), "asked": await _wall_clock(until)}
    await mail.post("meetings_changed", person=person, now=now, facts={"changes": [line], "link": "/meetings"}, until=until)


async def _wall_clock(moment: datetime) -> str:
    return str(
        await db.value("SELECT to_char($1::timestamptz AT TIME ZONE coalesce((SELECT zone FROM campus LIMIT 1), 'Europe/Paris'), 'DD/MM HH24:MI')", moment)
    )
