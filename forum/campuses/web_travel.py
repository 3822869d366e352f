"""Organisers' pages of travel: the matrix, one campus's row, one entry with its journey, live changes."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from forum import clock, editions, web
from forum.campuses import queries, travels, uploads
from forum.campuses.forms import NothingForm, OverrideForm, PatchForm
from forum.campuses.travel import Change
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message

Page = Response[Any]


@get("/organise/travel")
async def travel_page(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    by_hand = {(o.origin, o.destination) for o in await queries.overrides(edition.id)}
    return await web.page(
        request, "campuses/travel.html", edition=edition, campuses=await queries.campuses(edition.id), matrix=await travels.matrix_of(edition.id),
        by_hand=by_hand, patches=await queries.patches(edition.id), feed=await queries.feed(edition.id),
    )  # fmt: skip


@get("/organise/travel/changes")
async def changes_page(request: web.AnyRequest) -> Page:
    return await _changes_page(request)


async def _changes_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    start = {"effect": "slower", "percent": 200, "radius_m": 1000}
    return await web.page(
        request, "campuses/travel_changes.html", status=422 if error else 200, edition=edition, campuses=await queries.campuses(edition.id),
        patches=await queries.patches(edition.id), ended=await queries.patches(edition.id, ended=True), feed=await queries.feed(edition.id),
        lines=await travels.lines_of(edition.id), values=await web.posted(request) if error else start,
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


def _said(found: tuple[Change, ...]) -> Message:
    """How many entries changed, and the worst of them."""
    if not found:
        return Message(N_("Saved. No travel time changes."))
    worst = max(found, key=lambda c: abs(c.after - c.before))
    return Message(
        N_("Saved. Travel times changed: {count}; the most from campus {origin} to {destination}, {before} min becomes {after} min."),
        count=len(found), origin=worst.origin, destination=worst.destination, before=worst.before, after=worst.after,
    )  # fmt: skip


@post("/organise/travel/changes", status_code=303)
async def start_change(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    edition = await editions.needed()
    try:
        found = await travels.start_patch(edition.id, await web.form(request, PatchForm), by=asker.person, now=clock.now())
    except Invalid as error:
        return await _changes_page(request, error)
    except NotFound as error:
        return await _changes_page(request, Invalid(error.message, field="around"))
    return web.redirect(request, "/organise/travel/changes", _said(found))


@post("/organise/travel/changes/{change:uuid}/end", status_code=303)
async def end_change(request: web.AnyRequest, change: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    try:
        found = await travels.end_patch((await editions.needed()).id, change, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, "/organise/travel/changes") from error
    return web.redirect(request, "/organise/travel/changes", _said(found))


@get("/organise/travel/from/{origin:str}")
async def row_page(request: web.AnyRequest, origin: FromPath[str]) -> Page:
    edition = await editions.needed()
    campus = await queries.campus(edition.id, origin)
    plain, free = await travels.matrix_of(edition.id), await travels.matrix_of(edition.id, step_free=True)
    by_hand = {o.destination: o for o in await queries.overrides(edition.id) if o.origin == origin}
    others = sorted((c for c in await queries.campuses(edition.id) if c.slug != origin), key=lambda c: (plain.between(origin, c.slug), c.number))
    return await web.page(
        request, "campuses/travel_row.html", edition=edition, campus=campus, others=others, plain=plain.row(origin), free=free.row(origin), by_hand=by_hand
    )


async def _entry_page(request: web.AnyRequest, origin: str, destination: str, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    a, b = await queries.campus(edition.id, origin), await queries.campus(edition.id, destination)
    entry = next((o for o in await queries.overrides(edition.id) if (o.origin, o.destination) == (origin, destination)), None)
    plain = await travels.journey_of(edition.id, origin, destination)
    free = await travels.journey_of(edition.id, origin, destination, step_free=True)
    values = await web.posted(request) if error else {"minutes": plain.minutes, "both_ways": True}
    return await web.page(
        request, "campuses/travel_entry.html", status=422 if error else 200, edition=edition, a=a, b=b, entry=entry, plain=plain, free=free,
        values=values, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@get("/organise/travel/from/{origin:str}/to/{destination:str}")
async def entry_form(request: web.AnyRequest, origin: FromPath[str], destination: FromPath[str]) -> Page:
    return await _entry_page(request, origin, destination)


@post("/organise/travel/from/{origin:str}/to/{destination:str}", status_code=303)
async def set_entry(request: web.AnyRequest, origin: FromPath[str], destination: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        form = await web.form(request, OverrideForm)
        found = await travels.set_entry((await editions.needed()).id, origin, destination, form, by=asker.person, now=clock.now())
    except Invalid as error:
        return await _entry_page(request, origin, destination, error)
    return web.redirect(request, f"/organise/travel/from/{origin}/to/{destination}", _said(found))


@post("/organise/travel/from/{origin:str}/to/{destination:str}/undo", status_code=303)
async def undo_entry(request: web.AnyRequest, origin: FromPath[str], destination: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    found = await travels.undo_entry((await editions.needed()).id, origin, destination, by=asker.person, now=clock.now())
    return web.redirect(request, f"/organise/travel/from/{origin}/to/{destination}", _said(found))


@get("/organise/travel/timetable")
async def timetable_page(request: web.AnyRequest) -> Page:
    return await _timetable_page(request)


async def _timetable_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    sent = await uploads.uploads(edition.id)
    return await web.page(
        request, "campuses/timetable.html", status=422 if error else 200, edition=edition, feed=await queries.feed(edition.id), sent=sent,
        stopped={one.id for one in sent if await uploads.stopped(one)}, steps=len(uploads.STEPS), most=uploads.MOST >> 20,
        values=await web.posted(request) if error else {}, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@post("/organise/travel/timetable", status_code=303, request_max_body_size=uploads.MOST + 64 * 1024)
async def send_timetable(request: web.AnyRequest) -> Page:
    asker, edition, now = await web.signed_in(request), await editions.needed(), clock.now()
    try:
        file, day = await _timetable(request, edition.days[0].day if edition.days else now.date())
        await uploads.receive(edition.id, (file.filename or "").replace("\0", ""), _pieces(file), day, by=asker.person, now=now)
    except Invalid as error:
        return await _timetable_page(request, error)
    return web.redirect(request, "/organise/travel/timetable", Message(N_("The timetable is being read; this page says how far it is.")))


async def _timetable(request: web.AnyRequest, otherwise: date) -> tuple[UploadFile, date]:
    """The file sent and the day wanted. Raises Invalid."""
    form = await request.form()
    if set(form) - {"_csrf", "file", "day"}:
        raise Invalid(N_("This form has no such field."), field="file")
    file, wanted = form.get("file"), form.get("day")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid(N_("Choose a file."), field="file")
    try:
        return file, date.fromisoformat(wanted) if isinstance(wanted, str) and wanted else otherwise
    except ValueError as error:
        raise Invalid(N_("This is not a date."), field="day") from error


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(uploads.PIECE):
        yield piece


ROUTES = [timetable_page, send_timetable, travel_page, changes_page, start_change, end_change, row_page, entry_form, set_entry, undo_entry]
