"""A thousand people ask for one room's 60 seats at once: `python -m tests.bench.agenda_seats`. Prints who won, the time, and what was broken."""

import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime
from uuid import UUID

from forum import clock, db, postgres
from forum.agenda import seating
from forum.agenda.seats import Seat
from forum.migrate import migrate
from tests.agenda import world as w

NOW = datetime(2028, 11, 16, 9, 0, tzinfo=UTC)
CROWD = 1000


async def bench(url: str) -> int:
    await migrate(url, now=clock.now())
    async with db.pool(url, size=10):
        world = await w.make()
        await w.add(world, "keynote", "loft", 0, seats=60)
        await w.release(world, "1.0", now=NOW)
        people: list[UUID] = [
            await db.value("INSERT INTO person (email, name, created_at) VALUES ($1, 'x', now()) RETURNING id", f"p{n}@example.org") for n in range(CROWD)
        ]
        times: list[float] = []

        async def ask(person: UUID) -> str:
            began = time.perf_counter()
            found = await seating.reserve(world.edition, person, "KEYNOTE", now=NOW)
            times.append(time.perf_counter() - began)
            return found.state if isinstance(found, Seat) else "refused"

        began = time.perf_counter()
        states = await asyncio.gather(*(ask(person) for person in people))
        seconds = time.perf_counter() - began
        held = states.count("held")
        places, taken = (await db.value("SELECT places FROM seating")), (await db.value("SELECT taken FROM seating"))
        ranks = await db.column("SELECT count(*) FROM seat WHERE held_at IS NULL")
        print(f"{CROWD} at once: {held} seats of {places}, {ranks[0]} waiting; {seconds:.1f} s, {CROWD / seconds:.0f}/s, p99 {statistics.quantiles(times, n=100)[98]:.2f} s")
        return 0 if held == taken == places and ranks[0] == CROWD - places else 1


if __name__ == "__main__":
    with postgres.temporary() as cluster:
        sys.exit(asyncio.run(bench(cluster.url)))
