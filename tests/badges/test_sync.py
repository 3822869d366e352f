import json
import random
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from forum import db
from forum.badges import devices, service, settle, sync
from forum.badges.batch import Batch, OfflineScan, OfflineUndo, Opened
from forum.badges.sync import Synced
from forum.errors import Invalid
from tests.badges.house import SECRET, House, ask, build, scan
from tests.badges.phones import deliver, deliveries, enrol, morning, outcome
from tests.conftest import NOW

MS = int(NOW.timestamp() * 1000)
MINUTE = 60_000


@pytest.fixture
async def house(database: str) -> House:
    return await build()


def offline(house: House, nonce: str, minutes: float = 0, who: int | str = 0, campus: int = 0, **more: Any) -> OfflineScan:
    text = house.tokens[who] if isinstance(who, int) else who
    given: dict[str, Any] = {"way": "entry", "admitted": True, "detail": "welcome"} | more
    return OfflineScan(nonce.ljust(8, "_"), text, house.gate(campus), at=MS + int(minutes * MINUTE), **given)


async def send(house: House, *scans: OfflineScan, undos: list[OfflineUndo] | None = None, clock: int = 0, later: float = 240) -> Synced:
    """Hand a batch over *later* minutes; the phone's clock is *clock* ms behind ours."""
    now = NOW + timedelta(minutes=later)
    batch = Batch(int(now.timestamp() * 1000) - clock, list(scans), undos or [])
    return await sync.take(await devices.by_token(house.token), batch, now=now, secret=SECRET)


async def test_what_happened_is_recorded_once_however_often_it_arrives(house: House) -> None:
    first = offline(house, "a")
    assert (await send(house, first, first)).recorded == ["a_______"]
    again = await send(house, first, offline(house, "b", 10, way="exit", detail="goodbye"))
    assert (again.recorded, again.known, again.conflicts) == (["b_______"], ["a_______"], [])
    assert await db.value("SELECT count(*) FROM check_in") == 2
    assert await db.value("SELECT campus FROM whereabouts WHERE registration = $1", house.registrations[0]) is None


async def test_control_without_the_nonce_a_repeated_batch_counts_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.execute("ALTER TABLE check_in DROP CONSTRAINT one_check_in_per_nonce")
    monkeypatch.setattr(sync, "_INSERT", sync._INSERT.replace("ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING", ""))
    for _ in range(2):
        await send(house, offline(house, "a"))
    assert await db.value("SELECT count(*) FROM check_in") == 2


async def test_another_scan_under_a_used_nonce_is_kept_as_evidence_and_changes_nothing(house: House) -> None:
    await send(house, offline(house, "a"))
    other = offline(house, "a", who=1)
    for _ in range(2):
        assert (await send(house, other)).conflicts == ["a_______"]
    assert await db.value("SELECT count(*) FROM check_in_evidence") == 1
    assert await db.value("SELECT campus FROM whereabouts WHERE registration = $1", house.registrations[1]) is None


async def test_a_wrong_clock_is_corrected_and_one_that_was_set_meanwhile_too(house: House) -> None:
    behind = await send(house, offline(house, "a", -10), clock=10 * MINUTE)
    assert behind.clock_ms == 10 * MINUTE
    assert await db.value("SELECT at FROM check_in WHERE nonce = 'a_______'") == NOW
    await send(house, offline(house, "b", -10, who=1, offset=10 * MINUTE), clock=0)
    assert await db.value("SELECT at FROM check_in WHERE nonce = 'b_______'") == NOW
    await send(house, offline(house, "c", 900, who=2), clock=0)
    assert await db.value("SELECT at <= created_at FROM check_in WHERE nonce = 'c_______'"), "nothing happened later than we learnt of it"


