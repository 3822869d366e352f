"""Pages that belong to no feature and change rarely: accessibility, your data, the API, offline, robots, security contact."""

from datetime import timedelta

from litestar import Response, get
from litestar.enums import MediaType

from forum import clock, web

TEXT = MediaType.TEXT


@get("/accessibility")
async def accessibility(request: web.AnyRequest) -> Response[str]:
    """The accessibility statement that French law asks of public sites (law of 11 February 2005, article 47)."""
    return await web.page(request, "about/accessibility.html")


@get("/your-data")
async def your_data(request: web.AnyRequest) -> Response[str]:
    """What is kept, why, for how long, who sees it, how to take it back (GDPR articles 13 and 14)."""
    return await web.page(request, "about/your_data.html")


@get("/api")
async def api(request: web.AnyRequest) -> Response[str]:
    """Where programs find the interface and the feeds."""
    return await web.page(request, "about/api.html")


@get("/offline")
async def offline(request: web.AnyRequest) -> Response[str]:
    """What the installed page shows when a page was never kept; it names nobody."""
    return await web.page(request, "about/offline.html")


@get("/robots.txt", media_type=TEXT, sync_to_thread=False)
def robots(request: web.AnyRequest) -> str:
    """The programme may be found, people's pages may not; a rehearsal is no event."""
    closed = ("/me", "/day", "/badge", "/organise", "/control", "/demo", "/sign-in", "/register/", "/door", "/live")
    rules = ["Disallow: /"] if web.settings_of(request).demo else [f"Disallow: {path}" for path in closed]
    return "\n".join(["User-agent: *", *rules, ""])


@get("/.well-known/security.txt", media_type=TEXT, sync_to_thread=False)
def security(request: web.AnyRequest) -> str:
    """Where to report a weakness (RFC 9116)."""
    settings = web.settings_of(request)
    address = settings.mail_from.rpartition("<")[2].rstrip(">") or "forum@example.org"
    expires = (clock.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"Contact: mailto:{address}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: fr, en\nCanonical: {settings.origin}/.well-known/security.txt\n"


ROUTES = [accessibility, your_data, api, offline, robots, security]
