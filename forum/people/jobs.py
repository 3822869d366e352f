"""What the worker does about people: unconfirmed registrations give their places back, old data goes."""

import logging
from dataclasses import asdict

from forum import clock, jobs
from forum.people import changes, privacy
from forum.people.model import CONFIRM_WITHIN

log = logging.getLogger(__name__)


@jobs.every(minutes=15)
@jobs.handler("people.expire_unconfirmed")
async def expire_unconfirmed(job: jobs.Job) -> None:
    cancelled = await changes.expire_unconfirmed(older_than=CONFIRM_WITHIN, now=clock.now())
    log.info("unconfirmed registrations cancelled", extra={"count": cancelled})


@jobs.every(hours=24)
@jobs.handler("people.retain")
async def retain(job: jobs.Job) -> None:
    removed = await privacy.retain(now=clock.now())
    log.info("retention", extra=asdict(removed))
