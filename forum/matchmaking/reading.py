"""Read everything a run depends on from the database, in one snapshot."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking import busy, elsewhere, places, travel
from forum.matchmaking.engine.model import Weights
from forum.matchmaking.model import FROZEN
from forum.matchmaking.problem import CandidateRow, CompanyRow, Inputs, SeatRow, StandingRow, WishRow
from forum.matchmaking.scenario import Scenario, apply


async def read_inputs(edition: Edition, *, now: datetime, guarantee: int, weights: Weights, scenario: Scenario | None = None, name: str = "") -> Inputs:
    """The inputs as they stand now, changed by *scenario* when one is tried."""
    async with db.transaction():
        await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        grid = places.slot_grid(edition)
        slugs = tuple(await db.column("SELECT slug FROM campus WHERE edition = $1 AND removed_at IS NULL ORDER BY number", edition.id))
        table = await table_of(edition, slugs)
        candidates = await _candidates(edition)
        begin, end = grid.starts[0], grid.end(grid.starts[-1])
        spells = await busy.of([c.person for c in candidates], begin, end)
        inputs = Inputs(
            name or edition.slug, grid, slugs, table, tuple(await _companies(edition.id, scenario.extra_company if scenario else None)), tuple(await _seats(edition.id)), tuple(candidates),
            tuple(await _wishes(edition.id)), tuple(await _standing(edition.id, now)), spells, now, guarantee, weights,
        )  # fmt: skip
        if scenario and scenario.rooms:
            closed = await db.column("SELECT id FROM meeting_table WHERE room = ANY($1)", list(scenario.rooms))
            scenario = replace(scenario, tables=tuple(closed))
        if scenario is None or scenario.empty:
            return inputs
        return apply(inputs, scenario, await elsewhere.tried(edition, scenario, inputs.seats, now))


async def table_of(edition: Edition, slugs: tuple[str, ...], *, step_free: bool = False) -> tuple[tuple[int, ...], ...]:
    """Minutes between the campuses *slugs*, as the engine takes them."""
    minutes = await travel.minutes_between(edition.id, step_free=step_free)
    return tuple(tuple(minutes.between(a, b) for b in slugs) for a in slugs)


async def _companies(edition: UUID, tried: UUID | None) -> list[CompanyRow]:
    """Companies that take part, and the one a what-if adds though it is not approved yet."""
    return await db.rows(
        CompanyRow,
        """SELECT c.id, u.max_meetings, CASE WHEN u.company IS NULL THEN 6 ELSE u.max_in_a_row END AS max_in_a_row
           FROM company c LEFT JOIN company_rule u ON u.company = c.id
           WHERE c.edition = $1 AND (c.approved_at IS NOT NULL OR c.id = $2) AND c.withdrawn_at IS NULL ORDER BY c.id""",
        edition, tried,
    )  # fmt: skip


async def _seats(edition: UUID) -> list[SeatRow]:
    """Seats whose company, table, campus and recruiter still take part."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT p.recruiter, p.company, p.meeting_table, c.slug, t.step_free AND c.step_free, p.slot,
                      EXISTS (SELECT 1 FROM claim k LEFT JOIN meeting m ON m.id = k.holder WHERE k.recruiter = p.recruiter AND k.slot = p.slot
                              AND (k.kind = 'block' OR m.kind = 'business'))
               FROM presence p JOIN company b ON b.id = p.company AND b.approved_at IS NOT NULL AND b.withdrawn_at IS NULL
               JOIN meeting_table t ON t.id = p.meeting_table AND t.removed_at IS NULL JOIN campus c ON c.id = t.campus AND c.removed_at IS NULL
               WHERE b.edition = $1 AND EXISTS (SELECT 1 FROM role r WHERE r.person = p.recruiter AND r.company = p.company AND r.ended_at IS NULL
                                                AND r.approved_at IS NOT NULL)
               ORDER BY p.recruiter, p.slot""",
            edition,
        )  # fmt: skip
    return [SeatRow(*row) for row in rows]


async def _candidates(edition: Edition) -> list[CandidateRow]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT r.person, coalesce(f.max_meetings, 6), r.step_free_need, array_agg(d.day ORDER BY d.day), m.break_from, coalesce(m.break_minutes, 0)
               FROM registration r JOIN registration_day d ON d.registration = r.id AND d.held_at IS NOT NULL
               LEFT JOIN profile f ON f.registration = r.id LEFT JOIN meeting_preference m ON m.person = r.person AND m.edition = r.edition
               WHERE r.edition = $1 AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
                 AND EXISTS (SELECT 1 FROM wish w WHERE w.candidate = r.person AND w.edition = r.edition AND w.withdrawn_at IS NULL)
               GROUP BY r.person, f.max_meetings, r.step_free_need, m.break_from, m.break_minutes ORDER BY r.person""",
            edition.id,
        )  # fmt: skip
        off = await conn.fetch("SELECT person, day, half FROM half_day_off WHERE day = ANY($1)", [d.day for d in edition.days])
        blocked = await conn.fetch(
            """SELECT k.person, k.slot FROM claim k JOIN registration r ON r.person = k.person AND r.edition = $1
               WHERE k.kind IN ('seat', 'block') OR (k.kind = 'meeting' AND k.company IS NULL)""",
            edition.id,
        )  # fmt: skip
    halves: dict[UUID, list[tuple[date, str]]] = {}
    for person, day, half in off:
        halves.setdefault(person, []).append((day, half))
    claimed: dict[UUID, list[datetime]] = {}
    for person, slot in blocked:
        claimed.setdefault(person, []).append(slot)
    return [
        CandidateRow(r[0], r[1], r[2], tuple(r[3]), tuple(halves.get(r[0], ())), r[4], r[5], tuple(claimed.get(r[0], ())))
        for r in rows
    ]  # fmt: skip


