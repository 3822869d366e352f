"""The organiser's pages of releases and plans: the difference, publication, going back, the planner."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.agenda import changelog, plans, queries, releasing
from forum.agenda.forms import EmptyForm, ReleaseForm
from forum.agenda.plans import PLAN_SECONDS
from forum.errors import Conflict, ForumError, Invalid
from forum.i18n import N_, Message

Page = Response[Any]


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
        plans=await plans.plans(edition.id),
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
        raise web.Refused(error, "/organise/agenda/release") from error
    return web.redirect(request, "/organise/agenda/release", Message(N_("{name} is published."), name=row.name))


@post("/organise/agenda/plans", status_code=303)
async def ask_plan(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    key = await plans.ask(edition, actor=asker.person, now=clock.now())
    return web.redirect(request, f"/organise/agenda/plans/{key}", Message(N_("The planner is at work; nothing changes before you say so.")))


@get("/organise/agenda/plans/{plan:uuid}")
async def plan_page(request: web.AnyRequest, plan: FromPath[UUID]) -> Page:
    edition = await editions.needed()
    found = await plans.plan(edition.id, plan)
    state = await plans.state(found)
    instead = (await plans.placements(edition, plan))[1] if state == "done" else None
    return await web.page(
        request,
        "agenda/plan.html",
        edition=edition,
        plan=found,
        state=state,
        seconds=round(found.seconds),
        most=PLAN_SECONDS,
        changed=await queries.draft_version(edition.id) - found.draft_version,
        diff=await releasing.what_if(edition, instead) if instead is not None else None,
        line=changelog.line,
    )


@post("/organise/agenda/plans/{plan:uuid}/stop", status_code=303)
async def stop_plan(request: web.AnyRequest, plan: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    await plans.stop(await plans.plan((await editions.needed()).id, plan))
    return web.redirect(request, f"/organise/agenda/plans/{plan}", Message(N_("The planner stops; the draft stays as it is.")))


@post("/organise/agenda/plans/{plan:uuid}/application", status_code=303)
async def apply_plan(request: web.AnyRequest, plan: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    try:
        await plans.apply(edition, plan, actor=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        raise web.Refused(error, f"/organise/agenda/plans/{plan}") from error
    return web.redirect(
        request, "/organise/agenda/release", Message(N_("The plan is the draft now. Look at it, publish it; Undo in the agenda brings the old one back."))
    )


ROUTES = [release_form, publish, rollback, ask_plan, plan_page, stop_plan, apply_plan]
