"""The studio of the organisers: see the seats, run, compare, try, publish, repair; and the public page about it all."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, db, editions, jobs, pages, web
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.matchmaking import (
    business_meetings,
    changes,
    closing,
    dossier,
    figures,
    impact,
    parity,
    publishing,
    queries,
    questions,
    rules,
    runs,
    scenarios,
    studio,
    team,
    web_runs,
)
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import AnswerForm, CloseForm, EmptyForm, LockForm, MoveForm, PublishForm, TargetForm
from forum.matchmaking.scenario import parse

Page = Response[Any]
FIRST_SEATS = 12  # offered for a meeting without a place


@get("/studio")
async def studio_page(request: web.AnyRequest, w: FromQuery[str] = "", close_campus: FromQuery[str] = "") -> Page:
    """*w* are weights to look at; *close_campus* opens the what-if at a campus (from the control screen)."""
    edition, now = await editions.needed(), clock.now()
    listed = await runs.runs(edition.id, limit=12)
    shown = _shown(listed)
    sums = await studio.seat_arithmetic(edition, now=now)
    versions = await studio.versions(edition.id)
    weights = rules.weights_in(w) or (shown.weights if shown else runs.weights_json(runs.DEFAULT_WEIGHTS))
    return await web.page(
        request, "matchmaking/studio.html", edition=edition, sums=sums, short=await studio.names([UUID(c) for c in sums.short]), runs=listed, shown=shown,
        plot=await web_runs.drawn(shown) if shown else None, versions=versions, troubles=await studio.troubles(edition.id), questions=await questions.open_questions(edition.id),
        business=await business_meetings.standing(edition.id), business_waiting=await business_meetings.waiting_names(edition.id), side=figures.side_by_side([r for r in listed if r.has_plan][:4]),
        sliders=rules.SLIDERS, values=rules.slider_values(weights), examples=rules.examples(weights), close_campus=close_campus, fixed=await rules.fixed(edition.id),
        parity=await parity.by_run(edition, [r for r in listed if r.has_plan][:4]), choices=await scenarios.choices(edition), parity_words=parity.GROUPS,
        guarantee=shown.guarantee if shown else max(1, sums.guarantee), refresh=shown is not None and not shown.over,
    )  # fmt: skip


def _shown(listed: list[runs.Run]) -> runs.Run | None:
    """The run under way, else the last one with a plan."""
    return next((r for r in listed if not r.over), None) or next((r for r in listed if r.has_plan), None)


@get("/studio/now")
async def studio_now(request: web.AnyRequest) -> Page:
    """What moves in the studio, alone: no seats are counted anew for it."""
    edition = await editions.needed()
    shown = _shown(await runs.runs(edition.id, limit=12))
    return await web.page(
        request, "matchmaking/studio_now.html", edition=edition, shown=shown, plot=await web_runs.drawn(shown) if shown else None,
        business=await business_meetings.standing(edition.id), business_waiting=await business_meetings.waiting_names(edition.id),
    )  # fmt: skip


@get("/studio/weights.json")
async def weights_in_words(request: web.AnyRequest, w: FromQuery[str]) -> Response[dict[str, Any]]:
    """What weights mean, for the sliders while they move. Raises NotFound for what are no weights."""
    weights = rules.weights_in(w)
    if weights is None:
        raise NotFound(N_("There is no such page."))
    say = pages.words(web.lang_of(request))
    return Response(
        {"meanings": {name: say(words) for name, (_, words) in rules.slider_values(weights).items()}, "examples": [say(e) for e in rules.examples(weights)]}
    )


@post("/studio/meetings/{meeting:uuid}/lock", status_code=303)
async def lock(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """A locked meeting stays where it is in every later run and version, until it is unlocked or a person moves it."""
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, LockForm)
    path = web.local_path(form.next) if form.next else "/studio"
    try:
        await changes.lock(edition, meeting, form.locked, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, path) from error
    return web.redirect(
        request, path, N_("Locked: later plans leave this meeting where it is.") if form.locked else N_("Unlocked: the next plan may move this meeting.")
    )


@get("/studio/versions/{number:int}")
async def version_page(request: web.AnyRequest, number: FromPath[int]) -> Page:
    edition = await editions.needed()
    versions = await studio.versions(edition.id)
    version = next((v for v in versions if v.number == number), None)
    if version is None:
        raise NotFound(N_("There is no such version."))
    return await web.page(
        request, "matchmaking/version.html", edition=edition, version=version, latest=versions[0].number, skipped=await studio.changes_of(version.id, "skipped"),
        moved=await studio.changes_of(version.id, "moved", limit=200), gone=await studio.changes_of(version.id, "gone", limit=200), reasons=publishing.REASONS,
    )  # fmt: skip


@post("/studio/versions/{number:int}/roll-back", status_code=303)
async def roll_back(request: web.AnyRequest, number: FromPath[int]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    form = await web.form(request, PublishForm)
    try:
        done = await publishing.roll_back(edition, number, by=asker.person, now=clock.now(), expected_version=form.expected)
    except Conflict as error:
        raise web.Refused(error, f"/studio/versions/{number}") from error
    return web.redirect(request, f"/studio/versions/{done.number}", web_runs.done_in_words(done), kind="warn" if done.skipped else "ok")


@post("/studio/changes/{change:int}/resolve", status_code=303)
async def resolve(request: web.AnyRequest, change: FromPath[int]) -> Page:
    """A row that did not go through was looked at by a person."""
    asker = await web.signed_in(request)
    await web.form(request, EmptyForm)
    number = await db.value(
        """UPDATE plan_change c SET resolved_at = $2, resolved_by = $3 FROM plan_version v WHERE c.id = $1 AND v.id = c.version AND c.resolved_at IS NULL RETURNING v.number""",
        change, clock.now(), asker.person,
    )  # fmt: skip
    if number is None:
        raise NotFound(N_("This row is resolved already."))
    return web.redirect(request, f"/studio/versions/{number}", N_("Noted as resolved."))


@post("/studio/questions/{question:uuid}", status_code=303)
async def answer(request: web.AnyRequest, question: FromPath[UUID]) -> Page:
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, AnswerForm)
    await questions.answer(edition, question, form.answer, by=asker.person, now=clock.now())
    return web.redirect(request, "/studio", N_("Answered."))


@get("/studio/log.json")
async def log(request: web.AnyRequest) -> Response[bytes]:
    """The run log, whole: what the law on automated decisions asks for, as one file."""
    edition = await editions.needed()
    return Response(
        await dossier.log_json(edition), media_type="application/json",
        headers={"content-disposition": f'attachment; filename="runs-{edition.slug}.json"', "cache-control": "private, no-store"},
    )  # fmt: skip


@get("/studio/impact")
async def impact_page(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    return await web.page(
        request,
        "matchmaking/impact.html",
        edition=edition,
        measures=await impact.measures(edition.id),
        words=impact.WORDS,
        values={},
        faults={},
        territories=await parity.of_held(edition),
        parity_words=parity.GROUPS,
        small=parity.SMALL,
    )


@post("/studio/impact", status_code=303)
async def set_targets(request: web.AnyRequest) -> Page:
    edition, form = await editions.needed(), await web.form(request, TargetForm)
    await impact.set_targets(edition.id, {name: getattr(form, name) for name in TargetForm.__struct_fields__})
    return web.redirect(request, "/studio/impact", N_("The targets are kept."))


@get("/how-meetings-are-proposed")
async def how(request: web.AnyRequest) -> Page:
    """For everybody: the rules and weights in force, made from the live ones."""
    edition = await editions.needed()
    return await web.page(request, "matchmaking/how.html", edition=edition, **await rules.public(edition))


@get("/studio/trouble/{meeting:uuid}")
async def trouble_page(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """One meeting that lost its place: the first free seats that fit both sides, or the end of it."""
    edition = await editions.needed()
    found = next((t for t in await studio.troubles(edition.id) if t.meeting == meeting), None)
    if found is None:
        raise NotFound(N_("This meeting has a place, or is over."))
    seats = await team.open_seats(edition, await queries.meeting(meeting), now=clock.now())
    return await web.page(request, "matchmaking/trouble.html", trouble=found, seats=seats[:FIRST_SEATS])


@post("/studio/trouble/{meeting:uuid}/move", status_code=303)
async def move_troubled(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """An organiser gives it a free seat; both sides are told."""
    asker, edition, form = await web.signed_in(request), await editions.needed(), await web.form(request, MoveForm)
    try:
        recruiter, slot = team.seat_of(form.seat)
        await changes.move(edition, meeting, recruiter, slot, Actor(asker.person, "organiser"), now=clock.now())
    except (Conflict, Invalid) as error:
        raise web.Refused(error, f"/studio/trouble/{meeting}") from error
    return web.redirect(request, "/studio", N_("Moved; both sides are told."))


@post("/studio/trouble/{meeting:uuid}/cancel", status_code=303)
async def cancel_troubled(request: web.AnyRequest, meeting: FromPath[UUID]) -> Page:
    """An organiser ends a meeting that has no place any more; both sides are told."""
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    try:
        await changes.give_up(edition, meeting, Actor(asker.person, "organiser"), now=clock.now(), reason="no place")
    except (Conflict, Invalid) as error:
        raise web.Refused(error, "/studio") from error
    return web.redirect(request, "/studio", N_("Cancelled; both sides are told."))


@post("/studio/close", status_code=303)
async def close_place(request: web.AnyRequest) -> Page:
    """A campus or a room closes now or later: recruiters get other tables, meetings are re-planned with the least change, everyone is told once."""
    asker, edition, now = await web.signed_in(request), await editions.needed(), clock.now()
    form = await web.form(request, CloseForm)
    try:
        locked = parse((await runs.run_by_number(edition.id, form.run)).scenario).locked if form.run else ()
        done = await closing.close(
            edition, form.campus, begins=scenarios.moment(edition, form.begins) or now, by=asker.person, now=now, room=form.room, locked=locked
        )
    except Conflict as error:
        raise web.Refused(error, "/studio") from error
    said = Message(
        N_("Closed: {troubled} meetings are re-planned, {reseated} of {displaced} people have another table."),
        troubled=done.troubled,
        reseated=done.reseated,
        displaced=done.displaced,
    )
    return web.redirect(request, f"/studio/runs/{done.run}", said)


@post("/studio/business", status_code=303)
async def time_business(request: web.AnyRequest) -> Page:
    """Ask the worker to give every business meeting that both sides accepted its time."""
    asker, edition = await web.signed_in(request), await editions.needed()
    await web.form(request, EmptyForm)
    async with db.transaction():
        await jobs.enqueue("matchmaking.business", {"by": str(asker.person)}, key=f"matchmaking.business.{edition.id}")
    return web.redirect(request, "/studio#business", N_("The times are being looked for; what came of it appears below in a moment."))


ROUTES = [
    studio_page, studio_now, weights_in_words, lock, time_business, close_place, version_page, roll_back, resolve, answer, log, impact_page, set_targets, how,
    trouble_page, move_troubled, cancel_troubled,
]  # fmt: skip
