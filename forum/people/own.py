"""Pages about oneself: my registration, days, profile, roles, data; a guardian's page; a referent's group."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.errors import Invalid, NotFound
from forum.i18n import N_, Message
from forum.people import changes, groups, own_values, privacy, proving, queries, registration
from forum.people.forms import DaysForm, DetailsForm, EmptyForm, GroupForm, KeepForm, ProfileForm, VersionForm
from forum.people.model import Registration
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, ROLE_WORDS, TARGET_ROLES
from forum.sign_ins import digest

Page = Response[Any]


async def _mine(request: web.AnyRequest) -> Registration:
    asker, edition = await web.signed_in(request), await editions.needed()
    found = await queries.registration(asker.person, edition.id)
    if found is None:
        raise NotFound(N_("You are not registered for this edition."))
    return found


async def _me_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    """The page; after *error* the one of its forms that was sent has what was typed."""
    asker, edition = await web.signed_in(request), await editions.needed()
    mine = await queries.registration(asker.person, edition.id)
    return await web.page(
        request, "people/me.html", status=422 if error else 200, edition=edition, registration=mine,
        unanswered=await queries.unanswered(asker.person, now=clock.now()), campuses=await queries.open_campuses(edition.id),
        profile=await queries.profile(mine.id) if mine else None, keeps=await privacy.keeps(asker.person), roles=await queries.roles_of(asker.person), role_words=ROLE_WORDS,
        target_roles=TARGET_ROLES, languages_spoken=LANGUAGES_SPOKEN, contracts=CONTRACTS, levels=LEVELS,
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
        sent=request.url.path.rpartition("/")[2] if error else "",
        values=await web.posted(request, "days", "target_roles", "languages", "contracts") if error else {},
    )  # fmt: skip


@get("/me")
async def me(request: web.AnyRequest) -> Page:
    return await _me_page(request)


@post("/me/days", status_code=303)
async def change_days(request: web.AnyRequest) -> Page:
    try:
        form = await web.form(request, DaysForm)
        await changes.change_days(await editions.needed(), (await _mine(request)).id, form.days, version=form.version, now=clock.now())
    except Invalid as error:
        return await _me_page(request, error)
    return web.redirect(request, "/me", N_("Your days are changed."))


@post("/me/details", status_code=303)
async def change_details(request: web.AnyRequest) -> Page:
    try:
        form = await web.form(request, DetailsForm)
    except Invalid as error:
        return await _me_page(request, error)
    asker = await web.signed_in(request)
    await changes.change_details(asker.person, asker.registration, form)
    return web.redirect(request, "/me", N_("Saved."))


@post("/me/profile", status_code=303)
async def change_profile(request: web.AnyRequest) -> Page:
    try:
        form = await web.form(request, ProfileForm)
    except Invalid as error:
        return await _me_page(request, error)
    await changes.declare((await _mine(request)).id, form)
    return web.redirect(request, "/me", N_("Saved. Suggestions follow what you declare here, nothing else."))


@get("/me/cancel")
async def ask_cancel(request: web.AnyRequest) -> Page:
    return await web.page(request, "people/cancel.html", registration=await _mine(request))


@post("/me/cancel", status_code=303)
async def cancel(request: web.AnyRequest) -> Page:
    form = await web.form(request, VersionForm)
    await changes.cancel((await _mine(request)).id, version=form.version, now=clock.now())
    return web.redirect(request, "/me", N_("Your registration is cancelled. You can take it up again."))


@post("/me/confirm", status_code=303)
async def confirm(request: web.AnyRequest) -> Page:
    """Say that one comes: a referent registered the asker, who signed in before opening the mail."""
    await web.form(request, EmptyForm)
    await proving.joins_all((await web.signed_in(request)).person, now=clock.now())
    return web.redirect(request, "/me", N_("Confirmed: you are expected."))


@post("/me/take-up", status_code=303)
async def take_up(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    await changes.take_up_again((await _mine(request)).id, now=clock.now())
    return web.redirect(request, "/me", N_("Your registration stands again. Choose your days."))


# --- one's data ---------------------------------------------------------------------------------------------


@get("/me/data")
async def my_data(request: web.AnyRequest) -> Page:
    """Everything Forum knows of the asker, to read."""
    asker, edition = await web.signed_in(request), await editions.needed()
    known = own_values.cards(web.lang_of(request), edition.zone, await privacy.export(asker.person))
    return await web.page(request, "people/data.html", known=known, edition=edition)


@get("/me/data.json")
async def my_data_file(request: web.AnyRequest) -> Response[bytes]:
    """The same, to take along."""
    asker = await web.signed_in(request)
    body = msgspec.json.format(msgspec.json.encode(await privacy.export(asker.person)), indent=2)
    return Response(body, media_type="application/json", headers={"content-disposition": 'attachment; filename="forum.json"', "cache-control": "no-store"})


@post("/me/keep", status_code=303)
async def keep(request: web.AnyRequest) -> Page:
    form = await web.form(request, KeepForm)
    await privacy.keep((await web.signed_in(request)).person, form.keep, now=clock.now())
    return web.redirect(request, "/me", N_("Saved."))


@get("/me/erase")
async def ask_erase(request: web.AnyRequest) -> Page:
    return await web.page(request, "people/erase.html")


@post("/me/erase", status_code=303)
async def erase(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    await privacy.erase((await web.signed_in(request)).person, now=clock.now())
    response = web.redirect(request, "/", N_("Your data is erased."))
    response.delete_cookie(web.cookie_name(web.settings_of(request), "forum_sign_in"), path="/")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


# --- a guardian ---------------------------------------------------------------------------------------------


@get("/guardian/{token:str}")
async def guardian_page(request: web.AnyRequest, token: FromPath[str]) -> Page:
    """When and where the visit is, and whether it is agreed, to whoever holds the link of the mail."""
    return await web.page(request, "people/guardian.html", token=token, visit=await _visit(token))


@post("/guardian/{token:str}", status_code=303)
async def guardian_agrees(request: web.AnyRequest, token: FromPath[str]) -> Page:
    await web.form(request, EmptyForm)
    if not (await _visit(token)).agreed:  # pressed twice, or again after a step back: it stays agreed
        await registration.guardian_agrees(token, now=clock.now())
    return web.redirect(request, f"/guardian/{token}", N_("Thank you: the visit is confirmed."))


async def _visit(token: str) -> queries.Visit:
    visit = await queries.visit_of(digest(token), now=clock.now())
    if visit is None:
        raise NotFound(N_("This link has been used or is too old. Ask for a new one at the desk."))
    return visit


# --- a group ------------------------------------------------------------------------------------------------


async def _group_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    return await web.page(
        request, "people/group.html", status=422 if error else 200, edition=edition, campuses=await queries.open_campuses(edition.id),
        groups=await queries.groups_of((await web.signed_in(request)).person, now=clock.now()),
        values=await web.posted(request, "days") if error else {}, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@get("/group")
async def group_form(request: web.AnyRequest) -> Page:
    return await _group_page(request)


@post("/group", status_code=303)
async def register_group(request: web.AnyRequest) -> Page:
    asker, edition = await web.signed_in(request), await editions.needed()
    try:
        form = await web.form(request, GroupForm)
        made = await groups.register_group(edition, form, by=asker, lang=web.lang_of(request), now=clock.now())
    except Invalid as error:
        return await _group_page(request, error)
    return web.redirect(request, "/group", Message(N_("{count} people are invited: each confirms with one click."), count=made))


ROUTES = [me, change_days, change_details, change_profile, ask_cancel, cancel, confirm, take_up, my_data, my_data_file, keep, ask_erase, erase, guardian_page, guardian_agrees,
          group_form, register_group]  # fmt: skip
