"""How the list of sessions is read from the draft and stored in it: words, speakers, and one edit of the grid that can be undone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from forum import db, editions
from forum.agenda import drafting
from forum.agenda.importing import new_code
from forum.i18n import N_, Message
from forum.tabular.kinds import Key, Record
from forum.tabular.lists import SESSIONS
from forum.tabular.preview import Changed, Fault, Row
from forum.tabular.registry import Batch, register

PLACE: Final = frozenset({"campus", "room", "starts", "ends", "minutes"})
USUAL_MINUTES: Final = 45


async def existing_sessions(edition: UUID) -> dict[Key, Record]:
    """Every session of the draft that is not withdrawn, by code."""
    async with db.connection() as conn:
        found = await conn.fetch(
            """SELECT s.code, s.title, s.kind, s.track, s.language, s.level, c.number AS campus, coalesce(r.name, '') AS room, p.start_at AS starts,
                      p.end_at AS ends, s.minutes, s.seats AS capacity, s.abstract,
                      ARRAY(SELECT k.name FROM session_speaker x JOIN speaker k ON k.id = x.speaker WHERE x.session = s.id ORDER BY x.position) AS speakers
               FROM session s LEFT JOIN placement p ON p.session = s.id LEFT JOIN room r ON r.id = p.room LEFT JOIN campus c ON c.id = r.campus
               WHERE s.edition = $1 AND s.withdrawn_at IS NULL ORDER BY p.start_at NULLS LAST, s.number""",
            edition,
        )
    records = [dict(row) | {"speakers": tuple(row["speakers"])} for row in found]
    return {SESSIONS.key_of(record): record for record in records}


async def _rooms(edition: UUID) -> dict[tuple[int, str], list[UUID]]:
    """Rooms by campus number and name; a name can stand in two buildings."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT c.number, lower(r.name) AS name, r.id FROM room r JOIN campus c ON c.id = r.campus
               WHERE c.edition = $1 AND r.removed_at IS NULL AND c.removed_at IS NULL""",
            edition,
        )
    found: dict[tuple[int, str], list[UUID]] = {}
    for row in rows:
        found.setdefault((row["number"], row["name"]), []).append(row["id"])
    return found


async def check_sessions(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """A place is a campus, a room of it and a start; times make sense; a withdrawn code is not given again."""
    rooms = await _rooms(edition)
    gone = set(await db.column("SELECT code FROM session WHERE edition = $1 AND withdrawn_at IS NOT NULL", edition))
    faults = []
    for row in rows:
        found = _fault(row.values, rooms, gone)
        if found is not None:
            faults.append(Fault(row.line, *found))
    return faults


def _fault(v: Record, rooms: dict[tuple[int, str], list[UUID]], gone: set[str]) -> tuple[str, Message] | None:
    placed = (v["campus"] is not None, bool(v["room"]), v["starts"] is not None)
    if v["code"] in gone:
        return "code", Message(N_("This session was withdrawn; give the new one another code."))
    if any(placed) and not all(placed):
        return "starts", Message(N_("Give campus, room and start, or none of them: then the session waits in the pool."))
    if v["starts"] is not None and v["ends"] is not None and not timedelta(0) < v["ends"] - v["starts"] <= timedelta(days=1):
        return "ends", Message(N_("A session ends after it starts, within 24 hours."))
    known = rooms.get((v["campus"], v["room"].lower()), [])
    if all(placed) and len(known) != 1:
        words = N_("Campus {number} has no such room.") if not known else N_("Campus {number} has several rooms of that name; give them different names first.")
        return "room", Message(words, number=v["campus"])
    return None


def _minutes(row: Row | Changed) -> int:
    """The length: between start and end when the file gives both, else as written, else as usual."""
    v = row.values
    timed = v["starts"] is not None and v["ends"] is not None
    if timed and (isinstance(row, Row) or {"starts", "ends"} & set(row.differences)):
        return int((v["ends"] - v["starts"]).total_seconds() // 60)
    return int(v["minutes"] or USUAL_MINUTES)


async def commit_sessions(batch: Batch) -> None:
    """Store words and speakers, then put everything in its place as one edit of the draft."""
    keys = await _words(batch)
    await _speakers(batch, keys)
    known = await _rooms(batch.edition)
    spots: dict[UUID, drafting.Spot | None] = {}
    rows: list[Row | Changed] = [*batch.added, *batch.changed]
    for row in rows:
        v = row.values
        if isinstance(row, Changed) and not PLACE & set(row.differences):
            continue
        if v["starts"] is not None:
            length = timedelta(minutes=_minutes(row))
            spots[keys[v["code"]]] = drafting.Spot(known[v["campus"], v["room"].lower()][0], v["starts"], v["starts"] + length)
        elif isinstance(row, Changed):
            spots[keys[v["code"]]] = None
    if spots:
        edition = await editions.by_slug(await db.value("SELECT slug FROM edition WHERE id = $1", batch.edition))
        version = await db.value("SELECT version FROM agenda WHERE edition = $1", batch.edition) or 0
        await drafting.put_all(edition, spots, kind="import", version=version, actor=batch.by, now=batch.now)


async def _words(batch: Batch) -> dict[str, UUID]:
    """Insert and update the sessions themselves; ids by code."""
    await db.lock(f"agenda:{batch.edition}")
    number = await db.value("SELECT coalesce(max(number), 0) FROM session WHERE edition = $1", batch.edition)
    fields = ("title", "kind", "track", "language", "level", "abstract", "capacity")
    await db.execute_many(
        """INSERT INTO session (edition, code, number, guid, minutes, title, kind, track, language, level, abstract, seats)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        [
            (batch.edition, row.values["code"], number + n, str(uuid4()), _minutes(row), *(row.values[f] for f in fields))
            for n, row in enumerate(batch.added, start=1)
        ],
    )
    await db.execute_many(
        """UPDATE session SET minutes = $3, title = $4, kind = $5, track = $6, language = $7, level = $8, abstract = $9, seats = $10, version = version + 1
           WHERE edition = $1 AND code = $2""",
        [(batch.edition, row.values["code"], _minutes(row), *(row.values[f] for f in fields)) for row in batch.changed],
    )
    async with db.connection() as conn:
        return {row["code"]: row["id"] for row in await conn.fetch("SELECT code, id FROM session WHERE edition = $1", batch.edition)}


async def _speakers(batch: Batch, keys: dict[str, UUID]) -> None:
    """Speakers are known again by name; new names become new speakers."""
    rows: list[Row | Changed] = [*batch.added, *(row for row in batch.changed if "speakers" in row.differences)]
    async with db.connection() as conn:
        found = {row["name"]: row["id"] for row in await conn.fetch("SELECT lower(name) AS name, id FROM speaker WHERE edition = $1", batch.edition)}
    number = await db.value("SELECT coalesce(max(number), 0) FROM speaker WHERE edition = $1", batch.edition)
    for name in dict.fromkeys(name for row in rows for name in row.values["speakers"]):
        if name.lower() not in found:
            number += 1
            insert = "INSERT INTO speaker (edition, code, number, name) VALUES ($1, $2, $3, $4) RETURNING id"
            found[name.lower()] = await db.value(insert, batch.edition, new_code(), number, name)
    await db.execute("DELETE FROM session_speaker WHERE session = ANY($1)", [keys[row.values["code"]] for row in rows])
    links = [(keys[row.values["code"]], found[name.lower()], n) for row in rows for n, name in enumerate(row.values["speakers"])]
    await db.execute_many("INSERT INTO session_speaker (session, speaker, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", links)


register(SESSIONS, existing=existing_sessions, check=check_sessions, commit=commit_sessions)
