"""The studio: weights in words, locks, people a what-if adds, the way from the control screen."""

from uuid import UUID

import httpx
import msgspec
import pytest

from forum import clock, db
from forum.errors import Conflict
from forum.matchmaking import afterwards, changes, extra_people, figures, publishing, rules, running, runs, studio
from forum.matchmaking.changes import Actor
from forum.matchmaking.scenario import Scenario
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, person_named, stage

PLAIN = {"guarantee": 1000, "preference": 1, "campus_change": 8, "break": 2, "idle_slot": 1, "change": 5}


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Alpha has two seats and four people wish for it; beta has room."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", slots=[4, 5])
    await add_company(made, "beta", campus="2", slots=list(range(8, 14)))
    for n in range(4):
        await add_candidate(made, f"P{n}", "alpha", "beta")
    return made


async def organiser() -> UUID:
    found: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    return found


async def run(made: Stage, scenario: Scenario | None = None, kind: str = "plan") -> int:
    number = await runs.ask(made.edition, by=await organiser(), now=NOW, time_limit=1, scenario=scenario, kind=kind)
    await running.execute(await db.value("SELECT id FROM plan WHERE number = $1", number), made.edition, now=NOW, workers=1)
    return number


async def publish(made: Stage, number: int) -> publishing.Published:
    before = await db.value("SELECT coalesce(max(number), 0) FROM plan_version")
    return await publishing.publish(made.edition, number, by=await organiser(), now=NOW, expected_version=before)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({}, ["planned (38 points)", "without a meeting (1020 points)", "moves to another hour"]),
        ({"campus_change": 60}, ["left out (-14 points)", "without a meeting", "moves to another hour"]),
        ({"guarantee": 50, "change": 7}, ["planned (38 points)", "even if the other person has no meeting (70)", "does not move"]),
    ],
)
def test_the_examples_follow_the_weights(weights: dict[str, int], said: list[str]) -> None:
    words = [str(example) for example in rules.examples(PLAIN | weights)]
    assert [part in line for part, line in zip(said, words, strict=True)] == [True] * 3


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4.5.x", "1.2.3.4.5.-6", "1.2.3.4.5.99999", "1.2.3.4.5.6.7", "١.2.3.4.5.6"])
def test_an_address_without_six_weights_is_none(text: str) -> None:
    assert rules.weights_in(text) is None


def test_weights_survive_an_address_and_stay_in_their_range() -> None:
    assert rules.weights_in(rules.weights_out(PLAIN)) == PLAIN
    assert rules.weights_in("9999.9.9.9.9.9") == {"guarantee": 2000} | dict.fromkeys(("preference", "campus_change", "break", "idle_slot", "change"), 9)


async def test_without_script_a_button_says_what_the_numbers_mean_and_starts_nothing(client: httpx.AsyncClient, made: Stage) -> None:
    await sign_client_in(client, await organiser())
    sent = await posted(client, "/studio/runs", {"look": "on", "w_campus_change": "60"}, form="/studio")
    assert sent.headers["location"].startswith("/studio?w=1000.1.60.2.1.5")
    page = (await client.get("/en" + sent.headers["location"].partition("#")[0])).text
    assert "left out (-14 points)" in page
    assert 'type="number" min="0" max="100" data-step="1" value="60"' in page
    assert await db.value("SELECT count(*) FROM plan") == 0
    told = (await client.get("/studio/weights.json?w=1000.1.60.2.1.5")).json()
    assert (told["meanings"]["campus_change"], len(told["examples"])) == ("Un trajet de plus coûte 60 points de souhait.", 3)
    assert (await client.get("/studio/weights.json?w=no")).status_code == 404


async def test_the_control_screen_opens_the_what_if_at_its_campus(client: httpx.AsyncClient, made: Stage) -> None:
    await sign_client_in(client, await organiser())
    page = (await client.get("/studio?close_campus=2")).text
    assert '<option value="2" selected>' in page
    assert '<details class="what-if" id="what-if" open>' in page
    assert '<details class="what-if" id="what-if">' in (await client.get("/studio")).text


