"""The programme in force, kept in memory: read again when its number or a seat changes, at most half a second later."""

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from forum import db
from forum.agenda import queries
from forum.agenda.model import Item
from forum.agenda.queries import Published

FRESH_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Current:
    """A published programme with indexes, and a place for what is made from it (`made`): it lives as long as the release."""

    published: Published
    made: dict[Any, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.published.release.number

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {i.session.code: i for i in self.published.items}

    @cached_property
    def codes(self) -> dict[UUID, str]:
        return {i.session.id: i.session.code for i in self.published.items}

    @cached_property
    def by_id(self) -> dict[UUID, Item]:
        return {i.session.id: i for i in self.published.items}

    @cached_property
    def speakers(self) -> dict[str, list[Item]]:
        """By the speaker's code, their items in time order."""
        found: dict[str, list[Item]] = {}
        for item in self.published.standing:
            for speaker in item.session.speakers:
                found.setdefault(speaker.code, []).append(item)
        return found


@dataclass(frozen=True, slots=True)
class _Places:
    """Seats left per session, as of `read`."""

    read: float
    left: dict[UUID, int]


_kept: dict[UUID, tuple[float, Current | None]] = {}
_left: dict[UUID, _Places] = {}


async def programme(edition: UUID) -> Current | None:
    """The programme in force, None before the first release; at most half a second old."""
    read, known = _kept.get(edition, (0.0, None))
    if time.monotonic() - read < FRESH_SECONDS:
        return known
    number = await queries.latest_number(edition)
    if number == 0:
        known = None
    elif known is None or known.number != number:
        row = await queries.release(edition, number)
        assert row is not None, "releases are never removed"
        known = Current(await queries.published(row))
    _kept[edition] = (time.monotonic(), known)
    return known


async def places_left(edition: UUID) -> dict[UUID, int]:
    """Seats left per reservable session; at most half a second old, and the same object while nothing changed."""
    known = _left.get(edition)
    if known is None or time.monotonic() - known.read >= FRESH_SECONDS:
        async with db.connection() as conn:
            rows = await conn.fetch(
                "SELECT g.session, g.places - g.taken - g.walked_in FROM seating g JOIN session s ON s.id = g.session WHERE s.edition = $1", edition
            )
        left = {row[0]: row[1] for row in rows}
        known = _left[edition] = _Places(time.monotonic(), known.left if known is not None and known.left == left else left)
    return known.left


def forget() -> None:
    """Read again at the next question: after a publication, and between tests."""
    _kept.clear()
    _left.clear()
