"""Organisers' pages of one campus: rooms, meeting tables, doors."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.campuses import queries, rooms
from forum.campuses.answers import answered, typed
from forum.campuses.forms import GateForm, NothingForm, RoomForm, TablesForm
from forum.errors import Conflict, Invalid
from forum.i18n import N_, Message

Page = Response[Any]


async def _page(request: web.AnyRequest, slug: str, error: Invalid | None = None, about: str = "") -> Page:
    """All three lists with their forms; `about` says which form came back."""
    edition = await editions.needed()
    campus = await queries.campus(edition.id, slug)
    tables = await queries.tables(campus.id)
    given: dict[str, dict[str, Any]] = {"room": {"step_free": True}, "tables": {"step_free": True}, "gate": {"step_free": True}}
    given |= {about: await web.posted(request)} if error else {}
    faults = {about: web.invalid_page_values(error, web.lang_of(request))} if error else {}
    return await web.page(
        request, "campuses/rooms.html", status=422 if error else 200, edition=edition, campus=campus, rooms=await queries.rooms(campus.id),
        tables=tables, gates=await queries.gates(campus.id), typed=given, faults=faults, next_table=max((t.number for t in tables), default=0) + 1,
    )  # fmt: skip


@get("/organise/campus/{campus:str}/rooms")
async def rooms_page(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    return await _page(request, campus)


@post("/organise/campus/{campus:str}/rooms", status_code=303)
async def add_room(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        form = await web.form(request, RoomForm)
        await rooms.save_room((await editions.needed()).id, campus, form, by=asker.person, now=clock.now())
    except Invalid as error:
        return await _page(request, campus, error, "room")
    return web.redirect(request, f"/organise/campus/{campus}/rooms", Message(N_("{name} is added."), name=form.name))


async def _room_page(request: web.AnyRequest, slug: str, room: UUID, error: Invalid | Conflict | None = None) -> Page:
    edition = await editions.needed()
    campus = await queries.campus(edition.id, slug)
    found = await queries.room(campus.id, room)
    there = typed(RoomForm, found) | {"equipment": ", ".join(found.equipment)}
    values = {"version": found.version} | await web.posted(request) if error else there
    return await web.page(request, "campuses/room.html", edition=edition, campus=campus, room=found, **answered(request, error, values, there))


@get("/organise/campus/{campus:str}/rooms/{room:uuid}")
async def room_form(request: web.AnyRequest, campus: FromPath[str], room: FromPath[UUID]) -> Page:
    return await _room_page(request, campus, room)


@post("/organise/campus/{campus:str}/rooms/{room:uuid}", status_code=303)
async def save_room(request: web.AnyRequest, campus: FromPath[str], room: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    try:
        await rooms.save_room((await editions.needed()).id, campus, await web.form(request, RoomForm), room, by=asker.person, now=clock.now())
    except (Invalid, Conflict) as error:
        return await _room_page(request, campus, room, error)
    return web.redirect(request, f"/organise/campus/{campus}/rooms", N_("Saved."))


@post("/organise/campus/{campus:str}/rooms/{room:uuid}/remove", status_code=303)
async def remove_room(request: web.AnyRequest, campus: FromPath[str], room: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    await rooms.remove_room((await editions.needed()).id, campus, room, by=asker.person, now=clock.now())
    return web.redirect(request, f"/organise/campus/{campus}/rooms", N_("The room is taken out of use."))


@post("/organise/campus/{campus:str}/tables", status_code=303)
async def save_tables(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        count = await rooms.save_tables((await editions.needed()).id, campus, await web.form(request, TablesForm), by=asker.person, now=clock.now())
    except Invalid as error:
        return await _page(request, campus, error, "tables")
    return web.redirect(request, f"/organise/campus/{campus}/rooms#tables", Message(N_("Tables saved: {count}."), count=count))


@post("/organise/campus/{campus:str}/tables/{number:int}/remove", status_code=303)
async def remove_table(request: web.AnyRequest, campus: FromPath[str], number: FromPath[int]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    try:
        await rooms.remove_table((await editions.needed()).id, campus, number, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, f"/organise/campus/{campus}/rooms#tables") from error
    return web.redirect(request, f"/organise/campus/{campus}/rooms#tables", Message(N_("Table {number} is taken away."), number=number))


@post("/organise/campus/{campus:str}/gates", status_code=303)
async def save_gate(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    try:
        form = await web.form(request, GateForm)
        await rooms.save_gate((await editions.needed()).id, campus, form, by=asker.person, now=clock.now())
    except Invalid as error:
        return await _page(request, campus, error, "gate")
    return web.redirect(request, f"/organise/campus/{campus}/rooms#gates", Message(N_("{name} is saved."), name=form.name))


@post("/organise/campus/{campus:str}/gates/{gate:str}/remove", status_code=303)
async def remove_gate(request: web.AnyRequest, campus: FromPath[str], gate: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, NothingForm)
    try:
        await rooms.remove_gate((await editions.needed()).id, campus, gate, by=asker.person, now=clock.now())
    except Conflict as error:
        raise web.Refused(error, f"/organise/campus/{campus}/rooms#gates") from error
    return web.redirect(request, f"/organise/campus/{campus}/rooms#gates", N_("The door is taken off."))


ROUTES = [rooms_page, add_room, room_form, save_room, remove_room, save_tables, remove_table, save_gate, remove_gate]
