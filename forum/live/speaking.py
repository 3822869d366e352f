"""Pages that speak to people: announce, evacuate, and the fragment with what is announced."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, db, editions, web
from forum.access import Principal
from forum.campuses import travels
from forum.editions import Edition
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import announcements, board, evacuation, gates
from forum.live.acting import back_to
from forum.live.forms import AnnounceForm, Nothing
from forum.live.situation import scope_of

Page = Response[Any]
ABOUT_A_CAMPUS = ("campus", "inside")
WAITING = {  # to a company that is late
    "text_fr": "Des personnes vous attendent à vos tables. Commencez vos rencontres dès que vous y êtes, ou confiez-les à un collègue sur la page de l’équipe.",
    "text_en": "People are waiting at your tables. Begin your meetings as soon as you are there, or hand them to a colleague on the team’s page.",
}


@get("/control/announce")
async def announce_form(request: web.AnyRequest, campus: FromQuery[str] = "", company: FromQuery[str] = "", to: FromQuery[str] = "") -> Page:
    """The form, filled in from the alert it was opened from: a campus people are sent away from, a company that is late."""
    asker = await web.signed_in(request)
    values: dict[str, Any] = {"audience": "campus" if campus else "company" if company else "everyone", "campus": campus, "company": company, "minutes": 30}
    if campus and to:
        values |= await _redirecting(campus, to)
    elif company:
        values |= WAITING
    if not values["campus"] and (mine := scope_of(asker)):
        values |= {"audience": "inside", "campus": min(mine)}
    return await _form(request, asker, values, {})


async def _redirecting(campus: str, to: str) -> dict[str, Any]:
    """The words that send people from a full campus to another, with how far it is."""
    edition, now = await editions.needed(), clock.now()
    known = {c.slug: c for c in await board.campuses_now(edition.id, now=now)}
    if campus not in known or to not in known:
        return {}
    here, there = known[campus], known[to]
    away = (await travels.matrix_of(edition.id)).between(campus, to)
    return {
        "audience": "campus",
        "text_fr": f"Le Campus {here.number} est presque plein. Le Campus {there.number} ({there.name}), à {away} min, a de la place : allez-y plutôt, votre badge l’ouvre aussi.",
        "text_en": f"Campus {here.number} is nearly full. Campus {there.number} ({there.name}), {away} min away, has room: go there instead, your badge opens it too.",
    }


async def _form(request: web.AnyRequest, asker: Principal, values: dict[str, Any], faults: dict[str, str], status: int = 200) -> Page:
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(asker)
    sites = sorted((c for c in await board.campuses_now(edition.id, now=now) if scope is None or c.slug in scope), key=lambda c: c.number)
    return await web.page(
        request, "live/announce.html", status=status, edition=edition, values=values, faults=faults, whole=scope is None,
        campuses=[(c.slug, f"{c.number} · {c.name}") for c in sites], companies=await _companies(edition.id) if scope is None else [],
        standing=[a for a in await announcements.standing(edition.id, now=now) if scope is None or a.slug in scope],
    )  # fmt: skip


async def _companies(edition: UUID) -> list[tuple[str, str]]:
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT id, name FROM company WHERE edition = $1 AND withdrawn_at IS NULL ORDER BY plain(name)", edition)
    return [(str(row["id"]), row["name"]) for row in rows]


@post("/control/announce", status_code=303)
async def announce(request: web.AnyRequest) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    try:
        form = await web.form(request, AnnounceForm)
        words = await _words(edition, form, asker)
    except Invalid as error:
        return await _form(request, asker, await web.posted(request), web.invalid_page_values(error, web.lang_of(request)), 422)
    await announcements.make(edition, words, by=asker.person, now=now, minutes=form.minutes)
    return web.redirect(request, "/control/announce", N_("Announced. Pages and boards show it now."))


async def _words(edition: Edition, form: AnnounceForm, asker: Principal) -> announcements.Words:
    """Who hears it. A campus's organisers speak to their campus only. Raises Invalid, Forbidden."""
    scope = scope_of(asker)
    campus = company = None
    if form.audience in ABOUT_A_CAMPUS:
        if not form.campus:
            raise Invalid(N_("Choose the campus."), field="campus")
        campus = (await gates.site(edition.id, form.campus)).id
    if scope is not None and (campus is None or form.campus not in scope):
        raise Forbidden(N_("Organisers of a campus speak to their campus."))
    if form.audience == "company":
        company = await db.value("SELECT id FROM company WHERE id = $1 AND edition = $2 AND withdrawn_at IS NULL", form.company, edition.id)
        if company is None:
            raise Invalid(N_("Choose the company."), field="company")
    return announcements.Words(form.audience, form.text_fr, form.text_en, campus, company, form.urgent, form.by_mail)


