"""Live regions in a real browser: what an event fetches, what stays under hands and eyes, what is said of the age."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from forum import pages
from tests.e2e.chromium import BROWSER, until
from tests.e2e.pages_alone import Site

pytestmark = BROWSER

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
    fetched = site.gets.count("/board")
    channel.say(type="hello", epoch="1", seq=10)
    for _ in range(200):  # the region fetches itself once, then the board may change
        if site.gets.count("/board") > fetched:
            break
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
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


@pytest.mark.parametrize(("changed", "fading"), [(3, 3), (60, 0)])
def test_a_few_changes_fade_in_and_many_at_once_do_not(live, changed, fading):
    """Where everything moves a fade points at nothing, and a hundred of them keep a phone busy for seconds."""
    page, channel, site = live
    names = [f"n{n}" for n in range(60)]
    site.raw["/board"] = board(471, names).replace("data-hold", "")
    page.goto(site.origin + "/board")
    until(page, "customElements.get('live-region') !== undefined")
    page.wait_for_timeout(300)
    channel.say(type="hello", epoch="1", seq=10)
    page.wait_for_timeout(300)
    fresh = site.raw["/board"]
    for name in names[:changed]:
        fresh = fresh.replace(f"<button>{name}</button>", f"<button>{name}!</button>")
    site.raw["/board"] = fresh
    channel.say(type="event", seq=11, topic="campus.12", kind="alert.taken", id="1", at="2028-11-16T09:00:00Z")
    until(page, "document.querySelector('#n0').textContent === 'n0!'")
    assert page.locator("li button.is-new").count() == fading


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


def test_where_the_line_is_blocked_fetching_now_and_then_keeps_the_age_young(context, site):
    """A network that lets no WebSocket through: the page asks by itself and says how old what it shows is, not when the line fell."""
    page = context.new_page()
    page.route_web_socket("**/live?*", lambda line: line.close(code=1011))
    site.raw["/board"] = board(471, ["a"]).replace('spread="0.05"', 'spread="0.05" poll="1"')
    page.goto(site.origin + "/board")
    until(page, "customElements.get('live-region') !== undefined")
    page.wait_for_timeout(6500)  # amber comes after five seconds
    assert page.locator("[data-age]").get_attribute("class") == "age"
    site.raw["/board"] = site.raw["/board"].replace(">471<", ">472<")
    until(page, "document.querySelector('#inside').textContent === '472'")


@pytest.mark.parametrize("why", ["the line says so", "the region is refused"])
def test_a_page_that_is_no_longer_its_readers_asks_for_itself_and_says_why(live, why):
    """Once: a page that is refused again does not ask without end. Whoever is typing is left to finish."""
    page, channel, site = live
    page.locator("#note").focus()
    del site.raw["/board"]
    lines = len(channel.lines)
    if why == "the line says so":
        channel.lines[-1].close(code=4401, reason="signed out")
    else:
        channel.say(type="event", seq=11, topic="campus.12", kind="checkin", id="1", at="2028-11-16T09:00:00Z")
    page.wait_for_timeout(1500)
    assert page.locator("#inside").inner_text() == "471"
    page.locator("#note").blur()
    page.locator("#inside").wait_for(state="detached")
    site.raw["/board"] = board(472, [])
    page.goto(site.origin + "/board")
    for _ in range(100):
        if len(channel.lines) > lines:
            break
        page.wait_for_timeout(20)
    page.evaluate("window.same = true")
    channel.lines[-1].close(code=4401, reason="signed out")
    page.wait_for_timeout(2500)
    assert page.evaluate("window.same")
