"""The frame, the sheet and the front page in a real browser: 0 axe violations, in budget, nothing sideways, usable without script."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from forum import pages
from tests.e2e.pages_alone import Site, person, serving, usual_pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the browser tests are left out")]
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}})
  .then(result => result.violations.map(v => v.id + ": " + v.nodes[0].html))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages_only() -> Iterator[Site]:
    with serving(Site(usual_pages())) as site:
        yield site


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(usual_pages())) as site:
        yield site


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    context.set_default_timeout(8000)
    yield context
    context.close()


def until(page: Page, expression: str) -> None:
    """Wait until *expression* is true; asked through the debugger, since the page's policy forbids eval."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(expression)


def violations(page: Page) -> list[str]:
    """What axe finds; its script goes in through the debugger, since the page's policy lets no foreign script run."""
    if not page.evaluate("'axe' in window"):
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    found: list[str] = page.evaluate(RUN_AXE)
    return found


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    context = browser.new_context(service_workers="block", **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, complaints


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/", "/_components", "/hundred", "/offline", "/broken"])
@pytest.mark.parametrize(("prefix", "scheme"), [("", "light"), ("/en", "dark")])
def test_no_violation_nothing_sideways_no_complaint(browser, pages_only, path, prefix, scheme, width):
    page, complaints = opened(browser, pages_only.origin + prefix + path, viewport={"width": width, "height": 720}, color_scheme=scheme)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert complaints == []
    assert page.locator("html").get_attribute("lang") == ("en" if prefix else "fr")
    page.context.close()


def test_axe_would_find_a_fault(browser, pages_only):
    page, _ = opened(browser, pages_only.origin + "/offline")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/x.png\"><button></button>')")
    assert {fault.partition(":")[0] for fault in violations(page)} >= {"image-alt", "button-name"}
    page.context.close()


def test_the_first_view_is_within_150_kb_and_15_requests(browser, pages_only):
    context = browser.new_context(viewport={"width": 360, "height": 720})
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[float] = []
    addresses: list[str] = []
    client.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.on("request", lambda r: addresses.append(r.url))
    page.goto(pages_only.origin + "/")
    page.wait_for_load_state("networkidle")
    assert len(addresses) <= 15
    assert [a for a in addresses if not a.startswith(pages_only.origin)] == []
    assert 90_000 < sum(sizes) <= 150_000
    context.close()


@pytest.mark.parametrize("size", [{"width": 360, "height": 640}, {"width": 320, "height": 640}])
@pytest.mark.parametrize("lang", ["", "/en"])
def test_the_register_button_is_above_the_fold_on_a_phone(browser, pages_only, size, lang):
    page, _ = opened(browser, pages_only.origin + lang + "/", viewport=size)
    box = page.locator(".cta .btn-go").bounding_box()
    assert box
    assert box["y"] + box["height"] <= size["height"]
    page.context.close()


@pytest.mark.parametrize(("path", "width", "shown"), [("/", 1280, 24), ("/", 360, 24), ("/hundred", 1280, 100), ("/hundred", 360, 0)])
def test_marks_of_the_map_can_be_pressed_and_do_not_cover_each_other(browser, pages_only, path, width, shown):
    page, _ = opened(browser, pages_only.origin + path, viewport={"width": width, "height": 800})
    boxes = [b for b in (mark.bounding_box() for mark in page.locator(".map a.pl").all() if mark.is_visible()) if b]
    assert len(boxes) == shown
    if path == "/":
        assert min(min(b["width"], b["height"]) for b in boxes) >= 24
        touching = [1 for a, b in combinations(boxes, 2) if abs(a["x"] - b["x"]) < a["width"] - 1 and abs(a["y"] - b["y"]) < a["height"] - 1]
        assert touching == []
    page.context.close()


def test_a_plate_leads_to_its_campus_in_the_list_by_keyboard(context, pages_only):
    page = context.new_page()
    page.goto(pages_only.origin + "/")
    page.locator(".map .on-wide a").first.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#campus-1")
    assert page.locator("#campus-1").is_visible()
    assert "Campus 1" in page.locator("#campus-1 a").first.inner_text().replace("\n", " ")


