"""Pages of people: registering, signing in and out."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, limits, web
from forum.badges import qr
from forum.errors import ForumError, Invalid, NotFound, TooOften
from forum.i18n import N_, say
from forum.mail import queries as mail_queries
from forum.people import demo, own, own_address, proving, queries, registration, second_factor, sign_in, staff
from forum.people.forms import CodeForm, EmailForm, NextForm, RegisterForm
from forum.people.model import OPEN_PURPOSES, PURPOSE_WORDS
from forum.people.vocabulary import LANGUAGES_SPOKEN, TARGET_ROLES

Page = Response[Any]


def _spend(request: web.AnyRequest, kind: str, back: str) -> None:
    """One try of the client's. Raises Refused with the page at *back* when its network tried too often."""
    try:
        limits.spend(kind, request.client.host if request.client else "", now=clock.now())
    except TooOften as error:
        raise web.Refused(error, back) from error


# --- registering --------------------------------------------------------------------------------------------


async def _register_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    return await web.page(
        request,
        "people/register.html",
        status=422 if error else 200,
        edition=edition,
        campuses=await queries.open_campuses(edition.id),
        purposes=[(p.value, PURPOSE_WORDS[p]) for p in OPEN_PURPOSES],
        target_roles=TARGET_ROLES,
        languages_spoken=LANGUAGES_SPOKEN,
        values=await web.posted(request, "days", "target_roles", "languages") if error else {},
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
        open=edition.takes_registrations(clock.now()),
    )


@get("/register")
async def register_form(request: web.AnyRequest) -> Page:
    return await _register_page(request)


@post("/register", status_code=303)
async def register(request: web.AnyRequest) -> Page:
    _spend(request, "register", "/register")
    try:
        form = await web.form(request, RegisterForm)
        await registration.register(await editions.needed(), form, lang=web.lang_of(request), now=clock.now())
    except Invalid as error:
        return await _register_page(request, error)
    return web.redirect(request, "/register/done")


@get("/register/done")
async def register_done(request: web.AnyRequest) -> Page:
    return await web.page(request, "people/register_done.html")


@get("/register/confirm/{token:str}")
async def confirm_page(request: web.AnyRequest, token: FromPath[str]) -> Page:
    """Mail scanners open links: looking never confirms, the button does."""
    return await web.page(request, "people/confirm.html", token=token)


@post("/register/confirm/{token:str}", status_code=303)
async def confirm(request: web.AnyRequest, token: FromPath[str]) -> Page:
    await web.form(request, NextForm)
    proven, asker = await proving.confirm(token, now=clock.now()), await web.principal(request)
    if proven.first:
        return await _signed_in(request, proven.person, "/badge")
    if asker is not None and asker.person == proven.person:
        return web.redirect(request, "/badge")
    return web.redirect(request, "/sign-in?next=/badge", N_("Confirmed. Sign in to see your badge."))


# --- signing in ---------------------------------------------------------------------------------------------


async def _signed_in(request: web.AnyRequest, person: UUID, path: str, *, second_factor: bool = False) -> Page:
    """A new sign-in for this browser; the old one, if any, ends."""
    asker = await web.principal(request)
    token = await sign_in.start(person, now=clock.now(), replaces=asker.token_hash if asker else b"", second_factor=second_factor)
    response = web.redirect(request, web.local_path(path))
    response.set_cookie(web.cookie(web.settings_of(request), "forum_sign_in", token, max_age=int(sign_in.ABSOLUTE.total_seconds())))
    return response


@get("/sign-in")
async def sign_in_form(request: web.AnyRequest, next: FromQuery[str] = "/") -> Page:
    return await web.page(request, "people/sign_in.html", next=web.local_path(next), values={}, faults={})


@post("/sign-in", status_code=303)
async def ask_sign_in(request: web.AnyRequest) -> Page:
    _spend(request, "ask", "/sign-in")
    try:
        form = await web.form(request, EmailForm)
        asked = await sign_in.ask(form.email, browser=web.visitor(request), now=clock.now())
    except TooOften as error:
        raise web.Refused(error, "/sign-in") from error
    except Invalid as error:
        values = await web.posted(request)
        return await web.page(
            request,
            "people/sign_in.html",
            status=422,
            next=web.local_path(values.get("next", "/")),
            values=values,
            faults=web.invalid_page_values(error, web.lang_of(request)),
        )
    return web.redirect(request, web.with_next(f"/sign-in/{asked}", form.next))


async def _code_page(request: web.AnyRequest, request_id: UUID, next: str, error: Invalid | None = None) -> Page:
    return await web.page(
        request,
        "people/sign_in_code.html",
        status=422 if error else 200,
        request_id=request_id,
        next=next,
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
        values={},
    )


