"""Hostile input at every form and parameter: a clear 4xx, never a 5xx, nothing half-written."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

import forum
from forum import access, clock, db, forms
from forum.badges import devices
from forum.rehearsal import make_edition
from tests.helpers import csrf, give_role, sign_client_in

VALUES = ("", "\x00", "a\x00b", "A" * 5_000, "0000-00-00", "0000-01-01", "9999-12-31", "9999-12-31T23:59", "0001-01-01T00:00", "-1", "99999999999999999999", "NaN", "1e309", "\u202e",
          "<script>alert(1)</script>", "'; DROP TABLE person; --", "%00", "../../etc/passwd", "{{7*7}}", "ﷺ" * 50, "🧑‍🚀" * 200, "=cmd()", "true", "null", "[]", "{}", "\ufffd")  # fmt: skip
PATHS = ("x", "%00", "a%00b", "-1", "99999999999999999999", "0000-00-00", "9999-12-31", "00000000-0000-0000-0000-000000000000", "é", "..", "🧑‍🚀", "A" * 3000)
QUERIES = ("page=0", "page=-1", "page=99999999999999999999", "page=x", "q=%00", "q=%ed%a0%80", "on=0000-00-00", "on=9999-12-31", "day=NaN", "lang=%ff", "unknown=1", "q=" + "A" * 5000,
           "since=99999999999999999999", "topics=%00", "campus=%F0%9F%A7%91", "number=1e309", "next=//evil.example", "of=-1")  # fmt: skip
RAW = (b"%ED%A0%80", b"%FF%FE", b"\xff\xfe", b"%00", b"%F0%28%8C%28")  # lone surrogates and broken UTF-8, as only a program sends them
BODIES = (b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"nobody_knows": 1}', b'{"secret": "\\ud800", "lists": [], "nonce": "\\u0000"}', b'{"secret": 1, "lists": {}, "nonce": []}',
          b"[" * 2000, b'{"datetime": "9999-12-31T23:59:59Z", "secret": "' + b"A" * 9000 + b'", "lists": [1]}', b'{"datetime": "0000-01-01T00:00:00Z", "secret": "x", "nonce": "x"}')  # fmt: skip
READS_NOTHING = {"POST /sign-out"}  # ends the sign-in, whatever is sent
LONG = b"a" * 10_000_000


@pytest.fixture
async def organiser(client: httpx.AsyncClient, database: str) -> httpx.AsyncClient:
    """Somebody who may open almost every form."""
    await make_edition(now=clock.now(), campuses=2)
    person = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
    await db.execute("INSERT INTO role (person, name, granted_at, approved_at) VALUES ($1, 'admin', now(), now())", person)
    company = await db.value("SELECT id FROM company LIMIT 1")
    for role in ("recruiter", "company_admin"):
        await give_role(person, role, company=company)
    await give_role(person, "door", campus="1")
    await sign_client_in(client, person)
    return client


def rows(method: str) -> list[tuple[str, str]]:
    """(key, template) of every route of *method* that a person, not a device, calls."""
    return [(key, key.split(" ", 1)[1]) for key in sorted(access.TABLE) if key.startswith(method) and access.DEVICE not in access.TABLE[key].who]


def filled(template: str, value: str) -> str:
    """Every parameter of *template* as *value*, quoted as a browser would."""
    return re.sub(r"{\w+:\w+}", lambda _: str(httpx.URL("/", params={"x": value}).query, "ascii")[2:].replace("+", "%20") or "x", template)


async def real(template: str) -> str:
    """*template* with parameters that exist where there is one of the kind."""
    known = {"campus": "1", "slug": "1", "gate": await db.value("SELECT slug FROM gate ORDER BY slug LIMIT 1"), "room": await db.value("SELECT id FROM room ORDER BY id LIMIT 1"),
             "person": await db.value("SELECT id FROM person ORDER BY email LIMIT 1"), "origin": "1", "destination": "2", "kind": "campuses", "answer": "agree"}  # fmt: skip
    kinds = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "date": "2028-11-16", "path": "x", "str": "1"}
    if template.startswith("/companies/"):
        known["slug"] = await db.value("SELECT slug FROM company ORDER BY slug LIMIT 1")
    return re.sub(r"{(\w+):(\w+)}", lambda m: str(known.get(m[1], kinds[m[2]])), template)


async def everything() -> dict[str, int]:
    """A figure per table that changes when anything in it does; what only says that somebody was here is left out."""
    async with db.connection() as conn:
        tables = [row[0] for row in await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        passing = {"sign_in", "second_factor", "event", "live_state", "job_worker"}  # a second factor is prepared by looking at its page
        return {t: await conn.fetchval(f'SELECT coalesce(sum(hashtext(x::text)::bigint), 0) + count(*) FROM "{t}" x') for t in tables if t not in passing}


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The forms that requests reached, by the request's own mark; the handlers' reader is watched, not replaced."""
    reached: dict[str, Any] = {}
    read = forms.read

    def watched(shape: Any, given: Any) -> Any:
        reached["last"] = shape
        return read(shape, given)

    monkeypatch.setattr(forms, "read", watched)
    return reached


