import asyncio
from datetime import timedelta

import pytest

from forum import db
from forum.badges import devices, doors, recording, redeem, sentences, service, vault
from forum.badges.asking import READ
from forum.badges.keys import fresh_key
from forum.badges.recording import Outcome
from forum.badges.together import Together
from forum.badges.token import sign
from forum.errors import Conflict, Forbidden
from tests.badges.conftest import make_badge
from tests.badges.house import SECRET, House, add_people, ask, build, code, scan
from tests.conftest import NOW


@pytest.fixture
async def house(database: str) -> House:
    return await build()


def said(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.decision.status, outcome.decision.reason, outcome.decision.detail


async def inside(house: House, campus: int = 0) -> int:
    count: int = await db.value("SELECT inside FROM campus_inside WHERE campus = $1", house.campuses[campus])
    standing = await db.value("SELECT count(*) FROM whereabouts WHERE campus = $1", house.campuses[campus])
    assert count == standing
    return count


async def test_a_badge_enters_leaves_and_enters_again(house: House) -> None:
    came = await ask(house, scan(house))
    assert (said(came), came.inside, came.holder and came.holder.name) == (("ok", "", "welcome"), 1, "Personne 0")
    assert said(await ask(house, scan(house, minutes=5, which=1))) == ("error", "already_redeemed", "inside_here")
    left = await ask(house, scan(house, minutes=9, way="exit"))
    assert (said(left), left.inside) == (("ok", "", "goodbye"), 0)
    assert said(await ask(house, scan(house, minutes=10))) == ("ok", "", "welcome")
    assert await inside(house) == 1
    assert await db.value("SELECT count(*) FROM check_in") == 4
    assert await db.value("SELECT count(*) FROM event WHERE kind IN ('check_in', 'check_in.refused')") == 4


async def test_entering_b_closes_a(house: House) -> None:
    await ask(house, scan(house))
    moved = await ask(house, scan(house, campus=1, minutes=120))
    assert (moved.decision.status, moved.decision.warnings, moved.inside) == ("ok", ("closes",), 1)
    assert (await inside(house, 0), await inside(house, 1)) == (0, 1)
    assert (await ask(house, scan(house, campus=0, minutes=121, way="exit"))).decision.warnings == ("not_inside",)
    assert await inside(house, 1) == 1


async def test_the_typed_code_is_as_good_as_the_picture(house: House) -> None:
    typed = (await code(house.badges[0])).lower()
    assert said(await ask(house, scan(house, f"{typed[:4]} {typed[4:]}"))) == ("ok", "", "welcome")
    assert said(await ask(house, scan(house, minutes=1)))[2] == "inside_here"


async def test_the_same_nonce_is_one_scan_and_one_answer(house: House) -> None:
    given = scan(house)
    first, again = await ask(house, given), await ask(house, given)
    assert (again.replayed, again.check_in, said(again)) == (True, first.check_in, said(first))
    refused = scan(house, minutes=1)
    assert said(await ask(house, refused)) == said(await ask(house, refused))
    assert await db.value("SELECT count(*) FROM check_in") == 2
    with pytest.raises(Conflict):
        await ask(house, scan(house, 1, nonce=given.nonce))


async def test_two_hundred_at_once_admit_one(house: House) -> None:
    answers = await asyncio.gather(*(ask(house, scan(house, which=n % 2)) for n in range(200)))
    assert [a.decision.status for a in answers].count("ok") == 1
    assert {said(a)[2] for a in answers if a.decision.status != "ok"} == {"inside_here"}
    assert await inside(house) == 1
    assert await db.value("SELECT count(*) FROM check_in") == 200


@pytest.mark.parametrize(("guard", "admitted"), [("", 1), (" AND w.version = a.version", 2)])
async def test_two_doors_that_read_the_same_moment_admit_one_and_without_the_condition_two(
    house: House, monkeypatch: pytest.MonkeyPatch, guard: str, admitted: int
) -> None:
    """The second half is the control: the condition on whereabouts is what keeps the second one out."""
    monkeypatch.setattr(recording, "MOVE", _without(recording.MOVE, guard))
    await doors.of(house.edition)
    both, write, turn = asyncio.Barrier(2), recording.Record.write, asyncio.Lock()
    met: list[recording.Record] = []

    async def write_when_both_have_read(self: recording.Record) -> Outcome | None:
        if len(met) < 2:
            met.append(self)
            await both.wait()
        async with turn:  # each in a run of its own
            return await write(self)

    monkeypatch.setattr(recording.Record, "write", write_when_both_have_read)
    answers = await asyncio.gather(*(ask(house, scan(house, which=n)) for n in range(2)))
    assert [a.decision.status for a in answers].count("ok") == admitted


@pytest.mark.parametrize(("guard", "admitted"), [("", 1), ("DISTINCT ON (registration) ", 3)])
async def test_of_three_scans_of_one_person_in_the_same_run_one_goes(house: House, guard: str, admitted: int) -> None:
    """The second half is the control: without that word all three are admitted, and counted."""
    move = _without(recording.MOVE, guard)
    await doors.of(house.edition)
    row = await READ.ask(redeem.device_digest(house.token), house.gate(), -1, "nonce-000", house.campuses[0], NOW, NOW.date())
    first = (house.registrations[0], 0, house.campuses[0], None, None)
    rest = (
        house.badges[0],
        house.campuses[0],
        house.gate(),
        row["device"],
        "",
        "entry",
        NOW,
        None,
        NOW,
        NOW.date(),
        False,
        "welcome",
        "",
        "",
        "{}",
        "online",
        "c",
    )
    rows = await move.run([(*first, f"nonce-{n:03}", *rest) for n in range(3)])
    assert await db.value("SELECT count(*) FROM check_in") == admitted
    assert (guard != "") == (len(rows) != 1)


@pytest.mark.parametrize(
    ("guard", "admitted"), [("", 5), ("coalesce(r.inside, 0) + (SELECT count(*) FROM one t WHERE t.entered = o.entered AND t.n <= o.n)", 20)]
)
async def test_a_run_that_would_fill_a_campus_stops_at_its_last_place(house: House, guard: str, admitted: int) -> None:
    """The second half is the control: a run that does not count its own people lets all of them in."""
    await add_people(house, 20)
    await doors.of(house.edition)
    move = _without(recording.MOVE, guard)
    row = await READ.ask(redeem.device_digest(house.token), house.gate(), -1, "nonce-000", house.campuses[0], NOW, NOW.date())
    rest = (house.campuses[0], house.gate(), row["device"], "", "entry", NOW, None, NOW, NOW.date(), False, "welcome", "", "", "{}", "online", "c")
    asked = [(house.registrations[n], 0, house.campuses[0], None, 5, f"nonce-{n:03}", house.badges[n], *rest) for n in range(20)]
    assert len(await move.run(asked)) == admitted
    assert await inside(house) == admitted


def _without(statement: Together, guard: str) -> Together:
    assert guard in statement.sql
    return Together(statement.sql.replace(guard, "0" if guard.startswith("coalesce") else "", 1), statement.columns) if guard else statement


async def test_the_last_place_under_the_legal_capacity_goes_to_one(house: House) -> None:
    await add_people(house, 20)
    await db.execute("UPDATE campus SET capacity = 5 WHERE id = $1", house.campuses[0])
    doors.forget()
    answers = await asyncio.gather(*(ask(house, scan(house, n)) for n in range(23)))
    assert [a.decision.status for a in answers].count("ok") == 5
    assert {said(a) for a in answers if a.decision.status != "ok"} == {("error", "rules", "full")}
    assert await inside(house) == 5
    forced = await ask(house, scan(house, next(n for n, a in enumerate(answers) if a.decision.status != "ok"), minutes=1, force=True))
    assert (forced.decision.forced, forced.inside) == (True, 6)


async def test_two_people_changing_places_at_once_do_not_wait_for_each_other_for_ever(house: House) -> None:
    await asyncio.gather(ask(house, scan(house, 0, 0)), ask(house, scan(house, 1, 1)))
    for turn in range(1, 16):
        moves = [scan(house, 0, turn % 2, minutes=turn * 100), scan(house, 1, (turn + 1) % 2, minutes=turn * 100)]
        assert {said(a)[0] for a in await asyncio.gather(*(ask(house, m, now=NOW + timedelta(days=1)) for m in moves))} == {"ok"}
    assert (await inside(house, 0), await inside(house, 1)) == (1, 1)


async def test_every_bad_text_has_its_reason_and_is_kept(house: House) -> None:
    foreign_key = sign(make_badge(), fresh_key(9, NOW))
    cases = {
        "https://example.org/menu": ("invalid", "foreign"),
        house.tokens[0][:-3]: ("invalid", "truncated"),
        house.tokens[0][:60] + "A" + house.tokens[0][61:]: ("invalid", "forged"),
        foreign_key: ("invalid", "unknown_key"),
        "22222222": ("invalid", "unknown_code"),
        "\x00\x01\xfe": ("invalid", "binary"),
        "A" * 4096: ("invalid", "foreign"),
        house.tokens[0].lower(): ("invalid", "foreign"),
    }
    for text, (reason, detail) in cases.items():
        if text != house.tokens[0]:
            assert said(await ask(house, scan(house, text))) == ("error", reason, detail), text[:40]
    kept = await db.column("SELECT given FROM check_in ORDER BY id")
    assert kept[-3].startswith("binary:")
    assert max(map(len, kept)) == 400
    assert await inside(house) == 0


async def test_a_revoked_badge_says_so_before_anything_else_and_its_replacement_goes_on(house: House) -> None:
    await ask(house, scan(house))
    fresh = await service.replace(house.badges[0], secret=SECRET, now=NOW, by=None, why="lost", identity="document")
    assert said(await ask(house, scan(house, minutes=1))) == ("error", "revoked", "reissued")
    token = await db.value("SELECT token FROM badge WHERE id = $1", fresh)
    assert said(await ask(house, scan(house, token, minutes=2)))[2] == "inside_here", "the new badge is where the person is"
    await service.revoke(fresh, now=NOW, by=None, why="misuse")
    assert said(await ask(house, scan(house, token, minutes=3))) == ("error", "revoked", "revoked")
    assert said(await ask(house, scan(house, token, minutes=4, way="exit"))) == ("ok", "", "goodbye")


async def test_a_paper_badge_stays_right_when_its_owner_changes_days(house: House) -> None:
    await db.execute("DELETE FROM registration_day WHERE registration = $1 AND day = $2", house.registrations[0], NOW.date())
    refused = await ask(house, scan(house))
    assert (said(refused), refused.decision.facts["days"]) == (("error", "invalid_time", "day"), str(NOW.date() + timedelta(days=1)))
    assert said(await ask(house, scan(house, minutes=24 * 60)))[0] == "ok"


async def test_old_badges_open_until_the_date_given_at_rotation(house: House) -> None:
    await vault.rotate(SECRET, now=NOW, old_until=NOW + timedelta(hours=1))
    await add_people(house, 1)
    assert said(await ask(house, scan(house, 0, minutes=59)))[0] == "ok"
    assert said(await ask(house, scan(house, 1, minutes=60))) == ("error", "revoked", "key_retired")
    assert said(await ask(house, scan(house, 3, minutes=60)))[0] == "ok", "signed with the new key"


async def test_a_stopped_campus_admits_nobody_and_lets_everybody_out(house: House) -> None:
    await ask(house, scan(house, 0))
    await db.execute("INSERT INTO door_suspension (campus, began_at) VALUES ($1, $2)", house.campuses[0], NOW)
    doors.forget()
    assert said(await ask(house, scan(house, 1, minutes=1))) == ("error", "blocked", "suspended")
    assert said(await ask(house, scan(house, 0, minutes=1, way="exit")))[0] == "ok"


async def test_a_meeting_elsewhere_in_twenty_minutes_sends_the_person_there(house: House) -> None:
    table = await db.value("SELECT id FROM meeting_table WHERE campus = $1 ORDER BY number LIMIT 1", house.campuses[1])
    await db.execute(
        "INSERT INTO claim (slot, person, meeting_table, kind, holder) VALUES ($1, $2, $3, 'meeting', gen_random_uuid())",
        NOW + timedelta(minutes=20), house.people[0], table,
    )  # fmt: skip
    sent = await ask(house, scan(house))
    assert (said(sent), sent.decision.look, sent.decision.facts["next_campus"]) == (("error", "rules", "elsewhere"), "else", 2)
    assert sent.decision.facts["next_minutes"] > 0
    assert said(await ask(house, scan(house, campus=1, minutes=1)))[2] == "welcome_next"


async def test_what_is_expected_tomorrow_is_not_said_at_the_door_in_the_evening(house: House) -> None:
    table = await db.value("SELECT id FROM meeting_table WHERE campus = $1 ORDER BY number LIMIT 1", house.campuses[0])
    tomorrow = NOW.replace(hour=8) + timedelta(days=1)  # twelve hours after a scan of this evening
    await db.execute("INSERT INTO claim (slot, person, meeting_table, kind, holder) VALUES ($1, $2, $3, 'meeting', gen_random_uuid())", tomorrow, house.people[0], table)
    evening = await ask(house, scan(house, minutes=int((tomorrow - NOW) / timedelta(minutes=1)) - 12 * 60), now=tomorrow - timedelta(hours=12))
    assert (said(evening), "next_at" in evening.decision.facts) == (("ok", "", "welcome"), False)


async def test_a_reserved_session_elsewhere_sends_the_person_there_in_words(house: House) -> None:
    """Only the release in force counts, and only a place that is held."""
    start, campus = NOW + timedelta(minutes=20), house.campuses[1]
    session = await db.value(
        "INSERT INTO session (edition, code, number, guid, title, minutes) VALUES ($1, 'ABCDEF', 900, 'g900', 'Atelier', 45) RETURNING id", house.edition
    )
    room = await db.value("SELECT id FROM room WHERE campus = $1 ORDER BY name LIMIT 1", campus)
    release = await db.value("INSERT INTO release (edition, number, name, at) VALUES ($1, 900, 'test', $2) RETURNING id", house.edition, NOW)
    await db.execute(
        "INSERT INTO release_item (release, session, room, start_at, end_at, sequence, changed_at, content) VALUES ($1, $2, $3, $4, $5, 0, $6, '{}')",
        release, session, room, start, start + timedelta(minutes=45), NOW,
    )  # fmt: skip
    await db.execute("INSERT INTO seat (session, person, asked_at, held_at) VALUES ($1, $2, $3, $3)", session, house.people[0], NOW - timedelta(days=1))
    await db.execute("INSERT INTO seat (session, person, asked_at) VALUES ($1, $2, $3)", session, house.people[1], NOW - timedelta(days=1))
    sent = await ask(house, scan(house))
    facts = sent.decision.facts
    assert (said(sent), facts["next_campus"], facts["next_what"]) == (("error", "rules", "elsewhere"), 2, "session")
    title, instead, _ = sentences.sentences("en", sent.decision)
    assert title.startswith("Expected at Campus 2 at 10:20, ")
    assert instead == f"Reserved session, {facts['next_place']}. Leave now to be on time."
    assert said(await ask(house, scan(house, campus=1, minutes=1)))[2] == "welcome_next"
    assert said(await ask(house, scan(house, 1)))[2] == "welcome", "a place on the waiting list sends nobody anywhere"


async def test_a_late_scan_takes_its_place_in_the_order_of_time(house: House) -> None:
    await ask(house, scan(house, campus=1, minutes=60))
    late = await ask(house, scan(house, campus=0, minutes=10), now=NOW + timedelta(minutes=61))
    assert late.decision.status == "ok"
    assert (await inside(house, 0), await inside(house, 1)) == (0, 1)


async def test_a_device_that_was_withdrawn_or_belongs_elsewhere_is_refused(house: House) -> None:
    with pytest.raises(Forbidden) as unknown:
        await ask(house, scan(house), token="nobody")
    device, enrolment = await devices.create(house.edition, "B", [house.gate(1)], "steward", now=NOW, by=None)
    _, token = await devices.enrol(enrolment, now=NOW)
    with pytest.raises(Forbidden) as elsewhere:
        await ask(house, scan(house), token=token)
    await devices.withdraw(device, now=NOW, by=None)
    with pytest.raises(Forbidden) as withdrawn:
        await ask(house, scan(house, campus=1), token=token)
    assert [caught.value.code for caught in (unknown, elsewhere, withdrawn)] == ["device", "gate", "device_revoked"]
    with pytest.raises(Forbidden):
        await devices.enrol(enrolment, now=NOW)
    assert await db.value("SELECT count(*) FROM check_in") == 0
