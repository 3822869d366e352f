"""The client of the simulated day: plain requests, light enough that whoever drives the day takes little of the machine from what is driven."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

TIMEOUT_SECONDS: Final = 60.0
CONNECTIONS: Final = 16
IDLE_SECONDS: Final = 15.0  # a connection is let go before the server, which waits 20, hangs up


class Unanswered(Exception):
    """Nobody answered: no connection, one that was lost, or too late; its text is the kind of loss."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read whole."""

    status: int
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Requests to one origin; keeps no cookies and follows no redirections: everybody sends their own and sees what came back."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str) -> Answer:
        """Raises Unanswered."""
        return await self._ask("GET", path, {})

    async def post(self, path: str, *, json: Any = None, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send *json*, or *data* as a form. Raises Unanswered."""
        return await self._ask("POST", path, headers or {}, json=json, data=data)

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], **content: Any) -> Answer:
        try:
            async with self.session.request(method, path, headers=headers, allow_redirects=False, **content) as answer:
                return Answer(answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError) as lost:
            raise Unanswered(type(lost).__name__) from lost


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Client]:
    """A client of the server at *url*."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(url, connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as session:
        yield Client(session)
