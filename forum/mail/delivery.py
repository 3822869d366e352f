"""The job behind every mail: rendered, handed to SMTP at least once and at most twice, then forgotten."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import clock, db, editions, jobs
from forum.jobs import Job
from forum.mail.render import Rendered, compose, render
from forum.mail.transport import Outcome, Transport, read_server
from forum.settings import Settings

TRIES: Final = 9  # over about three hours
_transports: dict[str, Transport] = {}


class NotNow(Exception):
    """The server did not take the mail; the queue tries again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail to send and who it is for; `to` is empty when there is nobody to send it to."""

    id: UUID
    template: str
    facts: str
    to: str
    name: str
    language: str


# `taken_at` still set: an earlier attempt ended in the dark. Two such ends, or a mail that is over, and nothing is taken.
TAKE: Final = """
    UPDATE mail SET taken_at = $2, tries = mail.tries + 1, maybe_sent = mail.maybe_sent + (mail.taken_at IS NOT NULL)::int
    FROM mail AS old LEFT JOIN person ON person.id = old.person AND person.erased_at IS NULL
    WHERE mail.id = $1 AND old.id = mail.id AND mail.sent_at IS NULL AND mail.failure = ''
      AND mail.maybe_sent + (mail.taken_at IS NOT NULL)::int <= 1 AND coalesce(mail.until > $2, true)
    RETURNING mail.id, mail.template, mail.facts::text AS facts, coalesce(nullif(mail.recipient, ''), person.email, '') AS to,
        CASE WHEN mail.recipient = '' THEN coalesce(person.name, '') ELSE '' END AS name, coalesce(person.language, 'fr') AS language
"""


@jobs.handler("mail.send", tries=TRIES, seconds=120)
async def send(job: Job) -> None:
    """Send the mail that the job names. Raises NotNow when the server could not take it."""
    number, now = UUID(job.payload["mail"]), clock.now()
    mail = await db.row(Taken, TAKE, number, now)
    if mail is None:
        await _give_up(number, now)
        return
    if not mail.to:
        await _end(number, now, failure="nobody")
        return
    outcome, why = await deliver(mail, settings=job.settings, now=now)
    if outcome is Outcome.LATER and job.attempt < TRIES:
        await db.execute("UPDATE mail SET taken_at = NULL WHERE id = $1", number)
    if outcome in {Outcome.LATER, Outcome.UNKNOWN} and job.attempt < TRIES:
        raise NotNow
    if outcome is not Outcome.SENT:
        await _end(number, now, failure=why or outcome.value)


async def deliver(mail: Taken, *, settings: Settings, now: datetime) -> tuple[Outcome, str]:
    """Render *mail* and hand it over, or keep it readable in the outbox where no SMTP server is set."""
    edition = await editions.current()
    facts: dict[str, Any] = msgspec.json.decode(mail.facts)
    rendered = render(mail.template, mail.language, {"name": mail.name, "edition_name": edition.name if edition else "Forum", **facts}, settings)
    if not settings.smtp_url:
        await _keep(mail, rendered, now)
        return Outcome.SENT, ""
    try:
        message = compose(rendered, number=mail.id, to=mail.to, name=mail.name, lang=mail.language, settings=settings, now=now)
    except ValueError:
        return Outcome.REFUSED, "address"
    outcome, why = await transport_for(settings).send(message, sender=parseaddr(settings.mail_from)[1], to=mail.to)
    if outcome is Outcome.SENT:
        await _end(mail.id, now)
    return outcome, why


def transport_for(settings: Settings) -> Transport:
    """The process's one transport to the settings' server."""
    return _transports.setdefault(settings.smtp_url, Transport(read_server(settings.smtp_url)))


async def close_all() -> None:
    """Say goodbye to every server."""
    while _transports:
        await _transports.popitem()[1].close()


async def _keep(mail: Taken, rendered: Rendered, now: datetime) -> None:
    await db.execute(
        "UPDATE mail SET sent_at = $2, taken_at = NULL, facts = '{}', recipient = $3, subject = $4, body = $5, html = $6 WHERE id = $1",
        mail.id,
        now,
        mail.to,
        rendered.subject,
        rendered.text,
        rendered.html,
    )


async def _end(number: UUID, now: datetime, *, failure: str = "") -> None:
    """The mail is over; its facts (codes, links) are forgotten."""
    sent = None if failure else now
    await db.execute("UPDATE mail SET sent_at = $2, taken_at = NULL, facts = '{}', failure = $3 WHERE id = $1", number, sent, failure[:80])


async def _give_up(number: UUID, now: datetime) -> None:
    """Nothing was taken: it is over already, too late, or ended in the dark twice."""
    await db.execute(
        "UPDATE mail SET failure = CASE WHEN until <= $2 THEN 'too late' ELSE 'unknown twice' END, taken_at = NULL, facts = '{}', "
        "maybe_sent = least(2, maybe_sent + (taken_at IS NOT NULL)::int) WHERE id = $1 AND sent_at IS NULL AND failure = ''",
        number,
        now,
    )
