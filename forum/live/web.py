"""`/live`: rights before accepting, resume, then frames; and the same by polling where WebSockets are blocked."""

import asyncio
import logging
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, WebSocket, get, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromQuery, Parameter

from forum import access, web
from forum.access import Principal
from forum.edge import allowed_hosts
from forum.errors import Forbidden, Invalid
from forum.i18n import N_
from forum.live import acting, control, lobby, speaking, stream
from forum.live.hub import Hub, Subscriber
from forum.live.model import frame, hello, read_topics, shown

log = logging.getLogger(__name__)

PER_PERSON = 12
PER_PROCESS = 12_000
RECHECK = timedelta(seconds=30)
FRAMES_MOST = 20  # a client has nothing to say; more than this in one check is noise
NOT_ALLOWED, SIGNED_OUT, TOO_MANY = 4403, 4401, 1013

KEPT_HEADERS = (b"cookie", b"authorization")  # of a request that was accepted: rights are looked at again

AnySocket = WebSocket[Any, Any, Any]


async def may_hear(asker: Principal | None, topics: tuple[str, ...]) -> bool:
    """Everyone may hear that the edition or a campus changed; a company's topic is for its people and organisers, a person's for its owner."""
    for topic in topics:
        if topic.startswith("company."):
            company = UUID(topic.removeprefix("company."))
            if asker is None or not (
                asker.has(access.FORUM, access.CAMPUS, access.ADMIN)
                or asker.may(access.RECRUITER, company=company)
                or asker.may(access.COMPANY_ADMIN, company=company)
            ):
                return False
        if topic.startswith("person.") and (asker is None or topic != f"person.{asker.person}"):
            return False
    return True


async def _admitted(socket: AnySocket) -> tuple[Principal | None, tuple[str, ...]] | int:
    """Who may listen to what, or the code to refuse with, before accepting."""
    headers = dict(socket.scope["headers"])  # as they came: what Litestar makes of them stays as long as the socket
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin.partition("://")[2] not in allowed_hosts(web.settings_of(socket)) and b"authorization" not in headers:
        return NOT_ALLOWED
    asker = await web.principal(socket)
    try:
        topics = read_topics(socket.query_params.get("topics", ""), asker.person if asker else None)
        allowed = topics is not None and await may_hear(asker, topics)
    except ValueError:
        allowed = False
    if topics is None or not allowed:
        return NOT_ALLOWED
    hub: Hub = socket.app.state.live.hub
    full = len(hub.subscribers) >= PER_PROCESS or (asker is not None and hub.sockets_of(asker.person) >= PER_PERSON)
    return TOO_MANY if full else (asker, topics)


@websocket("/live")
async def live(socket: AnySocket) -> None:
    admitted = await _admitted(socket)
    if isinstance(admitted, int):
        await socket.close(code=admitted)
        return
    asker, topics = admitted
    await socket.accept()
    socket.scope["headers"] = [(name, value) for name, value in socket.scope["headers"] if name in KEPT_HEADERS]
    following: stream.Stream = socket.app.state.live
    subscriber = Subscriber(topics, socket.send_text, lambda code: socket.close(code=code), person=asker.person if asker else None)
    try:
        await _greet(socket, following, subscriber, topics)
        await _stay(socket, subscriber, asker)
        await subscriber.ended()  # who returns first cuts the line before its reason is said
    except WebSocketDisconnect:
        pass
    finally:
        following.hub.remove(subscriber)


async def _greet(socket: AnySocket, following: stream.Stream, subscriber: Subscriber, topics: tuple[str, ...]) -> None:
    """Say where the stream stands, then what was missed, then join: joining comes first, so nothing falls between."""
    here = stream.Place(await following.epoch(), following.seq)
    subscriber.after = here.seq
    following.hub.add(subscriber)
    since = socket.query_params.get("since", "")
    if since.isascii() and since.isdigit() and len(since) < 18:
        events, again = await stream.missed(topics, socket.query_params.get("epoch", ""), int(since), here=here)
    else:
        events, again = [], []
    await socket.send_text(hello(str(here.epoch), here.seq))
    for text in again:
        await socket.send_text(text)
    for event in events:
        await socket.send_text(frame(event.topic, [event]))


async def _stay(socket: AnySocket, subscriber: Subscriber, asker: Principal | None) -> None:
    """Until the client goes: rights are looked at again when they change, and every half minute; chatter closes."""
    left = FRAMES_MOST
    while not subscriber.closed.is_set():
        try:
            async with asyncio.timeout((0 if subscriber.stale else RECHECK.total_seconds()) if asker is not None else None) as limit:
                subscriber.closed.tell = lambda limit=limit: limit.reschedule(0)
                while left:
                    await socket.receive_text()
                    left -= 1
                return
        except TimeoutError:
            pass
        finally:
            subscriber.closed.tell = None
        subscriber.stale = False
        if asker is not None and not subscriber.closed.is_set() and not await _still(socket, subscriber):
            subscriber.close_soon(SIGNED_OUT)


async def _still(socket: AnySocket, subscriber: Subscriber) -> bool:
    socket.scope["state"].pop("principal", None)
    now = await web.principal(socket)
    return now is not None and await may_hear(now, tuple(subscriber.topics))


@get("/live/poll")
async def poll(
    request: web.AnyRequest, topics: FromQuery[str], epoch: FromQuery[str] = "", since: Annotated[int, Parameter(ge=-1, le=2**62)] = -1
) -> Response[dict[str, object]]:
    """The same events where WebSockets are blocked: where the stream stands, what happened since, what to fetch anew."""
    asker = await web.principal(request)
    wanted = read_topics(topics, asker.person if asker else None)
    if wanted is None:
        raise Invalid(N_("These are not topics."))
    if not await may_hear(asker, wanted):
        raise Forbidden(N_("This is not allowed."))
    here = await stream.place()
    events, again = ([], []) if since < 0 else await stream.missed(wanted, epoch, since, here=here)
    body = {
        "epoch": str(here.epoch),
        "seq": here.seq,
        "events": [{"seq": e.seq, "topic": shown(e.topic), "kind": e.kind, "id": e.ref, "at": e.at} for e in events],
        "resync": bool(again),
    }
    return Response(body, headers={"cache-control": "no-store"})


web.on_every_page(speaking.for_page)
ROUTES = [live, poll, *control.ROUTES, *acting.ROUTES, *speaking.ROUTES, *lobby.ROUTES]
