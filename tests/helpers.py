"""Small things several tests say: read a form's token, sign a person in, make a person with a role, serve on a socket."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import uvicorn
from litestar import Litestar

from forum import clock, db
from forum.people import sign_in


def csrf(page: httpx.Response) -> str:
    """The token of the first form of *page*."""
    found = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


async def posted(client: httpx.AsyncClient, path: str, data: dict[str, Any] | None = None, *, form: str = "/register") -> httpx.Response:
    """POST *data* with the token of the form at *form*, as a browser would."""
    token = csrf(await client.get(form))
    return await client.post(path, data={"_csrf": token, **(data or {})})


async def latest_mail(template: str) -> dict[str, str]:
    """The facts of the newest mail of that name."""
    return msgspec.json.decode(await db.value("SELECT facts FROM mail WHERE template = $1 ORDER BY created_at DESC, id DESC LIMIT 1", template))


async def make_person(name: str, email: str = "", *, now: datetime | None = None) -> UUID:
    now = now or clock.now()
    person: UUID = await db.value(
        "INSERT INTO person (email, name, created_at, confirmed_at) VALUES ($1, $2, $3, $3) RETURNING id", email or f"{name.lower()}@example.org", name, now
    )
    return person


async def give_role(person: UUID, role: str, *, campus: str = "", company: UUID | None = None) -> None:
    """An approved role in the current edition."""
    await db.execute(
        """INSERT INTO role (person, edition, name, campus, company, granted_at, approved_at)
           SELECT $1, e.id, $2, (SELECT id FROM campus WHERE edition = e.id AND slug = $3), $4, now(), now() FROM edition e WHERE e.is_current""",
        person, role, campus, company,
    )  # fmt: skip


async def sign_client_in(client: httpx.AsyncClient, person: UUID, *, second_factor: bool = True) -> None:
    """The cookie of a fresh sign-in on *client*."""
    token = await sign_in.start(person, now=clock.now(), second_factor=second_factor)
    client.cookies.set("forum_sign_in", token, domain="forum.test")


@asynccontextmanager
async def served(app: Litestar, origin: str) -> AsyncIterator[None]:
    """A started *app* on the real socket of *origin*, in this loop."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(origin.rsplit(":", 1)[1]), lifespan="off", log_level="error", access_log=False))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