async def test_no_path_parameter_breaks_a_page(organiser: httpx.AsyncClient) -> None:
    broken, met = [], set()
    for n, (key, template) in enumerate(row for row in rows("GET") if "{" in row[1] and "static" not in row[1]):
        for value in PATHS[n % 3 :: 3]:  # a third of the values each; over all pages each value meets many
            answer = await organiser.get(filled(template, value))
            met.add((key, value))
            if answer.status_code >= 500:
                broken.append((template, value, answer.status_code))
    assert broken == []
    assert {value for _, value in met} == set(PATHS)
    assert {key for key, _ in met} == {key for key, template in rows("GET") if "{" in template and "static" not in template}


async def test_no_query_breaks_a_page(organiser: httpx.AsyncClient) -> None:
    broken, met = [], set()
    plain = [row for row in rows("GET") if "{" not in row[1]]
    for n, (key, template) in enumerate(plain):
        for query in QUERIES[n % 6 :: 6]:
            answer = await organiser.get(f"{template}?{query}")
            met.add((key, query))
            if answer.status_code >= 500:
                broken.append((template, query, answer.status_code))
    assert broken == []
    assert ({query for _, query in met}, {key for key, _ in met}) == (set(QUERIES), {key for key, _ in plain})


def forms_of_the_app() -> set[type[msgspec.Struct]]:
    """Every class that a handler reads a posted form into, as the code says: `web.form(request, Shape)`."""
    found: set[type[msgspec.Struct]] = set()
    for path in sorted(Path(forum.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "web.form":
                module = ".".join(path.with_suffix("").relative_to(Path(forum.__file__).parent.parent).parts)
                found.add(getattr(importlib.import_module(module), ast.unparse(node.args[1])))
    return found


def refuses(answer: httpx.Response) -> bool:
    """A 4xx, never a way on."""
    return 400 <= answer.status_code < 500


async def test_every_form_refuses_what_it_does_not_know_and_writes_nothing(organiser: httpx.AsyncClient, shapes: dict[str, Any]) -> None:
    """Each unsafe route gets an unknown field, broken text and files in the place of fields, always with a valid token: 4xx, nothing half-written."""
    token = csrf(await organiser.get("/register"))
    before, wrong, forms_met, asked = await everything(), [], set(), set()
    for key, template in rows("POST"):
        if key in READS_NOTHING:
            continue
        shapes.clear()
        path = await real(template)
        answers = [await organiser.post(path, data={"_csrf": token, "nobody_knows": "1"})]
        shape = shapes.get("last")
        if shape is not None:
            forms_met.add(shape)
        names = [f.encode_name for f in msgspec.structs.fields(shape)] if shape is not None else ["file", "day"]
        for raw in RAW:
            pairs = b"&".join(name.encode() + b"=" + raw for name in (*names, "nobody_knows"))
            answers.append(await organiser.post(path, content=pairs, headers={"x-csrf-token": token, "content-type": "application/x-www-form-urlencoded"}))
        answers.append(await organiser.post(path, data={"_csrf": token}, files=dict.fromkeys((*names, "nobody_knows"), ("x.bin", b"\x00\xff"))))
        answers.append(await organiser.post(path, content=b'{"nobody_knows": 1', headers={"x-csrf-token": token, "content-type": "multipart/form-data; boundary=x"}))
        asked.add(key)
        wrong += [(key, a.status_code) for a in answers[:-1] if not refuses(a)] + [(key, a.status_code) for a in answers[-1:] if a.status_code >= 500]
    assert wrong == []
    after = await everything()
    assert {table for table in before if before[table] != after[table]} == set()
    assert asked == {key for key, _ in rows("POST")} - READS_NOTHING
    assert forms_met == forms_of_the_app()


@pytest.mark.parametrize("way", ["", "/en"])
async def test_a_refused_form_comes_back_as_its_own_page_that_says_why(organiser: httpx.AsyncClient, way: str) -> None:
    """Said by its handler, or known from where the browser was: the page of the form, the sentence on top, the address to reload; without such a page, the sentence and a way home."""
    days = {"_csrf": csrf(await organiser.get("/organise/campus/1")), "day": "2028-11-16", "opens": "18:00", "closes": "09:00"}
    said = await organiser.post(f"{way}/organise/campus/1/days", data=days)
    plain = await organiser.get(f"{way}/organise/campus/1")
    assert (said.status_code, f'<meta name="at" content="{way}/organise/campus/1">' in said.text, plain.status_code) == (422, True, 200)
    assert re.findall("<h1[^>]*>.*?</h1>", said.text, re.DOTALL) == re.findall("<h1[^>]*>.*?</h1>", plain.text, re.DOTALL)
    assert ("notice-bad" in said.text, "notice-bad" in plain.text) == (True, False)
    unknown = {"_csrf": days["_csrf"], "nobody_knows": "1"}
    from_there = await organiser.post(f"{way}/sign-in/link/x", data=unknown, headers={"referer": f"http://forum.test{way}/sign-in/link/x"})
    assert (from_there.status_code, f'action="{way}/sign-in/link/x"' in from_there.text) == (422, True)
    old = await organiser.post(f"{way}/me/details", data={"_csrf": "old"}, headers={"referer": f"http://forum.test{way}/me"})
    assert (old.status_code, f'class="btn btn-go" href="{way}/me"' in old.text) == (403, True)
    for referer in ({}, {"referer": "https://evil.example/sign-in/link/x"}, {"referer": f"http://forum.test{way}/nowhere"}):
        alone = await organiser.post(f"{way}/sign-in/link/x", data=unknown, headers=referer)
        assert (alone.status_code, 'action="/sign-in/link/x"' in alone.text, f'href="{way}/"' in alone.text) == (422, False, True)


async def test_who_was_first_is_a_conflict_for_people_and_programs(organiser: httpx.AsyncClient) -> None:
    token = csrf(await organiser.get("/organise/campus/1"))
    page = await organiser.post("/control/alerts", data={"_csrf": token, "alert": "full:1", "what": "take"})
    program = await organiser.post("/control/alerts", data={"_csrf": token, "alert": "full:1", "what": "take"}, headers={"accept": "application/json"})
    assert (page.status_code, "Cette alerte a déjà disparu." in page.text) == (409, True)
    assert (program.status_code, program.headers["content-type"]) == (409, "application/problem+json")


async def test_control_an_honest_form_is_seen_as_a_change(organiser: httpx.AsyncClient) -> None:
    before = await everything()
    token = csrf(await organiser.get("/me"))
    assert (await organiser.post("/me/details", data={"_csrf": token, "name": "Sofia B", "language": "fr"})).status_code == 303
    after = await everything()
    assert {table for table in before if before[table] != after[table]} == {"person", "registration"}


async def test_no_value_of_any_field_breaks_its_form(organiser: httpx.AsyncClient, shapes: dict[str, Any]) -> None:
    """Each form gets hostile values in the fields it really has; every form meets every value over the turns."""
    token, broken, met = csrf(await organiser.get("/register")), [], set()
    for key, template in rows("POST"):
        if key in READS_NOTHING:
            continue
        shapes.clear()
        path = await real(template)
        await organiser.post(path, data={"_csrf": token, "nobody_knows": "1"})
        shape = shapes.get("last")
        names = [f.encode_name for f in msgspec.structs.fields(shape)] if shape is not None else []
        if not names or shape in met:
            continue  # no field, or a form that was met on another route
        met.add(shape)
        for turn in range(9):
            values = {name: VALUES[(turn * 3 + n * 5) % len(VALUES)] for n, name in enumerate(names)}
            answer = await organiser.post(path, data={"_csrf": token, **values})
            if answer.status_code >= 500:
                broken.append((key, values, answer.status_code))
    assert broken == []
    assert met == {shape for shape in forms_of_the_app() if msgspec.structs.fields(shape)}


async def test_ten_megabytes_are_refused_at_every_door(organiser: httpx.AsyncClient) -> None:
    token, wrong = csrf(await organiser.get("/register")), []
    bigger = {"POST /organise/imports/{kind:str}", "POST /organise/travel/timetable"}  # take files of that size; as anything but a file it is refused
    for key, template in rows("POST"):
        if key in READS_NOTHING:
            continue
        headers = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": token}
        status = (await organiser.post(await real(template), content=b"name=" + LONG, headers=headers)).status_code
        if not 400 <= status < 500 if key in bigger else status not in {403, 404, 413}:
            wrong.append((key, status))
    assert wrong == []


async def test_programs_get_problems_they_can_read_whatever_they_send(organiser: httpx.AsyncClient) -> None:
    """Every route of the door devices, with an enrolled device's token, and those of people that speak JSON."""
    edition, gate = await db.value("SELECT id FROM edition"), await db.value("SELECT id FROM gate LIMIT 1")
    _, enrolment = await devices.create(edition, "Téléphone", [gate], "supervisor", now=clock.now(), by=None)
    _, token = await devices.enrol(enrolment, now=clock.now())
    csrf_token = csrf(await organiser.get("/register"))
    before, wrong, asked = await everything(), [], set()
    programs = [key for key in sorted(access.TABLE) if key.partition(" ")[2].startswith("/api/") and "schema" not in key]
    for key in programs:
        method, template = key.split(" ", 1)
        path = re.sub(r"{\w+:(\w+)}", lambda m: {"uuid": str(gate), "int": "1"}.get(m[1], "forum"), template)
        headers = {"authorization": f"Device {token}", "content-type": "application/json", "x-csrf-token": csrf_token}
        for body in BODIES if method == "POST" else (b"",):
            answer = await organiser.request(method, path, content=body, headers=headers)
            asked.add(key)
            if answer.status_code >= 500 or "json" not in answer.headers["content-type"] or (method == "POST" and answer.status_code < 400):
                wrong.append((key, body[:40], answer.status_code, answer.headers["content-type"]))
        for value in ("", "é", "Device", "Device é", "Device " + "x" * 9000, "Bearer x", "Device \x7f"):
            answer = await organiser.request(method, path, content=b"{}", headers={"authorization": value.encode(), "content-type": "application/json"})
            if not 400 <= answer.status_code < 500 and access.DEVICE in access.TABLE[key].who:
                wrong.append((key, value[:20], answer.status_code, ""))
    assert wrong == []
    assert asked == set(programs)
    after = await everything()
    assert {table for table in before if before[table] != after[table]} - {"door_device", "campus_inside", "check_in_evidence"} == set()  # last seen, a zero, unreadable scans kept as evidence


@pytest.mark.parametrize("token", ["é", "x" * 64])
async def test_no_form_of_the_house_takes_a_hostile_token(organiser: httpx.AsyncClient, token: str) -> None:
    taken = []
    for key, template in rows("POST"):
        path = await real(template)
        for answer in (await organiser.post(path, data={"_csrf": token}), await organiser.post(path, files={"_csrf": ("x.txt", token.encode())})):
            if answer.status_code != 403:
                taken.append((key, answer.status_code))
    assert taken == []


@pytest.mark.parametrize("token", ["", "é", "x" * 64, "\x7f" * 64, "0" * 64])
async def test_a_hostile_token_is_refused_politely(organiser: httpx.AsyncClient, token: str) -> None:
    assert (await organiser.post("/register", data={"_csrf": token})).status_code == 403
    assert (await organiser.post("/register", headers={"x-csrf-token": token.encode("utf-8") or b"-"})).status_code == 403


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
    for path in ("/api/schema/x", "/api/schema/openapi.yaml", "/api/schema/a/b"):
        unknown = await organiser.get(path)
        assert (path, unknown.status_code, unknown.headers["content-type"]) == (path, 404, "application/problem+json")
    person = await organiser.get("/en/nowhere")
    assert (person.status_code, "<html lang=\"en\">" in person.text) == (404, True)
