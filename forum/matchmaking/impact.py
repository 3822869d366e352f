"""What came of it: jobs, people, meetings, second interviews, offers, hires, territories, against the programme's targets."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from forum import db
from forum.i18n import N_
from forum.matchmaking.tables import Target

WORDS: Final = {
    "jobs": N_("Jobs on offer"),
    "meetings": N_("Meetings held"), "people": N_("People met by a company"), "second_interviews": N_("Second interviews"), "offers": N_("Offers made"), "hires": N_("People hired"),
    "beyond_ring": N_("Meetings held beyond the ring road"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure with its target; `aim` is None where none was set."""

    name: str
    value: int
    aim: int | None


_VALUES = """
WITH held AS (SELECT m.id, m.candidate, m.company, k.postcode FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus k ON k.id = t.campus
              WHERE m.edition = $1 AND m.kind = 'interview' AND m.state = 'held'),
     last AS (SELECT DISTINCT ON (o.meeting) h.candidate, o.result FROM outcome o JOIN held h ON h.id = o.meeting ORDER BY o.meeting, o.id DESC)
SELECT (SELECT coalesce(sum(o.posts), 0)::int FROM offer o JOIN company c ON c.id = o.company WHERE c.edition = $1 AND o.withdrawn_at IS NULL AND c.approved_at IS NOT NULL
        AND c.withdrawn_at IS NULL) AS jobs, (SELECT count(*) FROM held) AS meetings, (SELECT count(DISTINCT candidate) FROM held) AS people,
       (SELECT count(*) FROM last WHERE result IN ('second_interview', 'offer', 'hired')) AS second_interviews,
       (SELECT count(*) FROM last WHERE result IN ('offer', 'hired')) AS offers, (SELECT count(DISTINCT candidate) FROM last WHERE result = 'hired') AS hires,
       (SELECT count(*) FROM held WHERE postcode NOT LIKE '75%') AS beyond_ring
"""


async def measures(edition: UUID) -> list[Measure]:
    """Every measure in the order of the page; a later stage counts the earlier ones too."""
    async with db.connection() as conn:
        values = await conn.fetchrow(_VALUES, edition)
        aims = {r[0]: r[1] for r in await conn.fetch("SELECT measure, aim FROM target WHERE edition = $1", edition)}
    return [Measure(name, values[name], aims.get(name)) for name in WORDS]


async def set_targets(edition: UUID, aims: dict[str, int | None]) -> None:
    """Set each target, or take it away with None."""
    async with db.transaction():
        for measure, aim in aims.items():
            await Target.delete().where((Target.edition == edition) & (Target.measure == measure))
            if aim is not None:
                await Target.insert(Target({Target.edition: edition, Target.measure: measure, Target.aim: aim}))
