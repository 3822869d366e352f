"""The door's real page in Chromium: a camera that shows badges, a server that goes away and comes back."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.badges.door_site import Site, enrolment, film, running
from tests.e2e.chromium import BROWSER, CHROMIUM, violations

expect.set_options(timeout=15_000)  # a loaded machine
pytestmark = BROWSER


# how many visitors a phone still holds the names of
KEPT_WALK_INS = """() => new Promise((done) => {
  const opening = indexedDB.open("forum-door");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("walkins").objectStore("walkins").count();
    counting.onsuccess = () => { opening.result.close(); done(counting.result); };
  };
})"""


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(server_url, tmp_path_factory.mktemp("door"), people=8) as made:
        yield made


@contextmanager
def phone(video: Path) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        args = [
            "--no-sandbox",
            "--disable-gpu",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        context = browser.new_context(viewport={"width": 360, "height": 720}, permissions=["camera"])
        context.set_default_timeout(15_000)
        yield context
        browser.close()


def enrolled(context: BrowserContext, site: Site, profile: str = "steward") -> tuple[Page, list[str]]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{site.origin}/door#enrol={enrolment(site, profile)}")
    expect(page.locator("#door")).to_contain_text("Porte A")
    return page, faults


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.1)


def scanned(page: Page, text: str) -> None:
    """A USB scanner: keys one after the other, then Enter."""
    page.keyboard.type(text, delay=0)
    page.keyboard.press("Enter")


def test_the_camera_reads_a_badge_answers_in_words_and_always_re_arms(site: Site, tmp_path: Path) -> None:
    video = film(tmp_path / "one.y4m", [(None, 1), (site.house.tokens[0], 2), (None, 1), ("https://example.org/menu", 2), (site.house.tokens[1], 2)])
    with phone(video) as context:
        page, faults = enrolled(context, site)
        expect(page.locator(".door-ok h2")).to_have_text("Entrez")
        name = page.locator(".door-ok .who").inner_text()
        expect(page.locator("#door")).to_contain_text("Ce code n’est pas un badge du Forum")
        expect(page.locator(".door-ok h2")).to_have_text("Entrez")
        assert {name, page.locator(".door-ok .who").inner_text()} == {"Personne 0", "Personne 1"}
        expect(page.locator(".door-seen h2")).to_have_text("Déjà à l’intérieur")
        assert faults == []
    rows = site.ask("SELECT admitted, count(*) FROM check_in WHERE badge = ANY($1) GROUP BY 1", site.house.badges[:2])
    assert dict(map(tuple, rows))[True] == 2


def test_it_goes_on_without_a_server_and_sends_everything_when_it_is_back(site: Site, tmp_path: Path) -> None:
    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        page, faults = enrolled(context, site)
        expect(page.locator("#door")).to_contain_text("en ligne")
        until(lambda: page.evaluate("navigator.serviceWorker.controller !== null && performance.now() > 2500"))
        site.stop()
        try:
            scanned(page, site.house.tokens[2])
            expect(page.locator(".door-ok h2")).to_have_text("Entrez")
            expect(page.locator("#door")).to_contain_text("Badge vérifié par sa signature")
            expect(page.locator(".offline")).to_contain_text(re.compile("1 à envoyer"))
            scanned(page, site.house.tokens[2])
            expect(page.locator(".door-seen h2")).to_have_text("Déjà à l’intérieur")
            scanned(page, site.house.tokens[2][:70] + "AAAA" + site.house.tokens[2][74:])
            expect(page.locator(".door-stop h2")).to_have_text("Ce badge n’a pas été fait par le Forum")
            page.reload()
            expect(page.locator("#door")).to_contain_text("Hors ligne, tout continue")
            scanned(page, site.house.tokens[3])
            expect(page.locator(".door-ok h2")).to_have_text("Entrez")
        finally:
            site.start()
        until(lambda: site.ask("SELECT count(*) FROM check_in WHERE source = 'offline'")[0][0] == 4)
        expect(page.locator(".offline")).to_have_count(0)
        assert faults == []
    rows = site.ask("SELECT detail, admitted FROM check_in WHERE source = 'offline' ORDER BY at")
    assert [tuple(row) for row in rows] == [("welcome", True), ("inside_here", False), ("forged", False), ("welcome", True)]


def test_a_scan_is_undone_with_a_reason(site: Site, tmp_path: Path) -> None:
    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        page, _ = enrolled(context, site)
        expect(page.locator("#door")).to_contain_text("en ligne")
        scanned(page, site.house.tokens[4])
        page.get_by_role("button", name="Annuler ce passage").click()
        page.get_by_label("Badge scanné par erreur").check()
        page.get_by_role("button", name="Annuler le passage").click()
        until(lambda: site.ask("SELECT count(*) FROM check_in WHERE badge = $1 AND undone_at IS NOT NULL", site.house.badges[4])[0][0] == 1)
    assert site.ask("SELECT why FROM check_in_undo")[0][0] == "Badge scanné par erreur"
    assert site.ask("SELECT campus FROM whereabouts WHERE registration = $1", site.house.registrations[4])[0][0] is None


SOONER = "const every = window.setInterval; window.setInterval = (call, ms, ...more) => every(call, Math.max(250, ms / 30), ...more);"


def test_an_evacuation_stands_on_the_doors_screen_and_people_still_leave(site: Site, tmp_path: Path) -> None:
    campus = site.ask("SELECT campus FROM gate WHERE id = $1", site.house.gate())[0][0]
    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        context.add_init_script(SOONER)
        page, faults = enrolled(context, site)
        expect(page.locator("#door")).to_contain_text("en ligne")
        scanned(page, site.house.tokens[5])
        expect(page.locator(".door-ok h2")).to_have_text("Entrez")
        site.ask("INSERT INTO door_suspension (campus, began_at, why) VALUES ($1, now(), 'evacuation') RETURNING id", campus)
        site.ask("INSERT INTO evacuation (campus, began_at, inside) VALUES ($1, now(), 1) RETURNING id", campus)
        expect(page.locator(".door-evacuation [role=alert] h2")).to_contain_text("Évacuation")
        page.get_by_role("button", name="Sortie").click()
        scanned(page, site.house.tokens[5])
        expect(page.locator(".door-ok h2")).to_have_text("Au revoir")
        site.ask("UPDATE evacuation SET ended_at = now() WHERE campus = $1 RETURNING id", campus)
        site.ask("UPDATE door_suspension SET ended_at = now() WHERE campus = $1 RETURNING id", campus)
        expect(page.locator("#door h2")).to_have_text("Présentez le badge")
        expect(page.locator(".door-evacuation")).to_have_count(0)
        assert faults == []


def test_a_typed_code_and_a_search_by_name_open_the_door_too(site: Site, tmp_path: Path) -> None:
    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        page, _ = enrolled(context, site, "supervisor")
        page.get_by_role("button", name="Chercher par nom").click()
        page.get_by_label("Chercher par nom").fill("personne 5")
        page.get_by_role("button", name="Chercher par nom").click()
        page.get_by_role("button", name=re.compile("Personne 5")).click()
        expect(page.locator(".door-ok .who")).to_have_text("Personne 5")
        page.get_by_role("button", name="Annuler ce passage").wait_for()


def test_a_visitor_is_registered_at_the_door_with_and_without_a_server(site: Site, tmp_path: Path) -> None:
    def fill(page: Page, name: str, email: str) -> None:
        page.get_by_role("button", name="Inscrire sur place").click()
        page.get_by_label("Nom sur le badge").fill(name)
        page.get_by_label("Adresse e-mail").fill(email)
        page.get_by_label("La personne a 18 ans ou plus").check()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.get_by_role("button", name="Inscrire et faire entrer").click()

    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        page, faults = enrolled(context, site)
        expect(page.locator("#door")).to_contain_text("en ligne")
        fill(page, "Jeanne Dupré", "jeanne@example.org")
        expect(page.locator(".door-ok h2")).to_have_text("Entrez")
        code = page.locator(".door-ok .short").inner_text()
        assert len(code) == 8
        page.get_by_role("button", name="Annuler ce passage").wait_for()
        page.reload()
        expect(page.locator("#door")).to_contain_text("en ligne")
        fill(page, "Encore Jeanne", "jeanne@example.org")
        expect(page.get_by_role("alert")).to_contain_text("déjà inscrite")
        assert page.get_by_label("Nom sur le badge").input_value() == "Encore Jeanne", "nothing typed is lost"
        page.get_by_role("button", name="Reprendre la lecture").click()
        site.stop()
        try:
            fill(page, "Paul Martin", "paul@example.org")
            expect(page.locator(".door-ok")).to_contain_text("Noté ici")
            expect(page.locator(".offline")).to_contain_text(re.compile("1 à envoyer"))
        finally:
            site.start()
        until(lambda: site.ask("SELECT count(*) FROM walk_in")[0][0] == 2)
        until(lambda: page.evaluate(KEPT_WALK_INS) == 0)
        assert faults == []
    assert [row[0] for row in site.ask("SELECT r.purpose FROM walk_in w JOIN registration r ON r.id = w.registration")] == ["visitor", "visitor"]
    assert site.ask("SELECT count(*) FROM check_in c JOIN walk_in w USING (nonce) WHERE c.admitted")[0][0] == 2


@pytest.mark.parametrize("height", [640, 720])
def test_every_state_fits_a_phone_and_has_no_violation(site: Site, tmp_path: Path, height: int) -> None:
    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        page, _ = enrolled(context, site, "supervisor")
        page.set_viewport_size({"width": 360, "height": height})
        expect(page.locator("#door")).to_contain_text("en ligne")
        expect(page.locator(".cnt")).to_have_text(re.compile(r"^\d+ sur 540 à l’intérieur$"))
        for act in ("idle", "ok", "seen", "stop", "bad", "typing", "undo"):
            if act == "ok":
                scanned(page, site.house.tokens[6] if height == 640 else site.house.tokens[7])
                page.locator(".door-ok").wait_for()
            elif act == "seen":
                scanned(page, site.house.tokens[6] if height == 640 else site.house.tokens[7])
                page.locator(".door-seen").wait_for()
            elif act == "stop":
                scanned(page, site.house.tokens[2][:70] + "AAAA" + site.house.tokens[2][74:])
                page.locator(".door-stop").wait_for()
            elif act == "bad":
                scanned(page, "HELLOWORLD12345678901234567890")
                page.locator(".cam-err").wait_for()
            elif act == "typing":
                page.get_by_role("button", name="Saisir le code").click()
            elif act == "undo":
                page.get_by_role("button", name="Reprendre la lecture").click()
                page.get_by_role("button", name="Annuler ce passage").click()
            page.wait_for_timeout(300)  # colours fade in
            assert violations(page) == [], act
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, act


def test_my_badge_opens_without_a_server_and_still_shows_its_code(site: Site, tmp_path: Path) -> None:
    from forum import clock, db
    from forum.people import sign_in
    from tests.badges.door_site import aside

    async def signed_in() -> str:
        async with db.pool(site.url, size=1):
            return await sign_in.start(site.house.people[0], now=clock.now())

    with phone(film(tmp_path / "blank.y4m", [(None, 1)])) as context:
        context.add_cookies([{"name": "forum_sign_in", "value": aside(signed_in), "url": site.origin}])
        page = context.new_page()
        page.goto(f"{site.origin}/badge")
        expect(page.get_by_text("Prêt sans réseau")).to_be_visible()
        page.wait_for_timeout(300)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        code = page.locator(".short").inner_text()
        site.stop()
        try:
            page.goto(f"{site.origin}/badge")
            assert page.locator(".short").inner_text() == code
            assert page.locator("#qr svg path").count() == 2
        finally:
            site.start()
