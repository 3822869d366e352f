"""A small edition for tests of meetings: companies with people at tables, candidates with wishes. Everything through the real tables."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from forum import db, editions
from forum.editions import Edition
from forum.matchmaking.places import slot_grid
from forum.rehearsal import make_edition

NOW = datetime.fromisoformat("2028-11-16T07:00:00+00:00")  # an hour before the doors of the first day open


@dataclass
class Stage:
    """An edition with a handful of ids to speak of."""

    edition: Edition
    slots: tuple[datetime, ...]
    companies: dict[str, UUID] = field(default_factory=dict)
    recruiters: dict[str, list[UUID]] = field(default_factory=dict)
    tables: dict[str, list[UUID]] = field(default_factory=dict)

    def at(self, number: int) -> datetime:
        return self.slots[number]


async def stage(*, campuses: int = 3, now: datetime = NOW) -> Stage:
    """An empty edition of two days on *campuses* campuses."""
    async with db.transaction():
        await make_edition(now=now, campuses=campuses)
    editions.forget()
    edition = await editions.needed()
    made = Stage(edition, slot_grid(edition).starts)
    for slug in await db.column("SELECT slug FROM campus WHERE edition = $1 ORDER BY number", edition.id):
        made.tables[slug] = await db.column("SELECT t.id FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE c.slug = $1 ORDER BY t.number", slug)
    await db.execute("UPDATE campus SET step_free = true")
    await db.execute("UPDATE meeting_table SET step_free = true")
    return made


async def add_company(made: Stage, slug: str, *, people: int = 1, campus: str = "1", slots: range | list[int] | None = None, **rule: Any) -> UUID:
    """A company with *people* recruiters at tables of *campus*, present in *slots* (all by default)."""
    company: UUID = await db.value(
        "INSERT INTO company (edition, slug, name, created_at, approved_at) VALUES ($1, $2, $3, $4, $4) RETURNING id", made.edition.id, slug, slug.title(), NOW
    )
    made.companies[slug] = company
    for number in range(people):
        person = await person_named(f"{slug} recruiter {number}")
        await db.execute(
            "INSERT INTO role (person, edition, name, company, granted_at, approved_at) VALUES ($1, $2, 'recruiter', $3, $4, $4)",
            person,
            made.edition.id,
            company,
            NOW,
        )
        table = made.tables[campus].pop(0)
        chosen = [made.slots[n] for n in (slots if slots is not None else range(len(made.slots)))]
        await db.execute(
            "INSERT INTO presence (recruiter, slot, meeting_table, company) SELECT $1, s, $3, $4 FROM unnest($2::timestamptz[]) s",
            person,
            chosen,
            table,
            company,
        )
        made.recruiters.setdefault(slug, []).append(person)
    if rule:
        names = ", ".join(rule)
        values = ", ".join(f"${n + 3}" for n in range(len(rule)))
        await db.execute(f"INSERT INTO company_rule (company, updated_at, {names}) VALUES ($1, $2, {values})", company, NOW, *rule.values())
    return company


async def person_named(name: str) -> UUID:
    address = name.lower().replace(" ", ".") + "@example.org"
    person: UUID = await db.value("INSERT INTO person (email, name, created_at, confirmed_at) VALUES ($1, $2, $3, $3) RETURNING id", address, name, NOW)
    return person


async def add_candidate(
    made: Stage, name: str, *wishes: str, days: int = 2, most: int = 6, step_free: bool = False, stars: tuple[str, ...] = ()
) -> UUID:  # fmt: skip
    """A candidate registered for the first *days* days at campus 1, wishing for the named companies in order."""
    person = await person_named(name)
    registration = await db.value(
        "INSERT INTO registration (edition, person, purpose, step_free_need, created_at, confirmed_at) VALUES ($1, $2, 'candidate', $3, $4, $4) RETURNING id",
        made.edition.id, person, step_free, NOW,
    )  # fmt: skip
    await db.execute("INSERT INTO profile (registration, max_meetings) VALUES ($1, $2)", registration, most)
    for day in made.edition.days[:days]:
        campus = await db.value("SELECT id FROM campus WHERE edition = $1 AND slug = '1'", made.edition.id)
        await db.execute("INSERT INTO registration_day VALUES ($1, $2, $3, $4, $4)", registration, day.day, campus, NOW)
    for rank, slug in enumerate(wishes, start=1):
        await db.execute(
            "INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, $4, $5)",
            made.edition.id,
            person,
            made.companies[slug],
            rank,
            NOW,
        )
    for slug in stars:
        await add_star(made, slug, person)
    return person


async def add_star(made: Stage, slug: str, person: UUID, verdict: str = "star") -> None:
    await db.execute(
        "INSERT INTO star (company, candidate, verdict, given_by, given_at) VALUES ($1, $2, $3, $4, $5)",
        made.companies[slug],
        person,
        verdict,
        made.recruiters[slug][0],
        NOW,
    )


async def faults(edition: UUID) -> list[str]:
    """What must never be in the database: overlaps, double seats, claims without a live meeting and the other way round, pairs that met twice."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT 'overlap' AS what, count(*) FROM (SELECT 1 FROM meeting WHERE edition = $1 AND state IN ('proposed', 'accepted', 'running') GROUP BY candidate, slot HAVING count(*) > 1) a
               UNION ALL SELECT 'recruiter twice', count(*) FROM (SELECT 1 FROM meeting WHERE edition = $1 AND state IN ('proposed', 'accepted', 'running') GROUP BY recruiter, slot HAVING count(*) > 1) b
               UNION ALL SELECT 'table twice', count(*) FROM (SELECT 1 FROM meeting WHERE edition = $1 AND state IN ('proposed', 'accepted', 'running') GROUP BY meeting_table, slot HAVING count(*) > 1) c
               UNION ALL SELECT 'pair twice', count(*) FROM (SELECT 1 FROM meeting WHERE edition = $1 AND kind = 'interview' AND state IN ('proposed', 'accepted', 'running', 'held')
                         GROUP BY candidate, company HAVING count(*) > 1) d
               UNION ALL SELECT 'live without claim', count(*) FROM meeting m WHERE m.edition = $1 AND m.state IN ('proposed', 'accepted', 'running')
                         AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.holder = m.id AND k.slot = m.slot AND k.person = m.candidate AND k.recruiter = m.recruiter AND k.meeting_table = m.meeting_table)
               UNION ALL SELECT 'claim without meeting', count(*) FROM claim k WHERE k.kind = 'meeting' AND NOT EXISTS (
                         SELECT 1 FROM meeting m WHERE m.id = k.holder AND m.slot = k.slot AND m.state IN ('proposed', 'accepted', 'running', 'held'))
               UNION ALL SELECT 'over the person''s most', count(*) FROM (SELECT m.candidate FROM meeting m JOIN registration r ON r.person = m.candidate AND r.edition = m.edition
                         JOIN profile f ON f.registration = r.id WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')
                         GROUP BY m.candidate, f.max_meetings HAVING count(*) > f.max_meetings) e
               UNION ALL SELECT 'no presence', count(*) FROM meeting m WHERE m.edition = $1 AND m.state IN ('proposed', 'accepted') AND NOT EXISTS (
                         SELECT 1 FROM presence p WHERE p.recruiter = m.recruiter AND p.slot = m.slot AND p.meeting_table = m.meeting_table)
                         AND NOT EXISTS (SELECT 1 FROM meeting_trouble t WHERE t.meeting = m.id AND t.resolved_at IS NULL)""",
            edition,
        )  # fmt: skip
    return [row[0] for row in rows if row[1]]


async def late_journeys(edition: Edition) -> list[str]:
    """People who cannot get from one live meeting to the next of the same day in time."""
    from forum.matchmaking import travel

    plain = await travel.minutes_between(edition.id)
    slow = await travel.minutes_between(edition.id, step_free=True)
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT m.candidate, m.slot, m.minutes, c.slug, r.step_free_need FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
               JOIN registration r ON r.person = m.candidate AND r.edition = m.edition
               WHERE m.edition = $1 AND m.state IN ('proposed', 'accepted', 'running') ORDER BY m.candidate, m.slot""",
            edition.id,
        )
    found = []
    for one, other in zip(rows, rows[1:], strict=False):
        if one["candidate"] == other["candidate"] and one["slug"] != other["slug"] and one["slot"].date() == other["slot"].date():
            spare = (other["slot"] - one["slot"]).total_seconds() / 60 - one["minutes"]
            needed = (slow if one["step_free_need"] else plain).between(one["slug"], other["slug"])
            if spare < needed:
                found.append(f"{one['slug']} {one['slot']:%H:%M} to {other['slug']} {other['slot']:%H:%M}: {spare:.0f} of {needed} min")
    return found
