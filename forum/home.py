"""The edition's front page and the pages that belong to no feature."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import Response, get

from forum import db, editions, web
from forum.people import queries as people


@dataclass(frozen=True, slots=True)
class Counts:
    """The four figures of the front page, at `at`."""

    registered: int
    companies: int
    offers: int
    sessions: int
    at: datetime


async def counts(edition: UUID) -> Counts:
    found = await db.row(
        Counts,
        """SELECT (SELECT count(*) FROM registration WHERE edition = $1 AND cancelled_at IS NULL) AS registered,
                  (SELECT count(*) FROM company WHERE edition = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL) AS companies,
                  0 AS offers, 0 AS sessions, now() AS at""",
        edition,
    )
    assert found is not None
    return found


@get("/")
async def front(request: web.AnyRequest) -> Response[str]:
    edition = await editions.needed()
    return await web.page(request, "home.html", edition=edition, campuses=await people.open_campuses(edition.id), counts=await counts(edition.id))


ROUTES = [front]
