"""The pages on which people change their own address."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from forum import clock, web
from forum.access import Principal
from forum.errors import Invalid, TooOften
from forum.i18n import N_
from forum.people import address
from forum.people.forms import AddressForm, CodeForm

Page = Response[Any]


async def _asker(request: web.AnyRequest) -> Principal:
    """Who asks, with every factor they have to show."""
    asker = await web.signed_in(request)
    if asker.factor_missing:
        raise web.SecondFactorNeeded(N_("This page needs your second factor."))
    return asker


async def _address_page(request: web.AnyRequest, error: Invalid | None = None) -> Page:
    asker = await _asker(request)
    return await web.page(
        request, "people/address.html", status=422 if error else 200, recent=await address.is_recent(asker.token_hash, now=clock.now()),
        values=await web.posted(request) if error else {}, faults=web.invalid_page_values(error, web.lang_of(request)) if error else {},
    )  # fmt: skip


@get("/me/address")
async def address_form(request: web.AnyRequest) -> Page:
    return await _address_page(request)


@post("/me/address", status_code=303)
async def ask_address(request: web.AnyRequest) -> Page:
    try:
        form, asker = await web.form(request, AddressForm), await _asker(request)
        if not await address.is_recent(asker.token_hash, now=clock.now()):
            raise Invalid(N_("Sign in again first: an address is changed within fifteen minutes of signing in."), field="email")
        change = await address.ask(asker.person, form.email, now=clock.now())
    except TooOften as error:
        raise web.Refused(error, "/me/address") from error
    except Invalid as error:
        return await _address_page(request, error)
    return web.redirect(request, f"/me/address/{change}")


async def _code_page(request: web.AnyRequest, change: UUID, error: Invalid | None = None) -> Page:
    faults = web.invalid_page_values(error, web.lang_of(request)) if error else {}
    return await web.page(request, "people/address_code.html", status=422 if error else 200, change=change, values={}, faults=faults)


@get("/me/address/{change:uuid}")
async def address_code_form(request: web.AnyRequest, change: FromPath[UUID]) -> Page:
    return await _code_page(request, change)


@post("/me/address/{change:uuid}", status_code=303)
async def prove_address(request: web.AnyRequest, change: FromPath[UUID]) -> Page:
    try:
        form, asker = await web.form(request, CodeForm), await _asker(request)
        await address.prove(asker.person, change, form.code, now=clock.now())
    except TooOften as error:
        raise web.Refused(error, "/me/address") from error
    except Invalid as error:
        return await _code_page(request, change, error)
    return web.redirect(request, "/me", N_("Your address is changed. The old one is told."))


ROUTES = [address_form, ask_address, address_code_form, prove_address]
