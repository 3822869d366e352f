"""Travel between the campuses of an edition as the agenda uses it: minutes in memory, read again every few seconds."""

import time
from typing import Final
from uuid import UUID

from forum import db
from forum.agenda.model import Travel
from forum.campuses.graph import World, matrix
from forum.campuses.travel import LONGEST, Matrix, Site

KEPT_SECONDS: Final = 5.0
_kept: dict[UUID, tuple[float, object, Travel]] = {}


async def travel(edition: UUID) -> Travel:
    """Minutes between every two campuses, entries set by hand included; at most five seconds old."""
    read, key, known = _kept.get(edition, (0.0, None, Travel({})))
    if time.monotonic() - read < KEPT_SECONDS:
        return known
    sites = await db.rows(
        Site, "SELECT slug AS key, latitude AS lat, longitude AS lon FROM campus WHERE edition = $1 AND removed_at IS NULL ORDER BY number", edition
    )
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT o.slug, d.slug, t.minutes FROM travel_override t JOIN campus o ON o.id = t.origin JOIN campus d ON d.id = t.destination
               WHERE o.edition = $1 AND t.removed_at IS NULL ORDER BY 1, 2""",
            edition,
        )
    overrides = {(row[0], row[1]): row[2] for row in rows}
    facts = (tuple(sites), tuple(overrides.items()))
    if facts != key:
        known = plain(matrix(World(tuple(sites))).with_entries(overrides))
    _kept[edition] = (time.monotonic(), facts, known)
    return known


def plain(found: Matrix) -> Travel:
    """A matrix as the rules read it; ten hours is no way."""
    return Travel({(here, there): minutes for here, there, minutes in found.pairs() if minutes < LONGEST})


def forget() -> None:
    """Read again at the next question: between tests, and when a line closes."""
    _kept.clear()
