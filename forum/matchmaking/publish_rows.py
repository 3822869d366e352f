"""The statements of a publication: each writes or reads all rows of one kind at once. Inside the publishing transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from forum import db, jobs
from forum.editions import Edition
from forum.live import outbox
from forum.matchmaking.rechecks import Seat


@dataclass(frozen=True, slots=True)
class Standing:
    """A live meeting as publishing sees it."""

    id: UUID
    candidate: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime
    state: str
    is_locked: bool
    origin: str
    created_at: datetime


async def without_place(meetings: list[UUID]) -> list[UUID]:
    """Those whose seat is gone: they let go of their claims."""
    return await db.column(
        """WITH lost AS (SELECT m.id FROM meeting m WHERE m.id = ANY($1) AND m.state IN ('proposed', 'accepted') AND NOT EXISTS (
                            SELECT 1 FROM presence p WHERE p.recruiter = m.recruiter AND p.slot = m.slot AND p.meeting_table = m.meeting_table)),
           free AS (DELETE FROM claim WHERE holder IN (SELECT id FROM lost)) SELECT id FROM lost""",
        meetings,
    )


async def standing(edition: Edition) -> list[Standing]:
    return await db.rows(
        Standing,
        """SELECT id, candidate, company, recruiter, meeting_table, slot, state, is_locked, origin, created_at FROM meeting
           WHERE edition = $1 AND kind = 'interview' AND state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') FOR UPDATE""",
        edition.id,
    )


async def new_version(edition: Edition, kind: str, plan: UUID | None, of_version: int | None, by: UUID, now: datetime) -> tuple[UUID, int]:
    number: int = await db.value("SELECT coalesce(max(number), 0) + 1 FROM plan_version WHERE edition = $1", edition.id)
    version: UUID = await db.value(
        "INSERT INTO plan_version (edition, number, plan, kind, of_version, published_at, published_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        edition.id,
        number,
        plan,
        kind,
        of_version,
        now,
        by,
    )
    return version, number


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


async def claim(seats: list[Seat], ids: dict[tuple[UUID, UUID], UUID]) -> set[UUID]:
    """Take every slot at once; the ids of the meetings that did not get theirs."""
    rows = [(s.slot, s.candidate, s.recruiter, s.meeting_table, s.company, ids[s.pair]) for s in seats]
    held = await db.column(
        """INSERT INTO claim (slot, person, recruiter, meeting_table, company, kind, holder)
           SELECT slot, person, recruiter, meeting_table, company, 'meeting', holder
           FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[]) AS w (slot, person, recruiter, meeting_table, company, holder)
           ON CONFLICT DO NOTHING RETURNING holder""",
        *_columns(rows, 6),
    )
    return {ids[s.pair] for s in seats} - set(held)


async def write(
    edition: Edition, seats: list[Seat], ids: dict[tuple[UUID, UUID], UUID], moved: dict[tuple[UUID, UUID], Standing], plan: UUID | None, by: UUID, now: datetime
) -> None:  # fmt: skip
    new = [(ids[s.pair], s.candidate, s.company, s.recruiter, s.meeting_table, s.slot) for s in seats if s.pair not in moved]
    await db.execute(
        """WITH made AS (
               INSERT INTO meeting (id, edition, candidate, company, recruiter, meeting_table, slot, minutes, state, origin, answer_before, plan, created_at)
               SELECT id, $7, candidate, company, recruiter, meeting_table, slot, $8, 'proposed', 'plan', least($9::timestamptz + interval '24 hours', slot), $10, $9
               FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[]) AS w (id, candidate, company, recruiter, meeting_table, slot)
               RETURNING id)
           INSERT INTO meeting_fact (meeting, kind, at, by) SELECT id, 'proposed', $9, $11 FROM made""",
        *_columns(new, 6), edition.id, edition.slot_minutes, now, plan, by,
    )  # fmt: skip
    old = [(ids[s.pair], s.recruiter, s.meeting_table, s.slot, s.slot == moved[s.pair].slot) for s in seats if s.pair in moved]
    await db.execute(
        """WITH w AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bool[]) AS u (id, recruiter, meeting_table, slot, same_time)),
           was AS (SELECT m.id, m.slot, m.recruiter, m.meeting_table FROM meeting m JOIN w ON w.id = m.id),
           done AS (UPDATE meeting m SET recruiter = w.recruiter, meeting_table = w.meeting_table, slot = w.slot, version = m.version + 1, plan = $6,
                        state = CASE WHEN w.same_time AND m.state = 'accepted' THEN 'accepted' ELSE 'proposed' END,
                        answer_before = least($7::timestamptz + interval '24 hours', w.slot)
                    FROM w WHERE m.id = w.id RETURNING m.id),
           solved AS (UPDATE meeting_trouble SET resolved_at = $7, resolved_by = $8 WHERE meeting IN (SELECT id FROM done) AND resolved_at IS NULL)
           INSERT INTO meeting_fact (meeting, kind, at, by, facts)
           SELECT w.id, 'moved', $7, $8, jsonb_build_object('old_slot', was.slot, 'new_slot', w.slot, 'old_recruiter', was.recruiter, 'new_recruiter', w.recruiter, 'side', 'organiser')
           FROM w JOIN was ON was.id = w.id""",
        *_columns(old, 5), plan, now, by,
    )  # fmt: skip


