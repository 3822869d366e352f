"""How the list of people is read from the database and stored: 20,000 rows in a few statements, each person invited to confirm."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from forum import db, editions, mail
from forum.errors import Conflict
from forum.i18n import N_, Message
from forum.people import company_lists as _company_lists  # noqa: F401 registers companies and recruiters
from forum.people.changes import change_days
from forum.people.model import GUARDIAN_WITHIN
from forum.sign_ins import digest
from forum.tabular.kinds import Key, Record
from forum.tabular.lists import PEOPLE
from forum.tabular.preview import Changed, Fault, Row
from forum.tabular.registry import Batch, register

ROLES = frozenset({"speaker", "press"})  # an organiser's list approves them


async def existing_people(edition: UUID) -> dict[Key, Record]:
    """Everybody who is registered, by address; `campus` is the campus of the first day, None for who has chosen no day (some recruiters)."""
    async with db.connection() as conn:
        found = await conn.fetch(
            """SELECT p.email, p.name, r.purpose, p.language, d.days, d.campus, coalesce(f.target_roles, '{}') AS target_roles,
                      coalesce(f.skills, '{}') AS skills, coalesce(f.languages, '{}') AS languages, r.step_free_need
               FROM registration r JOIN person p ON p.id = r.person LEFT JOIN profile f ON f.registration = r.id
               LEFT JOIN (SELECT d.registration, array_agg(d.day ORDER BY d.day) AS days, (array_agg(c.number ORDER BY d.day))[1] AS campus
                          FROM registration_day d JOIN campus c ON c.id = d.campus GROUP BY d.registration) d ON d.registration = r.id
               WHERE r.edition = $1 AND r.cancelled_at IS NULL AND p.erased_at IS NULL ORDER BY p.email""",
            edition,
        )
    lists = ("days", "target_roles", "skills", "languages")
    records = [dict(row) | {name: tuple(row[name] or ()) for name in lists} for row in found]
    return {PEOPLE.key_of(record): record for record in records}


async def check_people(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """Days and campuses that are open; nobody is brought back who cancelled; recruiters have a list of their own."""
    open_days = set(await _open(edition))
    gone = set(await db.column("SELECT lower(p.email) FROM registration r JOIN person p ON p.id = r.person WHERE r.edition = $1 AND r.cancelled_at IS NOT NULL", edition))
    return [fault for row in rows for fault in _faults(row, open_days, gone)]


async def _open(edition: UUID) -> dict[tuple[int, date], UUID]:
    """Campus ids by campus number and day, where one can register."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "SELECT c.number, d.day, c.id FROM campus c JOIN campus_day d ON d.campus = c.id WHERE c.edition = $1 AND c.removed_at IS NULL", edition
        )
    return {(row["number"], row["day"]): row["id"] for row in rows}


def _faults(row: Row | Changed, open_days: set[tuple[int, date]], gone: set[str]) -> list[Fault]:
    v, found = row.values, list[Fault]()
    differs: dict[str, tuple[Any, Any]] = row.differences if isinstance(row, Changed) else dict.fromkeys(("days", "campus"), ((), ()))
    found += [Fault(row.line, name, Message(N_("This is needed."))) for name in ("days", "campus") if name in differs and not v[name]]
    known = () if "campus" in differs else differs.get("days", (v["days"], ()))[0]  # a day that stays keeps its own campus
    closed = [day for day in v["days"] if day not in known and (v["campus"], day) not in open_days]
    if closed and v["campus"]:
        found.append(Fault(row.line, "days", Message(N_("Campus {number} does not open on {day}."), number=v["campus"], day=closed[0].isoformat())))
    if v["email"].lower() in gone:
        found.append(Fault(row.line, "email", Message(N_("This person cancelled; they can register again themselves.")), v["email"]))
    if v["purpose"] == "recruiter" and (isinstance(row, Row) or "purpose" in row.differences):
        found.append(Fault(row.line, "purpose", Message(N_("Recruiters are imported with their company, in the list of recruiters.")), "recruiter"))
    return found


