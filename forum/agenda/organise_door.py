"""The page at the door of a room: who is expected, who came, who may enter without a seat."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.agenda import room_door
from forum.agenda.forms import EmptyForm
from forum.i18n import N_, Message

Page = Response[Any]


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


ROUTES = [door_page, walk_in, arrive]
