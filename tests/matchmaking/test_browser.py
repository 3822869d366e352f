"""Wishes, the day and the studio in a real browser, by keyboard alone: ranked, accepted, booked, starred, swapped, handed over, published, rolled back; readable without network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from forum import clock, db
from forum.matchmaking import booking, running, runs
from forum.matchmaking.booking import Want
from forum.people import sign_in
from forum.settings import Settings
from tests.e2e.chromium import AXE, BROWSER, CHROMIUM, RUN_AXE
from tests.live.serving import running as serving
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage

pytestmark = BROWSER


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Alpha has two people at tables, beta and gamma one each; three people wish."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(4, 9)))
    await add_company(made, "beta", campus="2", slots=list(range(10, 13)))
    await add_company(made, "gamma", campus="3", slots=list(range(14, 17)))
    for name in ("Anna", "Bo", "Cy"):
        await add_candidate(made, name, "alpha", "beta", "gamma")
    return made


@pytest.fixture
async def site(made: Stage, settings: Settings) -> AsyncIterator[Settings]:
    async with serving(settings) as here:
        yield here


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


@asynccontextmanager
async def signed_in(browser: Browser, site: Settings, person: UUID, *, worker: bool = False, width: int = 1280, script: bool = True) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": width, "height": 800}, service_workers="allow" if worker else "block", java_script_enabled=script)
    context.set_default_timeout(15_000)
    token = await sign_in.start(person, now=NOW, second_factor=True)
    await context.add_cookies([{"name": "forum_sign_in", "value": token, "url": site.origin}])
    yield await context.new_page()
    await context.close()


async def named(name: str) -> UUID:
    found: UUID = await db.value("SELECT id FROM person WHERE name = $1", name)
    return found


async def key_on(page: Page, role: str, words: str, key: str = "Enter") -> None:
    """Press *key* on the first thing with that role and name, as somebody without a mouse would."""
    target = page.get_by_role(role, name=words, exact=True).first  # type: ignore[arg-type]
    await target.focus()
    await target.press(key)
    await page.wait_for_load_state()


async def fits(page: Page) -> list[str]:
    """What axe finds, and whether the page runs over its side."""
    await (await page.context.new_cdp_session(page)).send("Runtime.evaluate", {"expression": AXE.read_text()})
    found: list[str] = await page.evaluate(RUN_AXE)
    return found + (["sideways"] if await page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


async def book(made: Stage, name: str, slot: int, recruiter: int = 0) -> UUID:
    by = made.recruiters["alpha"][recruiter]
    return await booking.book(made.edition, Want(await named(name), made.companies["alpha"], by, made.at(slot), by, "company"), now=NOW)


async def until(sql: str, *args: object) -> None:
    import asyncio

    for _ in range(200):
        if await db.value(sql, *args):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(sql)


async def test_a_candidate_ranks_by_keyboard_accepts_and_asks_for_another_time(made: Stage, site: Settings, browser: Browser) -> None:
    meeting, anna = await book(made, "Anna", 4), await named("Anna")
    async with signed_in(browser, site, anna, width=360) as page:
        await page.goto(f"{site.origin}/en/wishes")
        assert await fits(page) == []
        grip = page.get_by_role("button", name="Move Gamma")
        await grip.focus()
        for key in ("Space", "ArrowUp", "ArrowUp", "Space"):
            await grip.press(key)
        await until("SELECT 1 FROM wish WHERE candidate = $1 AND company = $2 AND rank = 1", anna, made.companies["gamma"])
        await page.goto(f"{site.origin}/en/meetings")
        assert await fits(page) == []
        await key_on(page, "button", "Accept")
        assert await db.value("SELECT state FROM meeting WHERE id = $1", meeting) == "accepted"
        await page.goto(f"{site.origin}/en/meetings/{meeting}")
        assert await fits(page) == []
        first = page.locator("input[name=slot]").first
        await first.focus()
        await first.press("ArrowRight")
        chosen = await page.locator("input[name=slot]:checked").get_attribute("value")
        await key_on(page, "button", "Ask for this time")
    assert chosen == made.at(6).isoformat()
    assert await db.value("SELECT slot FROM time_request WHERE meeting = $1", meeting) == made.at(6)
    assert await db.value("SELECT slot FROM meeting WHERE id = $1", meeting) == made.at(4)


async def test_a_recruiter_books_stars_swaps_and_hands_over_by_keyboard(made: Stage, site: Settings, browser: Browser) -> None:
    one, other = await book(made, "Anna", 4), await book(made, "Bo", 5)
    async with signed_in(browser, site, made.recruiters["alpha"][0]) as page:
        await page.goto(f"{site.origin}/en/recruiter")
        assert await fits(page) == []
        await page.locator("table.slots a").first.focus()
        for _ in range(2):
            await page.keyboard.press("ArrowDown")
        assert await page.evaluate("document.activeElement.textContent") == "Choose a person"
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/recruiter/book**")
        await key_on(page, "button", "Book")
        assert await db.value("SELECT slot FROM meeting WHERE candidate = $1", await named("Cy")) == made.at(6)
        await page.goto(f"{site.origin}/en/recruiter/candidates/{await named('Cy')}")
        await key_on(page, "button", "Star")
        assert await db.value("SELECT verdict FROM star WHERE candidate = $1", await named("Cy")) == "star"
        await page.goto(f"{site.origin}/en/recruiter/meetings/{one}")
        assert await fits(page) == []
        await page.get_by_label("With").select_option(str(other))
        await key_on(page, "button", "Swap the two")
        assert await db.value("SELECT slot FROM meeting WHERE id = $1", one) == made.at(5)
        seat = page.locator("input[name=seat]").first
        await seat.focus()
        await seat.press("Space")
        await key_on(page, "button", "Use this seat")
    assert await db.value("SELECT recruiter FROM meeting WHERE id = $1", one) == made.recruiters["alpha"][1]
    assert await faults(made.edition.id) == []


async def test_on_a_phone_a_recruiter_books_from_the_grid(made: Stage, site: Settings, browser: Browser) -> None:
    async with signed_in(browser, site, made.recruiters["alpha"][0], width=360) as page:
        await page.goto(f"{site.origin}/en/recruiter")
        assert await fits(page) == []
        free = page.get_by_role("link", name="Choose a person").first
        await expect(free).to_be_visible()
        await free.focus()
        await free.press("Enter")
        await page.wait_for_url("**/recruiter/book**")
        await key_on(page, "button", "Book")
    assert await db.value("SELECT count(*) FROM meeting") == 1


async def test_an_absence_a_note_and_an_outcome(made: Stage, site: Settings, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    missed, held = await book(made, "Anna", 4), await book(made, "Bo", 5)
    async with signed_in(browser, site, made.recruiters["alpha"][0]) as page:
        monkeypatch.setattr(clock, "now", lambda: made.at(4) + timedelta(minutes=5))
        await page.goto(f"{site.origin}/en/recruiter/meetings/{missed}")
        await key_on(page, "button", "Absent")
        await expect(page.locator(".flashes")).to_contain_text("Absence noted")
        monkeypatch.setattr(clock, "now", lambda: made.at(5) + timedelta(minutes=1))
        await page.goto(f"{site.origin}/en/recruiter/meetings/{held}")
        await key_on(page, "button", "Start the meeting")
        await expect(page.locator("#notes")).to_contain_text("can ask to read your notes")
        await page.get_by_label("A note").fill("Knows SQL well")
        await key_on(page, "button", "Keep the note")
        await key_on(page, "button", "End the meeting")
        await page.get_by_label("Result").select_option("hired")
        await key_on(page, "button", "Keep")
    assert await db.column("SELECT state FROM meeting ORDER BY slot") == ["no_show", "held"]
    assert await db.value("SELECT result FROM outcome") == "hired"
    assert await db.value("SELECT text FROM meeting_note") == "Knows SQL well"


async def test_the_day_of_a_recruiter_is_readable_without_network_and_gone_after_signing_out(made: Stage, site: Settings, browser: Browser) -> None:
    await book(made, "Anna", 4)
    number = await db.value("SELECT substr(md5($1::uuid::text || $2::uuid::text), 1, 5)", made.companies["alpha"], await named("Anna"))
    async with signed_in(browser, site, made.recruiters["alpha"][0], worker=True) as page:
        await page.goto(f"{site.origin}/en/recruiter")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.reload()
        await page.wait_for_load_state("networkidle")
        shown = await page.locator("table.slots tbody tr").first.inner_text()
        assert str(int(number, 16) % 9000 + 1000) in shown
        await page.context.set_offline(True)
        await page.goto(f"{site.origin}/en/recruiter")
        await expect(page.locator("body")).to_contain_text("No network. This page is from")
        assert await page.locator("table.slots tbody tr").first.inner_text() == shown
        await page.context.set_offline(False)
        await page.goto(f"{site.origin}/en/recruiter")
        await page.locator("form[data-sign-out] button").first.click()
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("caches.keys().then(names => names.filter(name => name.startsWith('pages-')))") == []


async def test_an_organiser_moves_a_slider_runs_compares_publishes_locks_and_rolls_back(made: Stage, site: Settings, browser: Browser) -> None:
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    async with signed_in(browser, site, organiser) as page:
        await page.goto(f"{site.origin}/en/studio")
        slider = page.get_by_role("slider", name="Changing campus")
        await slider.focus()
        for _ in range(3):
            await slider.press("PageUp")
        value = await slider.input_value()
        await expect(page.locator("#d-campus_change")).to_contain_text(f"as much as {value} points")
        await expect(page.locator(".examples li").first).to_contain_text(f"({50 - int(value) - 4} points)")
        assert await fits(page) == []
        await page.get_by_label("Seconds").fill("1")
        await key_on(page, "button", "Start a run")
        await page.wait_for_url("**/studio/runs/1")
        plan = await db.value("SELECT id FROM plan WHERE number = 1")
        assert await db.value("SELECT (weights ->> 'campus_change')::int FROM plan") == int(value)
        await running.execute(plan, made.edition, now=NOW, workers=1)
        await expect(page.locator("#run")).to_contain_text("done")
        await expect(page.locator("#run svg.plot").first).to_be_visible()
        await page.reload()
        assert await fits(page) == []
        await key_on(page, "button", "Publish run 1")
        await page.wait_for_url("**/studio/versions/1")
        await page.goto(f"{site.origin}/en/studio/runs/1/grid?by=company&of=beta")
        assert await fits(page) == []
        await key_on(page, "button", "Lock")
        await expect(page.get_by_role("button", name="Unlock")).to_have_count(1)
        again = await runs.ask(made.edition, by=organiser, now=NOW, time_limit=1)
        await running.execute(await db.value("SELECT id FROM plan WHERE number = $1", again), made.edition, now=NOW, workers=1)
        await page.goto(f"{site.origin}/en/studio")
        await expect(page.get_by_role("heading", name="Runs side by side")).to_be_visible()
        await page.goto(f"{site.origin}/en/studio/runs/2")
        await key_on(page, "button", "Publish run 2")
        await page.wait_for_url("**/studio/versions/2")
        await page.goto(f"{site.origin}/en/studio/versions/1")
        await key_on(page, "button", "Bring version 1 back")
        await page.wait_for_url("**/studio/versions/3")
    assert await db.value("SELECT kind FROM plan_version WHERE number = 3") == "rollback"
    assert await faults(made.edition.id) == []


async def press(page: Page, words: str) -> None:
    await page.get_by_role("button", name=words, exact=True).first.click()
    await page.wait_for_load_state()


async def test_without_script_a_candidate_ranks_is_away_and_accepts(made: Stage, site: Settings, browser: Browser) -> None:
    meeting, anna = await book(made, "Anna", 4), await named("Anna")
    async with signed_in(browser, site, anna, width=360, script=False) as page:
        await page.goto(f"{site.origin}/en/wishes")
        await expect(page.get_by_role("button", name="Move Gamma")).to_have_count(0)  # the grip is the script's: it does not run
        for _ in range(2):
            await press(page, "Up: Gamma")
        await page.goto(f"{site.origin}/en/wishes/preferences")
        await page.locator("input[name=off]").nth(1).check()
        await page.get_by_label("Meetings at most").fill("3")
        await press(page, "Keep my preferences")
        await page.goto(f"{site.origin}/en/meetings/{meeting}")
        await press(page, "Accept")
    ranked = await db.column("SELECT c.slug FROM wish w JOIN company c ON c.id = w.company WHERE w.candidate = $1 ORDER BY w.rank", anna)
    assert ranked == ["gamma", "alpha", "beta"]
    assert await db.column("SELECT half FROM half_day_off WHERE person = $1", anna) == ["afternoon"]
    assert await db.value("SELECT max_meetings FROM profile f JOIN registration r ON r.id = f.registration WHERE r.person = $1", anna) == 3
    assert await db.value("SELECT state FROM meeting WHERE id = $1", meeting) == "accepted"


async def test_without_script_a_recruiter_books_and_an_organiser_runs_and_publishes(made: Stage, site: Settings, browser: Browser) -> None:
    async with signed_in(browser, site, made.recruiters["alpha"][0], script=False) as page:
        await page.goto(f"{site.origin}/en/recruiter")
        await page.get_by_role("link", name="Choose a person").first.click()
        await press(page, "Book")
    assert await db.column("SELECT state FROM meeting") == ["proposed"]
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    async with signed_in(browser, site, organiser, script=False) as page:
        await page.goto(f"{site.origin}/en/studio")
        await page.get_by_label("Changing campus").fill("30")
        await page.get_by_label("Seconds").fill("1")
        await press(page, "Start a run")
        await page.wait_for_url("**/studio/runs/1")
        await running.execute(await db.value("SELECT id FROM plan WHERE (weights ->> 'campus_change')::int = 30"), made.edition, now=NOW, workers=1)
        await page.reload()
        await expect(page.locator("#run")).to_contain_text("done")
        await press(page, "Publish run 1")
        await page.wait_for_url("**/studio/versions/1")
    assert await db.value("SELECT count(*) FROM plan_version_meeting") == await db.value("SELECT count(*) FROM meeting WHERE state = 'proposed'") > 1
    assert await faults(made.edition.id) == []
