"""What a release changes, and whom it touches: two states of the agenda in, changes and sets of people out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from forum.agenda.model import Change, ChangeKind, Item

# What a person who planned to come must be told; a corrected abstract is not news.
CONTENT: Final = ("title", "subtitle", "kind", "track", "language", "level", "abstract", "description", "speakers", "needs", "seats", "reservable", "links")


def diff(before: Iterable[Item], after: Iterable[Item]) -> list[Change]:
    """Changes from *before* to *after*: cancelled, moved, new, then edited; each in time order. Cancelled items count as absent."""
    old = {i.session.id: i for i in before if not i.cancelled}
    new = {i.session.id: i for i in after if not i.cancelled}
    changes = [Change(ChangeKind.CANCELLED, i, None) for key, i in old.items() if key not in new]
    changes += [Change(ChangeKind.NEW, None, i) for key, i in new.items() if key not in old]
    for key in old.keys() & new.keys():
        changes += _compared(old[key], new[key])
    order = [ChangeKind.CANCELLED, ChangeKind.MOVED, ChangeKind.NEW, ChangeKind.EDITED]
    return sorted(changes, key=lambda c: (order.index(c.kind), _when(c), c.session.title))


def _compared(old: Item, new: Item) -> list[Change]:
    place = tuple(name for name, differs in (("start", old.start != new.start), ("end", old.end != new.end), ("room", old.room.id != new.room.id)) if differs)
    content = tuple(name for name in CONTENT if getattr(old.session, name) != getattr(new.session, name))
    if place:
        return [Change(ChangeKind.MOVED, old, new, place + content)]
    return [Change(ChangeKind.EDITED, old, new, content)] if content else []


def _when(change: Change) -> str:
    item = change.after or change.before
    assert item is not None
    return item.start.isoformat()


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a set of changes touches. Counts are persons; `lost_seats` hold a seat that will not exist or not fit."""

    touched: frozenset[UUID]
    speakers: frozenset[UUID]
    lost_seats: int
    lost_favourites: int


def touched(change: Change, seats: Mapping[UUID, Sequence[UUID]], favourites: Mapping[UUID, Iterable[UUID]]) -> frozenset[UUID]:
    """The persons one change concerns: those with a seat (or waiting) and those who starred it; nobody for an edit."""
    if change.kind in (ChangeKind.NEW, ChangeKind.EDITED):
        return frozenset()
    key = change.session.id
    return frozenset(seats.get(key, ())) | frozenset(favourites.get(key, ()))


def impact(
    changes: Iterable[Change], seats: Mapping[UUID, Sequence[UUID]], favourites: Mapping[UUID, Iterable[UUID]], places: Mapping[UUID, int | None]
) -> Impact:
    """Whom *changes* touch. *seats*: holders per session, in order of reservation; *places*: places after the change."""
    people: set[UUID] = set()
    speakers: set[UUID] = set()
    lost_seats = lost_favourites = 0
    for change in changes:
        people |= touched(change, seats, favourites)
        key = change.session.id
        if change.kind is not ChangeKind.EDITED:
            speakers |= {s.id for item in (change.before, change.after) if item is not None for s in item.session.speakers}
        if change.kind is ChangeKind.CANCELLED:
            lost_seats += len(seats.get(key, ()))
            lost_favourites += len(frozenset(favourites.get(key, ())))
        elif change.kind is ChangeKind.MOVED and (left := places.get(key)) is not None:
            lost_seats += max(0, len(seats.get(key, ())) - left)
    return Impact(frozenset(people), frozenset(speakers), lost_seats, lost_favourites)
