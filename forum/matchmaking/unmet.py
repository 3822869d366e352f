"""Why a wish has no meeting: the first reason that applies, in words for the person. The other side's ranks are never told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.i18n import N_, Message
from forum.matchmaking.explanations import Explained

WITHDREW: Final = N_("{company} no longer takes part.")
NOT_OPENED: Final = N_("The company did not open this meeting.")
YOU_DECLINED: Final = N_("You gave this meeting up. Wish for it again, and the next plan looks at it.")
NO_PLAN: Final = N_("The first plan is not published yet.")
NOT_THERE: Final = N_("{company} is not present on your days.")
NO_COMMON: Final = N_("{company} is there only while you are taken. If you free one of these hours, the next plan can use it.")
ALL_TAKEN: Final = N_(
    "The {seats} seats of {company} that suit your hours are taken; {wishes} people wished for them. If one comes free, it can be offered to you."
)
FULL: Final = N_("You have the {most} meetings you asked for at most.")
STEPS: Final = N_("{company} has no step-free table yet. The organisers see this and can give it one.")
LATER: Final = N_("A seat is still free at your hours: the next plan, or the company, can use it. The journey between your campuses may have stood in the way.")


@dataclass(frozen=True, slots=True)
class Unmet:
    """One wish without a meeting, and why; `exact` is what the calculation found, nothing while it is not worked out."""

    company: UUID
    slug: str
    name: str
    rank: int
    why: Message
    can_wait: bool
    waiting: bool
    exact: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    company: UUID
    slug: str
    name: str
    rank: int
    withdrawn: bool
    verdict: str | None
    given_up: bool
    wishes: int
    seats_on_days: int
    step_free_seats: int
    common: int
    free: int
    waiting: bool
    need: bool
    most: int
    has: int
    version: int


_ROWS = """
WITH me AS (
    SELECT r.id, r.step_free_need AS need, coalesce(f.max_meetings, 6) AS most,
           (SELECT count(*) FROM meeting m WHERE m.candidate = $1 AND m.edition = $2 AND m.kind = 'interview'
            AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')) AS has
    FROM registration r LEFT JOIN profile f ON f.registration = r.id WHERE r.person = $1 AND r.edition = $2),
mine AS (SELECT slot FROM claim WHERE person = $1),
days AS (SELECT day FROM registration_day d JOIN me ON me.id = d.registration WHERE d.held_at IS NOT NULL)
SELECT w.company, c.slug, c.name, w.rank, c.withdrawn_at IS NOT NULL OR c.approved_at IS NULL AS withdrawn, s.verdict,
    EXISTS (SELECT 1 FROM meeting m JOIN meeting_fact f ON f.meeting = m.id WHERE m.candidate = $1 AND m.company = c.id AND m.state IN ('declined', 'cancelled')
            AND f.kind IN ('declined', 'cancelled') AND f.facts ->> 'side' = 'candidate' AND f.at >= w.made_at) AS given_up,
    (SELECT count(*) FROM wish o WHERE o.company = c.id AND o.withdrawn_at IS NULL) AS wishes,
    coalesce(p.seats, 0) AS seats_on_days, coalesce(p.step_free, 0) AS step_free_seats, coalesce(p.common, 0) AS common, coalesce(p.free, 0) AS free,
    EXISTS (SELECT 1 FROM seat_wait q WHERE q.candidate = $1 AND q.company = c.id AND q.ended_at IS NULL) AS waiting,
    me.need, me.most, me.has, (SELECT coalesce(max(number), 0) FROM plan_version WHERE edition = $2) AS version
FROM wish w JOIN company c ON c.id = w.company CROSS JOIN me LEFT JOIN star s ON s.company = c.id AND s.candidate = $1 AND s.ended_at IS NULL
LEFT JOIN LATERAL (
    SELECT count(*) AS seats, count(*) FILTER (WHERE t.step_free AND k.step_free) AS step_free,
           count(*) FILTER (WHERE n.slot IS NULL AND (NOT me.need OR (t.step_free AND k.step_free))) AS common,
           count(*) FILTER (WHERE n.slot IS NULL AND q.id IS NULL AND p.slot > $3 AND (NOT me.need OR (t.step_free AND k.step_free))) AS free
    FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus LEFT JOIN mine n ON n.slot = p.slot
    LEFT JOIN claim q ON q.recruiter = p.recruiter AND q.slot = p.slot
    WHERE p.company = c.id AND (p.slot AT TIME ZONE $4)::date IN (SELECT day FROM days)) p ON true
WHERE w.candidate = $1 AND w.edition = $2 AND w.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = $1 AND m.company = c.id AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced', 'no_show'))
ORDER BY w.rank
"""


async def reasons_of(edition: Edition, person: UUID, explained: Mapping[UUID, Explained], *, now: datetime) -> list[Unmet]:
    """Each wish that has no meeting, by rank, with its reason as it stands, and what was *explained* of the plan."""
    return [_unmet(row, explained.get(row.company)) for row in await db.rows(_Row, _ROWS, person, edition.id, now, edition.zone)]


def _unmet(row: _Row, found: Explained | None) -> Unmet:
    """The calculation has no say where a person decided: a pass, a withdrawal, a meeting given up."""
    open_still = row.verdict != "pass" and not row.withdrawn
    exact = found.sentences if found and open_still and not row.given_up and found.reason != "meets" else ()
    return Unmet(row.company, row.slug, row.name, row.rank, _why(row), open_still and row.version > 0, row.waiting, exact)


def _why(row: _Row) -> Message:
    if row.withdrawn:
        return Message(WITHDREW, company=row.name)
    if row.verdict == "pass":
        return Message(NOT_OPENED)
    if row.given_up:
        return Message(YOU_DECLINED)
    if row.version == 0:
        return Message(NO_PLAN)
    if row.seats_on_days == 0:
        return Message(NOT_THERE, company=row.name)
    if row.need and row.step_free_seats == 0:
        return Message(STEPS, company=row.name)
    if row.has >= row.most:
        return Message(FULL, most=row.most)
    if row.common == 0:
        return Message(NO_COMMON, company=row.name)
    if row.free == 0:
        return Message(ALL_TAKEN, seats=row.common, company=row.name, wishes=row.wishes)
    return Message(LATER)
