"""The check-in API besides `redeem`: pretix's search, history and counts for anybody's scanner, and the exchange with our own door page.

Where it differs from pretix is written in `docs/api-check-in.md`.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, editions, web
from forum.badges import devices, doors, history, redeem_api, snapshot, sync, walkins
from forum.badges.batch import Batch, OfflineScan, OfflineUndo, read
from forum.badges.codes import code_of
from forum.badges.requests import Reply, answered, body, edition_of, gate_of, moment, token_of, uuid_in
from forum.errors import Forbidden, Invalid, NotFound
from forum.i18n import N_


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


async def _taken(request: web.AnyRequest, device: devices.Device, batch: Batch, now: datetime) -> sync.Synced:
    """*batch* recorded, made here of what one request says. Raises Invalid with the reason when it cannot be."""
    synced = await sync.take(device, batch, now=now, secret=request.app.state.secret)
    if synced.refused:
        raise Invalid(synced.refused[0].words, field=synced.refused[0].detail)
    return synced


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
        undo = OfflineUndo(f"undo-{asked.nonce}"[:64], asked.nonce, int(moment(asked.datetime, now).timestamp() * 1000), asked.error_explanation, asked.staff)
        if not await history.is_scan_of(device.id, asked.nonce):
            raise NotFound(N_("This device made no such scan."), code="nonce")
        await _taken(request, device, Batch(int(now.timestamp() * 1000), [], [undo]), now)
        return Response({"status": "ok", "nonce": asked.nonce})

    return await answered(request, work)


@get("/api/v1/organizers/{org:str}/checkinlists/{gate:uuid}/status")
async def list_status(request: web.AnyRequest, org: FromPath[str], gate: FromPath[UUID]) -> Reply:
    async def work() -> Reply:
        device = await devices.by_token(token_of(request))
        door = (await doors.of(device.edition)).by_id.get(gate_of(device, gate, []))
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
        gate_of(device, gate, [])
        at = int(moment(asked.datetime, now).timestamp() * 1000)
        detail = history.DETAIL_OF.get(asked.error_reason, "foreign")
        scan = OfflineScan(asked.nonce or uuid4().hex, asked.raw_barcode, gate, "exit" if asked.type == "exit" else "entry", at, False, detail, 0)
        synced = await _taken(request, device, Batch(int(now.timestamp() * 1000), [scan]), now)
        return Response({"status": "ok", "new": bool(synced.recorded)}, status_code=201)

    return await answered(request, work)


@get("/api/v1/organizers/{org:str}/checkins")
async def checkins(
    request: web.AnyRequest, org: FromPath[str], created_since: FromQuery[str] = "", gate: FromQuery[str] = "", page: FromQuery[int] = 1
) -> Reply:
    """The history of the device's gates, oldest first, fifty at a time."""

    async def work() -> Reply:
        device = await devices.by_token(token_of(request))
        gates = [gate_of(device, uuid_in(gate), [])] if gate else device.gates
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


BATCH_MOST: Final = 8 * 1024 * 1024  # bytes: a queue of 10,000 sent in one piece is read, to be told how many fit


@post("/api/v1/door/sync", status_code=200, request_max_body_size=BATCH_MOST)
async def door_sync(request: web.AnyRequest) -> Reply:
    async def work() -> Reply:
        device, batch = await devices.by_token(token_of(request)), read(await request.body())
        synced = await sync.take(device, batch, now=clock.now(), secret=request.app.state.secret)
        return Response(sync.answer(synced, web.lang_of(request)))

    return await answered(request, work)


@post("/api/v1/door/walk-in", status_code=201)
async def walk_in(request: web.AnyRequest) -> Reply:
    """Registers a visitor at the door and lets them in: redeem's answer, with the new badge's code."""

    async def work() -> Reply:
        token, asked = token_of(request), await body(request, walkins.WalkInBody)
        device, now = await devices.by_token(token), clock.now()
        outcome = await walkins.take(device, token, asked, now=now, secret=request.app.state.secret)
        return Response(redeem_api.fields(outcome, web.lang_of(request), asked.nonce), status_code=201 if outcome.decision.status == "ok" else 400)

    return await answered(request, work)


ROUTES = [*redeem_api.ROUTES, search, annul, list_status, failed, checkins, initialize, door_snapshot, door_sync, walk_in]
