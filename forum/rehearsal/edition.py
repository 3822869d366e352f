"""The rehearsal edition: campuses on real districts with invented names, and one person per role of the demo."""

from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from math import ceil
from uuid import UUID

from forum import db
from forum.campuses.model import EditionDay
from forum.campuses.sample import ROOMS, Sample, sample

SLUG = "rehearsal"
NAMES = {
    "attendee": ("anh@example.org", "Anh Trần-Lefèvre"),
    "recruiter": ("ines@example.org", "Inès Belkacem"),
    "door": ("driss@example.org", "Driss Amrani"),
    "campus": ("karim@example.org", "Karim Boulanger"),
    "forum": ("sofia@example.org", "Sofia Marchetti-Lebrun"),
}


ATTENDING = 0.8  # of the people, at most this share comes on one day
TABLES_PER_COMPANY = 2.6  # companies bring 1 to 4 people, each at a table


async def make_edition(*, now: datetime, campuses: int, days: int = 2, people: int = 0, companies: int = 0) -> UUID:
    """The rehearsal edition with its campuses and one person per role; it becomes the current one.

    Campuses are as large as *people* need and have the tables *companies* need; without them, as the sample makes them.
    """
    first = now.date()
    plan = [EditionDay(first + timedelta(days=n), clock_time(9), clock_time(18, 30)) for n in range(days)]
    edition: UUID = await db.value(
        """INSERT INTO edition (slug, name, is_current, is_rehearsal, slot_minutes) VALUES ($1, 'Forum IA & Territoires, répétition', true, true, 20)
           RETURNING id""",
        SLUG,
    )
    await db.execute_many("INSERT INTO edition_day VALUES ($1, $2, $3, $4)", [(edition, d.day, d.opens, d.closes) for d in plan])
    made = _room_for(people, sample(edition, plan, count=campuses, rooms=len(ROOMS), tables=max(8, ceil(companies * TABLES_PER_COMPANY / campuses))))
    await insert_sample(made)
    await _people_of_roles(edition, made, now)
    return edition


def _room_for(people: int, made: Sample) -> Sample:
    """*made* with campuses grown alike until everybody has a place somewhere with a fifth to spare."""
    whole = sum(c.capacity for c in made.campuses)
    if people * ATTENDING * 1.2 <= whole:
        return made
    grown = {c.id: ceil(c.capacity * people * ATTENDING * 1.2 / whole / 10) * 10 for c in made.campuses}
    return replace(
        made,
        campuses=tuple(replace(c, capacity=grown[c.id]) for c in made.campuses),
        days=tuple(replace(d, places=grown[d.campus]) for d in made.days),
    )


async def insert_sample(made: Sample) -> None:
    """The sample's campuses with their days, rooms, tables and gates."""
    await db.execute_many(
        """INSERT INTO campus (id, edition, slug, number, name, address, postcode, city, latitude, longitude, zone, capacity, step_free, access_fr, access_en, phone)
           VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)""",
        [
            (
                c.id,
                c.edition,
                c.slug,
                c.number,
                c.name,
                c.address,
                c.postcode,
                c.city,
                c.latitude,
                c.longitude,
                c.zone,
                c.capacity,
                c.step_free,
                c.access_fr,
                c.access_en,
                c.phone,
            )
            for c in made.campuses
        ],
    )
    await db.execute_many(
        "INSERT INTO campus_day (campus, day, opens, closes, places) VALUES ($1,$2,$3,$4,$5)",
        [(d.campus, d.day, d.opens, d.closes, d.places) for d in made.days],
    )
    await db.execute_many(
        "INSERT INTO room (id, campus, building, floor, name, capacity, step_free, equipment, position) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        [(r.id, r.campus, r.building, r.floor, r.name, r.capacity, r.step_free, list(r.equipment), r.position) for r in made.rooms],
    )
    await db.execute_many(
        "INSERT INTO meeting_table (id, campus, room, number, step_free) VALUES ($1,$2,$3,$4,$5)",
        [(t.id, t.campus, t.room, t.number, t.step_free) for t in made.tables],
    )
    await db.execute_many(
        "INSERT INTO gate (id, campus, slug, name, ways, step_free) VALUES ($1,$2,$3,$4,$5,$6)",
        [(g.id, g.campus, g.slug, g.name, g.ways, g.step_free) for g in made.gates],
    )


async def _people_of_roles(edition: UUID, made: Sample, now: datetime) -> None:
    """One confirmed person per role of the demo, each registered for both days."""
    first = made.campuses[0].id
    company = await db.value(
        "INSERT INTO company (edition, slug, name, created_at, approved_at) VALUES ($1, 'hexaligne', 'Hexaligne', $2, $2) RETURNING id", edition, now
    )
    grants = {
        "recruiter": ("recruiter", None, company),
        "door": ("door", first, None),
        "campus": ("campus_organiser", first, None),
        "forum": ("forum_organiser", None, None),
    }
    for role, (email, name) in NAMES.items():
        person = await db.value(
            "INSERT INTO person (email, name, language, created_at, confirmed_at) VALUES ($1, $2, 'fr', $3, $3) RETURNING id", email, name, now
        )
        purpose = {"attendee": "candidate", "recruiter": "recruiter"}.get(role, "organiser")
        registration = await db.value(
            "INSERT INTO registration (edition, person, purpose, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $4) RETURNING id",
            edition,
            person,
            purpose,
            now,
        )
        for day in (d for d in made.days if d.campus == first):
            await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2", first, day.day)
            await db.execute("INSERT INTO registration_day VALUES ($1, $2, $3, $4, $4)", registration, day.day, first, now)
        if role in grants:
            await db.execute(
                "INSERT INTO role (person, edition, name, campus, company, granted_at, approved_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                person,
                edition,
                *grants[role],
                now,
            )