async def end(gone: list[Standing], by: UUID, now: datetime, reason: str) -> None:
    await db.execute(
        """WITH done AS (UPDATE meeting SET state = 'cancelled', version = version + 1 WHERE id = ANY($1) RETURNING id),
           solved AS (UPDATE meeting_trouble SET resolved_at = $2, resolved_by = $3 WHERE meeting IN (SELECT id FROM done) AND resolved_at IS NULL)
           INSERT INTO meeting_fact (meeting, kind, at, by, facts) SELECT id, 'cancelled', $2, $3, jsonb_build_object('side', 'organiser', 'reason', $4::text) FROM done""",
        [s.id for s in gone], now, by, reason,
    )  # fmt: skip


async def unplace(ids: list[UUID], now: datetime) -> None:
    """Nothing is dropped in silence: the meeting has no place, stays in both lists, and waits for a decision."""
    await db.execute("UPDATE meeting SET state = 'unplaced', version = version + 1 WHERE id = ANY($1)", ids)
    await db.execute(
        "INSERT INTO meeting_trouble (meeting, why, since) SELECT unnest($1::uuid[]), 'replanned', $2 ON CONFLICT (meeting) WHERE resolved_at IS NULL DO NOTHING",
        ids,
        now,
    )


async def log(
    version: UUID, good: list[Seat], ids: dict[tuple[UUID, UUID], UUID], before: dict[tuple[UUID, UUID], Standing], gone: list[Standing], refused: list[tuple[Seat, str]]
) -> None:  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for seat in good:
        old = before.get(seat.pair)
        was = (old.recruiter, old.meeting_table, old.slot) if old else (None, None, None)
        rows.append(("moved" if old else "added", ids[seat.pair], seat.candidate, seat.company, *was, seat.recruiter, seat.meeting_table, seat.slot, ""))
    rows += [("gone", s.id, s.candidate, s.company, s.recruiter, s.meeting_table, s.slot, None, None, None, "") for s in gone]
    for seat, why in refused:
        old = before.get(seat.pair)
        was = (old.recruiter, old.meeting_table, old.slot) if old else (None, None, None)
        rows.append(("skipped", old.id if old else None, seat.candidate, seat.company, *was, seat.recruiter, seat.meeting_table, seat.slot, why))
    await db.execute(
        """INSERT INTO plan_change (version, what, meeting, candidate, company, old_recruiter, old_table, old_slot, new_recruiter, new_table, new_slot, reason)
           SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[], $9::uuid[], $10::uuid[], $11::timestamptz[], $12::text[])""",
        version, *_columns(rows, 11),
    )  # fmt: skip


async def snapshot(version: UUID, edition: Edition) -> None:
    await db.execute(
        """INSERT INTO plan_version_meeting (version, candidate, company, recruiter, meeting_table, slot, guest_company)
           SELECT $1, candidate, company, recruiter, meeting_table, slot, guest_company FROM meeting
           WHERE edition = $2 AND state IN ('proposed', 'accepted', 'running', 'held')""",
        version, edition.id,
    )  # fmt: skip


async def tell(version: UUID, number: int) -> None:
    """Live events for everyone touched, in one statement; mails are posted by a job, one per person."""
    await db.execute(
        """INSERT INTO event (topic, kind, ref)
           SELECT 'person.' || candidate::text, 'meetings.changed', $2 FROM (SELECT DISTINCT candidate FROM plan_change WHERE version = $1 AND what <> 'skipped') p
           UNION ALL SELECT 'company.' || company::text, 'meetings.changed', $2 FROM (SELECT DISTINCT company FROM plan_change WHERE version = $1 AND what <> 'skipped') c""",
        version, str(number),
    )  # fmt: skip
    await outbox.emit("edition", "plan.published", str(number))
    await jobs.enqueue("matchmaking.tell", {"version": str(version)}, key=f"matchmaking.tell.{version}")
