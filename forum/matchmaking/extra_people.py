"""A what-if with more people of a company, made real: its own recruiters without a table take the invented places, then the run can be published."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, journal
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import booking, places, runs
from forum.matchmaking.scenario import Scenario, invented, parse


async def only_tried(plan: UUID) -> bool:
    """Whether meetings of the plan sit before people who exist in the what-if only."""
    return bool(await db.value("SELECT 1 FROM plan_meeting m WHERE m.plan = $1 AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = m.recruiter) LIMIT 1", plan))


async def bring(edition: Edition, number: int, *, by: UUID, now: datetime) -> int:
    """Seat the company's free recruiters at free tables in place of the invented ones of run *number*; how many.

    Raises NotFound for a run without such people, Conflict that names what is missing: recruiters to register, or tables.
    """
    run = await runs.run_by_number(edition.id, number)
    tried = parse(run.scenario)
    if not tried.extra or tried.extra_company is None or not await only_tried(run.id):
        raise NotFound(N_("Nobody in this run has to be brought."))
    if not await db.value("SELECT approved_at IS NOT NULL FROM company WHERE id = $1", tried.extra_company):
        raise Conflict(N_("This company is not approved yet. Approve it, let people wish for it, then run again."))
    async with db.transaction():
        await booking.hold_alone(edition)
        slots = await _slots(edition, tried.extra_company, now)
        people, tables = await _people(tried.extra_company, slots), await _tables(edition.id, tried.extra_campus, slots)
        if lacking := tried.extra - min(len(people), len(tables)):
            raise Conflict(_what_lacks(tried, len(people), len(tables), lacking))
        for n in range(tried.extra):
            await _seat(run.id, tried, n, _Place(people[n], tables[n]), slots)
        await journal.note("meetings.people_brought", actor=by, now=now, subject=str(tried.extra_company), facts={"run": number, "people": tried.extra})
        await outbox.emit_many([(f"company.{tried.extra_company}", "presence.changed", ""), ("edition", "plan.progress", str(number))])
    return tried.extra


def _what_lacks(tried: Scenario, people: int, tables: int, lacking: int) -> Message:
    if people < tried.extra:
        return Message(N_("The company first registers {count} more recruiters and has them approved; then bring them here."), count=tried.extra - people)
    return Message(N_("Campus {campus} needs {count} more tables free at those hours."), campus=tried.extra_campus, count=max(lacking, tried.extra - tables))


@dataclass(frozen=True, slots=True)
class _Place:
    recruiter: UUID
    meeting_table: UUID


async def _slots(edition: Edition, company: UUID, now: datetime) -> list[datetime]:
    """The hours of the company's own people still to come, as the what-if took them; the whole grid when it has none."""
    own = await db.column("SELECT DISTINCT slot FROM presence WHERE company = $1 ORDER BY slot", company)
    return [slot for slot in (own or places.slot_grid(edition).starts) if slot > now]


async def _people(company: UUID, slots: list[datetime]) -> list[UUID]:
    """Approved recruiters of the company who sit nowhere in those slots, by name."""
    return await db.column(
        """SELECT p.id FROM role r JOIN person p ON p.id = r.person WHERE r.company = $1 AND r.name = 'recruiter' AND r.ended_at IS NULL AND r.approved_at IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM presence s WHERE s.recruiter = p.id AND s.slot = ANY($2::timestamptz[]))
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE (k.person = p.id OR k.recruiter = p.id) AND k.slot = ANY($2::timestamptz[])) ORDER BY plain(p.name), p.id""",
        company, slots,
    )  # fmt: skip


async def _tables(edition: UUID, campus: str, slots: list[datetime]) -> list[UUID]:
    return await db.column(
        """SELECT t.id FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE c.edition = $1 AND c.slug = $2 AND t.removed_at IS NULL AND t.step_free AND c.step_free
           AND NOT EXISTS (SELECT 1 FROM presence s WHERE s.meeting_table = t.id AND s.slot = ANY($3::timestamptz[])) ORDER BY t.number""",
        edition, campus, slots,
    )  # fmt: skip


async def _seat(plan: UUID, tried: Scenario, number: int, place: _Place, slots: list[datetime]) -> None:
    await db.execute(
        "INSERT INTO presence (recruiter, slot, meeting_table, company) SELECT $1, s, $2, $3 FROM unnest($4::timestamptz[]) s",
        place.recruiter, place.meeting_table, tried.extra_company, slots,
    )  # fmt: skip
    await db.execute(
        "UPDATE plan_meeting SET recruiter = $3, meeting_table = $4 WHERE plan = $1 AND recruiter = $2",
        plan, invented("recruiter", tried, number), place.recruiter, place.meeting_table,
    )  # fmt: skip
