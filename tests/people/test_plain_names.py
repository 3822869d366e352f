"""Names stand as a dictionary has them and are found as a phone types them: neither case nor accents count."""

from uuid import UUID

import pytest

from forum import db
from forum.people import queries


@pytest.mark.parametrize(
    ("words", "plain"),
    [("Élodie", "elodie"), ("LÉA Noël", "lea noel"), ("Nguyễn Thị", "nguyen thi"), ("e\u0301lodie", "elodie"), ("Ça 50 %\\_", "ca 50 %\\_"), ("李", "李"), ("", "")],
)
async def test_plain_words_have_no_case_and_no_accents(database: str, words: str, plain: str) -> None:
    assert await db.value("SELECT plain($1)", words) == plain


async def test_people_stand_as_in_a_dictionary_and_are_found_without_accents(edition: UUID, people: dict[str, UUID]) -> None:
    for person, name in zip(people.values(), ("Zoé", "Élodie Ça", "Fatou", "eva", "Dina"), strict=True):
        await db.execute("UPDATE person SET name = $2 WHERE id = $1", person, name)
    found, _ = await queries.find_people(edition, "")
    assert [p.name for p in found if p.id in people.values()] == ["Dina", "Élodie Ça", "eva", "Fatou", "Zoé"]
    for typed in ("elodie", "ÉLODIE", "die ca"):
        assert [p.name for p in (await queries.find_people(edition, typed))[0]] == ["Élodie Ça"]
    assert (await queries.find_people(edition, "élodée"))[0] == []
