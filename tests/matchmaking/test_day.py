"""The day itself: answers, another time by consent, late, absence, the freed seat that goes on in order, the queue of a late colleague."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forum import clock, db
from forum.errors import Conflict, NotFound
from forum.matchmaking import booking, changes, conduct, own, presence, queue_help, refill, team, times, waiting
from forum.matchmaking.booking import Want
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import ShiftForm
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage


@pytest.fixture
async def made(database: str) -> Stage:
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(3, 12)))
    return made


async def booked(made: Stage, name: str, slot: int, *, recruiter: int = 0) -> tuple[UUID, UUID]:
    """(candidate, meeting)."""
    person = await add_candidate(made, name, "alpha")
    want = Want(person, made.companies["alpha"], made.recruiters["alpha"][recruiter], made.at(slot), made.recruiters["alpha"][0], "company")
    return person, await booking.book(made.edition, want, now=NOW)


def company(made: Stage) -> Actor:
    return Actor(made.recruiters["alpha"][0], "company")


async def state(meeting: UUID) -> str:
    return str(await db.value("SELECT state FROM meeting WHERE id = $1", meeting))


async def test_accepting_and_declining_twice_change_nothing_more(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    for _ in range(2):
        await changes.accept(made.edition, meeting, Actor(anna, "candidate"), now=NOW)
    assert await db.value("SELECT count(*) FROM meeting_fact WHERE meeting = $1 AND kind = 'accepted'", meeting) == 1
    for _ in range(2):
        await changes.give_up(made.edition, meeting, Actor(anna, "candidate"), now=NOW)
    assert await state(meeting) == "cancelled"
    assert await db.value("SELECT count(*) FROM claim WHERE holder = $1", meeting) == 0
    with pytest.raises(Conflict):
        await changes.accept(made.edition, meeting, Actor(anna, "candidate"), now=NOW)


async def test_another_time_moves_only_when_the_other_side_agrees_and_holds_nothing_meanwhile(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    assert made.at(8) in await times.possible(made.edition, meeting, now=NOW)
    request = await times.ask(made.edition, meeting, made.at(8), Actor(anna, "candidate"), now=NOW)
    assert await db.value("SELECT count(*) FROM claim WHERE slot = $1", made.at(8)) == 0
    with pytest.raises(NotFound):
        await times.answer(made.edition, request, True, Actor(anna, "candidate"), now=NOW)
    assert await times.answer(made.edition, request, True, company(made), now=NOW) == "agreed"
    assert (await db.value("SELECT slot FROM meeting WHERE id = $1", meeting), await state(meeting)) == (made.at(8), "accepted")
    with pytest.raises(Conflict, match="lapsed"):
        await times.answer(made.edition, request, True, company(made), now=NOW)


async def test_a_request_lapses_by_itself_and_a_slot_that_went_meanwhile_moves_nothing(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    request = await times.ask(made.edition, meeting, made.at(8), Actor(anna, "candidate"), now=NOW)
    with pytest.raises(Conflict, match="lapsed"):
        await times.answer(made.edition, request, True, company(made), now=made.at(4))
    request = await times.ask(made.edition, meeting, made.at(9), Actor(anna, "candidate"), now=NOW)
    await booked(made, "Bo", 9)
    await booked(made, "Cy", 9, recruiter=1)
    assert await times.answer(made.edition, request, True, company(made), now=NOW) == "taken"
    assert await db.value("SELECT slot FROM meeting WHERE id = $1", meeting) == made.at(4)
    assert await faults(made.edition.id) == []


async def test_a_given_up_seat_is_offered_in_the_order_of_the_list_one_person_at_a_time(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    waiters = []
    for name in ("Bo", "Cy", "Di"):
        waiters.append(await add_candidate(made, name, "alpha"))
        assert await waiting.wait(made.edition, waiters[-1], "alpha", now=NOW) == len(waiters)
    await changes.give_up(made.edition, meeting, Actor(anna, "candidate"), now=NOW)
    asked = await db.column("SELECT candidate FROM seat_offer WHERE answered_at IS NULL")
    assert asked == [waiters[0]]
    offer = (await own.seat_offers(waiters[0], NOW))[0].id
    await waiting.refuse(made.edition, offer, waiters[0], now=NOW)
    assert await db.column("SELECT candidate FROM seat_offer WHERE answered_at IS NULL") == [waiters[1]]
    later = NOW + timedelta(minutes=31)
    assert await waiting.lapse(made.edition, now=later) == 1
    offer = (await own.seat_offers(waiters[2], later))[0].id
    taken = await waiting.take(made.edition, offer, waiters[2], now=later)
    assert (await state(taken), await db.value("SELECT slot FROM claim WHERE holder = $1", taken)) == ("accepted", made.at(4))
    assert await waiting.take(made.edition, offer, waiters[2], now=later) == taken
    assert await faults(made.edition.id) == []


async def test_an_offer_holds_nothing_the_company_may_book_the_seat_first(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    bo = await add_candidate(made, "Bo", "alpha")
    await waiting.wait(made.edition, bo, "alpha", now=NOW)
    await changes.give_up(made.edition, meeting, Actor(anna, "candidate"), now=NOW)
    await booked(made, "Cy", 4)
    with pytest.raises(Conflict, match="just taken"):
        await waiting.take(made.edition, (await own.seat_offers(bo, NOW))[0].id, bo, now=NOW)


async def test_the_seat_of_an_absent_person_goes_to_the_first_on_site_who_accepts(made: Stage) -> None:
    _, meeting = await booked(made, "Anna", 4)
    near = [await add_candidate(made, f"N{n}", "alpha") for n in range(3)]
    far, outside = await add_candidate(made, "Far", "alpha"), await add_candidate(made, "Out", "alpha")
    now = made.at(4) + timedelta(minutes=3)
    await conduct.no_show(made.edition, meeting, company(made), now=now)
    asked = await refill.offer_seat(made.edition, meeting, {**dict.fromkeys(near, "1"), far: "3"}, now=now)
    assert set(asked) == set(near)
    assert outside not in asked

    offers = {person: (await own.seat_offers(person, now))[0].id for person in near}  # as on their screens, before anybody presses

    async def accept(person: UUID) -> object:
        try:
            return await waiting.take(made.edition, offers[person], person, now=now)
        except Conflict as error:
            return error

    answers = await asyncio.gather(*(accept(person) for person in near))
    assert sorted(type(a).__name__ for a in answers) == ["Conflict", "Conflict", "UUID"]
    assert await faults(made.edition.id) == []


async def test_a_meeting_begins_is_held_and_its_outcome_kept_with_every_answer(made: Stage) -> None:
    _, meeting = await booked(made, "Anna", 4)
    with pytest.raises(Conflict, match="too early"):
        await conduct.start(made.edition, meeting, company(made), now=NOW)
    await conduct.start(made.edition, meeting, company(made), now=made.at(4))
    await conduct.end(made.edition, meeting, company(made), now=made.at(5))
    for result in ("second_interview", "hired"):
        await conduct.record(made.edition, meeting, result, company(made), now=made.at(6))
    assert [o.result for o in await team.outcomes(meeting)] == ["hired", "second_interview"]


@pytest.mark.parametrize(("how", "minutes", "moved", "left"), [("shift", 20, 2, 0), ("hand_over", 0, 1, 1), ("reseat", 0, 2, 0)])
async def test_the_queue_of_a_late_recruiter_is_shifted_handed_over_or_reseated(made: Stage, how: str, minutes: int, moved: int, left: int) -> None:
    await booked(made, "Anna", 4)
    await booked(made, "Bo", 5)
    await booked(made, "Cy", 5, recruiter=1)
    one, other = made.recruiters["alpha"]
    form = ShiftForm(recruiter=one, day=clock.local(made.at(4)).date(), how=how, minutes=minutes, to=other if how == "hand_over" else None)  # type: ignore[arg-type]
    said = await queue_help.help_queue(made.edition, made.companies["alpha"], form, by=one, now=NOW)
    assert (said.facts["done"], said.facts["left"]) == (moved, left)
    assert len(await team.trouble(made.companies["alpha"])) == left
    assert await faults(made.edition.id) == []


async def test_fewer_hours_after_publishing_list_each_meeting_that_lost_its_seat(made: Stage) -> None:
    _, meeting = await booked(made, "Anna", 4)
    lost = await presence.set_presence(made.edition, made.companies["alpha"], made.recruiters["alpha"][0], None, [made.at(4), made.at(7)], now=NOW)
    assert lost == [meeting]
    assert [t.meeting for t in await team.trouble(made.companies["alpha"])] == [meeting]
    assert await state(meeting) == "proposed"
    await changes.move(made.edition, meeting, made.recruiters["alpha"][1], made.at(4), company(made), now=NOW)
    assert await team.trouble(made.companies["alpha"]) == []


async def test_a_table_taken_by_another_company_is_refused_and_nothing_changes(made: Stage) -> None:
    await add_company(made, "beta", slots=[20])
    table = await db.value("SELECT meeting_table FROM presence WHERE recruiter = $1 LIMIT 1", made.recruiters["alpha"][0])
    with pytest.raises(Conflict, match="already taken"):
        await presence.set_presence(made.edition, made.companies["beta"], made.recruiters["beta"][0], table, [made.at(4), made.at(15)], now=NOW)
    assert await db.value("SELECT count(*) FROM presence WHERE recruiter = $1", made.recruiters["beta"][0]) == 1


async def test_a_recruiter_removed_while_in_a_meeting_can_still_end_it_and_gets_no_new_one(made: Stage) -> None:
    _, meeting = await booked(made, "Anna", 4)
    await conduct.start(made.edition, meeting, company(made), now=made.at(4))
    await db.execute("UPDATE role SET ended_at = $2 WHERE person = $1", made.recruiters["alpha"][0], made.at(4))
    await conduct.end(made.edition, meeting, company(made), now=made.at(5))
    bo = await add_candidate(made, "Bo", "alpha")
    with pytest.raises(NotFound):
        await booking.book(made.edition, Want(bo, made.companies["alpha"], made.recruiters["alpha"][0], made.at(8), bo, "company"), now=made.at(5))


async def test_saying_late_is_seen_by_the_other_side_until_the_meeting_is_over(made: Stage) -> None:
    anna, meeting = await booked(made, "Anna", 4)
    await conduct.say_late(made.edition, meeting, 10, Actor(anna, "candidate"), now=made.at(4))
    assert await db.value("SELECT late_minutes FROM meeting WHERE id = $1", meeting) == 10
    with pytest.raises(Conflict, match="over"):
        await conduct.say_late(made.edition, meeting, 10, Actor(anna, "candidate"), now=datetime.fromisoformat("2028-11-18T09:00:00+00:00"))
