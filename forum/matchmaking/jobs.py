"""The matchmaking's jobs: runs in a process of their own, messages after publishing, offers that lapse."""

from uuid import UUID

from forum import clock, editions, jobs
from forum.matchmaking import afterwards, business_meetings, explaining, explanations, repairing, running, telling, waiting


@jobs.handler("matchmaking.run", tries=2, seconds=1800, heavy=True, at_once=1)
async def run(job: jobs.Job) -> None:
    """Do one run of the engine; a repair publishes what it found."""
    plan, edition = UUID(job.payload["plan"]), await editions.needed()
    await running.execute(plan, edition, now=clock.now())
    if await repairing.publish_repair(plan, edition, now=clock.now()) is not None:
        await jobs.enqueue("matchmaking.figures", {"plan": str(plan)}, priority=-5)  # apart: the next closed campus does not wait for them


@jobs.handler("matchmaking.figures", tries=2, seconds=900, heavy=True, at_once=1)
async def figures(job: jobs.Job) -> None:
    """The figures a published repair did not wait for."""
    await afterwards.add_figures(UUID(job.payload["plan"]), await editions.needed())


@jobs.handler("matchmaking.business", tries=1, seconds=120, heavy=True, at_once=1)
async def business(job: jobs.Job) -> None:
    """Times for the business meetings both sides accepted."""
    await business_meetings.give_times(await editions.needed(), by=UUID(job.payload["by"]), now=clock.now())


@jobs.handler("matchmaking.tell", tries=5, seconds=600)
async def tell(job: jobs.Job) -> None:
    """One message to every person a published version touched."""
    await telling.tell(UUID(job.payload["version"]), now=clock.now())


@jobs.handler("matchmaking.explain", tries=3, seconds=1800, heavy=True, at_once=1)
async def explain(job: jobs.Job) -> None:
    """Why each wish was met or not, kept with the plan; who asked comes first."""
    await explaining.explain(UUID(job.payload["plan"]), await editions.needed(), now=clock.now())


@jobs.every(minutes=1)
@jobs.handler("matchmaking.lapse", tries=1, seconds=50)
async def lapse(job: jobs.Job) -> None:
    """Offers that ran out go to the next in order; explanations asked for while their job ended are begun."""
    edition = await editions.current()
    if edition is not None:
        await waiting.lapse(edition, now=clock.now())
        await explanations.enqueue_waiting(edition.id)
