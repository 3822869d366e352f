"""Seats under a crowd: never over capacity, first come first served, offers that lapse, time that is claimed once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forum import db
from forum.agenda import current, offers, seating, seats, ways
from forum.agenda.seating import NotPossible
from forum.agenda.seats import Seat
from forum.errors import Conflict, NotFound
from tests.agenda import world as w


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0)
    await w.add(made, "atelier", "lab", 90)  # two seats
    await w.add(made, "visite", "loft", 70)
    await w.add(made, "open", "hall", 200, reservable=False)
    await w.add(made, "half", "hall", 60, 50)  # shares the slot of 10:40 with what follows
    await w.add(made, "rest", "hall", 110, 40)
    await w.release(made, "1.0", now=now)
    return made


async def reserve(world: w.World, name: str, code: str, now: datetime) -> Seat:
    person = world.people.get(name) or await w.person(world, name)
    found = await seating.reserve(world.edition, person, code, now=now)
    assert isinstance(found, Seat)
    return found


async def counted() -> list[tuple[int, int]]:
    """(what the counter says, what the seats say) per session with seats."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT g.taken, (SELECT count(*) FROM seat s WHERE s.session = g.session AND s.ended_at IS NULL AND (s.held_at IS NOT NULL OR s.offered_at IS NOT NULL))
               FROM seating g ORDER BY g.session"""
        )
    return [(r[0], r[1]) for r in rows]


CROWD = 1000  # requests at once, more than any door of the forum will see


async def crowd() -> list[UUID]:
    return await db.column(
        """INSERT INTO person (email, name, language, created_at, confirmed_at)
           SELECT 'p' || n || '@example.org', 'P' || n, 'fr', now(), now() FROM generate_series(1, $1) n RETURNING id""",
        CROWD,
    )


async def test_a_crowd_gets_the_seats_there_are_and_a_queue_in_order(world: w.World, now: datetime) -> None:
    people = await crowd()
    found = await asyncio.gather(*(seating.reserve(world.edition, person, "ATELIER", now=now) for person in people))
    states = [s.state for s in found if isinstance(s, Seat)]
    assert (states.count("held"), states.count("waiting")) == (2, CROWD - 2)
    assert all(a == b for a, b in await counted())
    asked = await db.column("SELECT person FROM seat WHERE session = $1 AND held_at IS NULL ORDER BY place", world.sessions["atelier"])
    first, last = await seats.seat_of(asked[0], world.sessions["atelier"]), await seats.seat_of(asked[-1], world.sessions["atelier"])
    assert (first.rank, last.rank) == (1, CROWD - 2)  # type: ignore[union-attr]


async def test_the_counter_is_what_stops_the_crowd(world: w.World, now: datetime) -> None:
    """Control: the constraint refuses one too many; without it, a crowd that looks first and sits down after oversells the room."""
    session = world.sessions["atelier"]
    with pytest.raises(Exception, match="never_over_capacity"):
        await db.execute("UPDATE seating SET taken = taken + 3 WHERE session = $1", session)
    await db.execute("ALTER TABLE seating DROP CONSTRAINT never_over_capacity")

    async def look_then_sit() -> None:
        if await db.value("SELECT taken < places FROM seating WHERE session = $1", session):
            await asyncio.sleep(0)
            await db.execute("UPDATE seating SET taken = taken + 1 WHERE session = $1", session)

    await asyncio.gather(*(look_then_sit() for _ in range(60)))
    assert await db.value("SELECT taken > places FROM seating WHERE session = $1", session)


async def test_asking_twice_changes_nothing(world: w.World, now: datetime) -> None:
    first = await reserve(world, "anh", "ATELIER", now)
    assert await reserve(world, "anh", "ATELIER", now) == first
    assert await db.value("SELECT taken FROM seating WHERE session = $1", world.sessions["atelier"]) == 1


async def test_a_seat_given_back_is_offered_to_the_first_who_asked(world: w.World, now: datetime) -> None:
    for name in ("a", "b", "c", "d"):
        await reserve(world, name, "ATELIER", now)
    assert await seating.release(world.edition, world.people["a"], "ATELIER", now=now)
    offered = await seats.seat_of(world.people["c"], world.sessions["atelier"])
    assert offered is not None
    assert (offered.state, offered.offer_until) == ("offered", now + offers.OFFER)
    assert (await reserve(world, "e", "ATELIER", now)).state == "waiting"  # nobody jumps the queue
    assert (await reserve(world, "c", "ATELIER", now + timedelta(minutes=29))).state == "held"
    ((subject, words),) = await w.mails("seat_offer")
    assert subject == "Une place vous est proposée\N{NO-BREAK SPACE}: Atelier"
    assert "10:30" in words and "/programme/ATELIER" in words
    assert await db.value("SELECT until FROM mail") == offered.offer_until  # an offer that is over is not sent


async def test_an_offer_lapses_and_goes_to_the_next(world: w.World, now: datetime) -> None:
    for name in ("a", "b", "c", "d"):
        await reserve(world, name, "ATELIER", now)
    await seating.release(world.edition, world.people["a"], "ATELIER", now=now)
    late = now + offers.OFFER
    with pytest.raises(Conflict):
        await seating.reserve(world.edition, world.people["c"], "ATELIER", now=late)
    assert await offers.lapse(world.edition, now=late) == 1
    assert [(await seats.seat_of(world.people[n], world.sessions["atelier"])) is None for n in "cd"] == [True, False]
    after = await seats.seat_of(world.people["d"], world.sessions["atelier"])
    assert after is not None and after.state == "offered"
    assert all(a == b for a, b in await counted())


async def test_nobody_is_offered_a_seat_minutes_before_the_start(world: w.World, now: datetime) -> None:
    for name in ("a", "b", "c"):
        await reserve(world, name, "ATELIER", now)
    start = w.NINE + timedelta(minutes=90)
    await seating.release(world.edition, world.people["a"], "ATELIER", now=start - timedelta(minutes=4))
    waiting = await seats.seat_of(world.people["c"], world.sessions["atelier"])
    assert waiting is not None and waiting.state == "waiting"


async def test_a_clash_is_said_with_what_fits_instead(world: w.World, now: datetime) -> None:
    await reserve(world, "anh", "KEYNOTE", now)
    refused = await seating.reserve(world.edition, world.people["anh"], "VISITE", now=now)
    assert isinstance(refused, NotPossible)
    assert [c.first.title for c in refused.clashes] == ["Keynote"]
    assert "Rest" in [s.title for s in refused.alternatives]
    assert isinstance(await seating.reserve(world.edition, world.people["anh"], "VISITE", now=now, anyway=True), Seat)
    overlap = await seating.reserve(world.edition, world.people["anh"], "ATELIER", now=now, anyway=True)
    assert isinstance(overlap, NotPossible)  # nobody is in two places, however they insist


async def test_who_asked_for_step_free_ways_is_judged_by_them(world: w.World, now: datetime) -> None:
    plain, free = [(await ways.travel(world.edition.id, step_free=wanted)).between("1", "2") for wanted in (False, True)]
    assert plain is not None and free is not None and plain < free
    await w.add(world, "loin", "loft", 110 + plain, 20, kind="visit")
    await w.add(world, "escalier", "loft", 400, 30, kind="visit")
    await w.add(world, "rampe", "hall", 300, 30, kind="visit")
    await db.execute("UPDATE room SET step_free = false WHERE id = $1", world.rooms["loft"])
    await w.release(world, "1.1", now=now)
    current.forget()
    for name, needs in (("anh", False), ("bob", True)):
        await reserve(world, name, "HALF", now)  # ends at 110
        await db.execute(
            "INSERT INTO registration (edition, person, purpose, step_free_need, created_at) VALUES ($1, $2, 'visitor', $3, $4)",
            world.edition.id, world.people[name], needs, now,
        )  # fmt: skip
    assert isinstance(await seating.reserve(world.edition, world.people["anh"], "LOIN", now=now), Seat)
    refused = await seating.reserve(world.edition, world.people["bob"], "LOIN", now=now)
    assert isinstance(refused, NotPossible)
    assert [(c.message.facts["have"], c.message.facts["need"]) for c in refused.clashes] == [(plain, free)]
    assert [s.title for s in refused.alternatives] == ["Rampe"]  # the other one is up the stairs


async def test_two_sessions_may_share_a_slot_of_the_grid(world: w.World, now: datetime) -> None:
    await reserve(world, "anh", "HALF", now)
    assert (await reserve(world, "anh", "REST", now)).state == "held"
    shared = w.NINE + timedelta(minutes=100)
    assert await db.value("SELECT count(*) FROM claim WHERE person = $1 AND slot = $2", world.people["anh"], shared) == 1
    await seating.release(world.edition, world.people["anh"], "HALF", now=now)
    assert await db.value("SELECT count(*) FROM claim WHERE person = $1 AND slot = $2", world.people["anh"], shared) == 1  # the other seat has it now
    await seating.release(world.edition, world.people["anh"], "REST", now=now)
    assert await db.value("SELECT count(*) FROM claim") == 0


async def test_a_meeting_holds_the_time(world: w.World, now: datetime) -> None:
    person = await w.person(world, "anh")
    await db.execute("INSERT INTO claim (slot, person, kind, holder) VALUES ($1, $2, 'meeting', gen_random_uuid())", w.NINE + timedelta(minutes=20), person)
    refused = await seating.reserve(world.edition, person, "KEYNOTE", now=now)
    assert isinstance(refused, NotPossible)
    assert refused.clashes[0].message.in_language("fr") == "Keynote et une rencontre se chevauchent à 09:20."
    assert await db.value("SELECT taken FROM seating WHERE session = $1", world.sessions["keynote"]) == 0


@pytest.mark.parametrize(("code", "error"), [("OPEN", Conflict), ("NOTHERE", NotFound)])
async def test_no_seat_where_there_is_none(world: w.World, now: datetime, code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await reserve(world, "anh", code, now)


async def test_a_session_that_has_begun_takes_no_reservation(world: w.World, now: datetime) -> None:
    with pytest.raises(Conflict):
        await reserve(world, "anh", "KEYNOTE", w.NINE)


async def test_reserving_and_giving_back_in_a_crowd_never_locks_up(world: w.World, now: datetime) -> None:
    people = [await w.person(world, f"p{n}") for n in range(16)]

    async def restless(person: object) -> None:
        for _ in range(4):
            await seating.reserve(world.edition, person, "ATELIER", now=now)  # type: ignore[arg-type]
            await seating.release(world.edition, person, "ATELIER", now=now)  # type: ignore[arg-type]

    await asyncio.wait_for(asyncio.gather(*(restless(p) for p in people)), 30)
    assert all(a == b for a, b in await counted())
    assert await db.value("SELECT count(*) FROM claim c WHERE NOT EXISTS (SELECT FROM seat s WHERE s.id = c.holder AND s.ended_at IS NULL)") == 0
    current.forget()
