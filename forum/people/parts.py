"""What each feature knows of a person: how it ends what stands, shows it, forgets it. Features contribute; people asks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from forum import db

Act = Callable[[UUID, datetime], Awaitable[None]]
Records = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One feature's part. `leave` gives back what the person holds, `erase` takes away what says something about them.

    `own` are the statements that read it, by the name of the section; `$1` is the person.
    """

    name: str
    leave: Act
    erase: Act
    own: Mapping[str, str]


_parts: dict[str, Part] = {}


def contribute(part: Part) -> None:
    """Add a feature's part; called where its module `own_data.py` is imported, by web processes and workers alike."""
    _parts[part.name] = part


def all_parts() -> tuple[Part, ...]:
    return tuple(_parts.values())


async def leave(person: UUID, *, now: datetime) -> None:
    """Give back everything *person* holds: seats, meetings, places in queues; whoever waits is offered them."""
    for part in all_parts():
        await part.leave(person, now)


async def records(sql: str, person: UUID) -> Records:
    """Rows as plain data, moments as ISO 8601."""
    async with db.connection() as conn:
        return [{key: _plain(value) for key, value in row.items()} for row in await conn.fetch(sql, person)]


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value) if isinstance(value, UUID | date | time) else value
