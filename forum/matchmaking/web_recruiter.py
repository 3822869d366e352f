"""Pages of a company's people: the day, candidates, one meeting, booking, presence, offers."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import access, clock, editions, forms, web
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_
from forum.matchmaking import (
    booking,
    business_meetings,
    changes,
    company_pages,
    desk,
    notes,
    once,
    own,
    places,
    presence,
    queries,
    refill,
    team,
    times,
    whereabouts,
    wishers,
    wishes,
)
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import (
    BookForm,
    BusinessForm,
    CompanyRuleForm,
    EmptyForm,
    LateForm,
    MoveForm,
    NoteForm,
    OfferForm,
    PresenceForm,
    ReasonForm,
    ResultForm,
    SeatForm,
    ShiftForm,
    SlotForm,
    SwapForm,
    VerdictForm,
    WisherForm,
)  # fmt: skip
from forum.matchmaking.model import RESULTS, SHARED, STATE_WORDS, Meeting
from forum.matchmaking.why import FACT_WORDS, history
from forum.matchmaking.wishers import Asked
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


async def _ours(request: web.AnyRequest, meeting: UUID) -> tuple[Actor, Meeting]:
    """The meeting when it is the asker's company's. Raises NotFound otherwise."""
    person, company = await acting(request)
    return Actor(person, "company"), await queries.meeting_for(company, meeting)


@get("/recruiter")
async def day_page(request: web.AnyRequest, day: FromQuery[date | None] = None) -> Page:
    edition, now = await editions.needed(), clock.now()
    person, company = await acting(request)
    days = desk.days_of(edition)
    today = clock.local(now, edition.zone).date()
    shown = day if day in days else today if today in days else days[0]
    made = await desk.desk(edition, company, person, shown, now=now)
    current = made.current.meeting if made.current else None
    return await web.page(
        request, "matchmaking/recruiter.html", edition=edition, firm=await places.firm_by_id(edition.id, company), desk=made, days=days, day=shown, today=today,
        requests=await own.requests_to_company(company, now), offline=f"recruiter-{shown.isoformat()}", trouble=await team.trouble(company),
        card=await team.card(company, current.candidate, by=person, now=now) if current else None, **WORDS,
    )  # fmt: skip


async def _back(request: web.AnyRequest, work: Any, path: str, said: str) -> Page:
    try:
        await work
    except (Conflict, Invalid, NotFound) as error:
        return web.redirect(request, path, error.message, kind="warn")
    return web.redirect(request, path, said)


# --- candidates who wish ------------------------------------------------------------------------------------


@get("/recruiter/candidates")
async def candidates(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    _, company = await acting(request)
    form = forms.read(WisherForm, request.query_params.multi_items())
    asked = Asked(form.role, form.skill, form.language, form.contract, form.verdict, form.day)
    found, total = await wishers.wishers(company, asked, page=form.page)
    from urllib.parse import urlencode

    given = {name: str(value) for name in Asked.__slots__ if (value := getattr(asked, name))}
    return await web.page(
        request, "matchmaking/candidates.html", edition=edition, firm=await places.firm_by_id(edition.id, company), wishers=found, total=total, asked=asked, number=form.page,
        pages=-(-total // wishers.PER_PAGE), address=f"/recruiter/candidates?{urlencode(given)}{'&' if given else ''}page=", **WORDS,
    )  # fmt: skip


@get("/recruiter/candidates/{person:uuid}")
async def candidate_page(request: web.AnyRequest, person: FromPath[UUID]) -> Page:
    edition, now = await editions.needed(), clock.now()
    by, company = await acting(request)
    return await web.page(
        request, "matchmaking/candidate.html", edition=edition, firm=await places.firm_by_id(edition.id, company), wisher=await wishers.wisher(company, person, by=by, now=now),
        contact=await team.contact(company, person, by=by, now=now), slots=await booking.free_slots(company, person, now), **WORDS,
    )  # fmt: skip


@post("/recruiter/candidates/{person:uuid}/verdict", status_code=303)
async def verdict(request: web.AnyRequest, person: FromPath[UUID]) -> Page:
    edition, form = await editions.needed(), await web.form(request, VerdictForm)
    by, company = await acting(request)
    said = {
        "star": N_("Starred: a plan looks for a meeting with this person."),
        "pass": N_("Not opened. The person reads that you did not open this meeting."),
        "": N_("Your answer is taken back."),
    }
    back = web.local_path(form.next) if form.next else f"/recruiter/candidates/{person}"
    return await _back(request, wishes.answer(edition, company, person, form.verdict, by=by, now=clock.now()), back, said[form.verdict])


# --- booking, moving, blocking -----------------------------------------------------------------------------


@get("/recruiter/book")
async def book_page(request: web.AnyRequest, recruiter: FromQuery[UUID], slot: FromQuery[str]) -> Page:
    """Who could take a free slot: in the order in which they wished."""
    edition, moment = await editions.needed(), forms.read(SlotForm, [("slot", slot.replace(" ", "+"))]).slot
    _, company = await acting(request)
    seat = await places.place(recruiter, moment)
    if seat is None or seat.company != company:
        raise NotFound(N_("Nobody of this company is at a table in that slot."))
    return await web.page(
        request, "matchmaking/book.html", edition=edition, firm=await places.firm_by_id(edition.id, company), wishers=await wishers.free_wishers(edition, company, moment),
        recruiter=recruiter, slot=moment, name=await team.name_of(recruiter), **WORDS,
    )  # fmt: skip


@post("/recruiter/book", status_code=303)
async def book(request: web.AnyRequest) -> Page:
    edition, form, now = await editions.needed(), await web.form(request, BookForm), clock.now()
    by, company = await acting(request)
    want = booking.Want(form.candidate, company, form.recruiter, form.slot, by, "company")
    day = clock.local(form.slot, edition.zone).date()

    async def work() -> UUID:
        return await booking.book(edition, want, now=now)

    body = f"{form.candidate} {form.recruiter} {form.slot.isoformat()}".encode()
    return await _back(
        request, once.once(by, "POST /recruiter/book", form.key, body, work, now=now), f"/recruiter?day={day}", N_("Booked. The candidate is asked to accept.")
    )


@post("/recruiter/block", status_code=303)
async def block(request: web.AnyRequest) -> Page:
    edition, form = await editions.needed(), await web.form(request, SeatForm)
    by, company = await acting(request)
    day = clock.local(form.slot, edition.zone).date()
    return await _back(
        request, changes.block(edition, company, form.recruiter, form.slot, by=by, now=clock.now()), f"/recruiter?day={day}", N_("The slot is blocked.")
    )


@post("/recruiter/unblock", status_code=303)
async def unblock(request: web.AnyRequest) -> Page:
    edition, form = await editions.needed(), await web.form(request, SeatForm)
    _, company = await acting(request)
    day = clock.local(form.slot, edition.zone).date()
    return await _back(
        request, changes.unblock(edition, company, form.recruiter, form.slot, now=clock.now()), f"/recruiter?day={day}", N_("The slot is open again.")
    )


# --- one meeting -------------------------------------------------------------------------------------------


@get("/recruiter/meetings/{meeting:uuid}")
async def meeting_page(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    edition, now = await editions.needed(), clock.now()
    actor, found = await _ours(request, meeting)
    return await web.page(
        request, "matchmaking/recruiter_meeting.html", edition=edition, firm=await places.firm_by_id(edition.id, found.company), meeting=found,
        card=await team.card(found.company, found.candidate, by=actor.person, now=now), notes=await notes.of_company(meeting), history=await history(meeting),
        fact_words=FACT_WORDS, outcomes=await team.outcomes(meeting), grid=await team.open_seats(edition, found, now=now) if found.may_cancel(now) or found.state == "unplaced" else [],
        others=await team.swappable(found, now=now) if found.may_cancel(now) else [], here=(await whereabouts.of([found.candidate])).get(found.candidate), values={}, faults={}, **WORDS,
    )  # fmt: skip


def _at(meeting: UUID) -> str:
    return f"/recruiter/meetings/{meeting}"


@post("/recruiter/meetings/{meeting:uuid}/start", status_code=303)
async def start(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    await web.form(request, EmptyForm)
    return await _back(request, changes.start(await editions.needed(), meeting, actor, now=clock.now()), _at(meeting), N_("Begun."))


@post("/recruiter/meetings/{meeting:uuid}/end", status_code=303)
async def end(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    await web.form(request, EmptyForm)
    return await _back(
        request, changes.end(await editions.needed(), meeting, actor, now=clock.now()), _at(meeting), N_("Held. Say what comes next while it is fresh.")
    )


@post("/recruiter/meetings/{meeting:uuid}/no-show", status_code=303)
async def no_show(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """Note the absence, and offer the seat to who is on site and can still come."""
    edition, now = await editions.needed(), clock.now()
    actor, found = await _ours(request, meeting)
    await web.form(request, EmptyForm)
    try:
        await changes.no_show(edition, meeting, actor, now=now)
    except Conflict as error:
        return web.redirect(request, _at(meeting), error.message, kind="warn")
    here = await whereabouts.of(await team.wishers_of(found.company))
    asked = await refill.offer_seat(edition, meeting, {person: at.campus for person, at in here.items()}, now=now)
    said = N_("Absence noted. The seat is offered to people on site.") if asked else N_("Absence noted. Nobody on site can come in time.")
    return web.redirect(request, _at(meeting), said)


@post("/recruiter/meetings/{meeting:uuid}/note", status_code=303)
async def note(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    form = await web.form(request, NoteForm)
    return await _back(request, changes.add_note(await editions.needed(), meeting, form.text, actor, now=clock.now()), _at(meeting), N_("The note is kept."))


@post("/recruiter/meetings/{meeting:uuid}/result", status_code=303)
async def result(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    form = await web.form(request, ResultForm)
    return await _back(request, changes.record(await editions.needed(), meeting, form.result, actor, now=clock.now()), _at(meeting), N_("Noted."))


@post("/recruiter/meetings/{meeting:uuid}/late", status_code=303)
async def late(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    form = await web.form(request, LateForm)
    return await _back(
        request, changes.say_late(await editions.needed(), meeting, form.minutes, actor, now=clock.now()), _at(meeting), N_("The candidate sees it.")
    )


@post("/recruiter/meetings/{meeting:uuid}/give-up", status_code=303)
async def give_up(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await _ours(request, meeting)
    form = await web.form(request, ReasonForm)
    work = changes.give_up(await editions.needed(), meeting, actor, now=clock.now(), reason=form.reason)
    return await _back(request, work, _at(meeting), N_("The meeting is cancelled; the candidate is told."))


@post("/recruiter/meetings/{meeting:uuid}/move", status_code=303)
async def move(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """The same hour with a colleague moves at once; another hour asks the candidate first."""
    actor, found = await _ours(request, meeting)
    edition, now = await editions.needed(), clock.now()
    recruiter, slot = team.seat_of((await web.form(request, MoveForm)).seat)
    if slot == found.start or found.state == "unplaced":
        return await _back(
            request,
            changes.move(edition, meeting, recruiter, slot, actor, now=now, kind="handed" if slot == found.start else "moved"),
            _at(meeting),
            N_("Moved. The candidate is told."),
        )
    return await _back(
        request, times.ask(edition, meeting, slot, actor, now=now), _at(meeting), N_("Asked. The meeting stays where it is until the candidate agrees.")
    )


@post("/recruiter/meetings/{meeting:uuid}/swap", status_code=303)
async def swap(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, found = await _ours(request, meeting)
    form = await web.form(request, SwapForm)
    await queries.meeting_for(found.company, form.other)
    return await _back(
        request, changes.swap(await editions.needed(), meeting, form.other, actor, now=clock.now()), _at(meeting), N_("Swapped. Both candidates are told.")
    )


@post("/recruiter/time-requests/{asked:uuid}/{answer:str}", status_code=303)
async def answer_time(request: web.AnyRequest, asked: FromPath[UUID], answer: FromPath[str]) -> Page:
    person, company = await acting(request)
    await web.form(request, EmptyForm)
    if answer not in {"agree", "refuse"} or not await times.is_to_company(asked, company):
        raise NotFound(N_("There is no such request."))
    return await _back(
        request,
        times.answer(await editions.needed(), asked, answer == "agree", Actor(person, "company"), now=clock.now()),
        "/recruiter",
        N_("Answered. The candidate is told."),
    )


# --- the company itself ------------------------------------------------------------------------------------


@get("/recruiter/company")
async def company_page(request: web.AnyRequest) -> Page:
    return await company_pages.offers_page(request, await acting(request))


@post("/recruiter/company", status_code=303)
async def set_company(request: web.AnyRequest) -> Page:
    _, company = await acting(request)
    return await company_pages.save_rules(request, company, await web.form(request, CompanyRuleForm))


@post("/recruiter/offers", status_code=303)
async def add_offer(request: web.AnyRequest) -> Page:
    person, company = await acting(request)
    try:
        form = await web.form(request, OfferForm)
        await team.add_offer(company, form, now=clock.now())
    except Invalid as error:
        return await company_pages.offers_page(request, (person, company), error)
    return web.redirect(request, "/recruiter/company", N_("The offer is published."))


@post("/recruiter/offers/{offer:uuid}/withdraw", status_code=303)
async def withdraw_offer(request: web.AnyRequest, offer: FromPath[UUID]) -> Page:
    _, company = await acting(request)
    await web.form(request, EmptyForm)
    return await _back(request, team.withdraw_offer(company, offer, now=clock.now()), "/recruiter/company", N_("The offer is withdrawn."))


@get("/recruiter/team")
async def team_page(request: web.AnyRequest) -> Page:
    return await company_pages.team_page(request, await acting(request))


@post("/recruiter/presence", status_code=303)
async def set_presence(request: web.AnyRequest) -> Page:
    edition, (_, company) = await editions.needed(), await acting(request)
    form = await web.form(request, PresenceForm)
    work = presence.set_hours(edition, company, form.recruiter, form.table, form.day, form.begins, form.ends, now=clock.now())
    return await _back(request, work, "/recruiter/team", N_("The hours are kept. Meetings that lost their seat are listed on your day."))


@post("/recruiter/late", status_code=303)
async def shift(request: web.AnyRequest) -> Page:
    """A late or ill recruiter: the queue is shifted, handed over or re-seated; everyone is told once."""
    edition, (person, company) = await editions.needed(), await acting(request)
    form = await web.form(request, ShiftForm)
    try:
        said = await team.help_queue(edition, company, form, by=person, now=clock.now())
    except (Conflict, Invalid, NotFound) as error:
        return web.redirect(request, "/recruiter/team", error.message, kind="warn")
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
    return await _back(request, work, "/recruiter/business", N_("Asked. The meeting is given a time when both sides have said yes."))


@post("/recruiter/business/{asked:uuid}/{answer:str}", status_code=303)
async def answer_business(request: web.AnyRequest, asked: FromPath[UUID], answer: FromPath[str]) -> Page:
    person, company = await acting(request)
    await web.form(request, EmptyForm)
    if answer not in {"accept", "decline"}:
        raise NotFound(N_("There is no such request."))
    return await _back(
        request,
        business_meetings.answer(company, asked, answer == "accept", by=person, now=clock.now()),
        "/recruiter/business",
        N_("Answered. The other side is told."),
    )


ROUTES = [
    business_page, ask_business, answer_business, day_page, candidates, candidate_page, verdict, book_page, book, block, unblock, meeting_page, start, end, no_show, note, result, late, give_up, move, swap, answer_time,  # noqa: E501
    company_page, set_company, add_offer, withdraw_offer, team_page, set_presence, shift, export,
]  # fmt: skip
