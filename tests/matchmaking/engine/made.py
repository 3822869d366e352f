"""Problems of the shapes the engine is measured on, in small: balanced, scarce, one campus, far campuses, one hour."""

import math
import random
from typing import Any


def raw_made(seed: int, *, candidates: int, companies: int, campuses: int = 3, slots_per_day: int = 12, days: int = 1, far: int = 1) -> dict[str, Any]:
    """A `forum-problem/1` object with the features of a real event: half-days, sessions, tables, rests, tastes."""
    r = random.Random(seed)
    half = slots_per_day // 2
    grid = [{"start": 1440 * d + (540 if k < half else 840) + 15 * (k % half), "length": 15} for d in range(days) for k in range(slots_per_day)]
    blocks = [range(b * half, (b + 1) * half) for b in range(2 * days)]
    where = [(r.uniform(0, 9), r.uniform(0, 7)) for _ in range(campuses)]
    travel = [[0 if a == b else far * round(12 + 5.5 * math.dist(where[a], where[b])) for b in range(campuses)] for a in range(campuses)]
    recruiters = [
        {"id": f"s{j}-r{k}", "company": f"s{j}", "campus": f"c{j % campuses}", "max_in_a_row": r.choice([None, 4, 2]),
         "slots": [t for b in blocks if r.random() < 0.85 for t in b] or list(blocks[0])}
        for j in range(companies) for k in range(r.choice([1, 2]))
    ]  # fmt: skip
    people = []
    for i in range(candidates):
        free = sorted(t for b in [b for b in blocks if r.random() < 0.7] or [r.choice(blocks)] for t in b)
        start = grid[r.choice(free)]["start"]
        busy = [{"start": start, "end": start + 45, "campus": f"c{r.randrange(campuses)}"}] if r.random() < 0.4 else []
        people.append({"id": f"p{i:03}", "slots": free, "busy": busy, "max_meetings": r.choice([2, 3, 4])})
    wishes = [[p["id"], f"s{j}", r.randint(20, 100)] for p in people for j in r.sample(range(companies), min(companies, r.randint(2, 6)))]
    return {
        "format": "forum-problem/1", "name": f"made-{seed}", "slots": grid, "travel": travel,
        "campuses": [{"id": f"c{v}", "tables": r.choice([None, 1, 2, 3])} for v in range(campuses)],
        "companies": [{"id": f"s{j}", "max_meetings": None} for j in range(companies)], "recruiters": recruiters,
        "candidates": people, "wishes": wishes, "locked": [], "guarantee": 1, "previous": None,
        "weights": {"guarantee": 1000, "preference": 1, "campus_change": 4, "break": 2, "idle_slot": 1, "change": 0},
    }  # fmt: skip
