"""The browser of the tests and what they ask a page: whether something holds, what axe finds."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BROWSER = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the browser tests are left out")]
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}})
  .then(result => result.violations.map(v => v.id + ": " + v.nodes[0].html))"""


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
    """A page in a context of its own, and what it complains of."""
    context = browser.new_context(service_workers="block", **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, complaints
