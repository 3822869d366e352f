"""A random history of what people do to meetings, by many at once, judged at the end (and now and then) from the tables alone."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import ForumError
from forum.matchmaking import blocks, booking, changes, closing, conduct, presence, publishing, queue_help, refill, running, runs, times, waiting
from forum.matchmaking.booking import Want
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import ShiftForm
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, late_journeys


@dataclass
class History:
    """Who and what the history plays with; `done` counts operations by name and result."""

    made: Stage
    people: list[UUID] = field(default_factory=list)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    now: datetime = NOW
    seed: int = 1


async def begin(made: Stage, *, companies: int = 6, people: int = 40, seed: int = 1) -> History:
    """Companies on every campus, people who wish for most of them."""
    rng = random.Random(seed)
    campuses = list(made.tables)
    for n in range(companies):
        await add_company(made, f"c{n}", people=2, campus=campuses[n % len(campuses)], slots=list(range(4, 18)), **({"max_meetings": 9} if n == 0 else {}))
    history = History(made, seed=seed)
    for n in range(people):
        wished = rng.sample(list(made.companies), k=min(companies, rng.randint(2, companies)))
        history.people.append(await add_candidate(made, f"H{n}", *wished, most=rng.randint(2, 5), step_free=n % 9 == 0))
    return history


async def play(history: History, operations: int, *, at_once: int = 4, replan_every: int = 0, look_every: int = 40) -> list[str]:
    """*operations* random ones by *at_once* at a time; what was wrong at any look and at the end, a line each."""
    left = iter(range(operations))
    found: list[str] = []

    async def player(number: int) -> None:
        rng = random.Random(f"{history.seed}/{number}")
        for n in left:
            history.now = max(history.now, NOW + timedelta(seconds=n % 5400))
            name = rng.choices(list(OPERATIONS), weights=[w for _, w in OPERATIONS.values()])[0]
            try:
                await OPERATIONS[name][0](history, rng)
                history.done[name, "done"] += 1
            except ForumError as error:
                history.done[name, type(error).__name__] += 1
            if replan_every and n and n % replan_every == 0:
                await _replan(history, rng)
            if n % look_every == 0:
                found.extend(await faults(history.made.edition.id))
                found.extend(await late_journeys(history.made.edition))

    unwatched = waiting.freed
    waiting.freed = _watched(unwatched, found)
    try:
        await asyncio.gather(*(player(n) for n in range(at_once)))
    finally:
        waiting.freed = unwatched
    return found + await faults(history.made.edition.id) + await late_journeys(history.made.edition)


def _watched(freed: Any, found: list[str]) -> Any:
    """`waiting.freed` with its answer compared, in its own transaction, with the first of the list who could come, found by other means."""

    async def watched(edition: Edition, company: UUID, recruiter: UUID, table: UUID, slot: datetime, *, but: UUID | None, now: datetime) -> UUID | None:
        expected = await _first_waiting(edition, company, recruiter, table, slot, but) if slot > now else None
        got: UUID | None = await freed(edition, company, recruiter, table, slot, but=but, now=now)
        if got != expected and slot > now and expected == await _first_waiting(edition, company, recruiter, table, slot, but, fresh=got):
            found.append(f"seat offered to {got}, {expected} passed somebody over")  # others may act between two looks: both must agree
        return got

    return watched


async def _first_waiting(
    edition: Edition, company: UUID, recruiter: UUID, table: UUID, slot: datetime, but: UUID | None, *, fresh: UUID | None = None
) -> UUID | None:
    campus = await db.value("SELECT c.slug FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE t.id = $1", table)
    for person in await db.column("SELECT candidate FROM seat_wait WHERE company = $1 AND ended_at IS NULL ORDER BY place", company):
        asked = await db.value("SELECT 1 FROM seat_offer WHERE recruiter = $1 AND slot = $2 AND candidate = $3", recruiter, slot, person)
        busy = await db.value("SELECT 1 FROM claim WHERE person = $1 AND (slot = $2 OR company = $3)", person, slot, company)
        if person != but and (not asked or person == fresh) and not busy and await waiting.can_be_there(edition, person, slot, campus):
            return person
    return None


async def _meeting(history: History, rng: random.Random, *states: str) -> tuple[UUID, UUID, UUID, datetime, UUID]:
    async with db.connection() as conn:
        row = await conn.fetchrow(
            "SELECT id, candidate, company, slot, recruiter FROM meeting WHERE state = ANY($1) ORDER BY md5(id::text || $2) LIMIT 1",
            list(states),
            str(rng.random()),
        )
    if row is None:
        raise Nothing("no meeting")
    return row["id"], row["candidate"], row["company"], row["slot"], row["recruiter"]


class Nothing(ForumError):
    """There is nothing to do this to."""


def _slot(history: History, rng: random.Random) -> datetime:
    return history.made.at(rng.randrange(4, 18))


def _company(history: History, rng: random.Random) -> tuple[str, UUID, UUID]:
    slug = rng.choice(list(history.made.companies))
    return slug, history.made.companies[slug], rng.choice(history.made.recruiters[slug])


async def _book(history: History, rng: random.Random) -> None:
    _, company, recruiter = _company(history, rng)
    await booking.book(history.made.edition, Want(rng.choice(history.people), company, recruiter, _slot(history, rng), recruiter, "company"), now=history.now)


async def _accept(history: History, rng: random.Random) -> None:
    meeting, candidate, *_ = await _meeting(history, rng, "proposed")
    await changes.accept(history.made.edition, meeting, Actor(candidate, "candidate"), now=history.now)


async def _give_up(history: History, rng: random.Random) -> None:
    meeting, candidate, _, _, recruiter = await _meeting(history, rng, "proposed", "accepted")
    actor = Actor(candidate, "candidate") if rng.random() < 0.7 else Actor(recruiter, "company")
    await changes.give_up(history.made.edition, meeting, actor, now=history.now)


async def _move(history: History, rng: random.Random) -> None:
    meeting, _, company, _, _ = await _meeting(history, rng, "proposed", "accepted", "unplaced")
    slug = next(s for s, c in history.made.companies.items() if c == company)
    recruiter = rng.choice(history.made.recruiters[slug])
    await changes.move(history.made.edition, meeting, recruiter, _slot(history, rng), Actor(recruiter, "company"), now=history.now)


async def _swap(history: History, rng: random.Random) -> None:
    one, _, company, _, recruiter = await _meeting(history, rng, "proposed", "accepted")
    other = await db.value("SELECT id FROM meeting WHERE company = $1 AND id <> $2 AND state IN ('proposed', 'accepted') LIMIT 1", company, one)
    if other is None:
        raise Nothing("no other")
    await changes.swap(history.made.edition, one, other, Actor(recruiter, "company"), now=history.now)


async def _ask_time(history: History, rng: random.Random) -> None:
    meeting, candidate, *_ = await _meeting(history, rng, "proposed", "accepted")
    await times.ask(history.made.edition, meeting, _slot(history, rng), Actor(candidate, "candidate"), now=history.now)


async def _answer_time(history: History, rng: random.Random) -> None:
    async with db.connection() as conn:
        row = await conn.fetchrow(
            "SELECT q.id, m.recruiter FROM time_request q JOIN meeting m ON m.id = q.meeting WHERE q.answered_at IS NULL ORDER BY q.asked_at LIMIT 1"
        )
    if row is None:
        raise Nothing("no request")
    await times.answer(history.made.edition, row["id"], rng.random() < 0.8, Actor(row["recruiter"], "company"), now=history.now)


async def _wait(history: History, rng: random.Random) -> None:
    slug, _, _ = _company(history, rng)
    await waiting.wait(history.made.edition, rng.choice(history.people), slug, now=history.now)


async def _take(history: History, rng: random.Random) -> None:
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT id, candidate FROM seat_offer WHERE answered_at IS NULL ORDER BY md5(id::text || $1) LIMIT 1", str(rng.random()))
    if row is None:
        raise Nothing("no offer")
    await (waiting.take if rng.random() < 0.7 else waiting.refuse)(history.made.edition, row["id"], row["candidate"], now=history.now)


async def _expire(history: History, rng: random.Random) -> None:
    await waiting.lapse(history.made.edition, now=history.now)


async def _no_show(history: History, rng: random.Random) -> None:
    meeting, _, _, slot, recruiter = await _meeting(history, rng, "proposed", "accepted")
    now = max(history.now, slot)
    await conduct.no_show(history.made.edition, meeting, Actor(recruiter, "company"), now=now)
    here = {person: rng.choice(list(history.made.tables)) for person in rng.sample(history.people, k=len(history.people) // 2)}
    await refill.offer_seat(history.made.edition, meeting, here, now=now)


async def _hold(history: History, rng: random.Random) -> None:
    meeting, _, _, slot, recruiter = await _meeting(history, rng, "accepted", "running")
    actor = Actor(recruiter, "company")
    await conduct.start(history.made.edition, meeting, actor, now=slot)
    if rng.random() < 0.5:
        await conduct.end(history.made.edition, meeting, actor, now=slot)


async def _block(history: History, rng: random.Random) -> None:
    _, company, recruiter = _company(history, rng)
    slot = _slot(history, rng)
    if rng.random() < 0.5:
        await blocks.block(history.made.edition, company, recruiter, slot, by=recruiter, now=history.now)
    else:
        await blocks.unblock(history.made.edition, company, recruiter, slot, now=history.now)


async def _hours(history: History, rng: random.Random) -> None:
    """A recruiter leaves a slot, or sits at some table again."""
    _, company, recruiter = _company(history, rng)
    table = None if rng.random() < 0.3 else await db.value("SELECT id FROM meeting_table ORDER BY md5(id::text || $1) LIMIT 1", str(rng.random()))
    await presence.set_presence(history.made.edition, company, recruiter, table, [_slot(history, rng)], now=history.now)


async def _withdraw(history: History, rng: random.Random) -> None:
    """A wish comes and goes; the meetings that stand are not touched by it."""
    _slug, company, _ = _company(history, rng)
    person = rng.choice(history.people)
    await db.execute("UPDATE wish SET withdrawn_at = $3 WHERE candidate = $1 AND company = $2 AND withdrawn_at IS NULL", person, company, history.now)
    await db.execute(
        """INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, 9, $4)
           ON CONFLICT (candidate, company) WHERE withdrawn_at IS NULL DO NOTHING""",
        history.made.edition.id, person, company, history.now + timedelta(seconds=1),
    )  # fmt: skip


async def _lock(history: History, rng: random.Random) -> None:
    meeting, *_ = await _meeting(history, rng, "proposed", "accepted")
    by = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    await changes.lock(history.made.edition, meeting, rng.random() < 0.5, by=by, now=history.now)


async def _late(history: History, rng: random.Random) -> None:
    """A recruiter is late or ill: shifted, handed over, or seated anew."""
    _slug, company, recruiter = _company(history, rng)
    how = rng.choice(["shift", "hand_over", "reseat"])
    other = rng.choice([r for rows in history.made.recruiters.values() for r in rows])
    form = ShiftForm(recruiter=recruiter, day=clock.local(_slot(history, rng)).date(), how=how, minutes=20 if how == "shift" else 0, to=other)  # type: ignore[arg-type]
    await queue_help.help_queue(history.made.edition, company, form, by=recruiter, now=history.now)


async def _replan(history: History, rng: random.Random) -> None:
    """A run published while everybody goes on; or a campus closed with its repair."""
    edition = history.made.edition
    try:
        organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
        if rng.random() < 0.3:
            number = (await closing.close(edition, rng.choice(list(history.made.tables)), begins=history.now, by=organiser, now=history.now)).run
            history.done["close", "done"] += 1
        else:
            number = await runs.ask(edition, by=organiser, now=history.now, time_limit=1.0)
        plan = await db.value("SELECT id FROM plan WHERE number = $1", number)
        await running.execute(plan, edition, now=history.now, workers=1)
        expected = await db.value("SELECT coalesce(max(number), 0) FROM plan_version")
        if expected and rng.random() < 0.25:
            done = await publishing.roll_back(edition, rng.randint(1, expected), by=organiser, now=history.now, expected_version=expected)
            history.done["roll back", "done"] += 1
        else:
            done = await publishing.publish(edition, number, by=organiser, now=history.now, expected_version=expected)
        history.done["re-plan", "done"] += 1
        history.done["re-plan", "rows skipped"] += done.skipped
    except ForumError as error:
        history.done["re-plan", type(error).__name__] += 1


OPERATIONS = {
    "book": (_book, 40), "accept": (_accept, 6), "give up": (_give_up, 14), "move": (_move, 12), "swap": (_swap, 4), "ask time": (_ask_time, 5), "answer time": (_answer_time, 5),
    "wait": (_wait, 6), "take": (_take, 6), "expire": (_expire, 2), "no-show": (_no_show, 2), "hold": (_hold, 1), "block": (_block, 4), "hours": (_hours, 3), "lock": (_lock, 2), "late": (_late, 2), "wish": (_withdraw, 2),
}  # fmt: skip
