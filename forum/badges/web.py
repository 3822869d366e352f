"""Pages of badges: one's own, lost and printed; the door; the organisers' devices."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from forum import clock, editions, pages, web
from forum.badges import devices, doors, doorwords, handouts, paper, qr, queries, service, token, vault
from forum.badges.codes import code_of, spaced
from forum.badges.queries import Printed
from forum.errors import Forbidden, Invalid, NotFound
from forum.i18n import N_

Page = Response[Any]
LAYOUTS = ("a6", "a4", "label62", "label100")


class LostForm(msgspec.Struct, forbid_unknown_fields=True):
    """Asking for a new badge because the old one is gone."""

    sure: bool = False


class DeviceForm(msgspec.Struct, forbid_unknown_fields=True):
    """A new phone for a door."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    gates: list[UUID]
    profile: str = "steward"


class NoForm(msgspec.Struct, forbid_unknown_fields=True):
    """A button and nothing else."""


# --- my badge -------------------------------------------------------------------------------------------------


async def _mine(request: web.AnyRequest) -> Printed | None:
    """The asker's badge, made at the first look; None while the registration waits. Raises NotFound without a registration."""
    asker = await web.signed_in(request)
    if asker.registration is None:
        raise NotFound(N_("You are not registered for this edition."))
    found = await queries.of_registration(asker.registration)
    if found is None and asker.confirmed:
        try:
            await service.issue(asker.registration, secret=request.app.state.secret, now=clock.now())
        except service.Waiting:
            return None
        found = await queries.of_registration(asker.registration)
    return found


@get("/badge")
async def my_badge(request: web.AnyRequest) -> Page:
    badge = await _mine(request)
    if badge is None:
        return await web.page(request, "badges/waiting.html")
    edition = await editions.needed()
    lang = web.lang_of(request)
    picture = Markup(qr.svg(badge.token, pages.words(lang)(N_("QR code of your badge"))))  # noqa: S704 - made by us, its label escaped
    return await web.page(
        request,
        "badges/mine.html",
        badge=badge,
        coming=await handouts.next_of(badge, edition, lang, now=clock.now()),
        picture=picture,
        code=spaced(code_of(badge.number)).split(),
        role_word=paper.role_word(lang, badge.role),
        languages=paper.languages(lang, badge.languages),
        campuses=len((await doors.of(edition.id)).campuses),
        edition=edition,
        offline="badge",
    )


@get("/badge/print/{layout:str}")
async def print_mine(request: web.AnyRequest, layout: FromPath[str]) -> Page:
    badge = await _mine(request)
    if badge is None or layout not in LAYOUTS:
        raise NotFound(N_("There is no such page."))
    return await print_pdf(request, [badge], layout)


async def print_pdf(request: web.AnyRequest, badges: list[Printed], layout: str, identity: str = "") -> Page:
    """A PDF of *badges*, logged."""
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    count = len((await doors.of(edition.id)).campuses)
    faces = [paper.face(badge, edition, campuses=count, now=now, day=await handouts.lines_of(badge.person, badge.days, badge.language)) for badge in badges]
    made = await asyncio.to_thread(handouts.draw, faces, layout)
    await queries.log_print([badge.id for badge in badges], layout, now=now, by=asker.person, identity=identity)
    return pdf(made, f"badge-{code_of(badges[0].number)}.pdf" if len(badges) == 1 else "badges.pdf")


