"""Booking: who was first is decided by the database, what it cannot see under the person's lock; each with a control that shows what happens without."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from forum import db
from forum.errors import Conflict, ForumError, Invalid, NotFound
from forum.matchmaking import blocks, booking, busy, changes, once, own, presence, times
from forum.matchmaking.booking import Want
from forum.matchmaking.changes import Actor
from forum.matchmaking.model import Busy
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, add_star, faults, late_journeys, stage


@pytest.fixture
async def made(database: str) -> Stage:
    return await stage()


def want(made: Stage, person: UUID, slug: str, slot: int, *, recruiter: int = 0, side: str = "company") -> Want:
    return Want(
        person, made.companies[slug], made.recruiters[slug][recruiter], made.at(slot), person if side == "candidate" else made.recruiters[slug][0], side
    )


async def test_a_company_books_who_wishes_and_both_sides_hear_of_it(made: Stage) -> None:
    await add_company(made, "alpha")
    anna = await add_candidate(made, "Anna", "alpha")
    meeting = await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT state, origin, slot, candidate FROM meeting WHERE id = $1", meeting)
        events = await conn.fetch("SELECT topic, kind FROM event WHERE ref = $1 ORDER BY topic", str(meeting))
    assert tuple(row) == ("proposed", "booked", made.at(3), anna)
    assert {tuple(e) for e in events} == {(f"person.{anna}", "meeting.booked"), (f"company.{made.companies['alpha']}", "meeting.booked")}
    assert await faults(made.edition.id) == []


@pytest.mark.parametrize(
    ("case", "kind", "words"),
    [
        ("no wish", Conflict, "needs the candidate's wish"), ("pass", Conflict, "did not open"), ("withdrawn company", NotFound, "Nobody of this company"),
        ("recruiter away", NotFound, "Nobody of this company"), ("past", Invalid, "has begun"), ("off the grid", Invalid, "not a slot"), ("other day", Conflict, "not registered for that day"),
        ("withdrew", Conflict, "does not take part"), ("cap", Conflict, "the most they want"), ("company cap", Conflict, "the most it wants"), ("steps", Conflict, "step-free"),
        ("not invited", Conflict, "chooses its meetings itself"), ("recruiter ended", NotFound, "Nobody of this company"),
    ],
)  # fmt: skip
async def test_what_stands_against_a_booking_is_said_and_nothing_is_kept(made: Stage, case: str, kind: type[ForumError], words: str) -> None:
    await add_company(made, "alpha")
    await add_company(made, "beta", max_meetings=0)
    asks = want(
        made, await add_candidate(made, "Anna", *([] if case == "no wish" else ["alpha", "beta"]), days=1, most=1, step_free=case == "steps"), "alpha", 3
    )
    if case == "pass":
        await add_star(made, "alpha", asks.candidate, "pass")
    if case == "withdrawn company":
        await db.execute("UPDATE company SET withdrawn_at = $2 WHERE id = $1", asks.company, NOW)
    if case == "recruiter away":
        await db.execute("DELETE FROM presence WHERE recruiter = $1 AND slot = $2", asks.recruiter, asks.slot)
    if case == "recruiter ended":
        await db.execute("UPDATE role SET ended_at = $2 WHERE person = $1", asks.recruiter, NOW)
    if case == "withdrew":
        await db.execute("UPDATE registration SET cancelled_at = $2 WHERE person = $1", asks.candidate, NOW)
    if case == "cap":
        await booking.book(made.edition, want(made, asks.candidate, "alpha", 9), now=NOW)
        await add_company(made, "gamma")
        await db.execute(
            "INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, 3, $4)",
            made.edition.id,
            asks.candidate,
            made.companies["gamma"],
            NOW,
        )
        asks = want(made, asks.candidate, "gamma", 3)
    if case == "company cap":
        asks = want(made, asks.candidate, "beta", 3)
    if case == "steps":
        await db.execute("UPDATE meeting_table SET step_free = false")
    if case == "other day":
        asks = want(made, asks.candidate, "alpha", len(made.slots) - 1)
    if case == "not invited":
        asks = want(made, asks.candidate, "alpha", 3, side="candidate")
    if case == "off the grid":
        asks = Want(asks.candidate, asks.company, asks.recruiter, asks.slot + timedelta(minutes=7), asks.by, "company")
    before = await db.value("SELECT count(*) FROM claim")
    with pytest.raises(kind, match=words):
        await booking.book(made.edition, asks, now=made.at(5) if case == "past" else NOW)
    assert await db.value("SELECT count(*) FROM claim") == before


async def test_a_starred_candidate_books_for_themselves_and_it_is_accepted_at_once(made: Stage) -> None:
    await add_company(made, "alpha")
    anna = await add_candidate(made, "Anna", "alpha", stars=("alpha",))
    meeting = await booking.book(made.edition, want(made, anna, "alpha", 3, side="candidate"), now=NOW)
    assert await db.value("SELECT state FROM meeting WHERE id = $1", meeting) == "accepted"


async def _attempts(made: Stage, people: list[UUID], slots: list[int]) -> list[object]:
    async def attempt(person: UUID, slot: int) -> object:
        try:
            return await booking.book(made.edition, want(made, person, "alpha", slot), now=NOW)
        except Conflict as error:
            return error

    return list(await asyncio.gather(*(attempt(person, slot) for slot in slots for person in people)))


async def test_forty_at_once_on_each_of_five_slots_make_five_meetings(made: Stage) -> None:
    await add_company(made, "alpha")
    people = [await add_candidate(made, f"P{n}", "alpha") for n in range(40)]
    answers = await _attempts(made, people, [0, 1, 2, 3, 4])
    assert sum(isinstance(a, UUID) for a in answers) == 5
    assert all(isinstance(a, UUID | Conflict) for a in answers)
    assert await faults(made.edition.id) == []


async def test_control_without_the_constraints_the_same_race_makes_doubles(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above would show if the database did not decide: the look before the leap is not enough."""
    await add_company(made, "alpha")
    people = [await add_candidate(made, f"P{n}", "alpha") for n in range(40)]
    await db.execute("ALTER TABLE claim DROP CONSTRAINT one_meeting_per_recruiter_slot, DROP CONSTRAINT one_meeting_per_table_slot")
    answers = await _attempts(made, people, [0, 1, 2, 3, 4])
    assert sum(isinstance(a, UUID) for a in answers) > 5
    assert "recruiter twice" in await faults(made.edition.id)


