"""One fixed ring, edition and badge for the pure tests: figures in them stay the same from run to run."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from forum.badges.keys import Key, Ring
from forum.badges.token import Badge, Grant, edition_mark

EDITION = edition_mark(UUID("6f0d3c1e-2a55-4c1b-9b40-3f4de1a7c001"))
NOW = datetime(2028, 11, 16, 9, 30, tzinfo=UTC)
DAYS = (date(2028, 11, 16), date(2028, 11, 17))


def make_key(kid: int, made_at: datetime = datetime(2028, 6, 1, tzinfo=UTC), retires_at: datetime | None = None) -> Key:
    private = Ed25519PrivateKey.from_private_bytes(bytes([kid]) * 32)
    return Key(kid, private.public_key().public_bytes_raw(), made_at, retires_at, private.private_bytes_raw())


def make_badge(number: int = 123_456_789, role: str = "candidate", grants: tuple[Grant, ...] = (Grant(DAYS),)) -> Badge:
    return Badge(number, EDITION, role, datetime(2028, 11, 15, 23, tzinfo=UTC), datetime(2028, 11, 17, 23, tzinfo=UTC), grants)


@pytest.fixture
def key() -> Key:
    return make_key(1)


@pytest.fixture
def ring(key: Key) -> Ring:
    return Ring((key,))