@get("/sign-in/{request_id:uuid}")
async def code_form(request: web.AnyRequest, request_id: FromPath[UUID], next: FromQuery[str] = "/") -> Page:
    return await _code_page(request, request_id, web.local_path(next))


@post("/sign-in/{request_id:uuid}", status_code=303)
async def use_code(request: web.AnyRequest, request_id: FromPath[UUID]) -> Page:
    _spend(request, "code", "/sign-in")
    try:
        form = await web.form(request, CodeForm)
        person = await sign_in.by_code(request_id, form.code, browser=web.visitor(request), now=clock.now())
    except TooOften as error:
        raise web.Refused(error, "/sign-in") from error
    except Invalid as error:
        return await _code_page(request, request_id, web.local_path((await web.posted(request)).get("next", "/")), error)
    return await _signed_in(request, person, form.next)


@get("/sign-in/link/{token:str}")
async def link_page(request: web.AnyRequest, token: FromPath[str]) -> Page:
    return await web.page(request, "people/sign_in_link.html", token=token)


@post("/sign-in/link/{token:str}", status_code=303)
async def use_link(request: web.AnyRequest, token: FromPath[str]) -> Page:
    form = await web.form(request, NextForm)
    return await _signed_in(request, await sign_in.by_link(token, browser=web.visitor(request), now=clock.now()), form.next)


@post("/sign-out", status_code=303)
async def sign_out(request: web.AnyRequest) -> Page:
    asker = await web.principal(request)
    if asker is not None:
        await sign_in.end(asker.token_hash, now=clock.now())
    response = web.redirect(request, "/", N_("You are signed out."))
    response.delete_cookie(web.cookie_name(web.settings_of(request), "forum_sign_in"), path="/")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


# --- second factor ------------------------------------------------------------------------------------------


async def _second_page(request: web.AnyRequest, next: str, error: ForumError | None = None) -> Page:
    asker = await web.signed_in(request)
    setup = await second_factor.setup(asker.person, asker.email, secret=request.app.state.secret, now=clock.now())
    return await web.page(
        request,
        "people/second_factor.html",
        status=422 if error else 200,
        setup=setup,
        qr=qr.svg_of_address(setup.uri, say(web.lang_of(request), N_("QR code of the key"))) if setup.uri else "",
        next=next,
        values={},
        faults={"code": error.message.in_language(web.lang_of(request))} if error else {},
    )


@get("/sign-in/second")
async def second_form(request: web.AnyRequest, next: FromQuery[str] = "/") -> Page:
    return await _second_page(request, web.local_path(next))


@post("/sign-in/second", status_code=303)
async def use_second(request: web.AnyRequest) -> Page:
    asker = await web.signed_in(request)
    try:
        form = await web.form(request, CodeForm)
        await second_factor.check(asker.person, form.code, secret=request.app.state.secret, now=clock.now())
    except TooOften as error:
        raise web.Refused(error, "/sign-in/second") from error
    except Invalid as error:
        return await _second_page(request, web.local_path((await web.posted(request)).get("next", "/")), error)
    return await _signed_in(request, asker.person, form.next, second_factor=True)


# --- the demo -----------------------------------------------------------------------------------------------


@get("/demo/{role:str}")
async def demo_page(request: web.AnyRequest, role: FromPath[str]) -> Page:
    """A sign-in link per role: in the demo only, on loopback only; a page with a button, so that looking changes nothing."""
    demo.refuse_outside_demo(request)
    return await web.page(request, "people/demo.html", role=role, known=role in demo.ROLES)


@post("/demo/{role:str}", status_code=303)
async def demo_sign_in(request: web.AnyRequest, role: FromPath[str]) -> Page:
    demo.refuse_outside_demo(request)
    person, path = await demo.person_of(role)
    return await _signed_in(request, person, path, second_factor=True)


@get("/demo/outbox")
async def demo_outbox(request: web.AnyRequest) -> Page:
    """The mails Forum wrote, where no server sends them."""
    demo.refuse_outside_demo(request)
    return await web.page(request, "people/outbox.html", mails=await mail_queries.outbox())


@get("/demo/outbox/{number:uuid}")
async def demo_mail(request: web.AnyRequest, number: FromPath[UUID]) -> Page:
    demo.refuse_outside_demo(request)
    kept = await mail_queries.kept(number)
    if kept is None:
        raise NotFound(N_("There is no such mail."))
    return await web.page(request, "people/mail.html", mail=kept)


ROUTES = [
    register_form,
    register,
    register_done,
    confirm_page,
    confirm,
    sign_in_form,
    ask_sign_in,
    code_form,
    use_code,
    link_page,
    use_link,
    sign_out,
    second_form,
    use_second,
    demo_page,
    demo_sign_in,
    demo_outbox,
    demo_mail,
    *own.ROUTES,
    *own_address.ROUTES,
    *staff.ROUTES,
]
