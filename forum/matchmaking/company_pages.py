"""A company's own pages: offers and rules, team with tables and hours, export of what was consented to."""

import csv
import hashlib
import io
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from forum import clock, db, editions, web
from forum.campuses.answers import answered, typed
from forum.campuses.service import MEANWHILE
from forum.errors import Conflict, Invalid
from forum.i18n import N_
from forum.matchmaking import browse, desk, places, sharing
from forum.matchmaking.forms import CompanyRuleForm
from forum.matchmaking.queries import SHOWN_NAME, UNVEILED
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, TARGET_ROLES
from forum.tabular.guard import guarded

Page = Response[Any]


async def offers_page(
    request: web.AnyRequest, acting: tuple[UUID, UUID], error: Invalid | None = None, *, rules: Invalid | Conflict | None = None
) -> Page:
    """The company's offers, its words and its rules; *error* is about a new offer, *rules* about the words and rules."""
    edition = await editions.needed()
    firm = await places.firm_by_id(edition.id, acting[1])
    there = typed(CompanyRuleForm, firm) | {"version": version_of(firm)}
    mine = answered(request, rules, there | ({"open_booking": ""} | await web.posted(request) if rules else {}), there)
    return await web.page(
        request, "matchmaking/company_edit.html", status=422 if error else mine["status"], edition=edition, firm=firm, offers=await browse.offers_of([firm.id]),
        values=await web.posted(request, "contracts", "languages") if error else {}, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
        rules=mine["values"], rule_faults=mine["faults"], theirs=mine["theirs"],
        target_roles=TARGET_ROLES, contracts=CONTRACTS, languages_spoken=LANGUAGES_SPOKEN, levels=LEVELS,
    )  # fmt: skip


def version_of(firm: places.Firm) -> str:
    """Stands for the company's words and rules as they are: another when anybody changed one of them."""
    return hashlib.sha256(msgspec.json.encode(typed(CompanyRuleForm, firm))).hexdigest()[:16]


async def save_rules(request: web.AnyRequest, acting: tuple[UUID, UUID]) -> Page:
    """Keep the company's words and rules, unless a colleague changed them since the page was read."""
    company = acting[1]
    try:
        form = await web.form(request, CompanyRuleForm)
        async with db.transaction():
            await db.value("SELECT 1 FROM company WHERE id = $1 FOR UPDATE", company)
            if form.version != version_of(await places.firm_by_id((await editions.needed()).id, company)):
                raise Conflict(MEANWHILE)
            await _keep(company, form)
    except (Invalid, Conflict) as error:
        return await offers_page(request, acting, rules=error)
    return web.redirect(request, "/recruiter/company", N_("Kept."))


async def _keep(company: UUID, form: CompanyRuleForm) -> None:
    await db.execute("UPDATE company SET pitch_fr = $2, pitch_en = $3, website = $4 WHERE id = $1", company, form.pitch_fr, form.pitch_en, form.website)
    await db.execute(
        """INSERT INTO company_rule (company, max_meetings, max_in_a_row, open_booking, updated_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (company) DO UPDATE SET max_meetings = $2, max_in_a_row = $3, open_booking = $4, updated_at = $5""",
        company, form.max_meetings, form.max_in_a_row, form.open_booking, clock.now(),
    )  # fmt: skip


async def team_page(request: web.AnyRequest, acting: tuple[UUID, UUID]) -> Page:
    """Who recruits, at which table, when; and help for the queue of a late colleague."""
    edition = await editions.needed()
    async with db.connection() as conn:
        people = await conn.fetch(
            """SELECT id, name FROM person WHERE id IN (SELECT person FROM role WHERE company = $1 AND ended_at IS NULL AND approved_at IS NOT NULL)
               ORDER BY plain(name), id""",
            acting[1],
        )
        tables = await conn.fetch(
            """SELECT t.id, t.number, k.number AS campus, k.name FROM meeting_table t JOIN campus k ON k.id = t.campus
               WHERE k.edition = $1 AND t.removed_at IS NULL AND k.removed_at IS NULL ORDER BY k.number, t.number""",
            edition.id,
        )
        hours = await conn.fetch(
            """SELECT p.recruiter, n.name AS person, (p.slot AT TIME ZONE $2)::date AS day, t.number AS table, t.id AS ident, k.number AS campus, k.name, min(p.slot) AS first,
                      max(p.slot) + make_interval(mins => $3) AS until, count(*) AS slots,
                      count(m.id) AS meetings
               FROM presence p JOIN person n ON n.id = p.recruiter JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
               LEFT JOIN meeting m ON m.recruiter = p.recruiter AND m.slot = p.slot AND m.state IN ('proposed', 'accepted', 'running')
               WHERE p.company = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 2, 1, 3, 8""",
            acting[1], edition.zone, edition.slot_minutes,
        )  # fmt: skip
    return await web.page(
        request, "matchmaking/team.html", edition=edition, firm=await places.firm_by_id(edition.id, acting[1]), people=[dict(p) for p in people],
        tables=[dict(t) for t in tables], hours=[dict(h) for h in hours], days=desk.days_of(edition), length=edition.slot_minutes, values={}, faults={},
        own_table=next((h["ident"] for h in hours if people and h["recruiter"] == people[0]["id"]), ""), opens=f"{edition.days[0].opens:%H:%M}", closes=f"{edition.days[0].closes:%H:%M}",
    )  # fmt: skip


async def export(request: web.AnyRequest, acting: tuple[UUID, UUID]) -> Page:
    """The company's meetings as CSV, each cell only as far as the person consented; the export is written down for each of them."""
    person, company = acting
    async with db.connection() as conn:
        rows = await conn.fetch(
            f"""SELECT m.candidate, m.slot, m.state, {SHOWN_NAME.format(company="m.company", candidate="m.candidate")} AS name,
                      CASE WHEN {UNVEILED.format(candidate="m.candidate")} THEN p.email ELSE '' END AS email, f.skills, f.target_roles,
                      (SELECT result FROM outcome o WHERE o.meeting = m.id ORDER BY id DESC LIMIT 1) AS result,
                      (SELECT string_agg(n.text, E'\\n' ORDER BY n.at, n.id) FROM meeting_note n WHERE n.meeting = m.id) AS notes,
                      ARRAY(SELECT substr(purpose, 7) FROM consent c WHERE c.person = m.candidate AND c.company = m.company AND c.withdrawn_at IS NULL) AS shares
               FROM meeting m JOIN person p ON p.id = m.candidate JOIN registration r ON r.person = p.id AND r.edition = m.edition LEFT JOIN profile f ON f.registration = r.id
               WHERE m.company = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held', 'no_show') ORDER BY m.slot""",
            company,
        )
    await sharing.note_looks([row["candidate"] for row in rows], company, "export", by=person, now=clock.now())
    return Response(
        _csv(rows), media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="meetings.csv"', "cache-control": "private, no-store"},
    )  # fmt: skip


def _csv(rows: list[Any]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["slot", "state", "name", "email", "roles", "skills", "result", "notes"])
    for row in rows:
        shares = set(row["shares"])
        cells = [
            _moment(row["slot"]), row["state"], row["name"], row["email"] if "contact" in shares else "",
            ", ".join(row["target_roles"] or ()) if "cv" in shares else "", ", ".join(row["skills"] or ()) if "cv" in shares else "", row["result"] or "", row["notes"] or "",
        ]  # fmt: skip
        writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def _moment(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"
