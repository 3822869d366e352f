import asyncio
from uuid import UUID

import httpx
import pytest

from forum import db
from forum.badges import devices, walkins
from forum.badges.recording import Outcome
from forum.badges.walkins import WalkInBody
from forum.errors import Conflict, Forbidden, Invalid
from tests.badges.house import SECRET, House, build
from tests.conftest import NOW


@pytest.fixture
async def house(database: str) -> House:
    return await build(1)


async def come(house: House, nonce: str = "walk-in-0001", email: str = "jeanne@example.org", gate: UUID | None = None, **more: object) -> Outcome:
    device = await devices.by_token(house.token)
    asked = WalkInBody(nonce, "Jeanne Dupré", email, gate or house.gate(), more.pop("adult", True), **more)  # type: ignore[arg-type]
    return await walkins.take(device, house.token, asked, now=NOW, secret=SECRET)


async def test_a_visitor_is_registered_has_a_badge_and_is_inside(house: House) -> None:
    came = await come(house)
    assert (came.decision.status, came.decision.detail, came.inside) == ("ok", "welcome", 1)
    assert came.holder is not None
    assert (came.holder.name, came.holder.role) == ("Jeanne Dupré", "visitor")
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'badges.issue'") == 1, "the badge goes to the address by mail"


async def test_however_often_it_is_sent_it_is_one_person_and_one_entry(house: House) -> None:
    answers = [await come(house), await come(house)] + await asyncio.gather(*(come(house, "walk-in-0002", "paul@example.org") for _ in range(5)))
    assert {a.decision.status for a in answers} == {"ok"}
    assert await db.value("SELECT count(*) FROM check_in") == 2
    assert await db.value("SELECT count(*) FROM walk_in") == 2


async def test_knowing_an_address_gives_nobody_its_badge(house: House) -> None:
    known = await db.value("SELECT email FROM person WHERE id = $1", house.people[0])
    with pytest.raises(Conflict) as caught:
        await come(house, email=known.upper())
    assert caught.value.code == "registered"
    assert await db.value("SELECT name FROM person WHERE id = $1", house.people[0]) == "Personne 0"
    assert await db.value("SELECT count(*) FROM check_in") == 0


async def test_without_a_place_nobody_is_promised_one_but_who_is_inside_already_is_recorded(house: House) -> None:
    await db.execute("UPDATE campus_day SET places = taken WHERE campus = $1", house.campuses[0])
    with pytest.raises(Conflict) as caught:
        await come(house)
    assert caught.value.code == "full"
    assert await db.value("SELECT count(*) FROM walk_in") == 0, "nothing of it stays"
    offline = await come(house, happened=True, at=int(NOW.timestamp() * 1000) - 3_600_000)
    assert (offline.decision.status, offline.decision.forced, offline.at.timestamp()) == ("ok", True, NOW.timestamp() - 3600)


async def test_under_eighteen_and_foreign_gates_are_refused(house: House) -> None:
    with pytest.raises(Invalid):
        await come(house, adult=False)
    with pytest.raises(Forbidden):
        await come(house, gate=house.badges[0])
    assert await db.value("SELECT count(*) FROM person WHERE name = 'Jeanne Dupré'") == 0


async def test_the_door_page_s_request_has_redeem_s_answer(client: httpx.AsyncClient, house: House, now: object) -> None:
    body = {"nonce": "walk-in-0001", "name": "Jeanne", "email": "jeanne@example.org", "gate": str(house.gate()), "adult": True}
    answer = await client.post("/api/v1/door/walk-in", json=body, headers={"authorization": f"Device {house.token}"})
    assert (answer.status_code, answer.json()["status"], len(answer.json()["position"]["code"])) == (201, "ok", 8)
    assert (await client.post("/api/v1/door/walk-in", json=body)).status_code == 403
    wrong = await client.post(
        "/api/v1/door/walk-in", json=body | {"nonce": "walk-in-0002", "email": "nobody"}, headers={"authorization": f"Device {house.token}"}
    )
    assert (wrong.status_code, wrong.json()["detail"]) == (422, "email")


async def test_somebody_let_in_offline_who_cannot_be_registered_is_kept_as_evidence_without_a_name(house: House) -> None:
    known = await db.value("SELECT email FROM person WHERE id = $1", house.people[0])
    for _ in range(2):
        with pytest.raises(Conflict):
            await come(house, email=known, happened=True, at=int(NOW.timestamp() * 1000))
    bodies = await db.column("SELECT body::text FROM check_in_evidence")
    assert len(bodies) == 1
    assert "registered" in bodies[0]
    assert "Jeanne" not in bodies[0]
    assert known not in bodies[0]
