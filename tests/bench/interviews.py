"""CSPLib 062, days 2 and 4, on every set of a folder: `python tests/bench/interviews.py FOLDER [--limit 60]`."""

import argparse
import os
from pathlib import Path

from forum.matchmaking.engine.interviews import assign_interviews, plan_week
from forum.matchmaking.engine.interviews_files import read_interviews


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--limit", type=float, default=60.0, help="seconds for each week of day 4")
    asked = arguments.parse_args()
    print("| set | day | regret | cost | bound | preferences | attendance | suites | wall s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for problem in read_interviews(asked.folder):
        found = assign_interviews(problem)
        assert found
        show(problem.name, 2, found.regret, found.cost, found.bound, "", "", "", f"{found.seconds:.2f}")
        week = plan_week(problem, time_limit=asked.limit)
        assert week
        show(problem.name, 4, week.regret, week.cost, week.bound, week.preferences, week.attendance, week.suites, f"{week.seconds:.1f}")


def show(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    main()
