"""Publishing: one transaction that re-checks every row it touches. What changed since the run is listed; the rest goes through.

The edition's plan is locked alone meanwhile, so no booking is half seen. A meeting that stays is not touched; one that
moves keeps its id and, when its time did not change, its answer. What people booked since the run stays.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from forum import db, jobs, journal
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message
from forum.live import outbox
from forum.matchmaking import booking, explanations, rechecks
from forum.matchmaking.rechecks import Seat

REASONS: Final = {
    "past": N_("The slot has begun."),
    "company": N_("The company withdrew."),
    "recruiter": N_("This recruiter no longer takes part, or is not at this table then."),
    "candidate": N_("The candidate withdrew."),
    "day": N_("The candidate is no longer registered for that day."),
    "wish": N_("The wish was taken back."),
    "pass": N_("The company did not open this meeting."),
    "step_free": N_("The table cannot be reached step-free."),
    "overlap": N_("The candidate took something else at that time."),
    "travel": N_("The journey is too long since the candidate's day changed."),
    "taken": N_("The slot was taken meanwhile."),
    "cap": N_("One side already has as many meetings as it wants."),
    "scenario": N_("This place exists in the what-if only."),
}


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


@dataclass(frozen=True, slots=True)
class _Plan:
    id: UUID
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """What one publication did."""

    version: UUID
    number: int
    added: int
    moved: int
    gone: int
    kept: int
    skipped: int


async def publish(edition: Edition, number: int, *, by: UUID, now: datetime, expected_version: int) -> Published:
    """Publish the plan of run *number*. Raises NotFound without a plan, Conflict when another version was published since *expected_version*."""
    async with db.transaction():
        await _alone(edition, expected_version)
        found = await db.row(
            _Plan,
            "SELECT id, started_at FROM plan WHERE edition = $1 AND number = $2 AND state IN ('done', 'stopped') AND value IS NOT NULL",
            edition.id,
            number,
        )
        if found is None:
            raise NotFound(N_("This run has no plan to publish."))
        seats = await db.rows(
            Seat,
            "SELECT candidate, company, recruiter, meeting_table, slot FROM plan_meeting WHERE plan = $1 AND guest_company IS NULL ORDER BY candidate, slot",
            found.id,
        )
        return await _apply(edition, seats, kind="publish", plan=found.id, of_version=None, before=found.started_at, by=by, now=now)


async def roll_back(edition: Edition, number: int, *, by: UUID, now: datetime, expected_version: int) -> Published:
    """Bring version *number* back as a new version; what it held that can no longer stand is listed. Raises NotFound, Conflict as `publish`."""
    async with db.transaction():
        await _alone(edition, expected_version)
        version = await db.value("SELECT id FROM plan_version WHERE edition = $1 AND number = $2", edition.id, number)
        if version is None:
            raise NotFound(N_("There is no such version."))
        seats = await db.rows(
            Seat,
            "SELECT candidate, company, recruiter, meeting_table, slot FROM plan_version_meeting WHERE version = $1 AND guest_company IS NULL ORDER BY candidate, slot",
            version,
        )
        return await _apply(edition, seats, kind="rollback", plan=None, of_version=number, before=now, by=by, now=now)


async def _alone(edition: Edition, expected_version: int) -> None:
    """Keep bookings and other organisers out until the end. Raises Conflict when somebody published meanwhile, naming who and when."""
    await booking.hold_alone(edition)
    async with db.connection() as conn:
        last = await conn.fetchrow(
            """SELECT v.number, coalesce(p.name, '') AS name, v.published_at FROM plan_version v LEFT JOIN person p ON p.id = v.published_by
               WHERE v.edition = $1 ORDER BY v.number DESC LIMIT 1""",
            edition.id,
        )
    if last is not None and last["number"] != expected_version:
        from forum.formats import clock_time

        raise Conflict(
            Message(N_("{name} published version {number} at {clock}. Look at what it changed, then publish yours again."),
                    name=last["name"], number=last["number"], clock=clock_time(last["published_at"], edition.zone)),
            code="version",
        )  # fmt: skip


async def _apply(
    edition: Edition, seats: list[Seat], *, kind: str, plan: UUID | None, of_version: int | None, before: datetime, by: UUID, now: datetime
) -> Published:  # fmt: skip
    standing = await _standing(edition)
    by_pair = {(s.candidate, s.company): s for s in standing}
    frozen = {s.id for s in standing if s.slot <= now or s.is_locked or s.state == "running"}
    same = {s for s in seats if (old := by_pair.get(s.pair)) and (old.recruiter, old.slot, old.meeting_table) == (s.recruiter, s.slot, s.meeting_table)}
    wanted = {s.pair for s in seats}
    gone = [
        s for s in standing
        if (s.candidate, s.company) not in wanted and s.id not in frozen and s.state in {"proposed", "accepted"} and s.origin == "plan" and s.created_at <= before
    ]  # fmt: skip
    fresh = [s for s in seats if s not in same and not ((old := by_pair.get(s.pair)) and old.id in frozen)]
    good, refused, staying = await _settled(edition, fresh, by_pair, [s.id for s in gone], now)
    moved = {s.pair: by_pair[s.pair] for s in good if s.pair in by_pair}

    version, number = await _new_version(edition, kind, plan, of_version, by, now)
    await db.execute("DELETE FROM claim WHERE kind = 'meeting' AND holder = ANY($1)", [s.id for s in gone] + [m.id for m in moved.values()])
    ids = {s.pair: moved[s.pair].id if s.pair in moved else uuid4() for s in good}
    taken = await _claim(good, ids)
    lost = [moved[s.pair] for s in good if ids[s.pair] in taken and s.pair in moved]
    refused += [(s, "taken") for s in good if ids[s.pair] in taken]
    good = [s for s in good if ids[s.pair] not in taken]

    await _write(edition, good, ids, moved, plan, by, now)
    await _end(gone, by, now, "replanned")
    await _unplace([m.id for m in lost] + await _without_place(staying), now)
    await _log(version, good, ids, by_pair, gone, refused)
    await _snapshot(version, edition)
    counts = {
        "added": sum(s.pair not in moved for s in good),
        "moved": sum(s.pair in moved for s in good),
        "gone": len(gone),
        "kept": len(same),
        "skipped": len(refused),
    }
    await db.execute("UPDATE plan_version SET added = $2, moved = $3, gone = $4, kept = $5, skipped = $6 WHERE id = $1", version, *counts.values())
    await _tell(version, number)
    if (explained := await explanations.plan_in_force(edition.id)) is not None:
        await explanations.enqueue(explained)
    await journal.note(f"plan.{kind}", actor=by, now=now, subject=f"v{number}", facts=counts)
    return Published(version, number, **counts)


async def _settled(
    edition: Edition, fresh: list[Seat], by_pair: dict[tuple[UUID, UUID], Standing], gone: list[UUID], now: datetime
) -> tuple[list[Seat], list[tuple[Seat, str]], list[UUID]]:  # fmt: skip
    """(rows that go through, rows that do not, meetings that keep their old place because their new one fell through).

    A meeting that keeps its place is in the way of others again, so the check is repeated until nothing changes.
    """
    refused: list[tuple[Seat, str]] = []
    staying: list[UUID] = []
    while True:
        leaving = gone + [by_pair[s.pair].id for s in fresh if s.pair in by_pair]
        good, out = await rechecks.recheck(edition, fresh, leaving=leaving, now=now)
        refused += out
        back = [by_pair[s.pair].id for s, _ in out if s.pair in by_pair]
        if not back:
            return good, refused, staying
        staying += back
        fresh = good


async def _without_place(meetings: list[UUID]) -> list[UUID]:
    """Those whose seat is gone: they let go of their claims."""
    return await db.column(
        """WITH lost AS (SELECT m.id FROM meeting m WHERE m.id = ANY($1) AND m.state IN ('proposed', 'accepted') AND NOT EXISTS (
                            SELECT 1 FROM presence p WHERE p.recruiter = m.recruiter AND p.slot = m.slot AND p.meeting_table = m.meeting_table)),
           free AS (DELETE FROM claim WHERE holder IN (SELECT id FROM lost)) SELECT id FROM lost""",
        meetings,
    )


async def _standing(edition: Edition) -> list[Standing]:
    return await db.rows(
        Standing,
        """SELECT id, candidate, company, recruiter, meeting_table, slot, state, is_locked, origin, created_at FROM meeting
           WHERE edition = $1 AND kind = 'interview' AND state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') FOR UPDATE""",
        edition.id,
    )


