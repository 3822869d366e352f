"""What every handler uses: who asks, a page, a form, a redirect. The guard applies the access table and the CSRF rule."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Request, Response, WebSocket
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.handlers.base import BaseRouteHandler

from forum import access, clock, forms, pages
from forum.access import Principal
from forum.edge import allowed_hosts
from forum.errors import Forbidden, ForumError, Invalid, NotFound
from forum.i18n import N_, Message
from forum.settings import Settings
from forum.sign_ins import principal_of

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)
AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInNeeded(Forbidden):
    """Nobody is signed in: a page redirects to the sign-in and comes back, a program gets 401."""


class SecondFactorNeeded(Forbidden):
    """The role is there and waits for its second factor."""


class FormTooOld(Forbidden):
    """The form's token is not this browser's any more: the sign-in changed since, or it was never ours."""


class Refused(ForumError):
    """What a form asked for is refused: the page at *back* says so, under the status of *reason*."""

    def __init__(self, reason: ForumError, back: str) -> None:
        super().__init__(reason.message, field=reason.field, code=reason.code)
        self.reason, self.back = reason, back


def settings_of(connection: AnyConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


def lang_of(connection: AnyConnection) -> str:
    lang: str = connection.scope["state"].get("lang", "fr")
    return lang


# --- cookies -------------------------------------------------------------------------------------------------


def cookie_name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.secure else name


def cookie(settings: Settings, name: str, value: str, *, max_age: int | None) -> Cookie:
    """A cookie no other site and no script can read."""
    return Cookie(key=cookie_name(settings, name), value=value, path="/", max_age=max_age, secure=settings.secure, httponly=True, samesite="lax")


def read_cookie(connection: AnyConnection, name: str) -> str:
    """The cookie's value when it looks like one of ours (ASCII, ≤ 200 characters), else ''."""
    value = connection.cookies.get(cookie_name(settings_of(connection), name), "")
    return value if value.isascii() and len(value) <= 200 else ""


# --- who asks -----------------------------------------------------------------------------------------------


async def principal(connection: AnyConnection) -> Principal | None:
    """The person signed in on this connection, looked up once per request."""
    state = connection.scope["state"]
    if "principal" not in state:
        token = read_cookie(connection, "forum_sign_in")
        state["principal"] = await principal_of(token, now=clock.now()) if token else None
    found: Principal | None = state["principal"]
    return found


async def signed_in(request: AnyRequest) -> Principal:
    """The person asking; the guard has already let them in. Raises SignInNeeded otherwise."""
    found = await principal(request)
    if found is None:
        raise SignInNeeded(N_("Sign in to see this page."))
    return found


# --- CSRF ---------------------------------------------------------------------------------------------------


def visitor(request: AnyConnection) -> str:
    """The browser's own random name: from its cookie, or made now and set with the response."""
    state = request.scope["state"]
    if "visitor" not in state:
        known = read_cookie(request, "forum_visitor")
        state["visitor"] = known if len(known) == 43 else ""
        if not state["visitor"]:
            state["visitor"] = state["new_visitor"] = secrets.token_urlsafe(32)
    name: str = state["visitor"]
    return name


def csrf_token(request: AnyConnection) -> str:
    """Bound to the sign-in when there is one, else to the browser: another visitor's token is worth nothing."""
    owner = read_cookie(request, "forum_sign_in") or visitor(request)
    return hmac.new(request.app.state.secret, b"csrf:" + owner.encode(), hashlib.sha256).hexdigest()


async def _check_csrf(connection: AnyConnection) -> None:
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site")
    if (site and site not in {"same-origin", "none"}) or (origin and origin.partition("://")[2] not in allowed_hosts(settings_of(connection))):
        raise Forbidden(N_("This form was sent from another site. Open it again here."))
    given: object = connection.headers.get("x-csrf-token")
    kind = connection.headers.get("content-type", "")
    if given is None and kind.startswith(FORM_TYPES):
        assert isinstance(connection, Request)
        given = (await connection.form()).get("_csrf")
    if not isinstance(given, str) or not given.isascii() or not hmac.compare_digest(given, csrf_token(connection)):
        raise FormTooOld(N_("This form is too old. Go back, reload the page and send it again."))


# --- the guard ----------------------------------------------------------------------------------------------


async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Apply the access table; forms need their CSRF token. Registered once, on the application."""
    if isinstance(connection, WebSocket):
        return  # the hub checks Origin and rights itself, before it accepts
    method = str(connection.scope.get("method", ""))
    row = access.row_of(method, connection.scope["path_template"])
    if row is None:
        raise _refused(connection, NotFound(N_("There is no such page.")))
    device = connection.scope["state"].get("bearer")  # API tokens and devices do not ride on cookies
    if access.DEVICE in row.who:
        return  # the feature's own token check runs in the handler
    asker = None if access.ANYONE in row.who else await principal(connection)
    if not row.allows(asker, connection.path_params):
        if asker is None:
            raise _refused(connection, SignInNeeded(N_("Sign in to see this page.")))
        if asker.factor_missing:
            raise _refused(connection, SecondFactorNeeded(N_("This page needs your second factor.")))
        raise _refused(connection, NotFound(N_("There is no such page.")))
    if method not in SAFE and device is None:
        try:
            await _check_csrf(connection)
        except ForumError:
            await _close_files(connection)
            raise


def no_such_page_below(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """A guard for a router whose library answers unknown pages in its own way: ours says it as everywhere."""
    if connection.path_params:
        raise NotFound(N_("There is no such page."))


async def _close_files(connection: AnyConnection) -> None:
    """Litestar closes a form's files only once a handler ran; what the guard refuses is closed here."""
    if isinstance(connection, Request) and connection.headers.get("content-type", "").startswith("multipart/form-data"):
        await (await connection.form()).close()


