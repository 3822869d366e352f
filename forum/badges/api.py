"""The check-in API: pretix's requests, reasons and history for anybody's scanner, and the exchange with our own door page.

Where it differs from pretix is written in `docs/api-check-in.md`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, web
from forum.badges import devices, doors, history, redeem, sentences, snapshot, sync
from forum.badges.asking import Scan
from forum.badges.codes import code_of
from forum.badges.devices import Device
from forum.badges.redeem import Outcome
from forum.editions import Edition
from forum.errors import Forbidden, ForumError, Invalid, NotFound
from forum.i18n import N_, Message
from forum.problems import status_of

Reply = Response[Any]
Answering = Callable[[], Awaitable[Reply]]
INVALID: Final = "invalid"


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


class AnnulBody(msgspec.Struct):
    """Takes back the scan *nonce* made by this device."""

    nonce: str
    lists: list[str | int] = []
    datetime: str | None = None
    error_explanation: str = ""
    staff: str = ""


class EnrolBody(msgspec.Struct):
    """pretix's device handshake; what the device says of itself is not kept."""

    token: str
    hardware_brand: str = ""
    hardware_model: str = ""
    software_brand: str = ""
    software_version: str = ""


def token_of(request: web.AnyRequest) -> str:
    """The device token of an `Authorization: Device …` header. Raises Forbidden."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "device" or not token.isascii() or not 8 <= len(token) <= 200:
        raise Forbidden(N_("This device is not enrolled. Ask an organiser to show its QR code."), code="device")
    return token


async def body(request: web.AnyRequest, shape: type[Any]) -> Any:
    """The JSON body as *shape*. Raises Invalid with what is wrong."""
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(Message(N_("This request cannot be read: {why}"), why=str(error)[:200])) from error


async def answered(request: web.AnyRequest, work: Answering) -> Reply:
    """Expected failures in the one shape every answer of this API has."""
    try:
        return await work()
    except ForumError as error:
        said = error.message.in_language(web.lang_of(request))
        fault = {"status": "error", "reason": "error", "detail": error.code or error.field or "error", "reason_explanation": said}
        return Response(fault, status_code=status_of(error))


async def edition_of(org: str) -> Edition:
    """`org` in the address is the edition's slug, or `current`."""
    return await editions.needed() if org == "current" else await editions.by_slug(org)


def moment(text: str | None, now: datetime) -> datetime:
    """An ISO 8601 moment with its zone; absent means now. Raises Invalid."""
    if text is None:
        return now
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Give the time as ISO 8601 with its zone."), field="datetime") from error
    if parsed.tzinfo is None or not now - timedelta(days=366) < parsed < now + timedelta(days=366):
        raise Invalid(N_("Give the time as ISO 8601 with its zone."), field="datetime")
    return parsed


def _gate(device: Device, given: UUID | None, lists: list[str | int]) -> UUID:
    """The gate asked for, the first list that is a gate of the device, or its only one. Raises Forbidden."""
    asked = [given] if given else [_uuid(each) for each in lists]
    for gate in asked or (device.gates if len(device.gates) == 1 else []):
        if gate in device.gates:
            return gate
    raise Forbidden(N_("This device is not enrolled for that gate."), code="gate")


def _uuid(text: str | int) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


# --- redeem ---------------------------------------------------------------------------------------------------


@post("/api/v1/organizers/{org:str}/checkinrpc/redeem", status_code=201)
async def redeem_scan(request: web.AnyRequest, org: FromPath[str]) -> Reply:
    async def work() -> Reply:
        token, asked, edition, now = token_of(request), await body(request, RedeemBody), await edition_of(org), clock.now()
        if asked.type not in ("entry", "exit"):
            raise Invalid(N_("Type is entry or exit."), field="type")
        nonce = asked.nonce or uuid4().hex
        if not 8 <= len(nonce) <= 64 or len(asked.staff) > 40 or "\x00" in nonce + asked.staff:
            raise Invalid(N_("A nonce has 8 to 64 characters."), field="nonce")
        gate = asked.gate or _gate(await devices.by_token(token), None, asked.lists)
        scan = Scan(nonce, asked.secret, gate, asked.type, moment(asked.datetime, now), asked.force, asked.staff)
        outcome = await redeem.redeem(token, edition.id, scan, now=now, secret=request.app.state.secret)
        return reply(outcome, web.lang_of(request), nonce)

    return await answered(request, work)


