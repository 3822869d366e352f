"""Public pages of the agenda: the programme, a session, a speaker, a room; stars and seats."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from forum import clock, editions, pages, web
from forum.agenda import (
    api,
    changelog,
    current,
    favourites,
    fitting,
    jsonld,
    organise,
    organise_door,
    organise_releases,
    organise_sessions,
    organise_speakers,
    own,
    programme,
    queries,
    seating,
    seats,
    sending,
    view,
)
from forum.agenda.current import Current
from forum.agenda.forms import EmptyForm, SeatForm, StarForm
from forum.agenda.model import Item
from forum.agenda.programme import Filter
from forum.agenda.seating import NotPossible
from forum.agenda.view import Reader
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_, Message

Page = Response[Any]


async def _reader(request: web.AnyRequest, edition: Edition) -> Reader:
    """What this reader's gaps hold: two small questions to the database when somebody is signed in, none otherwise."""
    asker = await web.principal(request)
    left = await current.places_left(edition.id)
    if asker is None:
        return Reader(False, frozenset(), {}, left)
    return Reader(True, await favourites.of(asker.person, edition.id), await seats.standing(asker.person), left)


async def _needed(edition: Edition) -> Current:
    found = await current.programme(edition.id)
    if found is None:
        raise NotFound(N_("The programme is not published yet."))
    return found


def _wanted(day: str, campus: str, track: str, language: str, level: str, kind: str, q: str) -> Filter:
    """The filter in the address; a day that is none asks for all."""
    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        on = None
    return Filter(on, campus[:40], track[:80], language[:20], level[:40], kind[:60], q.strip()[:100])