def test_everything_is_there_without_script(browser, pages_only):
    page, _ = opened(browser, pages_only.origin + "/", viewport={"width": 360, "height": 720}, java_script_enabled=False)
    assert page.locator(".campuses > li").count() == 24
    assert not page.locator("#menu a").first.is_visible()
    page.locator(".menu-button").click()
    assert page.locator("#menu a").first.is_visible()
    page.context.close()


def test_full_days_offer_the_waiting_list_and_steps_are_named(context, pages_only):
    page = context.new_page()
    page.goto(pages_only.origin + "/")
    assert "Liste d’attente" in page.locator("#campus-12").inner_text()
    assert page.locator("#campus-11").get_by_text("Liste d’attente").count() == 0
    stairs = page.locator(".campuses small", has_text="escalier sans ascenseur").count()
    assert stairs > 0
    assert f"{24 - stairs} campus sur 24 sont sans marche." in page.locator(".ways .notice").inner_text().replace("\u202f", " ")


def test_a_list_is_found_by_name_without_accents(context, pages_only):
    page = context.new_page()
    page.goto(pages_only.origin + "/")
    page.get_by_label("Trouver un campus").fill("epinettes")
    visible = [row for row in page.locator(".campuses > li").all() if row.is_visible()]
    assert len(visible) == 1
    page.get_by_label("Trouver un campus").fill("zzz")
    assert page.get_by_text("Aucun campus ne porte ce nom.").is_visible()


def test_the_theme_is_chosen_kept_and_not_flashed(context, pages_only):
    page = context.new_page()
    page.goto(pages_only.origin + "/offline")
    toggle = page.locator("theme-toggle button")
    assert toggle.inner_text() == "Automatique"
    toggle.click()
    toggle.click()
    assert (toggle.inner_text(), page.locator("html").get_attribute("data-theme")) == ("Sombre", "dark")
    page.goto(pages_only.origin + "/offline", wait_until="commit")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.locator("theme-toggle button").click()
    assert page.locator("html").get_attribute("data-theme") is None


# --- elements -----------------------------------------------------------------------------------------------


def names(page: Page) -> list[str]:
    return [row.get_attribute("data-name") or "" for row in page.locator(".sortable > li").all()]


def sheet(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.origin + "/en/_components")
    page.locator(".grip").first.wait_for()
    return page


def test_a_list_is_ordered_by_keyboard_said_aloud_and_posted(context, site):
    page = sheet(context, site)
    page.locator(".grip").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert names(page) == ["Voltaïque", "Ville de Pantin", "Hexaligne"]
    assert page.locator("#announcements").inner_text() == "Hexaligne, place 3 of 3"
    assert site.posts == []
    with page.expect_response("**/_components"):
        page.keyboard.press("Space")
    assert site.posts[-1] == ("/en/_components", "_csrf=t&order=Volta%C3%AFque&order=Ville+de+Pantin&order=Hexaligne")
    assert page.evaluate("document.activeElement.className") == "grip"


def test_escape_puts_a_lifted_row_back_and_posts_nothing(context, site):
    page = sheet(context, site)
    page.locator(".grip").nth(2).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    assert names(page) == ["Hexaligne", "Voltaïque", "Ville de Pantin"]
    page.keyboard.press("Tab")
    page.wait_for_timeout(150)
    assert site.posts == []


def test_a_list_is_ordered_by_dragging(context, site):
    page = sheet(context, site)
    page.locator(".grip").first.scroll_into_view_if_needed()
    start, end = page.locator(".grip").first.bounding_box(), page.locator(".grip").nth(1).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 15, steps=4)
    page.mouse.move(end["x"] + 10, end["y"] + 22, steps=4)
    with page.expect_response("**/_components"):
        page.mouse.up()
    assert names(page) == ["Voltaïque", "Hexaligne", "Ville de Pantin"]


def test_up_and_down_buttons_move_without_leaving_the_page(context, site):
    page = sheet(context, site)
    with page.expect_response("**/_components"):
        page.get_by_role("button", name="Down: Hexaligne").click()
    assert names(page) == ["Voltaïque", "Hexaligne", "Ville de Pantin"]
    assert page.get_by_role("button", name="Up: Voltaïque").is_disabled()
    assert page.get_by_role("button", name="Up: Hexaligne").is_enabled()