async def _new_version(edition: Edition, kind: str, plan: UUID | None, of_version: int | None, by: UUID, now: datetime) -> tuple[UUID, int]:
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


async def _claim(seats: list[Seat], ids: dict[tuple[UUID, UUID], UUID]) -> set[UUID]:
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


async def _write(
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


async def _end(gone: list[Standing], by: UUID, now: datetime, reason: str) -> None:
    await db.execute(
        """WITH done AS (UPDATE meeting SET state = 'cancelled', version = version + 1 WHERE id = ANY($1) RETURNING id),
           solved AS (UPDATE meeting_trouble SET resolved_at = $2, resolved_by = $3 WHERE meeting IN (SELECT id FROM done) AND resolved_at IS NULL)
           INSERT INTO meeting_fact (meeting, kind, at, by, facts) SELECT id, 'cancelled', $2, $3, jsonb_build_object('side', 'organiser', 'reason', $4::text) FROM done""",
        [s.id for s in gone], now, by, reason,
    )  # fmt: skip


async def _unplace(ids: list[UUID], now: datetime) -> None:
    """Nothing is dropped in silence: the meeting has no place, stays in both lists, and waits for a decision."""
    await db.execute("UPDATE meeting SET state = 'unplaced', version = version + 1 WHERE id = ANY($1)", ids)
    await db.execute(
        "INSERT INTO meeting_trouble (meeting, why, since) SELECT unnest($1::uuid[]), 'replanned', $2 ON CONFLICT (meeting) WHERE resolved_at IS NULL DO NOTHING",
        ids,
        now,
    )


async def _log(
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


async def _snapshot(version: UUID, edition: Edition) -> None:
    await db.execute(
        """INSERT INTO plan_version_meeting (version, candidate, company, recruiter, meeting_table, slot, guest_company)
           SELECT $1, candidate, company, recruiter, meeting_table, slot, guest_company FROM meeting
           WHERE edition = $2 AND state IN ('proposed', 'accepted', 'running', 'held')""",
        version, edition.id,
    )  # fmt: skip


async def _tell(version: UUID, number: int) -> None:
    """Live events for everyone touched, in one statement; mails are posted by a job, one per person."""
    await db.execute(
        """INSERT INTO event (topic, kind, ref)
           SELECT 'person.' || candidate::text, 'meetings.changed', $2 FROM (SELECT DISTINCT candidate FROM plan_change WHERE version = $1 AND what <> 'skipped') p
           UNION ALL SELECT 'company.' || company::text, 'meetings.changed', $2 FROM (SELECT DISTINCT company FROM plan_change WHERE version = $1 AND what <> 'skipped') c""",
        version, str(number),
    )  # fmt: skip
    await outbox.emit("edition", "plan.published", str(number))
    await jobs.enqueue("matchmaking.tell", {"version": str(version)}, key=f"matchmaking.tell.{version}")
