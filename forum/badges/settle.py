"""Whereabouts worked out again from the facts: after scans that arrive late, out of order, or are taken back.

The state is a function of the check-ins in order of time, so whatever arrives when, the same facts give the same state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.badges.merge import DoubleUse, Ledger, Placed, Scan, State
from forum.badges.merge import settle as merge
from forum.badges.question import Way

WORKING: Final = frozenset({"recruiter", "speaker", "press", "organiser"})  # in the house on every day of the edition
Travel = Callable[[int, int], int | None]


@dataclass(frozen=True, slots=True)
class _Fact:
    id: int
    registration: UUID
    nonce: str
    at: datetime
    campus: UUID
    number: int
    gate: str
    device: str
    way: Way
    forced: bool


async def settle(registrations: Sequence[UUID], *, now: datetime, travel: Travel = lambda origin, destination: None) -> list[UUID]:
    """Bring whereabouts, counts and double uses of *registrations* in line with their check-ins; whose badge was used at two doors.

    Inside the caller's transaction. Rows are locked in order, so two batches never deadlock.
    """
    ids = sorted(set(registrations))
    await db.execute("SELECT 1 FROM whereabouts WHERE registration = ANY($1) ORDER BY registration FOR UPDATE", ids)
    facts = await db.rows(
        _Fact,
        """SELECT c.id, c.registration, c.nonce, c.at, c.campus, k.number, g.slug AS gate, coalesce(c.device::text, '') AS device, c.way, c.forced
           FROM check_in c JOIN campus k ON k.id = c.campus JOIN gate g ON g.id = c.gate
           WHERE c.registration = ANY($1) AND c.admitted AND c.undone_at IS NULL""",
        ids,
    )
    places = {registration: place for place, registration in enumerate(ids)}
    by_nonce = {fact.nonce: fact for fact in facts}
    scans = (Scan(_ms(f.at), f.nonce, places[f.registration], f.device, f.number, f.gate, f.way, True, "", f.forced) for f in facts)
    state = merge(Ledger(frozenset(scans)), travel)
    await _move(ids, state, by_nonce)
    return await _flag(ids, state.doubles, by_nonce, now)


async def _move(ids: list[UUID], state: State, by_nonce: dict[str, _Fact]) -> None:
    """Write whereabouts that differ, and the counts by how much they differ; campuses in order."""
    held = [by_nonce[state.inside[place].scan.nonce] if place in state.inside else None for place in range(len(ids))]
    last = [max((_fact(placed, by_nonce).at for placed in state.passages.get(place, ())), default=None) for place in range(len(ids))]
    await db.execute(
        """WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[])
                                        AS a (registration, campus, since, check_in, last_at)),
           before AS (SELECT w.registration, w.campus FROM whereabouts w JOIN asked a USING (registration)),
           moved AS (UPDATE whereabouts w SET campus = a.campus, since = a.since, check_in = a.check_in, last_at = a.last_at,
                                              version = w.version + 1
                     FROM asked a WHERE w.registration = a.registration RETURNING w.registration),
           change AS (SELECT campus, sum(d) AS d FROM (SELECT campus, -1 AS d FROM before UNION ALL SELECT campus, 1 FROM asked) x
                      WHERE campus IS NOT NULL GROUP BY campus HAVING sum(d) <> 0),
           room AS (SELECT c.campus FROM campus_inside c JOIN change USING (campus) ORDER BY c.campus FOR UPDATE OF c)
           UPDATE campus_inside c SET inside = c.inside + change.d FROM change JOIN room USING (campus) WHERE c.campus = change.campus""",
        ids,
        [fact.campus if fact else None for fact in held],
        [fact.at if fact else None for fact in held],
        [fact.id if fact else None for fact in held],
        last,
    )


def _fact(placed: Placed, by_nonce: dict[str, _Fact]) -> _Fact:
    return by_nonce[placed.scan.nonce]


async def _flag(ids: list[UUID], doubles: Sequence[DoubleUse], by_nonce: dict[str, _Fact], now: datetime) -> list[UUID]:
    """Double uses as rows; one whose scans were taken back or put in another order goes away unless somebody resolved it."""
    found = [(ids[d.badge], by_nonce[d.first.scan.nonce].id, by_nonce[d.second.scan.nonce].id) for d in doubles]
    await db.execute(
        """DELETE FROM double_use u WHERE u.registration = ANY($1) AND u.resolved_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[], $3::bigint[]) AS f (first, second) WHERE f.first = u.first AND f.second = u.second)""",
        ids,
        [first for _, first, _ in found],
        [second for _, _, second in found],
    )
    await db.execute_many(
        "INSERT INTO double_use (registration, first, second, found_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", [(*each, now) for each in found]
    )
    return [registration for registration, _, _ in found]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
