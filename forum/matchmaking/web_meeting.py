"""One meeting, from the candidate's side: answer, another time, late, cancel, why, ask a person."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.i18n import N_, Message
from forum.matchmaking import changes, conduct, explanations, notes, places, queries, times, why
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import EmptyForm, LateForm, ReasonForm, SlotForm
from forum.matchmaking.model import STATE_WORDS, Meeting

Page = Response[Any]


async def mine(request: web.AnyRequest, meeting: UUID) -> Meeting:
    """The meeting when the asker is its candidate. Raises NotFound otherwise: others may not know that it exists."""
    asker = await web.signed_in(request)
    found = await queries.meeting(meeting)
    if found.candidate != asker.person:
        raise NotFound(N_("There is no such meeting."))
    return found


@get("/meetings/{meeting:uuid}")
async def meeting_page(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    found, edition, now = await mine(request, meeting), await editions.needed(), clock.now()
    ground = await why.ground(meeting)
    exact = (await explanations.of_person(edition, found.candidate)).get(found.company)
    slots = await times.possible(edition, meeting, now=now) if found.may_cancel(now) else []
    return await web.page(
        request, "matchmaking/meeting.html", edition=edition, meeting=found, states=STATE_WORDS, reasons=why.reasons(found, ground), ground=ground,
        exact=why.exact(found, exact),
        history=await why.history(meeting), fact_words=why.FACT_WORDS, slots=slots, slot_days=places.by_day(slots, lambda s: s, edition.zone),
        notes=await notes.readable(meeting), values={}, faults={},
    )  # fmt: skip


async def _done(request: web.AnyRequest, meeting: UUID, work: Any, said: Message | str) -> Page:
    """Run *work*; what stands against it is said on the meeting's page."""
    try:
        await work
    except (Conflict, Invalid, Forbidden) as error:
        raise web.Refused(error, f"/meetings/{meeting}") from error
    return web.redirect(request, f"/meetings/{meeting}", said)


@post("/meetings/{meeting:uuid}/accept", status_code=303)
async def accept(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    found, edition = await mine(request, meeting), await editions.needed()
    await web.form(request, EmptyForm)
    return await _done(
        request, meeting, changes.accept(edition, meeting, Actor(found.candidate, "candidate"), now=clock.now()), N_("You accepted. It stands in your day.")
    )


@post("/meetings/{meeting:uuid}/give-up", status_code=303)
async def give_up(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """Decline or cancel: one gesture, the other side reads which."""
    form, found, edition = await web.form(request, ReasonForm), await mine(request, meeting), await editions.needed()
    work = changes.give_up(edition, meeting, Actor(found.candidate, "candidate"), now=clock.now(), reason=form.reason)
    return await _done(request, meeting, work, N_("The meeting is given up; its seat goes to somebody else."))


@post("/meetings/{meeting:uuid}/late", status_code=303)
async def late(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form, found, edition = await web.form(request, LateForm), await mine(request, meeting), await editions.needed()
    work = conduct.say_late(edition, meeting, form.minutes, Actor(found.candidate, "candidate"), now=clock.now())
    return await _done(
        request, meeting, work, Message(N_("{recruiter} sees that you will be {minutes} min late."), recruiter=found.recruiter_name, minutes=form.minutes)
    )


@post("/meetings/{meeting:uuid}/another-time", status_code=303)
async def another_time(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    form, found, edition = await web.form(request, SlotForm), await mine(request, meeting), await editions.needed()
    work = times.ask(edition, meeting, form.slot, Actor(found.candidate, "candidate"), now=clock.now())
    return await _done(request, meeting, work, N_("Asked. Your meeting stays where it is until the other side agrees."))


@post("/time-requests/{asked:uuid}/{answer:str}", status_code=303)
async def answer_time(request: web.AnyRequest, asked: FromPath[UUID], answer: FromPath[str]) -> Page:
    """The candidate answers a company's request for another time."""
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    if not await times.is_to_candidate(asked, asker.person) or answer not in {"agree", "refuse"}:
        raise NotFound(N_("There is no such request."))
    try:
        ended = await times.answer(edition, asked, answer == "agree", Actor(asker.person, "candidate"), now=clock.now())
    except (Conflict, Invalid) as error:
        raise web.Refused(error, "/meetings") from error
    return web.redirect(request, "/meetings", times.SAID[ended], kind="ok" if ended != "taken" else "warn")


@post("/meetings/{meeting:uuid}/notes", status_code=303)
async def ask_notes(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """The candidate asks to read the company's notes; they are shown from now on."""
    found = await mine(request, meeting)
    await web.form(request, EmptyForm)
    await notes.ask_to_read(meeting, found.candidate, now=clock.now())
    return web.redirect(request, f"/meetings/{meeting}", N_("The notes about this meeting are shown below. The company is told that you read them."))


ROUTES = [meeting_page, accept, give_up, late, another_time, answer_time, ask_notes]
