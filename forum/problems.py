"""Failures put into words: problem+json (RFC 9457) for programs, a page for people; 5xx are logged, nothing inside is shown."""

import logging
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR
from litestar.types import Receive, Scope, Send

from forum import again, pages, refused, web
from forum.errors import Conflict, Forbidden, ForumError, Invalid, NotFound, TooOften, Unavailable
from forum.i18n import N_, Message

log = logging.getLogger(__name__)

STATUS: dict[type[ForumError], int] = {
    web.SignInNeeded: 401,
    web.SecondFactorNeeded: 403,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    TooOften: 429,
    Invalid: 422,
    Unavailable: 503,
}
AWAY = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.TooManyConnectionsError, ConnectionError)  # the database stops, starts, or is not there
PLAIN = {
    400: N_("This request cannot be read. Go back, reload the page and try again."),
    401: N_("Sign in to see this page."),
    403: N_("This is not allowed."),
    404: N_("There is no such page."),
    405: N_("This address only takes what a form sends. Open the page of the form and send it from there."),
    410: N_("This was here once and is no longer. Start from the home page to find what replaced it."),
    413: N_("This is too large to be taken at once. Choose a smaller file, or send it in parts."),
    415: N_("This kind of content is not taken here. Send the form from its own page."),
    422: N_("Some answers need another look."),
    429: N_("Too many tries. Wait a little and try again."),
    500: N_("Something broke on our side. It is noted; nothing of yours was lost."),
    503: N_("Forum is busy or being restarted. Try again in a minute."),
}


def status_of(error: Exception) -> int:
    """The HTTP status of *error*: our own errors by class, data the database cannot hold is the sender's fault."""
    if isinstance(error, web.Refused):
        return status_of(error.reason)
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    if isinstance(error, HTTPException):
        return 415 if error.detail == "stream consumed" else error.status_code  # a form where a program's JSON is taken: the guard has read it
    if isinstance(error, asyncpg.DataError | UnicodeError) or (isinstance(error, RecursionError) and "deserializing" in str(error)):
        return 400
    if isinstance(error, AWAY):
        return 503
    return HTTP_500_INTERNAL_SERVER_ERROR


def message_of(error: Exception, status: int) -> Message:
    return error.message if isinstance(error, ForumError) else Message(PLAIN.get(status, PLAIN[400 if status < 500 else 500]))


def wants_json(request: Request[Any, Any, Any]) -> bool:
    path = request.scope["path"]
    return path.startswith(("/api/", "/live")) or "application/json" in request.headers.get("accept", "")


class Answer(Response[Any]):
    """The one exception handler. Litestar's are synchronous and our page reads the database, so the work waits until sending."""

    def __init__(self, request: Request[Any, Any, Any], error: Exception) -> None:
        super().__init__(None)
        self.request, self.error = request, error

    def to_asgi_response(self, *args: Any, **options: Any) -> Any:
        async def send_answer(scope: Scope, receive: Receive, send: Send) -> None:
            real = await answer(self.request, self.error)
            await real.to_asgi_response(None, self.request)(scope, receive, send)

        return send_answer


async def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Put *error* into words for whoever asked."""
    status = status_of(error)
    if status >= 500:
        log.error(
            "request failed",
            exc_info=error,
            extra={"status": status, "request_id": request.scope["state"].get("request_id", ""), "route": request.scope.get("path_template", "")},
        )
    if wants_json(request):
        return _json(request, error, status)
    if isinstance(error, web.SignInNeeded) and request.method in web.SAFE:
        return web.redirect(request, web.with_next("/sign-in", _address(request)))
    if isinstance(error, web.SecondFactorNeeded) and request.method in web.SAFE:
        return web.redirect(request, web.with_next("/sign-in/second", _address(request)))
    if (kept := await again.page(request, error, status)) is not None:
        return kept
    if isinstance(error, ForumError) and status < 500 and (back := refused.where(request, error)):
        reason = error.reason if isinstance(error, web.Refused) else error
        about_answers = isinstance(error, web.Refused | Conflict | Invalid)  # else the sending was refused: the form is a click away
        form = await refused.page_again(request, reason, back, status) if about_answers else None
        if form is not None:
            form.headers.update(_headers(reason))
        return form or await _page(request, error, status, back)
    return await _page(request, error, status, refused.where(request, error) if status < 500 else "")


def _address(request: Request[Any, Any, Any]) -> str:
    """The path asked for, with what it asks: whoever signs in comes back to the same day, the same search."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _json(request: Request[Any, Any, Any], error: Exception, status: int) -> Response[Any]:
    lang = web.lang_of(request)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": message_of(error, status).in_language(lang),
        "status": status,
        "request_id": request.scope["state"].get("request_id", ""),
    }
    error = error.reason if isinstance(error, web.Refused) else error
    if isinstance(error, Invalid) and error.faults:
        body["faults"] = {name: fault.in_language(lang) for name, fault in error.faults.items()}
    elif isinstance(error, ValidationException) and isinstance(error.extra, list):
        body["faults"] = {str(item.get("key", "")): str(item.get("message", "")) for item in error.extra if isinstance(item, dict)}
    return Response(body, media_type="application/problem+json", status_code=status, headers=_headers(error))


def _headers(error: Exception) -> dict[str, str]:
    """How long to wait, and what the framework's errors say besides: `Allow` as it is here, where HEAD goes wherever GET does (`forum/edge.py`) and nothing answers OPTIONS."""
    headers: dict[str, str] = dict(getattr(error, "headers", None) or {})
    reason = error.reason if isinstance(error, web.Refused) else error
    if isinstance(reason, TooOften):
        headers["retry-after"] = str(reason.seconds)
    if "allow" in headers:
        methods = {name.strip() for name in headers["allow"].split(",")} - {"OPTIONS"}
        headers["allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    return headers


async def _page(request: Request[Any, Any, Any], error: Exception, status: int, back: str = "") -> Response[Any]:
    """The page of *error*; when it needs what is broken or away, the same page as nobody signed in would get it."""
    said: dict[str, Any] = {"code": status, "message": message_of(error, status), "kind": _kind(request, error, status), "back": back, "request_id": request.scope["state"].get("request_id", "")}
    said["lost"] = status == 404 and said["message"].text == PLAIN[404]
    said["again"] = request.url.path if status >= 500 and request.method in web.SAFE else ""
    try:
        response = await web.page(request, "error.html", status=status, **said)
    except Exception as worse:
        log.error("error page failed", exc_info=worse)
        whole = pages.failure(web.lang_of(request), web.settings_of(request), path=request.url.path, **said)
        response = Response(whole, media_type=MediaType.HTML, status_code=status, headers={"cache-control": "private, no-store"})
    response.headers.update(_headers(error))
    return response


def _kind(request: Request[Any, Any, Any], error: Exception, status: int) -> int | str:
    """What the page is headed with: its status, a form that ran out, or an address whose query nobody can read."""
    if isinstance(error, web.FormTooOld):
        return "form"
    return "address" if status in (400, 422) and request.method in web.SAFE else status