def test_without_script_the_buttons_send_the_form(browser, site):
    page, _ = opened(browser, site.origin + "/en/_components", java_script_enabled=False)
    page.get_by_role("button", name="Down: Hexaligne").click()
    assert "down=Hexaligne" in site.posts[-1][1]
    page.context.close()


def test_arrows_move_on_the_slot_grid_past_what_is_blocked(context, site):
    page = sheet(context, site)
    page.locator("#slot-2").focus()
    checked = lambda: page.locator("slot-grid input:checked").get_attribute("value")  # noqa: E731
    page.keyboard.press("ArrowRight")
    assert checked() == "10:40"
    page.keyboard.press("End")
    assert checked() == "11:40"
    page.keyboard.press("ArrowRight")
    assert checked() == "11:40"
    page.keyboard.press("ArrowLeft")
    assert checked() == "11:20"
    page.keyboard.press("ArrowLeft")
    assert checked() == "10:40"
    page.keyboard.press("Control+Home")
    assert checked() == "10:00"


def test_a_grave_action_is_asked_first_and_done_once(context, site):
    page = sheet(context, site)
    page.get_by_role("button", name="Close the campus").click()
    dialog = page.get_by_role("dialog", name="Close Campus 7 at 13:00?")
    assert "52 meetings move, 4 wishes are lost." in dialog.inner_text()
    assert page.evaluate("document.activeElement.textContent") == "Keep it open"
    page.keyboard.press("Enter")
    assert dialog.count() == 0
    assert site.posts == []
    page.get_by_role("button", name="Close the campus").click()
    with page.expect_navigation():
        dialog.get_by_role("button", name="Close the campus").click()
    assert len(site.posts) == 1


def test_a_code_is_copied_and_said(context, site):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = sheet(context, site)
    page.get_by_role("button", name="Copy the code").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "K7QF 2M9D"
    assert page.locator("#announcements").inner_text() == "Copied"


@pytest.mark.parametrize(("zone", "title"), [("America/New_York", "04:40 (America/New_York)"), ("Europe/Paris", "")])
def test_campus_time_stays_and_a_reader_elsewhere_is_told_their_own(browser, site, zone, title):
    site.sources["/time"] = """{% extends "base.html" %}{% block content %}<h1>x</h1>
        <local-time><time datetime="2028-11-16T09:40:00Z">10:40</time></local-time>{% endblock %}"""
    page, complaints = opened(browser, site.origin + "/time", timezone_id=zone)
    assert (page.locator("time").inner_text(), page.locator("time").get_attribute("title") or "") == ("10:40", title)
    assert complaints == []
    page.context.close()


def test_the_open_menu_of_a_phone_is_read_and_closed_by_keyboard(browser, site):
    site.principal = person(1)
    page, _ = opened(browser, site.origin + "/en/few", viewport={"width": 360, "height": 720})
    page.locator(".menu-button").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="My account").is_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="My account").is_visible()
    assert page.get_by_role("navigation", name="Shortcuts").get_by_role("link").all_inner_texts() == ["My day", "Badge", "Programme"]
    page.context.close()


def test_paper_shows_the_page_without_its_controls(browser, site):
    page, _ = opened(browser, site.origin + "/en/few", color_scheme="dark")
    page.emulate_media(media="print")
    assert [page.locator(part).first.is_visible() for part in (".top-links", ".menu", ".cta .btn", ".foot")] == [False, False, False, False]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".campuses > li").count() == 3
    page.context.close()


# --- live regions -------------------------------------------------------------------------------------------

WORDS = json.dumps({
    "age-fresh": "up to date {age} ago", "age-stale": "data from {age} ago", "age-wait": "data from {age} ago, next try in {wait}",
    "held": "{count} new", "held-one": "1 new",
})  # fmt: skip
BOARD = """<!doctype html><html lang="en"><head><title>Board</title><script type="module" src="/static/%s"></script><meta name="words" content='%s'></head>
<body><live-region id="board" topics="campus.12" spread="0.05"><p class="age" data-age>x</p><p id="inside">%d</p><input id="note">
<ul data-hold>%s</ul></live-region></body></html>"""


