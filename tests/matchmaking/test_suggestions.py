"""Suggestions: from declared facts, one offer a company, with the words people chose from; never a company twice, never one wished for."""

from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import clock, db
from forum.matchmaking.affinity import Declared, affinity, declared
from forum.matchmaking.suggestions import Offered, suggested
from tests.helpers import sign_client_in
from tests.matchmaking.stage import NOW, add_candidate, add_company, stage

ME = declared(jobs=["data-analyst"], skills=["Python", "SQL"], languages=["fr", "en"], contracts=["permanent"], days=["2028-11-16"], campuses=["1"])


def offer(name: str, company: UUID | None = None, wishes_per_seat: float = 1.0, **facts: list[str]) -> Offered:
    return Offered(company or uuid4(), name.lower(), name, f"{name} offer", declared(**facts), wishes_per_seat)


def test_the_facts_are_said_in_the_words_people_chose_from_and_add_up() -> None:
    best = offer("Alpha", jobs=["data-scientist"], skills=["python3", "postgres"], languages=["en", "fr"], contracts=["permanent"], days=["2028-11-16"])
    [found] = suggested(ME, [best])
    assert found.points == affinity(ME, best.facts).points == sum(fact.points for fact in affinity(ME, best.facts).facts)
    said = [fact.in_language("en") for fact in found.facts]
    assert said[0] == "neighbouring jobs: Data analysis and Data science"
    assert "skills in common: python, sql" in said
    assert "a language in common: English, French" in said
    assert [fact.in_language("fr") for fact in found.facts][0].startswith("métiers voisins")


def test_one_offer_a_company_none_that_is_wished_for_the_best_first() -> None:
    alpha, beta = uuid4(), uuid4()
    offers = [
        offer("Beta", beta, jobs=["data-scientist"]), offer("Alpha", alpha, jobs=["sales"]), offer("Alpha", alpha, jobs=["data-analyst"]),
        offer("Gamma", jobs=["sales"]), offer("Delta", wishes_per_seat=0.2, skills=["sql"]),
    ]  # fmt: skip
    assert [(s.name, s.calm) for s in suggested(ME, offers)] == [("Alpha", False), ("Delta", True), ("Beta", False)]
    assert [s.name for s in suggested(ME, offers, without={alpha})] == ["Delta", "Beta"]
    assert [s.name for s in suggested(ME, offers, most=1)] == ["Alpha"]


def test_no_language_or_day_in_common_suggests_nothing() -> None:
    assert suggested(ME, [offer("Alpha", jobs=["data-analyst"], languages=["de"]), offer("Beta", jobs=["data-analyst"], days=["2028-11-17"])]) == []
    assert suggested(Declared(), [offer("Alpha", jobs=["data-analyst"])]) == []


JOBS = st.lists(st.sampled_from(["data-analyst", "sales", "research", "ai-law"]), max_size=2)


@given(st.lists(st.tuples(st.integers(0, 3), JOBS), max_size=12), st.sets(st.integers(0, 3)))
def test_whatever_the_offers_no_company_comes_twice_and_points_fall(rows: list[tuple[int, list[str]]], wished: set[int]) -> None:
    firms = [UUID(int=n + 1) for n in range(4)]
    found = suggested(ME, [offer(f"F{n}", firms[n], jobs=jobs) for n, jobs in rows], without={firms[n] for n in wished})
    assert len({s.company for s in found}) == len(found)
    assert not {s.company for s in found} & {firms[n] for n in wished}
    assert [s.points for s in found] == sorted((s.points for s in found), reverse=True)


async def test_the_page_shows_them_and_never_ranks_candidates_for_a_company(client: httpx.AsyncClient, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = await stage()
    await add_company(made, "alpha", slots=[4])
    await db.execute(
        "INSERT INTO offer (company, title, target_role, skills, created_at) VALUES ($1, 'Analyst', 'data-analyst', '{SQL}', $2)", made.companies["alpha"], NOW
    )
    anna = await add_candidate(made, "Anna")
    await db.execute(
        "UPDATE profile SET target_roles = '{data-analyst}', skills = '{postgres}' WHERE registration = (SELECT id FROM registration WHERE person = $1)", anna
    )
    await sign_client_in(client, anna)
    page = (await client.get("/en/wishes")).text
    assert "the job sought: Data analysis · skills in common: sql · there on the same day · on a campus within reach" in page
    assert "78 of 100" in page
    await sign_client_in(client, made.recruiters["alpha"][0])
    assert "of 100" not in (await client.get("/en/recruiter/candidates")).text
