"""The editor in a real browser: by keys, by dragging, undone with Ctrl+Z; axe finds nothing; the programme on a phone."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from forum import clock, db, editions
from forum.agenda import current
from forum.app import create_app
from forum.migrate import migrate
from forum.people import sign_in
from forum.settings import Settings
from tests.agenda import world as w
from tests.bench.agenda import free_port
from tests.e2e.chromium import BROWSER, CHROMIUM, violations

pytestmark = BROWSER


@dataclass
class Site:
    origin: str
    cookie: str
    starts: Any  # () → {title: minutes after nine} of the draft


async def _prepare(url: str) -> str:
    """A published morning and an organiser; their cookie."""
    await migrate(url, now=clock.now())
    async with db.pool(url, size=2):
        world = await w.make()
        await w.add(world, "keynote", "hall", 0)
        await w.add(world, "atelier", "lab", 90)
        await w.release(world, "1.0", now=clock.now())
        sofia = await w.person(world, "sofia", "en")
        await db.execute("INSERT INTO role (person, edition, name, granted_at) VALUES ($1, $2, 'forum_organiser', now())", sofia, world.edition.id)
        return await sign_in.start(sofia, now=clock.now(), second_factor=True)


async def _starts(url: str) -> dict[str, int]:
    import asyncpg

    conn = await asyncpg.connect(url)
    try:
        rows = await conn.fetch("SELECT s.title, p.start_at FROM placement p JOIN session s ON s.id = p.session")
    finally:
        await conn.close()
    return {row[0]: int((row[1] - w.NINE).total_seconds() // 60) for row in rows}


def aside(work: Any) -> Any:
    """Run a coroutine in a thread of its own: the browser's driver has this one's loop."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    import asyncpg

    async def run(statement: str) -> None:
        conn = await asyncpg.connect(server_url)
        try:
            await conn.execute(statement)
        finally:
            await conn.close()

    name = f"editor_{uuid4().hex[:12]}"
    aside(run(f'CREATE DATABASE "{name}"'))
    head, _, query = server_url.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    cookie = aside(_prepare(url))
    editions.forget()
    current.forget()
    port = free_port()
    settings = Settings(database_url=url, data_dir=tmp_path_factory.mktemp("editor"), origin=f"http://127.0.0.1:{port}", secret="s" * 40)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Site(settings.origin, cookie, lambda: aside(_starts(url)))
    server.should_exit = True
    thread.join(15)
    aside(run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    editions.forget()
    current.forget()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


def opened(browser: Browser, site: Site, path: str, **options: Any) -> Page:
    context = browser.new_context(service_workers="block", **({"viewport": {"width": 1280, "height": 900}} | options))
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": "forum_sign_in", "value": site.cookie, "url": site.origin}])
    page = context.new_page()
    page.goto(site.origin + path)
    return page


def test_by_keys_by_dragging_and_undone(browser: Browser, site: Site) -> None:
    page = opened(browser, site, "/en/organise/agenda", viewport={"width": 1280, "height": 2400})
    page.get_by_role("link", name="Keynote").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#announcements")).to_contain_text("Keynote picked up")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#announcements")).to_contain_text("10:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("draft 3")
    assert site.starts() == {"Keynote": 60, "Atelier": 90}
    assert page.evaluate("document.activeElement.textContent") == "Keynote"

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#announcements")).to_contain_text("stays where it was")

    hall = page.locator("tr[data-start='2028-11-17T15:00'] td").first
    page.locator("td[data-title='Atelier']").drag_to(hall, source_position={"x": 6, "y": 40})
    expect(page.get_by_role("heading", level=1)).to_contain_text("draft 4")
    assert site.starts() == {"Keynote": 60, "Atelier": 360}

    page.keyboard.press("Control+z")
    expect(page.get_by_role("heading", level=1)).to_contain_text("draft 5")
    assert site.starts() == {"Keynote": 60, "Atelier": 90}


def test_several_at_once_by_keyboard_alone(browser: Browser, site: Site) -> None:
    """Chosen with the space bar; moved together, locked and copied with Enter; one Ctrl+Z takes a whole move back."""
    page = opened(browser, site, "/en/organise/agenda", viewport={"width": 1280, "height": 2400})
    before = site.starts()

    def press(button: str) -> None:
        for title in ("Keynote", "Atelier"):
            page.get_by_role("checkbox", name=f"Choose {title}").focus()
            page.keyboard.press("Space")
        page.get_by_role("button", name=button, exact=True).focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    press("Move together")
    assert site.starts() == {title: minutes + 15 for title, minutes in before.items()}
    press("Lock")
    expect(page.locator("td.is-locked")).to_have_count(2)
    press("Move together")
    expect(page.locator(".flashes")).to_contain_text("This session is locked where it is.")
    press("Unlock")
    press("Copy")
    expect(page.locator("section[aria-labelledby='pool'] li")).to_have_count(2)
    for _ in range(3):  # unlock, lock, move
        with page.expect_navigation():
            page.keyboard.press("Control+z")
    assert site.starts() == before


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "path",
    ["/programme", "/programme/KEYNOTE", "/programme/grid", "/programme/campuses", "/forum-2028/schedule/changelog", "/me/calendar", "/organise/agenda", "/organise/agenda/release",
     "/organise/agenda/speakers", "/organise/agenda/doors", "/organise/agenda/door/KEYNOTE", "/organise/travel/timetable"]
)  # fmt: skip
def test_nothing_for_axe_and_nothing_sideways(browser: Browser, site: Site, path: str, width: int) -> None:
    page = opened(browser, site, path, viewport={"width": width, "height": 800}, color_scheme="dark" if width == 320 else "light")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
