"""Affinity: declared facts only, symmetric, 0..100, and every point has its fact."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.matchmaking.affinity import Declared, affinities, affinity, declared, suggest
from forum.matchmaking.job_words import JOB_WORDS, NEIGHBOURS, SKILL_WORDS, job, nearness, plain, skill
from forum.people.vocabulary import LEVELS, TARGET_ROLES

SOME = st.builds(
    Declared,
    jobs=st.frozensets(st.sampled_from(sorted(JOB_WORDS)), max_size=3),
    skills=st.frozensets(st.sampled_from([*SKILL_WORDS, "cobol", "rust"]), max_size=6),
    languages=st.frozensets(st.sampled_from(["fr", "en", "de"]), max_size=2),
    contracts=st.frozensets(st.sampled_from(["permanent", "internship"]), max_size=2),
    levels=st.frozensets(st.sampled_from(sorted(LEVELS)), max_size=2),
    days=st.frozensets(st.sampled_from(["1", "2"]), max_size=2),
    campuses=st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(SOME, SOME)
def test_affinity_is_symmetric_in_range_and_the_sum_of_its_facts(one: Declared, other: Declared) -> None:
    found = affinity(one, other)
    assert found == affinity(other, one)
    assert 0 <= found.points <= 100
    assert found.points == sum(fact.points for fact in found.facts)
    assert all(fact.points > 0 for fact in found.facts)


@settings(max_examples=60, deadline=None)
@given(st.lists(SOME, min_size=1, max_size=5), st.lists(SOME, min_size=1, max_size=5))
def test_the_table_of_all_pairs_has_the_same_numbers(ones: list[Declared], others: list[Declared]) -> None:
    assert affinities(ones, others).tolist() == [[affinity(a, b).points for b in others] for a in ones]


def test_everything_in_common_is_a_hundred_and_nothing_is_zero() -> None:
    full = Declared(*(frozenset(["ml-engineer"]), *(frozenset(["x"]) for _ in range(3)), frozenset(["junior"]), frozenset(["1"]), frozenset(["a"])))
    assert affinity(full, full).points == 100
    assert affinity(Declared(), full).points == 0


def test_neighbouring_jobs_count_less_than_the_same_and_more_than_strangers() -> None:
    def points(a: str, b: str) -> int:
        return affinity(declared(jobs=[a]), declared(jobs=[b])).points

    assert points("data-scientist", "data-scientist") == 40
    assert points("data-scientist", "ml-engineer") == 28
    assert points("data-scientist", "sales") == 0


def test_who_shares_no_language_or_day_has_no_affinity_and_is_told_why() -> None:
    one, other = declared(jobs=["research"], languages=["fr"], days=["1"]), declared(jobs=["research"], languages=["de"], days=["1"])
    assert (affinity(one, other).points, str(affinity(one, other).hindrance)) == (0, "no language in common")
    other = dataclasses.replace(other, languages=frozenset(["fr"]), days=frozenset(["2"]))
    assert (affinity(one, other).points, str(affinity(one, other).hindrance)) == (0, "never there on the same day")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Ingénieure apprentissage automatique", "ml-engineer"), ("Ingénieur apprentissage automatique", "ml-engineer"), ("Senior Data Scientist (H/F)", "data-scientist"),
        ("AVOCATE en droit social", "ai-law"), ("Expert-comptable", "ai-audit"), ("Développeuse Python", "software-engineer"), ("boulanger", None),
    ],
)  # fmt: skip
def test_jobs_are_found_in_french_and_english_titles(words: str, key: str | None) -> None:
    assert job(words) == key


def test_skills_have_one_spelling_in_both_languages() -> None:
    assert {skill(w) for w in ("Apprentissage automatique", "machine-learning", "ML")} == {"machine learning"}
    assert skill("RGPD") == skill("GDPR") == "gdpr"
    assert skill("Théière") == "theiere"


def test_the_vocabulary_covers_every_role_people_choose_from_and_names_no_stranger() -> None:
    assert set(JOB_WORDS) == set(TARGET_ROLES)
    assert all(a in JOB_WORDS and b in JOB_WORDS and 0 < near < 100 for (a, b), near in NEIGHBOURS.items())
    assert not any((b, a) in NEIGHBOURS for a, b in NEIGHBOURS)
    assert all(nearness(a, b) == nearness(b, a) for a in JOB_WORDS for b in JOB_WORDS)
    words = [plain(w) for w in [w for ws in JOB_WORDS.values() for w in ws]]
    assert len(words) == len(set(words))


def test_declared_facts_have_no_place_for_a_protected_attribute() -> None:
    assert {f.name for f in dataclasses.fields(Declared)} == {"jobs", "skills", "languages", "contracts", "levels", "days", "campuses"}


def test_suggestions_are_the_best_companies_with_a_job_or_skill_in_common() -> None:
    me = declared(jobs=["data-scientist"], skills=["Python"], languages=["fr"])
    others = {
        "far": declared(jobs=["sales"], languages=["fr"]), "near": declared(jobs=["ml-engineer"], languages=["fr"]),
        "same": declared(jobs=["data science"], skills=["python"], languages=["fr"]),
    }  # fmt: skip
    assert [(name, found.points) for name, found in suggest(me, others)] == [("same", 76), ("near", 36)]
