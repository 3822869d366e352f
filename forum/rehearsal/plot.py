"""The plots of the report: curves over the day as SVG paths. Pure numbers, drawn by the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LEFT, RIGHT, TOP, BOTTOM = 48.0, 392.0, 12.0, 176.0  # in a box of 400 × 200: its 12 units of text are 10 to 13 pixels on a phone and beside each other on a desk
MOST_MARKS = 6


@dataclass(frozen=True, slots=True)
class Minute:
    """One lived minute: people inside, meetings under way and held so far, the longest wait at a door (seconds), people between two campuses."""

    at: datetime
    inside: int
    running: int
    held: int
    waited: float
    on_the_way: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One filled curve in a box of 400 × 200, its largest value and its axes."""

    line: str
    area: str
    most: int
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def curve(points: Sequence[tuple[str, int]]) -> Curve | None:
    """The curve of (wall-clock time, value) rows in order; None with fewer than two."""
    if len(points) < 2:
        return None
    most = max(value for _, value in points)
    top = _round_up(most)
    width = len(points) - 1
    at = [(round(LEFT + (RIGHT - LEFT) * n / width, 1), round(BOTTOM - (BOTTOM - TOP) * value / top, 1)) for n, (_, value) in enumerate(points)]
    line = "M" + "L".join(f"{x} {y}" for x, y in at)
    marks = [n for n, (when, _) in enumerate(points) if when.endswith(":00")] or [0, width]
    keep = marks[:: max(1, -(-len(marks) // MOST_MARKS))]
    across = tuple(Tick(at[n][0], points[n][0]) for n in keep)
    up = tuple(Tick(round(BOTTOM - (BOTTOM - TOP) * n / 2, 1), str(top * n // 2)) for n in range(3))
    return Curve(line, f"{line}L{at[-1][0]} {BOTTOM}L{at[0][0]} {BOTTOM}Z", most, across, up)


def _round_up(most: int) -> int:
    """An even number of two leading figures at least as large."""
    if most <= 10:
        return 10
    step: int = 10 ** (len(str(most)) - 2) * 2
    whole: int = -(-most // step) * step
    return whole
