"""The organiser's editor: the draft of one campus and day, and the edits of it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery

from forum import clock, db, editions, web
from forum.access import Principal
from forum.agenda import drafting, programme, queries, releasing
from forum.agenda.forms import EditForm, StepForm
from forum.agenda.model import Fault
from forum.agenda.rules import Grounds, faults
from forum.clock import at_local
from forum.editions import Edition
from forum.errors import Conflict, Forbidden, ForumError, Invalid, NotFound
from forum.i18n import N_, Message

Page = Response[Any]


@get("/organise/agenda")
async def editor(request: web.AnyRequest, campus: FromQuery[str] = "", day: FromQuery[str] = "") -> Page:
    edition = await editions.needed()
    asker = await web.signed_in(request)
    ground = await releasing.grounds(edition)
    draft = await queries.draft(edition.id)
    items = releasing.items_of(draft, ground)
    sites = _mine(ground, asker)
    if not sites:
        return await web.page(request, "agenda/editor_empty.html", edition=edition)
    slug = campus if campus in sites else sites[0]
    days = sorted({d.day for d in edition.days} | {programme.day_of(i) for i in items}) or [clock.now().date()]
    on = next((d for d in days if d.isoformat() == day), days[0])
    opens, closes = _hours(ground, slug, on)
    rooms = [room for room in ground.rooms.values() if room.campus == slug]
    placed = {p.session for p in draft}
    found = faults(draft, ground)
    return await web.page(
        request,
        "agenda/editor.html",
        edition=edition,
        version=await queries.draft_version(edition.id),
        grid=programme.editor_grid(items, ground.campuses[slug], rooms, on, opens, closes),
        campuses=[ground.campuses[s] for s in sites],
        slug=slug,
        day=on,
        days=days,
        rooms=[r for r in ground.rooms.values() if r.campus in sites],
        pool=[s for s in ground.sessions.values() if s.id not in placed],
        faults=found,
        faulty=_by_session(found),
        locked={p.session for p in draft if p.locked},
        interest=ground.interest,
        history=await drafting.history(edition.id, 8),
        codes={s.id: s.code for s in ground.sessions.values()},
    )


def _mine(ground: Grounds, asker: Principal) -> list[str]:
    """The campuses this organiser may arrange."""
    allowed = asker.campuses()
    return [slug for slug in ground.campuses if allowed is None or slug in allowed]


def _hours(ground: Grounds, campus: str, day: date) -> tuple[datetime, datetime]:
    zone = ground.campuses[campus].zone
    begin = at_local(day, time(9), zone)
    found = [i for i in ground.opening.get(campus, ()) if clock.local(i.start, zone).date() == day]
    return (found[0].start, found[0].end) if found else (begin, begin + timedelta(hours=10))


def _by_session(found: Iterable[Fault]) -> dict[UUID, list[Message]]:
    kept: dict[UUID, list[Message]] = {}
    for fault in found:
        for session in fault.sessions:
            kept.setdefault(session, []).append(fault.message)
    return kept


async def may_touch(edition: Edition, asker: Principal, sessions: Iterable[UUID], room: UUID | None) -> None:
    """A campus organiser arranges their own campus: what stands there, what is put there. Raises Forbidden."""
    allowed = asker.campuses()
    if allowed is None:
        return
    slugs = await db.column(
        """SELECT DISTINCT c.slug FROM room r JOIN campus c ON c.id = r.campus
           WHERE r.id = $1 OR r.id IN (SELECT room FROM placement WHERE session = ANY($2))""",
        room,
        list(sessions),
    )
    if not set(slugs) <= allowed:
        raise Forbidden(N_("You arrange the sessions of your own campus."))


@post("/organise/agenda/edits", status_code=303)
async def edit(request: web.AnyRequest) -> Page:
    form = await web.form(request, EditForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    await may_touch(edition, asker, form.session, form.room)
    try:
        said = await _edit(edition, form, asker.person)
    except (Conflict, Invalid, NotFound) as error:
        raise web.Refused(error, web.local_path(form.back)) from error
    return web.redirect(request, web.local_path(form.back), said)


async def _edit(edition: Edition, form: EditForm, actor: UUID) -> Message | None:
    now, keys = clock.now(), form.session
    common: dict[str, Any] = {"version": form.version, "actor": actor, "now": now}
    if not keys:
        raise Invalid(N_("Choose at least one session."))
    match form.act:
        case "place":
            if form.room is None or form.start is None:
                raise Invalid(N_("Say which room, and when."))
            await drafting.place(edition, keys[0], form.room, await _instant(edition, form.room, form.start), **common)
        case "shift":
            await drafting.move(edition, keys, timedelta(minutes=form.by), room=form.room, **common)
        case "take-off":
            await drafting.take_off(edition, keys, **common)
        case "lock" | "unlock":
            await drafting.lock(edition, keys, form.act == "lock", **common)
        case "copy":
            for key in keys:
                await drafting.copy(edition, key, actor=actor, now=now)
            return Message(N_("The copy waits beside the grid."))
        case _:
            raise Invalid(N_("There is no such action."))
    return None


async def _instant(edition: Edition, room: UUID, start: datetime) -> datetime:
    """A wall-clock time on a room's campus. Raises Invalid for the hour that does not exist when clocks change."""
    zone = await db.value("SELECT c.zone FROM room r JOIN campus c ON c.id = r.campus WHERE r.id = $1 AND c.edition = $2", room, edition.id)
    if zone is None:
        raise NotFound(N_("There is no such room."))
    naive = start.replace(tzinfo=None)
    moment = at_local(naive.date(), naive.time(), zone)
    if clock.local(moment, zone).replace(tzinfo=None) != naive:
        raise Invalid(N_("The clocks change then: this hour does not exist."), field="start")
    return moment


@post("/organise/agenda/undo", status_code=303)
async def undo(request: web.AnyRequest) -> Page:
    return await _step(request, drafting.undo, N_("Undone."))


@post("/organise/agenda/redo", status_code=303)
async def redo(request: web.AnyRequest) -> Page:
    return await _step(request, drafting.redo, N_("Done again."))


async def _step(request: web.AnyRequest, step: Any, said: str) -> Page:
    form = await web.form(request, StepForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        await step(edition, version=form.version, actor=asker.person, now=clock.now())
    except ForumError as error:
        raise web.Refused(error, web.local_path(form.back)) from error
    return web.redirect(request, web.local_path(form.back), Message(said))


ROUTES = [editor, edit, undo, redo]
