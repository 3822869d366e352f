"""Locks inside a what-if: chosen from a plan, held by its run, marked in the difference, real once it is applied; what cannot stand is said."""

from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.matchmaking import keeping, publishing, running, runs
from forum.matchmaking.scenario import parse
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, add_star, faults, stage

PLAN = {"seconds": "1", "w_change": "0"}


@pytest.fixture
async def made(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Alpha has two seats and four people wish for it; beta has room. The first plan is published, then alpha stars the two who have no seat there."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", slots=[4, 5])
    await add_company(made, "beta", campus="2", slots=list(range(8, 14)))
    for n in range(4):
        await add_candidate(made, f"P{n}", "alpha", "beta")
    await sign_client_in(client, await organiser())
    await what_if(client, made, {})
    await publish(made, 1)
    for person in await db.column("SELECT DISTINCT candidate FROM wish EXCEPT SELECT candidate FROM meeting WHERE company = $1", made.companies["alpha"]):
        await add_star(made, "alpha", person)
    return made


async def organiser() -> UUID:
    found: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    return found


async def what_if(client: httpx.AsyncClient, made: Stage, fields: dict[str, str], form: str = "/studio") -> int:
    """A run asked for with the form and done; its number."""
    sent = await posted(client, "/studio/runs", PLAN | fields, form=form)
    number = int(sent.headers["location"].rpartition("/")[2])
    await running.execute(await db.value("SELECT id FROM plan WHERE number = $1", number), made.edition, now=NOW, workers=1)
    return number


async def publish(made: Stage, number: int) -> publishing.Published:
    before = await db.value("SELECT coalesce(max(number), 0) FROM plan_version")
    return await publishing.publish(made.edition, number, by=await organiser(), now=NOW, expected_version=before)


async def at_alpha(made: Stage, number: int) -> set[UUID]:
    """Who meets alpha in a run's plan."""
    sql = "SELECT candidate FROM plan_meeting m JOIN plan p ON p.id = m.plan WHERE p.number = $1 AND m.company = $2"
    return set(await db.column(sql, number, made.companies["alpha"]))


async def test_all_meetings_of_a_company_stay_as_published_and_are_locked_with_the_what_if(client: httpx.AsyncClient, made: Stage) -> None:
    alpha, before = made.companies["alpha"], await at_alpha(made, 1)
    free = await what_if(client, made, {})
    assert (await at_alpha(made, free)) & before == set()  # without the lock all of them go
    number = await what_if(client, made, {"lock_company": str(alpha)})
    assert await at_alpha(made, number) == before
    page = (await client.get(f"/en/studio/runs/{number}")).text
    assert [page.count(words) for words in ("The meeting of P", " with Alpha is locked.", "</b> meetings locked", "stays</span>")] == [2, 2, 1, 2]
    assert "meetings locked" not in (await client.get(f"/en/studio/runs/{free}")).text
    assert await db.value("SELECT count(*) FROM meeting WHERE is_locked") == 0  # a try changes nothing
    await publish(made, number)
    assert await db.column("SELECT DISTINCT company FROM meeting WHERE is_locked") == [alpha]
    assert await db.value("SELECT count(*) FROM meeting_fact WHERE kind = 'locked' AND by = $1", await organiser()) == 2
    assert await at_alpha(made, await what_if(client, made, {})) == before  # every later plan keeps them
    assert await faults(made.edition.id) == []


async def test_a_meeting_of_a_draft_is_locked_from_its_grid_with_the_drafts_weights(client: httpx.AsyncClient, made: Stage) -> None:
    draft = await what_if(client, made, {"w_preference": "3"})
    grid = f"/en/studio/runs/{draft}/grid?by=company&of=alpha"
    page = (await client.get(grid)).text
    assert (page.count('name="lock" value='), 'name="w_preference" value="3"' in page, "Lock all meetings of Alpha" in page) == (2, True, True)
    who = sorted(await at_alpha(made, draft))[0]
    pair = f"{who}|{made.companies['alpha']}"
    number = await what_if(client, made, {"lock_run": str(draft), "lock": pair, "w_change": "50"}, form=grid)
    (kept,) = parse((await runs.run_by_number(made.edition.id, number)).scenario).locked
    held = "SELECT slot FROM plan_meeting m JOIN plan p ON p.id = m.plan WHERE p.number = $1 AND m.candidate = $2 AND m.company = $3"
    assert await db.column(held, number, who, made.companies["alpha"]) == [kept.slot]
    page = (await client.get(f"/en/studio/runs/{number}/grid?by=company&of=alpha")).text
    assert page.count(f'value="{pair}" checked') == 1
    assert f'type="hidden" name="lock" value="{pair}"' in (await client.get(f"/en/studio/runs/{number}/grid?by=company&of=beta")).text
    await publish(made, number)
    assert await db.column("SELECT candidate FROM meeting WHERE is_locked") == [who]


async def test_a_lock_at_a_place_that_closes_is_said_in_words(client: httpx.AsyncClient, made: Stage) -> None:
    number = await what_if(client, made, {"lock_company": str(made.companies["alpha"]), "close_campus": "1"})
    page = (await client.get(f"/en/studio/runs/{number}")).text
    said = ("This locked meeting cannot stand", "Its table is closed", "Leave out this lock", "Publish run")
    assert [words in page for words in said] == [True, True, True, False]
    fine = await what_if(client, made, {"lock_company": str(made.companies["alpha"]), "close_campus": "2"})
    assert (await runs.run_by_number(made.edition.id, fine)).state == "done"


async def test_locks_that_cannot_stand_together_are_said_in_words(client: httpx.AsyncClient, made: Stage) -> None:
    draft = await what_if(client, made, {})
    await db.execute("UPDATE meeting SET is_locked = true WHERE company = $1", made.companies["alpha"])
    number = await what_if(client, made, {"lock_run": str(draft), "lock_company": str(made.companies["alpha"])}, form=f"/studio/runs/{draft}/grid")
    page = (await client.get(f"/en/studio/runs/{number}")).text
    assert "These locked meetings cannot all stand" in page
    assert "One recruiter would have two meetings at the same time." in page
    assert page.count(", Alpha, ") == 2


async def test_a_lock_of_what_is_no_longer_there_is_refused_and_starts_nothing(client: httpx.AsyncClient, made: Stage) -> None:
    gone = await add_company(made, "gamma", people=0)
    for fields, said in (({"lock_company": str(gone)}, "has no meeting to lock"), ({"lock": f"{gone}|{gone}"}, "is no longer in this plan")):
        sent = await posted(client, "/en/studio/runs", PLAN | fields, form="/en/studio")
        assert (sent.status_code, said in sent.text) == (409, True)
    assert await db.value("SELECT count(*) FROM plan") == 1


async def test_closing_the_campus_that_was_tried_makes_its_locks_real(client: httpx.AsyncClient, made: Stage) -> None:
    number = await what_if(client, made, {"lock_company": str(made.companies["alpha"]), "close_campus": "2"})
    locked = parse((await runs.run_by_number(made.edition.id, number)).scenario).locked
    assert f'name="run" value="{number}"' in (await client.get(f"/studio/runs/{number}")).text
    await posted(client, "/studio/close", {"campus": "2", "run": str(number)}, form=f"/studio/runs/{number}")
    assert await db.value("SELECT count(*) FROM meeting WHERE is_locked AND company = $1", made.companies["alpha"]) == len(locked) == 2
    await keeping.make_real(made.edition, locked, by=await organiser(), now=NOW)
    assert await db.value("SELECT count(*) FROM meeting_fact WHERE kind = 'locked'") == 2  # done again, nothing changes
