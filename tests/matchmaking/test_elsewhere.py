"""Trying to close a place gives its recruiters the tables that closing it gives them."""

from datetime import timedelta
from uuid import UUID

import pytest

from forum import db
from forum.editions import Edition
from forum.matchmaking import closing, publishing, reading, running, runs, studio
from forum.matchmaking.scenario import Scenario
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, stage

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def made(database: str) -> Stage:
    """Alpha at campus 1, beta at campus 2, six people who wish for both; the plan is published."""
    made = await stage()
    await add_company(made, "alpha", people=2)
    await add_company(made, "beta", campus="2")
    for n in range(6):
        await add_candidate(made, f"P{n}", "alpha", "beta")
    number = await runs.ask(made.edition, by=await _organiser(), now=NOW, weights=runs.DEFAULT_WEIGHTS, time_limit=1)
    await running.execute(await db.value("SELECT id FROM plan WHERE number = $1", number), made.edition, now=NOW, workers=1)
    await publishing.publish(made.edition, number, by=await _organiser(), now=NOW, expected_version=0)
    return made


async def _organiser() -> UUID:
    found: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    return found


async def seats(edition: Edition, scenario: Scenario | None = None) -> set[tuple[object, ...]]:
    inputs = await reading.read_inputs(edition, now=NOW, guarantee=1, weights=runs.DEFAULT_WEIGHTS, scenario=scenario)
    return {(s.recruiter, s.meeting_table, s.campus, s.step_free, s.slot) for s in inputs.seats}


async def test_a_campus_tried_closed_seats_its_recruiters_where_closing_it_does(made: Stage) -> None:
    begins = made.at(6)
    tried = await seats(made.edition, Scenario(closed_campuses=("1",), closed_from=begins))
    before = await seats(made.edition)
    assert tried != before
    await closing.close(made.edition, "1", begins=begins, by=await _organiser(), now=NOW)
    assert tried == await seats(made.edition)
    assert {s[0] for s in tried if s[2] != "1"} == set(made.recruiters["alpha"]) | set(made.recruiters["beta"])  # nobody is simply gone


async def test_a_what_if_counts_a_meeting_that_changes_its_campus_at_its_hour_as_moved_and_loses_none(made: Stage) -> None:
    scenario = Scenario(closed_campuses=("1",))
    number = await runs.ask(made.edition, by=await _organiser(), now=NOW, weights=runs.DEFAULT_WEIGHTS, time_limit=1, scenario=scenario, kind="what-if")
    plan = await db.value("SELECT id FROM plan WHERE number = $1", number)
    await running.execute(plan, made.edition, now=NOW, workers=1)
    found = await studio.difference(made.edition, plan)
    there = await db.value("SELECT count(*) FROM meeting WHERE company = $1 AND state = 'proposed'", made.companies["alpha"])
    assert there == 6
    assert (found.gone, found.moved >= there) == (0, True)
    assert {c.new_campus for c in found.changes if c.old_campus == 1} == {c.new_campus for c in found.changes if c.company == made.companies["alpha"]} != {1}


async def test_a_room_tried_closed_seats_its_recruiters_where_closing_it_does(made: Stage) -> None:
    room = await db.value("SELECT t.room FROM presence p JOIN meeting_table t ON t.id = p.meeting_table WHERE p.company = $1 LIMIT 1", made.companies["alpha"])
    tried = await seats(made.edition, Scenario(rooms=(room,), closed_from=NOW + timedelta(minutes=1)))
    await closing.close(made.edition, "1", begins=NOW + timedelta(minutes=1), by=await _organiser(), now=NOW, room=room)
    assert tried == await seats(made.edition)
    assert len(tried) > 0