async def test_a_locked_meeting_stays_through_a_new_plan_and_an_unlocked_one_may_go(client: httpx.AsyncClient, made: Stage) -> None:
    await publish(made, await run(made))
    meeting, slot = await db.value("SELECT id FROM meeting WHERE company = $1 LIMIT 1", made.companies["alpha"]), None
    await sign_client_in(client, await organiser())
    grid = (await client.get("/en/studio/runs/1/grid?by=company&of=alpha")).text
    assert grid.count(">Lock<") == 2
    await posted(client, f"/studio/meetings/{meeting}/lock", {"locked": "on", "next": "/studio/runs/1/grid"}, form="/studio/runs/1/grid")
    assert (await client.get("/en/studio/runs/1/grid?by=company&of=alpha")).text.count(">Unlock<") == 1
    slot, who = await db.value("SELECT slot FROM meeting WHERE id = $1", meeting), await db.value("SELECT candidate FROM meeting WHERE id = $1", meeting)
    await db.execute("UPDATE presence SET slot = slot + interval '1 hour' WHERE company = $1 AND slot <> $2", made.companies["alpha"], slot)
    await db.execute("UPDATE wish SET rank = rank + 50 WHERE candidate = $1", who)  # nothing but the lock speaks for it now
    again = await publish(made, await run(made))
    assert await db.value("SELECT slot FROM meeting WHERE id = $1 AND state = 'proposed'", meeting) == slot
    assert await faults(made.edition.id) == []
    assert again.number == 2
    for locked in (False, False):
        await changes.lock(made.edition, meeting, locked, by=await organiser(), now=NOW)
    assert await db.column("SELECT kind FROM meeting_fact WHERE meeting = $1 AND kind LIKE '%locked' ORDER BY id", meeting) == ["locked", "unlocked"]
    await changes.give_up(made.edition, meeting, Actor(who, "candidate"), now=NOW)
    with pytest.raises(Conflict):
        await changes.lock(made.edition, meeting, True, by=await organiser(), now=NOW)


async def test_people_a_what_if_adds_come_for_real_before_it_is_published(client: httpx.AsyncClient, made: Stage) -> None:
    tried = Scenario(extra_company=made.companies["alpha"], extra_campus="1", extra=1)
    number = await run(made, tried, "what-if")
    plan = await db.value("SELECT id FROM plan WHERE number = $1", number)
    assert await db.value("SELECT count(*) FROM plan_meeting WHERE plan = $1 AND company = $2", plan, made.companies["alpha"]) == 4
    assert await extra_people.only_tried(plan)
    await sign_client_in(client, await organiser())
    page = (await client.get(f"/en/studio/runs/{number}")).text
    assert ("Bring them" in page, "Publish run" in page) == (True, False)
    assert (await client.get(f"/studio/runs/{number}/grid?by=company&of=alpha")).status_code == 200
    with pytest.raises(Conflict, match="registers 1 more recruiters"):
        await extra_people.bring(made.edition, number, by=await organiser(), now=NOW)
    colleague = await person_named("Alpha colleague")
    await db.execute(
        "INSERT INTO role (person, edition, name, company, granted_at, approved_at) VALUES ($1, $2, 'recruiter', $3, $4, $4)",
        colleague, made.edition.id, made.companies["alpha"], NOW,
    )  # fmt: skip
    await posted(client, f"/studio/runs/{number}/bring", {}, form=f"/studio/runs/{number}")
    assert await db.value("SELECT count(*) FROM presence WHERE recruiter = $1", colleague) == 2
    assert not await extra_people.only_tried(plan)
    done = await publish(made, number)
    assert (done.skipped, await db.value("SELECT count(*) FROM meeting WHERE recruiter = $1", colleague)) == (0, 2)
    assert await faults(made.edition.id) == []