async def test_a_badge_used_at_two_offline_doors_is_flagged_at_both_with_both_times(house: House) -> None:
    enrolment = (await devices.create(house.edition, "B", [house.gate(1)], "steward", now=NOW, by=None))[1]
    other, _ = await devices.enrol(enrolment, now=NOW)
    await send(house, offline(house, "a", 0))
    now = NOW + timedelta(minutes=241)
    synced = await sync.take(other, Batch(int(now.timestamp() * 1000), [offline(house, "b", 2, campus=1)]), now=now, secret=SECRET)
    (there,) = synced.flags
    (here,) = (await send(house, offline(house, "c", 100, who=1))).flags
    assert [(f.nonce, f.at, f.other_at, f.other_campus) for f in (here, there)] == [
        ("a_______", NOW, NOW + timedelta(minutes=2), 2),
        ("b_______", NOW + timedelta(minutes=2), NOW, 1),
    ]
    await send(house, undos=[OfflineUndo("undo-a__", "a_______", MS)])
    assert await db.value("SELECT count(*) FROM double_use") == 0


async def test_an_undo_counts_whether_it_arrives_before_or_after_its_scan(house: House) -> None:
    await send(house, undos=[OfflineUndo("undo-a__", "a_______", MS, "mistake", "Driss")])
    await send(house, offline(house, "a"))
    await send(house, offline(house, "b", who=1))
    await send(house, undos=[OfflineUndo("undo-b__", "b_______", MS)])
    assert await db.value("SELECT count(*) FROM whereabouts WHERE campus IS NOT NULL") == 0
    assert await db.value("SELECT sum(inside) FROM campus_inside") == 0
    assert await db.value("SELECT count(*) FROM check_in WHERE undone_at IS NOT NULL") == 2


async def test_nobody_undoes_another_device_s_scan(house: House) -> None:
    await send(house, offline(house, "a"))
    other, _ = await devices.enrol((await devices.create(house.edition, "B", [house.gate()], "steward", now=NOW, by=None))[1], now=NOW)
    await sync.take(other, Batch(MS, [], [OfflineUndo("undo-a__", "a_______", MS)]), now=NOW, secret=SECRET)
    assert await db.value("SELECT count(*) FROM whereabouts WHERE campus IS NOT NULL") == 1


async def test_a_scan_the_server_answered_and_the_phone_kept_is_one_scan(house: House) -> None:
    """The answer was lost on the way: the phone decided by itself and sends the same nonce."""
    given = scan(house, nonce="lost-answer-1")
    await ask(house, given)
    synced = await send(house, offline(house, "lost-answer-1"))
    assert (synced.known, synced.conflicts) == (["lost-answer-1"], [])
    assert await db.value("SELECT count(*) FROM check_in") == 1


async def test_what_the_phone_let_in_wrongly_is_recorded_as_what_happened(house: House) -> None:
    await service.revoke(house.badges[1], now=NOW - timedelta(hours=1), by=None, why="lost")
    forged = house.tokens[2][:60] + "AAAA" + house.tokens[2][64:]
    await send(house, offline(house, "revoked", who=1), offline(house, "forged", who=forged), offline(house, "typed", who="22222222"))
    rows = {r.nonce.strip("_"): (r.admitted, r.detail, r.warnings) for r in await db.rows(Row, "SELECT nonce, admitted, detail, warnings FROM check_in")}
    assert rows == {"revoked": (True, "welcome", ["revoked"]), "forged": (False, "forged", ["let_in"]), "typed": (False, "unknown_code", ["let_in"])}


class Row(msgspec.Struct):
    nonce: str
    admitted: bool
    detail: str
    warnings: list[str]


async def test_a_batch_too_large_is_refused_whole_and_says_how_much_fits(house: House) -> None:
    scans = [offline(house, f"n{n:07}", n / 100) for n in range(10_000)]
    with pytest.raises(Invalid) as refused:
        await send(house, *scans)
    assert refused.value.message.facts == {"most": 1000}
    assert await db.value("SELECT count(*) FROM check_in") == 0


