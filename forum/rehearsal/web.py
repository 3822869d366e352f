"""The rehearsal's page: its clock, what to break, and what came of it, with plots and as CSV. Organisers of the forum only, in a demo only."""

from typing import Annotated, Any, Literal

from litestar import Response, get, post
from msgspec import Meta, Struct

from forum import web
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message
from forum.rehearsal.control import SPEEDS, Rehearsal
from forum.rehearsal.plot import curve

Page = Response[Any]


class ActForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """One button: pause, run (at `speed`), jump (`minutes` ahead), the next day, or a fault of `kind`; `back` to the control screen."""

    act: Literal["pause", "run", "jump", "fault", "next"]
    speed: Annotated[int, Meta(ge=1, le=120)] = 10
    minutes: Annotated[int, Meta(ge=1, le=900)] = 10
    kind: Literal["offline", "battery", "late", "ill", "crowd", "room", "speaker", "campus"] = "offline"
    back: Literal["/rehearsal", "/control"] = "/rehearsal"


def under_way(request: web.AnyRequest) -> Rehearsal:
    """The rehearsal of this process. Raises NotFound when there is none."""
    found: Rehearsal | None = getattr(request.app.state, "rehearsal", None)
    if found is None:
        raise NotFound(N_("No rehearsal is under way here."))
    return found


@get("/rehearsal")
async def rehearsal_page(request: web.AnyRequest) -> Page:
    running = under_way(request)
    found = await running.figures()
    inside, meetings, waits, journeys = (curve([(row[0], row[column]) for row in found["minutes"]]) for column in (1, 2, 4, 5))
    plots = {"inside": inside, "meetings": meetings, "waits": waits, "journeys": journeys}
    return await web.page(request, "rehearsal/page.html", running=running, found=found, speeds=SPEEDS, plots=plots)


@post("/rehearsal", status_code=303)
async def act(request: web.AnyRequest) -> Page:
    form, running = await web.form(request, ActForm), under_way(request)
    try:
        said = await _acted(running, form)
    except Conflict as error:
        raise web.Refused(error, web.local_path(form.back)) from error
    return web.redirect(request, form.back, said)


async def _acted(running: Rehearsal, form: ActForm) -> Message | str:
    """Do what the button says; in words what was done. Raises Conflict."""
    match form.act:
        case "pause":
            running.pause()
            return N_("The rehearsal stands still.")
        case "run":
            running.run(float(form.speed))
            return Message(N_("The rehearsal runs, {speed} times as fast."), speed=form.speed)
        case "jump":
            running.jump(form.minutes)
            return Message(N_("{minutes} minutes are lived as fast as the machine can."), minutes=form.minutes)
        case "next":
            running.next_day()
            return N_("The next day begins, half an hour before the doors open.")
    fault = await running.inject(form.kind)
    return Message(N_("It happens at the next minute, on Campus {number}."), number=fault.campus)


@get("/rehearsal/report.csv")
async def report_csv(request: web.AnyRequest) -> Response[str]:
    from forum.rehearsal.report import as_csv

    return _csv(as_csv(await under_way(request).figures()), "rehearsal")


@get("/rehearsal/minutes.csv")
async def minutes_of_the_day(request: web.AnyRequest) -> Response[str]:
    from forum.rehearsal.report import minutes_csv

    return _csv(minutes_csv(await under_way(request).figures()), "rehearsal-minutes")


def _csv(text: str, name: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "private, no-store"}
    return Response(text, media_type="text/csv", headers=headers)


@get("/rehearsal/report.json")
async def report_json(request: web.AnyRequest) -> Response[dict[str, Any]]:
    return Response(await under_way(request).figures(), headers={"cache-control": "private, no-store"})


ROUTES = [rehearsal_page, act, report_csv, minutes_of_the_day, report_json]
