"""The planner at full size: 1,500 sessions, 500 rooms on 100 campuses, 20,000 people's wishes: `python -m tests.bench.agenda_plan`.

Must reach: a valid plan with its value and bound within 60 s on 2 cores.
"""

import random
import sys
import time
from itertools import combinations

from forum.agenda.planner import Place, Plan, Problem, Speaker, Task, check
from forum.agenda.planner.solve import plan

DAYS = tuple((day * 1440, day * 1440 + 9 * 60) for day in range(3))


def made(sessions: int, campuses: int, rooms: int = 5, people: int = 20_000, seed: int = 1) -> Problem:
    """A forum of that size: crowds for few sessions (Pareto), one speaker in five available one day only, equipment that not every room has."""
    dice = random.Random(seed)
    sites = {f"c{n}": (dice.random(), dice.random()) for n in range(campuses)}
    travel = {(a, b): int(15 + 45 * ((xa - xb) ** 2 + (ya - yb) ** 2) ** 0.5) for a, (xa, ya) in sites.items() for b, (xb, yb) in sites.items() if a != b}
    places = {}
    for site in sites:
        for n in range(rooms):
            kit = frozenset(thing for thing in ("projector", "lab", "stage") if dice.random() < 0.6)
            places[f"{site}r{n}"] = Place(f"{site}r{n}", f"Salle {n}", site, dice.choice([20, 30, 50, 80, 150]) if n else dice.choice([150, 300]), kit)
    speakers = {f"p{n}": Speaker(f"p{n}", f"Personne {n}", (DAYS[n % 3],) if dice.random() < 0.2 else None) for n in range(sessions * 9 // 10)}
    always = [key for key, s in speakers.items() if s.free is None]
    tasks = {}
    for n in range(sessions):
        first = dice.choice(list(speakers))
        second = dice.choice(always)
        named = (first, second) if dice.random() < 0.25 and second != first else (first,)
        needs = frozenset(thing for thing in ("projector", "lab") if dice.random() < 0.15)
        tasks[f"s{n:04}"] = Task(f"s{n:04}", f"Session {n}", dice.choice([30, 45, 45, 60, 90]), named, needs, int(min(400, 5 * dice.paretovariate(1.1))), f"t{n % 12}")
    return Problem(tasks, places, dict.fromkeys(sites, DAYS), speakers, travel, wishes(tasks, people, dice))


def wishes(tasks: dict[str, Task], people: int, dice: random.Random) -> dict[tuple[str, str], int]:
    """Persons per pair of sessions: each wants five, mostly of one track, crowded ones more often."""
    tracks: dict[str, list[str]] = {}
    for task in tasks.values():
        tracks.setdefault(task.track, []).append(task.key)
    found: dict[tuple[str, str], int] = {}
    everything = list(tasks)
    for _ in range(people):
        pool = tracks[dice.choice(sorted(tracks))] if dice.random() < 0.7 else everything
        wanted = sorted(set(dice.choices(pool, [tasks[key].wanted for key in pool], k=5)))
        for pair in combinations(wanted, 2):
            found[pair] = found.get(pair, 0) + 1
    return found


def main() -> int:
    problem = made(1500, 100)
    began = time.perf_counter()
    found = plan(problem, seconds=50)
    seconds = time.perf_counter() - began
    if not isinstance(found, Plan):
        print("no plan:", *found.requirements, sep="\n  ")
        return 1
    broken = check.violations(problem, found.spots)
    print(f"{len(found.spots)} sessions, {len(problem.places)} rooms, {len(problem.by_campus)} campuses, {len(problem.together)} pairs wanted by the same people")
    print(f"{seconds:.1f} s (≤ 60); {len(broken)} rules broken; value {found.value:,}, bound {found.most:,}, gap {found.gap:.2%}")
    for name in ("seats", "clashes", "unchanged", "tracks", "crowding"):
        print(f"  {name:10} {getattr(found.terms, name):>10,} of at most {getattr(found.bound, name):>10,}")
    return 0 if seconds <= 60 and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
