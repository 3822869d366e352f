"""The organiser's pages of one session: its words, saved without losing anybody's, and its withdrawal."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, db, editions, web
from forum.agenda import service
from forum.agenda.forms import EmptyForm, SessionForm
from forum.agenda.organise import may_touch
from forum.editions import Edition
from forum.errors import Conflict, ForumError, Invalid
from forum.i18n import N_, Message

Page = Response[Any]


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
            await may_touch(edition, asker, [session.id], None)
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
    await may_touch(edition, asker, [session.id], None)
    await service.withdraw_session(edition, session.id, actor=asker.person, now=clock.now())
    return web.redirect(request, "/organise/agenda", Message(N_("Withdrawn: the next release cancels it.")))


ROUTES = [session_form, save_session, withdraw]
