import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from forum import db
from forum.badges import handouts, redeem
from forum.badges.codes import number_of
from forum.badges.model import DayLine
from forum.people import sign_in
from tests.badges.house import House, add_people, build, code
from tests.conftest import NOW


@pytest.fixture
async def house(database: str, now: object) -> House:
    return await build()


async def sign_in_as(client: httpx.AsyncClient, person: object) -> None:
    client.cookies.set("forum_sign_in", await sign_in.start(person, now=NOW, second_factor=True))  # type: ignore[arg-type]


async def organiser(email: str) -> object:
    return await db.value("SELECT id FROM person WHERE email = $1", email)


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text[:2000]
    return found[1]


async def test_my_badge_shows_name_code_and_picture_in_both_languages(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, house.people[0])
    page = await client.get("/badge")
    typed = await code(house.badges[0])
    assert page.status_code == 200
    for part in ("Personne 0", typed[:4], typed[4:], '<path fill="#000"', 'data-theme="light"', 'name="offline" content="badge"'):
        assert part in page.text
    assert "My badge" in (await client.get("/en/badge")).text
    assert "Mon badge" in page.text


async def test_my_badge_says_where_to_be_next_and_nothing_that_is_past(client: httpx.AsyncClient, house: House) -> None:
    lines = {NOW.date(): (DayLine("09:50", "Déjà passé", "", 1), DayLine("10:05", "trajet", "", 2, "trip"), DayLine("10:40", "Rencontre", "Table 31", 2))}

    async def planned(person: UUID, on: date, lang: str) -> tuple[DayLine, ...]:
        return lines.get(on, ())

    await sign_in_as(client, house.people[0])
    before = handouts._sources
    handouts.use(replace(before, lines=planned))
    try:
        said = (await client.get("/badge")).text
        lines.clear()
        nothing = (await client.get("/badge")).text
    finally:
        handouts.use(before)
    assert "Prochain rendez-vous" in said
    assert "Table 31" in said
    assert "Déjà passé" not in said
    assert "Prochain rendez-vous" not in nothing


async def test_a_badge_is_made_at_the_first_look_and_only_once(client: httpx.AsyncClient, house: House) -> None:
    await db.execute("DELETE FROM whereabouts WHERE registration = $1", house.registrations[0])
    await db.execute("DELETE FROM badge WHERE registration = $1", house.registrations[0])
    await sign_in_as(client, house.people[0])
    first, second = await client.get("/badge"), await client.get("/badge")
    assert re.findall(r'class="code">(\w+)', first.text) == re.findall(r'class="code">(\w+)', second.text)
    assert await db.value("SELECT count(*) FROM badge WHERE registration = $1", house.registrations[0]) == 1


async def test_a_minor_waits_for_the_guardian(client: httpx.AsyncClient, house: House) -> None:
    await db.execute("DELETE FROM whereabouts WHERE registration = $1", house.registrations[0])
    await db.execute("DELETE FROM badge WHERE registration = $1", house.registrations[0])
    await db.execute("UPDATE registration SET purpose = 'visitor', is_minor = true, guardian_email = 'g@example.org' WHERE id = $1", house.registrations[0])
    await sign_in_as(client, house.people[0])
    page = await client.get("/badge")
    assert page.status_code == 200
    assert await db.value("SELECT count(*) FROM badge WHERE registration = $1", house.registrations[0]) == 0