def pdf(made: bytes, name: str) -> Page:
    headers = {"content-disposition": f"inline; filename*=UTF-8''{quote(name)}", "cache-control": "private, no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


@get("/badge/lost")
async def lost_form(request: web.AnyRequest) -> Page:
    return await web.page(request, "badges/lost.html", badge=await _mine(request))


@post("/badge/lost", status_code=303)
async def lost(request: web.AnyRequest) -> Page:
    """The person is known by their sign-in, so the old badge stops and a new one is theirs at once."""
    await web.form(request, LostForm)
    badge, asker = await _mine(request), await web.signed_in(request)
    if badge is not None:
        await service.replace(badge.id, secret=request.app.state.secret, now=clock.now(), by=asker.person, why="lost", identity="e-mail")
    return web.redirect(request, "/badge", N_("The old badge no longer opens any door. This is the new one."))


@get("/badge/qr/{text:str}")
async def picture(request: web.AnyRequest, text: FromPath[str]) -> Page:
    """The QR as a picture for the mail; only texts one of our keys signed are drawn."""
    edition = await editions.needed()
    given = text.removesuffix(".png")
    read = token.read(given, await vault.public_ring(), token.edition_mark(edition.id), clock.now())
    if not isinstance(read, token.Badge) and read.badge is None:
        raise NotFound(N_("There is no such page."))
    return Response(await asyncio.to_thread(qr.png, given), media_type="image/png", headers={"cache-control": "private, max-age=86400"})


# --- the door -------------------------------------------------------------------------------------------------


@get("/door")
async def door(request: web.AnyRequest) -> Page:
    """The same page for everyone and without anybody's data: what it may do comes with the device's own token."""
    return await web.page(request, "badges/door.html", offline="door", door_words=doorwords.words(web.lang_of(request)))


@get("/door/devices")
async def device_list(request: web.AnyRequest) -> Page:
    return await _devices_page(request)


async def _devices_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    gates = await queries.gates(edition.id, asker.campuses())
    mine = {gate.id for gate in gates}
    return await web.page(
        request,
        "badges/devices.html",
        status=422 if error else 200,
        gates=gates,
        names={gate.id: gate for gate in gates},
        devices=[device for device in await devices.all_of(edition.id) if mine & set(device.gates)],
        values=await web.posted(request, "gates") if error else {"profile": "steward"},
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )


@post("/door/devices", status_code=303)
async def new_device(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    try:
        form = await web.form(request, DeviceForm)
        allowed = {gate.id for gate in await queries.gates(edition.id, asker.campuses())}
        if not set(form.gates) <= allowed or form.profile not in ("steward", "supervisor"):
            raise Invalid(N_("Choose a gate from the list."), field="gates")
        _, enrolment = await devices.create(edition.id, form.name, form.gates, form.profile, now=clock.now(), by=asker.person)
    except Invalid as error:
        return await _devices_page(request, error)
    return await _enrolment_page(request, form.name, enrolment)


async def _enrolment_page(request: web.AnyRequest, name: str, enrolment: str) -> Page:
    """The QR is shown once, in the answer itself: its address never holds the token."""
    address = f"{web.settings_of(request).origin}{pages.url(web.lang_of(request), '/door')}#enrol={enrolment}"
    picture = Markup(qr.svg_of_address(address, pages.words(web.lang_of(request))(N_("QR code that enrols the device"))))  # noqa: S704 - made by us
    response = await web.page(request, "badges/enrolment.html", name=name, picture=picture, address=address)
    response.status_code = 200
    return response


async def _own_device(request: web.AnyRequest, device: UUID, *, whole: bool = False) -> None:
    """Raises Forbidden for a device none of whose gates the asker organises; with *whole*, one that has a gate they do not: its rights would be theirs."""
    asker, edition = await web.signed_in(request), await editions.needed()
    allowed = {gate.id for gate in await queries.gates(edition.id, asker.campuses())}
    found = [one for one in await devices.all_of(edition.id) if one.id == device]
    if not found:
        raise NotFound(N_("There is no such device."))
    if not set(found[0].gates) & allowed or (whole and not set(found[0].gates) <= allowed):
        raise Forbidden(N_("This device belongs to another campus."))


@post("/door/devices/{device:uuid}/again", status_code=303)
async def enrol_again(request: web.AnyRequest, device: FromPath[UUID]) -> Page:
    await web.form(request, NoForm)
    await _own_device(request, device, whole=True)
    asker = await web.signed_in(request)
    return await _enrolment_page(request, "", await devices.again(device, now=clock.now(), by=asker.person))


@post("/door/devices/{device:uuid}/withdraw", status_code=303)
async def withdraw(request: web.AnyRequest, device: FromPath[UUID]) -> Page:
    await web.form(request, NoForm)
    await _own_device(request, device)
    asker = await web.signed_in(request)
    await devices.withdraw(device, now=clock.now(), by=asker.person)
    return web.redirect(request, "/door/devices", N_("The device is withdrawn: it opens nothing any more."))


ROUTES = [my_badge, print_mine, lost_form, lost, picture, door, device_list, new_device, enrol_again, withdraw]
