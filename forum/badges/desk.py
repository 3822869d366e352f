"""The desk's pages: find a person, print again, replace a lost badge after seeing who it is; paper in quantity for a campus."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from forum import access, clock, db, editions, web
from forum.badges import handouts, history, paper, queries, rules, service
from forum.badges.codes import code_of, number_of, spaced
from forum.badges.model import ROLE_WORDS
from forum.badges.queries import Printed
from forum.badges.web import LAYOUTS, pdf, print_pdf
from forum.errors import Forbidden, Invalid, NotFound
from forum.i18n import N_

Page = Response[Any]
IDENTITIES = ("document", "known")


class SearchForm(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a name, or the eight characters."""

    search: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ReplaceForm(msgspec.Struct, forbid_unknown_fields=True):
    """A lost badge: how the person was recognised, and what is printed."""

    identity: str = ""
    layout: str = "a6"


class OrderForm(msgspec.Struct, forbid_unknown_fields=True):
    """Paper in quantity; an empty campus means the whole edition."""

    what: Annotated[str, msgspec.Meta(pattern="^(badges|pack)$")]
    campus: str = ""
    layout: str = "a4"
    day: date | None = None


async def _badge(badge: UUID) -> Printed:
    """A badge in force. Raises NotFound."""
    found = await queries.by_id(badge)
    if found is None:
        raise NotFound(N_("There is no such badge in force."))
    return found


@get("/badges")
async def desk(request: web.AnyRequest) -> Page:
    """Nobody is listed before somebody is asked for."""
    return await web.page(request, "badges/desk.html", rows=[], search="", faults={})


@post("/badges", status_code=200)
async def search_desk(request: web.AnyRequest) -> Page:
    """By name, or by the eight characters; posted, so that no name stands in an address."""
    edition, search = await editions.needed(), (await web.form(request, SearchForm)).search
    number = number_of(search)
    found = await history.by_number(edition.id, number) if number is not None else await history.by_name(edition.id, search)
    rows = [(person, spaced(code_of(person.number))) for person in found]
    return await web.page(request, "badges/desk.html", rows=rows, search=search, faults={})


@get("/badges/{badge:uuid}")
async def one(request: web.AnyRequest, badge: FromPath[UUID]) -> Page:
    found = await _badge(badge)
    return await web.page(request, "badges/one.html", badge=found, code=spaced(code_of(found.number)), faults={})


@get("/badges/{badge:uuid}/print/{layout:str}")
async def print_one(request: web.AnyRequest, badge: FromPath[UUID], layout: FromPath[str]) -> Page:
    found = await _badge(badge)
    if layout == "agenda":
        edition, asker, now = await editions.needed(), await web.signed_in(request), clock.now()
        await queries.log_print([badge], "agenda", now=now, by=asker.person)
        return pdf(await handouts.agenda(found, edition, now=now), f"agenda-{code_of(found.number)}.pdf")
    if layout not in LAYOUTS:
        raise NotFound(N_("There is no such page."))
    return await print_pdf(request, [found], layout)


@post("/badges/{badge:uuid}/replace", status_code=303)
async def replace(request: web.AnyRequest, badge: FromPath[UUID]) -> Page:
    """Without a word on how the person was recognised, nothing is replaced."""
    form = await web.form(request, ReplaceForm)
    found = await _badge(badge)
    if form.identity not in IDENTITIES:
        faults = {"identity": N_("Say how you recognised the person.")}
        code = spaced(code_of(found.number))
        return await web.page(request, "badges/one.html", status=422, badge=found, code=code, faults={k: _said(request, v) for k, v in faults.items()})
    asker = await web.signed_in(request)
    fresh = await service.replace(badge, secret=request.app.state.secret, now=clock.now(), by=asker.person, why="lost", identity=form.identity)
    return web.redirect(request, f"/badges/{fresh}", N_("The old badge no longer opens any door. Print the new one."))


def _said(request: web.AnyRequest, text: str) -> str:
    return Invalid(text).message.in_language(web.lang_of(request))


# --- paper in quantity ----------------------------------------------------------------------------------------


def _campuses(asker: access.Principal) -> frozenset[str] | None:
    """Slugs of the campuses whose paper the asker orders; None: all of them."""
    return asker.campuses()