def _refused(connection: AnyConnection, error: ForumError) -> ForumError:
    """Note that the guard said no; outside, its "no such page" looks like any other."""
    log.info("refused by the access table", extra={"route": connection.scope.get("path_template", ""), "request_id": connection.scope["state"]["request_id"]})
    return error


# --- pages, forms, redirects --------------------------------------------------------------------------------

_on_every_page: list[Callable[[AnyRequest, datetime], Awaitable[dict[str, Any]]]] = []


def on_every_page(provide: Callable[[AnyRequest, datetime], Awaitable[dict[str, Any]]]) -> None:
    """A feature adds what every page knows, as plain values by name; called once, where its routes are made."""
    if provide not in _on_every_page:
        _on_every_page.append(provide)


async def page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """Render *template* in the request's language with what every page knows (`docs/architecture.md`)."""
    state = request.scope["state"]
    context |= {
        "lang": lang_of(request),
        "principal": await principal(request),
        "csrf_token": csrf_token(request),
        "path": request.url.path,
        "settings": settings_of(request),
        "flashes": [] if "refused" in state else pages.read_flashes(request.app.state.secret, read_flash(request)),
        "now": clock.now(),
        "can_open": access.can_open,
    }
    if "edition" not in context:
        context["edition"] = await pages.current_edition()
    for provide in _on_every_page:
        context |= await provide(request, context["now"])
    if "refused" in state:
        _say_again(context, state["refused"])
    response = Response(await pages.render_giving_way(template, context), media_type=MediaType.HTML, status_code=status, headers={"cache-control": "private, no-store"})
    if "new_visitor" in state:
        response.set_cookie(cookie(settings_of(request), "forum_visitor", state["new_visitor"], max_age=86400 * 30))
    if context["flashes"]:
        response.delete_cookie(cookie_name(settings_of(request), "forum_flash"), path="/")
    return response


def _say_again(context: dict[str, Any], refused: dict[str, Any]) -> None:
    """Put what was refused (`forum/refused.py`) on the page of its form: beside the fields where the page has a place for that, else on top."""
    error: ForumError = refused["error"]
    faults = error.faults if isinstance(error, Invalid) else {}
    context["form_at"] = pages.url(context["lang"], refused["at"].partition("#")[0])  # the sentence is at the top, the place may be far below
    if faults and context.get("faults") == {} and context.get("values") == {}:
        context |= {"faults": {name: fault.in_language(context["lang"]) for name, fault in faults.items()}, "values": refused["values"]}
    said = {str(message): message for message in (error.message, *faults.values())}
    context["flashes"] = [("bad", message) for message in said.values()]


def read_flash(request: AnyRequest) -> str:
    value = request.cookies.get(cookie_name(settings_of(request), "forum_flash"), "")
    return value if value.isascii() and len(value) <= 2000 else ""


async def form(request: AnyRequest, shape: type[S]) -> S:
    """The posted form as *shape*; unknown fields are refused. Raises Invalid with a fault per field."""
    return forms.read(shape, (await request.form()).multi_items())


async def posted(request: AnyRequest, *many: str) -> dict[str, Any]:
    """What was typed, to show it again beside its faults: text by field name, a list for the names in *many*; no files, no CSRF token."""
    values: dict[str, Any] = {name: [] for name in many}
    for key, item in (await request.form()).multi_items():
        if isinstance(item, str) and key != "_csrf":
            values[key] = [*values[key], item] if key in many else item
    return values


def redirect(request: AnyRequest, path: str, flash: Message | str | None = None, *, kind: str = "ok") -> Response[None]:
    """303 to *path* (ours, in the language of the request), with an optional message on the next page."""
    response: Response[None] = Response(None, status_code=303, headers={"location": pages.url(lang_of(request), path)})
    if flash is not None:
        said = pages.write_flash(request.app.state.secret, flash if isinstance(flash, Message) else Message(flash), kind)
        response.set_cookie(cookie(settings_of(request), "forum_flash", said, max_age=60))
    if "new_visitor" in request.scope["state"]:
        response.set_cookie(cookie(settings_of(request), "forum_visitor", request.scope["state"]["new_visitor"], max_age=86400 * 30))
    return response


def local_path(path: str) -> str:
    """*path* if it is a path on this site, else '/': a `next` parameter never leads elsewhere."""
    return quote(path, safe="/?&=%-_.~") if path.startswith("/") and not path.startswith("//") and "\\" not in path else "/"


def with_next(path: str, next: str) -> str:
    """*path* with the page of ours that follows it as its `next` parameter."""
    return f"{path}?next={quote(local_path(next), safe='/')}"


def invalid_page_values(error: Invalid, lang: str) -> dict[str, str]:
    """Faults put into words for the form macros."""
    return {name: message.in_language(lang) for name, message in error.faults.items()}
