"""A timetable through the page: sent, read by the worker with its progress, in force; what cannot be read is said."""

import io
from datetime import date
from pathlib import Path

import httpx
import pytest

from forum import db
from forum.campuses import jobs, queries, travels, uploads
from forum.campuses.uploads import Upload
from forum.editions import Edition
from forum.jobs import Job
from forum.settings import Settings
from tests.campuses.conftest import csrf
from tests.campuses.made_feed import MadeFeed

PAGE = "/en/organise/travel/timetable"


async def post(client: httpx.AsyncClient, content: bytes, name: str = "feed.zip", **fields: str) -> httpx.Response:
    page = await client.get(PAGE)
    return await client.post(PAGE, data={"_csrf": csrf(page), **fields}, files={"file": (name, io.BytesIO(content), "application/zip")})


async def work() -> Upload:
    """What the worker does with the last one sent."""
    number, key = await db.value("SELECT ARRAY[job::text, id::text] FROM travel_upload ORDER BY made_at DESC LIMIT 1")
    await jobs.read_timetable(Job(int(number), "campuses.timetable", {"upload": key}, 1, Settings()))
    await db.execute("DELETE FROM pgqueuer WHERE id = $1", int(number))
    return (await uploads.uploads(await db.value("SELECT id FROM edition")))[0]


async def a_line_between_the_first_two(edition: Edition, folder: Path) -> bytes:
    places = {c.slug: c for c in await queries.campuses(edition.id)}
    feed = MadeFeed().calendar().stop("a", places["1"].lat, places["1"].lon).stop("b", places["2"].lat, places["2"].lon)
    return feed.line("77", ("a", "b"), every=240, ride=660).write(folder / "feed.zip").read_bytes()


async def test_a_timetable_is_sent_in_pieces_read_by_the_worker_and_in_force(
    sofia: httpx.AsyncClient, edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PIECE", 4096)  # several pieces of a small file
    content = await a_line_between_the_first_two(edition, tmp_path)
    sent = await post(sofia, content, day="2028-11-16")
    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    assert await db.value("SELECT count(*) FROM travel_upload_part") == -(-len(content) // 4096)
    assert "waits" in (await sofia.get(PAGE)).text
    await db.execute("UPDATE travel_upload SET step = 'stop_times.txt'")
    assert "reading stop_times.txt, step 3 of 4" in (await sofia.get(PAGE)).text
    done = await work()
    assert (done.why, done.changed is not None and done.changed > 0) == (None, True)
    assert (await travels.journey_of(edition.id, "1", "2")).lines == ("77",)
    info = await queries.feed(edition.id)
    assert info is not None and (info.name, info.day) == ("feed.zip", date(2028, 11, 16))
    assert await db.value("SELECT count(*) FROM travel_upload_part") == 0
    page = (await sofia.get(PAGE)).text
    assert f"{done.changed} travel times changed" in page
    assert "77" in (await sofia.get("/en/organise/travel/changes")).text  # a strike can name it now


async def test_what_is_no_feed_is_said_and_what_was_in_force_stays(sofia: httpx.AsyncClient, edition: Edition, tmp_path: Path) -> None:
    await post(sofia, await a_line_between_the_first_two(edition, tmp_path), day="2028-11-16")
    await work()
    for content, words in ((b"PK no zip", "is not a zip archive"), (MadeFeed().calendar().write(tmp_path / "e.zip").read_bytes(), "The feed has no stops.txt")):
        await post(sofia, content)
        assert words in str((await work()).why)
        assert words in (await sofia.get(PAGE)).text
        assert await db.value("SELECT count(*) FROM travel_upload_part") == 0
    assert (await travels.journey_of(edition.id, "1", "2")).lines == ("77",)


async def test_nothing_empty_nothing_twice_and_no_day_that_is_none(sofia: httpx.AsyncClient, edition: Edition, tmp_path: Path) -> None:
    content = await a_line_between_the_first_two(edition, tmp_path)
    for name, body, fields, words in (
        ("feed.zip", b"", {}, "This file is empty."),
        ("", b"", {}, "Choose a file."),
        ("feed.zip", content, {"day": "tomorrow"}, "This is not a date."),
        ("feed.zip", content, {"colour": "red"}, "This form has no such field."),
    ):
        answer = await post(sofia, body, name, **fields)
        assert (answer.status_code, words in answer.text, words) == (422, True, words)
    assert (await post(sofia, content)).status_code == 303
    assert "A timetable is being read already" in (await post(sofia, content)).text
    assert await db.value("SELECT count(*) FROM travel_upload") == 1


async def test_a_job_that_died_is_no_reason_to_wait(sofia: httpx.AsyncClient, edition: Edition, tmp_path: Path) -> None:
    await post(sofia, await a_line_between_the_first_two(edition, tmp_path))
    await db.execute("DELETE FROM pgqueuer")
    assert "It was not read to the end" in (await sofia.get(PAGE)).text


async def test_a_campus_organiser_sends_none(karim: httpx.AsyncClient) -> None:
    assert (await karim.get(PAGE)).status_code in {403, 404}
    assert "organise/travel/timetable" not in (await karim.get("/en/organise/travel")).text
