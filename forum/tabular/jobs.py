"""What the worker does about imports: lists that were uploaded and never stored do not lie about."""

import logging

from forum import clock, jobs
from forum.tabular import drafts

log = logging.getLogger(__name__)


@jobs.every(hours=1)
@jobs.handler("imports.forget")
async def forget(job: jobs.Job) -> None:
    """Throw drafts away that are older than a day."""
    gone = await drafts.forget(now=clock.now())
    if gone:
        log.info("import drafts forgotten", extra={"count": gone})
