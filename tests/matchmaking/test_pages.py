"""The pages answer in both languages without script, and their forms do what they say."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.matchmaking import running
from tests.helpers import csrf, posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, stage


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(4, 10)))
    await add_company(made, "beta", campus="2", slots=list(range(4, 12)))
    return made


async def organiser() -> UUID:
    found: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    return found


async def opens(client: httpx.AsyncClient, *paths: str) -> None:
    for path in paths:
        for lang in ("", "/en"):
            answer = await client.get(lang + path)
            assert answer.status_code == 200, (lang + path, answer.text[:600])


async def test_a_candidate_wishes_orders_and_takes_back_without_script(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Anna")
    await sign_client_in(client, anna)
    await opens(
        client, "/companies", "/companies?role=ai-law&day=2028-11-16&campus=1", "/companies/alpha", "/wishes", "/wishes/preferences", "/sharing", "/meetings"
    )
    for slug in ("alpha", "beta"):
        assert (await posted(client, "/wishes/add", {"company": slug}, form="/wishes")).status_code == 303
    order = [str(made.companies[s]) for s in ("alpha", "beta")]
    await posted(client, "/wishes/order", {"order": order, "up": order[1]}, form="/wishes")
    assert await db.column("SELECT company FROM wish WHERE candidate = $1 AND withdrawn_at IS NULL ORDER BY rank", anna) == [
        made.companies["beta"],
        made.companies["alpha"],
    ]
    await posted(client, "/wishes/remove", {"company": order[0]}, form="/wishes")
    assert await db.value("SELECT count(*) FROM wish WHERE candidate = $1 AND withdrawn_at IS NULL", anna) == 1


async def test_a_wish_for_a_withdrawn_company_is_a_clear_sentence(client: httpx.AsyncClient, made: Stage) -> None:
    await sign_client_in(client, await add_candidate(made, "Anna", "alpha"))
    await db.execute("UPDATE company SET withdrawn_at = $1 WHERE slug = 'alpha'", NOW)
    answer = await posted(client, "/wishes/add", {"company": "alpha"}, form="/wishes")
    assert (answer.status_code, "ne participe" in answer.text) == (404, True)
    assert "Ne participe plus" in (await client.get("/wishes")).text


async def test_from_wish_to_published_meeting_to_answer_through_the_pages(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Anna", "alpha", "beta", stars=("alpha",))
    await sign_client_in(client, await organiser())
    await opens(client, "/studio", "/studio/impact", "/how-meetings-are-proposed")
    asked = await posted(client, "/studio/runs", {"guarantee": "1", "seconds": "1"}, form="/studio")
    assert asked.headers["location"] == "/studio/runs/1"
    await running.execute(await db.value("SELECT id FROM plan"), made.edition, now=NOW, workers=1)
    await opens(
        client,
        "/studio",
        "/studio/runs/1",
        "/studio/runs/1/grid",
        "/studio/runs/1/grid?by=candidate",
        "/studio/runs/1/grid?by=campus",
        "/studio/log.json",
        "/studio/runs/1/plan.json",
    )
    done = await posted(client, "/studio/runs/1/publish", {"expected": "0"}, form="/studio")
    assert done.headers["location"] == "/studio/versions/1"
    await opens(client, "/studio/versions/1")
    twice = await posted(client, "/studio/runs/1/publish", {"expected": "0"}, form="/studio")
    assert twice.status_code == 409
    await sign_client_in(client, anna)
    meeting = await db.value("SELECT id FROM meeting WHERE candidate = $1 AND company = $2", anna, made.companies["alpha"])
    page = await client.get(f"/en/meetings/{meeting}")
    assert "it is your choice number 1" in page.text
    assert "wants to meet you too" in page.text
    await client.post(f"/meetings/{meeting}/accept", data={"_csrf": csrf(page)})
    assert await db.value("SELECT state FROM meeting WHERE id = $1", meeting) == "accepted"
    await sign_client_in(client, made.recruiters["alpha"][0])
    await opens(
        client,
        "/recruiter",
        "/recruiter/candidates",
        f"/recruiter/candidates/{anna}",
        f"/recruiter/meetings/{meeting}",
        "/recruiter/company",
        "/recruiter/team",
        "/recruiter/business",
    )


async def test_hours_end_with_their_last_slot_and_the_form_begins_at_ones_own_table(client: httpx.AsyncClient, made: Stage) -> None:
    """Somebody who left the team keeps a name beside the hours that are still there."""
    one, other = made.recruiters["alpha"]
    await db.execute("UPDATE role SET ended_at = $2 WHERE person = $1", other, NOW)
    await sign_client_in(client, one)
    page = (await client.get("/en/recruiter/team")).text
    begins, ends = (f"{clock.local(moment):%H:%M}" for moment in (made.at(4), made.at(10)))
    assert re.findall(r'<td data-label="From">(.*?)</td><td data-label="Until">(.*?)</td>', page) == [(begins, ends)] * 2
    assert "alpha recruiter 1</th>" in page
    table = await db.value("SELECT meeting_table FROM presence WHERE recruiter = $1 LIMIT 1", one)
    assert f'<option value="{table}" selected>' in page
    campuses = await db.column("SELECT number || ', ' || name FROM campus ORDER BY number")
    assert re.findall('<optgroup label="Campus (.*?)">', page) == campuses


async def test_a_meeting_that_has_begun_is_not_offered_to_be_cancelled(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from forum.matchmaking.booking import Want, book

    anna, by = await add_candidate(made, "Anna", "alpha"), made.recruiters["alpha"][0]
    meeting = await book(made.edition, Want(anna, made.companies["alpha"], by, made.at(4), by, "company"), now=NOW)
    offered = []
    for moment in (NOW, made.at(4)):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        await sign_client_in(client, by)
        offered.append("Cancel the meeting" in (await client.get(f"/en/recruiter/meetings/{meeting}")).text)
    assert offered == [True, False]


async def test_every_page_opens_with_nothing_in_it(client: httpx.AsyncClient, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    empty = await stage()
    await sign_client_in(client, await organiser())
    await opens(client, "/studio", "/studio/now", "/studio/impact", "/studio/log.json", "/how-meetings-are-proposed", "/companies")
    assert "<b>0 meetings</b>guaranteed at most" in (await client.get("/en/studio")).text
    asked = await posted(client, "/studio/runs", {"seconds": "1"}, form="/studio")
    await running.execute(await db.value("SELECT id FROM plan"), empty.edition, now=NOW, workers=1)
    await opens(client, asked.headers["location"], f"{asked.headers['location']}/now", f"{asked.headers['location']}/grid", "/studio")
    await add_company(empty, "alpha", people=1, slots=[])
    await sign_client_in(client, empty.recruiters["alpha"][0])
    await opens(client, "/recruiter", "/recruiter/candidates", "/recruiter/company", "/recruiter/team", "/recruiter/business", "/recruiter/export")
    await sign_client_in(client, await add_candidate(empty, "Anna"))
    await opens(client, "/wishes", "/meetings", "/sharing", "/wishes/preferences", "/companies/alpha")


async def test_another_persons_meeting_and_another_companys_do_not_exist(client: httpx.AsyncClient, made: Stage) -> None:
    anna, bo = await add_candidate(made, "Anna", "alpha"), await add_candidate(made, "Bo")
    by = made.recruiters["alpha"][0]
    from forum.matchmaking.booking import Want, book

    meeting = await book(made.edition, Want(anna, made.companies["alpha"], by, made.at(4), by, "company"), now=NOW)
    await sign_client_in(client, bo)
    assert (await client.get(f"/meetings/{meeting}")).status_code == 404
    await sign_client_in(client, made.recruiters["beta"][0])
    assert (await client.get(f"/recruiter/meetings/{meeting}")).status_code == 404
    assert (await client.get(f"/recruiter/candidates/{anna}")).status_code == 404


async def test_a_name_shows_only_with_consent_and_every_look_is_listed(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Annabelle Test", "alpha")
    await sign_client_in(client, made.recruiters["alpha"][0])
    assert "Annabelle" not in (await client.get("/recruiter/candidates")).text + (await client.get(f"/recruiter/candidates/{anna}")).text
    await sign_client_in(client, anna)
    await posted(client, "/sharing", {"company": str(made.companies["alpha"]), "what": ["name", "contact"]}, form="/sharing")
    await sign_client_in(client, made.recruiters["alpha"][0])
    page = (await client.get(f"/recruiter/candidates/{anna}")).text
    assert ("Annabelle Test" in page, "annabelle.test@example.org" in page) == (True, True)
    async with db.connection() as conn:
        assert {r[0] for r in await conn.fetch("SELECT what FROM disclosure WHERE person = $1", anna)} == {"name", "contact"}
    await sign_client_in(client, anna)
    await posted(client, "/sharing", {"company": str(made.companies["alpha"])}, form="/sharing")
    await sign_client_in(client, made.recruiters["alpha"][0])
    assert "Annabelle" not in (await client.get(f"/recruiter/candidates/{anna}")).text


async def test_a_question_reaches_a_person_and_the_answer_comes_back(client: httpx.AsyncClient, made: Stage) -> None:
    anna = await add_candidate(made, "Anna", "alpha")
    await sign_client_in(client, anna)
    await posted(client, "/ask", {"text": "Why not Alpha?"}, form="/meetings")
    await sign_client_in(client, await organiser())
    question = await db.value("SELECT id FROM question")
    await posted(client, f"/studio/questions/{question}", {"answer": "Its seats went to mutual wishes."}, form="/studio")
    await sign_client_in(client, anna)
    assert "mutual wishes" in (await client.get("/meetings")).text


async def test_a_meeting_that_has_begun_no_longer_asks_for_an_answer(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from forum.matchmaking.booking import Want, book

    anna, by = await add_candidate(made, "Anna", "alpha"), made.recruiters["alpha"][0]
    await book(made.edition, Want(anna, made.companies["alpha"], by, made.slots[4], by, "company"), now=NOW)
    await sign_client_in(client, anna)
    for now, words in ((NOW, "Waiting for your answer"), (made.slots[4], "Not answered in time")):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        page = (await client.get("/en/meetings")).text
        assert [w in page for w in ("Waiting for your answer", "Not answered in time")] == [w == words for w in ("Waiting for your answer", "Not answered in time")]


async def test_a_deadline_that_is_past_is_not_shown_and_an_evening_does_not_say_that_there_was_nothing(client: httpx.AsyncClient, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from forum.matchmaking.booking import Want, book

    anna, by, slot = await add_candidate(made, "Anna", "alpha"), made.recruiters["alpha"][0], made.slots[4]
    meeting = await book(made.edition, Want(anna, made.companies["alpha"], by, slot, by, "company"), now=NOW)
    await db.execute("UPDATE meeting SET answer_before = $2 WHERE id = $1", meeting, slot - timedelta(hours=2))
    await sign_client_in(client, anna)
    path = f"/en/day?on={clock.local(slot).date()}"
    for now, shown in ((slot - timedelta(hours=3), True), (slot - timedelta(hours=1), False)):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        for page in ("/en/meetings", path):
            text = (await client.get(page)).text
            assert ("Answer before" in text, "Alpha" in text) == (shown, True)
    monkeypatch.setattr(clock, "now", lambda: slot + timedelta(hours=2))
    evening = (await client.get(path)).text
    assert ("Nothing more on this day" in evening, "Nothing yet on this day" in evening) == (True, False)


async def test_what_a_colleague_saved_meanwhile_is_shown_and_what_was_typed_stays(client: httpx.AsyncClient, made: Stage) -> None:
    """Two people of a company have its words open; a third time a wrong number loses nothing that was typed."""
    await sign_client_in(client, made.recruiters["alpha"][0])

    async def seen() -> dict[str, str]:
        found = re.search(r'name="version" value="(\w+)"', (await client.get("/en/recruiter/company")).text)
        assert found is not None
        return {"version": found[1], "max_in_a_row": "6"}

    async def pitch() -> str:
        return str(await db.value("SELECT pitch_fr FROM company WHERE id = $1", made.companies["alpha"]))

    first, second = await seen(), await seen()
    kept = await posted(client, "/en/recruiter/company", first | {"pitch_fr": "Les mots d’Ines", "open_booking": "1"}, form="/recruiter/company")
    assert (kept.status_code, await pitch()) == (303, "Les mots d’Ines")
    late = await posted(client, "/en/recruiter/company", second | {"pitch_fr": "Les mots de Paul"}, form="/recruiter/company")
    assert (late.status_code, await pitch()) == (409, "Les mots d’Ines")
    assert all(words in late.text for words in ("Somebody else saved this meanwhile", "Les mots d’Ines", "Les mots de Paul</textarea>"))
    assert 'name="open_booking" value="1" checked' not in late.text  # as Paul had it
    wrong = await posted(client, "/en/recruiter/company", await seen() | {"pitch_fr": "Longuement tapé", "max_meetings": "beaucoup"}, form="/recruiter/company")
    assert (wrong.status_code, "Longuement tapé</textarea>" in wrong.text, await pitch()) == (422, True, "Les mots d’Ines")
