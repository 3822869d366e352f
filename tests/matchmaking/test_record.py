"""What is accounted for: looks at names, exports as far as consented, the impact against its targets, the run log, the public page; and bad input in clear words."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from forum import clock, db
from forum.matchmaking import booking, changes, conduct, impact, offers, parity, publishing, running, runs, times, voluntary
from forum.matchmaking.booking import Want
from forum.matchmaking.changes import Actor
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.files import parse_problem, read_plan
from forum.matchmaking.engine.model import Weights
from forum.matchmaking.forms import OfferForm
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(4, 10)))
    await add_company(made, "beta", campus="2", slots=list(range(12, 16)))
    return made


async def organiser() -> UUID:
    found: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    return found


async def consent(person: UUID, company: UUID, *what: str) -> None:
    for one in what:
        await db.execute(
            "INSERT INTO consent (person, purpose, company, text_version, given_at) VALUES ($1, $2, $3, 'share-1', $4)", person, f"share:{one}", company, NOW
        )


async def meeting_of(made: Stage, person: UUID, slot: int, slug: str = "alpha") -> UUID:
    by = made.recruiters[slug][0]
    return await booking.book(made.edition, Want(person, made.companies[slug], by, made.at(slot), by, "company"), now=NOW)


async def plan(made: Stage, weights: Weights = runs.DEFAULT_WEIGHTS) -> int:
    number = await runs.ask(made.edition, by=await organiser(), now=NOW, time_limit=1, weights=weights)
    await running.execute(await db.value("SELECT id FROM plan WHERE number = $1", number), made.edition, now=NOW, workers=1)
    return number


async def publish(made: Stage, number: int) -> publishing.Published:
    before = await db.value("SELECT coalesce(max(number), 0) FROM plan_version")
    return await publishing.publish(made.edition, number, by=await organiser(), now=NOW, expected_version=before)


# --- who saw what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/recruiter", "/recruiter/candidates", "/recruiter/book"])
async def test_a_name_in_a_list_is_a_look_too_and_the_person_reads_it(client: httpx.AsyncClient, made: Stage, page: str) -> None:
    anna, bo = await add_candidate(made, "Annabelle", "alpha"), await add_candidate(made, "Balthazar", "alpha")
    await consent(anna, made.companies["alpha"], "name")
    if page == "/recruiter":
        await meeting_of(made, anna, 4)
        await meeting_of(made, bo, 5)
    query = f"?recruiter={made.recruiters['alpha'][0]}&slot={made.at(6).isoformat().replace('+', '%2B')}" if page == "/recruiter/book" else ""
    await sign_client_in(client, made.recruiters["alpha"][0])
    for _ in range(2):
        shown = (await client.get(page + query)).text
    assert ("Annabelle" in shown, "Balthazar" in shown) == (True, False)
    async with db.connection() as conn:
        assert [tuple(r) for r in await conn.fetch("SELECT person, what FROM disclosure")] == [(anna, "name")]
    await sign_client_in(client, anna)
    assert "alpha recruiter 0" in (await client.get("/sharing")).text


async def test_a_name_is_a_look_also_in_a_request_and_once_the_wish_is_taken_back(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Annabelle", "alpha")
    await consent(anna, made.companies["alpha"], "name")
    meeting = await meeting_of(made, anna, 4)
    await times.ask(made.edition, meeting, made.at(8), Actor(anna, "candidate"), now=NOW)
    await sign_client_in(client, made.recruiters["alpha"][0])
    shown = await client.get(f"/recruiter?day={made.edition.days[1].day}")
    assert ("Annabelle" in shown.text, await db.value("SELECT count(*) FROM disclosure")) == (True, 1)
    await db.execute("DELETE FROM disclosure")
    await db.execute("UPDATE wish SET withdrawn_at = $1", NOW)
    assert "Annabelle" in (await client.get(f"/recruiter/meetings/{meeting}")).text
    assert await db.column("SELECT what FROM disclosure WHERE person = $1", anna) == ["name"]


async def test_every_look_can_be_read_however_many_there_are(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Anna", "alpha")
    await db.execute(
        "INSERT INTO disclosure (person, company, what, seen_by, at) SELECT $1, $2, 'name', $3, $4::timestamptz - n * interval '2 hours' FROM generate_series(1, 120) n",
        anna, made.companies["alpha"], made.recruiters["alpha"][0], NOW,
    )  # fmt: skip
    await sign_client_in(client, anna)
    pages = [(await client.get(f"/en/sharing?page={n}")).text.count("alpha recruiter 0") for n in (1, 2, 3)]
    assert pages == [50, 50, 20]


async def test_ranks_stay_with_who_gave_them(client: httpx.AsyncClient, made: Stage) -> None:
    """Whether a company is somebody's first or last choice is not on any of its pages."""
    first, last = await add_candidate(made, "Anna", "alpha", "beta"), await add_candidate(made, "Bo", "beta", "alpha")
    await sign_client_in(client, made.recruiters["alpha"][0])
    pages = [(await client.get(f"/en/recruiter/candidates/{who}")).text.replace(str(who), "") for who in (first, last)]
    assert "choice" not in pages[0] + (await client.get("/en/recruiter/candidates")).text