async def test_a_company_that_is_not_approved_yet_can_be_tried_and_nothing_of_it_is_published(client: httpx.AsyncClient, made: Stage) -> None:
    new = await add_company(made, "gamma", people=0)
    await db.execute("UPDATE company SET approved_at = NULL WHERE id = $1", new)
    await sign_client_in(client, await organiser())
    assert "Gamma (not approved yet)" in (await client.get("/en/studio")).text
    sent = await posted(client, "/studio/runs", {"extra_company": str(new), "extra": "2", "extra_campus": "3", "seconds": "1"}, form="/studio")
    assert sent.headers["location"] == "/studio/runs/1"
    plan = await db.value("SELECT id FROM plan")
    await running.execute(plan, made.edition, now=NOW, workers=1)
    assert await db.value("SELECT count(*) FROM plan_meeting WHERE plan = $1 AND company = $2", plan, new) == 4
    page = (await client.get("/en/studio/runs/1")).text
    assert [words in page for words in ("Gamma is not approved yet.", "drawn by lot", "Publish run", "Bring them")] == [True, True, False, False]
    with pytest.raises(Conflict, match="not approved yet"):
        await extra_people.bring(made.edition, 1, by=await organiser(), now=NOW)
    assert (await publish(made, 1)).added + await db.value("SELECT count(*) FROM meeting WHERE company = $1", new) == await db.value(
        "SELECT count(*) FROM meeting"
    )
    assert await db.value("SELECT count(*) FROM wish WHERE company = $1", new) == 0


async def test_a_company_that_comes_with_nobody_is_said_and_a_room_tried_can_be_closed_for_real(client: httpx.AsyncClient, made: Stage) -> None:
    await sign_client_in(client, await organiser())
    for half in ({"extra": "0", "extra_campus": "3"}, {"extra": "2", "extra_campus": ""}):
        sent = await posted(client, "/en/studio/runs", {"extra_company": str(made.companies["alpha"]), **half}, form="/studio")
        assert (sent.status_code, "how many people the company brings" in sent.text) == (422, True)
    assert await db.value("SELECT count(*) FROM plan") == 0
    table = await db.value("SELECT meeting_table FROM presence WHERE company = $1 LIMIT 1", made.companies["alpha"])
    room = await db.value("SELECT room FROM meeting_table WHERE id = $1", table)
    await posted(client, "/studio/runs", {"close_room": str(room), "seconds": "1"}, form="/studio")
    await running.execute(await db.value("SELECT id FROM plan"), made.edition, now=NOW, workers=1)
    assert "Close the room" in (await client.get("/en/studio/runs/1")).text
    await posted(client, "/studio/close", {"campus": "1", "room": str(room), "begins": ""}, form="/studio/runs/1")
    assert await db.value("SELECT count(*) FROM presence p JOIN meeting_table t ON t.id = p.meeting_table WHERE t.room = $1", room) == 0
    assert await db.value("SELECT kind FROM plan WHERE number = 2") == "repair"


async def test_anybodys_plan_is_found_by_name_and_no_name_stands_in_an_address(client: httpx.AsyncClient, made: Stage) -> None:
    await run(made)
    await sign_client_in(client, await organiser())
    campus = (await client.get("/en/studio/runs/1/grid?by=campus")).text
    who = await db.value(
        "SELECT candidate FROM plan_meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus k ON k.id = t.campus ORDER BY k.number, m.slot LIMIT 1"
    )
    assert f"grid?by=candidate&amp;of={who}" in campus
    name = await db.value("SELECT name FROM person WHERE id = $1", who)
    assert f'<h2 id="gt">{name}</h2>' in (await client.get(f"/en/studio/runs/1/grid?by=candidate&of={who}")).text
    found = await posted(client, "/studio/runs/1/grid", {"name": "p3"}, form="/studio/runs/1/grid")
    assert (found.status_code, found.text.partition('id="f-of"')[2].partition("</select>")[0].count("<option"), '<h2 id="gt">P3</h2>' in found.text) == (200, 1, True)
    nobody = await posted(client, "/en/studio/runs/1/grid", {"name": "nobody"}, form="/studio/runs/1/grid")
    assert "Nobody of that name" in nobody.text