POISON: dict[str, tuple[str, dict[str, Any]]] = {
    "a text with NUL": ("", {"text": "a\x00b"}),
    "half a surrogate pair": ("", {"text": "\ud83d"}),
    "overlong text": ("unreadable", {"text": "x" * 10_001}),
    "NUL in a name": ("unreadable", {"staff": "a\x00b"}),
    "NUL in the nonce": ("unreadable", {"nonce": "poison\x00\x00"}),
    "half a pair in the nonce": ("unreadable", {"nonce": "poison__\ud83d"}),
    "no nonce": ("unreadable", {"nonce": None}),
    "a moment after the last year": ("unreadable", {"at": 10**18}),
    "a moment that is none": ("unreadable", {"at": None}),
    "an offset of an age": ("unreadable", {"offset": 10**16}),
    "a way that is none": ("unreadable", {"way": "sideways"}),
    "a field too many": ("unreadable", {"more": 1}),
    "another device's gate": ("gate", {"gate": "00000000-0000-4000-8000-000000000000"}),
    "a result that is none": ("detail", {"detail": "x"}),
}


@pytest.mark.parametrize("kind", POISON)
async def test_one_scan_that_cannot_be_taken_has_its_own_reason_and_the_others_go_through(
    client: httpx.AsyncClient, house: House, now: object, kind: str
) -> None:
    why, spoilt = POISON[kind]
    scans = msgspec.to_builtins([offline(house, f"n{n:07}", n, who=n) for n in range(3)])
    scans[1] |= spoilt
    headers = {"authorization": f"Device {house.token}", "content-type": "application/json", "accept-language": "en"}
    for again in (False, True):
        answer = await client.post("/api/v1/door/sync", content=json.dumps({"now": MS, "scans": scans}), headers=headers)
        assert answer.status_code == 200, answer.text
        came = answer.json()["known" if again else "recorded"]
        assert came == (["n0000000", "n0000001", "n0000002"] if not why else ["n0000000", "n0000002"])
        assert [(r["what"], r["index"], r["detail"]) for r in answer.json()["refused"]] == ([("scans", 1, why)] if why else [])
        assert all(r["reason_explanation"] for r in answer.json()["refused"])
    assert await db.value("SELECT count(*) FROM check_in") == (2 if why else 3)
    assert await db.value("SELECT count(*) FROM check_in_evidence") == (1 if why else 0), "nothing is lost, and kept once"


