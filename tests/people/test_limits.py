"""What strangers may cause is bounded: by network, and by the mailbox they write to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from forum import clock, db, limits, mail
from forum.errors import TooOften
from tests.helpers import make_person, posted

NOON = datetime(2028, 11, 16, 12, 0, tzinfo=UTC)


def test_networks_are_counted_each_for_themselves() -> None:
    limits.forget()
    for _ in range(limits.MOST["code"]):
        limits.spend("code", "203.0.113.5", now=NOON)
    with pytest.raises(TooOften) as refused:
        limits.spend("code", "203.0.113.5", now=NOON)
    assert refused.value.seconds == limits.WITHIN_SECONDS
    limits.spend("code", "203.0.113.6", now=NOON)
    limits.spend("ask", "203.0.113.5", now=NOON)
    limits.spend("code", "203.0.113.5", now=NOON + timedelta(seconds=limits.WITHIN_SECONDS))


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.5", "203.0.113.5"), ("::ffff:203.0.113.5", "203.0.113.5"), ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"), ("127.0.0.1", ""), ("::1", ""), ("a socket", ""),
    ],
)  # fmt: skip
def test_who_is_counted_as_one(host: str, counted: str) -> None:
    assert limits.network_of(host) == counted


@pytest.mark.parametrize(("kind", "form", "typed"), [("ask", "/sign-in", {"email": "anh@example.org"}), ("register", "/register", {"name": "Anh"})])
async def test_a_form_past_its_bound_is_429_with_the_time_to_wait(
    app: Litestar, people: dict[str, UUID], monkeypatch: pytest.MonkeyPatch, kind: str, form: str, typed: dict[str, str]
) -> None:
    monkeypatch.setitem(limits.MOST, kind, 2)
    for host, statuses in (("203.0.113.7", 3), ("127.0.0.1", 0)):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(host, 1)), base_url="http://forum.test") as far:
            answers = [await posted(far, form, typed, form=form) for _ in range(5)]
        assert sum(a.status_code == 429 for a in answers) == statuses
        assert all(1 <= int(a.headers["retry-after"]) <= limits.WITHIN_SECONDS for a in answers if a.status_code == 429)


async def test_a_mailbox_gets_a_few_mails_that_strangers_cause_a_day(database: str) -> None:
    person, now = await make_person("Anh"), clock.now()
    for number in range(10):
        await mail.post("already_registered", person=person, now=now)
        await mail.post("guardian", person=await make_person(f"Enfant{number}"), to="Parent@example.org" if number % 2 else "parent@example.org", now=now)
        await mail.post("confirm", person=person, now=now)  # the control: what one asks for oneself is not counted here
    sent = await db.column("SELECT template || ' ' || count(*) FROM mail WHERE person IS NOT NULL OR recipient <> '' GROUP BY template ORDER BY 1")
    assert sent == ["already_registered 3", "confirm 10", "guardian 5"]
    assert await db.value("SELECT count(*) FROM mail") == 30  # the same cost, for the time of an answer
    await mail.post("already_registered", person=person, now=now + timedelta(days=1, seconds=1))
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'already_registered' AND person IS NOT NULL") == 4
