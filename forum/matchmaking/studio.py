"""What the studio shows: the arithmetic of the seats, runs side by side, the difference between a plan and what is published."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking.arithmetic import Arithmetic, Asker, counted
from forum.matchmaking.scenario import Kept


async def seat_arithmetic(edition: Edition, *, now: datetime) -> Arithmetic:
    """The arithmetic as it stands now, from counts alone; the flows run away from the event loop."""
    async with db.connection() as conn:
        seats = await conn.fetch(_SEATS, edition.id, now)
        people = await conn.fetch(_ASKERS, edition.id)
    counts = Counter({r[0]: r[1] for r in seats if r[0] is not None})
    return await asyncio.to_thread(counted, [Asker(tuple(r[0]), r[1]) for r in people], counts, next((r[2] for r in seats if r[0] is None), 0))


# Seats still to come (or with a meeting that stands), by company up to its cap; the row without a company counts the recruiters.
_SEATS = """
SELECT p.company::text, least(count(*), max(u.max_meetings))::int, count(DISTINCT p.recruiter)::int
FROM presence p JOIN company b ON b.id = p.company AND b.approved_at IS NOT NULL AND b.withdrawn_at IS NULL LEFT JOIN company_rule u ON u.company = b.id
JOIN meeting_table t ON t.id = p.meeting_table AND t.removed_at IS NULL JOIN campus c ON c.id = t.campus AND c.removed_at IS NULL
LEFT JOIN claim k ON k.recruiter = p.recruiter AND k.slot = p.slot LEFT JOIN meeting m ON m.id = k.holder
WHERE b.edition = $1 AND (p.slot > $2 OR m.kind = 'interview') AND (k.id IS NULL OR m.kind = 'interview')
  AND EXISTS (SELECT 1 FROM role r WHERE r.person = p.recruiter AND r.company = p.company AND r.ended_at IS NULL AND r.approved_at IS NOT NULL)
GROUP BY GROUPING SETS ((p.company), ())
"""
_ASKERS = """
SELECT array_agg(w.company::text), max(coalesce(f.max_meetings, 6)) FROM wish w JOIN company b ON b.id = w.company AND b.approved_at IS NOT NULL AND b.withdrawn_at IS NULL
JOIN registration r ON r.person = w.candidate AND r.edition = w.edition AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor
     AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
LEFT JOIN profile f ON f.registration = r.id LEFT JOIN star s ON s.company = w.company AND s.candidate = w.candidate AND s.ended_at IS NULL
WHERE w.edition = $1 AND w.withdrawn_at IS NULL AND s.verdict IS DISTINCT FROM 'pass' AND EXISTS (SELECT 1 FROM presence p WHERE p.company = w.company)
  AND EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.held_at IS NOT NULL)
GROUP BY w.candidate ORDER BY w.candidate
"""


async def names(ids: list[UUID]) -> dict[UUID, str]:
    """Companies by id."""
    async with db.connection() as conn:
        return {r[0]: r[1] for r in await conn.fetch("SELECT id, name FROM company WHERE id = ANY($1)", ids)}


@dataclass(frozen=True, slots=True)
class Version:
    """A published version."""

    id: UUID
    number: int
    kind: str
    of_version: int | None
    published_at: datetime
    by: str
    run: int | None
    added: int
    moved: int
    gone: int
    kept: int
    skipped: int
    open: int
    people: int


_VERSION = """SELECT v.id, v.number, v.kind, v.of_version, v.published_at, coalesce(p.name, '') AS by, r.number AS run, v.added, v.moved, v.gone, v.kept, v.skipped,
(SELECT count(*) FROM plan_change c WHERE c.version = v.id AND c.what = 'skipped' AND c.resolved_at IS NULL) AS open,
(SELECT count(DISTINCT candidate) FROM plan_change c WHERE c.version = v.id AND c.what <> 'skipped') AS people
FROM plan_version v LEFT JOIN person p ON p.id = v.published_by LEFT JOIN plan r ON r.id = v.plan """


async def versions(edition: UUID) -> list[Version]:
    """Every published version, newest first."""
    return await db.rows(Version, _VERSION + "WHERE v.edition = $1 ORDER BY v.number DESC", edition)


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a difference: a pair with its old and new place."""

    what: str
    candidate: UUID
    name: str
    company: UUID
    company_name: str
    rank: int | None
    old_slot: datetime | None
    old_campus: int | None
    new_slot: datetime | None
    new_campus: int | None
    reason: str
    id: int = 0
    locked: bool = False

    @property
    def shift(self) -> int | None:
        """Minutes between the old and the new slot."""
        if self.old_slot is None or self.new_slot is None:
            return None
        return int((self.new_slot - self.old_slot) / timedelta(minutes=1))

    @property
    def size(self) -> str:
        """How far it moves: same, 15, 60, half, day."""
        if self.shift is None or self.old_slot is None or self.new_slot is None:
            return ""
        away = abs(self.shift)
        if away == 0:
            return "same"
        if away <= 20:
            return "near"
        if away <= 60:
            return "hour"
        return "day" if self.old_slot.date() != self.new_slot.date() else "half"


@dataclass(frozen=True, slots=True)
class Difference:
    """What applying a plan would do."""

    changes: tuple[Change, ...]
    added: int
    moved: int
    gone: int
    kept: int
    people: int
    left_without: int
    locked: int = 0

    @property
    def sizes(self) -> Counter[str]:
        return Counter(c.size for c in self.changes if c.what == "moved")

    @property
    def lost(self) -> list[tuple[str, int]]:
        """Companies whose wishes are lost, most first."""
        return Counter(c.company_name for c in self.changes if c.what == "gone").most_common(8)


