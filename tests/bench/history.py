"""A long random history of meetings: `python -m tests.bench.history 100000`. Prints what was done and every broken rule (none is right)."""

import asyncio
import sys
import time
from uuid import uuid4

from forum import db, postgres
from forum.migrate import migrate
from tests.matchmaking.history import begin, play
from tests.matchmaking.stage import NOW, stage


async def main(url: str, operations: int) -> int:
    await migrate(url, now=NOW)
    async with db.pool(url, size=10):
        history = await begin(await stage(campuses=5), companies=8, people=60, seed=uuid4().int % 1000)
        started, found = time.monotonic(), []
        for part in range(0, operations, 5_000):
            found += await play(history, min(5_000, operations - part), at_once=6, replan_every=2000, look_every=500)
            print(
                f"{min(operations, part + 5_000)} operations, {time.monotonic() - started:.0f} s, {len(found)} broken rules {sorted(set(found))[:4]}",
                flush=True,
            )
        for (name, result), count in sorted(history.done.items()):
            print(f"{name:12} {result:14} {count}")
        print(
            f"seed {history.seed}: {sum(n for (o, r), n in history.done.items() if r != 'rows skipped')} operations, broken rules: {sorted(set(found)) or 'none'}"
        )
    return len(found)


if __name__ == "__main__":
    with postgres.temporary() as cluster:
        sys.exit(1 if asyncio.run(main(cluster.url, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)) else 0)
