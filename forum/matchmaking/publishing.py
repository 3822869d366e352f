"""Publishing: one transaction that re-checks every row it touches. What changed since the run is listed; the rest goes through.

The edition's plan is locked alone meanwhile, so no booking is half seen. A meeting that stays is not touched; one that
moves keeps its id and, when its time did not change, its answer. What people booked since the run stays.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from forum import db, journal
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message
from forum.matchmaking import booking, explanations, keeping, rechecks
from forum.matchmaking import publish_rows as rows
from forum.matchmaking.publish_rows import Standing
from forum.matchmaking.rechecks import Seat
from forum.matchmaking.scenario import from_json

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
class _Plan:
    id: UUID
    started_at: datetime
    scenario: str


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
            "SELECT id, started_at, scenario FROM plan WHERE edition = $1 AND number = $2 AND state IN ('done', 'stopped') AND value IS NOT NULL",
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
        done = await _apply(edition, seats, kind="publish", plan=found.id, of_version=None, before=found.started_at, by=by, now=now)
        await keeping.make_real(edition, from_json(found.scenario).locked, by=by, now=now)
        return done


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
    standing = await rows.standing(edition)
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

    version, number = await rows.new_version(edition, kind, plan, of_version, by, now)
    await db.execute("DELETE FROM claim WHERE kind = 'meeting' AND holder = ANY($1)", [s.id for s in gone] + [m.id for m in moved.values()])
    ids = {s.pair: moved[s.pair].id if s.pair in moved else uuid4() for s in good}
    taken = await rows.claim(good, ids)
    lost = [moved[s.pair] for s in good if ids[s.pair] in taken and s.pair in moved]
    refused += [(s, "taken") for s in good if ids[s.pair] in taken]
    good = [s for s in good if ids[s.pair] not in taken]

    await rows.write(edition, good, ids, moved, plan, by, now)
    await rows.end(gone, by, now, "replanned")
    await rows.unplace([m.id for m in lost] + await rows.without_place(staying), now)
    await rows.log(version, good, ids, by_pair, gone, refused)
    await rows.snapshot(version, edition)
    counts = {
        "added": sum(s.pair not in moved for s in good),
        "moved": sum(s.pair in moved for s in good),
        "gone": len(gone),
        "kept": len(same),
        "skipped": len(refused),
    }
    await db.execute("UPDATE plan_version SET added = $2, moved = $3, gone = $4, kept = $5, skipped = $6 WHERE id = $1", version, *counts.values())
    await rows.tell(version, number)
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
