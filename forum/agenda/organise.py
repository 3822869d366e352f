"""The organiser's pages: the editor of the draft, sessions, releases, plans, the door of a room."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, db, editions, jobs, web
from forum.access import Principal
from forum.agenda import changelog, drafting, programme, queries, releasing, room_door, service
from forum.agenda.forms import EditForm, EmptyForm, ReleaseForm, SessionForm, StepForm
from forum.agenda.model import Fault
from forum.agenda.rules import Grounds, faults
from forum.clock import at_local
from forum.editions import Edition
from forum.errors import Conflict, Forbidden, ForumError, Invalid, NotFound
from forum.i18n import N_, Message

Page = Response[Any]


# --- the editor ---------------------------------------------------------------------------------------------


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


async def _may_touch(edition: Edition, asker: Principal, sessions: Iterable[UUID], room: UUID | None) -> None:
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
    await _may_touch(edition, asker, form.session, form.room)
    try:
        said = await _edit(edition, form, asker.person)
    except (Conflict, Invalid, NotFound) as error:
        return web.redirect(request, web.local_path(form.back), error.message, kind="bad")
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
        return web.redirect(request, web.local_path(form.back), error.message, kind="bad")
    return web.redirect(request, web.local_path(form.back), Message(said))


# --- sessions -----------------------------------------------------------------------------------------------


@get("/organise/agenda/sessions/{code:str}")
async def session_form(request: web.AnyRequest, code: FromPath[str]) -> Page:
    edition = await editions.needed()
    if code == "new":
        return await _session_page(request, edition, "", {"minutes": 45, "language": "fr", "kind": "talk", "version": 0, "reservable": True})
    return await _session_page(request, edition, code, await _values(edition, code))


async def _values(edition: Edition, code: str) -> dict[str, Any]:
    session, version = await service.session(edition.id, code)
    values = {name: getattr(session, name) for name in SessionForm.__struct_fields__ if hasattr(session, name)}
    return values | {"speakers": "\n".join(s.name for s in session.speakers), "needs": ", ".join(sorted(session.needs)), "version": version}


async def _session_page(
    request: web.AnyRequest, edition: Edition, code: str, values: dict[str, Any], error: ForumError | None = None, theirs: dict[str, Any] | None = None
) -> Page:
    faults_ = web.invalid_page_values(error, web.lang_of(request)) if isinstance(error, Invalid) else {}
    return await web.page(
        request,
        "agenda/session_form.html",
        status=409 if theirs else 422 if error else 200,
        edition=edition,
        code=code,
        values=dict.fromkeys(SessionForm.__struct_fields__, "") | values,
        faults=faults_,
        theirs=theirs,
        error=error,
        tracks=await db.column("SELECT DISTINCT track FROM session WHERE edition = $1 AND track <> '' ORDER BY 1", edition.id),
    )


@post("/organise/agenda/sessions/{code:str}", status_code=303)
async def save_session(request: web.AnyRequest, code: FromPath[str]) -> Page:
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        form = await web.form(request, SessionForm)
        names = form.speakers.splitlines()
        if code == "new":
            await service.create_session(edition, form.words(), names, actor=asker.person, now=clock.now())
        else:
            session, _ = await service.session(edition.id, code)
            await _may_touch(edition, asker, [session.id], None)
            await service.edit_session(edition, session.id, form.words(), names, version=form.version, actor=asker.person, now=clock.now())
    except Invalid as error:
        return await _session_page(request, edition, "" if code == "new" else code, await web.posted(request), error)
    except Conflict as error:
        theirs = await _values(edition, code)
        return await _session_page(request, edition, code, await web.posted(request) | {"version": theirs["version"]}, error, theirs)
    return web.redirect(request, "/organise/agenda", Message(N_("Saved in the draft.")))


@post("/organise/agenda/sessions/{code:str}/withdrawal", status_code=303)
async def withdraw(request: web.AnyRequest, code: FromPath[str]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    session, _ = await service.session(edition.id, code)
    await _may_touch(edition, asker, [session.id], None)
    await service.withdraw_session(edition, session.id, actor=asker.person, now=clock.now())
    return web.redirect(request, "/organise/agenda", Message(N_("Withdrawn: the next release cancels it.")))


# --- releases and plans -------------------------------------------------------------------------------------


@get("/organise/agenda/release")
async def release_form(request: web.AnyRequest) -> Page:
    return await _release_page(request)


async def _release_page(request: web.AnyRequest, error: ForumError | None = None) -> Page:
    edition = await editions.needed()
    return await web.page(
        request,
        "agenda/release.html",
        status=200 if error is None else 409 if isinstance(error, Conflict) else 422,
        edition=edition,
        found=await releasing.what_if(edition),
        line=changelog.line,
        releases=await queries.releases(edition.id),
        plans=await queries.plans(edition.id),
        values=await web.posted(request) if error is not None else {},
        error=error,
        faults=web.invalid_page_values(error, web.lang_of(request)) if isinstance(error, Invalid) else {},
    )


@post("/organise/agenda/releases", status_code=303)
async def publish(request: web.AnyRequest) -> Page:
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        form = await web.form(request, ReleaseForm)
        row = await releasing.publish(edition, form.name, version=form.version, actor=asker.person, now=clock.now(), note=form.note, despite=bool(form.despite))
    except (Invalid, Conflict) as error:
        return await _release_page(request, error)
    return web.redirect(request, "/organise/agenda/release", Message(N_("{name} is published."), name=row.name))


@post("/organise/agenda/releases/{number:int}/rollback", status_code=303)
async def rollback(request: web.AnyRequest, number: FromPath[int]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        row = await releasing.rollback(edition, number, actor=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        return web.redirect(request, "/organise/agenda/release", error.message, kind="bad")
    return web.redirect(request, "/organise/agenda/release", Message(N_("{name} is published."), name=row.name))


@post("/organise/agenda/plans", status_code=303)
async def ask_plan(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    async with db.transaction():
        await jobs.enqueue("agenda.plan", {"edition": edition.slug, "actor": str(asker.person)}, key=f"agenda.plan:{edition.slug}")
    return web.redirect(request, "/organise/agenda/release#plans", Message(N_("The planner is at work; its plan is here in about a minute.")))


@post("/organise/agenda/plans/{plan:uuid}/application", status_code=303)
async def apply_plan(request: web.AnyRequest, plan: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        await drafting.apply_plan(edition, plan, actor=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        return web.redirect(request, "/organise/agenda/release", error.message, kind="bad")
    return web.redirect(request, "/organise/agenda", Message(N_("The plan is the draft now. Undo brings the old one back.")))


# --- the door of a room -------------------------------------------------------------------------------------


@get("/organise/agenda/door/{code:str}")
async def door_page(request: web.AnyRequest, code: FromPath[str]) -> Page:
    edition = await editions.needed()
    return await web.page(request, "agenda/door.html", edition=edition, at=await room_door.state(edition, code, now=clock.now()))


@post("/organise/agenda/door/{code:str}/walk-ins", status_code=303)
async def walk_in(request: web.AnyRequest, code: FromPath[str]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    came = await room_door.walk_in(edition, code, actor=asker.person, now=clock.now())
    said = N_("Come in: a seat is free.") if came else N_("The room is full.")
    return web.redirect(request, f"/organise/agenda/door/{code}", Message(said), kind="ok" if came else "bad")


@post("/organise/agenda/door/{code:str}/arrivals/{seat:uuid}", status_code=303)
async def arrive(request: web.AnyRequest, code: FromPath[str], seat: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    await room_door.arrive(edition, code, seat, actor=asker.person, now=clock.now())
    return web.redirect(request, f"/organise/agenda/door/{code}")


ROUTES = [
    editor, edit, undo, redo, session_form, save_session, withdraw, release_form, publish, rollback, ask_plan, apply_plan, door_page, walk_in, arrive,
]  # fmt: skip
