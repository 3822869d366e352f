"""What people do on their own pages: days, cancelling, guardians; what organisers do: roles, the second factor; and the demo's links."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pyotp
import pytest
from litestar import Litestar

from forum import clock, db
from forum.people import commands as people_commands
from forum.people import proving, second_factor, sign_in
from forum.sign_ins import digest, principal_of
from tests.helpers import csrf, give_role, latest_mail, make_person, posted, sign_client_in


async def days() -> list[str]:
    return await db.column("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus ORDER BY d.day, c.number")


def browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Another one, with no cookie."""
    return httpx.AsyncClient(transport=client._transport, base_url="http://forum.test")


async def register(client: httpx.AsyncClient, name: str, **more: str) -> httpx.Response:
    return await posted(client, "/register", {"name": name, "email": f"{name.lower()}@example.net", "purpose": "visitor", "days": (await days())[0], **more})


async def enter(client: httpx.AsyncClient, name: str) -> UUID:
    """Register and press the button of the mail."""
    await register(client, name)
    link = (await latest_mail("confirm"))["link"]
    assert (await posted(client, link, form=link)).headers["location"] == "/badge"
    person: UUID = await db.value("SELECT id FROM person WHERE name = $1", name)
    return person


async def version(person: UUID) -> str:
    return str(await db.value("SELECT version FROM registration WHERE person = $1", person))


# --- oneself ------------------------------------------------------------------------------------------------


async def test_a_place_given_back_on_the_page_is_offered_to_who_waits(client: httpx.AsyncClient, edition: UUID) -> None:
    await db.execute("UPDATE campus_day SET places = taken + 1")
    first = await enter(client, "Un")
    async with browser(client) as other:
        second = await enter(other, "Deux")
        assert "Liste d’attente, rang 1" in (await other.get("/me")).text
        assert "waiting list (1 person)" in (await other.get("/en/register")).text
        done = await posted(client, "/me/cancel", {"version": await version(first)}, form="/me/cancel")
        assert (done.status_code, done.headers["location"]) == (303, "/me")
        assert "Place gardée" in (await other.get("/me")).text
    assert await db.value("SELECT person FROM mail WHERE template = 'place_free'") == second
    assert "Votre inscription est annulée" in (await client.get("/me")).text
    await posted(client, "/me/take-up", form="/me")
    await posted(client, "/me/days", {"version": await version(first), "days": (await days())[0]}, form="/me")
    assert "Waiting list, rank 1" in (await client.get("/en/me")).text


async def test_a_page_read_before_a_change_is_refused_with_a_way_on(client: httpx.AsyncClient, edition: UUID) -> None:
    person = await enter(client, "Un")
    old = await version(person)
    assert (await posted(client, "/me/days", {"version": old, "days": (await days())[-1]}, form="/me")).status_code == 303
    late = await posted(client, "/me/cancel", {"version": old}, form="/me/cancel")
    assert (late.status_code, "autre fenêtre" in late.text) == (409, True)
    assert await db.value("SELECT cancelled_at FROM registration WHERE person = $1", person) is None


async def test_cancelling_gives_the_badge_nothing_to_open(client: httpx.AsyncClient, edition: UUID) -> None:
    person = await enter(client, "Un")
    await posted(client, "/me/cancel", {"version": await version(person)}, form="/me/cancel")
    assert await db.value("SELECT count(*) FROM registration_day d JOIN registration r ON r.id = d.registration WHERE r.person = $1", person) == 0


async def test_faults_stand_beside_their_fields_and_what_was_typed_stays(client: httpx.AsyncClient, edition: UUID) -> None:
    page = await posted(client, "/en/register", {"name": "", "email": "not an address", "purpose": "candidate", "days": "", "skills": "Python", "minor": "1"}, form="/en/register")
    assert page.status_code == 422
    for field in ("name", "email", "days"):
        assert f'id="f-{field}-fault"' in page.text, field
    assert (page.text.count("Make at least one choice."), page.text.count("Enter the whole address, for example")) == (2, 2)  # summary and field
    assert '<a href="#f-days">Which days, and where will you enter first?</a>' in page.text
    assert ('value="not an address"' in page.text, 'value="Python"' in page.text, 'aria-invalid="true"' in page.text) == (True, True, True)
    again = await posted(client, "/en/register", {"name": "A", "email": ".a@example.org", "purpose": "candidate", "days": (await days())[0], "minor": "1"}, form="/en/register")
    for field in ("email", "purpose", "guardian_email"):
        assert f'id="f-{field}-fault"' in again.text, field


