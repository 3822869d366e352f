"""What the simulated day's client does on a real socket: it says so when nobody answers, follows nothing and remembers nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from forum.rehearsal.client import Answer, client_of
from forum.rehearsal.client import Unanswered as Lost


@asynccontextmanager
async def _server(answers: list[bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives one answer after the other and hangs up when it has none; its address, and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answers.pop(0) if answers else b"")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}", asked


async def test_a_redirection_is_an_answer_and_a_cookie_is_not_sent_again() -> None:
    there = b"HTTP/1.1 303 See Other\r\nlocation: /elsewhere\r\nset-cookie: a=b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    async with _server([there, there]) as (url, asked), client_of(url) as client:
        assert [await client.post("/form", data={"a": "é"}), await client.get("/page")] == [Answer(303, "")] * 2
        assert [line.split(" ")[1] for line in asked] == ["/form", "/page"]
        assert "cookie:" not in asked[1].lower()


async def test_a_server_that_hangs_up_or_is_not_there_is_nobody_s_answer() -> None:
    async with _server([]) as (url, _), client_of(url) as client:
        with pytest.raises(Lost, match=r"^ServerDisconnectedError$"):
            await client.post("/form", json={})
    async with client_of(url) as client:
        with pytest.raises(Lost, match=r"^ClientConnectorError$"):
            await client.get("/")
