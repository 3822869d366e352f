"""What is wrong with a problem file: first its shape (keys and types), then its meaning. One line per fault.

A place is written like `wishes[17]` or `candidates[3].busy[0]`. An empty list means the file is good.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from forum.matchmaking.engine.model import (
    PROBLEM_FORMAT,
    Busy,
    Campus,
    Candidate,
    Company,
    Meeting,
    OldMeeting,
    Problem,
    Recruiter,
    Slot,
    Wish,
)

ROWS: dict[str, Any] = {
    "slots": Slot,
    "campuses": Campus,
    "travel": tuple[int, ...],
    "companies": Company,
    "recruiters": Recruiter,
    "candidates": Candidate,
    "wishes": Wish,
    "locked": Meeting,
    "previous": OldMeeting,
}
KEYS = {kind: frozenset(kind.__dataclass_fields__) for kind in (Slot, Campus, Company, Recruiter, Candidate, Busy)}
WEIGHT_KEYS = ("guarantee", "preference", "campus_change", "break", "idle_slot", "change")
TOP_KEYS = ("format", "name", *ROWS, "guarantee", "weights")
LARGEST = 1_000_000  # minutes, counts and weights beyond this are typing errors, and sums stay far below 2**63
COUNT = f"expected a whole number from 0 to {LARGEST}"
CAP = f"expected null or a whole number from 0 to {LARGEST}"
MAX_LINES = 1000


def escaped(text: str) -> str:
    """The text on one line: line breaks and control characters as escapes."""
    return text if text.isprintable() else json.dumps(text)[1:-1]


def quoted(name: object) -> str:
    """A name from a file as one readable word: "s999", with its line breaks and control characters escaped."""
    return escaped(json.dumps(name, ensure_ascii=False))


def shape_faults(raw: Any) -> list[str]:
    """Faults of keys and types in decoded JSON."""
    if not isinstance(raw, dict):
        return ["the file must hold one JSON object"]
    faults = [f"{escaped(key)}: unknown key" for key in raw if key not in TOP_KEYS]
    faults += [f"{key}: missing" for key in TOP_KEYS if key not in raw and key != "previous"]
    if raw.get("format", PROBLEM_FORMAT) != PROBLEM_FORMAT:
        faults.append(f"format: expected {quoted(PROBLEM_FORMAT)}, got {quoted(raw['format'])}")
    if not isinstance(raw.get("name", ""), str):
        faults.append("name: expected text")
    if not _is_count(raw.get("guarantee", 0)):
        faults.append(f"guarantee: {COUNT}")
    if "weights" in raw:
        faults += _weight_faults(raw["weights"])
    for key, kind in ROWS.items():
        if key in raw and not (key == "previous" and raw[key] is None):
            faults += _row_faults(key, kind, raw[key])
    return faults[:MAX_LINES]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _weight_faults(weights: object) -> Iterator[str]:
    if not isinstance(weights, dict):
        yield "weights: expected an object"
        return
    for key in weights:
        if key not in WEIGHT_KEYS:
            yield f"weights.{escaped(key)}: unknown key"
        elif not _is_count(weights[key]):
            yield f"weights.{key}: {COUNT}"
    yield from (f"weights.{key}: missing" for key in WEIGHT_KEYS if key not in weights)


def _row_faults(key: str, kind: Any, rows: object) -> list[str]:
    """Types of all rows at once; row by row only to name the places of a failure."""
    if not isinstance(rows, list):
        return [f"{key}: expected a list"]
    faults = []
    try:
        msgspec.convert(rows, list[kind])
    except msgspec.ValidationError:
        for n, row in enumerate(rows):
            try:
                msgspec.convert(row, kind)
            except msgspec.ValidationError as error:
                faults.append(with_place(f"{key}[{n}]", str(error)))
    if kind in KEYS:
        faults += _unknown_keys(key, KEYS[kind], rows)
    if kind is Candidate:
        for n, row in enumerate(rows):
            if isinstance(row, dict) and isinstance(row.get("busy"), list):
                faults += _unknown_keys(f"{key}[{n}].busy", KEYS[Busy], row["busy"])
    return faults


def _unknown_keys(key: str, known: frozenset[str], rows: Sequence[object]) -> list[str]:
    return [
        f"{key}[{n}]: unknown key {quoted(name)}"
        for n, row in enumerate(rows)
        if isinstance(row, dict) and row.keys() - known
        for name in sorted(row.keys() - known)
    ]


def with_place(place: str, message: str) -> str:
    """`Expected `int`, got `str` - at `$.slots[0]`` becomes `place.slots[0]: expected int, got str`."""
    what, _, path = message.partition(" - at `$")
    return f"{place}{path.rstrip('`')}: {what[:1].lower()}{what[1:].replace('`', '')}"


def meaning_faults(problem: Problem) -> list[str]:
    """Faults of a well-formed problem: ids, ranges, duplicates, the matrix, locked meetings that break a rule alone."""
    faults = [*_slot_faults(problem), *_matrix_faults(problem)]
    for key in ("campuses", "companies", "recruiters", "candidates"):
        faults += _duplicates(key, [row.id for row in getattr(problem, key)])
    faults += _cap_faults(problem)
    faults += _person_faults(problem)
    faults += _wish_faults(problem)
    faults += _old_faults(problem)
    if not faults:
        from forum.matchmaking.engine.locked import single_faults

        faults += single_faults(problem)
    return faults[:MAX_LINES]


def _duplicates(key: str, names: Sequence[object]) -> Iterator[str]:
    if len(set(names)) == len(names):
        return
    seen: set[object] = set()
    for n, name in enumerate(names):
        if name in seen:
            yield f"{key}[{n}]: duplicate {quoted(name)}"
        seen.add(name)


def _slot_faults(problem: Problem) -> Iterator[str]:
    for n, slot in enumerate(problem.slots):
        if not (0 <= slot.start <= LARGEST and 0 < slot.length <= LARGEST):
            yield f"slots[{n}]: start must be from 0 and length from 1 to {LARGEST} minutes"
        elif n and slot.start < problem.slots[n - 1].end:
            yield f"slots[{n}]: starts before slots[{n - 1}] ends"


def _matrix_faults(problem: Problem) -> Iterator[str]:
    size = len(problem.campuses)
    if len(problem.travel) != size:
        yield f"travel: {len(problem.travel)} rows for {size} campuses"
    for n, row in enumerate(problem.travel):
        if len(row) != size:
            yield f"travel[{n}]: {len(row)} entries for {size} campuses"
        for m, minutes in enumerate(row):
            if not 0 <= minutes <= LARGEST:
                yield f"travel[{n}][{m}]: {minutes} minutes, {COUNT}"
            elif n == m and minutes:
                yield f"travel[{n}][{m}]: {minutes} minutes, the diagonal must be 0"


def _cap_faults(problem: Problem) -> Iterator[str]:
    for n, campus in enumerate(problem.campuses):
        if campus.tables is not None and not 0 <= campus.tables <= LARGEST:
            yield f"campuses[{n}].tables: {campus.tables}, {CAP}"
    for n, company in enumerate(problem.companies):
        if company.max_meetings is not None and not 0 <= company.max_meetings <= LARGEST:
            yield f"companies[{n}].max_meetings: {company.max_meetings}, {CAP}"
    for n, recruiter in enumerate(problem.recruiters):
        if recruiter.max_in_a_row is not None and not 1 <= recruiter.max_in_a_row <= LARGEST:
            yield f"recruiters[{n}].max_in_a_row: {recruiter.max_in_a_row}, expected null or a whole number from 1 to {LARGEST}"
    for n, candidate in enumerate(problem.candidates):
        if not 0 <= candidate.max_meetings <= LARGEST:
            yield f"candidates[{n}].max_meetings: {candidate.max_meetings}, {COUNT}"


def _person_faults(problem: Problem) -> Iterator[str]:
    campuses = {campus.id for campus in problem.campuses}
    companies = {company.id for company in problem.companies}
    size = len(problem.slots)
    for n, recruiter in enumerate(problem.recruiters):
        if recruiter.company not in companies:
            yield f"recruiters[{n}]: unknown company {quoted(recruiter.company)}"
        if recruiter.campus not in campuses:
            yield f"recruiters[{n}]: unknown campus {quoted(recruiter.campus)}"
        yield from _slot_list_faults(f"recruiters[{n}].slots", recruiter.slots, size)
    for n, candidate in enumerate(problem.candidates):
        yield from _slot_list_faults(f"candidates[{n}].slots", candidate.slots, size)
        for m, busy in enumerate(candidate.busy):
            if busy.campus not in campuses:
                yield f"candidates[{n}].busy[{m}]: unknown campus {quoted(busy.campus)}"
            if not 0 <= busy.start < busy.end <= LARGEST:
                yield f"candidates[{n}].busy[{m}]: start must be >= 0 and before end, end at most {LARGEST}"


def _slot_list_faults(place: str, slots: Sequence[int], size: int) -> Iterator[str]:
    if slots and not (min(slots) >= 0 and max(slots) < size):
        yield from (f"{place}[{k}]: slot {t} out of range" for k, t in enumerate(slots) if not 0 <= t < size)
    if len(set(slots)) != len(slots):
        yield from (f"{place}: duplicate slot {t}" for t, k in Counter(slots).items() if k > 1)


def _wish_faults(problem: Problem) -> Iterator[str]:
    if not problem.wishes:
        return
    who, whom, weights = zip(*problem.wishes, strict=True)
    people = {candidate.id for candidate in problem.candidates}
    companies = {company.id for company in problem.companies}
    yield from _unknown("wishes", "candidate", who, people)
    yield from _unknown("wishes", "company", whom, companies)
    if min(weights) < 1 or max(weights) > 100:
        yield from (f"wishes[{n}]: weight {w} is not in 1..100" for n, w in enumerate(weights) if not 1 <= w <= 100)
    yield from _duplicates("wishes", list(zip(who, whom, strict=True)))


def _unknown(key: str, what: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    names = tuple(names)
    if not known.issuperset(names):
        yield from (f"{key}[{n}]: unknown {what} {quoted(name)}" for n, name in enumerate(names) if name not in known)


def _old_faults(problem: Problem) -> Iterator[str]:
    campuses = {campus.id for campus in problem.campuses}
    for n, old in enumerate(problem.previous or ()):
        if old.campus not in campuses:
            yield f"previous[{n}]: unknown campus {quoted(old.campus)}"
        if not 0 <= old.slot < len(problem.slots):
            yield f"previous[{n}]: slot {old.slot} out of range"