async def commit_people(batch: Batch) -> None:
    """Register the new, invite each by mail to confirm with one click; then apply what changed."""
    if batch.added:
        people = await _persons(batch)
        registrations = await _registrations(batch, people)
        await _take_places(batch, registrations)
        await _profiles(batch, registrations)
        await _roles(batch, people)
        await _invite(batch, people, registrations)
    for row in batch.changed:
        await _change(batch, row)


async def _persons(batch: Batch) -> dict[str, UUID]:
    """Person ids by address; a name that is known is not overwritten."""
    columns = [[row.values[name] for row in batch.added] for name in ("email", "name", "language")]
    await db.execute(
        """INSERT INTO person (email, name, language, created_at) SELECT e, n, l, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS t (e, n, l)
           ON CONFLICT (lower(email)) DO NOTHING""",
        *columns, batch.now,
    )  # fmt: skip
    async with db.connection() as conn:
        found = await conn.fetch("SELECT t.email, p.id FROM unnest($1::text[]) AS t (email) JOIN person p ON lower(p.email) = lower(t.email)", columns[0])
    return {row["email"]: row["id"] for row in found}


def _of(row: Row, ids: dict[str, UUID]) -> UUID:
    return ids[row.values["email"]]


async def _registrations(batch: Batch, people: dict[str, UUID]) -> dict[str, UUID]:
    """Registration ids by address. Raises Conflict when somebody registered at this very moment."""
    party = await _party(batch)
    async with db.connection() as conn:
        found = await conn.fetch(
            """INSERT INTO registration (edition, person, purpose, step_free_need, party, created_at)
               SELECT $1, p, u, s, $6, $5 FROM unnest($2::uuid[], $3::text[], $4::bool[]) AS t (p, u, s) ON CONFLICT DO NOTHING RETURNING id, person""",
            batch.edition, [_of(row, people) for row in batch.added], [row.values["purpose"] for row in batch.added],
            [row.values["step_free_need"] for row in batch.added], batch.now, party,
        )  # fmt: skip
    if len(found) != len(batch.added):
        raise Conflict(N_("What exists changed since you looked. Look at the differences again, then import."))
    by_person = {row["person"]: row["id"] for row in found}
    return {email: by_person[person] for email, person in people.items()}


async def _party(batch: Batch) -> UUID | None:
    """The list as a group: its people have two weeks to confirm. Its referent imported it, or organises the forum."""
    organiser = "SELECT person FROM role WHERE edition = $1 AND name = 'forum_organiser' AND ended_at IS NULL ORDER BY granted_at LIMIT 1"
    referent = batch.by or await db.value(organiser, batch.edition)
    if referent is None:
        return None
    found: UUID = await db.value(
        "INSERT INTO party (edition, referent, name, created_at) SELECT id, $2, name, $3 FROM edition WHERE id = $1 RETURNING id", batch.edition, referent, batch.now
    )
    return found


async def _take_places(batch: Batch, registrations: dict[str, UUID]) -> None:
    """Places in the order of the file; when a campus is full for a day, the rest wait. Campus days are locked in one order."""
    campus = await _open(batch.edition)
    wanted: dict[tuple[date, UUID], list[UUID]] = defaultdict(list)
    for row in batch.added:
        for day in row.values["days"]:
            wanted[day, campus[row.values["campus"], day]].append(_of(row, registrations))
    rows = []
    for (day, where), asked in sorted(wanted.items(), key=lambda item: (item[0][0], str(item[0][1]))):
        left = await db.value("SELECT places - taken FROM campus_day WHERE campus = $1 AND day = $2 FOR UPDATE", where, day)
        held = min(left, len(asked))
        await db.execute("UPDATE campus_day SET taken = taken + $3 WHERE campus = $1 AND day = $2", where, day, held)
        # A microsecond each keeps the order of the file on the waiting list.
        rows += [(who, day, where, batch.now + timedelta(microseconds=n), batch.now if n < held else None) for n, who in enumerate(asked)]
    async with db.connection() as conn:
        await conn.copy_records_to_table("registration_day", records=rows, columns=["registration", "day", "campus", "asked_at", "held_at"])


