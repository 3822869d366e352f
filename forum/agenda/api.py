"""Feeds at pretalx's addresses: schedule.xml, .json, .ics, Atom, OpenAgenda; made once per release, 304 when nothing changed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from forum import __version__, editions, web
from forum.agenda import atom, changelog, current, entries, export, ical, openagenda, queries, schedule_json, schedule_xml, xcal
from forum.agenda.current import Current
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_

XML: Final = "application/xml; charset=utf-8"
JSON: Final = "application/json; charset=utf-8"
CALENDAR: Final = "text/calendar"  # Litestar says the encoding of text itself
XCAL: Final = "application/calendar+xml; charset=utf-8"
ATOM: Final = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Made:
    """A feed ready to send, with the tag of its content."""

    body: bytes
    kind: str
    tag: str


Maker = Callable[[Current, Edition, str], bytes]


def _document(found: Current, of: Edition, origin: str) -> Any:
    published = found.published
    about = export.About(of.slug, of.name, published.release.name, of.zone, origin, __version__)
    return export.document(published.standing, published.head, about)


def as_xml(found: Current, of: Edition, origin: str) -> bytes:
    return schedule_xml.write(_document(found, of, origin))


def as_json(found: Current, of: Edition, origin: str) -> bytes:
    standing = found.published.standing
    return schedule_json.write(
        _document(found, of, origin), url=f"{origin}/{of.slug}/schedule/", items={i.session.guid: i for i in standing}, rooms=export.rooms_of(standing)
    )


def as_calendar(found: Current, of: Edition, origin: str) -> bytes:
    host = origin.partition("://")[2]
    return ical.calendar(of.name, entries.entries(found.published.items, host, f"{origin}/{of.slug}/talk"), url=f"{origin}/{of.slug}/schedule.ics")


def as_xcal(found: Current, of: Edition, origin: str) -> bytes:
    return xcal.calendar(of.name, entries.entries(found.published.items, origin.partition("://")[2], f"{origin}/{of.slug}/talk"))


def as_openagenda(found: Current, of: Edition, origin: str) -> bytes:
    return msgspec.json.encode(openagenda.agenda(found.published.items, origin, of.slug))


MAKERS: Final[dict[str, tuple[Maker, str]]] = {
    "schedule.xml": (as_xml, XML),
    "schedule.json": (as_json, JSON),
    "schedule.ics": (as_calendar, CALENDAR),
    "schedule.xcal": (as_xcal, XCAL),
    "openagenda.json": (as_openagenda, JSON),
}


def made(found: Current, of: Edition, origin: str, name: str) -> Made:
    """The feed *name* of a release, kept with it."""
    key = ("feed", name, origin)
    if key not in found.made:
        make, kind = MAKERS[name]
        body = make(found, of, origin)
        found.made[key] = Made(body, kind, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
    ready: Made = found.made[key]
    return ready


def answer(request: web.AnyRequest, feed: Made, found: Current, *, public: bool = True) -> Response[bytes]:
    """The feed, or 304 for a reader who has it."""
    headers = {
        "etag": feed.tag,
        "last-modified": format_datetime(found.published.release.at, usegmt=True),
        "cache-control": "public, max-age=0, must-revalidate" if public else "private, no-cache",
    }
    if public:
        headers["access-control-allow-origin"] = "*"
    asked = request.headers.get("if-none-match", "")
    if asked == "*" or feed.tag in (tag.strip().removeprefix("W/") for tag in asked.split(",")):
        return Response(b"", status_code=304, headers=headers)
    return Response(feed.body, media_type=feed.kind, headers=headers)


async def _release(edition: str, version: str = "") -> tuple[Edition, Current]:
    of = await editions.by_slug(edition)
    if version:
        row = await queries.release(of.id, name=version)
        if row is None:
            raise NotFound(N_("There is no such release."))
        return of, Current(await queries.published(row))
    found = await current.programme(of.id)
    if found is None:
        raise NotFound(N_("The programme is not published yet."))
    return of, found


async def _feed(request: web.AnyRequest, edition: str, name: str, version: str = "") -> Response[bytes]:
    if name not in MAKERS:
        raise NotFound(N_("There is no such feed."))
    of, found = await _release(edition, version)
    return answer(request, made(found, of, web.settings_of(request).origin, name), found)


@get("/{edition:str}/schedule.xml", opt={"uncompressed": True})
async def schedule_xml_feed(request: web.AnyRequest, edition: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, "schedule.xml")


@get(["/{edition:str}/schedule.json", "/{edition:str}/schedule/widgets/schedule.json"], opt={"uncompressed": True})
async def schedule_json_feed(request: web.AnyRequest, edition: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, "schedule.json")


@get("/{edition:str}/schedule.ics", opt={"uncompressed": True})
async def schedule_ics_feed(request: web.AnyRequest, edition: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, "schedule.ics")


@get("/{edition:str}/schedule.xcal", opt={"uncompressed": True})
async def schedule_xcal_feed(request: web.AnyRequest, edition: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, "schedule.xcal")


@get("/{edition:str}/schedule/export/{name:str}")
async def export_feed(request: web.AnyRequest, edition: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, name)


@get("/{edition:str}/schedule/v/{version:str}/export/{name:str}")
async def version_feed(request: web.AnyRequest, edition: FromPath[str], version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    return await _feed(request, edition, name, version)


@get("/{edition:str}/schedule/feed.xml")
async def atom_feed(request: web.AnyRequest, edition: FromPath[str]) -> Response[bytes]:
    of, found = await _release(edition)
    origin, lang = web.settings_of(request).origin, web.lang_of(request)
    key = ("feed", "atom", lang, origin)
    if key not in found.made:
        body = await _atom(of, origin, lang)
        found.made[key] = Made(body, ATOM, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
    return answer(request, found.made[key], found)


async def _atom(of: Edition, origin: str, lang: str) -> bytes:
    made_entries = []
    for logged in await changelog.of(of.id):
        url = f"{origin}/{of.slug}/schedule/changelog#v{logged.release.number}"
        lines = [changelog.line(change).in_language(lang) for change in logged.changes]
        made_entries.append(
            atom.Entry(
                f"urn:uuid:{logged.release.id}", logged.release.name, url, logged.release.at, [*([logged.release.note] if logged.release.note else []), *lines]
            )
        )
    return atom.feed(of.name, f"{origin}/{of.slug}/schedule/changelog", f"{origin}/{of.slug}/schedule/feed.xml", made_entries, lang)


@get("/{edition:str}/speaker/{code:str}/talks.ics")
async def speaker_calendar(request: web.AnyRequest, edition: FromPath[str], code: FromPath[str]) -> Response[bytes]:
    of, found = await _release(edition)
    items = found.speakers.get(code)
    if not items:
        raise NotFound(N_("There is no such speaker."))
    origin = web.settings_of(request).origin
    name = next(s.name for s in items[0].session.speakers if s.code == code)
    return calendar(request, found, name, entries.entries(items, origin.partition("://")[2], f"{origin}/{of.slug}/talk", alarm=15))


def calendar(request: web.AnyRequest, found: Current, name: str, made_entries: list[ical.Entry], *, public: bool = True) -> Response[bytes]:
    """A small calendar made for this request."""
    body = ical.calendar(name, made_entries)
    return answer(request, Made(body, CALENDAR, f'"{hashlib.sha256(body).hexdigest()[:24]}"'), found, public=public)


async def session_calendar(request: web.AnyRequest, edition: str, code: str) -> Response[bytes]:
    """One session as a file: also when it is cancelled, so that the calendar strikes it."""
    of, found = await _release(edition)
    item = found.by_code.get(code)
    if item is None:
        raise NotFound(N_("There is no such session."))
    origin = web.settings_of(request).origin
    return calendar(request, found, item.session.title, entries.entries([item], origin.partition("://")[2], f"{origin}/{of.slug}/talk", alarm=15))


ROUTES = [schedule_xml_feed, schedule_json_feed, schedule_ics_feed, schedule_xcal_feed, export_feed, version_feed, atom_feed, speaker_calendar]
