"""The calculation's explanations reach the person they concern: exact, dated, without anybody else in them."""

from uuid import UUID

import httpx
import msgspec
import pytest

from forum import clock, db
from forum.i18n import Message, plain
from forum.matchmaking import explaining, explanations, publishing, running, runs, unmet
from tests.helpers import posted, sign_client_in
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, add_star, stage


@pytest.fixture
async def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Alpha has two seats for three people: one of the wishes cannot be met as things stand."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", slots=[4, 5])
    await add_company(made, "beta", campus="2", slots=[8, 9, 10])
    for name in ("Annabelle", "Balthazar", "Clothilde"):
        await add_candidate(made, name, "alpha", "beta", stars=("alpha",) if name == "Annabelle" else ())
    await publish(made)
    return made


async def publish(made: Stage) -> UUID:
    number = await runs.ask(made.edition, by=None, now=NOW, time_limit=1)
    plan: UUID = await db.value("SELECT id FROM plan WHERE number = $1", number)
    await running.execute(plan, made.edition, now=NOW, workers=1)
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    before = await db.value("SELECT coalesce(max(number), 0) FROM plan_version")
    await publishing.publish(made.edition, number, by=organiser, now=NOW, expected_version=before)
    return plan


async def plan_of(made: Stage) -> UUID:
    plan = await explanations.plan_in_force(made.edition.id)
    assert plan is not None
    return plan


async def person(name: str) -> UUID:
    found: UUID = await db.value("SELECT id FROM person WHERE name = $1", name)
    return found


async def left_out(made: Stage) -> UUID:
    found: UUID = await db.value(
        "SELECT w.candidate FROM wish w WHERE w.company = $1 AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = w.candidate AND m.company = $1)",
        made.companies["alpha"],
    )
    return found


async def test_every_wish_of_the_run_has_its_explanation_and_a_second_job_adds_nothing(made: Stage) -> None:
    plan = await plan_of(made)
    assert await explaining.explain(plan, made.edition, now=NOW) == 6
    assert await explaining.explain(plan, made.edition, now=NOW) == 0
    told = await explanations.of_person(made.edition, await left_out(made))
    reasons = {slug: told[made.companies[slug]].reason for slug in ("alpha", "beta")}
    assert reasons == {"alpha": "feasible", "beta": "meets"}
    words = [sentence.in_language("en") for sentence in told[made.companies["alpha"]].sentences]
    assert words[0] == "Seats of Alpha when you could come: 2. Taken by others: 2, of which by wishes of higher weight than yours: 1."
    assert any(line.startswith("It is feasible") for line in words)
    assert any("Another candidate would lose a meeting with Alpha" in line for line in words)


async def test_times_are_dates_and_companies_have_their_names(made: Stage) -> None:
    await explaining.explain(await plan_of(made), made.edition, now=NOW)
    anna = await person("Annabelle")
    first = (await explanations.of_person(made.edition, anna))[made.companies["alpha"]].sentences[0]
    slot = clock.local(await db.value("SELECT slot FROM meeting WHERE candidate = $1 AND company = $2", anna, made.companies["alpha"]), made.edition.zone)
    assert first.in_language("en") == f"You meet Alpha on {slot:%d/%m} at {slot:%H:%M} on campus 1."


async def test_nobody_else_is_in_what_is_kept(made: Stage) -> None:
    """Neither id, nor name, nor address of another person; the control shows that the check would see one."""
    await explaining.explain(await plan_of(made), made.edition, now=NOW)

    async def others_in(text: str, candidate: UUID) -> bool:
        async with db.connection() as conn:
            rows = await conn.fetch("SELECT id, name, email FROM person WHERE id <> $1", candidate)
        return any(str(fact) in text for row in rows for fact in (row[0], row[2], row[1]))

    async with db.connection() as conn:
        kept = await conn.fetch("SELECT candidate, sentences FROM explanation")
    assert len(kept) == 6
    assert [r[0] for r in kept if await others_in(r[1], r[0])] == []
    anna, other = await person("Annabelle"), await person("Balthazar")
    leak = msgspec.json.encode([plain(Message("{other} sits there", other=str(other)))]).decode()
    assert await others_in(leak, anna)


