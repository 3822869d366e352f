"""The figures of a rehearsed day are those of a plain count, row by row, of what stands in the tables."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from forum import db
from forum.rehearsal import judge, report
from forum.rehearsal.control import Rehearsal
from forum.rehearsal.judge import HELD, KINDS, Appointment
from tests.live import day as days

STATES = ("proposed", "accepted", "running", "held", "no_show", "declined", "cancelled")


@pytest.fixture
async def day(database: str, now: datetime) -> days.Day:
    """Meetings of every state on two campuses; a person wishes for each, one for nothing; two pairs met after one was called off; one lost its table; a seat in a session."""
    made = await days.make(now=now)
    slugs = sorted(made.campuses)
    for n, state in enumerate(STATES * 2):
        await _wished(made, await days.meeting(made, slugs[n % 2], slot=now + timedelta(minutes=20 * n), state=state), now)
    for state in ("held", "accepted"):
        first = await days.meeting(made, slugs[0], slot=now - timedelta(hours=2), state="cancelled")
        again = await days.meeting(made, slugs[1], slot=now - timedelta(hours=1), state=state)
        await db.execute("UPDATE meeting SET candidate = (SELECT candidate FROM meeting WHERE id = $2) WHERE id = $1", again, first)
        await _wished(made, first, now)
    lost = await days.meeting(made, slugs[0], slot=now + timedelta(hours=6))
    await db.execute("INSERT INTO meeting_trouble (meeting, why, since) VALUES ($1, 'campus', $2)", lost, now)
    offered = await days.meeting(made, slugs[0], slot=now + timedelta(hours=7), state="running")
    await db.execute("UPDATE meeting SET origin = 'offered', created_at = slot + interval '3 minutes' WHERE id = $1", offered)
    session = await days.session(made, slugs[0], "VOX", start=now + timedelta(hours=3))
    await days.publish(made, now=now)
    (person,) = await days.inside(made, slugs[0], "Seated", now=now)
    await db.execute("INSERT INTO seat (session, person, asked_at, held_at) VALUES ($1, $2, $3, $3)", session, person, now)
    await db.execute("INSERT INTO wish (edition, candidate, company, rank, made_at) SELECT $1, $2, id, 1, $3 FROM company LIMIT 1", made.edition.id, person, now)
    return made


async def _wished(made: days.Day, meeting: UUID, now: datetime) -> None:
    await db.execute(
        "INSERT INTO wish (edition, candidate, company, rank, made_at) SELECT $1, candidate, company, 1, $3 FROM meeting WHERE id = $2", made.edition.id, meeting, now
    )


async def _all(table: str) -> list[dict[str, Any]]:
    async with db.connection() as conn:
        return [dict(row) for row in await conn.fetch(f"SELECT * FROM {table}")]


async def test_wishes_met_and_still_planned_are_counted_as_one_would_by_hand(day: days.Day) -> None:
    meetings = await _all("meeting")
    met = planned = 0
    for wish in await _all("wish"):
        mine = [m["state"] for m in meetings if (m["candidate"], m["company"]) == (wish["candidate"], wish["company"]) and m["state"] in HELD]
        met += any(state in ("running", "held") for state in mine)
        planned += bool(mine) and not any(state in ("running", "held") for state in mine)
    assert await report.wishes(day.edition.id) == {"held": met, "planned": planned}
    assert (met, planned) == (5, 5)


async def test_what_each_holds_is_what_stands_in_the_tables(day: days.Day) -> None:
    campus = {row["id"]: row["slug"] for row in await _all("campus")}
    at = {row["id"]: campus[row["campus"]] for row in await _all("meeting_table")}
    troubled = {row["meeting"] for row in await _all("meeting_trouble") if row["resolved_at"] is None}
    plain: dict[str, set[Appointment]] = {kind: set() for kind in KINDS}
    for m in await _all("meeting"):
        if m["state"] in HELD and m["id"] not in troubled:
            since = m["created_at"] if m["origin"] == "offered" else None
            for kind in KINDS:
                plain[kind].add(Appointment(m[kind], at[m["meeting_table"]], m["slot"], m["slot"] + timedelta(minutes=m["minutes"]), f"meeting {m['id']}", since))
    room = {row["id"]: campus[row["campus"]] for row in await _all("room")}
    (item,), (seat,) = await _all("release_item"), await _all("seat")
    plain["candidate"].add(Appointment(seat["person"], room[item["room"]], item["start_at"], item["end_at"], f"seat {seat['id']}"))
    held = await judge.held(day.edition.id)
    assert {kind: set(mine) for kind, mine in held.items()} == plain
    assert [len(held[kind]) for kind in KINDS] == [len(plain[kind]) for kind in KINDS] == [12, 11, 11]


async def test_an_absence_holds_until_it_was_noted_and_never_longer_than_its_time(now: datetime, database: str) -> None:
    day = await days.make(now=now)
    first = next(iter(day.campuses))
    for noted, ends in ((6, 6), (35, 20)):
        missed = await days.meeting(day, first, slot=now, state="no_show")
        await db.execute("INSERT INTO meeting_fact (meeting, kind, at) VALUES ($1, 'no_show', $2)", missed, now + timedelta(minutes=noted))
        found = [a.end for a in await judge.absences(day.edition.id, "candidate") if a.label == f"absence {missed}"]
        assert found == [now + timedelta(minutes=ends)], "a recruiter who comes late notes late who was not there"


async def test_many_who_look_at_once_are_answered_by_one_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def judged(driver: object) -> list[judge.Broken]:
        asked.append(len(asked))
        await asyncio.sleep(0.05)
        return []

    async def made(driver: object, broken: object, *, real_seconds: float) -> dict[str, Any]:
        return {"judgement": asked[-1]}

    monkeypatch.setattr(report, "judged", judged)
    monkeypatch.setattr(report, "report", made)
    day, next_day = (Rehearsal(None, None, None) for _ in range(2))  # type: ignore[arg-type]  # neither its clock nor its end is looked at
    assert [await asyncio.gather(*(day.figures() for _ in range(5)))] == [[{"judgement": 0}] * 5]
    assert await next_day.figures() == {"judgement": 1}  # another day's figures are its own
