"""Names of eighty letters without a space, on a phone: they break, and no page goes sideways."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.chromium import BROWSER, CHROMIUM
from tests.e2e.town import Town, town

pytestmark = [*BROWSER, pytest.mark.timeout(300)]

LONG = "DonaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftX"[:80]
RENAMED = (
    "UPDATE campus SET name = $1", "UPDATE room SET name = left($1, 40) || left(id::text, 6)", "UPDATE gate SET name = left($1, 50)", "UPDATE company SET name = $1",
    "UPDATE person SET name = $1", "UPDATE speaker SET name = $1", "UPDATE offer SET title = $1", "UPDATE session SET title = $1, subtitle = $1", "UPDATE edition SET name = $1",
)  # fmt: skip
PAGES = {
    "": ("/", "/programme", "/programme/campuses", "/companies", "/campus/1", "/register"),
    "attendee": ("/day", "/meetings", "/wishes", "/sharing", "/me", "/badge"),
    "recruiter": ("/recruiter", "/recruiter/candidates", "/recruiter/team"),
    "forum": ("/organise/people", "/organise/campuses", "/organise/campus/1/rooms", "/organise/agenda", "/studio", "/control", "/control/1", "/door/devices", "/door/rules"),
}


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(server_url, tmp_path_factory.mktemp("town"), people=20, campuses=2, companies=3) as made:
        for statement in RENAMED:
            made.ask(statement, LONG)
        yield made


def test_no_page_goes_sideways_on_a_phone(site: Town) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        found = [(path, over) for role, paths in PAGES.items() for path, over in _too_wide(site, browser, role, paths)]
        browser.close()
    assert found == []


def _too_wide(site: Town, browser: Browser, role: str, paths: tuple[str, ...]) -> list[tuple[str, int]]:
    """Pages wider than the phone, and by how much; a page that does not open is as bad."""
    if role:
        context, page = site.signed_in(browser, role, width=360)
    else:
        context = browser.new_context(viewport={"width": 360, "height": 780}, service_workers="block")
        page = context.new_page()
    found = []
    for path in paths:
        answer = page.goto(site.origin + path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        assert LONG[:30] in page.content() or path in {"/door/rules", "/studio"}, f"{path} shows no name"
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [(path, over)] if over > 0 else []
    context.close()
    return found
