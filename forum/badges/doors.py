"""What stands at the doors of an edition: gates, rules, capacities, suspensions; remembered for two seconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from forum import db
from forum.badges.question import Gate, Rule
from forum.campuses import travels
from forum.campuses.travel import Matrix

KEPT_SECONDS = 2.0  # the longest a stopped campus goes on admitting


@dataclass(frozen=True, slots=True)
class Door:
    """One gate with all a decision needs to know about its place."""

    id: UUID
    slug: str
    name: str
    ways: str
    campus: UUID
    campus_slug: str
    number: int
    campus_name: str
    zone: str
    capacity: int
    suspended: bool
    phone: str = ""
    evacuating: bool = False

    def gate(self) -> Gate:
        return Gate(self.number, self.slug, self.name, self.ways, self.suspended)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _RuleRow:
    campus: UUID
    gate: str
    days: list[date]
    roles: list[str]
    opens: int
    closes: int
    reentry: bool
    entries_per_day: int


@dataclass(frozen=True, slots=True)
class Doors:
    """All doors of one edition; rules by campus."""

    edition: UUID
    by_id: Mapping[UUID, Door]
    rules: Mapping[UUID, tuple[Rule, ...]]
    travel: Matrix
    step_free: Matrix
    campuses: Mapping[UUID, tuple[int, str]]  # id → number, slug

    def minutes(self, origin: UUID, destination: UUID, *, step_free: bool = False) -> int:
        """From one campus to another; 0 for the same."""
        matrix = self.step_free if step_free else self.travel
        return matrix.between(self.campuses[origin][1], self.campuses[destination][1])

    def between(self, origin: int, destination: int) -> int | None:
        """Minutes between two campus numbers, None for one that does not take part."""
        slugs = dict(self.campuses.values())
        return self.travel.between(slugs[origin], slugs[destination]) if origin in slugs and destination in slugs else None

    def rules_of(self, door: Door) -> tuple[Rule, ...]:
        return self.rules.get(door.campus, ())


_kept: dict[UUID, tuple[float, Doors]] = {}


def forget() -> None:
    """Read everything again next time: after a change, and between tests."""
    _kept.clear()


async def of(edition: UUID) -> Doors:
    """The doors of *edition*, at most two seconds old."""
    held = _kept.get(edition)
    if held is not None:
        if time.monotonic() - held[0] <= KEPT_SECONDS:
            return held[1]
        _kept[edition] = (time.monotonic(), held[1])  # one reads; the scans of these milliseconds go on with what was known
    try:
        fresh = await _read(edition)
    except BaseException:
        _kept.pop(edition, None)
        raise
    _kept[edition] = (time.monotonic(), fresh)
    return fresh


async def _read(edition: UUID) -> Doors:
    doors = await db.rows(
        Door,
        """SELECT g.id, g.slug, g.name, g.ways, c.id AS campus, c.slug AS campus_slug, c.number, c.name AS campus_name, c.zone, c.capacity, c.phone,
                  EXISTS (SELECT 1 FROM door_suspension s WHERE s.campus = c.id AND s.ended_at IS NULL) AS suspended,
                  EXISTS (SELECT 1 FROM evacuation e WHERE e.campus = c.id AND e.ended_at IS NULL) AS evacuating
           FROM gate g JOIN campus c ON c.id = g.campus
           WHERE c.edition = $1 AND c.removed_at IS NULL AND g.removed_at IS NULL ORDER BY c.number, g.slug""",
        edition,
    )
    await db.execute("INSERT INTO campus_inside (campus) SELECT id FROM campus WHERE edition = $1 ORDER BY id ON CONFLICT DO NOTHING", edition)
    found = await db.rows(
        _RuleRow,
        """SELECT r.campus, coalesce(g.slug, '') AS gate, r.days, r.roles, r.opens, r.closes, r.reentry, r.entries_per_day
           FROM gate_rule r JOIN campus c ON c.id = r.campus LEFT JOIN gate g ON g.id = r.gate
           WHERE c.edition = $1 AND r.removed_at IS NULL ORDER BY r.made_at, r.id""",
        edition,
    )
    rules: dict[UUID, tuple[Rule, ...]] = {}
    for row in found:
        days = tuple(day.isoformat() for day in row.days)
        rules[row.campus] = (*rules.get(row.campus, ()), Rule(row.gate, days, tuple(row.roles), row.opens, row.closes, row.reentry, row.entries_per_day))
    campuses = {door.campus: (door.number, door.campus_slug) for door in doors}
    travel, step_free = await travels.matrix_of(edition), await travels.matrix_of(edition, step_free=True)
    return Doors(edition, {door.id: door for door in doors}, rules, travel, step_free, campuses)