async def _wishes(edition: UUID) -> list[WishRow]:
    """Standing wishes the company did not pass on; a pair that was declined, cancelled or missed needs a newer wish."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT w.candidate, w.company, w.rank, coalesce(s.verdict = 'star', false) FROM wish w
               LEFT JOIN star s ON s.company = w.company AND s.candidate = w.candidate AND s.ended_at IS NULL
               WHERE w.edition = $1 AND w.withdrawn_at IS NULL AND s.verdict IS DISTINCT FROM 'pass'
                 AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = w.candidate AND m.company = w.company
                                 AND (m.state = 'no_show' OR (m.state IN ('declined', 'cancelled') AND w.made_at <=
                                      (SELECT max(f.at) FROM meeting_fact f WHERE f.meeting = m.id AND f.kind IN ('declined', 'cancelled')
                                       AND f.facts ->> 'side' IN ('candidate', 'company')))))""",
            edition,
        )  # fmt: skip
    return [WishRow(*row) for row in rows]


async def _standing(edition: UUID, now: datetime) -> list[StandingRow]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT m.candidate, m.company, m.recruiter, m.meeting_table, c.slug, m.slot,
                      m.is_locked OR m.origin <> 'plan' OR m.state IN ('running', 'held') OR m.slot < $2
               FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
               WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held') AND c.removed_at IS NULL
                 AND (m.state IN ('running', 'held') OR NOT EXISTS (SELECT 1 FROM meeting_trouble x WHERE x.meeting = m.id AND x.resolved_at IS NULL))
               UNION ALL
               SELECT m.candidate, m.company, m.recruiter, m.meeting_table, c.slug, m.slot, false
               FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus JOIN meeting_trouble x ON x.meeting = m.id
               WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'unplaced') AND x.resolved_at IS NULL
               ORDER BY 1, 6""",
            edition, now + FROZEN,
        )  # fmt: skip
    return [StandingRow(*row) for row in rows]