async def test_a_lost_badge_is_replaced_at_once(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, house.people[0])
    answer = await client.post("/badge/lost", data={"_csrf": csrf(await client.get("/badge/lost")), "sure": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/badge")
    shown = "".join(re.findall(r'class="code">(\w+)', (await client.get("/badge")).text))
    assert number_of(shown) != number_of(await code(house.badges[0]))
    assert await db.value("SELECT replaced_by IS NOT NULL FROM badge WHERE id = $1", house.badges[0])
    assert await db.value("SELECT facts->>'identity' FROM journal WHERE action = 'badge.replaced'") == "e-mail"


@pytest.mark.parametrize("layout", ["a6", "a4", "label62", "label100"])
async def test_my_badge_prints_in_every_layout_and_is_logged(client: httpx.AsyncClient, house: House, layout: str) -> None:
    await sign_in_as(client, house.people[0])
    answer = await client.get(f"/badge/print/{layout}")
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert await db.column("SELECT layout FROM badge_print") == [layout]


async def test_the_mail_s_picture_is_drawn_for_our_tokens_only(client: httpx.AsyncClient, house: House) -> None:
    good = await client.get(f"/badge/qr/{house.tokens[0]}.png")
    assert (good.status_code, good.headers["content-type"]) == (200, "image/png")
    assert (await client.get(f"/badge/qr/{house.tokens[0][:50]}AAAA{house.tokens[0][54:]}.png")).status_code == 404
    assert (await client.get("/badge/qr/HELLO.png")).status_code == 404


async def test_an_organiser_enrols_a_phone_which_then_scans(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("sofia@example.org"))
    page = await client.get("/door/devices")
    form = {"_csrf": csrf(page), "name": "Téléphone B", "gates": str(house.gate()), "profile": "steward"}
    shown = await client.post("/door/devices", data=form)
    enrolment = re.search(r"#enrol=([\w-]+)", shown.text)[1]  # type: ignore[index]
    client.cookies.clear()
    device = (await client.post("/api/v1/device/initialize", json={"token": enrolment})).json()
    assert (device["name"], device["security_profile"], device["gate"]) == ("Téléphone B", "steward", str(house.gate()))
    assert (await client.post("/api/v1/device/initialize", json={"token": enrolment})).status_code == 403
    headers = {"authorization": f"Device {device['api_token']}"}
    answer = await client.post("/api/v1/organizers/current/checkinrpc/redeem/", json={"secret": house.tokens[0]}, headers=headers)
    assert (answer.status_code, answer.json()["status"], answer.json()["position"]["attendee_name"]) == (201, "ok", "Personne 0")
    assert await db.value("SELECT count(*) FROM journal WHERE action LIKE 'device.%'") >= 2


async def test_a_campus_organiser_sees_and_enrols_only_the_own_campus(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("karim@example.org"))
    page = await client.get("/door/devices")
    assert str(house.gate(0)) in page.text
    assert str(house.gate(1)) not in page.text
    form = {"_csrf": csrf(page), "name": "X", "gates": str(house.gate(1)), "profile": "steward"}
    assert (await client.post("/door/devices", data=form)).status_code == 422


async def test_the_answers_of_the_api_have_one_shape(client: httpx.AsyncClient, house: House) -> None:
    headers = {"authorization": f"Device {house.token}"}

    async def ask(secret: str, **more: object) -> httpx.Response:
        body = {"secret": secret, "gate": str(house.gate())} | more
        return await client.post("/api/v1/organizers/current/checkinrpc/redeem/", json=body, headers=headers)

    ok, again, foreign = await ask(house.tokens[0]), await ask(house.tokens[0]), await ask("https://example.org")
    assert [r.status_code for r in (ok, again, foreign)] == [201, 400, 404]
    assert {frozenset(r.json()) for r in (ok, again, foreign)} == {frozenset(ok.json())}
    assert [r.json()["reason"] for r in (ok, again, foreign)] == [None, "already_redeemed", "invalid"]
    assert again.json()["reason_explanation"]
    for bad in ({"type": "sideways"}, {"nonce": "x"}, {"datetime": "yesterday"}, {"datetime": "9999-12-31T23:59:59Z"}, {"gate": str(house.badges[0])}):
        answer = await ask(house.tokens[0], **bad)
        assert answer.status_code in (403, 422), bad
        assert answer.json()["status"] == "error"
    assert (await client.post("/api/v1/organizers/current/checkinrpc/redeem/", content=b"{", headers=headers)).status_code == 422
    assert (await client.post("/api/v1/organizers/current/checkinrpc/redeem/", json={"secret": "x"})).status_code == 403


async def test_the_door_answers_in_the_attendee_s_language_too(client: httpx.AsyncClient, house: House) -> None:
    await add_people(house, 1, language="en")
    headers = {"authorization": f"Device {house.token}"}
    await db.execute("UPDATE badge SET revoked_at = $2 WHERE id = $1", house.badges[3], NOW - timedelta(days=1))
    body = {"secret": house.tokens[3], "gate": str(house.gate())}
    forum = (await client.post("/api/v1/organizers/current/checkinrpc/redeem/", json=body, headers=headers)).json()["forum"]
    assert set(forum["said"]) == {"fr", "en"}
    assert forum["said"]["en"][0] == "Badge withdrawn"
    assert forum["said"]["fr"][0] == "Badge annulé"


async def test_searching_by_name_is_for_supervisors_and_never_lists_everybody(client: httpx.AsyncClient, house: House) -> None:
    headers = {"authorization": f"Device {house.token}"}
    await add_people(house, 25)
    found = (await client.get("/api/v1/organizers/current/checkinrpc/search/?search=personne", headers=headers)).json()
    assert found["count"] == 20
    assert (await client.get("/api/v1/organizers/current/checkinrpc/search/?search=pe", headers=headers)).json()["count"] == 0
    assert (await client.get("/api/v1/organizers/current/checkinrpc/search/?search=%25%25%25", headers=headers)).json()["count"] == 0
    await db.execute("UPDATE door_device SET profile = 'steward'")
    assert (await client.get("/api/v1/organizers/current/checkinrpc/search/?search=personne", headers=headers)).status_code == 403


async def test_status_history_failed_and_annul_speak_pretix(client: httpx.AsyncClient, house: House) -> None:
    headers = {"authorization": f"Device {house.token}"}
    base, gate = "/api/v1/organizers/current", str(house.gate())
    body = {"secret": house.tokens[0], "lists": [gate], "nonce": "nonce-0001"}
    assert (await client.post(f"{base}/checkinrpc/redeem/", json=body, headers=headers)).status_code == 201
    failed = {"raw_barcode": "\x00\x01", "error_reason": "invalid", "nonce": "nonce-0002"}
    assert (await client.post(f"{base}/checkinlists/{gate}/failed_checkins/", json=failed, headers=headers)).status_code == 201
    assert (await client.post(f"{base}/checkinlists/{gate}/failed_checkins/", json=failed, headers=headers)).json()["new"] is False
    assert (await client.get(f"{base}/checkinlists/{gate}/status/", headers=headers)).json()["inside_count"] == 1
    history = (await client.get(f"{base}/checkins/?gate={gate}", headers=headers)).json()["results"]
    assert [(h["nonce"], h["successful"], h["error_reason"]) for h in history] == [("nonce-0001", True, None), ("nonce-0002", False, "invalid")]
    annulled = await client.post(f"{base}/checkinrpc/annul/", json={"nonce": "nonce-0001", "error_explanation": "mistake"}, headers=headers)
    assert annulled.status_code == 200
    assert (await client.get(f"{base}/checkinlists/{gate}/status/", headers=headers)).json()["inside_count"] == 0
    assert (await client.get(f"{base}/checkins/?gate={gate}", headers=headers)).json()["results"][0]["error_reason"] == "annulled"
    assert (await client.post(f"{base}/checkinrpc/annul/", json={"nonce": "nonce-9999"}, headers=headers)).status_code == 404
    assert await db.value("SELECT why FROM check_in_undo") == "mistake"


def test_a_device_s_token_is_not_what_is_stored() -> None:
    assert len(redeem.device_digest("x")) == 32


async def test_redeem_answers_alike_before_the_framework_and_on_its_route(client: httpx.AsyncClient, house: House) -> None:
    """A stated length goes the quick way, a chunked body the route's; one nonce, so both say the same of one scan."""
    path = "/api/v1/organizers/current/checkinrpc/redeem/"
    headers = {"authorization": f"Device {house.token}", "content-type": "application/json"}

    async def chunked(body: bytes) -> AsyncIterator[bytes]:
        yield body[:5]
        yield body[5:]

    body = f'{{"secret": "{house.tokens[0]}", "gate": "{house.gate()}", "nonce": "nonce-0001"}}'.encode()
    await client.post(path, content=body, headers=headers)
    for given, sent in ((headers, body), (headers, b"{"), ({"content-type": "application/json"}, body)):
        quick, route = await client.post(path, content=sent, headers=given), await client.post(path, content=chunked(sent), headers=given)
        assert (quick.status_code, quick.json()) == (route.status_code, route.json())
        assert set(quick.headers) - {"x-request-id"} == set(route.headers) - {"x-request-id", "content-encoding", "vary"}
