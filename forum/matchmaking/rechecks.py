"""Whether each row of a plan can still stand: everything that may have changed since the inputs were read. Inside the publishing transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking import busy, places, travel
from forum.matchmaking.itinerary import Stop, first_clash


@dataclass(frozen=True, slots=True)
class Seat:
    """One meeting of a plan: who, where, when."""

    candidate: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime

    @property
    def pair(self) -> tuple[UUID, UUID]:
        return self.candidate, self.company


_CHECK = """
SELECT w.n, CASE
    WHEN b.id IS NULL THEN 'company' WHEN w.slot <= $7 THEN 'past' WHEN p.recruiter IS NULL THEN 'recruiter' WHEN r.id IS NULL THEN 'candidate'
    WHEN NOT EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.day = (w.slot AT TIME ZONE $8)::date AND d.held_at IS NOT NULL) THEN 'day'
    WHEN v.id IS NULL THEN 'wish' WHEN s.verdict = 'pass' THEN 'pass'
    WHEN EXISTS (SELECT 1 FROM claim k WHERE k.slot = w.slot AND k.holder <> ALL($9) AND (k.person = w.candidate OR k.recruiter = w.recruiter
                 OR k.meeting_table = w.meeting_table)) THEN 'taken'
    WHEN r.step_free_need AND NOT (t.step_free AND c.step_free) THEN 'step_free' ELSE '' END AS why,
    coalesce(c.slug, '') AS campus, coalesce(r.step_free_need, false) AS need, coalesce(f.max_meetings, 6) AS most, u.max_meetings AS company_most
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[]) WITH ORDINALITY AS w (candidate, company, recruiter, meeting_table, slot, n)
LEFT JOIN company b ON b.id = w.company AND b.edition = $1 AND b.approved_at IS NOT NULL AND b.withdrawn_at IS NULL
LEFT JOIN company_rule u ON u.company = b.id
LEFT JOIN meeting_table t ON t.id = w.meeting_table AND t.removed_at IS NULL LEFT JOIN campus c ON c.id = t.campus AND c.removed_at IS NULL
LEFT JOIN presence p ON p.recruiter = w.recruiter AND p.slot = w.slot AND p.meeting_table = w.meeting_table AND p.company = w.company AND c.id IS NOT NULL
    AND EXISTS (SELECT 1 FROM role o WHERE o.person = w.recruiter AND o.company = w.company AND o.ended_at IS NULL AND o.approved_at IS NOT NULL)
LEFT JOIN registration r ON r.edition = $1 AND r.person = w.candidate AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor
    AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
LEFT JOIN profile f ON f.registration = r.id
LEFT JOIN wish v ON v.candidate = w.candidate AND v.company = w.company AND v.withdrawn_at IS NULL
LEFT JOIN star s ON s.candidate = w.candidate AND s.company = w.company AND s.ended_at IS NULL
ORDER BY w.n
"""


@dataclass(frozen=True, slots=True)
class _Checked:
    n: int
    why: str
    campus: str
    need: bool
    most: int
    company_most: int | None


async def recheck(edition: Edition, seats: list[Seat], *, leaving: list[UUID], now: datetime) -> tuple[list[Seat], list[tuple[Seat, str]]]:
    """(rows that can stand, rows that cannot with the reason's key). Meetings *leaving* are on their way out or elsewhere."""
    columns = [[getattr(s, name) for s in seats] for name in ("candidate", "company", "recruiter", "meeting_table", "slot")]
    checked = await db.rows(_Checked, _CHECK, edition.id, *columns, now, edition.zone, leaving)
    days = await _commitments(edition, {s.candidate for s in seats}, leaving)
    counts = await _counts("candidate", [s.candidate for s in seats], leaving)
    company_counts = await _counts("company", [s.company for s in seats], leaving)
    plain = await travel.minutes_between(edition.id)
    step_free = await travel.minutes_between(edition.id, step_free=True) if any(c.need for c in checked) else plain
    good: list[Seat] = []
    refused: list[tuple[Seat, str]] = []
    for seat, facts in zip(seats, checked, strict=True):
        why = facts.why
        stop = Stop(seat.slot, seat.slot + timedelta(minutes=edition.slot_minutes), facts.campus)
        if not why:
            clash = first_clash(days[seat.candidate], stop, (step_free if facts.need else plain).between)
            why = "" if clash is None else "overlap" if clash.minutes == 0 else "travel"
        if not why and (counts[seat.candidate] >= facts.most or (facts.company_most is not None and company_counts[seat.company] >= facts.company_most)):
            why = "cap"
        if why:
            refused.append((seat, why))
            continue
        days[seat.candidate].append(stop)
        counts[seat.candidate] += 1
        company_counts[seat.company] += 1
        good.append(seat)
    return good, refused


async def _counts(column: str, ids: list[UUID], leaving: list[UUID]) -> dict[UUID, int]:
    """Meetings each side already has, without those leaving."""
    found: dict[UUID, int] = defaultdict(int)
    async with db.connection() as conn:
        rows = await conn.fetch(
            f"""SELECT {column}, count(*) FROM meeting WHERE {column} = ANY($1) AND kind = 'interview'
                AND state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') AND id <> ALL($2) GROUP BY 1""",
            list(set(ids)), leaving,
        )  # fmt: skip
    found.update({row[0]: row[1] for row in rows})
    return found


async def _commitments(edition: Edition, people: set[UUID], leaving: list[UUID]) -> dict[UUID, list[Stop]]:
    """What each person has all through the edition, without the meetings leaving."""
    grid = places.slot_grid(edition)
    begin, end = grid.starts[0], grid.end(grid.starts[-1])
    found: dict[UUID, list[Stop]] = defaultdict(list)
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT k.person, m.slot, m.minutes, c.slug FROM claim k JOIN meeting m ON m.id = k.holder JOIN meeting_table t ON t.id = m.meeting_table
               JOIN campus c ON c.id = t.campus WHERE k.kind = 'meeting' AND k.person = ANY($1) AND m.id <> ALL($2)""",
            list(people), leaving,
        )  # fmt: skip
    for person, slot, minutes, campus in rows:
        found[person].append(Stop(slot, slot + timedelta(minutes=minutes), campus))
    for person, spells in (await busy.of(list(people), begin, end)).items():
        found[person].extend(Stop(b.start, b.end, b.campus) for b in spells)
    return found
