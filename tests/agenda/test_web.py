"""Public pages without JavaScript: the programme, a session, seats and stars."""

from datetime import datetime

import httpx
import pytest
from lxml import html

from forum.people import sign_in
from tests.agenda import world as w


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0, track="Société", abstract="Pour tout le monde")
    await w.add(made, "atelier", "lab", 90, kind="workshop", track="Pratique")
    await w.add(made, "visite", "loft", 60, kind="visit", language="en")
    await w.release(made, "1.0", now=now)
    return made


async def signed_in(client: httpx.AsyncClient, world: w.World, name: str, now: datetime) -> None:
    client.cookies.set("forum_sign_in", await sign_in.start(await w.person(world, name), now=now))


def text(response: httpx.Response) -> str:
    return " ".join(html.fromstring(response.text).text_content().split())


async def submit(client: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    """Send the form of *page* that posts to *action*, with its hidden fields, as a browser would."""
    tree = html.fromstring((await client.get(page)).text)
    (form,) = [f for f in tree.forms if f.action == action]
    hidden = {i.name: i.value for i in form.xpath(".//input[@type='hidden']")}
    return await client.post(action, data=hidden | fields, headers={"origin": "http://forum.test"})


async def test_the_programme_lists_every_session(client: httpx.AsyncClient, world: w.World) -> None:
    response = await client.get("/programme")
    assert response.status_code == 200
    assert [a.text for a in html.fromstring(response.text).xpath("//ol//h3/a")] == ["Keynote", "Visite", "Atelier"]


async def test_filters(client: httpx.AsyncClient, world: w.World) -> None:
    found = {}
    for query in ("campus=1", "track=Pratique", "language=en", "kind=visit", "q=SOCIETE", "q=tout+monde", "day=2028-11-17", "day=2028-11-18", "day=nonsense"):
        found[query] = [a.text for a in html.fromstring((await client.get(f"/programme?{query}")).text).xpath("//ol//h3/a")]
    assert found == {
        "campus=1": ["Keynote", "Atelier"],
        "track=Pratique": ["Atelier"],
        "language=en": ["Visite"],
        "kind=visit": ["Visite"],
        "q=SOCIETE": ["Keynote"],
        "q=tout+monde": ["Keynote"],
        "day=2028-11-17": ["Keynote", "Visite", "Atelier"],
        "day=2028-11-18": [],
        "day=nonsense": ["Keynote", "Visite", "Atelier"],
    }


async def test_every_view_names_the_sessions_or_campuses(client: httpx.AsyncClient, world: w.World) -> None:
    for path in ("/forum-2028/schedule", "/forum-2028/schedule/", "/forum-2028/schedule/nojs", "/en/programme", "/programme/grid", "/programme/campuses"):
        response = await client.get(path)
        assert (path, response.status_code) == (path, 200)
        assert "Keynote" in response.text or "Goutte-d" in response.text


async def test_a_session_page(client: httpx.AsyncClient, world: w.World) -> None:
    for path in ("/programme/KEYNOTE", "/forum-2028/talk/KEYNOTE/"):
        page = text(await client.get(path))
        assert "Pour tout le monde" in page
    assert (await client.get("/programme/NOTHERE")).status_code == 404


async def test_reserve_and_give_back(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await signed_in(client, world, "anh", now)
    answer = await submit(client, "/programme/KEYNOTE", "/programme/KEYNOTE/seat")
    assert (answer.status_code, answer.headers["location"]) == (303, "/programme/KEYNOTE")
    assert "/programme/KEYNOTE/seat/release" in (await client.get("/programme/KEYNOTE")).text
    assert (await submit(client, "/programme/KEYNOTE", "/programme/KEYNOTE/seat/release")).status_code == 303
    assert "/programme/KEYNOTE/seat/release" not in (await client.get("/programme/KEYNOTE")).text


async def test_a_journey_too_short_is_said_before_one_commits(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await signed_in(client, world, "anh", now)
    await submit(client, "/programme/KEYNOTE", "/programme/KEYNOTE/seat")
    assert "Keynote" in text(await client.get("/programme/VISITE"))  # said on the page already
    refused = await submit(client, "/programme/VISITE", "/programme/VISITE/seat")
    assert refused.status_code == 409
    forced = await client.post(
        "/programme/VISITE/seat", data={"_csrf": html.fromstring(refused.text).xpath("//input[@name='_csrf']/@value")[0], "anyway": "yes"}
    )
    assert forced.status_code == 303


async def test_a_star_is_shown_in_the_list(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await signed_in(client, world, "anh", now)
    answer = await submit(client, "/programme", "/programme/stars", star="ATELIER")
    assert answer.headers["location"].endswith("#ATELIER")
    page = html.fromstring((await client.get("/programme")).text)
    assert {b.get("value"): b.get("aria-pressed") for b in page.xpath("//button[@name='star']")} == {"KEYNOTE": "false", "VISITE": "false", "ATELIER": "true"}


async def test_nobody_signed_in_has_stars_or_seats(client: httpx.AsyncClient, world: w.World) -> None:
    page = html.fromstring((await client.get("/programme/KEYNOTE")).text)
    assert page.xpath("//button[@name='star']") == []
    assert (await client.post("/programme/KEYNOTE/seat")).status_code in (303, 401, 403)


async def test_hostile_titles_stay_text(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await w.add(world, "evil", "hall", 300, abstract="</script><script>alert(1)</script>", track="<b>x</b>")
    await w.release(world, "1.1", now=now)
    from forum.agenda import current

    current.forget()
    for path in ("/programme", "/programme/EVIL", "/programme/grid?campus=1"):
        page = await client.get(path)
        assert "<script>alert" not in page.text and "<b>x</b>" not in page.text
