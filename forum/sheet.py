"""The component sheet, in the demo only: what a page can be made of, and where designers and axe look first."""

from litestar import Response, get, post

from forum import web
from forum.errors import NotFound
from forum.i18n import N_


@get("/_components")
async def components(request: web.AnyRequest) -> Response[str]:
    _only_in_the_demo(request)
    return await web.page(request, "components.html")


@post("/_components", status_code=303)
async def tried(request: web.AnyRequest) -> Response[None]:
    """The sheet's forms are to be tried; nothing is kept."""
    _only_in_the_demo(request)
    return web.redirect(request, "/_components")


def _only_in_the_demo(request: web.AnyRequest) -> None:
    if not web.settings_of(request).demo:
        raise NotFound(N_("There is no such page."))


ROUTES = [components, tried]
