"""Pages of places: a campus for everybody; edition and campuses for organisers. Rooms and travel have modules of their own."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.campuses import lists as _lists  # registers the lists of campuses and rooms  # noqa: F401
from forum.campuses import queries, service, travels, web_rooms, web_travel
from forum.campuses.answers import answered, typed
from forum.campuses.forms import CampusDayForm, CampusForm, EditionDayForm, EditionForm, NothingForm
from forum.campuses.model import Campus
from forum.editions import Edition
from forum.errors import Conflict, Invalid
from forum.i18n import N_, Message

Page = Response[Any]
NEAREST = 6


# --- for everybody ------------------------------------------------------------------------------------------


@get("/campus/{slug:str}")
async def campus_page(request: web.AnyRequest, slug: FromPath[str]) -> Page:
    edition = await editions.needed()
    campus = await queries.campus(edition.id, slug)
    away = (await travels.matrix_of(edition.id)).row(slug)
    others = [c for c in await queries.campuses(edition.id) if c.slug != slug]
    near = sorted(((away[c.slug], c) for c in others if c.slug in away), key=lambda pair: (pair[0], pair[1].number))[:NEAREST]
    return await web.page(
        request, "campuses/campus.html", edition=edition, campus=campus, days=await queries.days(campus.id), rooms=await queries.rooms(campus.id),
        gates=await queries.gates(campus.id), near=near,
    )  # fmt: skip


# --- the edition --------------------------------------------------------------------------------------------


async def mine(request: web.AnyRequest, edition: Edition) -> list[Campus]:
    """The campuses this person organises."""
    own = (await web.signed_in(request)).campuses()
    return [c for c in await queries.campuses(edition.id) if own is None or c.slug in own]


async def _edition_page(request: web.AnyRequest, error: Invalid | Conflict | None = None) -> Page:
    editions.forget()
    edition = await editions.needed()
    there = typed(EditionForm, edition) | {"version": await service.version_of(edition.id)}
    for name, limit in (("registration_opens", service.DISTANT_PAST), ("registration_closes", service.DISTANT_FUTURE)):
        there[name] = "" if there[name] == limit else f"{clock.local(there[name], edition.zone):%Y-%m-%dT%H:%M}"
    values = there | await web.posted(request) if error else there
    return await web.page(request, "campuses/edition.html", edition=edition, there=there, **answered(request, error, values, there))


@get("/organise/edition")
async def edition_form(request: web.AnyRequest) -> Page:
    return await _edition_page(request)


@post("/organise/edition", status_code=303)
async def save_edition(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    try:
        await service.save_edition(await editions.needed(), await web.form(request, EditionForm), by=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        return await _edition_page(request, error)
    return web.redirect(request, "/organise/edition", N_("Saved."))


@post("/organise/edition/days", status_code=303)
async def save_edition_day(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    try:
        await service.save_edition_day(await editions.needed(), await web.form(request, EditionDayForm), by=asker.person, now=clock.now())
    except Invalid as error:
        return await _edition_page(request, error)
    return web.redirect(request, "/organise/edition", N_("Saved."))


@post("/organise/edition/days/{day:date}/remove", status_code=303)
async def remove_edition_day(request: web.AnyRequest, day: FromPath[date]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    try:
        await service.remove_edition_day(await editions.needed(), day, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, "/organise/edition") from error
    return web.redirect(request, "/organise/edition", N_("The day is taken off."))


# --- campuses -----------------------------------------------------------------------------------------------


@get("/organise/campuses")
async def campuses_page(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    return await web.page(
        request, "campuses/list.html", edition=edition, campuses=await mine(request, edition), sizes=await queries.sizes(edition.id),
        days=await queries.days_of_all(edition.id),
    )  # fmt: skip


NEW = {"number": "", "name": "", "city": "Paris", "step_free": True, "version": 0}


async def _new_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    taken = {c.number for c in await queries.campuses(edition.id)}
    free = NEW | {"number": next(n for n in range(1, 1000) if n not in taken)}
    values = {"version": 0} | await web.posted(request) if error else free
    return await web.page(request, "campuses/edit.html", edition=edition, campus=None, days=(), sizes=None, **answered(request, error, values, {}))


@get("/organise/campuses/new")
async def new_campus_form(request: web.AnyRequest) -> Page:
    return await _new_page(request)


@post("/organise/campuses/new", status_code=303)
async def add_campus(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    try:
        campus = await service.add_campus(await editions.needed(), await web.form(request, CampusForm), by=asker.person, now=clock.now())
    except Invalid as error:
        return await _new_page(request, error)
    said = Message(N_("Campus {number} is there. Now its rooms, tables and doors."), number=campus.number)
    return web.redirect(request, f"/organise/campus/{campus.slug}/rooms", said)


async def _edit_page(request: web.AnyRequest, slug: str, error: Invalid | Conflict | None = None) -> Page:
    edition = await editions.needed()
    campus = await queries.campus(edition.id, slug)
    there = typed(CampusForm, campus)
    values = ({"version": campus.version} | await web.posted(request)) if error else there
    sizes = (await queries.sizes(edition.id)).get(campus.id)
    days = {d.day: d for d in await queries.days(campus.id)}
    return await web.page(request, "campuses/edit.html", edition=edition, campus=campus, days=days, sizes=sizes, **answered(request, error, values, there))


@get("/organise/campus/{campus:str}")
async def campus_form(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    return await _edit_page(request, campus)


@post("/organise/campus/{campus:str}", status_code=303)
async def save_campus(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        await service.save_campus(await editions.needed(), campus, await web.form(request, CampusForm), by=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        return await _edit_page(request, campus, error)
    return web.redirect(request, f"/organise/campus/{campus}", N_("Saved."))


@post("/organise/campus/{campus:str}/days", status_code=303)
async def save_campus_day(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        await service.save_campus_day(await editions.needed(), campus, await web.form(request, CampusDayForm), by=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        raise web.Refused(error, f"/organise/campus/{campus}#days") from error
    return web.redirect(request, f"/organise/campus/{campus}#days", N_("Saved."))


@get("/organise/campus/{campus:str}/remove")
async def ask_remove_campus(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    edition = await editions.needed()
    found = await queries.campus(edition.id, campus)
    return await web.page(request, "campuses/remove.html", edition=edition, campus=found, sizes=(await queries.sizes(edition.id))[found.id])


@post("/organise/campus/{campus:str}/remove", status_code=303)
async def remove_campus(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    try:
        await service.remove_campus(await editions.needed(), campus, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, f"/organise/campus/{campus}") from error
    return web.redirect(request, "/organise/campuses", N_("The campus is taken out of the edition."))


ROUTES = [
    campus_page, edition_form, save_edition, save_edition_day, remove_edition_day, campuses_page, new_campus_form, add_campus,
    campus_form, save_campus, save_campus_day, ask_remove_campus, remove_campus, *web_rooms.ROUTES, *web_travel.ROUTES,
]  # fmt: skip
