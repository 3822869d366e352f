"""Pages about the company itself: its offers and rules, its people and hours, the queue of a late colleague, export, meetings between companies."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_
from forum.matchmaking import business_meetings, company_pages, offers, places, presence, queue_help, team
from forum.matchmaking.company_side import Page, acting, back
from forum.matchmaking.forms import BusinessForm, EmptyForm, OfferForm, PresenceForm, ShiftForm


@get("/recruiter/company")
async def company_page(request: web.AnyRequest) -> Page:
    return await company_pages.offers_page(request, await acting(request))


@post("/recruiter/company", status_code=303)
async def set_company(request: web.AnyRequest) -> Page:
    return await company_pages.save_rules(request, await acting(request))


@post("/recruiter/offers", status_code=303)
async def add_offer(request: web.AnyRequest) -> Page:
    person, company = await acting(request)
    try:
        form = await web.form(request, OfferForm)
        await offers.add(company, form, now=clock.now())
    except Invalid as error:
        return await company_pages.offers_page(request, (person, company), error)
    return web.redirect(request, "/recruiter/company", N_("The offer is published."))


@post("/recruiter/offers/{offer:uuid}/withdraw", status_code=303)
async def withdraw_offer(request: web.AnyRequest, offer: FromPath[UUID]) -> Page:
    _, company = await acting(request)
    await web.form(request, EmptyForm)
    return await back(request, offers.withdraw(company, offer, now=clock.now()), "/recruiter/company", N_("The offer is withdrawn."))


@get("/recruiter/team")
async def team_page(request: web.AnyRequest) -> Page:
    return await company_pages.team_page(request, await acting(request))


@post("/recruiter/presence", status_code=303)
async def set_presence(request: web.AnyRequest) -> Page:
    edition, (_, company) = await editions.needed(), await acting(request)
    form = await web.form(request, PresenceForm)
    work = presence.set_hours(edition, company, form.recruiter, form.table, form.day, form.begins, form.ends, now=clock.now())
    return await back(request, work, "/recruiter/team", N_("The hours are kept. Meetings that lost their seat are listed on your day."))


@post("/recruiter/late", status_code=303)
async def shift(request: web.AnyRequest) -> Page:
    """A late or ill recruiter: the queue is shifted, handed over or re-seated; everyone is told once."""
    edition, (person, company) = await editions.needed(), await acting(request)
    form = await web.form(request, ShiftForm)
    try:
        said = await queue_help.help_queue(edition, company, form, by=person, now=clock.now())
    except (Conflict, Invalid, NotFound) as error:
        raise web.Refused(error, "/recruiter/team") from error
    return web.redirect(request, f"/recruiter?day={form.day}", said)


@get("/recruiter/export")
async def export(request: web.AnyRequest) -> Page:
    return await company_pages.export(request, await acting(request))


@get("/recruiter/business")
async def business_page(request: web.AnyRequest) -> Page:
    """Meetings between companies: asked, accepted by both, timed by the organisers."""
    edition, (_, company) = await editions.needed(), await acting(request)
    return await web.page(
        request, "matchmaking/business.html", edition=edition, firm=await places.firm_by_id(edition.id, company), asked=await business_meetings.of_company(company),
        others=[(ident, name) for ident, name in await team.companies(edition.id) if ident != company], values={}, faults={},
    )  # fmt: skip


@post("/recruiter/business", status_code=303)
async def ask_business(request: web.AnyRequest) -> Page:
    edition, (person, company) = await editions.needed(), await acting(request)
    form = await web.form(request, BusinessForm)
    work = business_meetings.ask(edition, company, form.company, form.text, by=person, now=clock.now())
    return await back(request, work, "/recruiter/business", N_("Asked. The meeting is given a time when both sides have said yes."))


@post("/recruiter/business/{asked:uuid}/{answer:str}", status_code=303)
async def answer_business(request: web.AnyRequest, asked: FromPath[UUID], answer: FromPath[str]) -> Page:
    person, company = await acting(request)
    await web.form(request, EmptyForm)
    if answer not in {"accept", "decline"}:
        raise NotFound(N_("There is no such request."))
    return await back(
        request,
        business_meetings.answer(company, asked, answer == "accept", by=person, now=clock.now()),
        "/recruiter/business",
        N_("Answered. The other side is told."),
    )


ROUTES = [business_page, ask_business, answer_business, company_page, set_company, add_offer, withdraw_offer, team_page, set_presence, shift, export]
