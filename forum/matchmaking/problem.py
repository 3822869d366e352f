"""The engine's problem from the database: rows in, `Problem` out, with the keys that lead from the plan back to the rows.

Busy intervals and travel are handed in as plain data. People with a step-free need are placed in a step of their own
(`access_first`); what already stands, is locked or begins soon is locked in the problem.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from forum import clock
from forum.matchmaking.engine.model import Busy as EngineBusy
from forum.matchmaking.engine.model import Campus, Candidate, Company, Meeting, OldMeeting, Problem, Recruiter, Weights, Wish
from forum.matchmaking.model import Busy
from forum.matchmaking.slots import SlotGrid
from forum.matchmaking.worth import worth


@dataclass(frozen=True, slots=True)
class CompanyRow:
    id: UUID
    max_meetings: int | None
    max_in_a_row: int | None


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A recruiter present at a table in one slot; `taken` when a block or a business meeting holds it."""

    recruiter: UUID
    company: UUID
    meeting_table: UUID
    campus: str
    step_free: bool
    slot: datetime
    taken: bool = False


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate with the days they hold a place; `off` are (day, half) they cannot, `break_*` a pause they ask for."""

    person: UUID
    max_meetings: int
    step_free_need: bool
    days: tuple[date, ...]
    off: tuple[tuple[date, str], ...] = ()
    break_from: time | None = None
    break_minutes: int = 0
    blocked: tuple[datetime, ...] = ()  # slots claimed by seats or blocks


@dataclass(frozen=True, slots=True)
class WishRow:
    candidate: UUID
    company: UUID
    rank: int
    starred: bool


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A meeting that stands when the run begins; `fixed` ones are locked in the plan."""

    candidate: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    campus: str
    slot: datetime
    fixed: bool
    published: bool = True  # False: placed by an earlier step of the same run


@dataclass(frozen=True)
class Inputs:
    """Everything a run depends on."""

    name: str
    grid: SlotGrid
    campuses: tuple[str, ...]
    travel: tuple[tuple[int, ...], ...]
    companies: tuple[CompanyRow, ...]
    seats: tuple[SeatRow, ...]
    candidates: tuple[CandidateRow, ...]
    wishes: tuple[WishRow, ...]
    standing: tuple[StandingRow, ...]
    busy: Mapping[UUID, list[Busy]]
    now: datetime
    guarantee: int
    weights: Weights


def recruiter_key(recruiter: UUID, meeting_table: UUID) -> str:
    """The engine knows one person at one table: someone who changes tables is one engine recruiter per table."""
    return f"{recruiter}@{meeting_table}"


def recruiter_of(key: str) -> tuple[UUID, UUID]:
    """(recruiter, meeting table) of an engine id."""
    person, _, table = key.partition("@")
    return UUID(person), UUID(table)


def build(inputs: Inputs) -> Problem:
    """The problem of the inputs, ready for the engine: ids are the rows' ids, slots are the grid's."""
    fixed = [s for s in inputs.standing if s.fixed]
    seats, recruiters = _recruiters(inputs, fixed)
    companies = tuple(Company(str(c.id), c.max_meetings) for c in inputs.companies)
    known_companies = {c.id for c in inputs.companies}
    fixed = [s for s in fixed if s.company in known_companies]
    candidates = _candidates(inputs, fixed)
    people = {c.id for c in candidates}
    fixed = [s for s in fixed if str(s.candidate) in people]
    wishes = _wishes(inputs, seats, known_companies, people, fixed)
    locked = tuple(Meeting(str(s.candidate), recruiter_key(s.recruiter, s.meeting_table), inputs.grid.index(s.slot)) for s in fixed)
    previous = tuple(
        OldMeeting(str(s.candidate), str(s.company), s.campus, recruiter_key(s.recruiter, s.meeting_table), inputs.grid.index(s.slot))
        for s in inputs.standing if s.published and s.slot in inputs.grid
    )  # fmt: skip
    return Problem(
        inputs.name, inputs.grid.engine_slots(), tuple(Campus(slug, None) for slug in inputs.campuses), inputs.travel, companies, recruiters,
        candidates, wishes, locked, inputs.guarantee, inputs.weights, previous or None,
    )  # fmt: skip


