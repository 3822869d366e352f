"""Read the MiniZinc data files of the B2B meeting problem: one line per fault, never half a problem.

The keys are those of the published instances (University of Girona); counts that follow from others are checked when
present, and `meetingsxBusiness` is ignored.
"""

import os
import re
from pathlib import Path
from typing import Final

from forum.matchmaking.engine.business import ANY_TIME, MORNING, BusinessDay, BusinessMeeting
from forum.matchmaking.engine.files import BadProblem

Value = int | list["Value"]
_TOKEN: Final = re.compile(r"\s*(?:(\.\.|\[\||\|\]|[\[\]{}(),|])|(-?\d+)|([A-Za-z_]\w*)|(\S))")
_COUNTS: Final = ("nBusiness", "nTables", "nTotalSlots", "nMorningSlots")
LARGEST: Final = 10_000


def read_business_day(source: str | os.PathLike[str]) -> BusinessDay:
    """The problem in a `.dzn` file. Raises BadProblem with every fault, OSError if unreadable."""
    try:
        return parse_business_day(Path(source).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadProblem([f"not text: {error}"]) from error


def parse_business_day(text: str) -> BusinessDay:
    """The problem in the text of a `.dzn` file. Raises BadProblem with every fault."""
    values = _assignments(text)
    faults = [f"{key}: missing" for key in (*_COUNTS, "requested") if key not in values]
    faults += [f"{key}: expected one whole number from 0 to {LARGEST}" for key in _COUNTS if key in values and not _is_count(values[key])]
    if faults:
        raise BadProblem(faults)
    people, tables, slots, morning = (_count(values[key]) for key in _COUNTS)
    if morning > slots:
        faults.append(f"nMorningSlots: {morning}, but nTotalSlots is {slots}")
    rows = _rows(values["requested"], faults)
    absent = _sets(values, "forbidden", people, slots, faults)
    fixed = _numbers(values, "fixed", len(rows), slots, faults)
    after = _sets(values, "precedences", len(rows), len(rows), faults)
    faults += _request_faults(rows, people)
    if values.get("nMeetings", len(rows)) != len(rows):
        faults.append(f"nMeetings: {values['nMeetings']}, but requested has {len(rows)} rows")
    if faults:
        raise BadProblem(faults)
    meetings = tuple(
        BusinessMeeting(p - 1, q - 1, session, (fixed[k] - 1) if fixed[k] else None, after[k]) for k, (p, q, session) in enumerate(rows)
    )
    return BusinessDay(people, tables, slots, morning, meetings, tuple(absent))


def _assignments(text: str) -> dict[str, Value]:
    """`key = value;` statements; values are whole numbers, lists, sets and ranges."""
    values: dict[str, Value] = {}
    faults: list[str] = []
    for statement in re.sub(r"%[^\n]*", "", text).split(";"):
        key, equals, body = (part.strip() for part in statement.partition("="))
        if not statement.strip():
            continue
        if not equals or not key.isidentifier():
            faults.append(f"{statement.strip()[:40]!r}: expected key = value")
        elif key in values:
            faults.append(f"{key}: given twice")
        elif key != "meetingsxBusiness":
            try:
                values[key] = _value(body)
            except (ValueError, RecursionError) as error:
                faults.append(f"{key}: {error}")
    if faults:
        raise BadProblem(faults)
    return values


def _value(body: str) -> Value:
    """One value; `[| 1, 2 | 3, 4 |]` becomes a flat list, `{1, 3..5}` a list, `array2d(…, …, [...])` its list."""
    wrapped = re.fullmatch(r"array[12]d\s*\(.*?(\[.*\])\s*\)", body, re.DOTALL)
    tokens = [next(filter(None, found)) for found in _TOKEN.findall(wrapped[1] if wrapped else body)]
    value, rest = _parse(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"unexpected {tokens[rest]!r}")
    return value


def _parse(tokens: list[str], at: int) -> tuple[Value, int]:
    """The value that starts at token *at*, and the position behind it."""
    if at >= len(tokens):
        raise ValueError("the value ends too early")
    closing = {"[": "]", "[|": "|]", "{": "}"}.get(tokens[at])
    if closing is None:
        return _number(tokens, at)
    items: list[Value] = []
    at += 1
    while at < len(tokens) and tokens[at] != closing:
        if tokens[at] in (",", "|"):
            at += 1
            continue
        item, at = _parse(tokens, at)
        items += item if isinstance(item, list) and closing == "}" else [item]
    if at >= len(tokens):
        raise ValueError(f"{closing!r} is missing")
    return items, at + 1


def _number(tokens: list[str], at: int) -> tuple[Value, int]:
    if not re.fullmatch(r"-?\d{1,9}", tokens[at]):
        raise ValueError(f"unexpected {tokens[at]!r}")
    low = int(tokens[at])
    if at + 2 < len(tokens) and tokens[at + 1] == ".." and re.fullmatch(r"-?\d{1,9}", tokens[at + 2]):
        high = int(tokens[at + 2])
        if high - low > LARGEST:
            raise ValueError(f"the range {low}..{high} is too long")
        return list(range(low, high + 1)), at + 3
    return low, at + 1


def _is_count(value: Value) -> bool:
    return isinstance(value, int) and 0 <= value <= LARGEST


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _whole(values: Value) -> list[int] | None:
    """The numbers of a flat list, None if *values* is something else."""
    if not isinstance(values, list) or not all(isinstance(v, int) for v in values):
        return None
    return [v for v in values if isinstance(v, int)]


def _rows(value: Value, faults: list[str]) -> list[tuple[int, int, int]]:
    flat = _whole(value)
    if flat is None or len(flat) % 3:
        faults.append("requested: expected rows of three whole numbers: participant, participant, session")
        return []
    return [(flat[k], flat[k + 1], flat[k + 2]) for k in range(0, len(flat), 3)]


def _request_faults(rows: list[tuple[int, int, int]], people: int) -> list[str]:
    faults = []
    for k, (p, q, session) in enumerate(rows, 1):
        faults += [f"requested[{k}]: unknown participant {x}" for x in (p, q) if not 1 <= x <= people]
        if p == q:
            faults.append(f"requested[{k}]: participant {p} cannot meet itself")
        if not MORNING <= session <= ANY_TIME:
            faults.append(f"requested[{k}]: session {session} is not 1, 2 or 3")
    return faults


def _numbers(values: dict[str, Value], key: str, length: int, top: int, faults: list[str]) -> list[int]:
    found = _whole(values.get(key, [0] * length))
    if found is None or len(found) != length:
        faults.append(f"{key}: expected {length} whole numbers")
        return [0] * length
    faults += [f"{key}[{k}]: {v} is not in 0..{top}" for k, v in enumerate(found, 1) if not 0 <= v <= top]
    return found


def _sets(values: dict[str, Value], key: str, length: int, top: int, faults: list[str]) -> list[frozenset[int]]:
    """Sets of numbers counted from 1 in the file (0 means none), from 0 in the answer."""
    raw = values.get(key, [[]] * length)
    if not isinstance(raw, list) or len(raw) != length or any(_whole(row) is None for row in raw):
        faults.append(f"{key}: expected {length} sets of whole numbers")
        return [frozenset()] * length
    rows = [_whole(row) or [] for row in raw]
    faults += [f"{key}[{k}]: {v} is not in 0..{top}" for k, row in enumerate(rows, 1) for v in row if not 0 <= v <= top]
    return [frozenset(v - 1 for v in row if v) for row in rows]
