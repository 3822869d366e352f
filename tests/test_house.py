"""The house stands: one person registers, confirms, leaves, and comes back with a code, in both languages, without JavaScript."""

import re

import httpx

from forum import clock
from forum.rehearsal import make_edition
from tests.helpers import csrf, latest_mail, posted


async def test_a_person_registers_confirms_and_comes_back_with_a_code(client: httpx.AsyncClient, database: str) -> None:
    await make_edition(now=clock.now(), campuses=3)
    page = await client.get("/register")
    day = re.findall(r'value="(\d{4}-\d\d-\d\d:[^"]+)"', page.text)[0]
    form = {"_csrf": csrf(page), "name": "Zoé Test", "email": "zoe@example.org", "purpose": "candidate", "days": day, "skills": "Python, SQL"}
    answer = await client.post("/register", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/done")
    link = (await latest_mail("confirm"))["link"]
    done = await posted(client, link, form=link)
    assert (done.status_code, done.headers["location"]) == (303, "/badge")
    assert (await posted(client, link)).status_code == 404  # once
    await posted(client, "/sign-out", form="/me")
    asked = await posted(client, "/en/sign-in", {"email": "zoe@example.org", "next": "/day"}, form="/en/sign-in")
    path, code = asked.headers["location"].partition("?")[0], (await latest_mail("sign_in"))["code"]
    wrong = await posted(client, path, {"code": "00000000" if code != "0000 0000" else "11111111", "next": "/day"}, form=path)
    right = await posted(client, path, {"code": code, "next": "/day"}, form=path)
    assert (wrong.status_code, right.status_code, right.headers["location"]) == (422, 303, "/en/day")