def _recruiters(inputs: Inputs, fixed: Iterable[StandingRow]) -> tuple[dict[UUID, set[UUID]], tuple[Recruiter, ...]]:
    """Seats still to come as engine recruiters, and the tables of each company; the slots of fixed meetings stay whatever their time."""
    slots: dict[tuple[UUID, UUID, UUID, str], set[int]] = defaultdict(set)
    kept: dict[tuple[UUID, UUID], set[int]] = defaultdict(set)
    for seat in inputs.seats:
        if seat.slot > inputs.now and not seat.taken:
            slots[seat.recruiter, seat.meeting_table, seat.company, seat.campus].add(inputs.grid.index(seat.slot))
    for one in fixed:
        slots[one.recruiter, one.meeting_table, one.company, one.campus].add(inputs.grid.index(one.slot))
        kept[one.recruiter, one.meeting_table].add(inputs.grid.index(one.slot))
    run = {c.id: c.max_in_a_row for c in inputs.companies}
    tables: dict[UUID, set[UUID]] = defaultdict(set)
    found = []
    for (recruiter, table, company, campus), held in sorted(slots.items(), key=lambda item: (str(item[0][0]), str(item[0][1]))):
        if company in run:
            tables[company].add(table)
            most = run[company]
            if most is not None:  # people may take more in a row than the rule plans: what stands is never why there is no plan
                most = max(most, longest_row(kept[recruiter, table]))
            found.append(Recruiter(recruiter_key(recruiter, table), str(company), campus, tuple(sorted(held)), most))
    return tables, tuple(found)


def longest_row(slots: Collection[int]) -> int:
    """How many of *slots* follow each other without a gap, at most."""
    longest = here = 0
    for slot in sorted(slots):
        here = here + 1 if slot - 1 in slots else 1
        longest = max(longest, here)
    return longest


def _candidates(inputs: Inputs, fixed: Iterable[StandingRow]) -> tuple[Candidate, ...]:
    kept: dict[UUID, set[int]] = defaultdict(set)
    for one in fixed:
        kept[one.candidate].add(inputs.grid.index(one.slot))
    by_day = {day: tuple(s for s in inputs.grid.on(day) if s > inputs.now) for day in {inputs.grid.day_of(start) for start in inputs.grid.starts}}
    known = set(inputs.campuses)
    whole: dict[tuple[date, ...], frozenset[int]] = {}  # most people are free all of their days: worked out once per choice of days
    found = []
    for row in inputs.candidates:
        if row.off or row.blocked or row.break_minutes:
            free = frozenset(map(inputs.grid.index, _available(row, by_day, inputs.grid)))
        elif (free := whole.get(row.days, frozenset())) == frozenset():
            free = whole[row.days] = frozenset(map(inputs.grid.index, _available(row, by_day, inputs.grid)))
        open_slots = free | kept[row.person] if row.person in kept else free
        if open_slots:
            spells = [b for b in inputs.busy.get(row.person, ()) if b.campus in known]
            found.append(
                Candidate(str(row.person), tuple(sorted(open_slots)), _merged(spells, inputs.grid), max(row.max_meetings, len(kept.get(row.person, ()))))
            )
    return tuple(found)


def _available(row: CandidateRow, by_day: Mapping[date, tuple[datetime, ...]], grid: SlotGrid) -> Iterable[datetime]:
    """Slots of the days held, without half-days off, the asked break and what is claimed."""
    off, blocked = set(row.off), set(row.blocked)
    for day in row.days:
        pause = None
        if row.break_from is not None and row.break_minutes:
            begins = clock.at_local(day, row.break_from, grid.zone)
            pause = (begins, begins + timedelta(minutes=row.break_minutes))
        for slot in by_day.get(day, ()):
            if slot in blocked or (off and (day, grid.half_of(slot)) in off):
                continue
            if pause and slot < pause[1] and pause[0] < grid.end(slot):
                continue
            yield slot


def _merged(spells: Iterable[Busy], grid: SlotGrid) -> tuple[EngineBusy, ...]:
    """Spells as minutes, in order; what overlaps on one campus becomes one, what ends before it starts is left out."""
    rows: list[EngineBusy] = []
    for spell in sorted(spells, key=lambda b: (b.start, b.end)):
        start, end = grid.minute(spell.start), grid.minute(spell.end)
        if end <= start:
            continue
        if rows and rows[-1].campus == spell.campus and start <= rows[-1].end:
            rows[-1] = EngineBusy(rows[-1].start, max(end, rows[-1].end), spell.campus)
        else:
            rows.append(EngineBusy(start, end, spell.campus))
    return tuple(rows)


def _wishes(
    inputs: Inputs, tables: Mapping[UUID, Collection[UUID]], companies: Collection[UUID], people: Collection[str], fixed: Iterable[StandingRow]
) -> tuple[Wish, ...]:  # fmt: skip
    """Wishes that can be met: a company with seats, a candidate who takes part; a fixed meeting brings its pair along."""
    seated = {company: str(company) for company in companies if tables.get(company)}
    names = {UUID(person): person for person in people}
    pairs: dict[tuple[str, str], int] = {}
    for row in inputs.wishes:
        if (company := seated.get(row.company)) and (candidate := names.get(row.candidate)):
            pairs[candidate, company] = worth(row.rank, row.starred)
    for one in fixed:
        pairs.setdefault((str(one.candidate), str(one.company)), 1)
    return tuple(Wish(candidate, company, weight) for (candidate, company), weight in sorted(pairs.items()))
