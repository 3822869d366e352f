"""Draft, what-if, release, rollback: nothing half-published, only those touched are told, seats follow the rooms."""

import asyncio
from datetime import datetime, timedelta

import pytest

from forum import db
from forum.agenda import current, drafting, queries, releasing, seating, seats, service
from forum.errors import Conflict, Invalid
from tests.agenda import world as w


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0)
    await w.add(made, "atelier", "lab", 90)
    await w.release(made, "1.0", now=now)
    return made


async def version(world: w.World) -> int:
    return await queries.draft_version(world.edition.id)


async def moved(world: w.World, name: str, minutes: int, room: str, now: datetime) -> int:
    return await drafting.place(
        world.edition, world.sessions[name], world.rooms[room], w.NINE + timedelta(minutes=minutes), version=await version(world), actor=None, now=now
    )


async def starts(world: w.World) -> dict[str, int]:
    """Minutes after nine, per published session by title."""
    row = await queries.release(world.edition.id)
    assert row is not None
    return {i.session.title: int((i.start - w.NINE) / timedelta(minutes=1)) for i in (await queries.published(row)).standing}


async def test_the_draft_is_not_public_until_it_is_released(world: w.World, now: datetime) -> None:
    await moved(world, "keynote", 300, "hall", now)
    assert (await starts(world))["Keynote"] == 0
    await w.release(world, "1.1", now=now)
    assert (await starts(world))["Keynote"] == 300


async def test_what_if_says_whom_it_touches(world: w.World, now: datetime) -> None:
    for name in ("a", "b", "c"):
        await seating.reserve(world.edition, await w.person(world, name), "KEYNOTE", now=now)
    await moved(world, "keynote", 300, "lab", now)
    found = await releasing.what_if(world.edition)
    assert [(c.kind.value, c.session.title) for c in found.changes] == [("moved", "Keynote")]
    assert (found.impact.touched, found.impact.lost_seats) == ({world.people[n] for n in "abc"}, 1)


async def test_only_those_touched_are_told_and_once(world: w.World, now: datetime) -> None:
    anh, bob, cam = [await w.person(world, name) for name in ("anh", "bob", "cam")]
    await seating.reserve(world.edition, anh, "KEYNOTE", now=now)
    await db.execute("INSERT INTO favourite VALUES ($1, $3, now()), ($1, $2, now())", bob, world.sessions["keynote"], world.sessions["atelier"])
    await moved(world, "keynote", 300, "hall", now)
    await moved(world, "atelier", 400, "lab", now)
    await w.release(world, "1.1", now=now)
    told = {r: set(s) for r, s in [(row, await db.value("SELECT sessions FROM release_notice WHERE person = $1", row)) for row in (anh, bob)]}
    assert told == {anh: {world.sessions["keynote"]}, bob: {world.sessions["keynote"], world.sessions["atelier"]}}
    assert await db.value("SELECT count(*) FROM release_notice WHERE person = $1", cam) == 0
    assert await db.column("SELECT topic FROM event WHERE kind = 'agenda.changed' ORDER BY topic") == sorted([f"person.{anh}", f"person.{bob}"])


async def test_a_corrected_word_is_news_to_nobody(world: w.World, now: datetime) -> None:
    await seating.reserve(world.edition, await w.person(world, "anh"), "KEYNOTE", now=now)
    await db.execute("UPDATE session SET abstract = 'better' WHERE id = $1", world.sessions["keynote"])
    await w.release(world, "1.1", now=now)
    assert await db.value("SELECT count(*) FROM release_notice") == 0


async def test_a_release_while_somebody_edits(world: w.World, now: datetime) -> None:
    seen = await version(world)
    await moved(world, "keynote", 300, "hall", now)
    with pytest.raises(Conflict):
        await releasing.publish(world.edition, "1.1", version=seen, actor=None, now=now)
    assert await db.value("SELECT count(*) FROM release") == 1


async def test_two_organisers_at_once_one_wins_and_the_other_is_told(world: w.World, now: datetime) -> None:
    seen = await version(world)
    spot = (world.sessions["keynote"], world.rooms["hall"])
    results = await asyncio.gather(
        *(drafting.place(world.edition, *spot, w.NINE + timedelta(minutes=m), version=seen, actor=None, now=now) for m in (200, 300)), return_exceptions=True
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "int"]


@pytest.mark.parametrize("despite", [False, True])
async def test_a_room_taken_twice_is_never_published(world: w.World, now: datetime, despite: bool) -> None:
    await moved(world, "atelier", 30, "hall", now)
    with pytest.raises(Invalid):
        await w.release(world, "1.1", now=now, despite=despite)
    assert await db.value("SELECT count(*) FROM release") == 1
    assert await db.value("SELECT count(*) FROM release_notice") == 0


async def test_an_organiser_may_overrule_opening_hours(world: w.World, now: datetime) -> None:
    await moved(world, "keynote", 11 * 60, "hall", now)
    with pytest.raises(Invalid):
        await w.release(world, "1.1", now=now)
    await w.release(world, "1.1", now=now, despite=True)
    assert (await starts(world))["Keynote"] == 11 * 60


