"""A genuine badge at the wrong time or of the wrong edition, and a batch too large: the reason, the sentence, and nothing counted."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from forum import db
from forum.badges.batch import Batch
from forum.badges.keys import Key
from forum.badges.token import Badge, edition_mark, sign
from forum.badges.vault import ring
from tests.badges.conftest import make_badge
from tests.badges.house import SECRET, House, build
from tests.badges.test_sync import MS, offline
from tests.conftest import NOW

DAY = timedelta(days=1)
PATH = "/api/v1/organizers/current/checkinrpc/redeem/"


@pytest.fixture
async def house(database: str, now: object) -> House:
    return await build()


async def counted(house: House) -> tuple[int, int, int]:
    """People inside, people with a place, scans admitted."""
    inside = await db.value("SELECT coalesce(sum(inside), 0)::int FROM campus_inside")
    return inside, await db.value("SELECT count(campus) FROM whereabouts"), await db.value("SELECT count(*) FROM check_in WHERE admitted")


async def redeemed(client: httpx.AsyncClient, house: House, text: str, lang: str = "fr", way: str = "entry") -> tuple[int, str, str, list[str]]:
    body = {"secret": text, "gate": str(house.gate()), "type": way}
    headers = {"authorization": f"Device {house.token}", "accept-language": lang}
    answer = await client.post(PATH, json=body, headers=headers)
    said = answer.json()
    return answer.status_code, said["reason"], said["forum"]["detail"], said["forum"]["said"][lang][:2]


DATED = [
    (-9 * DAY, -1 * DAY, "expired", ["This badge has expired", "It was valid until Wed 15 Nov 10:00. The desk can register on the spot."]),
    (DAY, 3 * DAY, "not_yet", ["This badge is not valid yet", "It is valid from Fri 17 Nov 10:00."]),
]


@pytest.mark.parametrize(("starts", "ends", "detail", "said"), DATED)
async def test_an_issued_badge_out_of_its_time_is_refused_with_its_date(
    client: httpx.AsyncClient, house: House, starts: timedelta, ends: timedelta, detail: str, said: list[str]
) -> None:
    """The third scan is the control: the same badge within its time enters."""
    await db.execute("UPDATE badge SET valid_from = $2, valid_until = $3 WHERE id = $1", house.badges[0], NOW + starts, NOW + ends)
    assert await redeemed(client, house, house.tokens[0], "en") == (400, "invalid_time", detail, said)
    assert await counted(house) == (0, 0, 0)
    assert await db.column("SELECT detail FROM check_in") == [detail]
    await db.execute("UPDATE badge SET valid_from = $2, valid_until = $3 WHERE id = $1", house.badges[0], NOW - DAY, NOW + DAY)
    assert (await redeemed(client, house, house.tokens[0]))[::2] == (201, "welcome")
    assert await counted(house) == (1, 1, 1)


TITLES = {
    "fr": {
        "other_edition": "Ce badge est d’une autre édition",
        "expired": "Ce badge a expiré",
        "not_yet": "Ce badge n’est pas encore valable",
    },
    "en": {"other_edition": "This badge is for another edition", "expired": "This badge has expired", "not_yet": "This badge is not valid yet"},
}


async def signing() -> Key:
    return (await ring(SECRET)).signing


async def test_a_badge_we_signed_and_do_not_hold_says_what_its_own_text_says(client: httpx.AsyncClient, house: House) -> None:
    own = edition_mark(house.edition)
    cases = {"other_edition": (b"abcd", -DAY, DAY, "invalid"), "expired": (own, -9 * DAY, -DAY, "invalid_time"), "not_yet": (own, DAY, 2 * DAY, "invalid_time")}
    key = await signing()
    for number, (detail, (edition, starts, ends, reason)) in enumerate(cases.items()):
        badge = Badge(number, edition, "candidate", NOW + starts, NOW + ends, make_badge().grants)
        for lang in ("fr", "en"):
            status, said_reason, said_detail, said = await redeemed(client, house, sign(badge, key), lang)
            assert (status, said_reason, said_detail) == (404 if reason == "invalid" else 400, reason, detail)
            assert said[0] == TITLES[lang][detail]
            assert "{" not in "".join(said), "a sentence whose fact is not known is left out whole"
    assert await counted(house) == (0, 0, 0)


async def test_a_badge_of_another_edition_we_hold_opens_nothing_here(client: httpx.AsyncClient, house: House) -> None:
    past = await db.value("INSERT INTO edition (slug, name) VALUES ('past', 'Past') RETURNING id")
    await db.execute("UPDATE badge SET edition = $2 WHERE id = $1", house.badges[0], past)
    said = ["This badge is for another edition", "This year's badge is in the confirmation e-mail and in “My day”."]
    for way in ("entry", "exit"):
        assert await redeemed(client, house, house.tokens[0], "en", way) == (404, "invalid", "other_edition", said)
    assert await counted(house) == (0, 0, 0)


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_ten_thousand_scans_in_one_batch_are_refused_in_words_and_nothing_is_lost(client: httpx.AsyncClient, house: House, lang: str) -> None:
    headers = {"authorization": f"Device {house.token}", "content-type": "application/json", "accept-language": lang}
    scans = [offline(house, f"n{n:07}", n / 100, who=n % 3, way=("entry", "exit")[n // 3 % 2]) for n in range(10_000)]
    whole = msgspec.json.encode(Batch(MS, scans))
    answer = await client.post("/api/v1/door/sync", content=whole, headers=headers)
    said = answer.json()
    assert (answer.status_code, said["status"], said["detail"]) == (422, "error", "scans")
    assert "1000" in said["reason_explanation"].replace("\u202f", "")
    assert "recorded" not in said, "the phone takes off its list what is named, and nothing is"
    assert await db.value("SELECT count(*) FROM check_in") == 0


async def test_a_phone_s_fullest_batch_of_the_strangest_texts_is_read(client: httpx.AsyncClient, house: House) -> None:
    """What a phone keeps of a text and how many scans it sends stand in its own sources; the whole texts are the control."""
    door = Path(__file__).parents[2] / "frontend" / "src" / "door"
    kept = int(re.findall(r"const KEPT = (\d+)", (door / "scanner.ts").read_text())[0])
    most = int(re.findall(r"const BATCH = (\d+)", (door / "sync.ts").read_text())[0])
    headers = {"authorization": f"Device {house.token}", "content-type": "application/json"}

    async def sent(characters: int) -> int:
        scans = [offline(house, f"n{n:07}", who="\x01" * characters, admitted=False, detail="binary") for n in range(most)]
        return (await client.post("/api/v1/door/sync", content=msgspec.json.encode(Batch(MS, scans)), headers=headers)).status_code

    assert await sent(kept) == 200
    assert await db.value("SELECT count(*) FROM check_in WHERE detail = 'binary' OR detail = 'foreign'") == most
    assert await sent(4096) == 413, "control: whole, the texts of a full batch are more than is read"