class Channel:
    """The server's end of /live, as a script of the test."""

    def __init__(self, page: Page) -> None:
        self.lines: list[Any] = []
        page.route_web_socket("**/live?*", lambda line: self.lines.append(line))

    def say(self, **frame: Any) -> None:
        self.lines[-1].send(json.dumps(frame))


def board(inside: int, rows: list[str]) -> str:
    items = "".join(f'<li id="{row}"><button>{row}</button></li>' for row in rows)
    return BOARD % (pages.manifest()["main.js"], WORDS, inside, items)


@pytest.fixture
def live(context: BrowserContext, site: Site) -> tuple[Page, Channel, Site]:
    page = context.new_page()
    channel = Channel(page)
    site.raw["/board"] = board(471, ["a", "c"])
    page.goto(site.origin + "/board")
    until(page, "customElements.get('live-region') !== undefined")
    for _ in range(100):
        if channel.lines:
            break
        page.wait_for_timeout(20)
    channel.say(type="hello", epoch="1", seq=10)
    page.wait_for_timeout(250)
    return page, channel, site


def test_an_event_fetches_the_region_again_and_leaves_hands_and_eyes_alone(live):
    page, channel, site = live
    assert "topics=campus.12" in channel.lines[-1].url
    page.evaluate("window.kept = document.querySelector('#a')")
    page.locator("#a button").focus()
    site.raw["/board"] = board(472, ["a", "b", "c"])
    channel.say(type="event", seq=11, topic="campus.12", kind="checkin", id="1", at="2028-11-16T09:00:00Z")
    page.get_by_role("button", name="1 new").wait_for()
    assert page.locator("#inside").inner_text() == "472"
    assert page.evaluate("window.kept === document.querySelector('#a')")
    assert page.evaluate("document.activeElement.textContent") == "a"
    assert [row.get_attribute("id") for row in page.locator("ul li").all()] == ["a", "c"]
    page.get_by_role("button", name="1 new").click()
    assert [row.get_attribute("id") for row in page.locator("ul li").all()] == ["a", "b", "c"]
    assert page.get_by_role("button", name="1 new").count() == 0


def test_a_scan_fetches_the_figures_at_once_and_the_region_after(live):
    page, channel, site = live
    region = board(471, ["a", "c"]).replace('spread="0.05"', 'spread="0.05" figures="/figures" figure-kinds="check_in" follow="1"').replace('id="inside"', 'id="inside" data-figure="inside"')
    site.raw["/board"] = region
    page.goto(site.origin + "/board")
    until(page, "customElements.get('live-region') !== undefined")
    page.wait_for_timeout(300)
    channel.say(type="hello", epoch="1", seq=10)
    site.raw["/figures"] = json.dumps({"inside": "472", "elsewhere": "1"})
    before = site.gets.count("/board")
    page.evaluate("window.shown = []; new MutationObserver(() => shown.push(document.querySelector('#inside').textContent)).observe(document.body, {subtree: true, childList: true, characterData: true})")
    site.raw["/board"] = region.replace(">471<", ">480<")
    channel.say(type="event", seq=11, topic="campus.12", kind="check_in", id="1", at="2028-11-16T09:00:00Z")
    until(page, "shown.includes('480')")  # the region follows by itself
    assert page.evaluate("shown[0]") == "472"
    figures = site.gets.count("/figures")
    site.raw["/board"] = region.replace(">471<", ">490<")
    channel.say(type="event", seq=12, topic="campus.12", kind="alert.taken", id="1", at="2028-11-16T09:00:00Z")  # the control: another kind needs the region
    until(page, "document.querySelector('#inside').textContent === '490'")
    assert (figures, site.gets.count("/figures")) == (1, 1)
    assert site.gets.count("/board") >= before + 2


def test_a_region_is_not_replaced_under_someone_typing(live):
    page, channel, site = live
    page.locator("#note").fill("half a sen")
    site.raw["/board"] = board(480, ["a", "c"])
    channel.say(type="event", seq=11, topic="campus.12", kind="checkin", id="1", at="2028-11-16T09:00:00Z")
    page.wait_for_timeout(400)
    assert page.locator("#inside").inner_text() == "471"
    page.locator("#a button").focus()
    until(page, "document.querySelector('#inside').textContent === '480'")
    assert page.locator("#note").input_value() == "half a sen"


