"""The page at the door of a room: who is expected, who came, who may enter without a seat."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, web
from forum.access import Principal
from forum.agenda import room_door
from forum.agenda.forms import EmptyForm
from forum.editions import Edition
from forum.errors import Conflict, Forbidden
from forum.i18n import N_

Page = Response[Any]


@get("/organise/agenda/doors")
async def doors_page(request: web.AnyRequest, campus: FromQuery[str] = "", day: FromQuery[str] = "") -> Page:
    edition, asker = await editions.needed(), await web.signed_in(request)
    mine = await room_door.expected(edition, asker.campuses())
    days, sites = sorted({d for d, _ in mine}), sorted({(i.campus.number, i.campus.slug, i.campus.name) for _, i in mine})
    today = clock.local(clock.now(), edition.zone).date()
    on = next((d for d in days if d.isoformat() == day), today if today in days or not days else days[0])
    slug = campus if any(s == campus for _, s, _ in sites) else sites[0][1] if sites else ""
    here = [i for d, i in mine if d == on and i.campus.slug == slug]
    return await web.page(request, "agenda/doors.html", edition=edition, days=days, day=on, sites=sites, slug=slug, items=here)


async def _mine(request: web.AnyRequest, code: str) -> tuple[Edition, Principal]:
    """The edition and who asks; names at the door of another campus are not theirs to see. Raises Forbidden."""
    edition, asker = await editions.needed(), await web.signed_in(request)
    allowed = asker.campuses()
    if allowed is not None and (await room_door.item(edition, code)).campus.slug not in allowed:
        raise Forbidden(N_("You work at the doors of your own campus."))
    return edition, asker


@get("/organise/agenda/door/{code:str}")
async def door_page(request: web.AnyRequest, code: FromPath[str]) -> Page:
    edition, _ = await _mine(request, code)
    return await web.page(request, "agenda/door.html", edition=edition, at=await room_door.state(edition, code, now=clock.now()))


@post("/organise/agenda/door/{code:str}/walk-ins", status_code=303)
async def walk_in(request: web.AnyRequest, code: FromPath[str]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await _mine(request, code)
    came = await room_door.walk_in(edition, code, actor=asker.person, now=clock.now())
    if not came:
        raise web.Refused(Conflict(N_("The room is full.")), f"/organise/agenda/door/{code}")
    return web.redirect(request, f"/organise/agenda/door/{code}", N_("Come in: a seat is free."))


@post("/organise/agenda/door/{code:str}/arrivals/{seat:uuid}", status_code=303)
async def arrive(request: web.AnyRequest, code: FromPath[str], seat: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    edition, asker = await _mine(request, code)
    await room_door.arrive(edition, code, seat, actor=asker.person, now=clock.now())
    return web.redirect(request, f"/organise/agenda/door/{code}")


ROUTES = [doors_page, door_page, walk_in, arrive]
