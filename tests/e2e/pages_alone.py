"""Templates rendered with plain contexts and served with the real security headers: the frame and the elements without the application."""

import gzip
import mimetypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from forum import pages
from forum.campuses.front import Row, front
from forum.campuses.model import EditionDay
from forum.campuses.sample import sample
from forum.edge import HEADERS
from forum.editions import Edition
from forum.editions import EditionDay as Day
from forum.i18n import Message

THURSDAY, FRIDAY = date(2028, 11, 16), date(2028, 11, 17)
EDITION = Edition(
    UUID(int=1), "2028", "Forum IA & Territoires 2028", "Europe/Paris", 20, True, datetime(2028, 1, 1, tzinfo=UTC), datetime(2028, 11, 15, tzinfo=UTC),
    (Day(THURSDAY, time(9), time(18, 30)), Day(FRIDAY, time(9), time(17, 30))),
)  # fmt: skip
NOW = datetime(2028, 10, 1, 8, 41, tzinfo=UTC)
Page = Callable[[], tuple[str, dict[str, Any]]]


def home(count: int) -> tuple[str, dict[str, Any]]:
    """The front page of an edition with *count* campuses; Campus 12 is full on Thursday."""
    days = [EditionDay(d.day, d.opens, d.closes) for d in EDITION.days]
    campuses = sample(EDITION.id, days, count=count).campuses
    rows = [
        Row(d.day, c.slug, c.number, c.name, c.city, c.postcode, c.step_free, c.lat, c.lon, 480, 0 if (c.number, d.day) == (12, THURSDAY) else c.number * 3)
        for d in days for c in campuses
    ]  # fmt: skip
    counts = SimpleNamespace(registered=14212, companies=120, offers=486, sessions=642, at=NOW)
    return "home.html", {"front": front(rows, [d.day for d in days]), "counts": counts}


def person(number: int) -> SimpleNamespace:
    return SimpleNamespace(person=UUID(int=number), name="Anh", registration=UUID(int=9), purpose="visitor", is_minor=False, has=lambda *_: False)


@dataclass
class Site:
    """What is served: pages by path (without language), and the forms that came in."""

    pages: dict[str, Page]
    origin: str = ""
    posts: list[tuple[str, str]] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    principal: SimpleNamespace | None = None
    raw: dict[str, str] = field(default_factory=dict)  # whole pages
    sources: dict[str, str] = field(default_factory=dict)  # templates as text


def usual_pages() -> dict[str, Page]:
    return {
        "/": lambda: home(24),
        "/hundred": lambda: home(100),
        "/few": lambda: home(3),
        "/_components": lambda: ("components.html", {}),
        "/offline": lambda: ("about/offline.html", {}),
        "/missing": lambda: ("error.html", {"message": Message("There is no such page."), "code": 404, "kind": 404, "back": "", "again": "", "lost": True, "request_id": ""}),
        "/broken": lambda: ("error.html", {"message": Message("Too many tries. Wait a little and try again."), "code": 500, "kind": 500, "back": "/sign-in", "again": "/", "lost": False, "request_id": "ab12"}),
    }  # fmt: skip


def _text(source: str, context: dict[str, Any]) -> str:
    lang = context["lang"]
    template = pages.environment(lang).from_string(source)
    return template.render(**context, csrf_field=lambda: pages.csrf_field("t"), other_language="en", other_language_url="/en/")


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.gets.append(path)
            if path.startswith("/static/") or path in ("/sw.js", "/app.webmanifest"):
                self._file(path.removeprefix("/static/").lstrip("/"))
            else:
                self._page(path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
            site.posts.append((self.path, body))
            if self.path.endswith("/sign-out"):
                site.principal = None
            self._send(303, "text/plain", b"", {"location": self.headers.get("referer", "/")})

        def _file(self, name: str) -> None:
            path = pages.FRONTEND / "dist" / name
            if not path.is_file():
                return self._send(404, "text/plain", b"")
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            return self._send(200, kind, path.read_bytes(), {"cache-control": "no-cache" if name in ("sw.js",) else "public, max-age=31536000, immutable"})

        def _page(self, path: str) -> None:
            lang = "en" if path == "/en" or path.startswith("/en/") else "fr"
            bare = (path.removeprefix("/en") or "/") if lang == "en" else path
            if bare in site.raw:
                return self._send(200, "text/html; charset=utf-8", site.raw[bare].encode())
            if bare not in site.pages and bare not in site.sources:
                return self._send(404, "text/plain", b"")
            template, facts = site.pages[bare]() if bare in site.pages else ("", {})
            context = {"lang": lang, "principal": site.principal, "csrf_token": "t", "path": bare, "flashes": [], "now": NOW, "edition": EDITION, **facts}
            html = pages.render(template, context) if template else _text(site.sources[bare], context)
            return self._send(200, "text/html; charset=utf-8", html.encode(), {"cache-control": "private, no-store"})

        def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
            packed = gzip.compress(body, 6) if kind.startswith(("text/", "application/j", "image/svg")) and len(body) > 512 else None
            self.send_response(status)
            for name, value in {**HEADERS, **(headers or {}), "content-type": kind}.items():
                self.send_header(name, value)
            if packed is not None:
                self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(packed if packed is not None else body)))
            self.end_headers()
            self.wfile.write(packed if packed is not None else body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving(site: Site, port: int = 0) -> Iterator[Site]:
    """*site* on a loopback port; the port is free again afterwards."""
    pages.manifest.cache_clear()
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(site))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
