"""What candidates and companies declared, read for suggestions to candidates' eyes."""

from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking.affinity import Declared
from forum.matchmaking.affinity import declared as declare
from forum.matchmaking.suggestions import Offered


async def declared(person: UUID, edition: Edition) -> Declared:
    """What the candidate declared, for suggestions to their own eyes."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT f.target_roles, f.skills, f.languages, f.contracts, f.level FROM registration r LEFT JOIN profile f ON f.registration = r.id
               WHERE r.person = $1 AND r.edition = $2""",
            person, edition.id,
        )  # fmt: skip
        days = await conn.fetch(
            """SELECT d.day, c.slug FROM registration_day d JOIN registration r ON r.id = d.registration JOIN campus c ON c.id = d.campus
               WHERE r.person = $1 AND r.edition = $2 AND d.held_at IS NOT NULL""",
            person, edition.id,
        )  # fmt: skip
    roles, skills, languages, contracts, level = row or (None,) * 5
    return declare(
        jobs=roles or (), skills=skills or (), languages=languages or (), contracts=contracts or (), levels=[level or ""], days=[d[0].isoformat() for d in days],
        campuses=[d[1] for d in days],
    )  # fmt: skip


async def offers_for(edition: Edition) -> list[Offered]:
    """Every standing offer with the days and campuses of its company."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """WITH spot AS (SELECT p.company, array_agg(DISTINCT ((p.slot AT TIME ZONE $2)::date)::text) AS days, array_agg(DISTINCT k.slug) AS campuses, count(*) AS seats
                             FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus WHERE k.edition = $1 GROUP BY 1),
                    asked AS (SELECT company, count(*) AS wishes FROM wish WHERE edition = $1 AND withdrawn_at IS NULL GROUP BY 1)
               SELECT c.id, c.slug, c.name, o.title, o.target_role, o.skills, o.languages, o.contracts, o.level, s.days, s.campuses, coalesce(a.wishes, 0)::float / greatest(1, s.seats)
               FROM offer o JOIN company c ON c.id = o.company JOIN spot s ON s.company = c.id LEFT JOIN asked a ON a.company = c.id
               WHERE c.edition = $1 AND o.withdrawn_at IS NULL AND c.approved_at IS NOT NULL AND c.withdrawn_at IS NULL ORDER BY plain(c.name), o.title""",
            edition.id, edition.zone,
        )  # fmt: skip
    return [
        Offered(r[0], r[1], r[2], r[3], declare(jobs=[r[4]], skills=r[5], languages=r[6], contracts=r[7], levels=[r[8]], days=r[9], campuses=r[10]), r[11])
        for r in rows
    ]  # fmt: skip
