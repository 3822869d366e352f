"""The key ring in the database: private halves sealed with the deployment's secret, the ring remembered for a moment."""

import time
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forum import db
from forum.badges.keys import Key, Ring, rotated
from forum.errors import Unavailable
from forum.i18n import N_

KEPT_SECONDS = 2.0
_kept: tuple[float, bytes, Ring] | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    kid: int
    public: bytes
    sealed: bytes
    made_at: datetime
    retires_at: datetime | None


def forget() -> None:
    """Read the ring again next time: after a rotation, and between tests."""
    global _kept
    _kept = None


async def ring(secret: bytes) -> Ring:
    """Every key, at most two seconds old. Raises Unavailable when the secret is not the one the keys were sealed with."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS or _kept[1] != secret:
        rows = await _rows()
        _kept = (time.monotonic(), secret, Ring(tuple(_opened(row, secret) for row in rows)))
    return _kept[2]


async def public_ring() -> Ring:
    """The ring without private halves: needs no secret."""
    return Ring(tuple(Key(row.kid, row.public, row.made_at, row.retires_at) for row in await _rows()))


async def signing_ring(secret: bytes, *, now: datetime) -> Ring:
    """The ring, with a first key made when there is none yet."""
    found = await ring(secret)
    return found if found.keys else await rotate(secret, now=now, old_until=None)


async def rotate(secret: bytes, *, now: datetime, old_until: datetime | None) -> Ring:
    """A new signing key; the one before is accepted until *old_until*. With None, only makes the first key when there is none.

    Raises ValueError when *old_until* is past.
    """
    async with db.transaction():
        await db.lock("badge_key")
        forget()
        before = await ring(secret)
        if old_until is None and before.keys:
            return before
        after = rotated(before, now, old_until or datetime.max.replace(tzinfo=now.tzinfo))
        await db.execute("UPDATE badge_key SET retires_at = $1 WHERE retires_at IS NULL", old_until)
        fresh = after.signing
        await db.execute(
            "INSERT INTO badge_key (kid, public, sealed, made_at) VALUES ($1, $2, $3, $4)", fresh.kid, fresh.public, _sealed(fresh, secret), fresh.made_at
        )
        forget()
    return await ring(secret)


async def _rows() -> list[_Row]:
    return await db.rows(_Row, "SELECT kid, public, sealed, made_at, retires_at FROM badge_key ORDER BY kid")


def _cipher(secret: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(hashes.SHA256(), 32, salt=None, info=b"forum badge keys").derive(secret))


def _sealed(key: Key, secret: bytes) -> bytes:
    """The key id makes the nonce: it is never used twice under one secret."""
    return _cipher(secret).encrypt(key.kid.to_bytes(12), key.private, key.public)


def _opened(row: _Row, secret: bytes) -> Key:
    try:
        private = _cipher(secret).decrypt(row.kid.to_bytes(12), row.sealed, row.public)
    except InvalidTag as error:
        raise Unavailable(N_("The badge keys were sealed with another secret: set FORUM_SECRET to the one they were made with.")) from error
    return Key(row.kid, row.public, row.made_at, row.retires_at, private)
