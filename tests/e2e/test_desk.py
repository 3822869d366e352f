"""The organiser's side of the doors in a real browser, with the keyboard: phones enrolled and withdrawn, rules, lost badges, paper in quantity; and two people on one phone."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from forum import clock, db
from forum.people import sign_in
from tests.badges.door_site import Site, aside, film, running
from tests.e2e.chromium import BROWSER, violations
from tests.e2e.test_door import enrolled, phone, scanned, until

pytestmark = BROWSER


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(server_url, tmp_path_factory.mktemp("desk"), people=4) as made:
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the whole file; its camera shows nothing."""
    with phone(film(tmp_path_factory.mktemp("film") / "blank.y4m", [(None, 1)])) as context:
        assert context.browser is not None
        yield context.browser


@pytest.fixture
def hall(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of its own."""
    context = browser.new_context(viewport={"width": 360, "height": 720}, permissions=["camera"])
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A desk, signed in as an organiser of the whole edition."""

    async def work() -> str:
        async with db.pool(site.url, size=1):
            person = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
            return await sign_in.start(person, now=clock.now(), second_factor=True)

    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": "forum_sign_in", "value": aside(work), "url": site.origin}])
    yield context.new_page()
    context.close()


def reach(page: Page, target: Locator) -> None:
    """Tab until *target* has the focus."""
    target.wait_for()
    for _ in range(150):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def submit(page: Page, words: str) -> None:
    with page.expect_navigation():
        press(page, page.locator("main").get_by_role("button", name=words, exact=True).last)


def fits_and_is_clean(page: Page, path: str = "") -> None:
    """No violation and nothing sideways: French on a phone, English at a desk; without *path*, the page as it stands, on both."""
    for prefix, width in (("", 360), ("/en", 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        if path:
            page.goto(re.sub(r"^(http://[^/]+)", rf"\1{prefix}", path))
        assert violations(page) == [], (page.url, width)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (page.url, width)


def test_a_phone_is_enrolled_by_the_code_an_organiser_shows_and_says_when_it_is_withdrawn(site: Site, hall: BrowserContext, page: Page) -> None:
    page.goto(f"{site.origin}/door/devices")
    press(page, page.get_by_role("textbox", name="Nom"), "Control+A")
    page.keyboard.type("Téléphone du hall")
    press(page, page.locator(f"[name=gates][value='{site.house.gate()}']"), "Space")
    reach(page, page.locator("[name=profile]:checked"))
    submit(page, "Afficher son code")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Scannez ceci avec le téléphone")
    expect(page.locator(".qr-box svg")).to_be_visible()
    assert "enrol" not in page.url
    fits_and_is_clean(page)
    door = hall.new_page()
    door.goto(page.get_by_role("link", name="Enrôler cet appareil-ci").get_attribute("href") or "")
    expect(door.locator("#door")).to_contain_text("en ligne")
    scanned(door, site.house.tokens[0])
    expect(door.locator(".door-ok h2")).to_have_text("Entrez")
    fits_and_is_clean(page, f"{site.origin}/door/devices")
    page.goto(f"{site.origin}/door/devices")
    with page.expect_navigation():
        press(page, page.get_by_role("row", name=re.compile("Téléphone du hall")).get_by_role("button", name="Retirer"))
    expect(page.get_by_role("row", name=re.compile("Téléphone du hall"))).to_contain_text("Retiré")
    scanned(door, site.house.tokens[1])
    expect(door.get_by_role("alert")).to_contain_text("Cet appareil a été retiré")
    door.reload()
    expect(door.get_by_role("alert")).to_contain_text("Cet appareil a été retiré")
    assert site.ask("SELECT count(*) FROM check_in WHERE badge = $1", site.house.badges[1])[0][0] == 0


def test_a_rule_made_on_its_page_is_obeyed_by_the_next_scan_and_no_longer_once_removed(site: Site, hall: BrowserContext, page: Page) -> None:
    door, _ = enrolled(hall, site)
    expect(door.locator("#door")).to_contain_text("en ligne")
    page.goto(f"{site.origin}/door/rules")
    press(page, page.locator(f"[name=gates][value='{site.house.gate()}']"), "Space")
    press(page, page.locator("[name=roles][value=press]"), "Space")
    submit(page, "Ajouter la règle")
    page.wait_for_timeout(2_100)  # what a server keeps of the rules
    scanned(door, site.house.tokens[2])
    expect(door.locator("#door h2")).to_have_text("Pas à cette porte")
    fits_and_is_clean(page, f"{site.origin}/door/rules")
    page.goto(f"{site.origin}/door/rules")
    with page.expect_navigation():
        press(page, page.locator("main li").get_by_role("button").first)
    page.wait_for_timeout(2_100)
    scanned(door, site.house.tokens[2])
    expect(door.locator(".door-ok h2")).to_have_text("Entrez")
    rows = site.ask("SELECT detail FROM check_in WHERE badge = $1 ORDER BY id", site.house.badges[2])
    assert [row[0] for row in rows] == ["rule_role", "welcome"]


def test_a_lost_badge_is_replaced_after_a_look_at_who_it_is(site: Site, hall: BrowserContext, page: Page) -> None:
    door, _ = enrolled(hall, site)
    expect(door.locator("#door")).to_contain_text("en ligne")
    fits_and_is_clean(page, f"{site.origin}/badges")
    page.goto(f"{site.origin}/badges")
    press(page, page.locator("[name=search]"), "Control+A")
    page.keyboard.type("personne 3")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{site.origin}/badges"  # no name in the address
    fits_and_is_clean(page)
    with page.expect_navigation():
        press(page, page.get_by_role("link", name="Personne 3"))
    old = page.url
    fits_and_is_clean(page, old)
    page.goto(old)
    page.locator("form[action$='/replace']").evaluate("form => { form.noValidate = true; }")
    submit(page, "Remplacer le badge")
    expect(page.locator("main")).to_contain_text("Dites comment vous avez reconnu la personne.")
    fits_and_is_clean(page)
    assert site.ask("SELECT revoked_at FROM badge WHERE id = $1", site.house.badges[3])[0][0] is None
    press(page, page.locator("[name=identity][value=document]"), "Space")
    submit(page, "Remplacer le badge")
    expect(page.locator("main")).to_contain_text("Personne 3")
    assert page.url != old
    paper = page.request.get(site.origin + (page.get_by_role("link", name="A6", exact=True).get_attribute("href") or ""))
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")
    scanned(door, site.house.tokens[3])
    expect(door.locator("#door h2")).to_have_text("Badge remplacé")
    fresh = site.ask("SELECT token FROM badge WHERE id::text = $1", page.url.rpartition("/")[2])[0][0]
    scanned(door, fresh)
    expect(door.locator(".door-ok h2")).to_have_text("Entrez")
    assert site.ask("SELECT facts->>'identity' FROM journal WHERE action = 'badge.replaced'")[0][0] == "document"


def test_badges_of_a_campus_are_ordered_and_the_page_says_how_far_they_are(site: Site, page: Page) -> None:
    page.goto(f"{site.origin}/badges/orders")
    reach(page, page.locator("[name=what]:checked"))
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=what]:checked").get_attribute("value") == "badges"
    submit(page, "Commander")
    state = page.locator("tbody tr td").last
    expect(state).to_have_text("en attente")
    site.ask("UPDATE badge_batch SET total = 4, done = 1")
    page.reload()
    expect(state).to_have_text(re.compile(r"1\D+4"))
    fits_and_is_clean(page, page.url)
    worker = subprocess.Popen([sys.executable, "-m", "forum.cli", "worker"], env=os.environ | site.env)
    try:
        until(lambda: site.ask("SELECT count(*) FROM badge_batch WHERE finished_at IS NOT NULL")[0][0] == 1)
    finally:
        worker.terminate()
        worker.wait(15)
    page.goto(f"{site.origin}/badges/orders")
    reach(page, page.get_by_role("link", name="PDF"))
    paper = page.request.get(site.origin + (page.get_by_role("link", name="PDF").get_attribute("href") or ""))
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")


def test_two_people_take_turns_on_one_phone_and_no_scan_is_lost_or_misnamed(site: Site, hall: BrowserContext) -> None:
    def hand_over(page: Page, name: str) -> None:
        press(page, page.locator(".door-place"))
        press(page, page.get_by_label("Qui tient ce téléphone ?"), "Control+A")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Saisir le code").wait_for()
        page.evaluate("document.activeElement?.blur()")

    page, faults = enrolled(hall, site)
    expect(page.locator("#door")).to_contain_text("en ligne")
    site.stop()
    try:
        hand_over(page, "Ana")
        scanned(page, site.house.tokens[0])
        expect(page.locator(".offline")).to_contain_text(re.compile("1 à envoyer"))
        hand_over(page, "Bo")
        expect(page.locator(".offline")).to_contain_text(re.compile("1 à envoyer"))
        scanned(page, site.house.tokens[1])
        expect(page.locator(".offline")).to_contain_text(re.compile("2 à envoyer"))
    finally:
        site.start()
    until(lambda: site.ask("SELECT count(*) FROM check_in WHERE source = 'offline'")[0][0] == 2)
    assert faults == []
    rows = site.ask("SELECT staff, badge FROM check_in WHERE source = 'offline' ORDER BY at")
    assert [tuple(row) for row in rows] == [("Ana", site.house.badges[0]), ("Bo", site.house.badges[1])]
