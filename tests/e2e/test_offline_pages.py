"""Pages kept on the device, in a real browser: opened without network, gone with their owner."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.chromium import BROWSER, until
from tests.e2e.pages_alone import Site, person, serving, usual_pages

pytestmark = BROWSER

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
