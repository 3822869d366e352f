"""What-if: the same inputs with something closed, added or withdrawn. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from forum.matchmaking.problem import Inputs, SeatRow, StandingRow, WishRow

NAMESPACE = UUID("6f2f4e1e-6a0b-5d0c-9a57-0d3a5e0c9f4e")  # invented recruiters and tables of a scenario


@dataclass(frozen=True, slots=True)
class Kept:
    """A meeting a what-if locks: who meets whom, where and when."""

    candidate: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    campus: str
    slot: datetime


@dataclass(frozen=True, slots=True)
class Scenario:
    """Each field alone or together; moments are when it begins (None: from now on).

    `rooms` are closed with their tables (who reads them fills `tables`). `extra` adds that many recruiters to a company on a campus (`extra_company`, `extra_campus`).
    """

    closed_campuses: tuple[str, ...] = ()
    closed_from: datetime | None = None
    rooms: tuple[UUID, ...] = ()
    tables: tuple[UUID, ...] = ()
    withdrawn: tuple[UUID, ...] = ()
    away: tuple[UUID, ...] = ()  # recruiters who do not come
    extra_company: UUID | None = None
    extra_campus: str = ""
    extra: int = 0
    locked: tuple[Kept, ...] = ()

    @property
    def empty(self) -> bool:
        return self == Scenario()


def to_json(scenario: Scenario) -> str:
    return msgspec.json.encode(scenario).decode()


def from_json(text: str | bytes) -> Scenario:
    return msgspec.json.decode(text, type=Scenario)


def apply(inputs: Inputs, scenario: Scenario, elsewhere: Iterable[SeatRow] = ()) -> Inputs:
    """*inputs* as they would be under *scenario*, with the seats *elsewhere* that recruiters of a closed place would have instead.

    What stands where something closes loses its lock, so that it can move; what the scenario locks does not.
    """
    closed = set(scenario.closed_campuses)
    begins = scenario.closed_from or inputs.now

    def shut(seat: SeatRow | StandingRow) -> bool:
        late = seat.slot >= begins
        return late and (
            seat.campus in closed or seat.meeting_table in scenario.tables or seat.company in scenario.withdrawn or seat.recruiter in scenario.away
        )

    seats = [seat for seat in (*inputs.seats, *elsewhere) if not shut(seat)] + _extra_seats(inputs, scenario)
    standing = _with_locks([replace(s, fixed=s.fixed and not shut(s)) for s in inputs.standing], scenario.locked)
    companies = [c for c in inputs.companies if c.id not in scenario.withdrawn or scenario.closed_from]
    wishes = inputs.wishes + drawn_wishes(inputs, scenario)
    return replace(inputs, seats=tuple(seats), standing=tuple(standing), companies=tuple(companies), wishes=wishes)


def _with_locks(standing: list[StandingRow], locked: tuple[Kept, ...]) -> list[StandingRow]:
    """What stands in a locked place is fixed there; a lock of another plan's meeting comes beside what stands."""
    keep = {_place(k) for k in locked}
    here = {_place(s) for s in standing}
    new = [StandingRow(k.candidate, k.company, k.recruiter, k.meeting_table, k.campus, k.slot, True, False) for k in locked if _place(k) not in here]
    return [replace(s, fixed=s.fixed or _place(s) in keep) for s in standing] + new


def _place(one: Kept | StandingRow) -> tuple[UUID, UUID, UUID, UUID, datetime]:
    return one.candidate, one.company, one.recruiter, one.meeting_table, one.slot


def hindered(inputs: Inputs, locked: tuple[Kept, ...]) -> tuple[str, Kept] | None:
    """The first lock that cannot stand whatever else is planned under *inputs*, and why; the engine finds those that cannot stand together."""
    seats = {(s.recruiter, s.meeting_table, s.slot) for s in inputs.seats if not s.taken}
    people = {c.person: c for c in inputs.candidates}
    for one in locked:
        if (one.recruiter, one.meeting_table, one.slot) not in seats:
            return "seat", one
        if one.candidate not in people:
            return "candidate", one
        spells = inputs.busy.get(one.candidate, ())
        if one.slot in people[one.candidate].blocked or any(b.start < inputs.grid.end(one.slot) and one.slot < b.end for b in spells):
            return "overlap", one
    return None


def drawn_wishes(inputs: Inputs, scenario: Scenario) -> tuple[WishRow, ...]:
    """For an added company nobody could wish for yet: as many people as wish for the middle company, drawn by lot (the same for the same company).

    Each takes it as the last choice. Nothing of who they are has a part in the draw.
    """
    company = scenario.extra_company
    if not scenario.extra or company is None or any(w.company == company for w in inputs.wishes):
        return ()
    sizes = sorted(Counter(w.company for w in inputs.wishes).values())
    last: dict[UUID, int] = {}
    for wish in inputs.wishes:
        last[wish.candidate] = max(wish.rank, last.get(wish.candidate, 0))
    lot = sorted(last, key=lambda person: uuid5(NAMESPACE, f"{company} {person}"))
    return tuple(WishRow(person, company, last[person] + 1, False) for person in sorted(lot[: sizes[len(sizes) // 2] if sizes else 0]))


def _extra_seats(inputs: Inputs, scenario: Scenario) -> list[SeatRow]:
    """Invented recruiters at invented tables, present when the company's own people are."""
    if not scenario.extra or scenario.extra_company is None or scenario.extra_campus not in inputs.campuses:
        return []
    own = [seat.slot for seat in inputs.seats if seat.company == scenario.extra_company]
    slots = sorted(set(own)) or list(inputs.grid.starts)
    return [
        SeatRow(invented("recruiter", scenario, n), scenario.extra_company, invented("table", scenario, n), scenario.extra_campus, True, slot)
        for n in range(scenario.extra) for slot in slots
    ]  # fmt: skip


def invented(what: str, scenario: Scenario, number: int) -> UUID:
    """The id of the *number*th recruiter or table that only the scenario knows; the same for the same scenario."""
    return uuid5(NAMESPACE, f"{what} {scenario.extra_company} {scenario.extra_campus} {number}")


def parse(raw: dict[str, Any]) -> Scenario:
    """A scenario from stored JSON."""
    return msgspec.convert(raw, Scenario, strict=False)


def counted(seats: tuple[SeatRow, ...]) -> Counter[UUID]:
    """Seats per company."""
    return Counter(seat.company for seat in seats if not seat.taken)
