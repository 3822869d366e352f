"""What the control screen does: alerts taken or put off, entries, gates, seats, sessions, and taking back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from forum import clock, db, editions, journal, web
from forum.access import Principal
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import announcements, gates, log, looking, outbox, remedies, situation
from forum.live.forms import AlertForm, EntriesForm, MoveForm, Nothing
from forum.live.situation import scope_of

Page = Response[Any]


def back_to(request: web.AnyRequest, path: str = "/control") -> str:
    """Where the button stood, when that is a control page; else *path*."""
    came = request.headers.get("referer", "").partition("://")[2].partition("/")[2].partition("?")[0]
    came = came.removeprefix("en/")
    return f"/{came}" if came == "control" or came.startswith("control/") else path


@post("/control/alerts", status_code=303)
async def alert(request: web.AnyRequest) -> Page:
    """Look after an alert, or put it off; only one that stands, on a campus of one's own."""
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    form = await web.form(request, AlertForm)
    seen = await situation.read(edition, scope_of(asker), now=now)
    one = next((a for a in seen.alerts if a.key == form.alert), None)
    if one is None:
        raise web.Refused(Conflict(N_("This alert has gone already.")), back_to(request))
    campus = next((c.id for c in seen.campuses if c.slug == one.slug), None)
    if form.what == "take":
        await looking.take(edition.id, one.key, campus, by=asker.person, now=now)
        return web.redirect(request, back_to(request), N_("You look after it; everybody sees so."))
    await looking.put_off(edition.id, one.key, campus, by=asker.person, now=now)
    return web.redirect(request, back_to(request), N_("Put off for ten minutes."))


@post("/control/{campus:str}/entries", status_code=303)
async def entries(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    form = await web.form(request, EntriesForm)
    site = await gates.site(edition.id, campus)
    try:
        await (gates.pause if form.state == "pause" else gates.resume)(site, by=asker.person, now=now)
    except Conflict as error:
        raise web.Refused(error, back_to(request)) from error
    said = N_("Entries of Campus {number} are paused.") if form.state == "pause" else N_("Entries of Campus {number} are open again.")
    return web.redirect(request, back_to(request), Message(said, number=site.number))


@post("/control/{campus:str}/gates/{gate:str}/open", status_code=303)
async def open_gate(request: web.AnyRequest, campus: FromPath[str], gate: FromPath[str]) -> Page:
    return await _turn(request, campus, gate, gates.open_out, N_("The gate opens both ways."))


@post("/control/{campus:str}/gates/{gate:str}/shut", status_code=303)
async def shut_gate(request: web.AnyRequest, campus: FromPath[str], gate: FromPath[str]) -> Page:
    return await _turn(request, campus, gate, gates.shut_out, N_("The gate opens inwards only."))


async def _turn(request: web.AnyRequest, campus: str, gate: str, turn: Any, said: str) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    await web.form(request, Nothing)
    try:
        await turn(await gates.site(edition.id, campus), gate, by=asker.person, now=now)
    except Conflict as error:
        raise web.Refused(error, back_to(request)) from error
    return web.redirect(request, back_to(request), said)


@post("/control/refill", status_code=303)
async def refill(request: web.AnyRequest) -> Page:
    """Offer the seats of absent people to those on site who wish for the company and can be there in time."""
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    await web.form(request, Nothing)
    async with db.transaction():
        seats, asked = await remedies.remedies().refill(edition, now)
        if seats:
            await journal.note("seats.offered", actor=asker.person, now=now, facts={"count": seats, "asked": asked})
            await outbox.emit("edition", "seats.offered")
    if not seats:
        return web.redirect(request, back_to(request), N_("Nobody on site can be there in time."), kind="warn")
    return web.redirect(request, back_to(request), Message(N_("Seats offered: {seats}. People asked: {asked}."), seats=seats, asked=asked))


@post("/control/sessions/{code:str}/move", status_code=303)
async def move(request: web.AnyRequest, code: FromPath[str]) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    form = await web.form(request, MoveForm)
    try:
        await _move(edition, code, form.room, asker, now)
    except (Conflict, Invalid) as error:
        raise web.Refused(error, back_to(request)) from error
    return web.redirect(request, back_to(request), N_("The session moved; everyone it concerns is told."))


async def _move(edition: Edition, code: str, room: UUID, asker: Principal, now: datetime) -> None:
    async with db.transaction():
        left = await remedies.remedies().move(edition, code, room, asker.person, now)
        campus = await db.value("SELECT campus FROM room WHERE id = $1", room)
        await journal.note("session.moved", actor=asker.person, now=now, subject=code, campus=campus, facts={"from": str(left)})


@post("/control/journal/{entry:int}/undo", status_code=303)
async def undo(request: web.AnyRequest, entry: FromPath[int]) -> Page:
    """Take back what a row of the journal says, where that can be; the taking back is a row too."""
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    await web.form(request, Nothing)
    row = next(iter(await log.done(now=now, one=entry, limit=1)), None)
    scope = scope_of(asker)
    if row is None or not (scope is None or row.slug in scope) or row.action not in log.UNDOABLE:
        raise NotFound(N_("There is nothing to take back here."))
    if not row.undoable:
        raise web.Refused(Conflict(N_("Somebody took it back already, or it is over.")), back_to(request))
    try:
        async with db.transaction():
            if not await log.mark_undone(entry, now=now):
                raise Conflict(N_("Somebody took it back already."))
            await _undo(edition, row, asker, now)
            await journal.note("undone", actor=asker.person, now=now, subject=str(entry), facts={"action": row.action})
    except (Conflict, Invalid, NotFound) as error:
        raise web.Refused(error, back_to(request)) from error
    return web.redirect(request, back_to(request), N_("Taken back."))


async def _undo(edition: Edition, row: log.Done, asker: Principal, now: datetime) -> None:
    if row.action == "announcement.made":
        await announcements.end(UUID(row.subject), by=asker.person, now=now)
    elif row.action == "alert.quieted":
        if not await looking.bring_back(edition.id, row.subject, now=now):
            raise Conflict(N_("The alert is shown again already."))
    elif row.action == "session.moved":
        await _move(edition, row.subject, UUID(row.plain["from"]), asker, now)
    else:
        site = await gates.site(edition.id, row.slug)
        if row.action in ("gate.opened", "gate.shut"):
            await (gates.shut_out if row.action == "gate.opened" else gates.open_out)(site, row.subject, by=asker.person, now=now)
        else:
            await (gates.resume if row.action == "entries.paused" else gates.pause)(site, by=asker.person, now=now)


ROUTES = [alert, entries, open_gate, shut_gate, refill, move, undo]
