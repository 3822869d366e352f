"""`redeem`: one scan of anybody's scanner, pretix's request and answer; answered before the framework, the busiest second being at the doors.

`Quick` takes the requests every scanner sends: a small body of a stated length. Whatever else arrives at this address
(chunked, oversized, another method) goes on to the route, which gives the same answers.
"""

import re
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from forum import clock, problems, web
from forum.badges import devices, redeem, sentences
from forum.badges.asking import Scan
from forum.badges.codes import code_of
from forum.badges.recording import Outcome
from forum.badges.requests import Reply, decoded, edition_of, fault, gate_of, moment, token_in
from forum.errors import ForumError, Invalid
from forum.i18n import N_

INVALID: Final = "invalid"
TEMPLATE: Final = "/api/v1/organizers/{org:str}/checkinrpc/redeem"
ADDRESS: Final = re.compile(r"/api/v1/organizers/([^/]+)/checkinrpc/redeem/?")
QUICK_MOST: Final = 65_536  # bytes of a body that is read here


class RedeemBody(msgspec.Struct):
    """pretix's body; `gate` and `staff` are ours. `lists` holds gate ids: the first one of this device counts."""

    secret: str
    source_type: str = "barcode"
    lists: list[str | int] = []
    type: str = "entry"
    datetime: str | None = None
    force: bool = False
    ignore_unpaid: bool = False
    nonce: str | None = None
    questions_supported: bool = False
    answers: dict[str, Any] = {}
    use_order_locale: bool = False
    gate: UUID | None = None
    staff: str = ""


async def answer(authorization: str, raw: bytes, org: str, lang: str, secret: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to one scan: 201 let in, 400 a badge of ours that is refused, 404 no badge of ours."""
    try:
        token, asked, edition, now = token_in(authorization), decoded(raw, RedeemBody), await edition_of(org), clock.now()
        if asked.type not in ("entry", "exit"):
            raise Invalid(N_("Type is entry or exit."), field="type")
        nonce = asked.nonce or uuid4().hex
        if not 8 <= len(nonce) <= 64 or len(asked.staff) > 40 or "\x00" in nonce or "\x00" in asked.staff:
            raise Invalid(N_("A nonce has 8 to 64 characters."), field="nonce")
        gate = asked.gate or gate_of(await devices.by_token(token), None, asked.lists)
        scan = Scan(nonce, asked.secret, gate, asked.type, moment(asked.datetime, now), asked.force, asked.staff)  # type: ignore[arg-type]
        outcome = await redeem.redeem(token, edition.id, scan, now=now, secret=secret)
    except ForumError as error:
        return fault(error, lang)
    decision = outcome.decision
    return 201 if decision.status == "ok" else 404 if decision.reason == INVALID else 400, fields(outcome, lang, nonce)


@post(TEMPLATE, status_code=201)
async def redeem_scan(request: web.AnyRequest, org: FromPath[str]) -> Reply:
    given = request.headers.get("authorization", "")
    status, body = await answer(given, await request.body(), org, web.lang_of(request), request.app.state.secret)
    return Response(body, status_code=status)


def fields(outcome: Outcome, lang: str, nonce: str) -> dict[str, Any]:
    """pretix's answer, always with the same fields; what the door's screen needs besides is under `forum`."""
    decision = outcome.decision
    theirs = outcome.holder.language if outcome.holder else lang
    title, instead, lines = sentences.sentences(lang, decision, outcome.door.zone)
    said = {lang: [title, instead, *lines]}
    if theirs != lang:
        other = sentences.sentences(theirs, decision, outcome.door.zone)
        said[theirs] = [other[0], other[1], *other[2]]
    return {
        "status": decision.status,
        "reason": decision.reason or None,
        "reason_explanation": instead or title if decision.status == "error" else None,
        "position": _position(outcome),
        "require_attention": decision.attention,
        "checkin_texts": [title, *([instead] if instead else []), *lines],
        "list": {"id": str(outcome.door.id), "name": f"{outcome.door.campus_name} · {outcome.door.name}", "include_pending": False},
        "forum": {
            "nonce": nonce,
            "detail": decision.detail,
            "look": decision.look,
            "override": decision.override,
            "forced": decision.forced,
            "warnings": decision.warnings,
            "unknown": decision.unknown,
            "facts": decision.facts,
            "said": said,
            "language": theirs,
            "inside": outcome.inside,
            "capacity": outcome.door.capacity,
            "campus": outcome.door.number,
            "replayed": outcome.replayed,
            "at": int(outcome.at.timestamp() * 1000),
        },
    }


def _position(outcome: Outcome) -> dict[str, Any] | None:
    holder = outcome.holder
    if holder is None:
        return None
    code = code_of(holder.number)
    return {"id": str(holder.badge), "code": code, "attendee_name": holder.name, "item": holder.role, "language": holder.language}


# --- before the framework -----------------------------------------------------------------------------------------


class Quick:
    """Answers scans as plain ASGI, between the edge and the framework; the device's token is checked by `answer`, as on the route."""

    def __init__(self, app: ASGIApp, secret: bytes) -> None:
        self.app, self.secret = app, secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = ADDRESS.fullmatch(scope["path"]) if scope.get("method") == "POST" else None
        authorization, size = _headers(scope) if address else ("", 0)
        if address is None or not 0 < size <= QUICK_MOST:
            await self.app(scope, receive, send)
            return
        scope["path_template"] = TEMPLATE
        raw = await _body(receive)
        if raw is None:
            return
        try:
            status, said = await answer(authorization, raw, address[1], scope["state"]["lang"], self.secret)
        except Exception as error:  # noqa: BLE001 - as the framework does it: logged, and nothing of the inside shown
            request: web.AnyRequest = Request(scope, receive, send)
            await (await problems.answer(request, error)).to_asgi_response(None, request)(scope, receive, send)
            return
        encoded = msgspec.json.encode(said)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(encoded)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": encoded, "more_body": False})


def _headers(scope: Scope) -> tuple[str, int]:
    """The `Authorization` header and the stated length of the body; 0 when it is not stated, or encoded."""
    authorization, size = "", 0
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"content-length" and value.isdigit() and len(value) < 10:
            size = int(value)
        elif name in (b"transfer-encoding", b"content-encoding"):
            return "", 0
    return authorization, size


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client went away. The server cuts it at its stated length."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)


ROUTES = [redeem_scan]
