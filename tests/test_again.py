"""What was typed survives a sign-in or a token that ran out meanwhile, and only when our own page sent it."""

import re

import httpx
import pytest
from lxml import html

from forum import clock, db
from forum.rehearsal import make_edition
from tests.helpers import csrf, make_person, sign_client_in

OURS = {"origin": "http://forum.test", "sec-fetch-site": "same-origin"}
TYPED = {"name": "Zoé", "email": "zoe@example.org", "about": "une ligne\r\nune autre, avec « guillemets » & <b>"}


@pytest.fixture
async def visitor(client: httpx.AsyncClient, database: str) -> httpx.AsyncClient:
    await make_edition(now=clock.now(), campuses=2)
    return client


def kept(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page's own form, without the token."""
    fields = html.fromstring(page.text).xpath("//main//form//input[@type='hidden']")
    return {field.get("name"): field.get("value") for field in fields if field.get("name") != "_csrf"}


async def test_a_form_whose_sign_in_ran_out_is_kept_and_sent_after_the_next_one(visitor: httpx.AsyncClient) -> None:
    lost = await visitor.post("/me/details", data={"_csrf": "of the sign-in that ended", "name": "Zoé Neuve"}, headers=OURS)
    assert (lost.status_code, kept(lost)) == (401, {"name": "Zoé Neuve"})
    assert 'href="/sign-in" target="_blank"' in lost.text
    person = await make_person("Zoé")
    await sign_client_in(visitor, person)
    again = await visitor.post("/me/details", data={"_csrf": csrf(lost), **kept(lost)}, headers=OURS)
    assert (again.status_code, kept(again), "au nom de Zoé" in again.text) == (403, {"name": "Zoé Neuve"}, True)
    sent = await visitor.post("/me/details", data={"_csrf": html.fromstring(again.text).xpath("//main//input[@name='_csrf']/@value")[0], **kept(again)}, headers=OURS)
    assert sent.status_code in (303, 422), "the handler has it"


async def test_every_character_and_the_query_come_back(visitor: httpx.AsyncClient) -> None:
    stale = await visitor.post("/en/register?from=home", data={"_csrf": "stale", **TYPED}, headers=OURS)
    assert stale.status_code == 403
    assert {name: re.sub(r"\r?\n", "\r\n", value) for name, value in kept(stale).items()} == TYPED
    assert html.fromstring(stale.text).xpath("//main//form/@action") == ["/en/register?from=home"]


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site", "origin": "http://forum.test"}, {"sec-fetch-site": "same-origin"}])
async def test_control_what_another_site_filled_in_is_not_offered_again(visitor: httpx.AsyncClient, headers: dict[str, str]) -> None:
    refused = await visitor.post("/register", data={"_csrf": "x", "name": "evil"}, headers=headers)
    assert (refused.status_code, "evil" in refused.text) == (403, False)
    assert await db.value("SELECT count(*) FROM person WHERE name = 'evil'") == 0


async def test_nothing_typed_and_files_get_the_usual_page(visitor: httpx.AsyncClient) -> None:
    bare = await visitor.post("/register", data={"_csrf": "x"}, headers=OURS)
    files = await visitor.post("/organise/imports/campuses", files={"file": ("a.csv", b"x")}, data={"_csrf": "x"}, headers=OURS)
    assert [("target=\"_blank\"" in page.text, page.status_code) for page in (bare, files)] == [(False, 403), (False, 401)]
