"""How the lists of companies and recruiters are read from the database and stored; an organiser's list is an approval."""

from collections.abc import Sequence
from uuid import UUID

from forum import db, mail
from forum.i18n import N_, Message
from forum.people.model import CONFIRM_WITHIN
from forum.people.registration import mail_link
from forum.people.slugs import slug_of
from forum.tabular.kinds import Key, Record
from forum.tabular.lists import COMPANIES, RECRUITERS
from forum.tabular.preview import Changed, Fault, Row
from forum.tabular.registry import Batch, register


async def _records(sql: str, edition: UUID) -> list[Record]:
    async with db.connection() as conn:
        return [dict(row) for row in await conn.fetch(sql, edition)]


async def existing_companies(edition: UUID) -> dict[Key, Record]:
    """Every company that takes part, by name."""
    found = await _records(
        "SELECT name, kind, sector, pitch_fr, pitch_en, website FROM company WHERE edition = $1 AND withdrawn_at IS NULL ORDER BY plain(name), slug", edition
    )
    return {COMPANIES.key_of(record): record for record in found}


async def commit_companies(batch: Batch) -> None:
    """New companies are approved by whoever imports them; addresses of pages are made from names, with a number where two agree."""
    taken = set(await db.column("SELECT slug FROM company WHERE edition = $1", batch.edition))
    new = []
    for row in batch.added:
        slug = slug_of(row.values["name"], taken)
        taken.add(slug)
        v = row.values
        new.append((batch.edition, slug, v["name"], v["kind"], v["sector"], v["pitch_fr"], v["pitch_en"], v["website"], batch.now, batch.by))
    await db.execute_many(
        """INSERT INTO company (edition, slug, name, kind, sector, pitch_fr, pitch_en, website, created_at, approved_at, approved_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)""",
        new,
    )
    await db.execute_many(
        """UPDATE company SET name = $2, kind = $3, sector = $4, pitch_fr = $5, pitch_en = $6, website = $7
           WHERE edition = $1 AND lower(name) = lower($2) AND withdrawn_at IS NULL""",
        [(batch.edition, *(row.values[name] for name in ("name", "kind", "sector", "pitch_fr", "pitch_en", "website"))) for row in batch.changed],
    )


async def existing_recruiters(edition: UUID) -> dict[Key, Record]:
    """Everybody who recruits, by address."""
    found = await _records(
        """SELECT p.email, p.name, c.name AS company, p.language FROM role r JOIN person p ON p.id = r.person JOIN company c ON c.id = r.company
           WHERE r.edition = $1 AND r.name = 'recruiter' AND r.ended_at IS NULL ORDER BY plain(c.name), plain(p.name)""",
        edition,
    )
    return {RECRUITERS.key_of(record): record for record in found}


async def _companies(edition: UUID) -> dict[str, UUID]:
    found = await _records("SELECT id, lower(name) AS name FROM company WHERE edition = $1 AND withdrawn_at IS NULL", edition)
    return {row["name"]: row["id"] for row in found}


async def check_recruiters(edition: UUID, rows: Sequence[Row | Changed]) -> list[Fault]:
    """A recruiter is of a company that takes part."""
    known = await _companies(edition)
    message = Message(N_("There is no such company; import the companies first."))
    return [Fault(row.line, "company", message, row.values["company"]) for row in rows if row.values["company"].lower() not in known]


async def commit_recruiters(batch: Batch) -> None:
    """The role is approved by whoever imports it; the person signs in with a code by mail. Another company ends the role at the one before."""
    companies = await _companies(batch.edition)
    rows: list[Row | Changed] = [*batch.added, *batch.changed]
    for v in (row.values for row in rows):
        person = await db.value(
            """INSERT INTO person (email, name, language, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (lower(email)) DO UPDATE SET name = $2, language = $3 RETURNING id""",
            v["email"], v["name"], v["language"], batch.now,
        )  # fmt: skip
        await db.execute(
            "UPDATE role SET ended_at = $3 WHERE person = $1 AND edition = $2 AND name = 'recruiter' AND ended_at IS NULL AND company <> $4",
            person, batch.edition, batch.now, companies[v["company"].lower()],
        )  # fmt: skip
        await db.execute(
            """INSERT INTO role (person, edition, name, company, granted_at, granted_by, approved_at, approved_by)
               VALUES ($1, $2, 'recruiter', $3, $4, $5, $4, $5) ON CONFLICT DO NOTHING""",
            person, batch.edition, companies[v["company"].lower()], batch.now, batch.by,
        )  # fmt: skip
        await _invite(batch, person, v["company"])


async def _invite(batch: Batch, person: UUID, company: str) -> None:
    """Who is new to the edition gets one mail with one link that confirms; others keep their registration."""
    registration = await db.value(
        "INSERT INTO registration (edition, person, purpose, created_at) VALUES ($1, $2, 'recruiter', $3) ON CONFLICT DO NOTHING RETURNING id",
        batch.edition, person, batch.now,
    )  # fmt: skip
    if registration is not None:
        link = await mail_link("confirm", person=person, registration=registration, expires=batch.now + CONFIRM_WITHIN, now=batch.now)
        await mail.post("group", person=person, facts={"link": f"/register/confirm/{link}", "group": company}, now=batch.now)


register(COMPANIES, existing=existing_companies, commit=commit_companies)
register(RECRUITERS, existing=existing_recruiters, check=check_recruiters, commit=commit_recruiters)
