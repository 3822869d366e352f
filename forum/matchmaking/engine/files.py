"""Read problem and plan files, refusing bad input with one line per fault; write plans whole or not at all."""

import codecs
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from forum.matchmaking.engine.faults import MAX_LINES, escaped, meaning_faults, quoted, shape_faults, with_place
from forum.matchmaking.engine.model import PLAN_FORMAT, Meeting, Plan, Problem, Weights

_KEY = re.compile(rb'"[ \t\r\n]*:')  # the end of every key, and now and then of a text that quotes one


class BadProblem(Exception):
    """The file is refused before any solving; `faults` has one line each, naming the place."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def read_problem(source: str | os.PathLike[str] | bytes) -> Problem:
    """The problem in a file, or in the bytes of one. Raises BadProblem with every fault, OSError if unreadable."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    return parse_problem(decoded(data))


def parse_problem(raw: Any) -> Problem:
    """The problem in decoded JSON. Raises BadProblem with every fault."""
    if faults := shape_faults(raw):
        raise BadProblem(faults)
    body = {key: value for key, value in raw.items() if key not in ("format", "weights")}
    problem = msgspec.convert(
        body | {"weights": _weights(raw["weights"])},
        Problem,
    )
    if faults := meaning_faults(problem):
        raise BadProblem(faults)
    return problem


def read_plan(source: str | os.PathLike[str] | bytes) -> Plan:
    """The plan in a file, or in the bytes of one, unjudged. Raises BadProblem if it is not a `forum-plan/1` file."""
    return plan_and_claims(source)[0]


def plan_and_claims(source: str | os.PathLike[str] | bytes) -> tuple[Plan, dict[str, Any]]:
    """The plan, and everything its file says beside the meetings, as it stands there. Raises BadProblem.

    Only meetings make a plan: a claim that is no number (`null`, text) claims nothing, as for the shared judge.
    """
    raw = decoded(source if isinstance(source, bytes) else Path(source).read_bytes())
    if not isinstance(raw, dict) or raw.get("format") != PLAN_FORMAT:
        raise BadProblem([f"format: expected {quoted(PLAN_FORMAT)}"])
    if not isinstance(raw.get("meetings"), list):
        raise BadProblem(["meetings: expected a list"])
    meetings, faults = [], []
    for n, row in enumerate(raw["meetings"]):
        try:
            meetings.append(msgspec.convert(row, Meeting))
        except msgspec.ValidationError as error:
            faults.append(with_place(f"meetings[{n}]", str(error)))
    if faults:
        raise BadProblem(faults[:MAX_LINES])
    claims = {key: value for key, value in raw.items() if key not in ("format", "meetings")}
    name, kind, seconds = claims.get("problem"), claims.get("bound_kind"), claims.get("seconds")
    value, bound = (int(claim) if isinstance(claim := claims.get(key), int | float) else 0 for key in ("value", "bound"))
    return Plan(
        name if isinstance(name, str) else "", tuple(meetings), value, bound, kind if isinstance(kind, str) else "",
        float(seconds) if isinstance(seconds, int | float) else 0.0,
    ), claims  # fmt: skip


def plan_json(plan: Plan, run: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a `forum-plan/1` file; *run* is what making it took (`run`, which judges of plans pass over)."""
    head = {"format": PLAN_FORMAT, "problem": plan.problem}
    body: dict[str, object] = {"meetings": [list(m) for m in plan.meetings], "value": plan.value, "bound": plan.bound}
    return msgspec.json.encode(head | body | {"bound_kind": plan.bound_kind, "seconds": round(plan.seconds, 3)} | ({"run": run} if run else {}))


def write_plan(path: str | os.PathLike[str], plan: Plan, run: Mapping[str, Any] | None = None) -> None:
    """Write the plan file in one step: a killed run leaves the old file or none, never half a file."""
    write_whole(path, plan_json(plan, run))


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the file by *data* atomically (temporary file beside it, fsync, rename); a link's target, not the link.

    What is no file (a pipe, a terminal, a device) is written to as it is: renaming over it would take it away.
    """
    target = Path(path).resolve() if Path(path).is_file() else Path(path)
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    temporary = target.with_name(f".forum-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:  # with the rights of any new file of this user
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def problem_json(problem: Problem) -> bytes:
    """The bytes of a `forum-problem/1` file that reads back as *problem*."""
    raw = msgspec.to_builtins(problem)
    weights = raw["weights"]
    raw["weights"] = {key.rstrip("_"): value for key, value in weights.items()}
    return json.dumps({"format": "forum-problem/1"} | raw, separators=(",", ":")).encode()


def decoded(data: bytes) -> Any:
    """JSON, refused where it is none or names a key twice in one object. Raises BadProblem."""
    if data.startswith(codecs.BOM_UTF8):
        raise BadProblem(["not JSON: it begins with a byte order mark; save it as UTF-8 without one"])
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadProblem([f"not JSON: {error}"]) from error
    if len(_KEY.findall(data)) != _keys_in(raw):
        _refuse_twice_named(data)
    return raw


def _keys_in(raw: Any) -> int:
    """Keys of a decoded file's objects, lists within lists left out (400,000 wishes): fewer than were written when one stands twice."""
    if isinstance(raw, dict):
        return len(raw) + sum(map(_keys_in, raw.values()))
    if isinstance(raw, list):
        return sum(_keys_in(row) for row in raw if type(row) is dict)
    return 0


def _refuse_twice_named(data: bytes) -> None:
    """The slow look, once something like a key was counted that is none, or is the second of its name."""
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> None:
        twice.extend(f"{escaped(key)}: stands twice in one object" for key, n in Counter(key for key, _ in pairs).items() if n > 1)

    json.loads(data, object_pairs_hook=once)
    if twice:
        raise BadProblem(twice[:MAX_LINES])


def _weights(raw: dict[str, int]) -> Weights:
    return Weights(**{("break_" if key == "break" else key): value for key, value in raw.items()})


def meetings_of(rows: Iterable[tuple[str, str, int]]) -> tuple[Meeting, ...]:
    """Rows as meetings, sorted by candidate, then slot."""
    return tuple(sorted((Meeting(*row) for row in rows), key=lambda m: (m.candidate, m.slot)))