async def _two_far_slots(made: Stage) -> list[object]:
    """One person, two adjacent slots on two far campuses, in parallel."""
    await add_company(made, "alpha", campus="1")
    await add_company(made, "beta", campus="3")
    anna = await add_candidate(made, "Anna", "alpha", "beta")
    return list(
        await asyncio.gather(
            booking.book(made.edition, want(made, anna, "alpha", 4), now=NOW), booking.book(made.edition, want(made, anna, "beta", 5), now=NOW), return_exceptions=True
        )
    )  # fmt: skip


async def test_two_adjacent_slots_on_far_campuses_booked_in_parallel_one_wins(made: Stage) -> None:
    answers = await _two_far_slots(made)
    assert sorted(type(a).__name__ for a in answers) == ["Conflict", "UUID"]
    assert next(a for a in answers if isinstance(a, Conflict)).code == "travel"
    assert await late_journeys(made.edition) == []


async def test_control_without_the_persons_lock_both_win_and_cannot_be_kept(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Barrier(2)

    async def no_lock(*keys: str) -> None:
        return

    read = booking.commitments

    async def both_read_first(*args: object, **kwargs: object) -> object:
        found = await read(*args, **kwargs)  # type: ignore[arg-type]
        await gate.wait()
        return found

    monkeypatch.setattr(db, "lock", no_lock)
    monkeypatch.setattr(booking, "commitments", both_read_first)
    answers = await _two_far_slots(made)
    assert sorted(type(a).__name__ for a in answers) == ["UUID", "UUID"]
    assert await late_journeys(made.edition) != []


async def test_a_session_on_another_campus_stands_in_the_way_like_a_meeting(made: Stage) -> None:
    await add_company(made, "alpha")
    anna = await add_candidate(made, "Anna", "alpha")

    async def agenda(people: object, begin: object, end: object) -> dict[UUID, list[Busy]]:
        return {anna: [Busy(made.at(0), made.at(3), "3")]}

    busy.use(agenda)
    try:
        with pytest.raises(Conflict, match="Too far"):
            await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
        with pytest.raises(Conflict, match="already taken"):
            await booking.book(made.edition, want(made, anna, "alpha", 1), now=NOW)
        await booking.book(made.edition, want(made, anna, "alpha", 9), now=NOW)
    finally:
        busy.forget(agenda)


async def test_a_lost_race_names_the_slots_that_are_left(made: Stage) -> None:
    await add_company(made, "alpha", slots=[3, 4, 8])
    first, second = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    await booking.book(made.edition, want(made, first, "alpha", 3), now=NOW)
    asks = want(made, second, "alpha", 3)
    lost = await booking.taken(made.edition, asks, NOW)
    assert lost.message.facts["clocks"] == "10:20, 11:40"


async def test_the_same_key_books_once_and_another_body_under_it_is_refused(made: Stage) -> None:
    await add_company(made, "alpha")
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    by = made.recruiters["alpha"][0]

    async def send(person: UUID, slot: int) -> tuple[UUID, bool]:
        asks = want(made, person, "alpha", slot)
        return await once.once(by, "POST /x", "key-0001", f"{person}{slot}".encode(), lambda: booking.book(made.edition, asks, now=NOW), now=NOW)

    answers = await asyncio.gather(*(send(anna, 3) for _ in range(8)))
    assert len({a[0] for a in answers}) == 1
    assert sorted(a[1] for a in answers) == [False] * 7 + [True]
    with pytest.raises(Conflict, match="another request"):
        await send(bo, 4)
    assert await db.value("SELECT count(*) FROM meeting") == 1


async def test_a_failed_request_leaves_its_key_free(made: Stage) -> None:
    key_user = uuid4()

    async def fails() -> UUID:
        raise Conflict("no")

    async def works() -> UUID:
        return key_user

    with pytest.raises(Conflict):
        await once.once(key_user, "r", "key-0002", b"x", fails, now=NOW)
    assert await once.once(key_user, "r", "key-0002", b"x", works, now=NOW) == (key_user, True)


async def test_a_move_lets_go_of_the_old_slot_only_when_the_new_one_is_taken(made: Stage) -> None:
    await add_company(made, "alpha", people=2)
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    meeting = await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    await booking.book(made.edition, want(made, bo, "alpha", 5), now=NOW)
    actor = Actor(made.recruiters["alpha"][0], "company")
    with pytest.raises(Conflict, match="just taken"):
        await changes.move(made.edition, meeting, made.recruiters["alpha"][0], made.at(5), actor, now=NOW)
    assert await db.value("SELECT slot FROM claim WHERE holder = $1", meeting) == made.at(3)
    await changes.move(made.edition, meeting, made.recruiters["alpha"][1], made.at(5), actor, now=NOW)
    assert await db.value("SELECT slot FROM claim WHERE holder = $1", meeting) == made.at(5)
    assert await faults(made.edition.id) == []


async def test_two_meetings_swap_their_places(made: Stage) -> None:
    await add_company(made, "alpha", people=2)
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    one = await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    other = await booking.book(made.edition, want(made, bo, "alpha", 7, recruiter=1), now=NOW)
    company = Actor(made.recruiters["alpha"][0], "company")
    await changes.accept(made.edition, one, Actor(anna, "candidate"), now=NOW)
    await changes.swap(made.edition, one, other, company, now=NOW)
    assert await db.value("SELECT state FROM meeting WHERE id = $1", one) == "proposed"  # another hour needs another yes
    places = {r[0]: (r[1], r[2]) for r in [(i, *(await _place(i))) for i in (one, other)]}
    assert places == {one: (made.at(7), made.recruiters["alpha"][1]), other: (made.at(3), made.recruiters["alpha"][0])}
    assert await faults(made.edition.id) == []
    await changes.move(made.edition, other, made.recruiters["alpha"][0], made.at(7), company, now=NOW)
    await changes.accept(made.edition, one, Actor(anna, "candidate"), now=NOW)
    await changes.swap(made.edition, one, other, company, now=NOW)
    assert await db.value("SELECT state FROM meeting WHERE id = $1", one) == "accepted"  # the same hour, another table


@pytest.mark.parametrize("turned", [False, True])
async def test_a_meeting_that_lost_its_seat_is_not_swapped_onto_another_ones_back(made: Stage, turned: bool) -> None:
    """Its trouble would stay with it and the sound one would sit where nobody is."""
    await add_company(made, "alpha", people=2)
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    one = await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    other = await booking.book(made.edition, want(made, bo, "alpha", 7, recruiter=1), now=NOW)
    company = Actor(made.recruiters["alpha"][0], "company")
    await presence.set_presence(made.edition, made.companies["alpha"], made.recruiters["alpha"][0], None, [made.at(3)], now=NOW)
    with pytest.raises(Conflict, match="lost its seat"):
        await changes.swap(made.edition, *((other, one) if turned else (one, other)), company, now=NOW)
    assert await faults(made.edition.id) == []
    assert await _place(other) == (made.at(7), made.recruiters["alpha"][1])


async def test_who_needs_step_free_ways_books_and_asks_for_the_table_without_steps(made: Stage) -> None:
    """The lowest table has steps: it is not offered, and a colleague's without is found."""
    alpha = await add_company(made, "alpha", people=2, slots=[3, 4, 5])
    steps, flat = made.recruiters["alpha"]
    await db.execute("UPDATE meeting_table SET step_free = false WHERE id = (SELECT meeting_table FROM presence WHERE recruiter = $1 LIMIT 1)", steps)
    await db.execute("DELETE FROM presence WHERE recruiter = $1 AND slot = $2", flat, made.at(5))
    anna = await add_candidate(made, "Anna", "alpha", step_free=True, stars=("alpha",))
    bo = await add_candidate(made, "Bo", "alpha")
    assert [await booking.free_slots(alpha, who, NOW) for who in (anna, bo)] == [[made.at(3), made.at(4)], [made.at(3), made.at(4), made.at(5)]]
    assert [await own.free_recruiter(alpha, made.at(3), step_free=need) for need in (True, False)] == [flat, steps]
    meeting = await booking.book(made.edition, Want(anna, alpha, flat, made.at(3), anna, "candidate"), now=NOW)
    request = await times.ask(made.edition, meeting, made.at(4), Actor(steps, "company"), now=NOW)
    assert await times.answer(made.edition, request, True, Actor(anna, "candidate"), now=NOW) == "agreed"
    assert await db.value("SELECT recruiter FROM meeting WHERE id = $1", meeting) == flat


async def _place(meeting: UUID) -> tuple[object, object]:
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT slot, recruiter FROM meeting WHERE id = $1", meeting)
    return row[0], row[1]


async def test_a_blocked_slot_cannot_be_booked_until_it_is_opened(made: Stage) -> None:
    await add_company(made, "alpha")
    anna = await add_candidate(made, "Anna", "alpha")
    company, recruiter = made.companies["alpha"], made.recruiters["alpha"][0]
    await blocks.block(made.edition, company, recruiter, made.at(3), by=recruiter, now=NOW)
    with pytest.raises(Conflict, match="just taken"):
        await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    await blocks.unblock(made.edition, company, recruiter, made.at(3), now=NOW)
    await booking.book(made.edition, want(made, anna, "alpha", 3), now=NOW)
    with pytest.raises(Conflict, match="holds this slot"):
        await blocks.block(made.edition, company, recruiter, made.at(3), by=recruiter, now=NOW)
