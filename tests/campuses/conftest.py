"""Signed-in organisers on a small rehearsal edition."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from forum import clock, db, editions
from forum.campuses import travels
from forum.editions import Edition
from forum.people import sign_in
from forum.rehearsal import make_edition


@pytest.fixture
async def edition(database: str) -> Edition:
    """Four campuses, two days; the people of the demo's roles."""
    travels.forget()
    await make_edition(now=clock.now(), campuses=4)
    editions.forget()
    return await editions.needed()


Browser = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def browser(app: Litestar, edition: Edition) -> AsyncIterator[Browser]:
    """browser("sofia@example.org"): that person's browser, second factor given."""
    opened: list[httpx.AsyncClient] = []

    async def sign(email: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test")
        opened.append(client)
        person = await db.value("SELECT id FROM person WHERE email = $1", email)
        client.cookies.set("forum_sign_in", await sign_in.start(person, now=clock.now(), second_factor=True), domain="forum.test")
        return client

    yield sign
    for client in opened:
        await client.aclose()


@pytest.fixture
async def sofia(browser: Browser) -> httpx.AsyncClient:
    """The forum organiser."""
    return await browser("sofia@example.org")


@pytest.fixture
async def karim(browser: Browser) -> httpx.AsyncClient:
    """The organiser of campus 1."""
    return await browser("karim@example.org")


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text[:2000]
    return found[1]


async def send(client: httpx.AsyncClient, path: str, *, on: Any = "", **fields: Any) -> httpx.Response:
    """Post a form as its page would: with the token of the page *on* (default: the page at *path*)."""
    page = await client.get(on or path)
    assert page.status_code == 200, page.text[:500]
    return await client.post(path, data={"_csrf": csrf(page), **{k: str(v) for k, v in fields.items()}})
