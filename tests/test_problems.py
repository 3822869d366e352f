"""When something breaks, people get a sentence and a number to tell us; nothing inside is shown."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from forum import pages
from forum.people import queries
from tests.people.conftest import edition  # noqa: F401 (a fixture)

INSIDE = "password=hunter2 at /srv/forum/secret.py"


async def breaks(*_: Any, **__: Any) -> Any:
    raise RuntimeError(INSIDE)


def shows_nothing(answer: httpx.Response) -> None:
    assert (answer.status_code, "hunter2" in answer.text, "Traceback" in answer.text, "RuntimeError" in answer.text) == (500, False, False, False)
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize(("path", "words"), [("/register", "Quelque chose"), ("/en/register", "Something broke on our side")])
async def test_a_broken_page_says_a_number_and_nothing_inside(
    client: httpx.AsyncClient, edition: UUID, monkeypatch: pytest.MonkeyPatch, path: str, words: str  # noqa: F811 (the fixture)
) -> None:
    monkeypatch.setattr(queries, "open_campuses", breaks)
    page, data = await client.get(path), await client.get(path, headers={"accept": "application/json"})
    for answer in (page, data):
        shows_nothing(answer)
    assert words in page.text and "<h1" in page.text
    assert (data.headers["content-type"], data.json()["status"]) == ("application/problem+json", 500)
    monkeypatch.setattr(pages, "current_edition", breaks)  # the page of the failure breaks too
    plain = await client.get(path)
    shows_nothing(plain)
    assert plain.headers["content-type"].startswith("text/plain") and words in plain.text