@get(["/programme", "/{edition:str}/schedule", "/{edition:str}/schedule/nojs"], opt={"uncompressed": True})
async def list_page(
    request: web.AnyRequest,
    edition: FromPath[str] = "",
    day: FromQuery[str] = "",
    campus: FromQuery[str] = "",
    track: FromQuery[str] = "",
    language: FromQuery[str] = "",
    level: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Page:
    of = await (editions.by_slug(edition) if edition else editions.needed())
    found = await current.programme(of.id)
    if found is None:
        return await web.page(request, "agenda/none.html", edition=of)
    wanted = _wanted(day, campus, track, language, level, kind, q)
    reader = await _reader(request, of)
    key = (web.lang_of(request), request.url.path, wanted, of.name)
    alike = not reader.signed_in and not web.read_flash(request)
    if alike and (page := sending.kept(found, key, reader.left)) is not None:
        return sending.public(request, page)
    made = view.listing(found, web.lang_of(request), wanted)
    rows = view.filled(made, reader, web.lang_of(request), found.codes)
    made_page = await web.page(request, "agenda/programme.html", edition=of, rows=sending.PLACE, **_about(found, wanted, made.count))
    if alike:
        return sending.public(request, sending.keep(found, key, reader.left, sending.with_rows(made_page, rows), view.MOST_KEPT))
    return sending.personal(request, made_page, rows)


def _about(found: Current, wanted: Filter, count: int) -> dict[str, Any]:
    """What the page around the rows needs: the days, and what one can filter by."""
    if "filters" not in found.made:
        items = found.published.standing
        found.made["filters"] = {
            "days": programme.days(items),
            "campuses": sorted({(i.campus.number, i.campus.slug, i.campus.name) for i in items}),
            **{name + "s": view.options(items, name) for name in ("track", "language", "level", "kind")},
            "total": len(items),
        }
    return {"wanted": wanted, "count": count, "release": found.published.release, **found.made["filters"]}


async def _item(edition: str, code: str) -> tuple[Edition, Current, Item]:
    of = await (editions.by_slug(edition) if edition else editions.needed())
    found = await _needed(of)
    item = found.by_code.get(code)
    if item is None:
        raise NotFound(N_("There is no such session."))
    return of, found, item


@get(["/programme/{code:str}", "/{edition:str}/talk/{code:str}"])
async def session_page(request: web.AnyRequest, code: FromPath[str], edition: FromPath[str] = "") -> Page:
    if edition and code.endswith(".ics"):
        return await api.session_calendar(request, edition, code.removesuffix(".ics"))
    of, _, item = await _item(edition, code)
    reader = await _reader(request, of)
    return await _session_page(request, of, item, reader)


async def _session_page(request: web.AnyRequest, of: Edition, item: Item, reader: Reader, refused: NotPossible | None = None) -> Page:
    asker = await web.principal(request)
    ahead = asker is not None and item.session.reservable and not item.cancelled and item.start > clock.now() and item.session.id not in reader.seats
    verdict = await fitting.verdict(of, asker.person, item, now=clock.now()) if ahead and asker is not None and refused is None else None
    origin = web.settings_of(request).origin
    return await web.page(
        request,
        "agenda/session.html",
        status=409 if refused is not None else 200,
        edition=of,
        item=item,
        starred=item.session.id in reader.stars,
        seat=reader.seats.get(item.session.id),
        left=reader.left.get(item.session.id),
        clashes=refused.clashes if refused is not None else verdict.clashes if verdict is not None else (),
        alternatives=refused.alternatives if refused is not None else verdict.alternatives if verdict is not None else (),
        refused=refused is not None,
        jsonld=jsonld.script(jsonld.event(item, of.name, f"{origin}/{of.slug}/talk/{item.session.code}")),
    )


@post("/programme/{code:str}/seat", status_code=303)
async def reserve(request: web.AnyRequest, code: FromPath[str]) -> Page:
    form = await web.form(request, SeatForm)
    of, _, item = await _item("", code)
    asker = await web.signed_in(request)
    seat = await seating.reserve(of, asker.person, code, now=clock.now(), anyway=bool(form.anyway))
    if isinstance(seat, NotPossible):
        return await _session_page(request, of, item, await _reader(request, of), seat)
    if seat.state == "held":
        return web.redirect(request, f"/programme/{code}", Message(N_("Your seat is reserved.")))
    return web.redirect(
        request, f"/programme/{code}", Message(N_("The session is full: you are number {rank} on the waiting list."), rank=seat.rank), kind="warn"
    )


@post("/programme/{code:str}/seat/release", status_code=303)
async def give_back(request: web.AnyRequest, code: FromPath[str]) -> Page:
    await web.form(request, EmptyForm)
    of, _, _ = await _item("", code)
    asker = await web.signed_in(request)
    gone = await seating.release(of, asker.person, code, now=clock.now())
    said = N_("Your seat is free for somebody else.") if gone else N_("You held no seat here.")
    return web.redirect(request, f"/programme/{code}", Message(said))


@post("/programme/stars", status_code=303)
async def star(request: web.AnyRequest) -> Page:
    form = await web.form(request, StarForm)
    of = await editions.needed()
    asker = await web.signed_in(request)
    await favourites.toggle(of.id, asker.person, form.star, now=clock.now())
    return web.redirect(request, f"{web.local_path(form.back).split('#')[0]}#{form.star}")


@get(["/programme/speaker/{code:str}", "/{edition:str}/speaker/{code:str}"])
async def speaker_page(request: web.AnyRequest, code: FromPath[str], edition: FromPath[str] = "") -> Page:
    of = await (editions.by_slug(edition) if edition else editions.needed())
    found = await _needed(of)
    items = found.speakers.get(code)
    if not items:
        raise NotFound(N_("There is no such speaker."))
    speaker = next(s for s in items[0].session.speakers if s.code == code)
    made = view.of_items(found, web.lang_of(request), ("speaker", code), items)
    rows = view.filled(made, await _reader(request, of), web.lang_of(request), found.codes)
    return await web.page(request, "agenda/speaker.html", edition=of, speaker=speaker, rows=Markup(rows.decode()))  # noqa: S704 (made of templates)


@get("/programme/room/{room:uuid}")
async def room_page(request: web.AnyRequest, room: FromPath[UUID]) -> Page:
    of = await editions.needed()
    found = await _needed(of)
    items = [i for i in found.published.standing if i.room.id == room]
    if not items:
        raise NotFound(N_("There is no such room in the programme."))
    made = view.of_items(found, web.lang_of(request), ("room", room), items)
    rows = view.filled(made, await _reader(request, of), web.lang_of(request), found.codes)
    return await web.page(request, "agenda/room.html", edition=of, room=items[0].room, campus=items[0].campus, rows=Markup(rows.decode()))  # noqa: S704 (made of templates)


@get("/programme/campuses")
async def campuses_page(request: web.AnyRequest, day: FromQuery[str] = "") -> Page:
    of = await editions.needed()
    found = await _needed(of)
    days = programme.days(found.published.standing)
    on = _wanted(day, "", "", "", "", "", "").day or days[0]
    return await web.page(request, "agenda/campuses.html", edition=of, days=days, day=on, campuses=programme.overview(found.published.standing, on))


@get("/programme/grid")
async def grid_page(request: web.AnyRequest, campus: FromQuery[str] = "", day: FromQuery[str] = "") -> Page:
    of = await editions.needed()
    found = await _needed(of)
    days = programme.days(found.published.standing)
    on = _wanted(day, "", "", "", "", "", "").day or days[0]
    here = programme.overview(found.published.standing, on)
    slug = campus if any(c.campus.slug == campus for c in here) else (here[0].campus.slug if here else "")
    table = programme.grid([i for i in found.published.standing if i.campus.slug == slug], on)
    return await web.page(request, "agenda/grid.html", edition=of, days=days, day=on, campuses=here, grid=table, slug=slug)


@get("/{edition:str}/schedule/changelog")
async def changelog_page(request: web.AnyRequest, edition: FromPath[str]) -> Page:
    of = await editions.by_slug(edition)
    return await web.page(request, "agenda/changelog.html", edition=of, log=await changelog.of(of.id), line=changelog.line)


@get("/{edition:str}/schedule/v/{version:str}")
async def version_page(request: web.AnyRequest, edition: FromPath[str], version: FromPath[str]) -> Page:
    of = await editions.by_slug(edition)
    row = await queries.release(of.id, name=version)
    if row is None:
        raise NotFound(N_("There is no such release."))
    published = await queries.published(row)
    rows = pages.environment(web.lang_of(request)).get_template("agenda/rows.html").render(days=programme.listing(published.standing), gap=lambda item: "")
    return await web.page(request, "agenda/version.html", edition=of, release=row, rows=Markup(rows))  # noqa: S704 (made of a template)


ROUTES = [
    *api.ROUTES,
    *organise.ROUTES,
    *organise_sessions.ROUTES,
    *organise_releases.ROUTES,
    *organise_door.ROUTES,
    *organise_speakers.ROUTES,
    *own.ROUTES,
    changelog_page,
    version_page,
    list_page,
    session_page,
    reserve,
    give_back,
    star,
    speaker_page,
    room_page,
    campuses_page,
    grid_page,
]
