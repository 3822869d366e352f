"""Runs in the studio: asked for, followed, stopped, shown as a grid, published; their files to check elsewhere."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, web
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.matchmaking import dossier, extra_people, figures, grids, publishing, repairing, rules, runs, scenarios, studio
from forum.matchmaking.forms import EmptyForm, FindForm, PublishForm, RunForm
from forum.matchmaking.plot import plot
from forum.matchmaking.scenario import parse

Page = Response[Any]


async def drawn(run: runs.Run) -> Any:
    """The plot of a run so far; None before its first plan."""
    points = await runs.points(run.id)
    return plot([(p.seconds, p.value, p.bound) for p in points], until=run.time_limit if not run.over else max([p.seconds for p in points], default=1.0))


@post("/studio/runs", status_code=303)
async def ask_run(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    form = await web.form(request, RunForm)
    if form.look:
        return web.redirect(request, f"/studio?w={rules.weights_out(runs.weights_json(rules.weights_of(form)))}#we")
    try:
        scenario = await scenarios.from_form(edition, form)
        number = await runs.ask(
            edition, by=asker.person, now=clock.now(), weights=rules.weights_of(form), guarantee=form.guarantee, seed=form.seed, time_limit=form.seconds,
            scenario=scenario, kind="plan" if scenario.empty else "what-if",
        )  # fmt: skip
    except (Conflict, Invalid) as error:
        raise web.Refused(error, f"/studio/runs/{form.lock_run}/grid" if form.lock_run else "/studio") from error
    return web.redirect(request, f"/studio/runs/{number}", Message(N_("Run {number} is asked for."), number=number))


@get("/studio/runs/{number:int}")
async def run_page(request: web.AnyRequest, number: FromPath[int]) -> Page:
    """One run: progress, figures, what it would change."""
    edition = await editions.needed()
    run = await runs.run_by_number(edition.id, number)
    versions = await studio.versions(edition.id)
    return await web.page(
        request, "matchmaking/run.html", edition=edition, run=run, plot=await drawn(run),
        difference=await studio.difference(edition, run.id, parse(run.scenario).locked) if run.has_plan else None,
        versions=versions, current=versions[0].number if versions else 0, changed=await studio.changed_since(edition.id, run.started_at) if run.started_at else {},
        figures=figures, only_tried=run.has_plan and await extra_people.only_tried(run.id), conflict=await dossier.conflict(edition, run), sliders=rules.SLIDERS,
        scenario=await scenarios.in_words(run), by_hand=run.kind == "repair" and run.has_plan and not repairing.small(run.metrics),
        drawn=run.has_plan and await scenarios.drawn(run), room=await scenarios.closed_room(run) if run.has_plan else None,
    )  # fmt: skip


@get("/studio/runs/{number:int}/now")
async def run_now(request: web.AnyRequest, number: FromPath[int]) -> Page:
    """How the run goes, alone."""
    edition = await editions.needed()
    run = await runs.run_by_number(edition.id, number)
    return await web.page(
        request, "matchmaking/run_now.html", edition=edition, run=run, plot=await drawn(run), conflict=await dossier.conflict(edition, run), scenario=await scenarios.in_words(run),
        fragment=True,
    )  # fmt: skip


@post("/studio/runs/{number:int}/stop", status_code=303)
async def stop_run(request: web.AnyRequest, number: FromPath[int]) -> Page:
    edition = await editions.needed()
    await web.form(request, EmptyForm)
    await runs.stop(edition, number, now=clock.now())
    return web.redirect(request, f"/studio/runs/{number}", N_("Stopping; the best plan so far is kept."))


@post("/studio/runs/{number:int}/publish", status_code=303)
async def publish(request: web.AnyRequest, number: FromPath[int]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    form = await web.form(request, PublishForm)
    try:
        done = await publishing.publish(edition, number, by=asker.person, now=clock.now(), expected_version=form.expected)
    except Conflict as error:
        raise web.Refused(error, f"/studio/runs/{number}") from error
    return web.redirect(request, f"/studio/versions/{done.number}", done_in_words(done), kind="warn" if done.skipped else "ok")


@post("/studio/runs/{number:int}/bring", status_code=303)
async def bring(request: web.AnyRequest, number: FromPath[int]) -> Page:
    """The people a what-if added come for real: free recruiters of the company at free tables."""
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    try:
        count = await extra_people.bring(edition, number, by=asker.person, now=clock.now())
    except (Conflict, NotFound) as error:
        raise web.Refused(error, f"/studio/runs/{number}") from error
    return web.redirect(request, f"/studio/runs/{number}", Message(N_("{count} people have a table. The run can be published."), count=count))


def done_in_words(done: publishing.Published) -> Message:
    """What a publication did, as one sentence."""
    return Message(N_("Version {number} is published: {added} added, {moved} moved, {gone} gone, {skipped} to look at."), number=done.number, added=done.added, moved=done.moved,
                   gone=done.gone, skipped=done.skipped)  # fmt: skip


@get("/studio/runs/{number:int}/grid")
async def grid_page(request: web.AnyRequest, number: FromPath[int], by: FromQuery[str] = "company", of: FromQuery[str] = "") -> Page:
    """A plan as a grid, per company, campus or candidate."""
    edition = await editions.needed()
    run = await runs.run_by_number(edition.id, number)
    return await _grid_page(request, edition, run, await grids.grid(edition, run.id, by if by in grids.KINDS else "company", of))


@post("/studio/runs/{number:int}/grid")
async def find_in_grid(request: web.AnyRequest, number: FromPath[int]) -> Page:
    """The grid of a person looked up by name: posted, so that no name stands in an address."""
    edition, form = await editions.needed(), await web.form(request, FindForm)
    run = await runs.run_by_number(edition.id, number)
    return await _grid_page(request, edition, run, await grids.grid(edition, run.id, "candidate", "", form.name))


async def _grid_page(request: web.AnyRequest, edition: editions.Edition, run: runs.Run, made: grids.PlanGrid) -> Page:
    """The grid with the what-if that starts from it: what the run's own what-if locked is ticked, or goes along when it is not in sight."""
    locked = {f"{one.candidate}|{one.company}" for one in parse(run.scenario).locked}
    return await web.page(
        request, "matchmaking/grid.html", edition=edition, run=run, grid=made, kinds=grids.KINDS, locked=locked, sliders=rules.SLIDERS,
        unseen=sorted(locked - {cell.pair for cell in made.cells.values()}), choices=await scenarios.choices(edition),
    )  # fmt: skip


@get("/studio/runs/{number:int}/problem.json")
async def problem_file(request: web.AnyRequest, number: FromPath[int]) -> Response[bytes]:
    """The inputs of a run in the public file format, to check and to run again."""
    edition = await editions.needed()
    run = await runs.run_by_number(edition.id, number)
    return Response(
        await dossier.problem_file(run.id), media_type="application/json", headers={"content-disposition": f'attachment; filename="run-{number}-problem.json"'}
    )


@get("/studio/runs/{number:int}/plan.json")
async def plan_file(request: web.AnyRequest, number: FromPath[int]) -> Response[bytes]:
    """The plan of a run in the public file format, for any checker."""
    edition = await editions.needed()
    run = await runs.run_by_number(edition.id, number)
    return Response(
        await dossier.plan_file(edition, run), media_type="application/json", headers={"content-disposition": f'attachment; filename="run-{number}-plan.json"'}
    )


ROUTES = [ask_run, run_page, run_now, stop_run, publish, bring, grid_page, find_in_grid, problem_file, plan_file]
