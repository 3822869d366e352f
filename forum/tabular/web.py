"""Pages of imports and exports: upload → columns → preview with a diff → all or nothing."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from msgspec import Meta, Struct

from forum import clock, editions, web
from forum.errors import Conflict, Invalid
from forum.i18n import N_, Message
from forum.tabular import drafts
from forum.tabular.reading import MOST_BYTES
from forum.tabular.registry import owner, owners
from forum.tabular.writing import write_list

Page = Response[Any]
SHOWN = 50  # rows of each part of a preview
UPLOAD_MOST = MOST_BYTES + 64 * 1024


class _Button(Struct, forbid_unknown_fields=True):
    """A form that is one button."""


class _Commit(Struct, forbid_unknown_fields=True):
    """The preview that was looked at, by its digest."""

    digest: Annotated[str, Meta(max_length=200)] = ""


async def _start(request: web.AnyRequest, error: Invalid | None = None, kind: str = "") -> Page:
    faults = {kind: error.message.in_language(web.lang_of(request))} if error else {}
    return await web.page(request, "imports/start.html", status=422 if error else 200, kinds=[o.kind for o in owners()], faults=faults)


@get("/organise/imports")
async def imports_page(request: web.AnyRequest) -> Page:
    return await _start(request)


@post("/organise/imports/{kind:str}", status_code=303, request_max_body_size=UPLOAD_MOST)
async def upload(request: web.AnyRequest, kind: FromPath[str]) -> Page:
    asker = await web.signed_in(request)
    owner(kind)
    try:
        name, content = await _file(request)
        draft = await drafts.keep((await editions.needed()).id, kind, name, content, by=asker.person, now=clock.now())
    except Invalid as error:
        return await _start(request, error, kind)
    return web.redirect(request, f"/organise/import/{draft}")


async def _file(request: web.AnyRequest) -> tuple[str, bytes]:
    """The one uploaded file. Raises Invalid when there is none or something else was sent."""
    form = await request.form()
    if set(form) - {"_csrf", "file"}:
        raise Invalid(N_("This form has no such field."))
    given = form.get("file")
    if not isinstance(given, UploadFile) or not given.filename:
        raise Invalid(N_("Choose a file."))
    return given.filename.replace("\0", ""), await given.read()


async def _draft_page(request: web.AnyRequest, which: UUID, faults: dict[str, str] | None = None, given: dict[str, Any] | None = None) -> Page:
    asker = await web.signed_in(request)
    found = await drafts.draft((await editions.needed()).id, which, asker.person)
    look = await drafts.look(found)
    said = {name: fault.in_language(web.lang_of(request)) for name, fault in look.faults.items() if isinstance(fault, Message)}
    return await web.page(
        request, "imports/draft.html", status=422 if faults else 200, draft=found, look=look, faults=faults or {}, missing=said, shown=SHOWN,
        chosen={name: str(at) for name, at in look.mapping.items()} if given is None else given,
    )  # fmt: skip


@get("/organise/import/{draft:uuid}")
async def draft_page(request: web.AnyRequest, draft: FromPath[UUID]) -> Page:
    return await _draft_page(request, draft)


@post("/organise/import/{draft:uuid}", status_code=303)
async def settle(request: web.AnyRequest, draft: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    given = {name.removeprefix("c-"): value for name, value in (await web.posted(request)).items()}
    try:
        mapping = {name: _index(name, value) for name, value in given.items() if value}
        await drafts.settle((await editions.needed()).id, draft, mapping, by=asker.person)
    except Invalid as error:
        return await _draft_page(request, draft, web.invalid_page_values(error, web.lang_of(request)) or {"": str(error)}, given)
    return web.redirect(request, f"/organise/import/{draft}")


def _index(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 3):
        raise Invalid(N_("The file has no such column."), field=name)
    return int(value)


@post("/organise/import/{draft:uuid}/commit", status_code=303)
async def commit(request: web.AnyRequest, draft: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    digest = (await web.form(request, _Commit)).digest
    try:
        stored = await drafts.commit((await editions.needed()).id, draft, digest, by=asker.person, now=clock.now())
    except (Conflict, Invalid) as error:
        raise web.Refused(error, f"/organise/import/{draft}") from error
    said = Message(N_("Imported: {added} added, {changed} changed."), added=len(stored.added), changed=len(stored.changed))
    return web.redirect(request, "/organise/imports", said)


@post("/organise/import/{draft:uuid}/drop", status_code=303)
async def drop(request: web.AnyRequest, draft: FromPath[UUID]) -> Page:
    asker = await web.signed_in(request)
    await web.form(request, _Button)
    await drafts.drop((await editions.needed()).id, draft, by=asker.person)
    return web.redirect(request, "/organise/imports", N_("The import is thrown away; nothing was stored."))


@get("/organise/exports/{kind:str}")
async def export(request: web.AnyRequest, kind: FromPath[str], excel: FromQuery[bool] = False) -> Stream:
    """The list as it would be imported again: comma and UTF-8, or as Excel in French reads it."""
    found = owner(kind)
    edition = await editions.needed()
    records = list((await found.existing(edition.id)).values())
    text: Iterator[str] = write_list(found.kind, records, lang=web.lang_of(request), french_excel=excel)
    name = f"{edition.slug}-{kind}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store", "x-content-type-options": "nosniff"}
    return Stream(text, media_type="text/csv", headers=headers)


ROUTES = [imports_page, upload, draft_page, settle, commit, drop, export]
