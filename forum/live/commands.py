"""`forum watch`: follow the live channel in a terminal."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import click
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from forum import clock
from forum.errors import Forbidden, Unavailable
from forum.i18n import N_, Message
from forum.settings import read_settings

LONGEST_WAIT = 30.0  # seconds between two tries


def register(group: click.Group) -> None:
    group.add_command(watch)


@click.command()
@click.argument("topics", nargs=-1)
@click.option("--server", help="Address of the server; the configured one when absent.")
@click.option("--cookie", help="A sign-in, for topics that are not public (the value of the cookie forum_sign_in).", envvar="FORUM_COOKIE")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for other programs.")
@click.option("--count", type=int, default=0, help="Stop after this many events.")
def watch(topics: tuple[str, ...], server: str | None, cookie: str | None, as_json: bool, count: int) -> None:
    """Follow what changes: TOPICS are `edition`, `campus.12`, `company.<id>`, `me` (default: edition). Ctrl-C ends it.

    A lost connection is tried again and goes on after the last event; what was missed for too long is said, never skipped.
    """
    origin = (server or read_settings().origin).rstrip("/")
    asyncio.run(_print(origin, topics or ("edition",), cookie, as_json, count))


async def _print(origin: str, topics: tuple[str, ...], cookie: str | None, as_json: bool, count: int) -> None:
    seen = 0
    async for said in follow(origin, topics, cookie=cookie):
        click.echo(json.dumps(said, separators=(",", ":")) if as_json else line(said))
        seen += said["type"] == "event"
        if count and seen >= count:
            return


def line(said: dict[str, Any]) -> str:
    """One thing said, for people: time, topic, what, which."""
    match said["type"]:
        case "event":
            at = clock.local(datetime.fromisoformat(said["at"]))
            return f"{at:%H:%M:%S}  {said['topic']:<18} {said['kind']:<24} {said['id']}".rstrip()
        case "resync":
            return f"--:--:--  {said['topic']:<18} too much was missed: read it anew"
        case "hello":
            return f"--:--:--  connected, event {said['seq']}"
        case _:
            return f"--:--:--  {said.get('why', 'lost')}, trying again"


async def follow(origin: str, topics: tuple[str, ...], *, cookie: str | None = None, first_wait: float = 0.5) -> AsyncIterator[dict[str, Any]]:
    """What the server says about *topics*, one event at a time, for ever; a lost connection is taken up after the last event.

    Raises Forbidden when the server refuses these topics, Unavailable when the first connection fails.
    """
    place, wait, met = "", first_wait, False
    while True:
        try:
            async with connect(_address(origin, topics, place), origin=origin, additional_headers=_cookie(origin, cookie), compression=None) as ws:  # type: ignore[arg-type]
                met, wait = True, first_wait
                async for said in _read(ws):
                    if said["type"] in {"hello", "event"}:
                        place = f"&epoch={said['epoch']}&since={said['seq']}" if said["type"] == "hello" and not place else _moved(place, said)
                    yield said
        except InvalidStatus as refused:
            if refused.response.status_code in {401, 403}:
                raise Forbidden(Message(N_("The server refuses these topics: {topics}."), topics=", ".join(topics))) from refused
            why = f"HTTP {refused.response.status_code}"
        except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError) as lost:
            why = type(lost).__name__
        if not met:
            raise Unavailable(Message(N_("No live channel at {address}."), address=origin))
        yield {"type": "lost", "why": why}
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


def _address(origin: str, topics: tuple[str, ...], place: str) -> str:
    return f"{'wss' if origin.startswith('https') else 'ws'}://{origin.partition('://')[2]}/live?topics={','.join(topics)}{place}"


def _cookie(origin: str, cookie: str | None) -> dict[str, str]:
    name = "__Host-forum_sign_in" if origin.startswith("https") else "forum_sign_in"
    return {"Cookie": f"{name}={cookie}"} if cookie else {}


def _moved(place: str, said: dict[str, Any]) -> str:
    """Where to go on: of a `hello` on return only the epoch counts when it is another, for the events missed are still to come."""
    epoch = place.partition("epoch=")[2].partition("&")[0]
    if said["type"] == "hello":
        return place if said["epoch"] == epoch else f"&epoch={said['epoch']}&since={said['seq']}"
    return f"&epoch={epoch}&since={said['seq']}"


async def _read(ws: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    """Frames taken apart: a frame of several events is several."""
    async for text in ws:
        said = json.loads(text)
        if said["type"] == "events":
            for event in said["events"]:
                yield {"type": "event", **event}
        elif said["type"] != "beat":
            yield said
