"""A small day from nothing through the real application and database: prepared, lived, judged; and the judge's control on the same database."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from litestar import Litestar

from forum import clock, db, editions
from forum.live import announcements, gates, looking
from forum.rehearsal import judge, kept, troubles, world
from forum.rehearsal.client import client_of
from forum.rehearsal.driver import Driver
from forum.rehearsal.headless import free_port
from forum.rehearsal.prepare import Size, prepare
from forum.rehearsal.report import as_csv, judged, report
from forum.rehearsal.script import Fault, Stop, merged
from forum.rehearsal.stand import driver_of, resumed, start_of
from forum.settings import Settings, secret_of
from forum.simulated import Clock
from tests.helpers import served

DAY = date(2028, 11, 16)
SMALL = Size(people=50, campuses=2, companies=5, seconds=1.0)
LIVED = timedelta(minutes=100)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, origin=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
async def lived(app: Litestar, settings: Settings) -> AsyncIterator[Driver]:
    """The first hundred minutes of a prepared day, as fast as the machine can, with a phone offline and a room closed."""
    await prepare(SMALL, secret=secret_of(settings), day=DAY)
    begins = start_of(await editions.needed())
    running = Clock(begins, speed=1, held=True)
    clock.run_on(running.now)
    try:
        async with served(app, settings.origin), client_of(settings.origin) as client:
            driver = await driver_of(client, settings, running, seed=1, prompt_jobs=False)
            assert running.now() == begins, "getting ready takes no time of the day"
            until = begins + LIVED
            driver.state.faults = [
                Fault(running.now() + timedelta(minutes=20), "offline", slug, str(gate), running.now() + timedelta(minutes=50))
                for slug, mine in driver.gates.items()
                for gate in mine
            ] + [f for f in driver.state.faults if f.kind == "speaker"]
            driver.state.faults[-1:] = [Fault(running.now() + timedelta(minutes=60), f.kind, f.campus, f.ref) for f in driver.state.faults[-1:]]
            driver.ahead = until
            await driver.run(until)
            yield driver
    finally:
        clock.run_on(None)


async def test_what_is_short_comes_to_an_end_and_sooner_when_an_organiser_deals_with_it(lived: Driver) -> None:
    edition, now = await editions.needed(), lived.clock.now()
    lived.state.faults = []
    for kind in ("battery", "late", "ill", "crowd"):
        chosen = await troubles.another(lived, kind, now)
        assert chosen is not None, kind
        lived.state.faults.append(chosen)
    phone, late, ill, crowd = lived.state.faults
    capacity = "SELECT capacity FROM campus WHERE slug = $1"
    before = await db.value(capacity, crowd.campus)
    lived.ahead = now + timedelta(minutes=5)
    await lived.run(lived.ahead)
    inside = await db.value("SELECT i.inside FROM campus_inside i JOIN campus c ON c.id = i.campus WHERE c.slug = $1", crowd.campus)
    assert inside <= await db.value(capacity, crowd.campus) < before
    low = "SELECT battery FROM door_device WHERE id = $1"
    assert await db.value(low, lived.devices[UUID(phone.ref)]) <= 15
    waits = """SELECT count(*) FROM meeting m WHERE recruiter = $1 AND state IN ('proposed', 'accepted') AND slot > $2 AND slot < $3
               AND NOT EXISTS (SELECT FROM meeting_trouble t WHERE t.meeting = m.id)"""
    assert await db.value(waits, UUID(ill.ref), lived.clock.now(), clock.day_bounds(DAY, edition.zone)[1]) == 0, "moved, or listed for an organiser"
    assert set(await world.recruiters(edition.id, UUID(late.ref))) <= lived.state.away.keys()
    assert {f.kind for f in lived.state.ends} == {"battery", "late", "crowd"}

    await looking.take(edition.id, f"device:{lived.devices[UUID(phone.ref)]}", None, by=lived.organiser, now=lived.clock.now())
    await announcements.make(edition, announcements.Words("company", "Où êtes-vous ?", "Where are you?", company=UUID(late.ref)), by=lived.organiser, now=lived.clock.now())
    lived.ahead = lived.clock.now() + timedelta(minutes=6)
    await lived.run(lived.ahead)
    assert [f.kind for f in lived.state.ends] == ["crowd"]
    assert await db.value(low, lived.devices[UUID(phone.ref)]) > 15
    assert lived.state.away.keys() == {UUID(ill.ref)}
    passed: list[int] = []
    doors = lived._doors

    async def counted(at: datetime) -> None:
        passed.append(await db.value(capacity, crowd.campus))
        await doors(at)

    lived._doors = counted  # type: ignore[method-assign]
    kept.go_on(lived)
    assert (lived.state.narrowed, [f.kind for f in lived.state.ends]) == ({crowd.campus: before}, ["crowd"]), "a demo started again opens the floor"
    lived.ahead = lived.clock.now() + timedelta(minutes=2)
    await lived.run(lived.ahead)
    assert (await db.value(capacity, crowd.campus), lived.state.ends) == (before, [])
    assert (passed[0] < before, passed[-1]) == (True, before), "who passed the door before the floor opened found it shut"
    assert await judged(lived) == []
    assert lived.ledger.errors == []

    await gates.pause(await gates.site(edition.id, crowd.campus), by=lived.organiser, now=lived.clock.now())
    for day, paused in ((DAY, [crowd.campus]), (edition.days[1].day, [])):
        await driver_of(lived.hands.client, lived.hands.settings, lived.clock, seed=1, prompt_jobs=False, day=day)
        assert await world.paused(edition.id) == paused, "a day that goes on finds entries as they were, the next morning opens them"


async def test_a_small_day_keeps_every_invariant_and_the_judge_sees_one_that_is_broken(lived: Driver) -> None:
    broken = await judged(lived)
    found = await report(lived, broken, real_seconds=1.0)
    assert broken == []
    assert found["errors"] == []
    assert found["people"]["came"] > 25
    assert found["scans"]["made"] == await db.value("SELECT count(*) FROM check_in") > 25
    assert found["scans"]["offline"] > 0
    assert found["meetings"]["held"] == found["minutes"][-1][3] > 5
    assert [f["kind"] for f in found["faults"]] == ["offline"] * sum(map(len, lived.gates.values())) + ["speaker"]
    assert await db.value("SELECT count(*) FROM release") == 2
    assert await db.value("SELECT count(*) FROM announcement") == 1
    assert "people.came," in as_csv(found)

    edition = await editions.needed()
    of_the_day, now = await judge.held(edition.id, clock.day_bounds(DAY, edition.zone)), lived.clock.now()
    mine: dict[UUID, list[Stop]] = defaultdict(list)
    for one in of_the_day["candidate"] + of_the_day["recruiter"]:
        mine[one.person].append(Stop(one.campus, one.start, one.end))
    assert await world.stops(edition, DAY) == {person: merged(each) for person, each in mine.items()}, "people go where the judge says that they are held"
    ahead = {person: merged([s for s in each if s.end > now]) for person, each in mine.items()}
    assert await world.stops(edition, DAY, after=now) == {person: each for person, each in ahead.items() if each}
    assert 0 < len(await world.stops(edition, DAY, after=now)) < len(mine)

    assert (await resumed(edition))[0] == DAY, "a demo started again goes on with the same day"
    again = await driver_of(lived.hands.client, lived.hands.settings, lived.clock, seed=1, prompt_jobs=False)
    assert (again.ledger, again.curve) == (lived.ledger, lived.curve), "and with its figures"
    assert await report(again, await judged(again), real_seconds=1.0) == found

    now = lived.clock.now()
    gone = Fault(now, "speaker", "1", "withdrawn already")
    instead = await troubles.still(lived, gone, now)
    assert instead is not None and instead.ref in {code for _, code, start, _ in await world.sessions(edition, DAY) if start > now}, "what cannot go wrong any more does elsewhere"
    assert await troubles.still(lived, instead, now) == instead
    lived.state.shut = frozenset(lived.gates)
    assert await troubles.still(lived, gone, now) is None, "or nowhere"

    await db.execute(
        """INSERT INTO journal (at, action, campus, subject, facts)
           SELECT $1, 'campus.changed', id, id::text, jsonb_build_object('capacity', 1, 'capacity_before', capacity) FROM campus""",
        now,
    )  # fmt: skip
    await db.execute("UPDATE campus SET capacity = 1")
    assert await judged(lived) == [], "made smaller in the evening: the morning broke no rule"
    await db.execute("DELETE FROM journal WHERE action = 'campus.changed'")
    assert {b.rule for b in await judged(lived)} == {"capacity"}
    await db.execute("UPDATE campus SET capacity = 900")

    # the control: each of these is damage no service would do
    twice = """WITH pair AS (SELECT a.id, b.slot FROM meeting a JOIN meeting b ON b.candidate = a.candidate AND b.id <> a.id AND b.state = 'held'
                             WHERE a.state IN ('proposed', 'accepted') ORDER BY a.id LIMIT 1),
                    gone AS (UPDATE meeting m SET slot = pair.slot, state = 'no_show' FROM pair WHERE m.id = pair.id RETURNING m.id, m.slot)
               INSERT INTO meeting_fact (meeting, kind, at) SELECT id, 'no_show', slot + interval '6 minutes' FROM gone"""
    assert await db.execute(twice) == 1
    assert {b.rule for b in await judged(lived)} == {"double_booking"}, "booked twice: held at one place, absent at the other"
    await db.execute("UPDATE check_in SET nonce = 'changed-' || nonce WHERE id = (SELECT min(id) FROM check_in)")
    await db.execute("UPDATE campus_inside SET inside = inside + 1 WHERE campus = (SELECT campus FROM campus_inside ORDER BY inside DESC LIMIT 1)")
    await db.execute(
        """UPDATE meeting m SET slot = o.slot FROM meeting o WHERE o.candidate = m.candidate AND o.id <> m.id AND o.state IN ('proposed', 'accepted')
           AND m.id = (SELECT a.id FROM meeting a JOIN meeting b ON b.candidate = a.candidate AND b.id <> a.id AND b.state IN ('proposed', 'accepted')
                       WHERE a.state IN ('proposed', 'accepted') ORDER BY a.id LIMIT 1)"""
    )
    await db.execute(
        """UPDATE meeting m SET meeting_table = (SELECT t.id FROM meeting_table t WHERE t.campus <> (SELECT campus FROM meeting_table WHERE id = m.meeting_table) LIMIT 1)
           WHERE m.id = (SELECT b.id FROM meeting a JOIN meeting b ON b.recruiter = a.recruiter AND b.slot = a.slot + make_interval(mins => a.minutes)
                         WHERE a.state IN ('proposed', 'accepted') AND b.state IN ('proposed', 'accepted') ORDER BY b.id LIMIT 1)"""
    )
    lived.ledger.errors += ["no repair was published: the run found none, see the studio", "503 redeem: away"]
    lived.ledger.counts["server_errors"] = 3
    rules = Counter(b.rule for b in await judged(lived))
    assert set(rules) == {"lost_scan", "capacity", "double_booking", "impossible_journey", "no_repair", "server_error"}
    assert (rules["no_repair"], rules["server_error"]) == (1, 3), "also those past the first fifty, which are not noted one by one"