async def test_signing_in_with_a_code_confirms_what_one_registered(client: httpx.AsyncClient, edition: UUID) -> None:
    await register(client, "Un")
    page = await posted(client, "/sign-in", {"email": "un@example.net", "next": "/me"}, form="/sign-in")
    path = page.headers["location"].partition("?")[0]
    await posted(client, path, {"code": (await latest_mail("sign_in"))["code"], "next": "/me"}, form=path)
    assert await db.value("SELECT r.confirmed_at IS NOT NULL FROM registration r JOIN person p ON p.id = r.person WHERE p.name = 'Un'")


async def test_a_confirmation_link_never_opens_an_account_that_has_a_history(client: httpx.AsyncClient, edition: UUID) -> None:
    await register(client, "Un")
    link = (await latest_mail("confirm"))["link"]
    await db.execute("UPDATE person SET confirmed_at = now() WHERE name = 'Un'")
    assert (await posted(client, link, form=link)).headers["location"] == "/sign-in?next=/badge"
    assert "forum_sign_in" not in client.cookies


# --- guardians ----------------------------------------------------------------------------------------------


async def test_a_form_of_ones_account_that_is_refused_keeps_what_was_typed(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["attendee"])
    long = "Trois ans de données publiques. " * 70
    said = await posted(client, "/en/me/profile", {"about": long, "skills": "cartographie", "target_roles": "legal", "max_meetings": "4"}, form="/me")
    assert (said.status_code, long.strip() in said.text, 'value="cartographie"' in said.text) == (422, True, True)
    assert f'value="{await db.value("SELECT name FROM person WHERE id = $1", people["attendee"])}"' in said.text  # the other forms as they were
    details = await posted(client, "/en/me/details", {"name": "Anh la Nouvelle", "language": "xx", "step_free_need": "1"}, form="/me")
    assert (details.status_code, 'value="Anh la Nouvelle"' in details.text) == (422, True)
    assert await db.value("SELECT count(*) FROM profile WHERE about <> ''") == 0


async def test_a_visit_under_18_waits_for_the_guardian_who_learns_only_what_is_needed(client: httpx.AsyncClient, edition: UUID) -> None:
    await register(client, "Ado", minor="1", guardian_email="parent@example.net")
    mails = await db.column("SELECT template || ' ' || recipient FROM mail ORDER BY template")
    assert mails == ["confirm ", "guardian parent@example.net"]
    proof = (await latest_mail("confirm"))["link"].rpartition("/")[2]
    person = (await proving.confirm(proof, now=clock.now())).person
    await sign_client_in(client, person)
    assert "n’a pas encore donné son accord" in (await client.get("/me")).text
    link = (await latest_mail("guardian"))["link"]
    async with browser(client) as parent:
        for method in ("GET", "HEAD"):
            looked = await parent.request(method, link)
            assert (looked.status_code, "Ado" in looked.text) == (200, False)
        assert "Campus 1 · " in (await parent.get(link)).text  # what is agreed to
        assert await db.value("SELECT guardian_agreed_at FROM registration WHERE is_minor") is None  # looking agrees to nothing
        assert (await posted(parent, link, form=link)).status_code == 303
        assert (await posted(parent, link, form="/register")).status_code == 303  # pressed once more
        agreed = (await parent.get(link)).text
        assert "Vous avez autorisé cette visite" in agreed and "J’autorise" not in agreed
        assert (await posted(parent, "/guardian/unknown", form="/register")).status_code == 404
        assert (await parent.get("/me")).status_code == 303  # a guardian is nobody's account
    assert await db.value("SELECT guardian_agreed_at IS NOT NULL FROM registration WHERE is_minor")
    assert "n’a pas encore donné son accord" not in (await client.get("/me")).text


