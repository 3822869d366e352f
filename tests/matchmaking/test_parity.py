"""The parity report: small groups are never shown and cannot be counted back; below four fifths a look is due."""

from collections import Counter
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.matchmaking import reading, runs, voluntary
from forum.matchmaking.engine.model import Meeting
from forum.matchmaking.parity import SMALL, Report, opportunity, report
from forum.matchmaking.problem import build
from tests.matchmaking.stage import NOW, add_candidate, add_company, stage


def answered(**sizes: int) -> dict[UUID, str]:
    return {uuid4(): answer for answer, size in sizes.items() for _ in range(size)}


def shown(found: Report) -> dict[str, int]:
    return {group.answer: group.people for group in found.groups}


@pytest.mark.parametrize(
    ("sizes", "seen", "hidden"),
    [
        ({"woman": SMALL, "man": SMALL}, {"woman": SMALL, "man": SMALL}, 0),
        ({"woman": 60, "man": 50, "other": SMALL - 1}, {"woman": 60}, 2),  # the next smallest hides the small one
        ({"woman": SMALL - 1}, {}, 1),
        ({"woman": 40, "man": SMALL - 1}, {}, 2),
        ({"woman": 90, "man": 80, "other": 3, "paris": 2}, {"woman": 90, "man": 80}, 2),
        ({}, {}, 0),
    ],
)
def test_groups_under_twenty_are_hidden_and_never_one_alone(sizes: dict[str, int], seen: dict[str, int], hidden: int) -> None:
    found = report("gender", answered(**sizes), Counter())
    assert (shown(found), found.hidden, found.answers) == (seen, hidden, sum(seen.values()))


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), st.integers(1, 3 * SMALL)))
def test_no_small_group_shows_and_the_total_cannot_give_one_away(sizes: dict[str, int]) -> None:
    """Even who knows how many answered in all learns no size under twenty by subtraction."""
    found = report("gender", answered(**sizes), Counter())
    assert all(group.people >= SMALL for group in found.groups)
    rest = sum(sizes.values()) - found.answers
    assert found.hidden != 1 or len(sizes) == 1
    assert rest == sum(size for answer, size in sizes.items() if answer not in shown(found))


def test_without_the_rule_a_small_group_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the limit gone the same answers give the small group away."""
    answers = answered(woman=60, man=50, other=3)
    assert "other" not in shown(report("gender", answers, Counter()))
    monkeypatch.setattr("forum.matchmaking.parity.SMALL", 1)
    assert shown(report("gender", answers, Counter()))["other"] == 3


@pytest.mark.parametrize(("met", "flagged"), [((20, 16), False), ((20, 15), True), ((0, 0), False)])
def test_a_share_below_four_fifths_of_the_best_deserves_a_look(met: tuple[int, int], flagged: bool) -> None:
    answers = answered(woman=20, man=20)
    women, men = ([p for p, a in answers.items() if a == answer] for answer in ("woman", "man"))
    found = report("gender", answers, Counter(dict.fromkeys(women[: met[0]] + men[: met[1]], 2)))
    assert found.flagged is flagged
    assert {g.answer: (g.share, g.mean) for g in found.groups} == {"woman": (met[0] / 20, met[0] / 10), "man": (met[1] / 20, met[1] / 10)}


@pytest.mark.parametrize(("seated", "ratio"), [((0, 1), 0.0), ((0, 2), 1.0), ((), None)])
async def test_opportunity_holds_each_group_against_the_most_it_could_have_had_alone(
    database: str, monkeypatch: pytest.MonkeyPatch, seated: tuple[int, ...], ratio: float | None
) -> None:  # fmt: skip
    """Two seats, two women and two men who all wish for them: alone, each group could have had both."""
    monkeypatch.setattr("forum.matchmaking.parity.SMALL", 2)
    made = await stage()
    await add_company(made, "alpha", slots=[4, 5])
    people = [await add_candidate(made, f"P{n}", "alpha") for n in range(4)]
    for n, person in enumerate(people):
        await voluntary.answer(made.edition, person, {"gender": "woman" if n < 2 else "man"}, now=NOW)
    problem = build(await reading.read_inputs(made.edition, now=NOW, guarantee=1, weights=runs.DEFAULT_WEIGHTS))
    meetings = [Meeting(str(people[n]), problem.recruiters[0].id, slot) for slot, n in enumerate(seated, start=4)]
    assert (await opportunity(made.edition, problem, meetings)).get("gender") == ratio