async def test_an_export_holds_what_each_person_consented_to_and_is_written_down(client: httpx.AsyncClient, made: Stage) -> None:
    people = {name: await add_candidate(made, name, "alpha") for name in ("Open", "Closed", "Discreet", "=Formula")}
    await consent(people["Open"], made.companies["alpha"], "name", "contact")
    await consent(people["=Formula"], made.companies["alpha"], "name")
    await consent(people["Discreet"], made.companies["alpha"], "name", "cv", "contact")  # an address is a name, words of one's own tell the school
    await db.execute(
        "INSERT INTO meeting_preference (person, edition, discreet, updated_at) VALUES ($1, $2, true, $3)", people["Discreet"], made.edition.id, NOW
    )
    for n, person in enumerate(people.values()):
        await meeting_of(made, person, 4 + n)
    await conduct.add_note(
        made.edition,
        await db.value("SELECT id FROM meeting WHERE candidate = $1", people["Open"]),
        "Call back",
        Actor(made.recruiters["alpha"][0], "company"),
        now=NOW,
    )
    await db.execute("UPDATE profile SET about = 'Polytechnique', level = 'senior'")
    await sign_client_in(client, made.recruiters["alpha"][0])
    card = (await client.get(f"/en/recruiter/candidates/{people['Discreet']}")).text
    assert [word in card for word in ("discreet@example.org", "Polytechnique", "Senior")] == [False] * 3
    rows = list(csv.DictReader(io.StringIO((await client.get("/recruiter/export")).text)))
    assert [(r["name"], r["email"]) for r in rows] == [("Open", "open@example.org"), ("", ""), ("", ""), ("'=Formula", "")]
    assert [r["notes"] for r in rows] == ["Call back", "", "", ""]
    assert await db.value("SELECT count(DISTINCT person) FROM disclosure WHERE what = 'export'") == 4
    assert await db.value("SELECT count(*) FROM disclosure WHERE what <> 'export'") == 0
    await db.execute("UPDATE meeting SET state = 'held' WHERE candidate = $1", people["Discreet"])
    met = (await client.get(f"/en/recruiter/candidates/{people['Discreet']}")).text
    assert [word in met for word in ("discreet@example.org", "Polytechnique", "Senior")] == [True] * 3
    assert set(await db.column("SELECT what FROM disclosure WHERE person = $1", people["Discreet"])) == {"export", "name", "cv", "contact"}
    await db.execute("UPDATE consent SET withdrawn_at = $1", NOW)
    assert "Open" not in (await client.get("/recruiter/export")).text


# --- impact ----------------------------------------------------------------------------------------------------


async def test_the_impact_sums_what_came_of_it_against_the_targets(client: httpx.AsyncClient, made: Stage) -> None:
    await db.execute("UPDATE campus SET postcode = '93200' WHERE slug = '2'")
    anna, bo = await add_candidate(made, "Anna", "alpha", "beta"), await add_candidate(made, "Bo", "alpha")
    for person, slot, slug, result in ((anna, 4, "alpha", "second_interview"), (anna, 12, "beta", "hired"), (bo, 5, "alpha", "no_follow_up")):
        meeting, actor = await meeting_of(made, person, slot, slug), Actor(made.recruiters[slug][0], "company")
        await conduct.start(made.edition, meeting, actor, now=made.at(slot))
        await conduct.end(made.edition, meeting, actor, now=made.at(slot))
        await conduct.record(made.edition, meeting, "offer", actor, now=made.at(slot))
        await conduct.record(made.edition, meeting, result, actor, now=made.at(slot))  # the last answer counts
    for slug, posts in (("alpha", 3), ("beta", 4)):
        await offers.add(made.companies[slug], OfferForm(title="Analyst", target_role="data-analyst", posts=posts), now=NOW)
    await db.execute("UPDATE offer SET withdrawn_at = $1 WHERE posts = 4", NOW)
    await sign_client_in(client, await organiser())
    await posted(client, "/studio/impact", {"meetings": "4", "hires": "1", "jobs": "25000"}, form="/studio/impact")
    found = {m.name: (m.value, m.aim) for m in await impact.measures(made.edition.id)}
    assert found == {
        "jobs": (3, 25000),
        "meetings": (3, 4),
        "people": (2, None),
        "second_interviews": (2, None),
        "offers": (1, None),
        "hires": (1, 1),
        "beyond_ring": (1, None),
    }
    for n in range(parity.SMALL):  # twenty of Paris, none of whom met a company; Anna alone elsewhere does not show
        somebody = await add_candidate(made, f"Paris {n}", "alpha")
        await voluntary.answer(made.edition, somebody, {"territory": "paris"}, now=NOW)
    await voluntary.answer(made.edition, anna, {"territory": "elsewhere"}, now=NOW)
    assert (await parity.of_held(made.edition)).groups == ()
    await voluntary.answer(made.edition, anna, {"territory": "paris"}, now=NOW)
    [group] = (await parity.of_held(made.edition)).groups
    assert (group.people, round(21 * group.share)) == (21, 1)
    assert "Paris" in (await client.get("/studio/impact")).text
    await posted(client, "/studio/impact", {"hires": ""}, form="/studio/impact")
    assert await db.value("SELECT count(*) FROM target") == 0