async def test_what_moves_in_the_studio_is_fetched_alone_and_counts_no_seats(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await run(made)
    await sign_client_in(client, await organiser())
    whole = (await client.get("/en/studio")).text
    assert [part in whole for part in ('src="/en/studio/now"', "recruiters at a table")] == [True, True]
    counted = []
    monkeypatch.setattr(studio, "seat_arithmetic", lambda *_, **__: counted.append(1))
    for path in ("/en/studio/now", "/en/studio/runs/1/now"):
        part = (await client.get(path)).text
        assert [words in part for words in ('id="run"', "proven bound", "<html", "recruiters at a table")] == [True, True, False, False]
    assert counted == []


async def test_a_campus_without_a_free_table_says_so(made: Stage) -> None:
    number = await run(made, Scenario(extra_company=made.companies["alpha"], extra_campus="1", extra=1), "what-if")
    await db.execute(
        "INSERT INTO role (person, edition, name, company, granted_at, approved_at) VALUES ($1, $2, 'recruiter', $3, $4, $4)",
        await person_named("Alpha colleague"), made.edition.id, made.companies["alpha"], NOW,
    )  # fmt: skip
    await db.execute("UPDATE meeting_table SET removed_at = $1 WHERE id NOT IN (SELECT meeting_table FROM presence)", NOW)
    with pytest.raises(Conflict, match="needs 1 more tables"):
        await extra_people.bring(made.edition, number, by=await organiser(), now=NOW)
    assert await db.value("SELECT count(*) FROM presence WHERE company = $1", made.companies["alpha"]) == 2


async def test_every_figure_of_a_run_is_on_its_page_and_a_repair_gets_its_own_after_publishing(client: httpx.AsyncClient, made: Stage) -> None:
    number = await run(made)
    await sign_client_in(client, await organiser())
    page = (await client.get(f"/en/studio/runs/{number}")).text
    for words in (
        *figures.COUNTS.values(),
        *figures.SPREADS.values(),
        *figures.TIERS.values(),
        "Time to a proven gap of 1 %",
        "Most memory",
        "Time to the first full plan",
        "mean",
    ):
        assert words.replace("'", "&#39;") in page
    assert "a maximum flow without times" in page
    kept = await db.value("SELECT metrics FROM plan WHERE number = $1", number)
    tiers, took = figures.tiers(msgspec.json.decode(kept)), msgspec.json.decode(kept)["run"]
    assert [(t.value, t.bound) for t in tiers][0] == (4, 4)
    assert 20 < took["peak_mb"] < 20_000
    await publish(made, number)
    repair = await run(made, kind="repair")
    plan = await db.value("SELECT id FROM plan WHERE number = $1", repair)
    assert "Pairs that would both gain" not in (await client.get(f"/en/studio/runs/{repair}")).text
    for _ in range(2):
        await afterwards.add_figures(plan, made.edition, seconds=1)
    page = (await client.get(f"/en/studio/runs/{repair}")).text
    assert [
        words in page for words in ("Pairs that would both gain", "Points of wishes lost to a plan from nothing", "Published meetings that are given up")
    ] == [True] * 3
    compared = msgspec.json.decode(await db.value("SELECT metrics FROM plan WHERE number = $1", repair))["compared"]
    assert compared["preference_lost"] == 0  # nothing had to change, so the repair is the plan itself
    side = (await client.get("/en/studio")).text
    assert [words in side for words in ("Gap of the wishes alone", "Most memory", "of those that could be")] == [True] * 3