_DIFF = """
WITH old AS (SELECT m.candidate, m.company, m.recruiter, m.meeting_table, m.slot FROM meeting m
             WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held')),
     new AS (SELECT candidate, company, recruiter, meeting_table, slot FROM plan_meeting WHERE plan = $2),
     both_ AS (SELECT coalesce(o.candidate, n.candidate) AS candidate, coalesce(o.company, n.company) AS company, o.slot AS old_slot, o.meeting_table AS old_table,
                      o.recruiter AS old_recruiter, n.slot AS new_slot, n.meeting_table AS new_table, n.recruiter AS new_recruiter
               FROM old o FULL JOIN new n ON n.candidate = o.candidate AND n.company = o.company)
SELECT CASE WHEN b.old_slot IS NULL THEN 'added' WHEN b.new_slot IS NULL THEN 'gone'
            WHEN (b.old_slot, b.old_recruiter, b.old_table) = (b.new_slot, b.new_recruiter, b.new_table) THEN 'kept' ELSE 'moved' END AS what,
       b.candidate, p.name, b.company, c.name AS company_name, w.rank, b.old_slot, ok.number AS old_campus, b.new_slot, nk.number AS new_campus, '' AS reason
FROM both_ b JOIN person p ON p.id = b.candidate JOIN company c ON c.id = b.company LEFT JOIN wish w ON w.candidate = b.candidate AND w.company = b.company AND w.withdrawn_at IS NULL
LEFT JOIN meeting_table ot ON ot.id = b.old_table LEFT JOIN campus ok ON ok.id = ot.campus LEFT JOIN meeting_table nt ON nt.id = b.new_table LEFT JOIN campus nk ON nk.id = nt.campus
"""


async def difference(edition: Edition, plan: UUID, locked: tuple[Kept, ...] = ()) -> Difference:
    """What publishing *plan* would change, before anything is applied; what its what-if *locked* is marked, and listed though it stays."""
    pairs = {(one.candidate, one.company) for one in locked}
    rows = [replace(row, locked=(row.candidate, row.company) in pairs) for row in await db.rows(Change, _DIFF, edition.id, plan)]
    before = Counter(r.candidate for r in rows if r.what != "added")
    after = Counter(r.candidate for r in rows if r.what != "gone")
    counts = Counter(r.what for r in rows)
    order = {"kept": 0, "gone": 1, "moved": 2, "added": 3}  # what is kept is listed for its lock alone
    changed = sorted((r for r in rows if r.what != "kept" or r.locked), key=lambda r: (order[r.what], -abs(r.shift or 0), r.name))
    return Difference(
        tuple(changed),
        counts["added"],
        counts["moved"],
        counts["gone"],
        counts["kept"],
        len({r.candidate for r in changed if r.what != "kept"}),
        sum(1 for c in before if not after[c]),
        sum(r.locked for r in rows),
    )


async def changes_of(version: UUID, what: str = "", *, limit: int = 500) -> list[Change]:
    """What a version did, or the rows that did not go through."""
    return await db.rows(
        Change,
        """SELECT x.what, x.candidate, p.name, x.company, c.name AS company_name, w.rank, x.old_slot, ok.number AS old_campus, x.new_slot, nk.number AS new_campus, x.reason, x.id
           FROM plan_change x JOIN person p ON p.id = x.candidate JOIN company c ON c.id = x.company
           LEFT JOIN wish w ON w.candidate = x.candidate AND w.company = x.company AND w.withdrawn_at IS NULL
           LEFT JOIN meeting_table ot ON ot.id = x.old_table LEFT JOIN campus ok ON ok.id = ot.campus LEFT JOIN meeting_table nt ON nt.id = x.new_table LEFT JOIN campus nk ON nk.id = nt.campus
           WHERE x.version = $1 AND ($2 = '' OR x.what = $2) AND (x.what <> 'skipped' OR x.resolved_at IS NULL) ORDER BY coalesce(x.new_slot, x.old_slot), plain(p.name) LIMIT $3""",
        version, what, limit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """A meeting that lost its place: to resolve by a person."""

    meeting: UUID
    why: str
    since: datetime
    slot: datetime
    name: str
    company_name: str
    state: str


async def troubles(edition: UUID) -> list[Trouble]:
    """Every meeting to resolve, the soonest first."""
    return await db.rows(
        Trouble,
        """SELECT t.meeting, t.why, t.since, m.slot, p.name, c.name AS company_name, m.state FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting
           JOIN person p ON p.id = m.candidate JOIN company c ON c.id = m.company WHERE m.edition = $1 AND t.resolved_at IS NULL ORDER BY m.slot LIMIT 500""",
        edition,
    )


async def changed_since(edition: UUID, moment: datetime) -> dict[str, int]:
    """How many inputs changed since *moment*: wishes, stars, presence is seen by its meetings, registrations."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT (SELECT count(*) FROM wish WHERE edition = $1 AND (made_at > $2 OR withdrawn_at > $2)) AS wishes,
                      (SELECT count(*) FROM star s JOIN company c ON c.id = s.company WHERE c.edition = $1 AND (s.given_at > $2 OR s.ended_at > $2)) AS stars,
                      (SELECT count(*) FROM registration WHERE edition = $1 AND (cancelled_at > $2)) AS cancelled,
                      (SELECT count(*) FROM meeting WHERE edition = $1 AND created_at > $2) AS meetings""",
            edition, moment,
        )  # fmt: skip
    return dict(row) if row else {}
