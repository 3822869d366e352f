"""A person's own agenda: the calendar address that never changes, a speaker's schedule and availability."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, db, editions, web
from forum.agenda import api, current, entries, favourites, ical, places, seats, service
from forum.agenda.forms import EmptyForm, FreeForm
from forum.agenda.ical import Entry
from forum.clock import Interval, at_local
from forum.editions import Edition
from forum.errors import Invalid, NotFound
from forum.i18n import N_, Message

Page = Response[Any]
Source = Callable[[UUID, Edition, str], Awaitable[Sequence[Entry]]]
NOON: Final = time(13)
SOURCES: Final[list[Source]] = []  # other features' entries (person, edition, origin); joined where the application is put together


# --- the address --------------------------------------------------------------------------------------------


def token(feed: UUID, secret: bytes) -> str:
    """The secret part of a calendar's address: the feed's id and our signature of it."""
    return urlsafe_b64encode(feed.bytes + _sign(feed, secret)).decode().rstrip("=")


def feed_of(text: str, secret: bytes) -> UUID | None:
    """The feed a token names; None when we did not sign it."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, NotBase64):
        return None
    if len(raw) != 32:
        return None
    feed = UUID(bytes=raw[:16])
    return feed if hmac.compare_digest(raw[16:], _sign(feed, secret)) else None


def _sign(feed: UUID, secret: bytes) -> bytes:
    return hmac.new(secret, b"calendar:" + feed.bytes, hashlib.sha256).digest()[:16]


async def standing_feed(person: UUID, *, now: datetime) -> UUID:
    """The person's calendar feed, made when they have none."""
    await db.execute("INSERT INTO calendar_feed (person, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", person, now)
    found: UUID = await db.value("SELECT id FROM calendar_feed WHERE person = $1 AND revoked_at IS NULL", person)
    return found


async def renew_feed(person: UUID, *, now: datetime) -> UUID:
    """End the person's calendar address and make another."""
    async with db.transaction():
        await db.execute("UPDATE calendar_feed SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL", person, now)
        return await standing_feed(person, now=now)


async def entries_of(person: UUID, edition: Edition, origin: str) -> list[Entry]:
    """Everything in the person's calendar: seats, waiting and stars, and what other features hold for them. Cancelled ones say so."""
    found: list[Entry] = []
    programme = await current.programme(edition.id)
    if programme is not None:
        last = await db.column("SELECT session FROM seat WHERE person = $1 AND ended_why = 'cancelled'", person)
        wanted = set(await favourites.of(person, edition.id)) | set(await seats.standing(person)) | set(last)
        items = [programme.by_id[s] for s in wanted if s in programme.by_id]
        spoken = await service.speaker_of(edition.id, person)
        items += [i for i in programme.published.items if spoken is not None and spoken.id in {s.id for s in i.session.speakers} and i not in items]
        found += entries.entries(items, origin.partition("://")[2], f"{origin}/{edition.slug}/talk", alarm=15)
    for source in SOURCES:
        found += await source(person, edition, origin)
    return found


@get("/calendar/{name:str}")
async def personal_calendar(request: web.AnyRequest, name: FromPath[str]) -> Response[bytes]:
    feed = feed_of(name.removesuffix(".ics"), request.app.state.secret)
    person = await db.value("SELECT person FROM calendar_feed WHERE id = $1 AND revoked_at IS NULL", feed) if feed is not None else None
    if person is None:
        raise NotFound(N_("This calendar address is not in use any more."))
    edition = await editions.needed()
    body = ical.calendar(edition.name, await entries_of(person, edition, web.settings_of(request).origin))
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache", "x-robots-tag": "noindex"}
    if request.headers.get("if-none-match", "") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=api.CALENDAR, headers=headers)


@get("/me/calendar")
async def calendar_page(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    feed = await standing_feed(asker.person, now=clock.now())
    address = f"{web.settings_of(request).origin}/calendar/{token(feed, request.app.state.secret)}.ics"
    return await web.page(request, "agenda/calendar.html", address=address, webcal="webcal" + address[address.index("://") :])


@post("/me/calendar", status_code=303)
async def renew(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    asker = await web.signed_in(request)
    await renew_feed(asker.person, now=clock.now())
    return web.redirect(request, "/me/calendar", Message(N_("The old address is dead; subscribe to the new one.")))


# --- speakers -----------------------------------------------------------------------------------------------


@get("/speaking")
async def speaking(request: web.AnyRequest) -> Page:
    edition, asker = await editions.needed(), await web.signed_in(request)
    speaker = await service.speaker_of(edition.id, asker.person)
    if speaker is None:
        raise NotFound(N_("No session of this edition is yours to hold."))
    programme = await current.programme(edition.id)
    free = (await places.intervals("speaker_free", edition.id)).get(speaker.id)
    return await web.page(
        request,
        "agenda/speaking.html",
        edition=edition,
        speaker=speaker,
        items=programme.speakers.get(speaker.code, []) if programme is not None else [],
        halves=[(key, day, half, free is None or any(i.start <= span.start and span.end <= i.end for i in free)) for key, day, half, span in halves(edition)],
        confirmed=await db.value("SELECT confirmed_at FROM speaker WHERE id = $1", speaker.id),
    )


@post("/speaking", status_code=303)
async def confirm(request: web.AnyRequest) -> Page:
    form = await web.form(request, FreeForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    speaker = await service.speaker_of(edition.id, asker.person)
    if speaker is None:
        raise NotFound(N_("No session of this edition is yours to hold."))
    known = halves(edition)
    free = [span for key, _, _, span in known if key in form.free]
    if known and not free:
        raise web.Refused(Invalid(N_("Choose at least one half-day, or write to the organisers to withdraw.")), "/speaking")
    await service.confirm_availability(edition, speaker.id, [] if len(free) == len(known) else free, actor=asker.person, now=clock.now())
    return web.redirect(request, "/speaking", Message(N_("Thank you: the organisers plan with it.")))


def halves(edition: Edition) -> list[tuple[str, Any, str, Interval]]:
    """The half-days of an edition: key, day, `am` or `pm`, and the time; they meet at one o'clock."""
    found = []
    for one in edition.days:
        opens, noon, closes = (at_local(one.day, at, edition.zone) for at in (one.opens, NOON, one.closes))
        for half, start, end in (("am", opens, noon), ("pm", noon, closes)):
            if start < end:
                found.append((f"{one.day}/{half}", one.day, half, Interval(start, end)))
    return found


ROUTES = [personal_calendar, calendar_page, renew, speaking, confirm]
