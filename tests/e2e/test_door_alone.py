"""The door's page on a phone that has little: no decoder and no Ed25519 of its own, a queue of a whole day; and what it sounds and feels like."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.badges.door_site import Site, film, running
from tests.e2e.chromium import BROWSER
from tests.e2e.test_door import enrolled, phone, scanned, until

pytestmark = BROWSER

# Neither the class that reads codes nor the platform's signatures; `lacking` counts how often the page had to do without.
BARE = """
window.lacking = 0;
delete window.BarcodeDetector;
const importKey = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
  if ((algorithm.name ?? algorithm) !== "Ed25519") return importKey.call(this, format, key, algorithm, ...rest);
  window.lacking += 1;
  return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
};
"""
SPY = """
window.felt = [];
window.heard = [];
Navigator.prototype.vibrate = function (pattern) { window.felt.push(pattern); return true; };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.heard.push(this.frequency.value); return start.apply(this, when); };
"""
FILL = """([gate, count]) => new Promise((done, failed) => {
  const opening = indexedDB.open("forum-door");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("scans", "readwrite");
    for (let n = 0; n < count; n++) {
      const nonce = `queued-${String(n).padStart(6, "0")}`;
      transaction.objectStore("scans").put({
        nonce, text: "HELLO", gate, way: "entry", at: Date.now() - n, admitted: false, detail: "foreign", offset: 0, forced: false, staff: "", warnings: [],
      });
    }
    transaction.oncomplete = () => { opening.result.close(); done(count); };
  };
})"""
KEPT = """() => new Promise((done) => {
  const opening = indexedDB.open("forum-door");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("scans").objectStore("scans").count();
    counting.onsuccess = () => { opening.result.close(); done(counting.result); };
  };
})"""
BLIND = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));"
EXCHANGE = "window.dispatchEvent(new Event('online'))"


def forged(token: str) -> str:
    return token[:70] + "AAAA" + token[74:]


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(server_url, tmp_path_factory.mktemp("alone"), people=3) as made:
        yield made


@pytest.fixture(scope="module")
def shown(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser whose camera shows a badge, a forged one and nothing, again and again."""
    tokens = site.house.tokens
    with phone(film(tmp_path_factory.mktemp("film") / "two.y4m", [(tokens[0], 2), (None, 1), (forged(tokens[1]), 2), (None, 1)])) as context:
        yield context


@pytest.fixture
def hall(shown: BrowserContext) -> Iterator[BrowserContext]:
    """A phone of its own, every request of which the test sees."""
    assert shown.browser is not None
    context = shown.browser.new_context(viewport={"width": 360, "height": 720}, service_workers="block")
    context.set_default_timeout(15_000)
    yield context
    context.close()


def online(page: Page) -> None:
    expect(page.locator("#door")).to_contain_text("en ligne")


def test_without_the_platform_s_decoder_and_signatures_a_badge_is_read_and_a_forged_one_refused(site: Site, hall: BrowserContext) -> None:
    hall.add_init_script(BARE)
    hall.route("**/checkinrpc/redeem/", lambda route: route.abort())
    page, faults = enrolled(hall, site)
    expect(page.locator(".door-ok h2, .door-seen h2")).to_have_count(1)
    expect(page.locator(".door-stop h2")).to_have_text("Ce badge n’a pas été fait par le Forum")
    until(lambda: site.ask("SELECT count(DISTINCT detail) FROM check_in WHERE source = 'offline' AND detail IN ('welcome', 'forged')")[0][0] == 2, 40)
    assert page.evaluate("'BarcodeDetector' in window") is False
    assert page.evaluate("window.lacking") >= 1, "the page asked for the platform's Ed25519 and did without"
    assert faults == []
    assert site.ask("SELECT DISTINCT badge FROM check_in WHERE admitted")[0][0] == site.house.badges[0]


def test_a_yes_and_a_no_are_heard_and_felt_and_differ(site: Site, hall: BrowserContext) -> None:
    hall.add_init_script(SPY + BLIND)
    page, _ = enrolled(hall, site)
    online(page)
    page.locator("h2").first.click()  # browsers let sound begin from a touch
    until(lambda: page.evaluate("document.querySelector('.door-idle') !== null"))
    assert page.evaluate("[window.felt, window.heard]") == [[], []]
    scanned(page, site.house.tokens[2])
    expect(page.locator(".door-ok h2")).to_have_text("Entrez")
    yes = page.evaluate("[window.felt.splice(0), window.heard.splice(0)]")
    scanned(page, forged(site.house.tokens[2]))
    expect(page.locator(".door-stop h2")).to_have_text("Ce badge n’a pas été fait par le Forum")
    no = page.evaluate("[window.felt.splice(0), window.heard.splice(0)]")
    assert yes == [[[80]], [880]]
    assert no == [[[120, 70, 120, 70, 120]], [220, 220, 220]]


def test_a_queue_of_ten_thousand_goes_in_parts_is_kept_when_refused_and_counted_once(site: Site, hall: BrowserContext) -> None:
    """One part is refused in words, one answer is lost on the way: the phone takes off its list only what the server named."""
    hall.add_init_script(BLIND)
    page, faults = enrolled(hall, site)
    online(page)
    before = site.ask("SELECT count(*) FROM check_in")[0][0]
    said = {"status": "error", "reason": "error", "detail": "scans", "reason_explanation": "A batch holds 1000 scans at most: send several."}
    page.route("**/api/v1/door/sync", lambda route: route.fulfill(status=422, json=said))
    assert page.evaluate(FILL, [str(site.house.gate()), 10_000]) == 10_000
    page.evaluate(EXCHANGE)
    expect(page.locator(".offline")).to_contain_text("10000 à envoyer")
    assert page.evaluate(KEPT) == 10_000
    page.unroute("**/api/v1/door/sync")
    parts: list[int] = []

    def pass_on(route: Route) -> None:
        sent: Any = route.request.post_data_json
        parts.append(len(sent["scans"]))
        if len(parts) == 3:
            assert route.fetch().status == 200
            route.abort()  # recorded, and the phone does not hear of it
        else:
            route.continue_()

    page.route("**/api/v1/door/sync", pass_on)
    page.evaluate(EXCHANGE)
    until(lambda: page.evaluate("true") and len(parts) >= 3)  # asking the page lets its requests through
    expect(page.locator(".offline")).to_be_visible()
    page.evaluate(EXCHANGE)
    until(lambda: page.evaluate(KEPT) == 0, 60)
    assert max(parts) <= 1000
    assert sum(parts) > 10_000, "the part whose answer was lost went twice"
    rows = site.ask("SELECT count(*), count(DISTINCT nonce), count(*) FILTER (WHERE admitted) FROM check_in WHERE nonce LIKE 'queued-%'")
    assert tuple(rows[0]) == (10_000, 10_000, 0)
    assert site.ask("SELECT count(*) FROM check_in")[0][0] == before + 10_000
    assert faults == []
