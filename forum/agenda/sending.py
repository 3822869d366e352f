"""Whole pages sent as bytes: kept and packed once for readers who are nobody, packed quickly for a person."""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litestar import Response
from markupsafe import Markup

from forum import web
from forum.agenda.current import Current

LARGE = 2000  # bytes; smaller pages are not worth packing


@dataclass(frozen=True, slots=True)
class Kept:
    """A page everybody sees alike, in both forms, and what it was made from."""

    of: object
    plain: bytes
    packed: bytes
    tag: str


def kept(found: Current, key: object, of: object) -> Kept | None:
    """The page *key* of a programme if it was made from *of* itself."""
    page = found.made.get(("page", key))
    return page if isinstance(page, Kept) and page.of is of else None


def keep(found: Current, key: object, of: object, body: bytes, most: int) -> Kept:
    """Keep *body* with the programme, which holds at most *most* things."""
    page = Kept(of, body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:24]}"')
    if len(found.made) < most or ("page", key) in found.made:
        found.made["page", key] = page
    return page


def takes_gzip(request: web.AnyRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def public(request: web.AnyRequest, page: Kept) -> Response[bytes]:
    """A page for nobody in particular, or 304 for a reader who has it."""
    headers = {"etag": page.tag, "cache-control": "private, no-cache", "vary": "accept-encoding, cookie"}
    if page.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    if takes_gzip(request):
        return Response(page.packed, media_type="text/html", headers=headers | {"content-encoding": "gzip"})
    return Response(page.plain, media_type="text/html", headers=headers)


PLACE: Final = Markup("\x03rows\x03")  # where a template says `rows`; no text of ours has this character


def with_rows(page: Response[str], rows: bytes) -> bytes:
    """The page's bytes with *rows* where its template put PLACE."""
    head, _, tail = page.content.partition(PLACE)
    return head.encode() + rows + tail.encode()


def personal(request: web.AnyRequest, page: Response[str], rows: bytes) -> Response[bytes]:
    """A page made for one person, packed at the fastest level: they wait for it, and nobody else will read it."""
    body = with_rows(page, rows)
    headers: Mapping[str, str] = {**page.headers, "vary": "accept-encoding, cookie"}
    if takes_gzip(request) and len(body) >= LARGE:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        body, headers = packer.compress(body) + packer.flush(), {**headers, "content-encoding": "gzip"}
    return Response(body, media_type="text/html", status_code=page.status_code or 200, headers=headers, cookies=page.cookies)
