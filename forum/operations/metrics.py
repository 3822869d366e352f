"""Prometheus figures of this process and of the database, made when they are asked for."""

import hmac
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from litestar import Request, Response, get
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types import Message as ASGIMessage
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest

from forum import clock, db, jobs
from forum.errors import Forbidden
from forum.i18n import N_, Message
from forum.mail import queries as mails
from forum.settings import Settings

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
REQUESTS = Counter("forum_requests", "Requests answered, by route and status class.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram("forum_request_seconds", "Time to answer.", ["method", "route"], registry=REGISTRY,
                    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0))  # fmt: skip
DATABASE_UP = Gauge("forum_database_up", "1 when the database answers.", registry=REGISTRY)
JOBS = Gauge("forum_jobs", "Jobs in the queue, by name and state; `failed` ones are dead.", ["name", "state"], registry=REGISTRY)
WORKERS = Gauge("forum_workers", "Worker processes seen in the last half minute.", registry=REGISTRY)
MAIL_WAITING = Gauge("forum_mail_waiting", "Mails not sent yet.", registry=REGISTRY)
MAIL_OLDEST = Gauge("forum_mail_oldest_seconds", "Age of the oldest mail not sent yet.", registry=REGISTRY)
MAIL_FAILED = Gauge("forum_mail_failed", "Mails that failed in the last day.", registry=REGISTRY)
POOL = Gauge("forum_pool_connections", "Database connections of this process.", ["state"], registry=REGISTRY)
RULES: list[Callable[[], Coroutine[Any, Any, None]]] = []  # a feature adds a coroutine that sets its own gauges on REGISTRY


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. *route* is the template (`/campus/{slug}`), never the path: paths hold ids and tokens."""
    REQUESTS.labels(method, route, f"{status // 100}xx").inc()
    SECONDS.labels(method, route).observe(seconds)


class Metered:
    """Outermost ASGI layer: one observation per HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(getattr(scope["type"], "value", scope["type"])) != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: ASGIMessage) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            given = str(scope.get("method"))
            method = given if given in METHODS else "other"
            observe(method, str(scope.get("path_template") or "none"), status, time.perf_counter() - began)


async def read_database() -> None:
    """Set the gauges that the database knows; when it is away only `forum_database_up` says so."""
    DATABASE_UP.set(0)
    JOBS.clear()
    with suppress(Exception):
        for (name, state), count in (await jobs.counts()).items():
            JOBS.labels(name, state).set(count)
        WORKERS.set(await db.value("SELECT count(*) FROM job_worker WHERE seen_at > now() - interval '30 s'"))
        load = await mails.load(clock.now())
        MAIL_WAITING.set(load.waiting)
        MAIL_OLDEST.set(load.oldest_seconds)
        MAIL_FAILED.set(load.failed)
        if db.DB.pool is not None:
            POOL.labels("open").set(db.DB.pool.get_size())
            POOL.labels("idle").set(db.DB.pool.get_idle_size())
        for rule in RULES:
            await rule()
        DATABASE_UP.set(1)


@get("/metrics")
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For Prometheus: with the bearer token of FORUM_METRICS_TOKEN, or from this machine when none is set."""
    if not _allowed(request, request.app.state.settings):
        raise Forbidden(Message(N_("Metrics need the bearer token of FORUM_METRICS_TOKEN, or a request from this machine.")))
    await read_database()
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4", headers={"Cache-Control": "no-store"})


def _allowed(request: Request[Any, Any, Any], settings: Settings) -> bool:
    if settings.metrics_token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {settings.metrics_token}".encode())
    with suppress(ValueError):
        return request.client is not None and ip_address(request.client.host).is_loopback and not settings.trusted_proxies
    return False


ROUTES = [metrics]
