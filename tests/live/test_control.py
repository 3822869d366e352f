"""The control screen: what it shows, what it does, who may."""

from datetime import datetime, timedelta

import httpx

from forum import db
from tests.helpers import give_role, make_person, posted, sign_client_in
from tests.live import day as days


async def _sofia(client: httpx.AsyncClient) -> None:
    await sign_client_in(client, await days.person_of("sofia@example.org"))


async def _karim(client: httpx.AsyncClient) -> None:
    """Organiser of the first campus only."""
    await sign_client_in(client, await days.person_of("karim@example.org"))


async def _first(day: days.Day) -> str:
    """The slug of the campus karim organises."""
    found: str = await db.value("SELECT c.slug FROM role r JOIN campus c ON c.id = r.campus WHERE r.name = 'campus_organiser'")
    return found


async def test_every_page_of_the_control_screen_opens_in_both_languages(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    await days.fill(day, first, 3, per_minute=2, now=now)
    await days.device(day, first, "phone", seen=now - timedelta(minutes=9), unsent=4)
    await days.meeting(day, first, slot=now - timedelta(minutes=5), late=12)
    await days.session(day, first, "ABC", start=now - timedelta(minutes=5))
    await days.publish(day, now=now)
    await _sofia(client)
    pages = ("/control", "/control/wall", f"/control/wall?campus={first}", f"/control/{first}", "/control/journal", "/control/announce", f"/control/{first}/evacuation", f"/board/{first}", "/announcements")
    for path in pages:
        for prefix in ("", "/en"):
            page = await client.get(prefix + path)
            assert page.status_code == 200, (path, page.text[-2000:])
