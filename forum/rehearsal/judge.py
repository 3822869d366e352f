"""Whether the rehearsed day was right, found by code of its own: plain SQL for the facts, plain loops for the rules, nothing of the services it judges."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from forum import db

ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
HELD = ("proposed", "accepted", "running", "held")


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that did not hold: `rule` is double_booking, lost_scan, impossible_journey, capacity, no_repair, lost_meetings or server_error."""

    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """Time somebody holds: a meeting or a seat. `since` is when it was agreed: nobody travels to it before."""

    person: UUID
    campus: str
    start: datetime
    end: datetime
    label: str
    since: datetime | None = None

    @property
    def begins(self) -> datetime:
        """When it takes hold of the person: a seat taken while its slot ran only from then on."""
        return self.start if self.since is None else max(self.start, self.since)


@dataclass(frozen=True, slots=True)
class Passage:
    """An admitted scan as the database has it, in the order in which the house learnt of them."""

    registration: UUID
    campus: str
    way: str
    at: datetime
    forced: bool
    offline: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A scan a phone made: what must be found again."""

    nonce: str
    gate: UUID
    way: str
    token: str


def overlaps(appointments: Iterable[Appointment]) -> list[Broken]:
    """Two appointments of one person (or recruiter, or table) at once."""
    found: list[Broken] = []
    last: dict[UUID, Appointment] = {}
    for one in sorted(appointments, key=lambda a: (a.begins, a.end, a.label)):
        before = last.get(one.person)
        if before is not None and one.begins < before.end:
            found.append(Broken("double_booking", f"{one.person}: {before.label} and {one.label} at {one.begins.isoformat()}"))
        if before is None or one.end > before.end:
            last[one.person] = one
    return found


def journeys(appointments: Iterable[Appointment], minutes: Callable[[str, str], int]) -> tuple[list[Broken], int, int]:
    """Journeys between consecutive appointments that cannot be made; how many journeys there are, and their minutes."""
    days: dict[UUID, list[Appointment]] = defaultdict(list)
    for one in appointments:
        days[one.person].append(one)
    found, count, total = [], 0, 0
    for mine in days.values():
        for before, after in pairwise(sorted(mine, key=lambda a: (a.start, a.end))):
            if before.campus == after.campus or before.start.date() != after.start.date():
                continue
            need = minutes(before.campus, after.campus)
            count, total = count + 1, total + need
            late = after.since is not None and after.since > after.start  # a seat taken while its slot ran: reached late, and that was said
            if before.end + timedelta(minutes=need) > (after.end if late else after.start):
                found.append(Broken("impossible_journey", f"{after.person}: {before.label} to {after.label}, {need} min needed before {after.start.isoformat()}"))
    return found, count, total


def lost(sent: Sequence[Sent], kept: Mapping[str, tuple[UUID, str, str | None]]) -> list[Broken]:
    """Scans that were made and are not in the database, or not as they were made. *kept*: nonce → (gate, way, token)."""
    found = []
    for scan in sent:
        row = kept.get(scan.nonce)
        if row is None:
            found.append(Broken("lost_scan", f"{scan.nonce} at {scan.gate}"))
        elif row[0] != scan.gate or row[1] != scan.way or (row[2] is not None and row[2] != scan.token):
            found.append(Broken("lost_scan", f"{scan.nonce} is recorded as another scan"))
    return found


@dataclass(frozen=True, slots=True)
class Mended:
    """A published repair: its version, the meetings it took away or moved, and those that had lost their place by then."""

    number: int
    changed: int
    must_change: int


def torn(repairs: Iterable[Mended]) -> list[Broken]:
    """Repairs that changed far more than had lost its place: twice as much, and some twenty meetings that follow from little."""
    return [
        Broken("lost_meetings", f"version {one.number} changed {one.changed} meetings where {one.must_change} had lost their place")
        for one in repairs if one.changed > 2 * one.must_change + 20
    ]  # fmt: skip


Changes = Mapping[str, Sequence[tuple[datetime, int]]]


def crowding(passages: Iterable[Passage], capacity: Mapping[str, int], shown: Mapping[str, int], changes: Changes = MappingProxyType({})) -> list[Broken]:
    """Passages (in the order learnt) that filled a campus over its capacity though the door could know; counts that differ from *shown* at the end.

    Offline passages may exceed it: no phone could know. Then the count on the control screen must say so, which the end shows.
    *changes* of a capacity, in order, are when and what it was before: nobody is blamed for what was allowed.
    """
    rows = list(passages)
    found = []
    where: dict[UUID, str] = {}
    last: dict[UUID, datetime] = {}
    inside: dict[str, int] = defaultdict(int)
    for one in rows:
        if one.at < last.get(one.registration, one.at):
            continue  # learnt late, from before a passage known already: it moves nobody now
        last[one.registration] = one.at
        before = where.get(one.registration, "")
        if one.way == "exit" and before != one.campus:
            continue
        after = one.campus if one.way == "entry" else ""
        where[one.registration] = after
        if after == before:
            continue
        if before:
            inside[before] -= 1
        if after:
            inside[after] += 1
        allowed = next((before for when, before in changes.get(after, ()) if one.at < when), capacity.get(after, 0))
        if after and not one.offline and not one.forced and 0 < allowed < inside[after]:
            found.append(Broken("capacity", f"campus {after}: {inside[after]} inside at {one.at.isoformat()}, {allowed} allowed"))
    final = _ended(rows)
    for campus in sorted(set(final) | set(shown)):
        if final.get(campus, 0) != shown.get(campus, 0):
            found.append(Broken("capacity", f"campus {campus}: {shown.get(campus, 0)} shown inside, {final.get(campus, 0)} by the passages"))
    return found


def _ended(rows: Sequence[Passage]) -> dict[str, int]:
    """People inside each campus after all passages, in the order in which they happened."""
    where: dict[UUID, str] = {}
    for one in sorted(rows, key=lambda p: p.at):
        if one.way == "entry":
            where[one.registration] = one.campus
        elif where.get(one.registration) == one.campus:
            where[one.registration] = ""
    count: dict[str, int] = defaultdict(int)
    for campus in where.values():
        if campus:
            count[campus] += 1
    return dict(count)


# --- the facts -----------------------------------------------------------------------------------------------


_MEETINGS = """
SELECT m.candidate, m.recruiter, m.meeting_table, c.slug, m.slot, m.slot + make_interval(mins => m.minutes), 'meeting ' || m.id, CASE WHEN m.origin = 'offered' THEN m.created_at END
FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
WHERE m.edition = $1 AND m.state = ANY($2) AND m.slot >= $3 AND m.slot < $4
  AND NOT EXISTS (SELECT FROM meeting_trouble q WHERE q.meeting = m.id AND q.resolved_at IS NULL)
