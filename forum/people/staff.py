"""Organisers' pages about people: who asks for a role, finding a person, giving and ending roles."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, editions, web
from forum.errors import Invalid, NotFound
from forum.i18n import N_
from forum.people import queries, roles, second_factor
from forum.people.forms import EmptyForm, GrantForm, SearchForm
from forum.people.vocabulary import ROLE_WORDS

Page = Response[Any]


@get("/organise")
async def organise(request: web.AnyRequest) -> Page:
    """Where organisers start: what waits for them and the tools of the house."""
    edition = await editions.needed()
    return await web.page(request, "people/organise.html", edition=edition, waiting=len(await roles.asked(edition.id)))


@get("/organise/requests")
async def requests(request: web.AnyRequest) -> Page:
    edition = await editions.needed()
    return await web.page(request, "people/requests.html", edition=edition, asked=await roles.asked(edition.id), role_words=ROLE_WORDS)


@post("/organise/requests/{role:uuid}/approval", status_code=303)
async def approve(request: web.AnyRequest, role: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    await roles.approve(role, by=await web.signed_in(request), now=clock.now())
    return web.redirect(request, "/organise/requests", N_("Approved; they are told by mail."))


@post("/organise/requests/{role:uuid}/refusal", status_code=303)
async def decline(request: web.AnyRequest, role: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    await roles.decline(role, by=await web.signed_in(request), now=clock.now())
    return web.redirect(request, "/organise/requests", N_("Declined; their registration stands as a visit, and they are told by mail."))


@get("/organise/people")
async def people(request: web.AnyRequest) -> Page:
    return await _people_page(request, SearchForm())


@post("/organise/people", status_code=200)
async def search(request: web.AnyRequest) -> Page:
    """A form that posts: a name looked for never stands in an address, a history or a log."""
    return await _people_page(request, await web.form(request, SearchForm))


async def _people_page(request: web.AnyRequest, asked: SearchForm) -> Page:
    edition = await editions.needed()
    found, count = await queries.find_people(edition.id, asked.q, offset=(asked.page - 1) * queries.PAGE)
    pages = max(1, -(-count // queries.PAGE))
    return await web.page(request, "people/people.html", edition=edition, found=found, count=count, q=asked.q, number=asked.page, pages=pages, role_words=ROLE_WORDS)


async def _person_page(request: web.AnyRequest, person: UUID, error: Invalid | None = None) -> Page:
    edition = await editions.needed()
    found = await queries.person_found(edition.id, person)
    if found is None:
        raise NotFound(N_("There is no such person."))
    return await web.page(
        request, "people/person.html", status=422 if error else 200, edition=edition, person=found, roles=await queries.roles_of(person), role_words=ROLE_WORDS,
        campuses=await queries.campus_names(edition.id), values=await web.posted(request) if error else {},
        faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@get("/organise/people/{person:uuid}")
async def person_page(request: web.AnyRequest, person: FromPath[UUID]) -> Page:
    return await _person_page(request, person)


@post("/organise/people/{person:uuid}/roles", status_code=303)
async def grant(request: web.AnyRequest, person: FromPath[UUID]) -> Page:
    try:
        form = await web.form(request, GrantForm)
        await roles.grant(await editions.needed(), person, form.role, form.campus, by=await web.signed_in(request), now=clock.now())
    except Invalid as error:
        return await _person_page(request, person, error)
    return web.redirect(request, f"/organise/people/{person}", N_("The role is given."))


@post("/organise/roles/{role:uuid}/end", status_code=303)
async def end_role(request: web.AnyRequest, role: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    person = await roles.end(role, by=await web.signed_in(request), now=clock.now())
    return web.redirect(request, f"/organise/people/{person}", N_("The role has ended; the person is signed out."))


@post("/organise/people/{person:uuid}/second-factor/removal", status_code=303)
async def remove_second_factor(request: web.AnyRequest, person: FromPath[UUID]) -> Page:
    await web.form(request, EmptyForm)
    await second_factor.forget(person, by=(await web.signed_in(request)).person, now=clock.now())
    return web.redirect(request, f"/organise/people/{person}", N_("The second factor is removed; they set up a new one at the next sign-in."))


ROUTES = [organise, requests, approve, decline, people, search, person_page, grant, end_role, remove_second_factor]
