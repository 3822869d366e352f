"""Small problems with every rule in them, made from a seed; and meetings, right and wrong, for the judges."""

import random
from typing import Any

from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import Meeting, Problem


def raw_problem(seed: int, *, candidates: int = 5, companies: int = 3, slots: int = 6, previous: bool = True) -> dict[str, Any]:
    """A `forum-problem/1` object: two campuses far apart, two days, breaks between slots, caps, runs, busy intervals."""
    r = random.Random(seed)
    half = (slots + 1) // 2
    grid = [{"start": 1440 * (k // half) + 540 + (15 + r.choice([0, 0, 10])) * 2 * (k % half) // 2, "length": 15} for k in range(slots)]
    for before, after in zip(grid, grid[1:], strict=False):
        after["start"] = max(after["start"], before["start"] + 15)
    campuses = [{"id": f"c{v}", "tables": r.choice([None, 1, 2])} for v in range(3)]
    travel = [[0 if u == v else r.choice([5, 15, 20, 40]) for v in range(3)] for u in range(3)]
    recruiters = [
        {"id": f"s{j}-r{k}", "company": f"s{j}", "campus": f"c{r.randrange(3)}", "slots": some(r, slots, 0.7), "max_in_a_row": r.choice([None, 1, 2])}
        for j in range(companies)
        for k in range(r.choice([1, 1, 2]))
    ]
    people = [
        {"id": f"p{i}", "slots": some(r, slots, 0.8), "busy": sessions(r, grid), "max_meetings": r.choice([1, 2, 3])} for i in range(candidates)
    ]
    wishes = [[f"p{i}", f"s{j}", r.randint(1, 100)] for i in range(candidates) for j in range(companies) if r.random() < 0.7]
    old = [
        [f"p{r.randrange(candidates + 1)}", f"s{r.randrange(companies + 1)}", f"c{r.randrange(3)}", f"s0-r{r.randrange(2)}", r.randrange(slots)]
        for _ in range(3)
    ]
    weights = {"guarantee": r.choice([0, 50, 1000]), "preference": 1, "campus_change": 4, "break": 2, "idle_slot": 1, "change": r.choice([0, 7])}
    return {
        "format": "forum-problem/1", "name": f"small-{seed}", "slots": grid, "campuses": campuses, "travel": travel,
        "companies": [{"id": f"s{j}", "max_meetings": r.choice([None, None, 2])} for j in range(companies)],
        "recruiters": recruiters, "candidates": people, "wishes": wishes, "locked": [], "guarantee": r.choice([0, 1, 2]),
        "weights": weights, "previous": old if previous and r.random() < 0.5 else None,
    }  # fmt: skip


def problem(seed: int, **sizes: Any) -> Problem:
    return parse_problem(raw_problem(seed, **sizes))


def some(r: random.Random, size: int, share: float) -> list[int]:
    return [t for t in range(size) if r.random() < share]


def sessions(r: random.Random, grid: list[dict[str, int]]) -> list[dict[str, Any]]:
    if r.random() < 0.6:
        return []
    start = r.choice(grid)["start"] + r.choice([0, 5])
    return [{"start": start, "end": start + 20, "campus": f"c{r.randrange(3)}"}]


def any_meetings(seed: int, problem: Problem, *, nonsense: bool = True) -> list[Meeting]:
    """Meetings that break rules now and then: unknown names, no wish, twice, absent, too far."""
    r = random.Random(seed)
    wishes = list(problem.wishes) or [("p0", "s0", 1)]
    meetings = []
    for _ in range(r.randrange(9)):
        candidate, company, _ = r.choice(wishes)
        recruiter = r.choice([x.id for x in problem.recruiters if x.company == company or r.random() < 0.1] or ["nobody"])
        slot = r.randrange(len(problem.slots))
        if nonsense and r.random() < 0.05:
            candidate, recruiter, slot = r.choice([("nobody", recruiter, slot), (candidate, "nobody", slot), (candidate, recruiter, len(problem.slots))])
        meetings += [Meeting(candidate, recruiter, slot)] * (2 if r.random() < 0.05 else 1)
    return meetings
