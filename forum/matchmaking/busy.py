"""Commitments outside the meetings, as the module that joins the features hands them in.

Matchmaking does not know the agenda. `use(source)` is called once where the application is put together; until then
people have no other commitments than their claims.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from forum.matchmaking.model import Busy

Source: TypeAlias = Callable[[Sequence[UUID], datetime, datetime], Awaitable[dict[UUID, list[Busy]]]]
_sources: list[Source] = []


def use(source: Source) -> None:
    """From now on ask *source* too; each source is kept once."""
    if source not in _sources:
        _sources.append(source)


def forget(source: Source) -> None:
    """Stop asking *source*."""
    if source in _sources:
        _sources.remove(source)


async def of(people: Sequence[UUID], begin: datetime, end: datetime) -> dict[UUID, list[Busy]]:
    """Every commitment of *people* that overlaps `[begin, end)`, by person; people without one are absent."""
    found: dict[UUID, list[Busy]] = {}
    for source in _sources:
        for person, spells in (await source(people, begin, end)).items():
            found.setdefault(person, []).extend(spells)
    return found