async def _profiles(batch: Batch, registrations: dict[str, UUID]) -> None:
    declared = [
        (_of(row, registrations), list(row.values["target_roles"]), list(row.values["skills"]), list(row.values["languages"]))
        for row in batch.added
        if row.values["purpose"] in {"candidate", "academy"}
    ]
    async with db.connection() as conn:
        await conn.copy_records_to_table("profile", records=declared, columns=["registration", "target_roles", "skills", "languages"])


async def _roles(batch: Batch, people: dict[str, UUID]) -> None:
    await db.execute_many(
        """INSERT INTO role (person, edition, name, granted_at, granted_by, approved_at, approved_by) VALUES ($1, $2, $3, $4, $5, $4, $5)
           ON CONFLICT DO NOTHING""",
        [(_of(row, people), batch.edition, row.values["purpose"], batch.now, batch.by) for row in batch.added if row.values["purpose"] in ROLES],
    )


async def _invite(batch: Batch, people: dict[str, UUID], registrations: dict[str, UUID]) -> None:
    """One mail each, with one link that confirms."""
    tokens = {email: token_urlsafe(24) for email in people}
    links = [(digest(tokens[e]), "confirm", people[e], registrations[e], batch.now, batch.now + GUARDIAN_WITHIN) for e in people]
    async with db.connection() as conn:
        columns = ["token_hash", "purpose", "person", "registration", "created_at", "expires_at"]
        await conn.copy_records_to_table("mail_link", records=links, columns=columns)
    name = await db.value("SELECT name FROM edition WHERE id = $1", batch.edition)
    letters = [(person, {"link": f"/register/confirm/{tokens[email]}", "group": name}) for email, person in people.items()]
    await mail.post_many("group", letters, now=batch.now)


async def _change(batch: Batch, row: Changed) -> None:
    """One person's new facts; days and campus go through the same rules as when people change them themselves."""
    v = row.values
    async with db.connection() as conn:
        found = await conn.fetchrow(
            "SELECT r.id, r.version, r.person FROM registration r JOIN person p ON p.id = r.person WHERE r.edition = $1 AND lower(p.email) = lower($2)",
            batch.edition, v["email"],
        )  # fmt: skip
    assert found is not None
    if {"days", "campus"} & set(row.differences):
        slug = await db.value("SELECT slug FROM campus WHERE edition = $1 AND number = $2", batch.edition, v["campus"])
        edition = await editions.by_slug(await db.value("SELECT slug FROM edition WHERE id = $1", batch.edition))
        own = {} if "campus" in row.differences else await _own_campuses(found["id"])
        await change_days(edition, found["id"], [f"{day.isoformat()}:{own.get(day, slug)}" for day in v["days"]], version=found["version"], now=batch.now)
    await db.execute("UPDATE person SET name = $2, language = $3 WHERE id = $1", found["person"], v["name"], v["language"])
    await db.execute("UPDATE registration SET purpose = $2, step_free_need = $3, version = version + 1 WHERE id = $1", found["id"], v["purpose"], v["step_free_need"])
    if {"target_roles", "skills", "languages"} & set(row.differences):
        await db.execute(
            """INSERT INTO profile (registration, target_roles, skills, languages) VALUES ($1, $2, $3, $4)
               ON CONFLICT (registration) DO UPDATE SET target_roles = $2, skills = $3, languages = $4""",
            found["id"], list(v["target_roles"]), list(v["skills"]), list(v["languages"]),
        )  # fmt: skip


async def _own_campuses(registration: UUID) -> dict[date, str]:
    """The slug of the campus somebody chose, by day: one may enter somewhere else each day, and a list names one campus."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT d.day, c.slug FROM registration_day d JOIN campus c ON c.id = d.campus WHERE d.registration = $1", registration)
    return {row["day"]: row["slug"] for row in rows}


register(PEOPLE, existing=existing_people, check=check_people, commit=commit_people)
