"""Pages of candidates: wishes, preferences, what is shared, my meetings, what was not possible and why."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, web
from forum.errors import Conflict, Invalid
from forum.i18n import N_, Message
from forum.matchmaking import (
    booking,
    browse,
    declared_facts,
    explanations,
    own,
    places,
    queries,
    questions,
    sharing,
    suggestions,
    unmet,
    voluntary,
    waiting,
    wishes,
)
from forum.matchmaking.forms import CompanyForm, EmptyForm, OrderForm, PreferenceForm, QuestionForm, ShareForm, SlotForm, VoluntaryForm
from forum.matchmaking.model import HALF, MOST_WISHES, SHARED, STATE_WORDS
from forum.people.vocabulary import TARGET_ROLES

Page = Response[Any]


async def _closed(request: web.AnyRequest) -> Page | None:
    """The page for whoever takes no part in the meetings (a visit, under 18, not confirmed), or None for a candidate: nobody is shown what is not theirs to use."""
    asker, edition = await web.signed_in(request), await editions.needed()
    try:
        await places.candidate(edition.id, asker.person)
    except Conflict as error:
        return await web.page(request, "matchmaking/closed.html", edition=edition, why=error.message)
    return None


# --- wishes -------------------------------------------------------------------------------------------------


@get("/wishes")
async def my_wishes(request: web.AnyRequest) -> Page:
    if (closed := await _closed(request)) is not None:
        return closed
    asker, edition = await web.signed_in(request), await editions.needed()
    mine = await browse.wishes_of(asker.person, edition.id)
    me, offers = await declared_facts.declared(asker.person, edition), await declared_facts.offers_for(edition)
    return await web.page(
        request, "matchmaking/wishes.html", edition=edition, wishes=mine, most=MOST_WISHES, target_roles=TARGET_ROLES, invited=await own.invitations(asker.person, edition.id),
        suggested=suggestions.suggested(me, offers, without={w.company for w in mine}), expectation=await own.expectation(edition.id), states=STATE_WORDS,
    )  # fmt: skip


@post("/wishes/add", status_code=303)
async def add_wish(request: web.AnyRequest) -> Page:
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, CompanyForm)
    back = web.local_path(form.next) if form.next else "/wishes"
    try:
        rank = await wishes.add(edition, asker.person, form.company, now=clock.now())
    except (Conflict, Invalid) as error:
        raise web.Refused(error, back) from error
    return web.redirect(request, back, Message(N_("This is your wish number {rank}."), rank=rank))


@post("/wishes/remove", status_code=303)
async def remove_wish(request: web.AnyRequest) -> Page:
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, CompanyForm)
    await wishes.remove(edition, asker.person, UUID(form.company), now=clock.now())
    return web.redirect(request, web.local_path(form.next) if form.next else "/wishes", N_("The wish is taken back."))


@post("/wishes/order", status_code=303)
async def order_wishes(request: web.AnyRequest) -> Page:
    """The whole order, or one step of one row; two windows that disagree are told."""
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, OrderForm)
    order = list(form.order)
    if (moved := form.up or form.down) is not None and moved in order:
        at = order.index(moved)
        order.insert(max(0, at + (-1 if form.up else 1)), order.pop(at))
    try:
        await wishes.reorder(edition, asker.person, order)
    except Conflict as error:
        raise web.Refused(error, "/wishes") from error
    return web.redirect(request, "/wishes", N_("Your order is kept."))


# --- preferences, sharing ----------------------------------------------------------------------------------


async def _preferences_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    values = await web.posted(request, "off") if error else await own.preferences(asker.person, edition)
    return await web.page(
        request, "matchmaking/preferences.html", status=422 if error else 200, edition=edition, values=values, taken=await own.taken(asker.person, edition),
        days=await places.held_days(edition.id, asker.person),
        halves=HALF, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@get("/wishes/preferences")
async def preferences(request: web.AnyRequest) -> Page:
    return await _closed(request) or await _preferences_page(request)


@post("/wishes/preferences", status_code=303)
async def set_preferences(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    try:
        await own.set_preferences(edition, asker.person, await web.form(request, PreferenceForm), now=clock.now())
    except Invalid as error:
        return await _preferences_page(request, error)
    return web.redirect(request, "/wishes/preferences", N_("Your preferences are kept. The next plan follows them."))


@get("/sharing")
async def sharing_page(request: web.AnyRequest, page: FromQuery[int] = 1) -> Page:
    asker, edition, number = await web.signed_in(request), await editions.needed(), max(1, min(page, 1000))
    consents, (looks, total) = await sharing.consents_of(asker.person, edition.id), await sharing.looks_at(asker.person, number)
    if not consents and not total and (closed := await _closed(request)) is not None:
        return closed
    return await web.page(
        request, "matchmaking/sharing.html", edition=edition, consents=consents, words=SHARED,
        looks=looks, total=total, number=number, pages=-(-total // sharing.LOOKS), voluntary=await voluntary.of_person(asker.person, edition.id),
    )  # fmt: skip


@post("/sharing", status_code=303)
async def share(request: web.AnyRequest) -> Page:
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, ShareForm)
    await sharing.share(edition, asker.person, form.company, set(form.what), now=clock.now())
    return web.redirect(request, "/sharing", N_("What this company may see is changed, from now on."))


@post("/sharing/about-me", status_code=303)
async def about_me(request: web.AnyRequest) -> Page:
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, VoluntaryForm)
    await places.candidate(edition.id, asker.person)
    await voluntary.answer(edition, asker.person, {"gender": form.gender, "territory": form.territory}, now=clock.now())
    return web.redirect(request, "/sharing", N_("Thank you. These answers are counted, never looked at one by one."))


# --- my meetings -------------------------------------------------------------------------------------------


@get("/meetings")
async def my_meetings(request: web.AnyRequest) -> Page:
    asker, edition, now = await web.signed_in(request), await editions.needed(), clock.now()
    mine = [m for m in await queries.meetings_of(asker.person, edition.id, past=False) if m.candidate == asker.person]
    asked = await questions.questions_of(asker.person, edition.id)
    if not mine and not asked and (closed := await _closed(request)) is not None:
        return closed
    explained = await explanations.of_person(edition, asker.person)
    return await web.page(
        request, "matchmaking/meetings.html", edition=edition, days=places.by_day(mine, lambda m: m.start, edition.zone),
        states=STATE_WORDS, offers=await own.seat_offers(asker.person, now), unmet=await unmet.reasons_of(edition, asker.person, explained, now=now), today=clock.local(now, edition.zone).date(),
        requests=await own.requests_to(asker.person, now), questions=asked, published=await own.published(edition.id),
        explanations_asked=await explanations.waits(edition.id, asker.person),
    )  # fmt: skip


@post("/meetings/explain", status_code=303)
async def explain_mine(request: web.AnyRequest) -> Page:
    """Work out exactly, now, what stood in the way of each wish of the asker."""
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    await explanations.ask(edition.id, asker.person, now=clock.now())
    return web.redirect(request, "/meetings", N_("The exact reasons are being worked out; they appear here in a moment."))


@post("/companies/{slug:str}/book", status_code=303)
async def book_seat(request: web.AnyRequest, slug: FromPath[str]) -> Page:
    """A free slot of a company that invited the candidate (or opened its slots)."""
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, SlotForm)
    firm = await places.firm(edition.id, slug)
    recruiter = await own.free_recruiter(firm.id, form.slot, step_free=await places.needs_step_free(edition.id, asker.person))
    if recruiter is None:
        raise web.Refused(Conflict(N_("This slot was just taken.")), f"/companies/{slug}")
    try:
        meeting = await booking.book(edition, booking.Want(asker.person, firm.id, recruiter, form.slot, asker.person, "candidate"), now=clock.now())
    except (Conflict, Invalid) as error:
        raise web.Refused(error, f"/companies/{slug}") from error
    return web.redirect(request, f"/meetings/{meeting}", N_("The meeting is booked."))


@post("/companies/{slug:str}/wait", status_code=303)
async def wait(request: web.AnyRequest, slug: FromPath[str]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    try:
        rank = await waiting.wait(edition, asker.person, slug, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, f"/companies/{slug}") from error
    return web.redirect(request, f"/companies/{slug}", Message(N_("If a seat comes free you are number {rank} to be asked."), rank=rank))


@post("/companies/{slug:str}/leave", status_code=303)
async def leave(request: web.AnyRequest, slug: FromPath[str]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    await waiting.leave(asker.person, (await places.firm(edition.id, slug)).id, now=clock.now())
    return web.redirect(request, f"/companies/{slug}", N_("You are not on the list any more."))


@post("/seat-offers/{offer:uuid}/take", status_code=303)
async def take_offer(request: web.AnyRequest, offer: FromPath[UUID]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    try:
        meeting = await waiting.take(edition, offer, asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, "/meetings") from error
    return web.redirect(request, f"/meetings/{meeting}", N_("The seat is yours."))


@post("/seat-offers/{offer:uuid}/refuse", status_code=303)
async def refuse_offer(request: web.AnyRequest, offer: FromPath[UUID]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    await waiting.refuse(edition, offer, asker.person, now=clock.now())
    return web.redirect(request, "/meetings", N_("The seat goes to the next person."))


@post("/ask", status_code=303)
async def ask_a_human(request: web.AnyRequest) -> Page:
    """A question that a person of the organisation answers."""
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, QuestionForm)
    await questions.ask(edition, asker.person, form.text, meeting=form.meeting, company=form.company, now=clock.now())
    return web.redirect(request, "/meetings", N_("Your question is with the organisers. A person will answer here."))


ROUTES = [
    my_wishes, add_wish, remove_wish, order_wishes, preferences, set_preferences, sharing_page, share, about_me, my_meetings, explain_mine, book_seat, wait, leave, take_offer,
    refuse_offer, ask_a_human,
]  # fmt: skip
