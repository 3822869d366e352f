"""Every B2B instance of a folder, with what is published about it: `python tests/bench/timetable.py FOLDER [--limit 60] [--only NAME] [--variants N]`.

Prints one row per file: proven status, breaks, bound and its kind, wall seconds, CPU seconds, the published optimum and
seconds. `--variants N` adds N harder files made from each: meetings fixed, slots forbidden, orders, other fairness.
"""

import argparse
import csv
import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forum.matchmaking.engine.business import BusinessDay, Status, Timetable, timetable_faults
from forum.matchmaking.engine.dzn import read_business_day
from forum.matchmaking.engine.timetable import timetable


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--limit", type=float, default=60.0)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--variants", type=int, default=0)
    asked = arguments.parse_args()
    known = published(asked.folder / "best_known.csv")
    print("| instance | d | status | breaks | bound | proof | wall s | CPU s | published | published s |\n|---|--:|---|--:|--:|---|--:|--:|--:|--:|")
    failed = 0
    for path in sorted(asked.folder.glob("*.dzn")):
        name = path.name.removesuffix(".dzn")
        if asked.only in name:
            day = read_business_day(path)
            limit = max(asked.limit, 120.0) if name.startswith("tic-13crafc") else asked.limit
            best, seconds = known.get(name, ("", ""))
            found = row(name, day, 2, limit, best, seconds)
            failed += best != "" and (found.status, found.breaks) != (Status.OPTIMAL, int(best))
            for label, variant, fairness in variants(day, found, asked.variants):
                row(f"{name} {label}", variant, fairness, asked.limit, "", "")
    print(f"\n{failed} files not closed at the published value")


def row(name: str, day: BusinessDay, fairness: int, limit: float, best: str, seconds: str) -> Timetable:
    cpu = time.process_time()
    found = timetable(day, fairness=fairness, time_limit=limit)
    cpu = time.process_time() - cpu
    assert found.slots is None or timetable_faults(day, found.slots, fairness) == []
    cells = [name, fairness, found.status, found.breaks, found.bound, found.bound_kind, f"{found.seconds:.1f}", f"{cpu:.1f}", best, seconds]
    print("| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |", flush=True)
    return found


def published(path: Path) -> dict[str, tuple[str, str]]:
    """Instance → proven optimum and the seconds of the best published solver."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {line["instance"]: (line["maxsat_opt"], line["maxsat_s"]) for line in csv.DictReader(file)}


def variants(day: BusinessDay, found: Timetable, count: int) -> Iterator[tuple[str, BusinessDay, int]]:
    """The families of the paper: other fairness, more forbidden slots, 20 % of the meetings fixed, meetings in order."""
    r = random.Random(len(day.meetings))
    if found.slots is None:
        return
    kinds = ["d=0", "forbidden", "fixed", "order"][:count]
    for kind in kinds:
        meetings = list(day.meetings)
        absent = day.absent
        if kind == "forbidden":
            absent = tuple(away | {t for t in range(day.slots) if r.random() < 0.05} for away in day.absent)
        for k in r.sample(range(len(meetings)), len(meetings) // 5):
            if kind == "fixed":
                meetings[k] = replace(meetings[k], fixed=found.slots[k])
            earlier = [j for j in range(len(meetings)) if found.slots[j] < found.slots[k]]
            if kind == "order" and earlier:
                meetings[k] = replace(meetings[k], after=frozenset([r.choice(earlier)]))
        yield kind, replace(day, meetings=tuple(meetings), absent=absent), 0 if kind == "d=0" else 2


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    main()
