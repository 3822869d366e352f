"""A running day in a real database: the rehearsal's campuses with people inside, scans, phones, sessions and meetings at a known moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from forum import db, editions
from forum.agenda import current, ways
from forum.editions import Edition
from forum.live import announcements
from forum.rehearsal import make_edition
from tests.helpers import make_person


@dataclass(frozen=True, slots=True)
class Day:
    """The edition and its campuses' ids by slug."""

    edition: Edition
    campuses: dict[str, UUID]


async def make(*, now: datetime, campuses: int = 3) -> Day:
    """The rehearsal edition on *campuses* campuses, nobody inside yet, on the day of *now*."""
    current.forget()
    ways.forget()
    announcements.forget()
    async with db.transaction():
        await make_edition(now=now, campuses=campuses)
    editions.forget()
    edition = await editions.needed()
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT slug, id FROM campus WHERE edition = $1", edition.id)
    return Day(edition, {row["slug"]: row["id"] for row in rows})


async def person_of(email: str) -> UUID:
    found: UUID = await db.value("SELECT id FROM person WHERE email = $1", email)
    return found


async def fill(day: Day, slug: str, inside: int, *, per_minute: int = 0, now: datetime) -> None:
    """*inside* counted on the campus, and *per_minute* entries in each of the last ten minutes, all of one badge (counts, not people)."""
    campus = day.campuses[slug]
    await db.execute("INSERT INTO campus_inside (campus, inside) VALUES ($1, $2) ON CONFLICT (campus) DO UPDATE SET inside = $2", campus, inside)
    badge, registration = await _badge(day, now)
    gate = await db.value("SELECT id FROM gate WHERE campus = $1 LIMIT 1", campus)
    await db.execute(
        """INSERT INTO check_in (nonce, badge, registration, campus, gate, way, at, created_at, day, admitted, detail)
           SELECT gen_random_uuid()::text, $1, $2, $3, $4, 'entry', $5::timestamptz - make_interval(secs => n * 600.0 / $6 + 1), $5::timestamptz, ($5::timestamptz)::date, true, 'ok'
           FROM generate_series(0, $6 - 1) AS n""",
        badge, registration, campus, gate, now, per_minute * 10,
    )  # fmt: skip


async def _badge(day: Day, now: datetime) -> tuple[UUID, UUID]:
    registration: UUID = await db.value("SELECT r.id FROM registration r JOIN person p ON p.id = r.person WHERE p.email = 'anh@example.org'")
    await db.execute("INSERT INTO badge_key (kid, public, sealed, made_at) VALUES (9, $1, $1, $2) ON CONFLICT DO NOTHING", bytes(32), now)
    found = await db.value("SELECT id FROM badge WHERE registration = $1 AND revoked_at IS NULL", registration)
    if found is None:
        found = await db.value(
            """INSERT INTO badge (edition, registration, number, kid, role, token, printed_days, valid_from, valid_until, issued_at)
               VALUES ($1, $2, 7, 9, 'candidate', 'day-badge', '{}', $3, $4, $3) RETURNING id""",
            day.edition.id, registration, now, now + timedelta(days=1),
        )  # fmt: skip
    return found, registration


async def inside(day: Day, slug: str, *names: str, now: datetime, step_free: bool = False) -> list[UUID]:
    """People of these names, registered and inside the campus by their whereabouts."""
    made = []
    for name in names:
        person = await make_person(name, f"{name.lower().replace(' ', '.')}.{uuid4().hex[:6]}@example.org", now=now)
        registration = await db.value(
            "INSERT INTO registration (edition, person, purpose, created_at, confirmed_at, step_free_need) VALUES ($1, $2, 'candidate', $3, $3, $4) RETURNING id",
            day.edition.id, person, now, step_free,
        )  # fmt: skip
        await db.execute("INSERT INTO whereabouts (registration, campus, since) VALUES ($1, $2, $3)", registration, day.campuses[slug], now - timedelta(minutes=20))
        await db.execute("INSERT INTO campus_inside VALUES ($1, 1) ON CONFLICT (campus) DO UPDATE SET inside = campus_inside.inside + 1", day.campuses[slug])
        made.append(person)
    return made


