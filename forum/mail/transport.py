"""SMTP: a few kept connections, and an answer that says whether the text may have gone out."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import Enum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from forum.errors import Invalid
from forum.i18n import N_, Message

SECONDS: Final = 30.0
AT_ONCE: Final = 4


class Outcome(Enum):
    """What became of one attempt."""

    SENT = "sent"
    REFUSED = "refused"  # for good: no such mailbox, rejected content
    LATER = "later"  # surely not sent; worth another attempt
    UNKNOWN = "unknown"  # the connection died after the text was handed over


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes. `start_tls` None uses encryption when the server offers it; with a password it is always demanded."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    start_tls: bool | None = None


def read_server(url: str) -> Server:
    """`smtp://user:password@host:587` (STARTTLS), `smtps://…:465` (TLS from the start), `?tls=none` for a relay on the same machine."""
    parts = urlsplit(url)
    wanted = parse_qs(parts.query).get("tls", [""])[0]
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or wanted not in {"", "none", "required"}:
        raise Invalid(Message(N_("FORUM_SMTP_URL takes smtp://user:password@host:587 or smtps://user:password@host:465.")))
    tls = parts.scheme == "smtps"
    start_tls = None if tls else {"none": False, "required": True, "": True if parts.username else None}[wanted]
    if tls:
        start_tls = False
    return Server(parts.hostname, parts.port or (465 if tls else 587), unquote(parts.username or ""), unquote(parts.password or ""), tls, start_tls)


@dataclass(slots=True)
class Transport:
    """Connections to one server, lent one mail at a time; a broken one is thrown away."""

    server: Server
    context: ssl.SSLContext | None = None
    idle: list[aiosmtplib.SMTP] = field(default_factory=list)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def send(self, message: EmailMessage, *, sender: str, to: str) -> tuple[Outcome, str]:
        """Hand *message* over; the outcome, and the server's code or the error's class (never its text: it quotes addresses)."""
        try:
            async with self.room, self._client() as client:
                return await _hand_over(client, message, sender, to)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome.LATER, _code(error)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = await self._alive() or await self._connect()
        try:
            yield client
        except BaseException:
            client.close()
            raise
        if client.is_connected:
            self.idle.append(client)

    async def _alive(self) -> aiosmtplib.SMTP | None:
        """A kept connection that still answers."""
        while self.idle:
            client = self.idle.pop()
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.rset()
                return client
            client.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        s = self.server
        client = aiosmtplib.SMTP(
            hostname=s.host,
            port=s.port,
            username=s.user or None,
            password=s.password or None,
            use_tls=s.tls,
            start_tls=s.start_tls,
            timeout=SECONDS,
            tls_context=self.context,
        )
        await client.connect()
        return client

    async def close(self) -> None:
        while self.idle:
            client = self.idle.pop()
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage, sender: str, to: str) -> tuple[Outcome, str]:
    international = not to.isascii() and client.supports_extension("smtputf8")
    try:
        await client.mail(sender, options=["SMTPUTF8"] if international else None, encoding="utf-8" if international else "ascii")
        await client.rcpt(to, encoding="utf-8" if international else "ascii")
    except aiosmtplib.SMTPResponseException as error:
        return (Outcome.REFUSED if error.code >= 500 else Outcome.LATER), _code(error)
    except UnicodeEncodeError:
        return Outcome.REFUSED, "SMTPUTF8"
    try:
        await client.data(message.as_bytes())
    except aiosmtplib.SMTPResponseException as error:
        return (Outcome.REFUSED if error.code >= 500 else Outcome.LATER), _code(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        return Outcome.UNKNOWN, _code(error)
    return Outcome.SENT, ""


def _code(error: Exception) -> str:
    return str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__
