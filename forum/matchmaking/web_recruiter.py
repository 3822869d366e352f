"""Pages of a company's people: the day, candidates who wish, booking on the grid."""

from datetime import date
from uuid import UUID, uuid4

from litestar import get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, forms, web
from forum.errors import NotFound
from forum.i18n import N_
from forum.matchmaking import blocks, booking, desk, once, own, places, sharing, team, wishers, wishes
from forum.matchmaking.company_side import WORDS, Page, acting, back
from forum.matchmaking.forms import BookForm, SeatForm, SlotForm, VerdictForm, WisherForm
from forum.matchmaking.wishers import Asked


@get("/recruiter")
async def day_page(request: web.AnyRequest, day: FromQuery[date | None] = None) -> Page:
    edition, now = await editions.needed(), clock.now()
    person, company = await acting(request)
    days = desk.days_of(edition)
    today = clock.local(now, edition.zone).date()
    shown = day if day in days else today if today in days else days[0]
    made = await desk.desk(edition, company, person, shown, now=now)
    current = made.current.meeting if made.current else None
    requests = await own.requests_to_company(company, now)
    await sharing.note_looks(made.named + [r.candidate for r in requests if r.candidate_name], company, "name", by=person, now=now)
    return await web.page(
        request, "matchmaking/recruiter.html", edition=edition, firm=await places.firm_by_id(edition.id, company), desk=made, days=days, day=shown, today=today,
        requests=requests, offline=f"recruiter-{shown.isoformat()}", trouble=await team.trouble(company),
        card=await team.card(company, current.candidate, by=person, now=now) if current else None, **WORDS,
    )  # fmt: skip


# --- candidates who wish ------------------------------------------------------------------------------------


@get("/recruiter/candidates")
async def candidates(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    by, company = await acting(request)
    form = forms.read(WisherForm, request.query_params.multi_items())
    asked = Asked(form.role, form.skill, form.language, form.contract, form.verdict, form.day)
    found, total = await wishers.wishers(company, asked, by=by, now=clock.now(), page=form.page)
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
    found = await wishers.wisher(company, person, by=by, now=now)
    return await web.page(
        request, "matchmaking/candidate.html", edition=edition, firm=await places.firm_by_id(edition.id, company), wisher=found,
        contact=await team.contact(company, found, by=by, now=now), slots=await booking.free_slots(company, person, now), **WORDS,
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
    path = web.local_path(form.next) if form.next else f"/recruiter/candidates/{person}"
    return await back(request, wishes.answer(edition, company, person, form.verdict, by=by, now=clock.now()), path, said[form.verdict])


# --- booking, moving, blocking -----------------------------------------------------------------------------


@get("/recruiter/book")
async def book_page(request: web.AnyRequest, recruiter: FromQuery[UUID], slot: FromQuery[str]) -> Page:
    """Who could take a free slot: in the order in which they wished."""
    edition, moment = await editions.needed(), forms.read(SlotForm, [("slot", slot.replace(" ", "+"))]).slot
    by, company = await acting(request)
    seat = await places.place(recruiter, moment)
    if seat is None or seat.company != company:
        raise NotFound(N_("Nobody of this company is at a table in that slot."))
    return await web.page(
        request, "matchmaking/book.html", edition=edition, firm=await places.firm_by_id(edition.id, company), wishers=await wishers.free_wishers(edition, company, moment, by=by, now=clock.now()),
        recruiter=recruiter, slot=moment, key=uuid4(), name=await team.name_of(recruiter), **WORDS,
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
    return await back(
        request, once.once(by, "POST /recruiter/book", form.key, body, work, now=now), f"/recruiter?day={day}", N_("Booked. The candidate is asked to accept.")
    )


@post("/recruiter/block", status_code=303)
async def block(request: web.AnyRequest) -> Page:
    edition, form = await editions.needed(), await web.form(request, SeatForm)
    by, company = await acting(request)
    day = clock.local(form.slot, edition.zone).date()
    return await back(
        request, blocks.block(edition, company, form.recruiter, form.slot, by=by, now=clock.now()), f"/recruiter?day={day}", N_("The slot is blocked.")
    )


@post("/recruiter/unblock", status_code=303)
async def unblock(request: web.AnyRequest) -> Page:
    edition, form = await editions.needed(), await web.form(request, SeatForm)
    _, company = await acting(request)
    day = clock.local(form.slot, edition.zone).date()
    return await back(
        request, blocks.unblock(edition, company, form.recruiter, form.slot, now=clock.now()), f"/recruiter?day={day}", N_("The slot is open again.")
    )


ROUTES = [day_page, candidates, candidate_page, verdict, book_page, book, block, unblock]
