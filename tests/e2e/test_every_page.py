"""Every page a role can reach by links, in a real browser: 0 axe violations, nothing sideways, no complaint of the policy; both languages, phone and desk,
both themes, disclosures open, and every form sent empty."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from forum import access
from tests.badges.door_site import aside, free_port
from tests.conftest import _sibling
from tests.e2e.chromium import BROWSER, CHROMIUM, violations

pytestmark = [*BROWSER, pytest.mark.timeout(420)]
ColorScheme = Literal["light", "dark"]
KINDS = {"uuid": "[0-9a-f-]{36}", "int": r"\d+", "date": r"\d{4}-\d\d-\d\d", "path": ".+", "str": "[^/]+"}
NOT_PAGES = ("/static", "/live", "/api", "/healthz", "/readyz", "/metrics", "/sw.js", "/app.webmanifest", "/robots.txt", "/.well-known", "/sign-out", "/demo", "/_components")
STARTS = {
    "nobody": ["/", "/register", "/register/done", "/sign-in", "/programme", "/companies", "/accessibility", "/your-data", "/api", "/offline", "/how-meetings-are-proposed"],
    "attendee": ["/day", "/me", "/me/data", "/me/address", "/me/cancel", "/me/erase", "/group", "/badge", "/wishes", "/meetings"],
    "recruiter": ["/recruiter", "/me"],
    "forum": ["/organise", "/organise/people", "/organise/requests", "/organise/campuses", "/organise/imports", "/organise/agenda", "/control", "/studio"],
    "campus": ["/organise", "/control"],
}


# Both widths and both themes in each language; the second look has every disclosure open.
LOOKS: dict[str, list[tuple[int, ColorScheme]]] = {"": [(320, "light"), (1280, "dark")], "/en": [(320, "dark"), (1280, "light")]}
BETWEEN = 900  # px, a tablet or half a screen: the menu is a row there, and an organiser's is long
TYPED = "main form[method=post] :is(input[required]:not([type=checkbox], [type=radio]), textarea[required])"
SEND_EMPTY = """typed => {
  const form = document.querySelector(typed).form;
  form.noValidate = true;
  for (const field of form.querySelectorAll("input[required], textarea[required]")) ["checkbox", "radio"].includes(field.type) ? field.checked = false : field.value = "";
  form.requestSubmit();
}"""


@pytest.fixture(scope="module")
def origin(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small rehearsal edition, served by the command a person would type."""
    name, port = f"pages_{uuid4().hex[:8]}", free_port()

    async def make() -> None:
        conn = await asyncpg.connect(server_url)
        await conn.execute(f'CREATE DATABASE "{name}"')
        await conn.close()

    aside(make)
    folder = tmp_path_factory.mktemp("pages")
    env = os.environ | {"FORUM_DATABASE_URL": _sibling(server_url, name), "FORUM_DATA_DIR": str(folder), "FORUM_DEMO": "1", "FORUM_ORIGIN": f"http://127.0.0.1:{port}"}
    forum = [sys.executable, "-m", "forum.cli"]
    subprocess.run([*forum, "demo", "--prepare-only", "--people", "60", "--campuses", "3", "--companies", "6"], env=env, check=True, capture_output=True, timeout=200)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*forum, "serve", "--port", str(port)], env=env, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)
        yield address
        server.terminate()
        server.wait(15)
    assert b"Traceback" not in (folder / "log").read_bytes(), (folder / "log").read_text()[-3000:]


@pytest.fixture(scope="module")
def looked() -> dict[str, set[str]]:
    """Templates looked at, by language: a page two roles share is judged once, for the first of them."""
    return {prefix: set() for prefix in LOOKS}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def template_of(path: str) -> str:
    """The route *path* belongs to, so that of a thousand sessions one is looked at."""
    for key in access.TABLE:
        method, template = key.split(" ", 1)
        pattern = re.sub(r"{\w+:(\w+)}", lambda m: KINDS[m[1]], template)
        if method == "GET" and re.fullmatch(pattern, path):
            return template
    return path


