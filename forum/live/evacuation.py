"""Evacuating a campus: one order that suspends scanning, tells everyone, and marks what is interrupted; and the all clear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from forum import db, journal
from forum.editions import Edition
from forum.errors import Conflict
from forum.i18n import N_
from forum.live import announcements, gates, outbox
from forum.live.announcements import Standing
from forum.live.gates import Site
from forum.live.now import SILENT

LASTS: Final = 600  # minutes the message stands, if nobody gives the all clear
CLEAR_MINUTES: Final = 20
AHEAD: Final = timedelta(minutes=60)  # meetings this far ahead are told too
ORDER: Final = ("Campus {number} : évacuez maintenant par la sortie la plus proche. Laissez vos affaires, suivez l’équipe.",
                "Campus {number}: leave now by the nearest exit. Leave your things, follow the staff.")  # fmt: skip
CLEAR: Final = ("Campus {number} : l’évacuation est terminée, les portes rouvrent. Vos prochains rendez-vous sont à l’heure prévue.",
                "Campus {number}: the evacuation is over, the doors open again. Your next appointments are at their planned time.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inside:
    """Somebody whose badge says they are on the campus, and since when."""

    name: str
    purpose: str
    needs_step_free: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Evacuation:
    """One under way. `inside` is how many there were when it began."""

    id: UUID
    began_at: datetime
    who: str
    inside: int
    announcement: UUID | None
    suspension: UUID | None


@dataclass(frozen=True, slots=True)
class Touched:
    """What stands on the campus now and in the next hour; `unsent` passages are in phones, and `silent` phones may keep more: the list may miss people."""

    sessions: int
    meetings: int
    companies: int
    unsent: int
    silent: int


async def under_way(campus: UUID) -> Evacuation | None:
    return await db.row(
        Evacuation,
        """SELECT e.id, e.began_at, coalesce(p.name, '') AS who, e.inside, e.announcement, e.suspension
           FROM evacuation e LEFT JOIN person p ON p.id = e.began_by WHERE e.campus = $1 AND e.ended_at IS NULL""",
        campus,
    )  # fmt: skip


async def inside(campus: UUID) -> list[Inside]:
    """Who is inside by their badge: those who need a step-free way first, then by name as a dictionary has it, Élodie before Fatou."""
    return await db.rows(
        Inside,
        """SELECT p.name, r.purpose, r.step_free_need AS needs_step_free, w.since FROM whereabouts w JOIN registration r ON r.id = w.registration
           JOIN person p ON p.id = r.person WHERE w.campus = $1
           ORDER BY NOT r.step_free_need, plain(p.name), p.name, r.id""",
        campus,
    )  # fmt: skip


async def touched(edition: Edition, campus: UUID, *, now: datetime) -> Touched:
    found = await db.row(
        Touched,
        f"""SELECT (SELECT count(*) FROM release_item i JOIN room r ON r.id = i.room WHERE r.campus = $2 AND NOT i.cancelled AND i.start_at < $4 AND i.end_at > $3
                      AND i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1)) AS sessions,
                   (SELECT count(*) {_MEETINGS}) AS meetings, (SELECT count(DISTINCT m.company) {_MEETINGS}) AS companies,
                   (SELECT coalesce(sum(v.unsent), 0) FROM door_device v WHERE v.revoked_at IS NULL AND EXISTS (
                       SELECT 1 FROM door_device_gate x JOIN gate g ON g.id = x.gate WHERE x.device = v.id AND g.campus = $2)) AS unsent,
                   (SELECT count(*) FROM door_device v WHERE v.revoked_at IS NULL AND v.enrolled_at IS NOT NULL AND (v.seen_at IS NULL OR v.seen_at <= $5) AND EXISTS (
                       SELECT 1 FROM door_device_gate x JOIN gate g ON g.id = x.gate WHERE x.device = v.id AND g.campus = $2)) AS silent""",
        edition.id, campus, now, now + AHEAD, now - SILENT,
    )  # fmt: skip
    assert found is not None, "one row of counts"
    return found


_MEETINGS: Final = """FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table WHERE m.edition = $1 AND t.campus = $2
    AND m.state IN ('proposed', 'accepted', 'running') AND m.slot < $4 AND m.slot + make_interval(mins => m.minutes) > $3"""


async def begin(edition: Edition, campus: Site, *, by: UUID | None, now: datetime) -> UUID:
    """Order the evacuation of *campus*: all of it together or none of it. Raises Conflict when it is under way."""
    async with db.transaction():
        await db.lock(f"evacuation.{campus.id}")
        if await under_way(campus.id) is not None:
            raise Conflict(N_("This campus is being evacuated already."))
        suspension = await gates.suspend(campus, gates.EVACUATION, by=by, now=now)
        fr, en = (text.format(number=campus.number) for text in ORDER)
        words = announcements.Words("campus", fr, en, campus=campus.id, urgent=True)
        said = await announcements.make(edition, words, by=by, now=now, minutes=LASTS)
        count = await db.value("SELECT coalesce((SELECT inside FROM campus_inside WHERE campus = $1), 0)", campus.id)
        made: UUID = await db.value(
            "INSERT INTO evacuation (campus, began_at, began_by, inside, announcement, suspension) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            campus.id, now, by, count, said, suspension,
        )  # fmt: skip
        await journal.note("evacuation.began", actor=by, now=now, subject=made, campus=campus.id, facts={"inside": count})
        await _tell(edition, campus, "evacuation.began", made, now)
    return made


async def end(edition: Edition, campus: Site, *, by: UUID | None, now: datetime) -> None:
    """The all clear: doors open as they were, the order goes, everyone hears. Raises Conflict when nothing is under way."""
    async with db.transaction():
        await db.lock(f"evacuation.{campus.id}")
        standing = await under_way(campus.id)
        if standing is None:
            raise Conflict(N_("No evacuation is under way here."))
        await db.execute("UPDATE evacuation SET ended_at = $2, ended_by = $3 WHERE id = $1", standing.id, now, by)
        await db.execute("UPDATE door_suspension SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL", standing.suspension, now, by)
        await db.execute("UPDATE announcement SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", standing.announcement, now)
        fr, en = (text.format(number=campus.number) for text in CLEAR)
        await announcements.make(edition, announcements.Words("campus", fr, en, campus=campus.id), by=by, now=now, minutes=CLEAR_MINUTES)
        facts = {"minutes": int((now - standing.began_at).total_seconds() // 60)}
        await journal.note("evacuation.ended", actor=by, now=now, subject=standing.id, campus=campus.id, facts=facts)
        await _tell(edition, campus, "evacuation.ended", standing.id, now)


async def _tell(edition: Edition, campus: Site, kind: str, ref: UUID, now: datetime) -> None:
    """One event per topic: the campus and the edition, everyone inside or met there within the hour, the companies at its tables."""
    people = await db.column(
        f"""SELECT r.person FROM whereabouts w JOIN registration r ON r.id = w.registration WHERE w.campus = $2 AND r.edition = $1
            UNION SELECT m.candidate {_MEETINGS} UNION SELECT m.recruiter {_MEETINGS}""",
        edition.id, campus.id, now, now + AHEAD,
    )  # fmt: skip
    firms = await db.column(f"SELECT DISTINCT m.company {_MEETINGS}", edition.id, campus.id, now, now + AHEAD)
    topics = ["edition", f"campus.{campus.slug}", *(f"company.{firm}" for firm in firms), *(f"person.{person}" for person in people)]
    await outbox.emit_many([(topic, kind, str(ref)) for topic in topics])


Interrupted: TypeAlias = Callable[[int | None, datetime, datetime], bool]


def interrupted(said: Sequence[Standing], now: datetime) -> Interrupted:
    """Whether what stands on the campus of a number during [start, end) is broken off by an evacuation under way: what goes on, and what begins within the hour."""
    numbers = {a.number for a in said if a.evacuates}
    return lambda number, start, end: number in numbers and start < now + AHEAD and end > now
