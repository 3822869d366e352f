"""The thread: one person from registration to a held meeting, through the real application, database and engine."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from forum import clock, db, editions
from forum.badges import devices
from forum.matchmaking import publishing, running, runs, sample
from forum.rehearsal import make_edition
from tests.helpers import csrf, latest_mail, posted, sign_client_in


@pytest.fixture
async def edition(database: str) -> UUID:
    """Three campuses, six companies with recruiters present, forty candidates with wishes; the days begin tomorrow."""
    made = await make_edition(now=clock.now() + timedelta(days=1), campuses=3)
    editions.forget()
    await sample.fill(await editions.needed(), companies=6, candidates=40, now=clock.now(), seed=1)
    return made


async def test_from_registration_to_a_meeting_in_my_day_and_a_screen_that_moves(client: httpx.AsyncClient, app: Litestar, edition: UUID) -> None:
    # register
    page = await client.get("/register")
    days = re.findall(r'value="(\d{4}-\d\d-\d\d:[^"]+)"', page.text)
    first = sorted(days)[0]
    second = next(d for d in sorted(days) if d[:10] != first[:10])
    form = {"name": "Zoé Ferrand", "email": "zoe@example.org", "purpose": "candidate", "days": [first, second], "skills": "Python, SQL", "target_roles": ["data-scientist"]}
    assert (await posted(client, "/register", form)).status_code == 303
    link = (await latest_mail("confirm"))["link"]
    confirmed = await posted(client, link, form=link)
    assert confirmed.headers["location"] == "/badge"
    zoe = await db.value("SELECT id FROM person WHERE email = 'zoe@example.org'")

    # badge
    badge_page = await client.get("/badge")
    assert badge_page.status_code == 200
    token = await db.value("SELECT b.token FROM badge b JOIN registration r ON r.id = b.registration WHERE r.person = $1 AND b.revoked_at IS NULL", zoe)
    assert token

    # wish
    companies = await db.column("SELECT slug FROM company WHERE edition = $1 AND approved_at IS NOT NULL ORDER BY name LIMIT 4", edition)
    for company in companies:
        assert (await posted(client, "/wishes/add", {"company": company}, form="/me")).status_code == 303
    assert await db.value("SELECT count(*) FROM wish WHERE candidate = $1 AND withdrawn_at IS NULL", zoe) == 4

    # plan by the engine, published by an organiser
    sofia = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
    of = await editions.needed()
    number = await runs.ask(of, by=sofia, now=clock.now(), time_limit=3.0, seed=1)
    await running.execute(await db.value("SELECT id FROM plan WHERE edition = $1 AND number = $2", edition, number), of, now=clock.now())
    run = await runs.run_by_number(edition, number)
    assert run.has_plan
    await publishing.publish(of, number, by=sofia, now=clock.now(), expected_version=0)
    meetings = await db.column("SELECT id FROM meeting WHERE candidate = $1 AND state = 'proposed' ORDER BY slot", zoe)
    assert meetings

    # my day has it, and she accepts
    day = clock.local(await db.value("SELECT slot FROM meeting WHERE id = $1", meetings[0])).date()
    shown = await client.get(f"/day?on={day}")
    assert f"/meetings/{meetings[0]}" in shown.text
    assert (await posted(client, f"/meetings/{meetings[0]}/accept", form=f"/meetings/{meetings[0]}")).status_code == 303
    assert await db.value("SELECT state FROM meeting WHERE id = $1", meetings[0]) == "accepted"

    # check-in at a door, by the same interface as the phones
    campus = await db.value("SELECT c.id FROM registration_day d JOIN campus c ON c.id = d.campus JOIN registration r ON r.id = d.registration WHERE r.person = $1 ORDER BY d.day LIMIT 1", zoe)
    gates = await db.column("SELECT id FROM gate WHERE campus = $1 AND ways <> 'exit'", campus)
    _device, enrolment = await devices.create(edition, "Phone", gates, "steward", now=clock.now(), by=None)
    _, secret = await devices.enrol(enrolment, now=clock.now())
    at = clock.at_local(await db.value("SELECT min(day) FROM edition_day WHERE edition = $1", edition), (await editions.needed()).days[0].opens) + timedelta(minutes=30)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test") as phone:
        body = {"secret": token, "type": "entry", "nonce": "n" * 16, "gate": str(gates[0]), "datetime": at.isoformat(), "force": True}
        answers = [await phone.post("/api/v1/organizers/rehearsal/checkinrpc/redeem/", json=body, headers={"authorization": f"Device {secret}"}) for _ in range(3)]
    assert [a.json()["status"] for a in answers] == ["ok"] * 3
    assert await db.value("SELECT count(*) FROM check_in WHERE admitted") == 1

    # the control screen moves
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test") as organiser:
        await sign_client_in(organiser, sofia)
        screen = await organiser.get("/control")
    assert screen.status_code == 200
    assert await db.value("SELECT sum(inside) FROM campus_inside") == 1
    assert csrf(await client.get("/me"))
