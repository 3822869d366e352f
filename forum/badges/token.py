"""A badge as text in a QR code: signed, readable with the public key alone, exactly one text per badge.

Layout before base32 (RFC 4648, upper case, no padding; the text starts with F): version 0x29, key id, badge number (5 bytes),
edition (first 4 bytes of its UUID), role (1), valid from and until (minutes since 2024-01-01 UTC, 3 bytes each), grants
(1 byte count; each: first day as days since 2024-01-01 (2), mask of that day and the 7 after (1), campus count with 0 for
all (1), campus numbers (2 each)), Ed25519 signature of everything before it (64).
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from forum.badges.codes import NUMBERS, code_of
from forum.badges.keys import Key, Ring

VERSION: Final = 0x29  # its top five bits are the letter F
ROLES: Final = ("candidate", "visitor", "recruiter", "speaker", "press", "academy", "organiser")
EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
FIXED: Final = 18  # bytes before the count of grants
SIGNATURE: Final = 64
LONGEST: Final = 400  # characters; nothing we sign is longer, so nothing longer is decoded
MOST_GRANTS: Final = 16
MOST_CAMPUSES: Final = 60

Fault = Literal["foreign", "truncated", "unknown_key", "forged", "other_edition", "expired", "not_yet", "key_retired"]


@dataclass(frozen=True, slots=True)
class Grant:
    """Days on which some campuses may be entered; no campuses means all of them."""

    days: tuple[date, ...]
    campuses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Badge:
    """What a token says. `number` in `[0, codes.NUMBERS)`, `edition` 4 bytes, `[valid_from, valid_until)` to the minute."""

    number: int
    edition: bytes
    role: str
    valid_from: datetime
    valid_until: datetime
    grants: tuple[Grant, ...]
    kid: int = 0

    @property
    def code(self) -> str:
        return code_of(self.number)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is not a badge for this edition now. `reason` is pretix's word, `fault` ours; `badge` when the signature held."""

    reason: Literal["invalid", "invalid_time"]
    fault: Fault
    badge: Badge | None = None


def edition_mark(edition: UUID) -> bytes:
    """The four bytes by which a token names its edition."""
    return edition.bytes[:4]


def sign(badge: Badge, key: Key) -> str:
    """The token of *badge* under *key*: 140 characters with one grant of all campuses. Raises ValueError out of range."""
    message = _pack(badge, key.kid)
    return base64.b32encode(message + key.signature(message)).decode().rstrip("=")


def number_in(text: str) -> int | None:
    """The badge number a token claims, unverified: to look the badge up before asking whether it is genuine."""
    try:
        head = base64.b32decode(text[:16])
    except (binascii.Error, ValueError):
        return None
    number = int.from_bytes(head[2:7])
    return number if len(head) == 10 and head[0] == VERSION and number < NUMBERS else None


def read(text: str, ring: Ring, edition: bytes, now: datetime) -> Badge | Refused:
    """The badge in *text*, or why not: first whether it is ours at all, then whose, then when. Any text is safe."""
    raw = _bytes_of(text)
    if raw is None:
        return Refused("invalid", "truncated" if text[:1] == "F" and text.isalnum() else "foreign")
    if raw[0] != VERSION:
        return Refused("invalid", "foreign")
    if len(raw) < FIXED + 1 + SIGNATURE:
        return Refused("invalid", "truncated")
    key = ring.key(raw[1])
    if key is None:
        return Refused("invalid", "unknown_key")
    if not key.verifies(raw[:-SIGNATURE], raw[-SIGNATURE:]):
        return Refused("invalid", "forged")
    badge = _unpack(raw[:-SIGNATURE])
    return Refused("invalid", "forged") if badge is None else _in_force(badge, key, edition, now)


def _in_force(badge: Badge, key: Key, edition: bytes, now: datetime) -> Badge | Refused:
    if badge.edition != edition:
        return Refused("invalid", "other_edition", badge)
    if not key.in_force(now):
        return Refused("invalid_time", "key_retired", badge)
    if now >= badge.valid_until:
        return Refused("invalid_time", "expired", badge)
    if now < badge.valid_from:
        return Refused("invalid_time", "not_yet", badge)
    return badge


def _bytes_of(text: str) -> bytes | None:
    """The bytes of canonical base32, or None: lower case, padding and set bits after the end are refused."""
    if not 0 < len(text) <= LONGEST or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    return raw if base64.b32encode(raw).decode().rstrip("=") == text else None


def _pack(badge: Badge, kid: int) -> bytes:
    if not 0 <= badge.number < NUMBERS or len(badge.edition) != 4 or not 0 < kid < 256:
        raise ValueError("number, edition or key id out of range")
    if len(badge.grants) > MOST_GRANTS or badge.valid_until <= badge.valid_from:
        raise ValueError("too many grants, or validity that ends before it starts")
    parts = [bytes((VERSION, kid)), badge.number.to_bytes(5), badge.edition, bytes((ROLES.index(badge.role),))]
    parts += [_minutes(badge.valid_from).to_bytes(3), _minutes(badge.valid_until).to_bytes(3), bytes((len(badge.grants),))]
    return b"".join(parts + [_pack_grant(grant) for grant in badge.grants])


def _pack_grant(grant: Grant) -> bytes:
    offsets = sorted((day - EPOCH.date()).days for day in set(grant.days))
    if not offsets or offsets[-1] - offsets[0] > 7 or len(grant.campuses) > MOST_CAMPUSES:
        raise ValueError("a grant spans one to eight days and at most sixty campuses")
    mask = sum(1 << (offset - offsets[0]) for offset in offsets)
    campuses = sorted(set(grant.campuses))
    return offsets[0].to_bytes(2) + bytes((mask, len(campuses))) + b"".join(number.to_bytes(2) for number in campuses)


def _unpack(message: bytes) -> Badge | None:
    """The badge of a message whose signature held; None when a key of ours signed something that is not a badge."""
    grants: list[Grant] = []
    rest = message[FIXED + 1 :]
    for _ in range(message[FIXED]):
        size = 4 + 2 * rest[3] if len(rest) >= 4 else 0
        if not size or len(rest) < size:
            return None
        first, mask = int.from_bytes(rest[:2]), rest[2]
        days = tuple(EPOCH.date() + timedelta(days=first + bit) for bit in range(8) if mask >> bit & 1)
        grants.append(Grant(days, tuple(int.from_bytes(rest[at : at + 2]) for at in range(4, size, 2))))
        rest = rest[size:]
    number, role = int.from_bytes(message[2:7]), message[11]
    if rest or number >= NUMBERS or role >= len(ROLES):
        return None
    begins, ends = _moment(message[12:15]), _moment(message[15:18])
    return Badge(number, message[7:11], ROLES[role], begins, ends, tuple(grants), message[1])


def _minutes(moment: datetime) -> int:
    minutes, rest = divmod(moment - EPOCH, timedelta(minutes=1))
    if rest or not 0 <= minutes < 1 << 24:
        raise ValueError("validity is in whole minutes from 2024 to 2055")
    return minutes


def _moment(packed: bytes) -> datetime:
    return EPOCH + timedelta(minutes=int.from_bytes(packed))
