"""The jobs of badges: one made when a registration is confirmed, paper in quantity, files forgotten."""

from uuid import UUID

from forum import clock, db, jobs, mail
from forum.badges import handouts, queries, service
from forum.badges.codes import code_of, spaced
from forum.settings import secret_of


@jobs.handler("badges.issue", tries=6, seconds=60)
async def issue(job: jobs.Job) -> None:
    """The badge of a confirmed registration, and the mail that brings it; nothing for one that waits for a guardian."""
    registration, now = UUID(job.payload["registration"]), clock.now()
    try:
        await service.issue(registration, secret=secret_of(job.settings), now=now)
    except service.Waiting:
        return
    badge = await queries.of_registration(registration)
    if badge is None:
        return
    async with db.transaction():
        await db.lock(f"badge-mail-{registration}")
        if await db.value("SELECT 1 FROM mail WHERE template = 'badge' AND person = $1 AND created_at >= $2", badge.person, badge.issued_at) is None:
            facts = {"picture": f"/badge/qr/{badge.token}.png", "code": spaced(code_of(badge.number))}
            await mail.post("badge", person=badge.person, now=now, facts=facts)


@jobs.every(hours=1)
@jobs.handler("badges.forget", tries=1, seconds=60)
async def forget(job: jobs.Job) -> None:
    """PDFs hold names: they go after a day."""
    await handouts.forget(now=clock.now())
