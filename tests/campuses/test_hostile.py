"""Paths and forms nobody means well with: a clear 4xx, never a 5xx, nothing half-written."""

import httpx

from forum import db
from tests.campuses.conftest import csrf

NASTY = ["%00", "%0a", "%F0%9F%92%A9", "..%2f..%2fetc", "x" * 500, "%ED%A0%80", "'%20OR%201=1--", "-1", "1%20", "%25"]


async def test_hostile_paths_are_not_found(sofia: httpx.AsyncClient) -> None:
    paths = ("/campus/{}", "/organise/campus/{}", "/organise/campus/{}/rooms", "/organise/campus/1/rooms/{}", "/organise/travel/from/{}",
             "/organise/travel/from/1/to/{}", "/organise/exports/{}", "/organise/import/{}")  # fmt: skip
    answers = {path.format(word): (await sofia.get(path.format(word))).status_code for path in paths for word in NASTY}
    assert {path: status for path, status in answers.items() if not 400 <= status < 500} == {}


async def test_hostile_days_are_refused(sofia: httpx.AsyncClient) -> None:
    token = csrf(await sofia.get("/organise/edition"))
    for day in ("0000-01-01", "9999-12-31", "2028-02-30", "x", "%00"):
        answer = await sofia.post(f"/organise/edition/days/{day}/remove", data={"_csrf": token})
        assert 400 <= answer.status_code < 500, day


async def test_hostile_entries_are_refused(sofia: httpx.AsyncClient) -> None:
    path = "/organise/travel/from/1/to/2"
    token = csrf(await sofia.get(path))
    for fields in (
        {"minutes": "12"}, {"minutes": "12", "reason": "a\x00b"}, {"minutes": "1e3", "reason": "abc"}, {"minutes": "9" * 40, "reason": "abc"},
        {"minutes": "-5", "reason": "abc"}, {"minutes": "12", "reason": "x" * 301}, {"minutes": "12", "reason": "abc", "made_by": "me"},
    ):  # fmt: skip
        answer = await sofia.post(path, data={"_csrf": token, **fields})
        assert 400 <= answer.status_code < 500, fields
    assert await db.value("SELECT count(*) FROM travel_override") == 0


async def test_bytes_that_are_no_text_are_stored_as_text_or_refused(sofia: httpx.AsyncClient) -> None:
    path = "/organise/travel/from/1/to/2"
    token = csrf(await sofia.get(path))
    body = f"_csrf={token}&minutes=12&reason=abc%ED%A0%80%FF"
    answer = await sofia.post(path, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code in {303, 400, 422}
    assert all(reason.isprintable() or "\ufffd" in reason for reason in await db.column("SELECT reason FROM travel_override"))


async def test_a_form_as_a_file_twice_and_without_token(sofia: httpx.AsyncClient) -> None:
    path = "/organise/travel/from/1/to/2"
    token = csrf(await sofia.get(path))
    files = {"reason": ("x.txt", b"abc", "text/plain")}
    assert (await sofia.post(path, data={"_csrf": token, "minutes": "5"}, files=files)).status_code == 422
    twice = f"_csrf={token}&minutes=5&minutes=6&reason=abc"
    assert (await sofia.post(path, content=twice, headers={"content-type": "application/x-www-form-urlencoded"})).status_code == 422
    assert (await sofia.post(path, data={"minutes": "5", "reason": "abc"})).status_code == 403
    assert (await sofia.post(path, json={"minutes": 5, "reason": "abc", "_csrf": token})).status_code in {400, 403, 415, 422}
    assert await db.value("SELECT count(*) FROM travel_override") == 0
