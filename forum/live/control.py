"""The control screen of the forum: see it, act on it."""

from typing import Any

from litestar import Response, get

from forum import clock, editions, web
from forum.campuses.map import city_map
from forum.live import board


@get("/control")
async def control(request: web.AnyRequest) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    campuses = await board.campuses_now(edition.id, now=now)
    mine = (await web.signed_in(request)).campuses()
    shown = [c for c in campuses if mine is None or c.slug in mine]
    return await web.page(
        request, "live/control.html", edition=edition, campuses=shown, map=city_map(sorted(campuses, key=lambda c: c.number)),
        meetings=await board.meetings_now(edition.id, now=now), done=await board.done(),
    )  # fmt: skip


ROUTES = [control]