async def test_the_same_again_is_no_release_and_a_name_is_used_once(world: w.World, now: datetime) -> None:
    with pytest.raises(Invalid):
        await w.release(world, "1.1", now=now)
    await moved(world, "keynote", 300, "hall", now)
    with pytest.raises(Conflict):
        await w.release(world, "1.0", now=now)


async def test_a_smaller_room_takes_seats_back_from_the_last(world: w.World, now: datetime) -> None:
    for name in "abcd":
        await seating.reserve(world.edition, await w.person(world, name), "KEYNOTE", now=now)
    await moved(world, "keynote", 300, "lab", now)
    await w.release(world, "1.1", now=now)
    states = {n: (await seats.seat_of(world.people[n], world.sessions["keynote"])).state for n in "abcd"}  # type: ignore[union-attr]
    assert states == {"a": "held", "b": "held", "c": "waiting", "d": "waiting"}
    assert await db.value("SELECT count(DISTINCT person) FROM claim") == 2


async def test_a_bigger_room_offers_its_seats_to_those_who_wait(world: w.World, now: datetime) -> None:
    for name in "abc":
        await seating.reserve(world.edition, await w.person(world, name), "ATELIER", now=now)
    await moved(world, "atelier", 90, "loft", now)
    await w.release(world, "1.1", now=now)
    third = await seats.seat_of(world.people["c"], world.sessions["atelier"])
    assert third is not None and third.state == "offered"


async def test_a_cancelled_session_frees_everybodys_time(world: w.World, now: datetime) -> None:
    await seating.reserve(world.edition, await w.person(world, "anh"), "KEYNOTE", now=now)
    await service.withdraw_session(world.edition, world.sessions["keynote"], actor=None, now=now)
    await w.release(world, "1.1", now=now)
    assert await db.value("SELECT count(*) FROM claim") == 0
    assert await db.value("SELECT ended_why FROM seat") == "cancelled"
    assert await starts(world) == {"Atelier": 90}


async def test_rollback_is_a_new_release_with_the_old_places_and_words(world: w.World, now: datetime) -> None:
    await moved(world, "keynote", 300, "hall", now)
    await db.execute("UPDATE session SET title = 'Renamed' WHERE id = $1", world.sessions["keynote"])
    await service.withdraw_session(world.edition, world.sessions["atelier"], actor=None, now=now)
    await w.release(world, "1.1", now=now)
    assert await starts(world) == {"Renamed": 300}
    row = await releasing.rollback(world.edition, 1, actor=None, now=now)
    assert (row.number, row.restores is not None, await starts(world)) == (3, True, {"Keynote": 0, "Atelier": 90})


async def test_undo_and_redo(world: w.World, now: datetime) -> None:
    async def draft() -> list[int]:
        return [int((p.start - w.NINE) / timedelta(minutes=1)) for p in await queries.draft(world.edition.id)]

    await moved(world, "keynote", 300, "hall", now)
    await drafting.take_off(world.edition, [world.sessions["atelier"]], version=await version(world), actor=None, now=now)
    assert await draft() == [300]
    await drafting.undo(world.edition, version=await version(world), actor=None, now=now)
    assert await draft() == [90, 300]
    await drafting.undo(world.edition, version=await version(world), actor=None, now=now)
    assert await draft() == [0, 90]
    with pytest.raises(Conflict):
        await drafting.undo(world.edition, version=await version(world), actor=None, now=now)
    await drafting.redo(world.edition, version=await version(world), actor=None, now=now)
    assert await draft() == [90, 300]
    await moved(world, "keynote", 200, "hall", now)
    with pytest.raises(Conflict):  # a new edit ends what could be redone
        await drafting.redo(world.edition, version=await version(world), actor=None, now=now)


async def test_a_lock_holds_and_can_be_taken_off(world: w.World, now: datetime) -> None:
    keys = [world.sessions["keynote"]]
    await drafting.lock(world.edition, keys, True, version=await version(world), actor=None, now=now)
    with pytest.raises(Conflict):
        await moved(world, "keynote", 300, "hall", now)
    await drafting.lock(world.edition, keys, False, version=await version(world), actor=None, now=now)
    await moved(world, "keynote", 300, "hall", now)


async def test_a_bulk_move_is_one_edit(world: w.World, now: datetime) -> None:
    await drafting.move(world.edition, list(world.sessions.values()), timedelta(minutes=45), version=await version(world), actor=None, now=now)
    assert [int((p.start - w.NINE) / timedelta(minutes=1)) for p in await queries.draft(world.edition.id)] == [45, 135]
    assert [e.kind for e in await drafting.history(world.edition.id)] == ["move"]


async def test_a_copy_waits_in_the_pool(world: w.World, now: datetime) -> None:
    made = await drafting.copy(world.edition, world.sessions["keynote"], actor=None, now=now)
    found = (await queries.sessions(world.edition.id))[made]
    assert (found.title, found.number) == ("Keynote", 3)
    assert made not in {p.session for p in await queries.draft(world.edition.id)}
    current.forget()
