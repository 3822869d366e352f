"""Hostile input at every form and parameter: a clear 4xx, never a 5xx, nothing half-written."""

import re

import httpx
import pytest
from litestar import Litestar

from forum import access, clock, db
from forum.rehearsal import make_edition
from tests.helpers import csrf, sign_client_in

VALUES = ["", "\x00", "a\x00b", "A" * 5_000, "0000-00-00", "9999-99-99", "-1", "99999999999999999999", "NaN", "1e309", "\u202e", "<script>alert(1)</script>", "'; DROP TABLE person; --",
          "%00", "../../etc/passwd", "{{7*7}}", "ﷺ" * 50, "🧑‍🚀" * 200, "=cmd()", "true", "null", "[]", "{}"]  # fmt: skip


FIELDS = ("name", "email", "days", "version", "code", "next", "number", "title", "day", "opens", "latitude", "minutes", "capacity", "slug", "nobody_knows")


@pytest.fixture
async def organiser(client: httpx.AsyncClient, database: str) -> httpx.AsyncClient:
    """Somebody who may open almost every form."""
    await make_edition(now=clock.now(), campuses=2)
    person = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
    await db.execute("INSERT INTO role (person, name, granted_at, approved_at) VALUES ($1, 'admin', now(), now())", person)
    await sign_client_in(client, person)
    return client


def filled(template: str, value: str) -> str:
    """Every parameter of *template* as *value*, quoted as a browser would."""
    return re.sub(r"{\w+:\w+}", lambda _: str(httpx.URL("/", params={"x": value}).query, "ascii")[2:].replace("+", "%20") or "x", template)


@pytest.mark.parametrize("value", ["x", "%00", "a%00b", "-1", "99999999999999999999", "0000-00-00", "9999-12-31", "00000000-0000-0000-0000-000000000000", "é", "..", "🧑‍🚀", "A" * 3000])
async def test_no_path_parameter_breaks_a_page(organiser: httpx.AsyncClient, value: str) -> None:
    broken = []
    for key in sorted(access.TABLE):
        method, template = key.split(" ", 1)
        if method == "GET" and "{" in template and "static" not in template:
            answer = await organiser.get(filled(template, value))
            if answer.status_code >= 500:
                broken.append((template, answer.status_code))
    assert broken == []


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=99999999999999999999", "page=x", "q=%00", "q=%ed%a0%80", "on=0000-00-00", "on=9999-12-31", "day=NaN", "lang=%ff", "unknown=1", "q=" + "A" * 5000])
async def test_no_query_breaks_a_page(organiser: httpx.AsyncClient, query: str) -> None:
    broken = []
    for key in sorted(access.TABLE):
        method, template = key.split(" ", 1)
        if method == "GET" and "{" not in template and template != "/metrics":
            answer = await organiser.get(f"{template}?{query}")
            if answer.status_code >= 500:
                broken.append((template, answer.status_code))
    assert broken == []