def test_events_of_a_moment_are_one_fetch(live):
    page, channel, site = live
    page.evaluate("document.querySelector('live-region').setAttribute('spread', '1')")
    before = site.gets.count("/board")
    for seq in range(11, 31):
        channel.say(type="event", seq=seq, topic="campus.12", kind="checkin", id="1", at="2028-11-16T09:00:00Z")
    page.wait_for_timeout(2200)
    assert 1 <= site.gets.count("/board") - before <= 3  # one, and one more for what came while it was under way


def test_the_age_is_said_and_turns_amber_when_the_line_falls(live):
    page, channel, _ = live
    age = page.locator("[data-age]")
    until(page, "document.querySelector('[data-age]').textContent.startsWith('up to date 0')")
    assert age.get_attribute("class") == "age"
    for _ in range(2):
        channel.lines[-1].close(code=1011)
        page.wait_for_timeout(2600)
    until(page, "document.querySelector('[data-age]').className === 'age age-warn'")
    assert age.inner_text().startswith("data from")
    for _ in range(200):
        if len(channel.lines) > 2:
            break
        page.wait_for_timeout(20)
    assert "since=10" in channel.lines[-1].url
    channel.say(type="hello", epoch="1", seq=10)
    until(page, "document.querySelector('[data-age]').className === 'age'")


# --- without network ----------------------------------------------------------------------------------------

DAY = """{% extends "base.html" %}{% set offline = "day" %}{% block title %}Day{% endblock %}
{% block content %}<h1>My day</h1>{% endblock %}"""


@pytest.fixture
def offline_site(browser: Browser) -> Iterator[tuple[Page, Site, ExitStack]]:
    """A person's day opened once, kept by the worker; closing the stack takes the network away."""
    site = Site(usual_pages(), principal=person(1), sources={"/day": DAY})
    with ExitStack() as network:
        network.enter_context(serving(site))
        context = browser.new_context(viewport={"width": 360, "height": 720})
        context.set_default_timeout(8000)
        page = context.new_page()
        page.goto(site.origin + "/day")
        until(page, "navigator.serviceWorker.controller !== null")
        page.goto(site.origin + "/day")
        until(page, "caches.keys().then(keys => keys.some(key => key.startsWith('pages-')))")
        yield page, site, network
        context.close()


KEPT = """(async () => {
  const out = [];
  for (const name of await caches.keys())
    if (name.startsWith("pages-")) for (const r of await (await caches.open(name)).keys()) out.push(name + " " + new URL(r.url).pathname);
  return out.sort();
})()"""


def cached(page: Page) -> list[str]:
    """Owner and path of every page kept on the device."""
    found: list[str] = page.evaluate(KEPT)
    return found


def test_a_kept_page_opens_without_network_and_says_its_age(offline_site):
    page, _, network = offline_site
    network.close()
    page.reload()
    assert page.locator("h1").inner_text() == "My day"
    assert page.locator(".net-lost").inner_text().startswith("Hors ligne. Cette page date de ")
    assert page.evaluate("getComputedStyle(document.querySelector('.net-lost')).display") == "flex"  # the style sheet came from the device too
    page.goto(page.url.replace("/day", "/programme"))
    assert page.locator("h1").inner_text() == "Hors ligne"
    page.goto(page.url.replace("/programme", "/en/programme"))
    assert page.locator("h1").inner_text() == "No network"


def test_signing_out_leaves_nothing_on_the_device(offline_site):
    page, site, _ = offline_site
    assert cached(page) == [f"pages-{person(1).person} /day"]
    page.locator(".menu-button").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Se déconnecter").click()
    assert site.posts[-1][0] == "/sign-out"
    page.goto(site.origin + "/offline")
    assert [entry for entry in cached(page) if str(person(1).person) in entry] == []


def test_another_person_on_the_same_device_takes_the_first_ones_pages_away(offline_site):
    page, site, _ = offline_site
    site.principal = person(2)
    page.goto(site.origin + "/day")
    until(page, "caches.keys().then(keys => keys.filter(k => k.startsWith('pages-')).length === 1)")
    page.wait_for_timeout(200)
    assert cached(page) == [f"pages-{person(2).person} /day"]
