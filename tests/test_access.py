"""The access table against the running application: every route × every role, made from the table itself."""

import re
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from forum import access, clock, db
from forum.access import Grant, Principal, Rule, rule
from forum.rehearsal import make_edition
from forum.settings import Settings
from tests.helpers import give_role, make_person, sign_client_in
from tests.live.serving import running

ROLES = ("nobody", "visitor", "recruiter", "speaker", "door", "campus_organiser", "other_campus_organiser", "forum_organiser", "admin")
FILL = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "date": "2028-11-16", "path": "x", "str": "1"}


def routes() -> list[str]:
    return sorted(access.TABLE)


def filled(template: str, campus_in: str) -> str:
    """*template* with harmless parameters; the campus parameter is the campus of the campus roles, number 1."""
    return re.sub(r"{(\w+):(\w+)}", lambda m: "1" if m[1] == campus_in else FILL[m[2]], template)


async def test_every_route_has_a_row_and_every_row_a_route(app: Litestar) -> None:
    served = {f"{method} {route.path}" for route in app.routes for method in getattr(route, "methods", ()) if method not in {"OPTIONS", "HEAD"}} | {
        f"GET {route.path}" for route in app.routes if not hasattr(route, "methods")
    }
    served = {re.sub(r"{(\w+):\w+}", r"{\1}", r) for r in served}
    rows = {re.sub(r"{(\w+):\w+}", r"{\1}", r) for r in access.TABLE}
    sockets = {"GET /live"}  # a WebSocket: it checks Origin, topics and rights itself
    assert (served - rows - sockets, rows - served) == (set(), set())


@pytest.fixture
async def cast(database: str) -> dict[str, UUID | None]:
    """One person per role."""
    await make_edition(now=clock.now(), campuses=2)
    company = await db.value("SELECT id FROM company LIMIT 1")
    people: dict[str, UUID | None] = {"nobody": None}
    for role in ROLES[1:]:
        person = await make_person(role)
        people[role] = person
        name = role.removeprefix("other_")
        if name == "recruiter":
            await give_role(person, name, company=company)
        elif name in {"door", "campus_organiser"}:
            await give_role(person, name, campus="2" if role.startswith("other_") else "1")
        elif name != "visitor":
            await give_role(person, name)
    return people


def expected(row: Rule, role: str) -> bool:
    """What the table says, computed apart from the guard: by set membership on the row."""
    if access.ANYONE in row.who:
        return True
    if role == "nobody":
        return False
    if access.SIGNED_IN in row.who:
        return True
    name = role.removeprefix("other_")
    if role == "other_campus_organiser" and row.campus_in:
        return False
    return name in row.who


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_opens_for_exactly_the_roles_of_its_row(
    client: httpx.AsyncClient, app: Litestar, cast: dict[str, UUID | None], caplog: pytest.LogCaptureFixture, role: str
) -> None:
    """The guard notes its own refusals, so that a page's own "not found" is not taken for one. Forms without a token stop after the roles."""
    caplog.set_level("INFO", "forum.web")
    person = cast[role]
    if person is not None:
        await sign_client_in(client, person)
    wrong: list[str] = []
    for key in routes():
        row = access.TABLE[key]
        if access.DEVICE in row.who or access.ANYONE in row.who or "/sign-out" in key:
            continue  # nobody is stopped by the table; a device's token is its handler's matter
        caplog.clear()
        method, template = key.split(" ", 1)
        answer = await client.request(method, filled(template, row.campus_in), headers={"accept": "application/json"})
        refused = answer.headers["x-request-id"] in {r.__dict__.get("request_id") for r in caplog.records if r.message.startswith("refused")}
        if refused == expected(row, role):
            wrong.append(f"{role} {key}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", ["nobody", "forum_organiser"])
async def test_head_says_what_get_says_and_sends_no_body(settings: Settings, cast: dict[str, UUID | None], role: str) -> None:
    """On one connection of a real server: a body after HEAD would be read as the next answer."""
    wrong: list[str] = []
    async with running(settings) as here, httpx.AsyncClient(base_url=here.origin, limits=httpx.Limits(max_connections=1)) as client:
        if person := cast[role]:
            await sign_client_in(client, person)
            client.cookies = httpx.Cookies({"forum_sign_in": client.cookies["forum_sign_in"]})
        for key in routes():
            method, template = key.split(" ", 1)
            address = filled(template, access.TABLE[key].campus_in)
            if method != "GET" or template.startswith("/metrics"):
                continue
            head, get = await client.head(address), await client.get(address)
            said = [(a.status_code, a.headers["content-type"] if "location" not in a.headers else a.headers["location"]) for a in (head, get)]
            if said[0] != said[1] or head.content or said[0][1].count("charset") > 1:
                wrong.append(f"{role} {key}: {said}")
    assert wrong == []


async def test_head_is_as_long_as_the_page_and_a_form_takes_neither(client: httpx.AsyncClient, database: str) -> None:
    client.headers["accept-encoding"] = "identity"
    head, get = await client.head("/accessibility"), await client.get("/accessibility")
    assert (head.headers["content-length"], get.headers["content-length"]) == (str(len(get.content)), str(len(get.content)))
    refused = [await client.head("/sign-out"), await client.get("/sign-out"), await client.delete("/programme")]
    assert [(a.status_code, a.headers["allow"]) for a in refused] == [(405, "POST"), (405, "POST"), (405, "GET, HEAD")]


def test_a_campus_organiser_acts_on_their_own_campus_only() -> None:
    karim = Principal(UUID(int=1), "Karim", "k@example.org", "fr", grants=(Grant("campus_organiser", campus="1"),), second_factor=True)
    row = rule(access.CAMPUS, campus_in="slug")
    assert (row.allows(karim, {"slug": "1"}), row.allows(karim, {"slug": "2"})) == (True, False)


def test_control_a_row_without_its_campus_would_let_them_in_everywhere() -> None:
    karim = Principal(UUID(int=1), "Karim", "k@example.org", "fr", grants=(Grant("campus_organiser", campus="1"),), second_factor=True)
    assert rule(access.CAMPUS).allows(karim, {"slug": "2"})
