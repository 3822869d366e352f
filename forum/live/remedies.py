"""What other parts can do about an alert, as the module that joins the parts hands it in: `use(…)` once, where the application is put together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from forum.editions import Edition

Refill: TypeAlias = Callable[[Edition, datetime], Awaitable[tuple[int, int]]]
Move: TypeAlias = Callable[[Edition, str, UUID, UUID | None, datetime], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class Remedies:
    """`refill(edition, now)` offers the free seats of absent people again: (seats, people asked).

    `move(edition, code, room, actor, now)` moves a session of the programme in force to another room and publishes it; the room it left.
    """

    refill: Refill
    move: Move


_in_use: list[Remedies] = []


def use(remedies: Remedies) -> None:
    """From now on these are the remedies."""
    _in_use[:] = [remedies]


def remedies() -> Remedies:
    assert _in_use, "the application hands in its remedies"
    return _in_use[0]
