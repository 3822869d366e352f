"""Is a plan right, and what is it worth: re-derived without a solver, asserted on every plan before it leaves."""

from collections import defaultdict
from collections.abc import Mapping

from forum.agenda.planner import options
from forum.agenda.planner.problem import Problem, Spot, Terms


def violations(problem: Problem, spots: Mapping[str, Spot]) -> list[str]:
    """Every broken hard rule, for developers and tests; [] for a valid plan."""
    found = [f"{key} is not placed" for key in problem.tasks if key not in spots]
    for key, spot in spots.items():
        found += _alone(problem, key, spot)
    return found + _rooms(problem, spots) + _speakers(problem, spots)


def _alone(problem: Problem, key: str, spot: Spot) -> list[str]:
    task, place = problem.tasks[key], problem.places[spot.place]
    if task.fixed is not None:
        return [] if spot == task.fixed else [f"{key} is fixed elsewhere"]
    start, end = options.span(task, spot)
    found = []
    if not options.suits(task, place):
        found.append(f"{key} lacks equipment in {spot.place}")
    if not options.within(start, end, problem.opening.get(place.campus, ())):
        found.append(f"{key} is outside opening hours")
    if not options.within(start, end, place.free):
        found.append(f"{key}: {spot.place} is not free")
    for name in task.speakers:
        speaker = problem.speakers.get(name)
        if speaker is not None and not options.within(start, end, speaker.free):
            found.append(f"{key}: {name} is not free")
        if speaker is not None and not all(options.apart(problem, (start, end), place.campus, w, c) for w, c in speaker.busy):
            found.append(f"{key}: {name} is busy elsewhere")
    return found


def _rooms(problem: Problem, spots: Mapping[str, Spot]) -> list[str]:
    held: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for key, spot in spots.items():
        held[spot.place].append((*options.span(problem.tasks[key], spot), key))
    return [f"{b[2]} overlaps {a[2]} in {place}" for place, mine in held.items() for a, b in _pairs(sorted(mine)) if b[0] < a[1]]


def _pairs(ordered: list[tuple[int, int, str]]) -> list[tuple[tuple[int, int, str], tuple[int, int, str]]]:
    """Each entry with the one before it that ends last."""
    found = []
    for n in range(1, len(ordered)):
        found.append((max(ordered[:n], key=lambda e: e[1]), ordered[n]))
    return found


def _speakers(problem: Problem, spots: Mapping[str, Spot]) -> list[str]:
    found = []
    for name, keys in problem.by_speaker.items():
        mine = [key for key in keys if key in spots]
        for n, a in enumerate(mine):
            for b in mine[n + 1 :]:
                if problem.tasks[a].fixed and problem.tasks[b].fixed:
                    continue  # people fixed both; the editor's rules say so, no plan can help
                here, there = (problem.places[spots[k].place].campus for k in (a, b))
                if not options.apart(problem, options.span(problem.tasks[a], spots[a]), here, options.span(problem.tasks[b], spots[b]), there):
                    found.append(f"{name} cannot hold {a} and {b}")
    return found


def terms(problem: Problem, spots: Mapping[str, Spot]) -> Terms:
    """The value of *spots*, term by term, in points."""
    weights = problem.weights
    seats = unchanged = 0
    load: dict[str, int] = defaultdict(int)
    used: dict[str, set[str]] = defaultdict(set)
    for key, spot in spots.items():
        task, place = problem.tasks[key], problem.places[spot.place]
        seats += min(task.wanted, place.capacity)
        if task.previous is not None:
            unchanged += weights.same_start * (task.previous.start == spot.start) + weights.same_place * (task.previous.place == spot.place)
        load[place.campus] += task.minutes
        if task.track:
            used[task.track].add(place.campus)
    clashes = sum(people for (a, b), people in problem.together.items() if a in spots and b in spots and overlap(problem, spots, a, b))
    return Terms(
        seats=weights.seat * seats,
        clashes=-weights.clash * clashes,
        unchanged=unchanged,
        tracks=-weights.track_campus * sum(len(campuses) for campuses in used.values()),
        crowding=-weights.crowding * sum(max(0, minutes - problem.fair_minutes) for minutes in load.values()),
    )


def overlap(problem: Problem, spots: Mapping[str, Spot], a: str, b: str) -> bool:
    (s, e), (t, f) = options.span(problem.tasks[a], spots[a]), options.span(problem.tasks[b], spots[b])
    return s < f and t < e
