"""The keys that sign badges: one signs, older ones still verify until their date, and phones only ever see public halves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_KEYS: Final = 255  # a key id is one byte of the token, and 0 is never given


@dataclass(frozen=True, slots=True)
class Key:
    """One key pair; `kid` in 1 … 255, `public` 32 bytes, `private` 32 bytes or empty where only verifying is allowed.

    Badges it signed are accepted before `retires_at` (never retired: None).
    """

    kid: int
    public: bytes
    made_at: datetime
    retires_at: datetime | None = None
    private: bytes = b""

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def signature(self, message: bytes) -> bytes:
        """64 bytes. Raises ValueError without the private half."""
        return Ed25519PrivateKey.from_private_bytes(self.private).sign(message)

    def in_force(self, now: datetime) -> bool:
        return self.retires_at is None or now < self.retires_at


@dataclass(frozen=True, slots=True)
class Ring:
    """Every key of the house; the newest one with a private half signs."""

    keys: tuple[Key, ...] = ()

    def key(self, kid: int) -> Key | None:
        return next((key for key in self.keys if key.kid == kid), None)

    @property
    def signing(self) -> Key:
        """The key new badges are signed with. Raises ValueError on a ring that cannot sign."""
        able = [key for key in self.keys if key.private and key.retires_at is None]
        if not able:
            raise ValueError("no key of this ring signs")
        return max(able, key=lambda key: (key.made_at, key.kid))

    def public(self) -> "Ring":
        """The same ring as a phone may hold it."""
        return Ring(tuple(replace(key, private=b"") for key in self.keys))


def fresh_key(kid: int, now: datetime) -> Key:
    """A new pair from the system's random source."""
    private = Ed25519PrivateKey.generate()
    return Key(kid, private.public_key().public_bytes_raw(), now, None, private.private_bytes_raw())


def rotated(ring: Ring, now: datetime, old_until: datetime) -> Ring:
    """*ring* with a new signing key; the keys that had no end are accepted until *old_until*.

    Raises ValueError when *old_until* is past (every printed badge would stop at once) or all 255 ids were used.
    """
    if old_until <= now:
        raise ValueError("old badges need a date in the future until which they are accepted")
    kid = max((key.kid for key in ring.keys), default=0) + 1
    if kid > MOST_KEYS:
        raise ValueError("all 255 key ids were used")
    older = tuple(key if key.retires_at is not None else replace(key, retires_at=old_until) for key in ring.keys)
    return Ring((*older, fresh_key(kid, now)))


def public_keys(ring: Ring) -> Mapping[int, bytes]:
    """Key id → 32 public bytes."""
    return {key.kid: key.public for key in ring.keys}
