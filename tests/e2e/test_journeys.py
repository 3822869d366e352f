"""What the house is for, in a real browser from beginning to end: a candidate, a recruiter's day, an organiser who closes a campus. The door has its own file."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from forum import clock
from tests.e2e.chromium import BROWSER, CHROMIUM
from tests.e2e.town import Town, town

expect.set_options(timeout=15_000)  # a loaded machine
pytestmark = [*BROWSER, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(server_url, tmp_path_factory.mktemp("town"), people=40, campuses=3, companies=5) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).first.click()
    page.wait_for_load_state()


def test_a_candidate_from_registration_to_a_held_meeting(site: Town, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{site.origin}/en/register")
    page.fill("[name=name]", "Maïa Okonkwo")
    page.fill("[name=email]", "maia@example.org")
    page.check("[name=purpose][value=candidate]", force=True)
    page.locator("select[name=days]").first.select_option(index=1)
    press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    site.until("SELECT count(*) FROM mail WHERE sent_at IS NOT NULL AND recipient = 'maia@example.org'")
    page.goto(f"{site.origin}/en/demo/outbox")
    page.locator("tr", has_text="maia@example.org").get_by_role("link").click()
    page.goto(re.search(r"http://\S+/register/confirm/\S+", page.locator("main").inner_text())[0])  # type: ignore[index]
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("Maïa Okonkwo")

    page.goto(f"{site.origin}/en/companies/hexaligne")
    press(page, "Wish to meet")
    desk, theirs = site.signed_in(browser, "recruiter")
    (person,) = site.ask("SELECT id FROM person WHERE email = 'maia@example.org'")[0]
    theirs.goto(f"{site.origin}/en/recruiter/candidates/{person}")
    press(theirs, "Star")
    desk.close()
    page.goto(f"{site.origin}/en/companies/hexaligne")
    expect(page.locator("main")).to_contain_text("Wants to meet you")
    page.locator("input[name=slot]").first.check()
    press(page, "Book this slot")
    (meeting,) = site.ask(
        "SELECT m.id, m.slot, m.minutes, m.recruiter FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.email = 'maia@example.org' AND m.state IN ('proposed', 'accepted')"
    )
    page.goto(f"{site.origin}/en/day?day={clock.local(meeting['slot']).date().isoformat()}")
    expect(page.locator("main")).to_contain_text(clock.local(meeting["slot"]).strftime("%-H:%M"))

    site.go_to(meeting["slot"])
    theirs = site.sign_in(browser, meeting["recruiter"])
    theirs.goto(f"{site.origin}/en/recruiter/meetings/{meeting['id']}")
    press(theirs, "Start the meeting")
    press(theirs, "End the meeting")
    theirs.select_option("[name=result]", index=1)
    press(theirs, "Keep")
    page.goto(f"{site.origin}/en/meetings/{meeting['id']}")
    expect(page.locator("main")).to_contain_text("Held")
    assert site.ask("SELECT state FROM meeting WHERE id = $1", meeting["id"])[0][0] == "held"
    context.close()
    theirs.context.close()


def test_a_recruiters_day(site: Town, browser: Browser) -> None:
    meeting, slot, recruiter = site.ask(
        """SELECT m.id, m.slot, m.recruiter FROM meeting m WHERE m.kind = 'interview' AND m.state IN ('proposed', 'accepted') AND m.slot > $1
           ORDER BY m.slot, m.id LIMIT 1""",
        site.clock.now(),
    )[0]  # fmt: skip
    site.go_to(slot)
    before = site.ask("SELECT count(*) FROM meeting WHERE recruiter = $1 AND state = 'held'", recruiter)[0][0]
    page = site.sign_in(browser, recruiter)
    page.goto(f"{site.origin}/en/recruiter")
    expect(page.locator(".nextcard .k").first).to_contain_text(clock.local(slot).strftime("%-H:%M"))
    press(page, "Start the meeting")
    expect(page.get_by_role("button", name="End the meeting")).to_be_visible()
    page.goto(f"{site.origin}/en/recruiter/meetings/{meeting}#notes")
    page.fill("[name=text]", "Knows public procurement well.")
    press(page, "Keep the note")
    expect(page.locator("#notes")).to_contain_text("Knows public procurement well.")
    press(page, "End the meeting")
    page.goto(f"{site.origin}/en/recruiter")
    held = site.ask("SELECT count(*) FROM meeting WHERE recruiter = $1 AND state = 'held'", recruiter)[0][0]
    assert held == before + 1
    expect(page.locator(".mini")).to_contain_text("held so far")
    page.goto(f"{site.origin}/en/recruiter/candidates")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert site.ask("SELECT state FROM meeting WHERE id = $1", meeting)[0][0] == "held"
    page.context.close()


QUICKER = "const every = window.setInterval; window.setInterval = (call, ms, ...more) => every(call, Math.max(250, ms / 30), ...more);"


@pytest.mark.parametrize("asks", [True, False], ids=["asks", "control"])
def test_where_web_sockets_are_blocked_a_page_asks_instead(site: Town, browser: Browser, asks: bool) -> None:
    """A network that lets no WebSocket through: what changed is fetched all the same. The control is a page that never asks."""
    meeting, candidate = site.ask("SELECT id, candidate FROM meeting WHERE kind = 'interview' AND state = 'proposed' AND slot > $1 ORDER BY id LIMIT 1", site.clock.now())[0]
    page = site.sign_in(browser, candidate)
    page.add_init_script(QUICKER if asks else "window.setInterval = () => 0;")
    page.route_web_socket(re.compile("/live"), lambda socket: socket.close())
    page.goto(f"{site.origin}/en/meetings")
    row = page.locator("#mine li", has=page.locator(f"a[href*='{meeting}']")).first
    expect(row.get_by_role("button", name="Accept", exact=True)).to_be_visible()
    site.ask("UPDATE meeting SET state = 'accepted' WHERE id = $1 RETURNING id", meeting)
    if asks:
        expect(row.get_by_role("button", name="Accept", exact=True)).to_have_count(0)
        expect(row).to_contain_text("Accepted")
    else:
        page.wait_for_timeout(3000)
        expect(row.get_by_role("button", name="Accept", exact=True)).to_be_visible()
    page.context.close()


def test_an_organiser_closes_a_campus_after_looking_what_it_would_change(site: Town, browser: Browser) -> None:
    context, page = site.signed_in(browser, "forum")
    slug, campus = site.ask(
        """SELECT c.slug, c.id FROM campus c JOIN meeting_table t ON t.campus = c.id JOIN meeting m ON m.meeting_table = t.id
           WHERE m.state IN ('proposed', 'accepted') AND m.slot > $1 GROUP BY c.id ORDER BY count(*) LIMIT 1""",
        site.clock.now(),
    )[0]  # fmt: skip
    page.goto(f"{site.origin}/en/control/{slug}")
    press(page, "Pause entries")
    page.goto(f"{site.origin}/en/control")
    alert = page.locator(f"#alert-suspended-{slug}")
    expect(alert).to_contain_text("entries are paused")
    alert.get_by_role("link", name="What if it closes").click()
    page.fill("[name=seconds]", "1")
    press(page, "Start a run")
    number = site.until("SELECT max(number) FROM plan WHERE state = 'done' AND kind <> 'plan'", seconds=90)
    page.get_by_role("link", name="Look at the plan").click()  # where the page that waited for the run leads
    expect(page.locator("main")).to_contain_text(f"What if: Campus {slug} closes" if page.get_by_text("closes on").count() else f"What if: Campus {slug} is closed.")
    expect(page.get_by_role("heading", name="What closing would change")).to_be_visible()
    expect(page.get_by_role("button", name=f"Publish run {number}")).to_have_count(0)
    shown = [int(n.replace(",", "")) for n in page.locator(".diff .sum b").all_inner_texts()][:3]
    moved, gone, left = site.ask(
        """SELECT count(*) FILTER (WHERE (n.slot, n.recruiter, n.meeting_table) <> (m.slot, m.recruiter, m.meeting_table)), count(*) FILTER (WHERE n.slot IS NULL),
                  (SELECT count(*) FROM plan_meeting x JOIN plan y ON y.id = x.plan JOIN meeting_table t ON t.id = x.meeting_table WHERE y.number = $1 AND t.campus = $2 AND x.slot > $3)
           FROM meeting m JOIN plan p ON p.number = $1 LEFT JOIN plan_meeting n ON n.plan = p.id AND n.candidate = m.candidate AND n.company = m.company
           WHERE m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held')""",
        number, campus, site.clock.now(),
    )[0]  # fmt: skip
    assert (shown[1:], left) == ([moved, gone], 0)
    assert moved > 0  # what stood there takes place elsewhere; it is not just lost
    versions = site.ask("SELECT count(*) FROM plan_version")[0][0]
    press(page, "Close the campus")
    if page.locator("dialog[open]").count():
        page.locator("dialog[open] button.btn-bad, dialog[open] button[type=submit]").first.click()
    site.until("SELECT count(*) > $1 FROM plan_version", versions, seconds=120)
    left = site.ask(
        """SELECT count(*) FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table WHERE t.campus = $1 AND m.state IN ('proposed', 'accepted') AND m.slot > $2
           AND NOT EXISTS (SELECT FROM meeting_trouble q WHERE q.meeting = m.id AND q.resolved_at IS NULL)""",
        campus, site.clock.now(),
    )[0][0]  # fmt: skip
    assert left == 0
    context.close()