async def test_under_18_nothing_of_the_matchmaking_opens(client: httpx.AsyncClient, edition: UUID) -> None:
    await register(client, "Ado", minor="1", guardian_email="parent@example.net")
    person = await db.value("SELECT id FROM person WHERE name = 'Ado'")
    await db.execute("UPDATE registration SET confirmed_at = now(), guardian_agreed_at = now() WHERE person = $1", person)
    company = await db.value("SELECT slug FROM company WHERE approved_at IS NOT NULL LIMIT 1")
    await sign_client_in(client, person)
    for path in ("/wishes", "/wishes/preferences", "/sharing", "/meetings"):
        shown = await client.get(path)
        assert (shown.status_code, "Les rencontres ne font pas partie" in shown.text, "candidate-tabs" in shown.text) == (200, True, False)
    refused = await posted(client, "/sharing/about-me", {"gender": "woman", "territory": "paris"}, form="/me")
    assert (refused.status_code, await db.value("SELECT count(*) FROM voluntary_answer")) == (409, 0)
    for path, data in (("/wishes/add", {"company": company}), (f"/companies/{company}/wait", {}), ("/me/profile", {"skills": "x"})):
        await posted(client, path, data, form="/me")
    assert await db.value("SELECT (SELECT count(*) FROM wish WHERE candidate = $1) + (SELECT count(*) FROM seat_wait WHERE candidate = $1)", person) == 0


# --- staff --------------------------------------------------------------------------------------------------


