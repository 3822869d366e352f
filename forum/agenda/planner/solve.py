"""From a problem to a plan: a first placement, then CP-SAT campus by campus and pair by pair until the time is up."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from forum.agenda.planner import check, options, place
from forum.agenda.planner.anneal import anneal
from forum.agenda.planner.board import Board
from forum.agenda.planner.bound import bound
from forum.agenda.planner.construct import construct, settle
from forum.agenda.planner.explain import explain
from forum.agenda.planner.problem import Impossible, Plan, Problem, Spot

MOST_AT_ONCE = 24  # sessions in one model; with more a proof takes longer than it gains
MOST_ROOMS = 40  # rooms in a model of everything
Progress = Callable[[float, int, int], None]  # seconds, value, bound


def plan(problem: Problem, *, seconds: float = 50.0, workers: int = 2, seed: int = 1, progress: Progress | None = None) -> Plan | Impossible:
    """The best plan found in about *seconds* on *workers* threads, or why there is none."""
    began = time.monotonic()
    deadline = began + seconds
    board, left = construct(problem)
    left = [key for key in left if not _make_room(board, key, deadline, seed)]
    if left:
        return explain(problem, left, seconds=max(5.0, deadline - time.monotonic()))
    proof = bound(problem)
    settle(board, began + seconds * 0.25)
    if len(problem.tasks) > MOST_AT_ONCE:  # smaller ones are proven best in one model
        anneal(board, began + seconds * 0.7, seed)
        settle(board, began + seconds * 0.8)
    value = check.terms(problem, board.spots).total

    exact = _all_at_once(board, value, deadline, seed) if value < proof.total else None
    value = check.terms(problem, board.spots).total
    most = proof.total if exact is None else min(exact, proof.total)

    def tell(points: int) -> None:
        if progress is not None:
            progress(time.monotonic() - began, points, most)

    tell(value)
    if value < most:
        _improve(board, value, most, deadline, workers, seed, tell)
    spots = dict(board.spots)
    broken = check.violations(problem, spots)
    assert not broken, f"the planner broke its own rules: {broken[:3]}"
    return Plan(spots, check.terms(problem, spots), proof, time.monotonic() - began, exact)


def _all_at_once(board: Board, value: int, deadline: float, seed: int) -> int | None:
    """A small agenda as one model: the board becomes the best found, and the answer is what no plan exceeds; None when it is too large or time is up."""
    problem = board.problem
    keys = [key for key, task in problem.tasks.items() if task.fixed is None]
    if len(keys) > MOST_AT_ONCE or len(problem.places) > MOST_ROOMS:
        return None
    model = place.build(board, keys, sorted(problem.by_campus))
    if model is None or not model.tasks:
        return None
    found = place.solve_proven(model, seconds=max(0.1, (deadline - time.monotonic()) / 2), seed=seed)
    if found is None:
        return None
    spots, left = found
    return value + (board.replace(spots) or 0) + left


def _improve(board: Board, value: int, best: int, deadline: float, workers: int, seed: int, tell: Callable[[int], None]) -> None:
    """Solve one neighbourhood after another, *workers* at a time on campuses they do not share.

    Models are built and answers applied by this thread alone; only solving runs beside it (CP-SAT lets go of the GIL).
    """
    running: dict[Future[dict[str, Spot] | None], set[str]] = {}
    rounds = _neighbourhoods(board, seed)
    with ThreadPoolExecutor(workers) as pool:
        while time.monotonic() < deadline and value < best:
            while len(running) < workers and (campuses := next(rounds, None)) is not None:
                if any(busy & set(campuses) for busy in running.values()):
                    continue
                model = place.build(board, _movable(board, campuses, seed), campuses)
                left = deadline - time.monotonic()
                if model is not None and model.tasks and left > 0.05:
                    running[pool.submit(place.solve, model, seconds=min(left, 1.5 * len(campuses)), seed=seed)] = set(campuses)
                if left <= 0:
                    break
            if not running:
                return
            done = next((future for future in running if future.done()), None)
            if done is None:
                time.sleep(0.002)
                continue
            del running[done]
            found = done.result()
            gained = board.replace(found) if found else None
            if gained:
                value += gained
                tell(value)


def _movable(board: Board, campuses: Sequence[str], seed: int) -> list[str]:
    """The sessions of *campuses*, or a random share of them when they are too many for one model."""
    keys = sorted(key for campus in campuses for room in board.problem.by_campus[campus] for key in board.rooms[room] if board.problem.tasks[key].fixed is None)
    if len(keys) <= MOST_AT_ONCE:
        return keys
    return sorted(random.Random(f"{seed} {time.monotonic_ns()}").sample(keys, MOST_AT_ONCE))


def _neighbourhoods(board: Board, seed: int) -> Iterator[tuple[str, ...]]:
    """Every campus alone, then pairs that share a track, then each again, for ever while a round brings something."""
    chance = random.Random(seed)
    campuses = sorted(board.problem.by_campus)
    while True:
        chance.shuffle(campuses)
        for campus in campuses:
            yield (campus,)
        if len(campuses) > 1:
            yield from _pairs(board, chance)
        if len(board.problem.by_campus) < 3 and not chance.randrange(4):
            return


def _pairs(board: Board, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Pairs of campuses, those with a track in common first."""
    by_track: dict[str, list[str]] = defaultdict(list)
    for (track, campus), sessions in board.tracks.items():
        if sessions:
            by_track[track].append(campus)
    for sites in by_track.values():
        chance.shuffle(sites)
        yield from zip(sites[::2], sites[1::2], strict=False)
    campuses = sorted(board.problem.by_campus)
    chance.shuffle(campuses)
    yield from zip(campuses[::2], campuses[1::2], strict=False)


def _make_room(board: Board, key: str, deadline: float, seed: int) -> bool:
    """Place *key* by moving the sessions of a campus that suits it; True when done."""
    task = board.problem.tasks[key]
    sites = sorted(options.campuses(board.problem, task), key=lambda c: board.load[c])
    for campus in sites[:10]:
        others = [k for room in board.problem.by_campus[campus] for k in sorted(board.rooms[room]) if board.problem.tasks[k].fixed is None]
        colleagues = {k for name in task.speakers for k in board.problem.by_speaker[name] if k in board.spots and board.problem.tasks[k].fixed is None}
        model = place.build(board, [key, *sorted({*others[: MOST_AT_ONCE * 2], *colleagues})], sorted({campus, *(board.campus(k) for k in colleagues)}))
        found = place.solve(model, seconds=max(0.5, min(5.0, deadline - time.monotonic())), seed=seed) if model is not None else None
        if found is not None and board.replace(found) is not None:
            return True
    return False