@get("/badges/orders")
async def orders(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    mine = _campuses(asker)
    gates = await queries.gates(edition.id, mine)
    campuses = sorted({(gate.campus, gate.campus_slug, gate.campus_name) for gate in gates})
    batches = await handouts.batches(edition.id, mine)
    return await web.page(request, "badges/orders.html", batches=batches, campuses=campuses, whole=mine is None, edition=edition, values={}, faults={})


@post("/badges/orders", status_code=303)
async def order(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    form = await web.form(request, OrderForm)
    mine = _campuses(asker)
    if (mine is not None and form.campus not in mine) or form.layout not in LAYOUTS or (form.what == "pack" and not form.campus):
        raise Invalid(N_("Choose a campus from the list."), field="campus")
    campus = await db.value("SELECT id FROM campus WHERE edition = $1 AND slug = $2 AND removed_at IS NULL", edition.id, form.campus)
    if campus is None and form.campus:
        raise Invalid(N_("Choose a campus from the list."), field="campus")
    await handouts.order(edition.id, form.what, campus=campus, layout=form.layout, day=form.day, now=clock.now(), by=asker.person)
    return web.redirect(request, "/badges/orders", N_("Ordered. It is made in the background; this page shows how far it is."))


@get("/badges/orders/{batch:uuid}/file")
async def order_file(request: web.AnyRequest, batch: FromPath[UUID]) -> Page:
    asker, found = await web.signed_in(request), await handouts.batch(batch)
    mine = _campuses(asker)
    slug = await db.value("SELECT slug FROM campus WHERE id = $1", found.campus) if found.campus else None
    if mine is not None and slug not in mine:
        raise Forbidden(N_("This file belongs to another campus."))
    return pdf(await handouts.file_of(batch), f"{found.what}.pdf")


# --- rules of the doors -----------------------------------------------------------------------------------------


class RuleForm(msgspec.Struct, forbid_unknown_fields=True):
    """Who may enter at some gates; nothing ticked means no limit of that kind."""

    gates: list[UUID]
    days: list[date] = []
    roles: list[str] = []
    opens: str = "00:00"
    closes: str = "24:00"
    once: bool = False
    entries_per_day: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


@get("/door/rules")
async def rule_list(request: web.AnyRequest) -> Page:
    return await _rules_page(request)


async def _rules_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    mine = _campuses(asker)
    lang = web.lang_of(request)
    return await web.page(
        request,
        "badges/rules.html",
        status=422 if error else 200,
        rules=await rules.standing(edition.id, mine),
        gates=await queries.gates(edition.id, mine),
        roles=[(role, paper.role_word(lang, role)) for role in ROLE_WORDS],
        edition=edition,
        values=await web.posted(request, "gates", "days", "roles") if error else {},
        faults=web.invalid_page_values(error, lang) if error else {},
    )


@post("/door/rules", status_code=303)
async def add_rule(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    try:
        form = await web.form(request, RuleForm)
        if not form.gates or not set(form.gates) <= {gate.id for gate in await queries.gates(edition.id, _campuses(asker))}:
            raise Invalid(N_("Choose a gate from the list."), field="gates")
        opens, closes = rules.minute_of(form.opens, "opens"), rules.minute_of(form.closes, "closes")
        limits = {"days": form.days, "roles": form.roles, "reentry": not form.once, "entries": form.entries_per_day}
        await rules.add(form.gates, **limits, opens=opens, closes=closes, now=clock.now(), by=asker.person)  # type: ignore[arg-type]
    except Invalid as error:
        return await _rules_page(request, error)
    return web.redirect(request, "/door/rules", N_("The rule is in force; phones learn it within seconds, or when they are back online."))


@post("/door/rules/{rule:uuid}/remove", status_code=303)
async def remove_rule(request: web.AnyRequest, rule: FromPath[UUID]) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    if rule not in {one.id for one in await rules.standing(edition.id, _campuses(asker))}:
        raise NotFound(N_("There is no such rule."))
    await rules.remove(rule, now=clock.now(), by=asker.person)
    return web.redirect(request, "/door/rules", N_("The rule no longer counts."))


ROUTES = [desk, search_desk, one, print_one, replace, orders, order, order_file, rule_list, add_rule, remove_rule]
