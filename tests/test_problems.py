"""When something breaks, people get a sentence and a number to tell us; nothing inside is shown."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from forum import db, pages, postgres, problems
from forum.app import create_app
from forum.i18n import Message
from forum.people import queries
from forum.settings import Settings
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
    bare = await client.get(path)
    shows_nothing(bare)
    assert bare.headers["content-type"].startswith("text/html") and words in bare.text and "main" in bare.text and "stylesheet" in bare.text
    assert f'class="btn btn-go" href="{path}"' in bare.text  # try again


@pytest.mark.parametrize(("path", "words"), [("/programme", "Forum est occupé"), ("/en/programme", "Forum is busy or being restarted")])
async def test_while_the_database_is_away_a_page_says_so_and_programs_read_503(tmp_path: Path, path: str, words: str) -> None:
    with postgres.temporary() as cluster:
        async with db.pool(cluster.url, size=2):
            app = create_app(Settings(database_url=cluster.url, data_dir=tmp_path, origin="http://forum.test", secret="s" * 40), open_pool=False)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test", cookies={"forum_sign_in": "a" * 43}) as client:
                cluster.stop()
                for _ in range(3):  # the connections in hand end first, then the socket is not there any more
                    page = await client.get(path)
                    data = await client.get(path, headers={"accept": "application/json"})
                    assert (page.status_code, data.status_code, data.headers["content-type"], data.json()["status"]) == (503, 503, "application/problem+json", 503)
                    assert words in page.text and "<h1" in page.text and "stylesheet" in page.text


async def test_an_address_that_cannot_be_read_gets_the_page_in_the_readers_language(client: httpx.AsyncClient) -> None:
    for path, words in (("/programme?q=%ff", "Cette adresse est illisible"), ("/en/programme?q=%ff", "This address cannot be read"), ("/en/a%00b", "This address cannot be read")):
        page = await client.get(path)
        assert (page.status_code, page.headers["content-type"], "stylesheet" in page.text) == (400, "text/html; charset=utf-8", True)
        assert words in page.text and "x-request-id" in page.headers
    data = await client.get("/api/v1/a%00b", headers={"accept-language": "en"})
    assert (data.status_code, data.headers["content-type"], data.json()["title"]) == (400, "application/problem+json", "This address cannot be read.")
    foreign = await client.get("/en/", headers={"host": "evil.example"})
    assert (foreign.status_code, foreign.text) == (400, "This address does not belong to Forum. Forum is at http://forum.test")


@pytest.mark.parametrize("status", sorted(problems.PLAIN))
async def test_every_status_has_a_heading_and_a_sentence_of_its_own(app: Litestar, status: int) -> None:
    settings = app.state.settings
    page = pages.failure("en", settings, path="/", code=status, message=Message(problems.PLAIN[status]))
    assert "This did not work" not in page and f"Error {status}" in page
    control = pages.failure("en", settings, path="/", code=418, message=Message(problems.PLAIN[400]))
    assert "This did not work" in control


async def test_a_form_that_ran_out_is_not_called_closed_to_its_reader(client: httpx.AsyncClient, edition: UUID) -> None:  # noqa: F811 (the fixture)
    page = await client.post("/en/register", data={"name": "A"})
    assert page.status_code == 403
    assert "This form has run out" in page.text and "Not open to you" not in page.text
    odd = await client.get("/en/companies?page=x")
    assert odd.status_code == 422
    assert "This address cannot be read" in odd.text and "another look" not in odd.text


async def test_what_is_too_large_leads_back_to_its_form(client: httpx.AsyncClient, edition: UUID) -> None:  # noqa: F811 (the fixture)
    came = {"referer": "http://forum.test/en/register?for=visit", "content-type": "application/x-www-form-urlencoded"}
    page = await client.post("/en/register", content=b"name=" + b"a" * 3_000_000, headers=came)
    assert (page.status_code, 'href="/en/register?for=visit">Back to the form' in page.text) == (413, True)


async def test_only_an_address_nobody_knows_is_said_to_be_mistyped(client: httpx.AsyncClient, edition: UUID) -> None:  # noqa: F811 (the fixture)
    lost, gone = await client.get("/en/nowhere"), await client.get("/en/companies/no-such-company")
    assert (lost.status_code, gone.status_code) == (404, 404)
    assert ("mistyped" in lost.text, "mistyped" in gone.text, "does not take part" in gone.text) == (True, False, True)