@post("/control/announcements/{announcement:uuid}/end", status_code=303)
async def end_announcement(request: web.AnyRequest, announcement: FromPath[UUID]) -> Page:
    asker, now = await web.signed_in(request), clock.now()
    await web.form(request, Nothing)
    scope = scope_of(asker)
    _, slug = await announcements.place_of(announcement)
    if scope is not None and slug not in scope:
        raise NotFound(N_("There is no such announcement."))
    try:
        await announcements.end(announcement, by=asker.person, now=now)
    except (Conflict, NotFound) as error:
        raise web.Refused(error, back_to(request, "/control/announce")) from error
    return web.redirect(request, back_to(request, "/control/announce"), N_("Taken back from pages and boards."))


@get("/announcements")
async def fragment(request: web.AnyRequest) -> Page:
    """What is announced to whoever asks, as the part of a page that shows it."""
    return await web.page(request, "live/announced.html")


async def for_page(connection: web.AnyRequest, now: datetime) -> dict[str, Any]:
    """What every page knows: the announcements for its reader, and what an evacuation breaks off. Nothing before the first edition."""
    edition = await editions.current()
    if edition is None:
        return {"announced": [], "interrupted": evacuation.interrupted([], now)}
    every = await announcements.standing(edition.id, now=now)
    said = await announcements.for_person(edition, every, await web.principal(connection), now=now)
    return {"announced": said, "interrupted": evacuation.interrupted(every, now)}


@get("/control/{campus:str}/evacuation")
async def evacuation_page(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    """Before: what the order does, and who is inside. Under way: who is still inside, and the all clear."""
    edition, now = await editions.needed(), clock.now()
    site = await gates.site(edition.id, campus)
    return await web.page(
        request, "live/evacuation.html", edition=edition, site=site, standing=await evacuation.under_way(site.id), inside=await evacuation.inside(site.id),
        touched=await evacuation.touched(edition, site.id, now=now), order=evacuation.ORDER[web.lang_of(request) == "en"].format(number=site.number),
    )  # fmt: skip


@post("/control/{campus:str}/evacuation", status_code=303)
async def evacuate(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    await web.form(request, Nothing)
    site = await gates.site(edition.id, campus)
    try:
        await evacuation.begin(edition, site, by=asker.person, now=now)
    except Conflict as error:
        raise web.Refused(error, f"/control/{campus}/evacuation") from error
    return web.redirect(request, f"/control/{campus}/evacuation", Message(N_("Campus {number} is being evacuated. Everyone is told."), number=site.number), kind="bad")


@post("/control/{campus:str}/evacuation/end", status_code=303)
async def all_clear(request: web.AnyRequest, campus: FromPath[str]) -> Page:
    edition, now, asker = await editions.needed(), clock.now(), await web.signed_in(request)
    await web.form(request, Nothing)
    site = await gates.site(edition.id, campus)
    try:
        await evacuation.end(edition, site, by=asker.person, now=now)
    except Conflict as error:
        raise web.Refused(error, f"/control/{campus}/evacuation") from error
    return web.redirect(request, f"/control/{campus}", Message(N_("All clear at Campus {number}. Doors open again."), number=site.number))


ROUTES = [announce_form, announce, end_announcement, fragment, evacuation_page, evacuate, all_clear]
