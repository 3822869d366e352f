"""Read problem and plan files, refusing bad input with one line per fault; write plans whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from forum.matchmaking.engine.faults import meaning_faults, shape_faults
from forum.matchmaking.engine.model import PLAN_FORMAT, Meeting, Plan, Problem, Weights


class BadProblem(Exception):
    """The file is refused before any solving; `faults` has one line each, naming the place."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def read_problem(source: str | os.PathLike[str] | bytes) -> Problem:
    """The problem in a file, or in the bytes of one. Raises BadProblem with every fault, OSError if unreadable."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    return parse_problem(_decoded(data))


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
    raw = _decoded(source if isinstance(source, bytes) else Path(source).read_bytes())
    if not isinstance(raw, dict) or raw.get("format") != PLAN_FORMAT:
        raise BadProblem([f"format: expected {PLAN_FORMAT!r}"])
    known = {"problem", "meetings", "value", "bound", "bound_kind", "seconds"}
    try:
        return msgspec.convert({"value": 0, "bound": 0, "bound_kind": "", "seconds": 0.0} | {k: raw[k] for k in known & raw.keys()}, Plan)
    except msgspec.ValidationError as error:
        raise BadProblem([str(error)]) from error


def plan_json(plan: Plan, run: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a `forum-plan/1` file; *run* is what making it took (`run`, which judges of plans pass over)."""
    head = {"format": PLAN_FORMAT, "problem": plan.problem}
    body: dict[str, object] = {"meetings": [list(m) for m in plan.meetings], "value": plan.value, "bound": plan.bound}
    return msgspec.json.encode(head | body | {"bound_kind": plan.bound_kind, "seconds": round(plan.seconds, 3)} | ({"run": run} if run else {}))


def write_plan(path: str | os.PathLike[str], plan: Plan, run: Mapping[str, Any] | None = None) -> None:
    """Write the plan file in one step: a killed run leaves the old file or none, never half a file."""
    write_whole(path, plan_json(plan, run))


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the file by *data* atomically (temporary file beside it, fsync, rename)."""
    target = Path(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def problem_json(problem: Problem) -> bytes:
    """The bytes of a `forum-problem/1` file that reads back as *problem*."""
    raw = msgspec.to_builtins(problem)
    weights = raw["weights"]
    raw["weights"] = {key.rstrip("_"): value for key, value in weights.items()}
    return json.dumps({"format": "forum-problem/1"} | raw, separators=(",", ":")).encode()


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadProblem([f"not JSON: {error}"]) from error


def _weights(raw: dict[str, int]) -> Weights:
    return Weights(**{("break_" if key == "break" else key): value for key, value in raw.items()})


def meetings_of(rows: Iterable[tuple[str, str, int]]) -> tuple[Meeting, ...]:
    """Rows as meetings, sorted by candidate, then slot."""
    return tuple(sorted((Meeting(*row) for row in rows), key=lambda m: (m.candidate, m.slot)))
