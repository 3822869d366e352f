"""Companies and offers to look through: for everybody; with wishes for candidates."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from forum import clock, editions, forms, web
from forum.editions import Edition
from forum.i18n import N_
from forum.matchmaking import booking, browse, places
from forum.matchmaking.browse import Filters
from forum.matchmaking.forms import BrowseForm
from forum.matchmaking.model import SHARED
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, TARGET_ROLES

Page = Response[Any]
PER_PAGE = 24
KINDS = {"startup": N_("Startup"), "public": N_("Public buyer"), "partner": N_("Partner")}
WORDS: dict[str, Any] = {"target_roles": TARGET_ROLES, "contracts": CONTRACTS, "languages_spoken": LANGUAGES_SPOKEN, "levels": LEVELS, "kinds": KINDS}


@get("/companies")
async def companies(request: web.AnyRequest) -> Page:
    """The list; the filter is in the address, so a search can be sent to a friend."""
    edition = await editions.needed()
    form = forms.read(BrowseForm, request.query_params.multi_items())
    filters = Filters(form.q, form.role, form.skill, form.contract, form.language, form.campus, form.day)
    cards, total = await browse.search(edition.id, filters, zone=edition.zone, limit=PER_PAGE, offset=(form.page - 1) * PER_PAGE)
    asker = await web.principal(request)
    wished = {w.company: w.rank for w in await browse.wishes_of(asker.person, edition.id)} if asker else {}
    return await web.page(
        request, "matchmaking/companies.html", edition=edition, cards=cards, total=total, filters=filters, number=form.page, pages=-(-total // PER_PAGE),
        campuses=await browse.campuses_with_companies(edition.id), skills=await browse.skills_offered(edition.id), wished=wished,
        address=_address(filters), candidate=await is_candidate(request, edition), **WORDS,
    )  # fmt: skip


def _address(filters: Filters) -> str:
    """The address of the list with its filter, ready for a page number."""
    from urllib.parse import urlencode

    given = {name: str(value) for name in Filters.__slots__ if (value := getattr(filters, name))}
    return f"/companies?{urlencode(given)}{'&' if given else ''}page="


async def is_candidate(request: web.AnyRequest, edition: Edition) -> bool:
    """Whether the reader may wish for companies."""
    asker = await web.principal(request)
    return asker is not None and asker.purpose in {"candidate", "academy"} and not asker.is_minor


@get("/companies/{slug:str}")
async def company(request: web.AnyRequest, slug: FromPath[str]) -> Page:
    edition = await editions.needed()
    firm = await places.firm(edition.id, slug)
    asker = await web.principal(request)
    candidate = await is_candidate(request, edition)
    stand = await browse.stand(asker.person, firm.id) if asker and candidate else None
    bookable = (
        stand is not None and stand.rank is not None and stand.meeting is None and (stand.verdict == "star" or (firm.open_booking and stand.verdict is None))
    )
    free = await booking.free_slots(firm.id, asker.person, clock.now()) if asker and bookable else []
    return await web.page(
        request, "matchmaking/company.html", edition=edition, firm=firm, offers=await browse.offers_of([firm.id]), spots=await browse.spots_of([firm.id], edition.zone),
        stand=stand, candidate=candidate, bookable=bookable, free=free, days_free=places.by_day(free, lambda s: s, edition.zone), shared=SHARED, **WORDS,
    )  # fmt: skip


ROUTES = [companies, company]
