"""Where the recruiters of a campus or a room would sit if it closed: read alike for closing it and for trying it first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking import travel
from forum.matchmaking.problem import SeatRow
from forum.matchmaking.relocation import Displaced, FreeTable, Seated, relocate
from forum.matchmaking.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Place:
    """What closes: a campus by its slug, or one room of it."""

    campus: str
    room: UUID | None = None


async def seated(edition: Edition, closed: Sequence[Place], begins: datetime) -> tuple[list[Displaced], list[Seated]]:
    """Who loses a table when all of *closed* closes at *begins*, and who of them has another one then."""
    gone = {one.recruiter: one for place in closed for one in await _displaced(edition, place, begins)}
    minutes = await travel.minutes_between(edition.id)
    tables = await _tables(edition, [place.room for place in closed if place.room])
    return list(gone.values()), relocate(gone.values(), tables, minutes.between, begins=begins, closed={place.campus for place in closed if place.room is None})


async def tried(edition: Edition, scenario: Scenario, seats: Iterable[SeatRow], now: datetime) -> tuple[SeatRow, ...]:
    """The seats of *seats* that a campus or room closed by *scenario* would take away, at the tables closing would give their recruiters."""
    async with db.connection() as conn:
        rooms = await conn.fetch("SELECT c.slug, r.id FROM room r JOIN campus c ON c.id = r.campus WHERE r.id = ANY($1)", list(scenario.rooms))
    closed = [Place(slug) for slug in scenario.closed_campuses] + [Place(*row) for row in rooms if row[0] not in scenario.closed_campuses]
    if not closed:
        return ()
    _, found = await seated(edition, closed, max(scenario.closed_from or now, now))
    at = {(one.recruiter, slot): one.meeting_table for one in found for slot in one.slots}
    tables = {table.id: table for table in await _tables(edition, [])}
    moved = [(seat, tables[at[seat.recruiter, seat.slot]]) for seat in seats if (seat.recruiter, seat.slot) in at]
    return tuple(replace(seat, meeting_table=table.id, campus=table.campus, step_free=table.step_free) for seat, table in moved)


async def _displaced(edition: Edition, place: Place, begins: datetime) -> list[Displaced]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT p.recruiter, array_agg(p.slot ORDER BY p.slot) AS slots, count(m.id) AS weight,
                 (SELECT max(r.slot + make_interval(mins => r.minutes)) FROM meeting r
                  WHERE r.recruiter = p.recruiter AND r.slot < $4 AND r.slot + make_interval(mins => r.minutes) > $4
                    AND r.state IN ('proposed', 'accepted', 'running', 'held')) AS busy_until
               FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus c ON c.id = t.campus
               LEFT JOIN meeting m ON m.recruiter = p.recruiter AND m.slot = p.slot AND m.state IN ('proposed', 'accepted')
               WHERE c.edition = $1 AND c.slug = $2 AND ($3::uuid IS NULL OR t.room = $3) AND p.slot >= $4 GROUP BY 1""",
            edition.id, place.campus, place.room, begins,
        )  # fmt: skip
    return [Displaced(r[0], place.campus, tuple(r[1]), r[2], r[3]) for r in rows]


async def _tables(edition: Edition, without: Sequence[UUID]) -> list[FreeTable]:
    """Every table of the edition but those of the rooms *without*, and when somebody sits there."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT t.id, c.slug, t.step_free AND c.step_free, array_remove(array_agg(p.slot), NULL) FROM meeting_table t JOIN campus c ON c.id = t.campus
               LEFT JOIN presence p ON p.meeting_table = t.id
               WHERE c.edition = $1 AND c.removed_at IS NULL AND t.removed_at IS NULL AND (t.room IS NULL OR t.room <> ALL($2::uuid[]))
               GROUP BY t.id, c.slug, t.step_free, c.step_free, c.number, t.number ORDER BY c.number, t.number""",
            edition.id, list(without),
        )  # fmt: skip
    return [FreeTable(r[0], r[1], r[2], frozenset(r[3])) for r in rows]
