"""Built files, kept in memory and sent compressed; their names carry a hash, so browsers keep them for a year."""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get

from forum import pages
from forum.errors import NotFound
from forum.i18n import N_

SMALL = 512  # bytes under which compression costs more than it saves
PACKED = (".css", ".js", ".json", ".svg", ".webmanifest", ".wasm", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    packed: bytes | None
    kind: str


@cache
def load(folder: Path) -> dict[str, Asset]:
    """Every file under *folder* by its relative path."""
    found: dict[str, Asset] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        body = path.read_bytes()
        packed = gzip.compress(body, 9, mtime=0) if path.suffix in PACKED and len(body) > SMALL else None
        found[path.relative_to(folder).as_posix()] = Asset(body, packed, mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    return found


def asset_response(request: Request[Any, Any, Any], name: str, *, keep: str = "public, max-age=31536000, immutable") -> Response[bytes]:
    """The built file *name*, gzipped when the browser takes it. Raises NotFound."""
    item = load(pages.FRONTEND / "dist").get(name)
    if item is None:
        raise NotFound(N_("There is no such page."))
    headers = {"cache-control": keep, "vary": "accept-encoding"}
    if item.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(item.packed, media_type=item.kind, headers=headers | {"content-encoding": "gzip"})
    return Response(item.body, media_type=item.kind, headers=headers)


@get("/static/{path:path}")
async def static(request: Request[Any, Any, Any]) -> Response[bytes]:
    return asset_response(request, request.path_params["path"].lstrip("/").replace("\\", "/"))


@get("/sw.js")
async def service_worker(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The service worker lives at the root so that its scope is the whole site; browsers re-check it each time."""
    return asset_response(request, pages.manifest().get("sw.js", "sw.js"), keep="no-cache")


@get("/app.webmanifest")
async def web_manifest(request: Request[Any, Any, Any]) -> Response[bytes]:
    return asset_response(request, pages.manifest().get("app.webmanifest", "app.webmanifest"), keep="no-cache")


ROUTES = [static, service_worker, web_manifest]