def reply(outcome: Outcome, lang: str, nonce: str) -> Reply:
    """201 let in, 400 a badge of ours that is refused, 404 no badge of ours: always the same fields."""
    decision = outcome.decision
    theirs = outcome.holder.language if outcome.holder else lang
    title, instead, lines = sentences.sentences(lang, decision, outcome.door.zone)
    said = {lang: [title, instead, *lines]}
    if theirs != lang:
        other = sentences.sentences(theirs, decision, outcome.door.zone)
        said[theirs] = [other[0], other[1], *other[2]]
    fields = {
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
    status = 201 if decision.status == "ok" else 404 if decision.reason == INVALID else 400
    return Response(fields, status_code=status)


def _position(outcome: Outcome) -> dict[str, Any] | None:
    holder = outcome.holder
    if holder is None:
        return None
    code = code_of(holder.number)
    return {"id": str(holder.badge), "code": code, "attendee_name": holder.name, "item": holder.role, "language": holder.language}


# --- history and search -----------------------------------------------------------------------------------------


@get("/api/v1/organizers/{org:str}/checkinrpc/search")
async def search(request: web.AnyRequest, org: FromPath[str], search: FromQuery[str] = "") -> Reply:
    """By name, for supervisors' devices: twenty at most, never all."""

    async def work() -> Reply:
        device, edition = await devices.by_token(token_of(request)), await edition_of(org)
        if device.profile != "supervisor" or device.edition != edition.id:
            raise Forbidden(N_("Searching by name is for a supervisor's device."), code="profile")
        found = await history.by_name(edition.id, search)
        rows = [
            {"id": str(p.badge), "code": code_of(p.number), "secret": code_of(p.number), "attendee_name": p.name, "item": p.role, "checked_in": p.inside}
            for p in found
        ]
        return Response({"count": len(rows), "next": None, "previous": None, "results": rows})

    return await answered(request, work)


@post("/api/v1/organizers/{org:str}/checkinrpc/annul", status_code=200)
async def annul(request: web.AnyRequest, org: FromPath[str]) -> Reply:
    async def work() -> Reply:
        device, asked, now = await devices.by_token(token_of(request)), await body(request, AnnulBody), clock.now()
        undo = sync.OfflineUndo(
            f"undo-{asked.nonce}"[:64], asked.nonce, int(moment(asked.datetime, now).timestamp() * 1000), asked.error_explanation, asked.staff
        )
        if not await history.is_scan_of(device.id, asked.nonce):
            raise NotFound(N_("This device made no such scan."), code="nonce")
        batch = sync.Batch(int(now.timestamp() * 1000), [], [undo], 0)
        await sync.take(device, batch, now=now, secret=request.app.state.secret)
        return Response({"status": "ok", "nonce": asked.nonce})

    return await answered(request, work)


@get("/api/v1/organizers/{org:str}/checkinlists/{gate:uuid}/status")
async def list_status(request: web.AnyRequest, org: FromPath[str], gate: FromPath[UUID]) -> Reply:
    async def work() -> Reply:
        device = await devices.by_token(token_of(request))
        door = (await doors.of(device.edition)).by_id.get(_gate(device, gate, []))
        if door is None:
            raise NotFound(N_("There is no such gate."), code="gate")
        return Response(msgspec.to_builtins(await history.status(door)))

    return await answered(request, work)


@post("/api/v1/organizers/{org:str}/checkinlists/{gate:uuid}/failed_checkins", status_code=201)
async def failed(request: web.AnyRequest, org: FromPath[str], gate: FromPath[UUID]) -> Reply:
    """A scan another system refused, for the record: pretix's fields."""

    async def work() -> Reply:
        device, now = await devices.by_token(token_of(request)), clock.now()
        asked = await body(request, history.FailedBody)
        _gate(device, gate, [])
        at = int(moment(asked.datetime, now).timestamp() * 1000)
        detail = history.DETAIL_OF.get(asked.error_reason, "foreign")
        scan = sync.OfflineScan(asked.nonce or uuid4().hex, asked.raw_barcode, gate, "exit" if asked.type == "exit" else "entry", at, False, detail, 0)
        synced = await sync.take(device, sync.Batch(int(now.timestamp() * 1000), [scan]), now=now, secret=request.app.state.secret)
        return Response({"status": "ok", "new": bool(synced.recorded)}, status_code=201)

    return await answered(request, work)


@get("/api/v1/organizers/{org:str}/checkins")
async def checkins(
    request: web.AnyRequest, org: FromPath[str], created_since: FromQuery[str] = "", gate: FromQuery[str] = "", page: FromQuery[int] = 1
) -> Reply:
    """The history of the device's gates, oldest first, fifty at a time."""

    async def work() -> Reply:
        device = await devices.by_token(token_of(request))
        gates = [_gate(device, _uuid(gate), [])] if gate else device.gates
        since = moment(created_since or None, clock.now()) if created_since else None
        return Response(await history.page(gates, since, max(1, min(page, 10_000))))

    return await answered(request, work)


# --- our own door page --------------------------------------------------------------------------------------------


@post("/api/v1/device/initialize", status_code=200)
async def initialize(request: web.AnyRequest) -> Reply:
    async def work() -> Reply:
        asked = await body(request, EnrolBody)
        device, token = await devices.enrol(asked.token, now=clock.now())
        edition = await editions.needed()
        gate = str(device.gates[0]) if len(device.gates) == 1 else None
        return Response(
            {"organizer": edition.slug, "device_id": str(device.id), "unique_serial": str(device.id), "api_token": token, "name": device.name, "gate": gate,
             "security_profile": device.profile}
        )  # fmt: skip

    return await answered(request, work)


@get("/api/v1/door/snapshot")
async def door_snapshot(request: web.AnyRequest, since: FromQuery[int] = 0) -> Reply:
    async def work() -> Reply:
        device = await devices.by_token(token_of(request))
        return Response(await snapshot.snapshot(device, await editions.needed(), now=clock.now(), since=max(0, min(since, 1 << 50))))

    return await answered(request, work)


@post("/api/v1/door/sync", status_code=200)
async def door_sync(request: web.AnyRequest) -> Reply:
    async def work() -> Reply:
        device, batch = await devices.by_token(token_of(request)), await body(request, sync.Batch)
        return Response(sync.answer(await sync.take(device, batch, now=clock.now(), secret=request.app.state.secret)))

    return await answered(request, work)


ROUTES = [redeem_scan, search, annul, list_status, failed, checkins, initialize, door_snapshot, door_sync]