async def test_control_what_is_not_looked_at_first_takes_the_whole_batch_down(client: httpx.AsyncClient, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [offline(house, "good"), offline(house, "bad", staff="a\x00b", who=1)]
    monkeypatch.setattr(sync, "opened", lambda batch, gates: Opened(list(batch.scans), [], []))
    with pytest.raises(asyncpg.DataError):
        await send(house, *given)
    assert await db.value("SELECT count(*) FROM check_in") == 0


async def test_an_undo_that_cannot_be_read_has_its_own_reason_too(house: House) -> None:
    await send(house, offline(house, "a"), offline(house, "b", who=1))
    synced = await send(house, undos=[OfflineUndo("undo-a__", "a_______", MS, why="a\x00b"), OfflineUndo("undo-b__", "b_______", MS)])
    assert [(r.what, r.index, r.nonce, r.detail) for r in synced.refused] == [("undos", 0, "undo-a__", "unreadable")]
    assert await db.column("SELECT nonce FROM check_in WHERE undone_at IS NOT NULL") == ["b_______"]


async def test_a_batch_cut_in_the_middle_applies_nothing(client: httpx.AsyncClient, house: House, now: object) -> None:
    headers = {"authorization": f"Device {house.token}", "content-type": "application/json"}
    whole = msgspec.json.encode(Batch(MS, [offline(house, f"n{n:07}", n) for n in range(50)]))
    for body in (whole[: len(whole) // 2], b"", b"null", b"[" * 100_000, whole.replace(str(MS).encode(), b"1e400", 1)):
        answer = await client.post("/api/v1/door/sync", content=body, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (422, "error")
    assert await db.value("SELECT count(*) FROM check_in") == 0
    assert (await client.post("/api/v1/door/sync", content=whole, headers=headers)).status_code == 200
    assert await db.value("SELECT count(*) FROM check_in") == 50


async def test_a_withdrawn_device_is_told_so_and_nothing_of_its_batch_counts(client: httpx.AsyncClient, house: House, now: object) -> None:
    await devices.withdraw(house.device, now=NOW, by=None)
    headers = {"authorization": f"Device {house.token}"}
    answer = await client.post("/api/v1/door/sync", content=msgspec.json.encode(Batch(MS, [offline(house, "a")])), headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (403, "device_revoked")
    assert await db.value("SELECT count(*) FROM check_in") == 0


async def test_a_morning_of_phones_without_network_ends_in_the_truth(database: str) -> None:
    """The bench's simulation, small: 300 badges, 8 phones, 5 % used at two doors, all sent three times in any order."""
    dice = random.Random(60)
    house = await build(people=300)
    phones = await enrol(house, 8, dice, NOW)
    truth = morning(house, phones, dice, MS)
    await deliver(deliveries(phones, dice), NOW + timedelta(hours=5))
    result = await outcome(truth)
    assert (result.nonces, result.admitted) == (len(truth.at), len(truth.admitted))
    assert {frozenset(pair) for pair in truth.doubles} - result.doubles == set(), "a double use was not flagged"
    assert len(truth.doubles) >= 8
    assert result.worst_ms < 1000
    assert await db.value("SELECT count(*) FROM whereabouts w JOIN campus_inside i USING (campus) WHERE campus IS NOT NULL") == sum(n for _, n in result.inside)
    assert await db.value("SELECT bool_and(i.inside = (SELECT count(*) FROM whereabouts w WHERE w.campus = i.campus)) FROM campus_inside i")


async def test_control_without_clock_pairs_the_morning_is_not_the_truth(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "corrected", lambda scan, offset, now: NOW + timedelta(milliseconds=scan.at - MS))
    dice = random.Random(60)
    house = await build(people=60)
    phones = await enrol(house, 8, dice, NOW)
    truth = morning(house, phones, dice, MS)
    await deliver(deliveries(phones, dice, times=1), NOW + timedelta(hours=5))
    assert (await outcome(truth)).worst_ms > 5 * MINUTE


async def test_settling_twice_changes_nothing(house: House) -> None:
    await send(house, offline(house, "a"), offline(house, "b", 20, campus=1), offline(house, "c", 30, who=1))
    before = await db.column("SELECT registration::text || coalesce(campus::text, '-') || since FROM whereabouts ORDER BY 1")
    async with db.transaction():
        await settle.settle(house.registrations, now=NOW)
    assert await db.column("SELECT registration::text || coalesce(campus::text, '-') || since FROM whereabouts ORDER BY 1") == before
    assert await db.value("SELECT sum(inside) FROM campus_inside") == 2


async def test_a_phone_with_nothing_to_send_is_heard_all_the_same_with_its_battery(house: House) -> None:
    now, told = NOW + timedelta(hours=3), "SELECT seen_at, battery FROM door_device WHERE id = $1"
    for battery in (34, None):
        batch = msgspec.json.decode(msgspec.json.encode({"now": MS, "scans": [], "undos": [], "unsent": 0, "battery": battery}), type=Batch)
        await sync.take(await devices.by_token(house.token), batch, now=now, secret=SECRET)
        async with db.connection() as conn:
            assert tuple(await conn.fetchrow(told, house.device)) == (now, battery)
    assert await db.value("SELECT count(*) FROM event WHERE kind = 'check_in.batch'") == 0
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"now": 1, "battery": 101}', type=Batch)
