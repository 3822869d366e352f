"""A plan as a grid: one company's tables, one campus's tables, or one candidate's days, by slot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.i18n import N_

KINDS: Final = {"company": N_("Company"), "campus": N_("Campus"), "candidate": N_("Candidate")}


@dataclass(frozen=True, slots=True)
class Cell:
    """One meeting of the plan."""

    slot: datetime
    column: str
    label: str
    place: str
    candidate: UUID
    company: UUID
    meeting: UUID | None  # the published meeting that stands in this very place
    is_locked: bool

    @property
    def pair(self) -> str:
        """The meeting's name in a what-if that locks it."""
        return f"{self.candidate}|{self.company}"


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """Slots down, columns across; `choices` are what can be shown."""

    by: str
    of: str
    title: str
    columns: tuple[str, ...]
    slots: tuple[datetime, ...]
    cells: dict[tuple[datetime, str], Cell]
    choices: tuple[tuple[str, str], ...]
    asked: str = ""  # the name looked for

    @property
    def company(self) -> UUID | None:
        """The company whose grid it is, when it is one's."""
        return next((cell.company for cell in self.cells.values()), None) if self.by == "company" else None


_CHOICES: Final = {
    "company": "SELECT DISTINCT c.slug, c.name FROM plan_meeting m JOIN company c ON c.id = m.company WHERE m.plan = $1 ORDER BY 2",
    "campus": """SELECT k.slug, k.number || ', ' || k.name FROM campus k WHERE k.id IN (SELECT t.campus FROM plan_meeting m JOIN meeting_table t ON t.id = m.meeting_table
                 WHERE m.plan = $1) ORDER BY k.number""",
}
MOST_FOUND: Final = 60  # people listed at once; a name asked for narrows the list
_PEOPLE: Final = """SELECT p.id::text, p.name FROM person p WHERE p.id IN (SELECT candidate FROM plan_meeting WHERE plan = $1)
                    AND ($2 = '' OR strpos(plain(p.name), plain($2)) > 0 OR p.id::text = $3) ORDER BY p.id::text <> $3, plain(p.name), p.id LIMIT $4"""
_CELLS: Final = """
SELECT m.slot, {column} AS column, {label} AS label, coalesce(k.number || ' · ' || t.number, '') AS place, m.candidate, m.company, s.id AS meeting, coalesce(s.is_locked, false) AS is_locked
FROM plan_meeting m JOIN person p ON p.id = m.candidate JOIN company c ON c.id = m.company LEFT JOIN person r ON r.id = m.recruiter
LEFT JOIN meeting_table t ON t.id = m.meeting_table LEFT JOIN campus k ON k.id = t.campus
LEFT JOIN meeting s ON s.candidate = m.candidate AND s.company = m.company AND s.slot = m.slot AND s.recruiter = m.recruiter AND s.state IN ('proposed', 'accepted')
WHERE m.plan = $1 AND {where} ORDER BY m.slot, t.number
"""
_SHAPES: Final = {  # where, column, label
    "company": ("c.slug = $2", "coalesce(t.number::text, '+') || ', ' || coalesce(r.name, '+')", "p.name"),
    "campus": ("k.slug = $2", "t.number || ', ' || c.name", "p.name"),
    "candidate": ("p.id = $2::uuid", "to_char(m.slot AT TIME ZONE coalesce(k.zone, 'Europe/Paris'), 'DD/MM')", "c.name"),
}


async def grid(edition: Edition, plan: UUID, by: str, of: str, name: str = "") -> PlanGrid:
    """The plan seen *by* company, campus or candidate, of one of them (the first when *of* is not in the plan); *name* narrows the candidates."""
    async with db.connection() as conn:
        found = await conn.fetch(_PEOPLE, plan, name, of, MOST_FOUND) if by == "candidate" else await conn.fetch(_CHOICES[by], plan)
    choices = [(r[0], r[1]) for r in found]
    if not choices:
        return PlanGrid(by, "", "", (), (), {}, (), name)
    titles = dict(choices)
    of = of if of in titles else choices[0][0]
    where, column, label = _SHAPES[by]
    cells = await db.rows(Cell, _CELLS.format(where=where, column=column, label=label), plan, of)
    columns = tuple(dict.fromkeys(c.column for c in sorted(cells, key=lambda c: _natural(c.column))))
    return PlanGrid(by, of, titles[of], columns, tuple(sorted({c.slot for c in cells})), {(c.slot, c.column): c for c in cells}, tuple(choices), name)


def _natural(text: str) -> tuple[int, str]:
    """Table 2 before table 10."""
    head, _, _ = text.partition(",")
    return (int(head), text) if head.isdigit() else (0, text)