@pytest.mark.parametrize("role", STARTS)
@pytest.mark.parametrize("prefix", [pytest.param(prefix, marks=pytest.mark.xdist_group(f"pages{prefix}")) for prefix in LOOKS])
def test_every_page_is_accessible_and_fits_in_every_state(browser: Browser, origin: str, looked: dict[str, set[str]], role: str, prefix: str) -> None:
    context = browser.new_context(service_workers="block", reduced_motion="reduce")  # a colour on its way to another is not judged
    context.set_default_timeout(15_000)
    page = context.new_page()
    found: list[str] = []
    page.on("console", lambda m: found.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") and not re.search("by Playwright|Failed to load resource", m.text) else None)
    page.on("pageerror", lambda e: found.append(f"{page.url}: {e}"))
    if role != "nobody":
        page.goto(f"{origin}/demo/{role}")
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    with_form: list[str] = []
    seen = looked[prefix]
    waiting = [prefix + path for path in STARTS[role]]
    while waiting:
        path = waiting.pop(0)
        template = template_of(urlsplit(path).path.removeprefix("/en") or "/")
        if template in seen:
            continue
        seen.add(template)
        answer = page.goto(origin + path)
        assert answer is not None
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status >= 400 and answer.status != 409:  # 409 is a page that says why this is not for this person now
            found.append(f"{path}: {answer.status}")
            continue
        waiting += _links(page.evaluate("[...document.links].filter(a => !a.hasAttribute('download')).map(a => a.href)"), origin, prefix)
        if page.locator(TYPED).count():
            with_form.append(path)
        found += _look(page, path, LOOKS[prefix])
    for path in with_form:
        found += _in_error(page, origin, path, LOOKS[prefix])
    context.close()
    assert not found, "\n".join(found)


def _look(page: Page, path: str, looks: list[tuple[int, ColorScheme]]) -> list[str]:
    """What is wrong with the page that is open, at each width and theme."""
    found = []
    for n, (width, scheme) in enumerate(looks):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        if n:
            page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        found += [f"{path} at {width} px, {scheme}: {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width and "wall" not in path:
            found.append(f"{path}: {wide} px wide at {width} px")
    page.set_viewport_size({"width": BETWEEN, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + [f"{path}: {wide} px wide at {BETWEEN} px"] * (wide > BETWEEN and "wall" not in path)


def _in_error(page: Page, origin: str, path: str, looks: list[tuple[int, ColorScheme]]) -> list[str]:
    """The page again after its first form was sent with every needed answer missing: refused, said beside the fields, as accessible as before."""
    page.goto(origin + path)
    with page.expect_navigation(), page.expect_response(lambda r: r.request.method == "POST") as sent:  # also the page a redirection leads to: it would interrupt the next
        page.evaluate(SEND_EMPTY, TYPED)
    if sent.value.status == 303:
        return []  # every answer it needs has a default
    if sent.value.status not in (409, 422):
        return [f"{path} sent empty: {sent.value.status}"]
    return _look(page, f"{path} sent empty", looks)


def _links(addresses: list[str], origin: str, prefix: str) -> list[str]:
    """Pages of ours in this language, downloads and feeds left out."""
    paths = [urlsplit(a)._replace(scheme="", netloc="", fragment="").geturl() for a in addresses if a.startswith(origin)]
    mine = [p for p in paths if (p.startswith("/en") if prefix else not re.match(r"/en(/|$)", p))]
    return [p for p in mine if not p.removeprefix("/en").startswith(NOT_PAGES) and not re.search(r"\.(xml|json|ics|csv|pdf|png|svg|txt)($|\?)|/export|/schedule/|/print/|feed", p)]


def test_the_crawl_is_about_pages(tmp_path: Path) -> None:
    assert template_of("/campus/12") == "/campus/{slug:str}"
