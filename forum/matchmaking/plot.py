"""The plot of a run: value and bound over time as SVG paths. Pure numbers, drawn by the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LEFT, RIGHT, TOP, BOTTOM = 64.0, 620.0, 20.0, 214.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and its number."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Paths in a box of 720 × 250; empty strings before there is anything to draw."""

    value: str
    bound: str
    gap: str
    last_x: float
    last_y: float
    bound_y: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def plot(points: Sequence[tuple[float, int | None, int | None]], *, until: float) -> Plot | None:
    """The plot of (seconds, value, bound) rows in time, the axis reaching *until* seconds; None before the first plan."""
    rows = _best(points)
    values = [v for _, v, _ in rows if v is not None]
    if not values:
        return None
    bounds = [b for _, v, b in rows if b is not None and v is not None]
    top = max(values + bounds)
    low = min(values[len(values) // 3 :] or values)  # the first steps rise from nothing and would flatten the rest
    low = min(low, top - max(1, abs(top) // 200))
    span = max(1.0, until, rows[-1][0])

    def x(seconds: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * seconds / span, 1)

    def y(value: float) -> float:
        return round(max(TOP, min(BOTTOM, BOTTOM - (BOTTOM - TOP) * (value - low) / (top - low))), 1)

    value = _steps([(x(t), y(v)) for t, v, _ in rows if v is not None])
    bound = _steps([(x(t), y(b)) for t, v, b in rows if b is not None and v is not None])
    under = [(x(t), y(v)) for t, v, b in rows if v is not None and b is not None]
    over = [(x(t), y(b)) for t, v, b in rows if v is not None and b is not None]
    last = rows[-1]
    return Plot(
        value, bound, _area(under, over), x(last[0]), y(last[1] or low), y(last[2]) if last[2] is not None else TOP,
        tuple(Tick(x(span * n / 6), span * n / 6) for n in range(7)), tuple(Tick(y(low + (top - low) * n / 3), low + (top - low) * n / 3) for n in range(4)),
    )  # fmt: skip


def _best(points: Sequence[tuple[float, int | None, int | None]]) -> list[tuple[float, int | None, int | None]]:
    """Each row with the best value and bound so far."""
    rows: list[tuple[float, int | None, int | None]] = []
    value: int | None = None
    bound: int | None = None
    for seconds, now_value, now_bound in points:
        value = now_value if value is None or (now_value is not None and now_value > value) else value
        bound = now_bound if bound is None or (now_bound is not None and now_bound < bound) else bound
        rows.append((seconds, value, bound))
    return rows


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """A staircase: each value holds until the next."""
    if not points:
        return ""
    path = [f"M{points[0][0]} {points[0][1]}"]
    for (_, before), (x, y) in pairwise(points):
        path.append(f"H{x}" + (f"V{y}" if y != before else ""))
    return "".join(path)


def _area(under: Sequence[tuple[float, float]], over: Sequence[tuple[float, float]]) -> str:
    """The closed shape between two staircases."""
    if len(under) < 2:
        return ""
    lower = _steps(under)
    back = []
    for n in range(len(over) - 1, 0, -1):
        back.append(f"V{over[n][1]}H{over[n][0]}V{over[n - 1][1]}H{over[n - 1][0]}")
    return lower + f"V{over[-1][1]}" + "".join(back) + "Z"
