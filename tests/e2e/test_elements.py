"""The custom elements of the component sheet in a real browser: by keyboard, by pointer, without script."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.chromium import BROWSER, opened, violations
from tests.e2e.pages_alone import Site, person

pytestmark = BROWSER


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


def test_a_form_pressed_twice_is_sent_once(context, site):
    site.sources["/twice"] = """{% extends "base.html" %}{% block content %}<h1>x</h1><form method="post" action="/twice"><button type="submit">Send</button></form>{% endblock %}"""
    page = context.new_page()
    page.goto(site.origin + "/twice")
    with page.expect_navigation():
        page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('main button').click()")
    page.wait_for_timeout(300)
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