"""
_SEATS = """
SELECT s.person, c.slug, i.start_at, i.end_at, 'seat ' || s.id
FROM seat s JOIN release_item i ON i.session = s.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
WHERE s.ended_at IS NULL AND s.held_at IS NOT NULL AND NOT i.cancelled
  AND i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1) AND i.start_at >= $2 AND i.start_at < $3
"""
Kind = Literal["candidate", "recruiter", "meeting_table"]
KINDS: tuple[Kind, ...] = ("candidate", "recruiter", "meeting_table")


async def held(edition: UUID, within: tuple[datetime, datetime] = ALWAYS) -> dict[Kind, list[Appointment]]:
    """What candidates, recruiters and tables hold that begins *within*, from meetings read once; candidates also from seats of the release in force."""
    async with db.connection() as conn:
        rows = await conn.fetch(_MEETINGS, edition, list(HELD), *within)
        seats = await conn.fetch(_SEATS, edition, *within)
    found: dict[Kind, list[Appointment]] = {kind: [Appointment(row[n], *row[3:]) for row in rows] for n, kind in enumerate(KINDS)}
    found["candidate"] += [Appointment(*row) for row in seats]
    return found


async def absences(edition: UUID, of: Kind) -> list[Appointment]:
    """Meetings somebody missed, held until the absence was noted, their time at most: who was to be in two places comes to one and is absent at the other."""
    return await db.rows(
        Appointment,
        f"""SELECT m.{of} AS person, c.slug AS campus, m.slot AS start, least(noted.at, m.slot + make_interval(mins => m.minutes)) AS end, 'absence ' || m.id AS label,
                   CASE WHEN m.origin = 'offered' THEN m.created_at END AS since
            FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
            JOIN LATERAL (SELECT min(f.at) AS at FROM meeting_fact f WHERE f.meeting = m.id AND f.kind = 'no_show') noted ON noted.at > m.slot
            WHERE m.edition = $1 AND m.state = 'no_show'""",
        edition,
    )


async def standing(edition: UUID, minutes: Callable[[str, str], int]) -> list[Broken]:
    """What is held now, at one moment: nobody and no table twice at once, no journey of a person too short."""
    async with db.transaction():
        await db.execute(ONE_MOMENT)
        return await _standing(edition, minutes)


async def _standing(edition: UUID, minutes: Callable[[str, str], int]) -> list[Broken]:
    broken: list[Broken] = []
    for of, mine in (await held(edition)).items():
        broken += overlaps(mine + await absences(edition, of))
        if of != "meeting_table":
            broken += journeys(mine, minutes)[0]
    return broken


async def repairs(edition: UUID) -> list[Mended]:
    """What each published repair changed, beside the meetings that waited for one."""
    return await db.rows(
        Mended,
        """SELECT v.number, v.gone + v.moved AS changed,
                  (SELECT count(*) FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting
                   WHERE m.edition = v.edition AND t.since <= v.published_at AND (t.resolved_at IS NULL OR t.resolved_at >= v.published_at)) AS must_change
           FROM plan_version v JOIN plan p ON p.id = v.plan WHERE v.edition = $1 AND p.kind = 'repair' ORDER BY v.number""",
        edition,
    )


async def judge(edition: UUID, sent: Sequence[Sent], minutes: Callable[[str, str], int]) -> list[Broken]:
    """Every invariant of the day that does not hold, at one moment: the day may go on meanwhile."""
    async with db.transaction():
        await db.execute(ONE_MOMENT)
        return await _judge(edition, sent, minutes)


async def _judge(edition: UUID, sent: Sequence[Sent], minutes: Callable[[str, str], int]) -> list[Broken]:
    broken = await _standing(edition, minutes) + torn(await repairs(edition))
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT k.nonce, k.gate, k.way, b.token FROM check_in k LEFT JOIN badge b ON b.id = k.badge WHERE k.nonce = ANY($1)", [s.nonce for s in sent])
        capacity = dict(await conn.fetch("SELECT slug, capacity FROM campus WHERE edition = $1", edition))
        changed = await conn.fetch(
            """SELECT c.slug, j.at, (j.facts->>'capacity_before')::int FROM journal j JOIN campus c ON c.id = j.campus
               WHERE c.edition = $1 AND j.action = 'campus.changed' AND j.facts ? 'capacity_before' ORDER BY j.id""",
            edition,
        )
        shown = dict(await conn.fetch("SELECT c.slug, n.inside FROM campus_inside n JOIN campus c ON c.id = n.campus WHERE c.edition = $1 AND n.inside > 0", edition))
        over = await conn.fetch(
            """SELECT s.title, count(*) AS held, g.places FROM seat t JOIN session s ON s.id = t.session JOIN seating g ON g.session = s.id
               WHERE s.edition = $1 AND t.ended_at IS NULL AND t.held_at IS NOT NULL GROUP BY s.id, s.title, g.places HAVING count(*) > g.places""",
            edition,
        )
    broken += lost(sent, {row[0]: (row[1], row[2], row[3]) for row in rows})
    broken += [Broken("capacity", f"{row[0]}: {row[1]} seats of {row[2]}") for row in over]
    changes: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for slug, when, before in changed:
        changes[slug].append((when, before))
    return broken + crowding(await passages(edition), capacity, shown, changes)


async def passages(edition: UUID) -> list[Passage]:
    """Every admitted scan that was not taken back."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT k.registration, c.slug, k.way, k.at, k.forced, k.source = 'offline'
               FROM check_in k JOIN campus c ON c.id = k.campus WHERE c.edition = $1 AND k.admitted AND k.undone_at IS NULL ORDER BY k.id""",
            edition,
        )
    return [Passage(*row) for row in rows]
