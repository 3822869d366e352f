"""What every request of the check-in API is read with, and the one shape its failures have."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from forum import editions, web
from forum.badges.devices import Device
from forum.editions import Edition
from forum.errors import Forbidden, ForumError, Invalid
from forum.i18n import N_, Message
from forum.problems import status_of

S = TypeVar("S", bound=msgspec.Struct)
Reply = Response[Any]


def token_in(authorization: str) -> str:
    """The device token of an `Authorization: Device …` header. Raises Forbidden."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "device" or not token.isascii() or not 8 <= len(token) <= 200:
        raise Forbidden(N_("This device is not enrolled. Ask an organiser to show its QR code."), code="device")
    return token


def token_of(request: web.AnyRequest) -> str:
    """The token of the device that asks. Raises Forbidden."""
    return token_in(request.headers.get("authorization", ""))


@cache
def _decoder(shape: type[S]) -> msgspec.json.Decoder[S]:
    return msgspec.json.Decoder(shape)


def decoded(raw: bytes, shape: type[S]) -> S:
    """The JSON *raw* as *shape*. Raises Invalid with what is wrong."""
    try:
        found: S = _decoder(shape).decode(raw)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(Message(N_("This request cannot be read: {why}"), why=str(error)[:200])) from error
    return found


async def body(request: web.AnyRequest, shape: type[S]) -> S:
    """The request's JSON body as *shape*. Raises Invalid."""
    return decoded(await request.body(), shape)


def fault(error: ForumError, lang: str) -> tuple[int, dict[str, Any]]:
    """An expected failure as status and body, in the one shape every answer of this API has."""
    said = error.message.in_language(lang)
    return status_of(error), {"status": "error", "reason": "error", "detail": error.code or error.field or "error", "reason_explanation": said}


async def answered(request: web.AnyRequest, work: Callable[[], Awaitable[Reply]]) -> Reply:
    """*work*'s answer, or its failure in words."""
    try:
        return await work()
    except ForumError as error:
        status, fields = fault(error, web.lang_of(request))
        return Response(fields, status_code=status)


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


def gate_of(device: Device, given: UUID | None, lists: list[str | int]) -> UUID:
    """The gate asked for, the first list that is a gate of the device, or its only one. Raises Forbidden."""
    asked = [given] if given else [uuid_in(each) for each in lists]
    for gate in asked or (device.gates if len(device.gates) == 1 else []):
        if gate in device.gates:
            return gate
    raise Forbidden(N_("This device is not enrolled for that gate."), code="gate")


def uuid_in(text: str | int) -> UUID | None:
    """The UUID in *text*, or None."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
