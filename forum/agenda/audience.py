"""Who wants what: interest in each session, persons who want two, whom a change of the programme concerns."""

from uuid import UUID

from forum import db


async def interest(edition: UUID) -> dict[UUID, int]:
    """Persons who want each session: stars, seats and places in the queue (each person once), and what organisers expect."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT s.id, greatest(s.interest, count(DISTINCT w.person)) FROM session s
               LEFT JOIN (SELECT session, person FROM favourite UNION SELECT session, person FROM seat WHERE ended_at IS NULL) w ON w.session = s.id
               WHERE s.edition = $1 GROUP BY s.id""",
            edition,
        )
    return {row[0]: row[1] for row in rows}


async def together(edition: UUID) -> dict[tuple[UUID, UUID], int]:
    """Persons who want both of two sessions (stars and seats); people with more than 60 wishes say too little and are left out."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """WITH wish AS (
                   SELECT f.person, f.session FROM favourite f JOIN session s ON s.id = f.session WHERE s.edition = $1
                   UNION SELECT t.person, t.session FROM seat t JOIN session s ON s.id = t.session WHERE s.edition = $1 AND t.ended_at IS NULL),
               modest AS (SELECT person FROM wish GROUP BY person HAVING count(*) <= 60)
               SELECT a.session, b.session, count(*) FROM wish a JOIN modest USING (person) JOIN wish b ON b.person = a.person AND a.session < b.session
               GROUP BY 1, 2""",
            edition,
        )
    return {(row[0], row[1]): row[2] for row in rows}


async def concerned(edition: UUID) -> tuple[dict[UUID, list[UUID]], dict[UUID, list[UUID]]]:
    """Who holds a seat, an offer or a place in the queue (in order), and who starred, per session."""
    seats: dict[UUID, list[UUID]] = {}
    favourites: dict[UUID, list[UUID]] = {}
    async with db.connection() as conn:
        for session, person in await conn.fetch(
            "SELECT t.session, t.person FROM seat t JOIN session s ON s.id = t.session WHERE s.edition = $1 AND t.ended_at IS NULL ORDER BY t.place", edition
        ):
            seats.setdefault(session, []).append(person)
        for session, person in await conn.fetch("SELECT f.session, f.person FROM favourite f JOIN session s ON s.id = f.session WHERE s.edition = $1", edition):
            favourites.setdefault(session, []).append(person)
    return seats, favourites
