"""What the pages of a company's people share: who acts for which company, and how what stands against a change is said."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from litestar import Response

from forum import access, web
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_
from forum.matchmaking import queries
from forum.matchmaking.changes import Actor
from forum.matchmaking.model import RESULTS, SHARED, STATE_WORDS, Meeting
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, TARGET_ROLES

Page = Response[Any]
WORDS: dict[str, Any] = {"target_roles": TARGET_ROLES, "contracts": CONTRACTS, "languages_spoken": LANGUAGES_SPOKEN, "levels": LEVELS, "shared": SHARED, "results": RESULTS,
                         "states": STATE_WORDS}  # fmt: skip


async def acting(request: web.AnyRequest) -> tuple[UUID, UUID]:
    """(person, company) of the asker: approved recruiters and company administrators only. Raises NotFound."""
    asker = await web.signed_in(request)
    company = next((g.company for g in asker.grants if g.name in {access.RECRUITER, access.COMPANY_ADMIN} and g.company), None)
    if company is None:
        raise NotFound(N_("There is no such page."))
    return asker.person, company


async def ours(request: web.AnyRequest, meeting: UUID) -> tuple[Actor, Meeting]:
    """The meeting when it is the asker's company's. Raises NotFound otherwise."""
    person, company = await acting(request)
    return Actor(person, "company"), await queries.meeting_for(company, meeting)


async def back(request: web.AnyRequest, work: Awaitable[Any], path: str, said: str) -> Page:
    """Do *work* and go to *path* with what was *said*, or with the sentence that stands against it."""
    try:
        await work
    except (Conflict, Invalid, NotFound) as error:
        raise web.Refused(error, path) from error
    return web.redirect(request, path, said)
