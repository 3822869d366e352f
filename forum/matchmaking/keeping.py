"""Locks of a what-if: chosen from a plan or from what is published, told in words, made real when the what-if is applied."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Conflict
from forum.i18n import N_, Message
from forum.matchmaking.forms import RunForm
from forum.matchmaking.scenario import Kept

NAMED: Final = 3  # meetings of one company named one by one; more are counted
WHY: Final[dict[int | str, str]] = {
    1: N_("The same person would meet the same company twice."),
    2: N_("One person would have two meetings at the same time."),
    3: N_("One recruiter would have two meetings at the same time."),
    5: N_("The way from one place to the next takes longer than the time between."),
    6: N_("Together they are more meetings than one side wants, or than the campus has tables for."),
    7: N_("They are more meetings in a row than the recruiter wants."),
    "seat": N_("Its table is closed, or its recruiter is not at it at that hour."),
    "candidate": N_("The candidate withdrew."),
    "overlap": N_("The candidate took something else at that time."),
}

_OF_A_RUN: Final = """SELECT m.candidate, m.company, m.recruiter, m.meeting_table, k.slug AS campus, m.slot FROM plan_meeting m JOIN plan p ON p.id = m.plan
JOIN person r ON r.id = m.recruiter JOIN meeting_table t ON t.id = m.meeting_table JOIN campus k ON k.id = t.campus
WHERE p.edition = $1 AND m.guest_company IS NULL AND p.number = $2"""
_PUBLISHED: Final = """SELECT m.candidate, m.company, m.recruiter, m.meeting_table, k.slug AS campus, m.slot FROM meeting m
JOIN meeting_table t ON t.id = m.meeting_table JOIN campus k ON k.id = t.campus
WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted') AND $2 = 0"""
_CHOSEN: Final = " AND (m.company = $3 OR m.candidate || '|' || m.company = ANY($4::text[])) ORDER BY m.slot, m.candidate"


async def chosen(edition: Edition, form: RunForm) -> tuple[Kept, ...]:
    """The meetings a form locks, where its run (or what is published) has them. Raises Conflict when they are not there any more."""
    if not form.lock and form.lock_company is None:
        return ()
    found = await db.rows(Kept, (_OF_A_RUN if form.lock_run else _PUBLISHED) + _CHOSEN, edition.id, form.lock_run, form.lock_company, form.lock)
    if set(form.lock) - {f"{one.candidate}|{one.company}" for one in found}:
        raise Conflict(N_("A meeting to lock is no longer in this plan. Look at the plan again."))
    if not any(one.company == form.lock_company for one in found) and form.lock_company is not None:
        raise Conflict(N_("This company has no meeting to lock yet."))
    return tuple(found)


async def in_words(locked: tuple[Kept, ...]) -> list[Message]:
    """What a what-if locks: each meeting, or how many of a company."""
    by_company: defaultdict[UUID, list[Kept]] = defaultdict(list)
    for one in locked:
        by_company[one.company].append(one)
    names = await _names("company", list(by_company))
    people = await _names("person", [one.candidate for one in locked])
    said: list[Message] = []
    for company, kept in by_company.items():
        name = names.get(company, "?")
        if len(kept) > NAMED:
            said.append(Message(N_("{count} meetings of {company} are locked."), count=len(kept), company=name))
        else:
            said += [Message(N_("The meeting of {name} with {company} is locked."), name=people.get(one.candidate, "?"), company=name) for one in kept]
    return said


async def _names(table: str, ids: list[UUID]) -> dict[UUID, str]:
    async with db.connection() as conn:
        return {row[0]: row[1] for row in await conn.fetch(f"SELECT id, name FROM {table} WHERE id = ANY($1)", ids)}


async def make_real(edition: Edition, locked: tuple[Kept, ...], *, by: UUID, now: datetime) -> None:
    """Lock each of the meetings that stands in its place, inside the current transaction; what stands elsewhere is left as it is."""
    if not locked:
        return
    rows: list[tuple[Any, ...]] = [(k.candidate, k.company, k.recruiter, k.meeting_table, k.slot) for k in locked]
    await db.execute(
        """WITH done AS (
               UPDATE meeting m SET is_locked = true, version = version + 1
               FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[]) AS k (candidate, company, recruiter, meeting_table, slot)
               WHERE m.edition = $1 AND NOT m.is_locked AND m.state IN ('proposed', 'accepted') AND m.candidate = k.candidate AND m.company = k.company
                 AND m.recruiter = k.recruiter AND m.meeting_table = k.meeting_table AND m.slot = k.slot RETURNING m.id)
           INSERT INTO meeting_fact (meeting, kind, at, by, facts) SELECT id, 'locked', $2, $3, '{"side": "organiser"}' FROM done""",
        edition.id, now, by, *[list(column) for column in zip(*rows, strict=True)],
    )  # fmt: skip
