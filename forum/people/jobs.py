"""What the worker does about people: unconfirmed registrations give their places back, old data goes."""

import logging
from dataclasses import asdict
from datetime import date
from uuid import UUID

from forum import clock, db, jobs
from forum.people import changes, privacy
from forum.people.model import CONFIRM_WITHIN

log = logging.getLogger(__name__)


@jobs.every(minutes=15)
@jobs.handler("people.expire_unconfirmed")
async def expire_unconfirmed(job: jobs.Job) -> None:
    cancelled = await changes.expire_unconfirmed(older_than=CONFIRM_WITHIN, now=clock.now())
    log.info("unconfirmed registrations cancelled", extra={"count": cancelled})


@jobs.handler("people.move_up")
async def move_up(job: jobs.Job) -> None:
    """A day has more places than before: those who wait for it have them first."""
    async with db.transaction():
        moved = await changes.move_up(UUID(job.payload["campus"]), date.fromisoformat(job.payload["day"]), now=clock.now())
    log.info("moved up from the waiting list", extra={"count": moved})


@jobs.every(hours=24)
@jobs.handler("people.retain")
async def retain(job: jobs.Job) -> None:
    removed = await privacy.retain(now=clock.now())
    log.info("retention", extra=asdict(removed))
