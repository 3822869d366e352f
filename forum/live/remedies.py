"""What other parts can do about an alert, as the module that joins the parts hands it in: `use(…)` once, where the application is put together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from forum.editions import Edition

Count: TypeAlias = Callable[[Edition, datetime], Awaitable[int]]
Refill: TypeAlias = Callable[[Edition, datetime], Awaitable[tuple[int, int]]]
Move: TypeAlias = Callable[[Edition, str, UUID, UUID | None, datetime], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class Remedies:
    """`fillable(edition, now)` is how many free seats of absent people somebody on site could take, `refill(edition, now)` offers them: (seats, people asked).

    `move(edition, code, room, actor, now)` moves a session of the programme in force to another room and publishes it; the room it left.
    """

    fillable: Count
    refill: Refill
    move: Move


_in_use: list[Remedies] = []


def use(remedies: Remedies) -> None:
    """From now on these are the remedies."""
    _in_use[:] = [remedies]


def remedies() -> Remedies:
    assert _in_use, "the application hands in its remedies"
    return _in_use[0]
