"""A server that does not answer in time ends no rehearsal: the phone keeps the scan and sends it again under the same nonce."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx

from forum.rehearsal.hands import Hands, Ledger, Phone
from forum.rehearsal.script import Person
from forum.settings import Settings
from tests.conftest import NOW

ANH = Person(UUID(int=1), UUID(int=2), "token", "1")


def _hands(answer: Callable[[httpx.Request], httpx.Response]) -> Hands:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://forum.test")
    return Hands(client, Settings(origin="http://forum.test"), b"s" * 40, Ledger(), "1")


async def test_a_scan_nobody_answered_is_kept_and_sent_again() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) <= 2:
            raise httpx.ReadTimeout("slow", request=request)
        return httpx.Response(200, json={})

    hands, phone = _hands(answer), Phone(UUID(int=5), "t")
    assert await hands.scan(phone, ANH, "entry", NOW) == (True, "welcome")
    assert [scan["nonce"] for scan in phone.unsent] == [hands.ledger.sent[0].nonce]
    await hands.sync(phone, NOW + timedelta(minutes=1))
    assert len(phone.unsent) == 1, "it was not taken"
    await hands.sync(phone, NOW + timedelta(minutes=2))
    assert (phone.unsent, hands.ledger.counts["unanswered"]) == ([], 2)
    await hands.client.aclose()


async def test_a_beat_nobody_answered_is_noted_and_nothing_else() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    hands = _hands(away)
    await hands.beat(Phone(UUID(int=5), "t"), NOW, 80)
    assert hands.ledger.errors == ["no answer beat: ConnectError"]
    await hands.client.aclose()


async def test_a_scan_counts_as_made_once_it_is_answered_so_that_a_judge_meanwhile_does_not_miss_it() -> None:
    meanwhile: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        meanwhile.append(len(hands.ledger.sent))
        return httpx.Response(201, json={"forum": {"detail": "welcome"}})

    hands = _hands(answer)
    assert await hands.scan(Phone(UUID(int=5), "t"), ANH, "entry", NOW) == (True, "welcome")
    assert (set(meanwhile), len(hands.ledger.sent)) == ({0}, 1)
    await hands.client.aclose()
