"""A Chromium and a site of pages alone, without database; modules with a database bring a `site` of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.chromium import CHROMIUM
from tests.e2e.pages_alone import Site, serving, usual_pages


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
