"""The one place where the parts are joined: settings in, a Litestar application out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from forum import __version__, about, assets, day, db, editions, health, home, problems, remedies, sheet, web
from forum import day_calendar as _day_calendar  # noqa: F401 joins the features: meetings in a person's calendar feed
from forum import day_paper as _day_paper  # noqa: F401 joins the features: hands each person's day to the paper that badges make
from forum.agenda import api as agenda_api
from forum.agenda import lists as agenda_lists  # noqa: F401 registers the list of sessions
from forum.agenda import own_data as _agenda_own  # noqa: F401 what it knows of a person, as the two below
from forum.agenda import web as agenda_web
from forum.badges import api as badges_api
from forum.badges import desk as badges_desk
from forum.badges import own_data as _badges_own  # noqa: F401
from forum.badges import redeem_api as badges_redeem
from forum.badges import web as badges_web
from forum.campuses import web as campuses_web
from forum.edge import Edge
from forum.live import outbox
from forum.live import web as live_web
from forum.live.hub import Hub
from forum.live.stream import Stream
from forum.matchmaking import api as matchmaking_api
from forum.matchmaking import own_data as _matchmaking_own  # noqa: F401
from forum.matchmaking import web as matchmaking_web
from forum.operations import metrics
from forum.people import lists as people_lists  # noqa: F401 registers the lists of people, companies and recruiters
from forum.people import web as people_web
from forum.rehearsal import web as rehearsal_web
from forum.settings import Settings, secret_of
from forum.tabular import web as tabular_web

BODY_MOST = 2 * 1024 * 1024  # bytes of an ordinary request; import pages set their own

ROUTES: list[ControllerRouterHandler] = [
    *assets.ROUTES,
    *health.ROUTES,
    *metrics.ROUTES,
    *home.ROUTES,
    *about.ROUTES,
    *sheet.ROUTES,
    *day.ROUTES,
    *people_web.ROUTES,
    *campuses_web.ROUTES,
    *tabular_web.ROUTES,
    *agenda_web.ROUTES,
    *badges_web.ROUTES,
    *badges_desk.ROUTES,
    *matchmaking_web.ROUTES,
    *live_web.ROUTES,
    *rehearsal_web.ROUTES,
]


# What programs use: described in the API's own schema, /api/schema/openapi.json.
API: list[ControllerRouterHandler] = [*badges_api.ROUTES, *agenda_api.ROUTES, *matchmaking_api.ROUTES]


class Lean(Litestar):
    """Litestar without its plugins for pydantic and attrs: nothing here uses either, and loading them is a sixth of a start."""

    __slots__ = ()

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app(settings: Settings, *, open_pool: bool = True) -> Litestar:
    """The application on *settings*. With `open_pool=False` the caller (a test) has the pool open already."""
    secret = secret_of(settings)
    remedies.join()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        editions.forget()
        async with AsyncExitStack() as stack:
            if open_pool:
                await stack.enter_async_context(db.pool(settings.database_url, size=settings.pool_size))
            app.state.live = live = Stream(Hub(), settings.database_url)
            stack.callback(outbox.on_commit(live.wake))
            await live.start()
            stack.push_async_callback(live.stop)
            yield

    app = Lean(
        route_handlers=[*(route for route in ROUTES if route not in API), Router("/", route_handlers=API, include_in_schema=True, tags=["forum"])],
        guards=[web.guard],
        lifespan=[lifespan],
        exception_handlers={Exception: problems.Answer, HTTPException: problems.Answer},
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=6, minimum_size=600, exclude_opt_key="uncompressed", exclude=["^/static", "^/sw.js", "^/live"]),
        openapi_config=OpenAPIConfig(
            title="Forum",
            version=__version__,
            openapi_router=Router("/api/schema", route_handlers=[], guards=[web.no_such_page_below]),
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        include_in_schema=False,
        request_max_body_size=BODY_MOST,
        multipart_form_part_limit=200,
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    app.state.secret = secret
    app.asgi_handler = metrics.Metered(Edge(badges_redeem.Quick(app.asgi_handler, secret), settings))
    return app
