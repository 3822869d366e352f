"""A form that was refused comes back as its own page, with the sentence on top, under the status of the refusal."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException

from forum import web
from forum.edge import allowed_hosts
from forum.errors import ForumError
from forum.i18n import LANGUAGES

KEPT_STATE = ("request_id", "lang", "principal", "visitor")
NOT_FOR_A_LOOK = frozenset({b"content-length", b"content-type", b"accept-encoding", b"range", b"x-csrf-token"})


def where(request: Request[Any, Any, Any], error: Exception) -> str:
    """The page that has the form *error* stands against: as its handler said, else where the browser says it was; '' when nobody knows."""
    if request.method in web.SAFE:
        return ""
    if isinstance(error, web.Refused):
        return error.back
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc not in allowed_hosts(web.settings_of(request)):
        return ""
    first, _, rest = came.path[1:].partition("/")
    path = f"/{rest}" if first in LANGUAGES else came.path
    return web.local_path(f"{path}?{came.query}" if came.query else path)


async def page_again(request: Request[Any, Any, Any], error: ForumError, path: str, status: int) -> Response[bytes] | None:
    """The page at *path* as the same person would get it now, saying *error*, with *status*; None when there is no such page any more."""
    state = {name: request.scope["state"][name] for name in KEPT_STATE if name in request.scope["state"]}
    state["refused"] = {"error": error, "values": await web.posted(request), "at": path}
    address, _, query = path.partition("#")[0].partition("?")
    scope: Any = {key: request.scope[key] for key in ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "litestar_app") if key in request.scope}
    scope |= {"method": "GET", "path": address, "raw_path": address.encode(), "query_string": query.encode(), "state": state}
    scope["headers"] = [(name, value) for name, value in request.scope["headers"] if name not in NOT_FOR_A_LOOK]
    sent: list[Any] = []

    async def nothing() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Any) -> None:
        sent.append(message)

    try:
        await request.app.asgi_router(scope, nothing, keep)
    except HTTPException:  # no such address
        return None
    if sent[0]["status"] != 200:
        return None
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Response(body, media_type=MediaType.HTML, status_code=status, headers={"cache-control": "private, no-store"})
