"""Who stores which list: a feature registers, at import of its module, how its list is read from the database and written to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum.errors import NotFound
from forum.i18n import N_
from forum.tabular.kinds import Key, Kind, Record
from forum.tabular.preview import Changed, Fault, Row

Existing = Callable[[UUID], Awaitable[dict[Key, Record]]]
Check = Callable[[UUID, Sequence[Row | Changed]], Awaitable[list[Fault]]]
Commit = Callable[["Batch"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be stored, all of it, in the transaction that is already open."""

    edition: UUID
    added: Sequence[Row]
    changed: Sequence[Changed]
    by: UUID | None  # the person importing; None from the command line
    now: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """A list and its three functions: what exists by key, what only the database can see wrong, and storing."""

    kind: Kind
    existing: Existing
    check: Check
    commit: Commit


_OWNERS: dict[str, Owner] = {}


async def no_check(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """For lists that name nothing else."""
    return []


def register(kind: Kind, *, existing: Existing, commit: Commit, check: Check = no_check) -> None:
    """Make *kind* importable. Called once per list by the feature that owns it."""
    _OWNERS[kind.name] = Owner(kind, existing, check, commit)


def owner(name: str) -> Owner:
    """The owner of list *name*. Raises NotFound."""
    found = _OWNERS.get(name)
    if found is None:
        raise NotFound(N_("There is no such list."))
    return found


def owners() -> list[Owner]:
    """Every list that can be imported, in the order they build on each other."""
    order = ["campuses", "rooms", "companies", "recruiters", "people", "sessions"]
    return sorted(_OWNERS.values(), key=lambda o: (order.index(o.kind.name) if o.kind.name in order else len(order), o.kind.name))
