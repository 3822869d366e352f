"""What the agenda does on its own: tell people what moved, let offers lapse, plan."""

import asyncio
import time
from typing import Final
from uuid import UUID

from forum import clock, db, editions, mail
from forum.agenda import changelog, offers, planning, plans, queries, rechecking
from forum.jobs import Job, every, handler

NEWS_SECONDS: Final = 1.0  # how often a plan at work is heard of


@handler("agenda.tell")
async def tell(job: Job) -> None:
    """One mail per person a release touched, in their language; told once, however often this runs."""
    release = UUID(job.payload["release"])
    changes = {c.session.id: c for c in await changelog.changes_of(release)}
    for person, sessions in await queries.untold(release):
        facts = {"changes": [changelog.facts(changes[s]) for s in sessions if s in changes]}
        async with db.transaction():
            if await db.execute("UPDATE release_notice SET told_at = $3 WHERE release = $1 AND person = $2 AND told_at IS NULL", release, person, clock.now()):
                await mail.post("agenda_changed", person=person, now=clock.now(), facts=facts)


@every(minutes=1)
@handler("agenda.offers")
async def end_offers(job: Job) -> None:
    """End offers nobody answered and give the seats to the next."""
    edition = await editions.current()
    if edition is not None:
        await offers.lapse(edition, now=clock.now())


@every(minutes=1)
@handler("agenda.recheck")
async def journeys(job: Job) -> None:
    """Look at everybody's journeys again: a strike, a closed line or a release may have made one too short."""
    edition = await editions.current()
    if edition is not None:
        await rechecking.recheck_if_changed(edition, now=clock.now())


@handler("agenda.plan", heavy=True, tries=1, seconds=600, at_once=1)
async def make_plan(job: Job) -> None:
    """Plan the draft and keep the result; a person decides whether it becomes the draft."""
    edition, key = await editions.by_slug(job.payload["edition"]), UUID(job.payload["plan"])
    from forum.agenda.planner.solve import plan  # the solver takes seconds to load

    problem, origin, version = await planning.problem(edition)
    heard: list[tuple[float, int, int]] = []
    began = time.monotonic()
    work = asyncio.create_task(asyncio.to_thread(plan, problem, seconds=plans.PLAN_SECONDS, progress=lambda *news: heard.append(news)))
    while not work.done():
        await asyncio.wait([work], timeout=NEWS_SECONDS)
        if heard:
            await plans.news(key, time.monotonic() - began, *heard[-1][1:])
    found = work.result()
    await plans.keep(edition, found, origin, version, getattr(found, "seconds", plans.PLAN_SECONDS), actor=None, now=clock.now(), key=key)
