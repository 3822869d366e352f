"""The house stands: routes have rows, pages answer, a person registers, confirms and signs in."""

import re

import httpx
import pytest
from litestar import Litestar

from forum import access, clock, db
from forum.rehearsal import make_edition


@pytest.fixture
async def edition(database: str) -> None:
    await make_edition(now=clock.now(), campuses=3)


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text[:2000]
    return found[1]


async def test_every_route_has_a_row_in_the_access_table_and_every_row_a_route(app: Litestar) -> None:
    served = {f"{method} {route.path}" for route in app.routes for method in getattr(route, "methods", ()) if method not in {"OPTIONS", "HEAD"}}
    assert served - set(access.TABLE) == set()


async def _latest_mail(template: str) -> dict[str, str]:
    import msgspec

    return msgspec.json.decode(await db.value("SELECT facts FROM mail WHERE template = $1 ORDER BY created_at DESC LIMIT 1", template))


async def test_a_person_registers_confirms_and_is_signed_in(client: httpx.AsyncClient, edition: None) -> None:
    page = await client.get("/register")
    assert page.status_code == 200
    day = re.search(r'value="(\d{4}-\d\d-\d\d:[^"]+)"', page.text)[1]
    form = {"_csrf": csrf(page), "name": "Zoé Test", "email": "zoe@example.org", "purpose": "candidate", "days": day, "skills": "Python, SQL"}
    answer = await client.post("/register", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/done")
    link = (await _latest_mail("confirm"))["link"]
    opened = await client.get(link)
    assert (
        await db.value("SELECT count(*) FROM registration WHERE confirmed_at IS NOT NULL AND person = (SELECT id FROM person WHERE email = 'zoe@example.org')")
        == 0
    )
    done = await client.post(link, data={"_csrf": csrf(opened)})
    assert (done.status_code, done.headers["location"]) == (303, "/badge")
    assert "forum_sign_in" in client.cookies
    assert (await client.post(link, data={"_csrf": csrf(await client.get("/register"))})).status_code == 404


async def test_a_form_without_its_token_is_refused(client: httpx.AsyncClient, edition: None) -> None:
    assert (await client.post("/register", data={"name": "x"})).status_code == 403


async def test_a_code_signs_in_once_in_the_browser_that_asked(client: httpx.AsyncClient, edition: None) -> None:
    page = await client.get("/en/sign-in")
    asked = await client.post("/en/sign-in", data={"_csrf": csrf(page), "email": "anh@example.org", "next": "/day"})
    assert asked.status_code == 303
    code_page = asked.headers["location"]
    code = (await _latest_mail("sign_in"))["code"]
    opened = await client.get(code_page)
    wrong = await client.post(
        code_page.partition("?")[0], data={"_csrf": csrf(opened), "code": "00000000" if code != "0000 0000" else "11111111", "next": "/day"}
    )
    assert wrong.status_code == 422
    right = await client.post(code_page.partition("?")[0], data={"_csrf": csrf(opened), "code": code, "next": "/day"})
    assert (right.status_code, right.headers["location"]) == (303, "/en/day")
