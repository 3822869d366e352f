"""How the lists of campuses and rooms are read from the database and stored; registered for imports and exports."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from forum import db
from forum.campuses import queries
from forum.i18n import N_, Message
from forum.tabular.kinds import Key, Record
from forum.tabular.lists import CAMPUSES, ROOMS
from forum.tabular.preview import Changed, Fault, Row
from forum.tabular.registry import Batch, register

FIELDS = ("number", "name", "address", "postcode", "city", "latitude", "longitude", "capacity", "step_free", "access_fr", "access_en", "phone")


async def existing_campuses(edition: UUID) -> dict[Key, Record]:
    """Every campus as a record, by number."""
    records = [{name: getattr(c, name) for name in FIELDS} for c in await queries.campuses(edition)]
    return {CAMPUSES.key_of(record): record for record in records}


async def check_campuses(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """Numbers of campuses that were taken out are not given again: their badges and check-ins still name them."""
    gone = set(await db.column("SELECT number FROM campus WHERE edition = $1 AND removed_at IS NOT NULL", edition))
    message = N_("There is, or was, a campus {number} already.")
    return [Fault(row.line, "number", Message(message, number=row.values["number"])) for row in rows if row.values["number"] in gone]


async def commit_campuses(batch: Batch) -> None:
    """New campuses open on every day of the edition with their capacity as places."""
    zone = await db.value("SELECT zone FROM edition WHERE id = $1", batch.edition)
    await db.execute_many(
        """INSERT INTO campus
               (edition, slug, number, name, address, postcode, city, latitude, longitude, capacity, step_free, access_fr, access_en, phone, zone)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)""",
        [(batch.edition, str(row.values["number"]), *(row.values[name] for name in FIELDS), zone) for row in batch.added],
    )
    await db.execute_many(
        """UPDATE campus SET name = $3, address = $4, postcode = $5, city = $6, latitude = $7, longitude = $8, capacity = $9, step_free = $10,
                  access_fr = $11, access_en = $12, phone = $13, version = version + 1
           WHERE edition = $1 AND number = $2 AND removed_at IS NULL""",
        [(batch.edition, *(row.values[name] for name in FIELDS)) for row in batch.changed],
    )
    await db.execute(
        """INSERT INTO campus_day (campus, day, opens, closes, places)
           SELECT c.id, d.day, d.opens, d.closes, c.capacity FROM campus c JOIN edition_day d ON d.edition = c.edition
           WHERE c.edition = $1 AND c.number = ANY($2::int[]) ON CONFLICT DO NOTHING""",
        batch.edition, [row.values["number"] for row in batch.added],
    )  # fmt: skip


async def existing_rooms(edition: UUID) -> dict[Key, Record]:
    """Every room as a record, by campus number, building and name."""
    async with db.connection() as conn:
        found = await conn.fetch(
            """SELECT c.number AS campus, r.building, r.floor, r.name, r.capacity, r.step_free, r.equipment FROM room r JOIN campus c ON c.id = r.campus
               WHERE c.edition = $1 AND r.removed_at IS NULL AND c.removed_at IS NULL ORDER BY c.number, r.building, r.position, r.name""",
            edition,
        )
    records = [dict(row) | {"equipment": tuple(row["equipment"])} for row in found]
    return {ROOMS.key_of(record): record for record in records}


async def check_rooms(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """A room stands on a campus that takes part."""
    known = {c.number for c in await queries.campuses(edition)}
    message = N_("There is no campus {number}.")
    return [Fault(row.line, "campus", Message(message, number=row.values["campus"])) for row in rows if row.values["campus"] not in known]


async def commit_rooms(batch: Batch) -> None:
    """Rooms keep the order of the file on their campus."""
    campus = {c.number: c.id for c in await queries.campuses(batch.edition)}
    await db.execute_many(
        "INSERT INTO room (id, campus, building, floor, name, capacity, step_free, equipment, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (uuid4(), campus[v["campus"]], v["building"], v["floor"], v["name"], v["capacity"], v["step_free"], list(v["equipment"]), row.line)
            for row in batch.added
            for v in [row.values]
        ],
    )
    await db.execute_many(
        """UPDATE room SET floor = $4, capacity = $5, step_free = $6, equipment = $7, version = version + 1
           WHERE campus = $1 AND lower(building) = lower($2) AND lower(name) = lower($3) AND removed_at IS NULL""",
        [
            (campus[v["campus"]], v["building"], v["name"], v["floor"], v["capacity"], v["step_free"], list(v["equipment"]))
            for row in batch.changed
            for v in [row.values]
        ],
    )


register(CAMPUSES, existing=existing_campuses, check=check_campuses, commit=commit_campuses)
register(ROOMS, existing=existing_rooms, check=check_rooms, commit=commit_rooms)
