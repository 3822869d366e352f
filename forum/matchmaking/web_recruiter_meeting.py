"""One meeting on the company's side: begin, end, absence, notes, result, another seat, swap, another time."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.matchmaking import changes, conduct, notes, places, queries, refill, sharing, team, times, whereabouts, why
from forum.matchmaking.changes import Actor
from forum.matchmaking.company_side import WORDS, Page, acting, back, ours
from forum.matchmaking.forms import EmptyForm, MoveForm, NoteForm, ReasonForm, ResultForm, SwapForm


@get("/recruiter/meetings/{meeting:uuid}")
async def meeting_page(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    edition, now = await editions.needed(), clock.now()
    actor, found = await ours(request, meeting)
    if found.candidate_name and found.kind == "interview":  # also when the wish was taken back and no card is shown
        await sharing.note_look(found.candidate, found.company, "name", by=actor.person, now=now)
    return await web.page(
        request, "matchmaking/recruiter_meeting.html", edition=edition, firm=await places.firm_by_id(edition.id, found.company), meeting=found,
        reasons=why.reasons_for_company(found, await why.ground(meeting)),
        card=await team.card(found.company, found.candidate, by=actor.person, now=now), notes=await notes.of_company(meeting), history=await why.history(meeting),
        fact_words=why.FACT_WORDS, outcomes=await team.outcomes(meeting), grid=await team.open_seats(edition, found, now=now) if found.may_cancel(now) or found.state == "unplaced" else [],
        others=await team.swappable(found, now=now) if found.may_cancel(now) else [], here=(await whereabouts.of([found.candidate])).get(found.candidate), values={}, faults={}, **WORDS,
    )  # fmt: skip


def _at(meeting: UUID) -> str:
    return f"/recruiter/meetings/{meeting}"


@post("/recruiter/meetings/{meeting:uuid}/start", status_code=303)
async def start(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await ours(request, meeting)
    await web.form(request, EmptyForm)
    return await back(request, conduct.start(await editions.needed(), meeting, actor, now=clock.now()), _at(meeting), N_("Begun."))


@post("/recruiter/meetings/{meeting:uuid}/end", status_code=303)
async def end(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    actor, _ = await ours(request, meeting)
    await web.form(request, EmptyForm)
    return await back(
        request, conduct.end(await editions.needed(), meeting, actor, now=clock.now()), _at(meeting), N_("Held. Say what comes next while it is fresh.")
    )


@post("/recruiter/meetings/{meeting:uuid}/no-show", status_code=303)
async def no_show(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """Note the absence, and offer the seat to who is on site and can still come."""
    edition, now = await editions.needed(), clock.now()
    actor, found = await ours(request, meeting)
    await web.form(request, EmptyForm)
    try:
        await conduct.no_show(edition, meeting, actor, now=now)
    except Conflict as error:
        raise web.Refused(error, _at(meeting)) from error
    here = await whereabouts.of(await team.wishers_of(found.company))
    await refill.offer_seat(edition, meeting, {person: at.campus for person, at in here.items()}, now=now)
    said = (
        N_("Absence noted. The seat is offered to people on site.")
        if await refill.is_offered(meeting, now)
        else N_("Absence noted. Nobody on site can come in time.")
    )
    return web.redirect(request, _at(meeting), said)


@post("/recruiter/meetings/{meeting:uuid}/note", status_code=303)
async def note(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form = await web.form(request, NoteForm)
    actor, _ = await ours(request, meeting)
    return await back(request, conduct.add_note(await editions.needed(), meeting, form.text, actor, now=clock.now()), _at(meeting), N_("The note is kept."))


@post("/recruiter/meetings/{meeting:uuid}/result", status_code=303)
async def result(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form = await web.form(request, ResultForm)
    actor, _ = await ours(request, meeting)
    return await back(request, conduct.record(await editions.needed(), meeting, form.result, actor, now=clock.now()), _at(meeting), N_("Noted."))


@post("/recruiter/meetings/{meeting:uuid}/give-up", status_code=303)
async def give_up(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form = await web.form(request, ReasonForm)
    actor, _ = await ours(request, meeting)
    work = changes.give_up(await editions.needed(), meeting, actor, now=clock.now(), reason=form.reason)
    return await back(request, work, _at(meeting), N_("The meeting is cancelled; the candidate is told."))


@post("/recruiter/meetings/{meeting:uuid}/move", status_code=303)
async def move(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """The same hour with a colleague moves at once; another hour asks the candidate first."""
    form = await web.form(request, MoveForm)
    actor, found = await ours(request, meeting)
    edition, now = await editions.needed(), clock.now()
    recruiter, slot = team.seat_of(form.seat)
    if slot == found.start or found.state == "unplaced":
        return await back(
            request,
            changes.move(edition, meeting, recruiter, slot, actor, now=now, kind="handed" if slot == found.start else "moved"),
            _at(meeting),
            N_("Moved. The candidate is told."),
        )
    return await back(
        request, times.ask(edition, meeting, slot, actor, now=now), _at(meeting), N_("Asked. The meeting stays where it is until the candidate agrees.")
    )


@post("/recruiter/meetings/{meeting:uuid}/swap", status_code=303)
async def swap(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form = await web.form(request, SwapForm)
    actor, found = await ours(request, meeting)
    await queries.meeting_for(found.company, form.other)
    return await back(
        request, changes.swap(await editions.needed(), meeting, form.other, actor, now=clock.now()), _at(meeting), N_("Swapped. Both candidates are told.")
    )


@post("/recruiter/time-requests/{asked:uuid}/{answer:str}", status_code=303)
async def answer_time(request: web.AnyRequest, asked: FromPath[UUID], answer: FromPath[str]) -> Page:
    person, company = await acting(request)
    await web.form(request, EmptyForm)
    if answer not in {"agree", "refuse"} or not await times.is_to_company(asked, company):
        raise NotFound(N_("There is no such request."))
    return await back(
        request,
        times.answer(await editions.needed(), asked, answer == "agree", Actor(person, "company"), now=clock.now()),
        "/recruiter",
        N_("Answered. The candidate is told."),
    )


ROUTES = [meeting_page, start, end, no_show, note, result, give_up, move, swap, answer_time]
