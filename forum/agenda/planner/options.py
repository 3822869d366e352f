"""Where a session may stand at all, before any other session is looked at."""

from collections.abc import Iterable, Iterator

from forum.agenda.planner.problem import Place, Problem, Spot, Task, Window


def within(start: int, end: int, windows: Iterable[Window] | None) -> bool:
    """Whether `[start, end)` lies in one of *windows*; None is always."""
    return windows is None or any(a <= start and end <= b for a, b in windows)


def suits(task: Task, place: Place) -> bool:
    """Whether the room has what the session needs."""
    return task.needs <= place.equipment


def starts(problem: Problem, task: Task, campus: str) -> list[int]:
    """The minutes at which *task* may start on *campus*: open, its speakers free, on the step or as published, sorted."""
    if task.fixed is not None:
        return [task.fixed.start]
    found = set()
    for opens, closes in problem.opening.get(campus, ()):
        steps = set(range(opens, closes - task.minutes + 1, problem.step))
        if task.previous is not None and opens <= task.previous.start <= closes - task.minutes:
            steps.add(task.previous.start)
        found |= {start for start in steps if all(_speaker_can(problem, name, start, start + task.minutes, campus) for name in task.speakers)}
    return sorted(found)


def keepable(problem: Problem, task: Task) -> tuple[bool, bool]:
    """Whether *task* could keep its published start somewhere, and its published room at some time."""
    if task.previous is None:
        return False, False
    place = problem.places[task.previous.place]
    room = task.previous.place in places(problem, task, place.campus) and bool(starts(problem, task, place.campus))
    return any(task.previous.start in starts(problem, task, campus) for campus in campuses(problem, task)), room


def _speaker_can(problem: Problem, name: str, start: int, end: int, campus: str) -> bool:
    speaker = problem.speakers.get(name)
    if speaker is None:
        return True
    if not within(start, end, speaker.free):
        return False
    return all(apart(problem, (start, end), campus, window, elsewhere) for window, elsewhere in speaker.busy)


def apart(problem: Problem, one: Window, here: str, other: Window, there: str) -> bool:
    """Whether one person can be at both: no overlap, and the journey fits between."""
    first, second = ((one, here), (other, there)) if one[0] <= other[0] else ((other, there), (one, here))
    need = problem.journey(first[1], second[1])
    return need is not None and first[0][1] + need <= second[0][0]


def places(problem: Problem, task: Task, campus: str) -> list[str]:
    """The rooms of *campus* that suit *task*; a fixed one stays where it is."""
    if task.fixed is not None:
        return [task.fixed.place] if problem.places[task.fixed.place].campus == campus else []
    return [key for key in problem.by_campus[campus] if suits(task, problem.places[key])]


def campuses(problem: Problem, task: Task) -> Iterator[str]:
    """The campuses with a room that suits *task*."""
    for campus in problem.by_campus:
        if places(problem, task, campus):
            yield campus


def span(task: Task, spot: Spot) -> Window:
    return spot.start, spot.start + task.minutes
