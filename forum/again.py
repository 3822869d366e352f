"""A form sent in vain, because the sign-in or the form's own token had run out, can be sent again as it was typed: nothing typed is lost."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.exceptions import HTTPException

from forum import pages, web
from forum.edge import allowed_hosts

RAN_OUT = (web.SignInNeeded, web.SecondFactorNeeded, web.FormTooOld)


def is_ours(request: Request[Any, Any, Any]) -> bool:
    """Whether the browser vouches that a page of ours sent this; what another site filled in is never offered to be sent again."""
    origin = request.headers.get("origin", "")
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin" and urlsplit(origin).netloc in allowed_hosts(web.settings_of(request))


async def typed(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """The fields as they were sent, in order, without the token; [] when there is nothing to keep, or files that a page cannot hold."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    try:
        items = (await request.form()).multi_items()
    except HTTPException:  # too large or unreadable
        return []
    return [(name, value) for name, value in items if isinstance(value, str) and name != "_csrf"]


async def page(request: Request[Any, Any, Any], error: Exception, status: int) -> Response[str] | None:
    """The page that holds what was typed and its button, or None where *error* is of another kind or nothing was typed."""
    if not isinstance(error, RAN_OUT) or not is_ours(request):
        return None
    if not (fields := await typed(request)):
        return None
    query = request.url.query
    to = pages.url(web.lang_of(request), request.url.path + (f"?{query}" if query else ""))
    needs = {web.SignInNeeded: "/sign-in", web.SecondFactorNeeded: "/sign-in/second"}.get(type(error), "")
    return await web.page(request, "again.html", status=status, to=to, fields=fields, needs=needs)
