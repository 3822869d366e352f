"""Where recruiters of a closed place go: free tables on the nearest campus that has one for all their hours left. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Displaced:
    """A recruiter whose table is gone in these slots; `weight` is how many meetings they have in them, `busy_until` the end of the one that runs when it closes."""

    recruiter: UUID
    campus: str
    slots: tuple[datetime, ...]
    weight: int
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FreeTable:
    """A table that could take somebody; `taken` are the slots somebody sits there."""

    id: UUID
    campus: str
    step_free: bool
    taken: frozenset[datetime]


@dataclass(frozen=True, slots=True)
class Seated:
    """The recruiter's new table in each of their slots that can be reached in time."""

    recruiter: UUID
    meeting_table: UUID
    campus: str
    slots: tuple[datetime, ...]


def relocate(
    displaced: Iterable[Displaced], tables: Sequence[FreeTable], minutes: Callable[[str, str], int], *, begins: datetime, closed: Collection[str]
) -> list[Seated]:  # fmt: skip
    """A table for each recruiter, those with most meetings first: nearest campus first, then the lowest table in the list.

    Slots that begin before they can have arrived are left out. Who finds no table is not in the answer.
    """
    taken: dict[UUID, set[datetime]] = {table.id: set(table.taken) for table in tables}
    by_campus: dict[str, list[FreeTable]] = {}
    for table in tables:
        if table.campus not in closed:
            by_campus.setdefault(table.campus, []).append(table)
    found: list[Seated] = []
    for one in sorted(displaced, key=lambda d: (-d.weight, str(d.recruiter))):
        for campus in sorted(by_campus, key=lambda c: (minutes(one.campus, c), c)):
            arrives = max(begins, one.busy_until or begins) + timedelta(minutes=minutes(one.campus, campus))
            slots = tuple(slot for slot in one.slots if slot >= arrives)
            seat = _free(by_campus[campus], taken, slots) if slots else None
            if seat is not None:
                taken[seat.id] |= set(slots)
                found.append(Seated(one.recruiter, seat.id, campus, slots))
                break
    return found


def _free(tables: Sequence[FreeTable], taken: Mapping[UUID, set[datetime]], slots: Sequence[datetime]) -> FreeTable | None:
    return next((table for table in tables if not taken[table.id] & set(slots)), None)
