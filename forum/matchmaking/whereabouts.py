"""Where people are now, as the module that joins the features hands it in: `use(source)` once where the application is put together."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Here:
    """A person inside a campus (by slug) since a moment."""

    campus: str
    since: datetime


Source: TypeAlias = Callable[[Sequence[UUID]], Awaitable[dict[UUID, Here]]]
_sources: list[Source] = []


def use(source: Source) -> None:
    """From now on ask *source* too."""
    if source not in _sources:
        _sources.append(source)


def forget(source: Source) -> None:
    """Stop asking *source*."""
    if source in _sources:
        _sources.remove(source)


async def of(people: Sequence[UUID]) -> dict[UUID, Here]:
    """Who of *people* is inside which campus; people outside, or not yet scanned, are absent."""
    found: dict[UUID, Here] = {}
    for source in _sources:
        found.update(await source(people))
    return found