async def test_who_asks_is_served_first_and_told_and_a_short_answer_never_replaces_theirs(made: Stage) -> None:
    plan, asker = await plan_of(made), await left_out(made)
    await explanations.ask(made.edition.id, asker, now=NOW)
    await explanations.ask(made.edition.id, asker, now=NOW)
    assert (await explanations.waits(made.edition.id, asker), await db.value("SELECT count(*) FROM explanation_wanted")) == (True, 1)
    assert await explaining.explain(plan, made.edition, now=NOW, budget=0) == 2
    assert await db.column("SELECT DISTINCT candidate FROM explanation") == [asker]
    assert not await explanations.waits(made.edition.id, asker)
    assert await db.value("SELECT count(*) FROM event WHERE topic = $1 AND kind = 'meetings.explained'", f"person.{asker}") == 1
    await db.execute("UPDATE explanation SET reason = 'no exchange'")
    assert await explaining.explain(plan, made.edition, now=NOW) == 4
    assert await db.value("SELECT count(*) FROM explanation WHERE candidate = $1 AND reason = 'no exchange'", asker) == 2


async def test_publishing_asks_for_the_explanations_and_before_a_plan_there_are_none(made: Stage) -> None:
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'matchmaking.explain'") == 1
    await db.execute("DELETE FROM pgqueuer WHERE entrypoint = 'matchmaking.explain'")
    await explanations.enqueue_waiting(made.edition.id)
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'matchmaking.explain'") == 0
    await explanations.ask(made.edition.id, await person("Annabelle"), now=NOW)
    await db.execute("DELETE FROM pgqueuer WHERE entrypoint = 'matchmaking.explain'")
    await explanations.enqueue_waiting(made.edition.id)
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'matchmaking.explain'") == 1


async def test_a_pass_hides_what_the_calculation_said(made: Stage) -> None:
    """The company's pass reads "not opened"; a feasible exchange beside it would say more than the company did."""
    await explaining.explain(await plan_of(made), made.edition, now=NOW)
    who = await left_out(made)

    async def read() -> tuple[str, bool]:
        told = await explanations.of_person(made.edition, who)
        row = next(u for u in await unmet.reasons_of(made.edition, who, told, now=NOW) if u.slug == "alpha")
        return row.why.text, bool(row.exact)

    assert await read() == (unmet.ALL_TAKEN, True)
    await add_star(made, "alpha", who, "pass")
    assert await read() == (unmet.NOT_OPENED, False)


async def test_the_persons_pages_show_them_and_the_company_reads_neither_rank_nor_points(client: httpx.AsyncClient, made: Stage) -> None:
    who = await left_out(made)
    await sign_client_in(client, who)
    assert "Exactly, and what could change it" not in (await client.get("/en/meetings")).text
    asked = await posted(client, "/meetings/explain", {}, form="/meetings")
    assert (asked.status_code, "being worked out" in (await client.get("/en/meetings")).text) == (303, True)
    await explaining.explain(await plan_of(made), made.edition, now=NOW)
    for lang, words in (("/en", "Exactly, and what could change it"), ("", "C’est faisable")):
        assert words in (await client.get(f"{lang}/meetings")).text
    beta = await db.value("SELECT id FROM meeting WHERE candidate = $1 AND company = $2", who, made.companies["beta"])
    mine = (await client.get(f"/en/meetings/{beta}")).text
    assert "What the calculation looked at" in mine
    assert "choice number 2" in mine
    await sign_client_in(client, made.recruiters["beta"][0])
    theirs = (await client.get(f"/en/recruiter/meetings/{beta}")).text
    assert "This person wished to meet Beta." in theirs
    for private in ("choice number", "points", "of 100"):
        assert private not in theirs


@pytest.mark.parametrize("locked", [True, False])
async def test_only_an_organisers_lock_is_called_one(made: Stage, locked: bool) -> None:
    """Meetings that people booked are fixed for the engine too; the sentence would be wrong for them."""
    anna = await person("Annabelle")
    await db.execute("UPDATE meeting SET is_locked = $2, origin = CASE WHEN $2 THEN origin ELSE 'booked' END WHERE candidate = $1", anna, locked)
    await explaining.explain(await publish(made), made.edition, now=NOW)
    said = [s.text for e in (await explanations.of_person(made.edition, anna)).values() for s in e.sentences]
    assert (explanations.NOT_FIXED in said) is locked


async def test_a_version_brought_back_twice_has_the_reasons_of_its_run(made: Stage) -> None:
    first = await plan_of(made)
    second = await publish(made)
    assert await plan_of(made) == second != first
    organiser = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    for number in (1, 3):
        before = await db.value("SELECT max(number) FROM plan_version")
        await publishing.roll_back(made.edition, number, by=organiser, now=NOW, expected_version=before)
        assert await plan_of(made) == first