# --- the file on automated decisions -------------------------------------------------------------------------


async def test_the_run_log_is_whole_and_the_kept_inputs_judge_the_kept_plan(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Annabelle", "alpha", "beta", stars=("alpha",))
    await publish(made, await plan(made))
    meeting = await db.value("SELECT id FROM meeting WHERE company = $1", made.companies["alpha"])
    await changes.give_up(made.edition, meeting, Actor(anna, "candidate"), now=NOW)
    await sign_client_in(client, await organiser())
    answer = await client.get("/studio/log.json")
    log = msgspec.json.decode(answer.content)
    [run], [version] = log["runs"], log["versions"]
    assert {"inputs_hash", "weights", "seed", "engine_version", "value", "bound", "bound_kind", "asked_by", "asked_at", "guarantee", "scenario"} <= run.keys()
    assert (len(run["inputs_hash"]), run["weights"]["guarantee"], run["metrics"]["plain"]["meetings"]) == (64, 1000, 2)
    assert (version["run"], version["added"], bool(version["published_by"])) == (1, 2, True)
    assert {"kind": "declined", "side": "candidate", "times": 1} in log["changed_by_people"]
    assert (log["rules"]["weights"]["guarantee"]["value"], "disability" in log["rules"]["never"]) == (1000, True)
    assert "Annabelle" not in answer.text and "annabelle" not in answer.text
    problem = parse_problem(msgspec.json.decode((await client.get("/studio/runs/1/problem.json")).content))
    kept = read_plan((await client.get("/studio/runs/1/plan.json")).content)
    assert check(problem, kept.meetings, value=run["value"], bound=run["bound"]).errors == ()


async def test_the_public_page_speaks_from_the_version_in_force(client: httpx.AsyncClient, made: Stage) -> None:
    await add_candidate(made, "Anna", "alpha")
    before = (await client.get("/en/how-meetings-are-proposed")).text
    assert "One more journey costs as much as 8 points of a wish." in before
    await publish(made, await plan(made, Weights(guarantee=1000, preference=1, campus_change=33, break_=2, idle_slot=1, change=5)))
    after = (await client.get("/en/how-meetings-are-proposed")).text
    assert "One more journey costs as much as 33 points of a wish." in after
    assert await db.value("SELECT substr(inputs_hash, 1, 12) FROM plan") in after
    for never in ("gender", "age", "origin", "disability"):
        assert never in after
    assert "Anna" not in after


# --- bad input -------------------------------------------------------------------------------------------------


async def test_a_slot_in_the_past_is_refused_in_words_on_page_and_api(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await add_candidate(made, "Anna", "alpha", stars=("alpha",))
    await sign_client_in(client, anna)
    page = await client.get("/companies/alpha")
    monkeypatch.setattr(clock, "now", lambda: made.at(5))
    from tests.helpers import csrf

    sent = await client.post("/companies/alpha/book", data={"_csrf": csrf(page), "slot": made.at(4).isoformat()})
    assert (sent.status_code, "Ce créneau a commencé" in sent.text) == (422, True)
    body = {"candidate": str(anna), "company": str(made.companies["alpha"]), "recruiter": str(made.recruiters["alpha"][0]), "slot": made.at(4).isoformat()}
    answer = await client.post("/api/meetings", json=body, headers={"x-csrf-token": csrf(page)})
    assert (answer.status_code, "créneau a commencé" in answer.text) == (422, True)
    assert await db.value("SELECT count(*) FROM meeting") == 0


async def test_a_plan_whose_candidate_withdrew_a_minute_ago_leaves_that_row_out_and_says_so(client: httpx.AsyncClient, made: Stage) -> None:
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo", "alpha")
    number = await plan(made)
    await db.execute("UPDATE registration SET cancelled_at = $2 WHERE person = $1", anna, NOW - timedelta(minutes=1))
    done = await publish(made, number)
    assert (done.added, done.skipped) == (1, 1)
    assert await db.column("SELECT candidate FROM meeting") == [bo]
    await sign_client_in(client, await organiser())
    page = (await client.get("/en/studio/versions/1")).text
    assert "The candidate withdrew." in page
    change = await db.value("SELECT id FROM plan_change WHERE what = 'skipped'")
    await posted(client, f"/studio/changes/{change}/resolve", {}, form="/studio/versions/1")
    twice = await posted(client, f"/studio/changes/{change}/resolve", {}, form="/studio")
    assert (twice.status_code, await db.value("SELECT resolved_by FROM plan_change WHERE id = $1", change)) == (404, await organiser())
    assert await faults(made.edition.id) == []


async def test_fewer_hours_after_publishing_are_listed_for_both_and_nothing_is_dropped(client: httpx.AsyncClient, made: Stage) -> None:
    await add_candidate(made, "Anna", "alpha")
    await publish(made, await plan(made))
    meeting, slot, recruiter = (
        await db.value("SELECT id FROM meeting"),
        await db.value("SELECT slot FROM meeting"),
        await db.value("SELECT recruiter FROM meeting"),
    )
    local = clock.local(slot, made.edition.zone)
    await sign_client_in(client, recruiter)
    ends = (local + timedelta(minutes=20)).strftime("%H:%M")
    form = {"recruiter": str(recruiter), "table": "", "day": local.date().isoformat(), "begins": local.strftime("%H:%M"), "ends": ends}
    await posted(client, "/recruiter/presence", form, form="/recruiter/team")
    assert await db.value("SELECT why FROM meeting_trouble WHERE meeting = $1 AND resolved_at IS NULL", meeting) == "presence"
    assert "A meeting has lost its place" in (await client.get("/en/recruiter")).text
    await sign_client_in(client, await organiser())
    assert "the recruiter is no longer at the table" in (await client.get("/en/studio")).text
    await posted(client, f"/studio/trouble/{meeting}/cancel", {}, form="/studio")
    assert await db.value("SELECT state FROM meeting WHERE id = $1", meeting) == "cancelled"


async def test_two_organisers_on_one_page_the_second_reads_who_was_first(client: httpx.AsyncClient, made: Stage) -> None:
    await add_candidate(made, "Anna", "alpha")
    number = await plan(made)
    await sign_client_in(client, await organiser())
    form = f"/studio/runs/{number}"
    first, second = [await posted(client, f"{form}/publish", {"expected": "0"}, form=form) for _ in range(2)]
    assert (first.status_code, first.headers["location"], second.status_code) == (303, "/studio/versions/1", 409)
    name = await db.value("SELECT name FROM person WHERE id = $1", await organiser())
    assert f"{name} a publié la version 1" in second.text


async def test_reserved_sessions_stand_beside_the_half_days_as_taken_already(client: httpx.AsyncClient, made: Stage) -> None:
    from forum.matchmaking import busy
    from forum.matchmaking.model import Busy

    anna = await add_candidate(made, "Anna", "alpha")

    async def sessions(people: object, begin: object, end: object) -> dict[UUID, list[Busy]]:
        return {anna: [Busy(made.at(3), made.at(6), "2")]}

    busy.use(sessions)
    try:
        await sign_client_in(client, anna)
        page = (await client.get("/en/wishes/preferences")).text
    finally:
        busy.forget(sessions)
    local = [clock.local(made.at(n), made.edition.zone).strftime("%H:%M") for n in (3, 6)]
    assert f"{local[0]}–{local[1]}, campus 2" in page
    assert "campus 2" not in (await client.get("/en/wishes/preferences")).text


@pytest.mark.parametrize(("text", "cell"), [("=1+1", "'=1+1"), (" =1+1", "' =1+1"), ("＝1+1", "'＝1+1"), ("\n@SUM(A1)", "'\n@SUM(A1)"), ("Python", "Python")])
async def test_no_note_or_skill_of_an_export_is_run_by_a_spreadsheet(client: httpx.AsyncClient, made: Stage, text: str, cell: str) -> None:
    anna, by = await add_candidate(made, "Anna", "alpha"), made.recruiters["alpha"][0]
    await meeting_of(made, anna, 4)
    await db.execute("INSERT INTO meeting_note (meeting, author, at, text) SELECT id, $1, $2, $3 FROM meeting", by, NOW, text)
    await sign_client_in(client, by)
    answer = (await client.get("/recruiter/export")).content.decode()
    assert [row["notes"] for row in csv.DictReader(io.StringIO(answer, newline=""))] == [cell]
