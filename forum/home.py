"""The edition's front page and the pages that belong to no feature."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import Response, get

from forum import db, editions, web
from forum.agenda import current
from forum.campuses.front import Front, Row
from forum.campuses.front import front as front_of
from forum.editions import Edition


@dataclass(frozen=True, slots=True)
class Counts:
    """The four figures of the front page, at `at`."""

    registered: int
    companies: int
    offers: int
    sessions: int
    at: datetime


async def counts(edition: UUID) -> Counts:
    programme = await current.programme(edition)
    found = await db.row(
        Counts,
        """SELECT (SELECT count(*) FROM registration WHERE edition = $1 AND cancelled_at IS NULL) AS registered,
                  (SELECT count(*) FROM company WHERE edition = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL) AS companies,
                  (SELECT coalesce(sum(f.posts), 0) FROM offer f JOIN company c ON c.id = f.company WHERE c.edition = $1 AND c.approved_at IS NOT NULL
                   AND c.withdrawn_at IS NULL AND f.withdrawn_at IS NULL) AS offers,
                  $2::int AS sessions, now() AS at""",
        edition, len(programme.published.standing) if programme else 0,
    )
    assert found is not None
    return found


async def places(edition: Edition) -> Front:
    """Campuses, places left per day and the map."""
    rows = await db.rows(
        Row,
        """SELECT d.day, c.slug, c.number, c.name, c.city, c.postcode, c.step_free, c.latitude AS lat, c.longitude AS lon,
                  d.places, d.places - d.taken AS left
           FROM campus c JOIN campus_day d ON d.campus = c.id WHERE c.edition = $1 AND c.removed_at IS NULL""",
        edition.id,
    )
    return front_of(rows, [one.day for one in edition.days])


@get("/")
async def front(request: web.AnyRequest) -> Response[str]:
    edition = await editions.needed()
    return await web.page(request, "home.html", edition=edition, front=await places(edition), counts=await counts(edition.id))


ROUTES = [front]