async def test_no_field_of_any_form_breaks_it(organiser: httpx.AsyncClient) -> None:
    """Each unsafe route gets known and unknown fields filled with hostile values, with a valid token."""
    token = csrf(await organiser.get("/register"))
    before = await db.value("SELECT count(*) FROM person")
    broken = []
    for key in sorted(access.TABLE):
        method, template = key.split(" ", 1)
        if method != "POST" or template in {"/me/erase", "/sign-out", "/me/cancel"} or access.DEVICE in access.TABLE[key].who:
            continue
        path = re.sub(r"{(\w+):(\w+)}", lambda m: {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "date": "2028-11-16"}.get(m[2], "1"), template)
        for turn in range(len(VALUES) // 4):  # every field meets a quarter of the values here, and all of them over the routes
            values = {field: VALUES[(n * 5 + turn * 4 + len(path)) % len(VALUES)] for n, field in enumerate(FIELDS)}
            answer = await organiser.post(path, data={"_csrf": token, **values})
            if answer.status_code >= 500:
                broken.append((path, values, answer.status_code))
                break
    assert broken == []
    assert await db.value("SELECT count(*) FROM person") == before


@pytest.mark.parametrize("token", ["", "é", "x" * 64, "\x7f" * 64, "0" * 64])
async def test_a_hostile_token_is_refused_politely(organiser: httpx.AsyncClient, token: str) -> None:
    assert (await organiser.post("/register", data={"_csrf": token})).status_code == 403
    assert (await organiser.post("/register", headers={"x-csrf-token": token.encode("utf-8") or b"-"})).status_code == 403


async def test_a_token_sent_as_a_file_is_refused(organiser: httpx.AsyncClient) -> None:
    assert (await organiser.post("/register", files={"_csrf": ("x.txt", b"token")})).status_code == 403


async def test_a_token_of_another_visitor_is_worth_nothing(organiser: httpx.AsyncClient, app: Litestar) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test") as other:
        stolen = csrf(await other.get("/register"))
    assert (await organiser.post("/me/details", data={"_csrf": stolen, "name": "X", "language": "fr"})).status_code == 403


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "null"}])
async def test_a_form_sent_from_another_site_is_refused_even_with_its_token(organiser: httpx.AsyncClient, headers: dict[str, str]) -> None:
    token = csrf(await organiser.get("/register"))
    assert (await organiser.post("/me/details", data={"_csrf": token, "name": "X", "language": "fr"}, headers=headers)).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "forum.test.evil.example", "forum.test:99", "", "a/b?c", "forum.test@evil"])
async def test_a_forged_host_gets_400_and_no_link(organiser: httpx.AsyncClient, host: str) -> None:
    answer = await organiser.get("/", headers={"host": host})
    assert (answer.status_code, "evil" in answer.text) == (400, False)


async def test_forwarded_headers_of_strangers_change_nothing(organiser: httpx.AsyncClient) -> None:
    plain = await organiser.get("/.well-known/security.txt")
    forged = await organiser.get("/.well-known/security.txt", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1"})
    assert plain.text == forged.text


async def test_a_body_over_the_limit_is_refused_without_being_kept(organiser: httpx.AsyncClient) -> None:
    answer = await organiser.post("/register", content=b"name=" + b"a" * 10_000_000, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413


@pytest.mark.parametrize("cookie", ["evil", "é", "x" * 10_000, "%00", "a; b=c"])
async def test_a_hostile_cookie_is_nobody(client: httpx.AsyncClient, database: str, cookie: str) -> None:
    await make_edition(now=clock.now(), campuses=2)
    answer = await client.get("/me", headers={"cookie": f"forum_sign_in={cookie}".encode()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/me")


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/ok\r\nset-cookie: x=1"])
async def test_next_never_leads_elsewhere(client: httpx.AsyncClient, database: str, where: str) -> None:
    await make_edition(now=clock.now(), campuses=2)
    page = await client.get("/sign-in", params={"next": where})
    asked = await client.post("/sign-in", data={"_csrf": csrf(page), "email": "anh@example.org", "next": where})
    assert asked.headers["location"].startswith("/sign-in/")
    assert "evil" not in asked.headers["location"].partition("next=")[2] or asked.headers["location"].partition("next=")[2].startswith("/")
    assert "set-cookie: x" not in str(asked.headers)


async def test_every_answer_carries_the_security_headers(organiser: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere", "/healthz", "/api/nowhere", "/static/nothing.js"):
        headers = (await organiser.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


async def test_problems_are_json_for_programs_and_a_page_for_people(organiser: httpx.AsyncClient) -> None:
    program = await organiser.get("/api/nowhere", headers={"accept-language": "en"})
    assert (program.status_code, program.headers["content-type"]) == (404, "application/problem+json")
    assert set(program.json()) >= {"type", "title", "status"}
    person = await organiser.get("/en/nowhere")
    assert (person.status_code, "<html lang=\"en\">" in person.text) == (404, True)