async def test_an_organiser_finds_gives_and_ends_a_role_of_one_campus(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"])
    found = await posted(client, "/organise/people", {"q": "anh@"}, form="/organise/people")
    assert (found.status_code, str(people["attendee"]) in found.text) == (200, True)
    page = f"/organise/people/{people['attendee']}"
    assert (await posted(client, page + "/roles", {"role": "door"}, form=page)).status_code == 422  # of which campus?
    assert (await posted(client, page + "/roles", {"role": "door", "campus": "2"}, form=page)).status_code == 303
    token = await sign_in.start(people["attendee"], now=clock.now())
    asker = await principal_of(token, now=clock.now())
    assert asker is not None
    assert (asker.may("door", campus="2"), asker.may("door", campus="1")) == (True, False)
    role = await db.value("SELECT id FROM role WHERE person = $1 AND name = 'door'", people["attendee"])
    await posted(client, f"/organise/roles/{role}/end", form=page)
    assert await principal_of(token, now=clock.now()) is None  # signed out at once
    assert await db.column("SELECT action FROM journal ORDER BY id") == ["role.granted", "role.ended"]


async def test_giving_a_role_that_was_asked_for_approves_it(client: httpx.AsyncClient, people: dict[str, UUID], edition: UUID) -> None:
    await db.execute("INSERT INTO role (person, edition, name, granted_at) VALUES ($1, $2, 'speaker', now())", people["attendee"], edition)
    await sign_client_in(client, people["forum"])
    page = f"/organise/people/{people['attendee']}"
    await posted(client, page + "/roles", {"role": "speaker"}, form=page)
    assert await db.column("SELECT approved_at IS NOT NULL FROM role WHERE person = $1 AND name = 'speaker'", people["attendee"]) == [True]


async def test_on_the_command_line_too_giving_a_role_that_was_asked_for_approves_it(edition: UUID) -> None:
    person = await db.value("INSERT INTO person (email, name, created_at, confirmed_at) VALUES ('lu@example.org', 'Lu', now(), now()) RETURNING id")
    await db.execute("INSERT INTO role (person, edition, name, granted_at) VALUES ($1, $2, 'press', now())", person, edition)
    waits = "SELECT approved_at IS NULL FROM role WHERE person = $1"
    assert await db.column(waits, person) == [True]  # control
    await people_commands._grant("lu@example.org", "press", None, None)
    assert await db.column(waits, person) == [False]


async def test_only_an_administrator_makes_and_ends_administrators(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"])
    page = f"/organise/people/{people['attendee']}"
    assert (await posted(client, page + "/roles", {"role": "admin"}, form=page)).status_code == 403
    boss = await make_person("Boss")
    await give_role(boss, "admin")
    role = await db.value("SELECT id FROM role WHERE person = $1", boss)
    assert (await posted(client, f"/organise/roles/{role}/end", form=page)).status_code == 404
    assert await db.value("SELECT ended_at FROM role WHERE id = $1", role) is None
    await sign_client_in(client, boss)
    assert (await posted(client, page + "/roles", {"role": "admin"}, form=page)).status_code == 303


# --- the second factor --------------------------------------------------------------------------------------


async def test_an_organiser_sets_the_second_factor_up_and_lands_where_they_wanted(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"], second_factor=False)
    sent = await client.get("/organise/people")
    assert sent.headers["location"] == "/sign-in/second?next=/organise/people"
    page = await client.get(sent.headers["location"])
    key = page.text.partition("secret=")[2].partition("&")[0]
    wrong = await client.post("/sign-in/second", data={"_csrf": csrf(page), "code": "000000", "next": "/organise/people"})
    assert (wrong.status_code, 'value="/organise/people"' in wrong.text) == (422, True)
    before = client.cookies["forum_sign_in"]
    done = await client.post("/sign-in/second", data={"_csrf": csrf(page), "code": pyotp.TOTP(key).at(clock.now()), "next": "/organise/people"})
    assert (done.status_code, done.headers["location"]) == (303, "/organise/people")
    assert await principal_of(before, now=clock.now()) is None  # a new right, a new cookie
    assert (await client.get("/organise/people")).status_code == 200
    assert key not in (await client.get("/sign-in/second")).text  # the secret is shown until it is confirmed, never after
    stored = await db.value("SELECT secret FROM second_factor WHERE person = $1", people["forum"])
    assert key.encode() not in stored


async def test_a_lost_authenticator_is_removed_by_an_administrator_and_nobody_else(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    lost = people["forum"]
    await second_factor.setup(lost, "sofia@example.org", secret=b"s" * 40, now=clock.now())
    theirs = await sign_in.start(lost, now=clock.now(), second_factor=True)
    path = f"/organise/people/{lost}/second-factor/removal"
    await sign_client_in(client, lost)
    assert (await posted(client, path, form="/me")).status_code == 404
    await db.execute("INSERT INTO role (person, name, granted_at, approved_at) VALUES ($1, 'admin', now(), now())", people["attendee"])
    await sign_client_in(client, people["attendee"])
    assert path in (await client.get(f"/organise/people/{lost}")).text
    assert (await posted(client, path, form="/me")).status_code == 303
    assert await db.value("SELECT count(*) FROM second_factor WHERE person = $1", lost) == 0
    assert await principal_of(theirs, now=clock.now()) is None
    assert await db.value("SELECT count(*) FROM journal WHERE action = 'second_factor.removed'") == 1


# --- signing out --------------------------------------------------------------------------------------------


async def test_a_slow_request_never_revives_a_sign_in(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    """The request reads its sign-in, the person signs out, the request goes on and would note that it was seen."""
    token = await sign_in.start(people["attendee"], now=clock.now() - timedelta(minutes=20))
    client.cookies.set("forum_sign_in", token, domain="forum.test")
    async with db.transaction():
        await db.value("SELECT 1 FROM sign_in WHERE token_hash = $1 FOR UPDATE", digest(token))
        await sign_in.end(digest(token), now=clock.now())
    slow = await client.get("/me")  # would have written `seen_at`
    assert (slow.status_code, await db.value("SELECT ended_at IS NOT NULL FROM sign_in WHERE token_hash = $1", digest(token))) == (303, True)


async def test_signing_out_ends_this_browser_and_forgets_what_it_kept(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["attendee"])
    elsewhere = await sign_in.start(people["attendee"], now=clock.now())
    done = await posted(client, "/sign-out", form="/me")
    assert done.headers["clear-site-data"] == '"cache", "storage"'
    assert (await client.get("/me")).status_code == 303
    assert await principal_of(elsewhere, now=clock.now()) is not None


# --- the demo's links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("demo", "near", "headers", "status"), [
    (True, "127.0.0.1", {}, 200), (False, "127.0.0.1", {}, 404), (True, "10.0.0.7", {}, 404), (True, "127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, 404),
    (True, "127.0.0.1", {"forwarded": "for=10.0.0.7"}, 404), (True, "127.0.0.1", {"x-real-ip": "10.0.0.7"}, 404), (True, "127.0.0.1", {"via": "1.1 proxy"}, 404)])  # fmt: skip
async def test_the_links_of_the_demo_open_in_the_demo_and_on_loopback_only(
    app: Litestar, edition: UUID, demo: bool, near: str, headers: dict[str, str], status: int
) -> None:
    app.state.settings = replace(app.state.settings, demo=demo)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(near, 1)), base_url="http://forum.test") as visitor:  # type: ignore[arg-type]
        for path in ("/demo/forum", "/demo/outbox"):
            assert (await visitor.get(path, headers=headers)).status_code == status, path
        token = csrf(await visitor.get("/register"))
        entered = await visitor.post("/demo/forum", data={"_csrf": token}, headers=headers)
        assert (entered.status_code == 303, "forum_sign_in" in visitor.cookies) == (status == 200, status == 200)