async def device(day: Day, slug: str, name: str, *, seen: datetime, unsent: int = 0) -> UUID:
    """An enrolled phone at the first gate of the campus, last heard at *seen*."""
    made: UUID = await db.value(
        "INSERT INTO door_device (edition, name, token_hash, created_at, enrolled_at, seen_at, unsent) VALUES ($1, $2, $3, $4, $4, $4, $5) RETURNING id",
        day.edition.id, name, uuid4().bytes, seen, unsent,
    )  # fmt: skip
    await db.execute("INSERT INTO door_device_gate SELECT $1, id FROM gate WHERE campus = $2 ORDER BY slug LIMIT 1", made, day.campuses[slug])
    return made


async def meeting(day: Day, slug: str, *, slot: datetime, state: str = "accepted", late: int = 0, company: str = "hexaligne", claimed: bool = False) -> UUID:
    """A meeting in *slot* at the next free table of the campus, between people made for it."""
    firm = await db.value("SELECT id FROM company WHERE slug = $1", company)
    candidate, recruiter = await make_person(f"c{uuid4().hex[:8]}", now=slot), await make_person(f"r{uuid4().hex[:8]}", now=slot)
    table = await db.value(
        """SELECT t.id FROM meeting_table t WHERE t.campus = $1 AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.meeting_table = t.id AND m.slot = $2)
           ORDER BY t.number LIMIT 1""",
        day.campuses[slug], slot,
    )  # fmt: skip
    made: UUID = await db.value(
        """INSERT INTO meeting (edition, candidate, company, recruiter, meeting_table, slot, minutes, state, origin, late_minutes, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, 20, $7, 'plan', $8, $6) RETURNING id""",
        day.edition.id, candidate, firm, recruiter, table, slot, state, late,
    )  # fmt: skip
    if claimed:
        await db.execute("INSERT INTO claim (slot, person, recruiter, meeting_table, company, kind, holder) VALUES ($1, $2, $3, $4, $5, 'meeting', $6)", slot, candidate, recruiter, table, firm, made)
    return made


async def session(day: Day, slug: str, code: str, *, start: datetime, minutes: int = 45, seats: int | None = None, room: int = 0) -> UUID:
    """A reservable session in the draft, in the campus's *room*-th smallest room; `publish` puts it into force."""
    made: UUID = await db.value(
        """INSERT INTO session (edition, code, number, guid, title, minutes, kind, language, reservable, seats)
           VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM session), $2, 'Session ' || $2, $3, 'talk', 'fr', true, $4) RETURNING id""",
        day.edition.id, code, minutes, seats,
    )  # fmt: skip
    await db.execute(
        """INSERT INTO placement (session, room, start_at, end_at)
           SELECT $1, id, $3, $3::timestamptz + make_interval(mins => $4) FROM room WHERE campus = $2 ORDER BY capacity, name OFFSET $5 LIMIT 1""",
        made, day.campuses[slug], start, minutes, room,
    )  # fmt: skip
    await db.execute("INSERT INTO agenda (edition, version) VALUES ($1, 1) ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1", day.edition.id)
    return made


async def publish(day: Day, *, now: datetime) -> None:
    from forum.agenda import queries, releasing

    await releasing.publish(day.edition, f"r{uuid4().hex[:6]}", version=await queries.draft_version(day.edition.id), actor=None, now=now, despite=True)


async def wait_for(session_id: UUID, people: list[UUID], *, now: datetime) -> None:
    """*people* in the queue of a session."""
    await db.execute_many("INSERT INTO seat (session, person, asked_at) VALUES ($1, $2, $3)", [(session_id, person, now) for person in people])
