"""The frame, the sheet and the front page in a real browser: 0 axe violations, in budget, nothing sideways, usable without script."""

from itertools import combinations

import pytest

from tests.e2e.chromium import BROWSER, opened, violations

pytestmark = BROWSER


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
