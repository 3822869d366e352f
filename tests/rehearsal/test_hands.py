"""A server that does not answer in time ends no rehearsal: the phone keeps the scan and sends it again under the same nonce."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from forum.rehearsal.client import Answer, Client, Unanswered
from forum.rehearsal.hands import Hands, Ledger, Phone
from forum.rehearsal.script import Person
from forum.settings import Settings
from tests.conftest import NOW

ANH = Person(UUID(int=1), UUID(int=2), "token", "1")


class Said:
    """A client whose server answers what *answer* says of a path."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer

    async def post(self, path: str, **_: Any) -> Answer:
        return self.answer(path)


def _hands(answer: Callable[[str], Answer]) -> Hands:
    return Hands(cast("Client", Said(answer)), Settings(origin="http://forum.test"), b"s" * 40, Ledger(), "1")


async def test_a_scan_nobody_answered_is_kept_and_sent_again() -> None:
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        if len(asked) <= 2:
            raise Unanswered("slow")
        return Answer(200, "{}")

    hands, phone = _hands(answer), Phone(UUID(int=5), "t")
    assert await hands.scan(phone, ANH, "entry", NOW) == (True, "welcome")
    assert [scan["nonce"] for scan in phone.unsent] == [hands.ledger.sent[0].nonce]
    await hands.sync(phone, NOW + timedelta(minutes=1))
    assert len(phone.unsent) == 1, "it was not taken"
    await hands.sync(phone, NOW + timedelta(minutes=2))
    assert (phone.unsent, hands.ledger.counts["unanswered"]) == ([], 2)


async def test_a_beat_nobody_answered_is_noted_and_nothing_else() -> None:
    def away(path: str) -> Answer:
        raise Unanswered("ClientConnectorError")

    hands = _hands(away)
    await hands.beat(Phone(UUID(int=5), "t"), NOW, 80)
    assert hands.ledger.errors == ["no answer beat: ClientConnectorError"]


async def test_a_scan_counts_as_made_once_it_is_answered_so_that_a_judge_meanwhile_does_not_miss_it() -> None:
    meanwhile: list[int] = []

    def answer(path: str) -> Answer:
        meanwhile.append(len(hands.ledger.sent))
        return Answer(201, json.dumps({"forum": {"detail": "welcome"}}))

    hands = _hands(answer)
    assert await hands.scan(Phone(UUID(int=5), "t"), ANH, "entry", NOW) == (True, "welcome")
    assert (set(meanwhile), len(hands.ledger.sent)) == ({0}, 1)
