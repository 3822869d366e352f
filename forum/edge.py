"""The edge: what every request passes before a handler sees it, and every answer after. Plain ASGI, no database."""

import json
import secrets
from typing import Any
from urllib.parse import unquote_to_bytes

from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types import Message as Part

from forum import pages
from forum.i18n import LANGUAGES, N_, Message
from forum.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
FOREIGN = N_("This address does not belong to Forum. Forum is at {origin}")
UNREADABLE = N_("This address cannot be read.")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Host headers that are ours; in the demo also the loopback names of the same port."""
    port = settings.hostname.rpartition(":")[2]
    loopback = {f"{name}:{port}" for name in LOOPBACK} if settings.demo else set()
    return frozenset({settings.hostname} | loopback)


class Edge:
    """Refuse foreign hosts and unreadable paths, take the language off the path, name the request, add the security headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.hosts = allowed_hosts(settings)
        self.headers = dict(HEADERS) | ({"strict-transport-security": "max-age=63072000; includeSubDomains"} if settings.secure else {})
        self.encoded = [(k.encode(), v.encode()) for k, v in self.headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = str(scope["type"].value if hasattr(scope["type"], "value") else scope["type"])
        if kind not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        fault = self._fault(scope) if kind == "http" else ""
        _language(scope, state)
        if fault:
            await self._refuse(send, fault, scope)
            return

        async def send_with_headers(message: Part) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((k, v) for k, v in self.encoded if k not in given),
                    (b"x-request-id", state["request_id"].encode()),
                ]
            await send(message)

        if scope.get("method") == "HEAD":
            await _as_get(self.app, scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers if kind == "http" else send)

    def _fault(self, scope: Any) -> str:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        known = len(hosts) == 1 and hosts[0].decode("latin-1").lower() in self.hosts
        if not known and scope["path"] not in {"/healthz", "/readyz"}:  # probes ask by address, from inside
            return FOREIGN
        raw = unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()) + b"?" + unquote_to_bytes(scope["query_string"])
        if b"\x00" in raw or not _is_text(raw):
            return UNREADABLE
        return ""

    async def _refuse(self, send: Send, fault: str, scope: Any) -> None:
        """Say *fault*: to programs as everywhere, to people as a page; in plain text where even the page's style sheet would be refused."""
        state, words = scope["state"], Message(fault, origin=self.settings.origin) if fault == FOREIGN else Message(fault)
        lang, number = state["lang"], state["request_id"]
        if scope["path"].startswith(("/api/", "/live")):
            kind, text = "application/problem+json", json.dumps({"type": "about:blank", "title": words.in_language(lang), "status": 400, "request_id": number}, ensure_ascii=False)
        elif fault == FOREIGN:
            kind, text = "text/plain; charset=utf-8", words.in_language(lang)
        else:
            kind, text = "text/html; charset=utf-8", pages.failure(lang, self.settings, path="/", code=400, message=words, kind="address")
        body = text.encode()
        own = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), (b"x-request-id", number.encode())]
        await send({"type": "http.response.start", "status": 400, "headers": [*own, *self.encoded]})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _language(scope: Any, state: dict[str, Any]) -> None:
    """`/en/day` becomes `/day` in English; programs choose with Accept-Language."""
    path: str = scope["path"]
    prefix, _, rest = path[1:].partition("/")
    if prefix in LANGUAGES and prefix != "fr":
        state["lang"] = prefix
        scope["path"] = "/" + rest
        scope["raw_path"] = scope["path"].encode()
    else:
        wanted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
        state["lang"] = "en" if path.startswith("/api/") and wanted[:2].lower() == b"en" else "fr"


async def _as_get(app: ASGIApp, scope: Any, receive: Receive, send: Send) -> None:
    """HEAD is GET without the body: what asks by HEAD (previews, monitors, link checkers) gets the status and headers the page has.
    The handlers see a copy of the scope: the server, and what counts requests, still know that HEAD was asked."""
    asked: Any = {**scope, "method": "GET"}

    async def without_body(message: Any) -> None:
        await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

    try:
        await app(asked, receive, without_body)
    finally:
        scope["path_template"] = asked.get("path_template")
