"""A campus closes in the middle of the day: database → other tables → problem → repair → publish, timed end to end.

`python -m tests.bench.closing [--only 2000]` builds an edition of 2,000 × 60 and one of 20,000 × 200 (people × companies, twelve wishes each), publishes a
first plan, closes campus 1 at noon of the first day, and says for each step its wall and processor seconds. Aimed at: 10 s. PostgreSQL runs beside, on
the same cores. `tests/matchmaking/test_publishing.py` does the same small.
"""

import argparse
import asyncio
import json
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from forum import db, editions, postgres
from forum.editions import Edition
from forum.matchmaking import closing, publishing, repairing, running, runs
from forum.matchmaking.places import slot_grid
from forum.migrate import migrate
from forum.rehearsal import make_edition
from tests.matchmaking.stage import NOW, faults, late_journeys

SIZES = ((2000, 60, 10), (20_000, 200, 25))  # people, companies, campuses
RECRUITERS, WISHES, FIRST_SECONDS = 2, 12, 12.0
spent: dict[str, tuple[float, float]] = {}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Wall and processor seconds of one step, of this process and the children it waited for."""
    wall, cpu = time.monotonic(), _cpu()
    yield
    spent[name] = (round(time.monotonic() - wall, 2), round(_cpu() - cpu, 2))
    print(f"  {name:22} {spent[name][0]:7.2f} s wall {spent[name][1]:7.2f} s processor", flush=True)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


async def populate(people: int, companies: int, campuses: int, *, seed: int = 1) -> Edition:
    """An edition with companies at tables of their campus and people who wish for twelve of them, the famous ones most."""
    dice = random.Random(seed)  # noqa: S311 - a made field, not a secret
    async with db.transaction():
        await make_edition(now=NOW, campuses=campuses, people=people, companies=companies * RECRUITERS)
    editions.forget()
    edition = await editions.needed()
    slugs = await db.column("SELECT slug FROM campus ORDER BY number")
    tables = {slug: await db.column("SELECT t.id FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE c.slug = $1 ORDER BY t.number", slug) for slug in slugs}
    home = await db.value("SELECT id FROM campus WHERE slug = $1", slugs[-1])
    await db.execute("UPDATE campus SET step_free = true")
    await db.execute("UPDATE meeting_table SET step_free = true")
    firms = [uuid4() for _ in range(companies)]
    staff = [(uuid4(), firm, slugs[n % len(slugs)]) for n, firm in enumerate(firms) for _ in range(RECRUITERS)]
    await _hosts(edition, firms, staff, tables, dice)
    await _guests(edition, firms, [uuid4() for _ in range(people)], home, dice)
    await db.execute("ANALYZE")
    return edition


async def _hosts(edition: Edition, firms: list[UUID], staff: list[tuple[UUID, UUID, str]], tables: dict[str, list[UUID]], dice: random.Random) -> None:
    slots = slot_grid(edition).starts
    seats = [(person, tables[campus].pop(0), firm) for person, firm, campus in staff]
    async with db.connection() as conn:
        copy = conn.copy_records_to_table
        await copy("person", records=[(p, f"r{n}@example.org", f"R{n}", NOW, NOW) for n, (p, _, _) in enumerate(staff)], columns=["id", "email", "name", "created_at", "confirmed_at"])
        await copy("company", records=[(c, edition.id, f"c{n}", f"C{n}", NOW, NOW) for n, c in enumerate(firms)], columns=["id", "edition", "slug", "name", "created_at", "approved_at"])
        await copy("role", records=[(p, edition.id, "recruiter", c, NOW, NOW) for p, c, _ in staff], columns=["person", "edition", "name", "company", "granted_at", "approved_at"])
        present = [(p, s, t, c) for p, t, c in seats for s in slots if dice.random() < 0.8]
        await copy("presence", records=present, columns=["recruiter", "slot", "meeting_table", "company"])


async def _guests(edition: Edition, firms: list[UUID], people: list[UUID], home: UUID, dice: random.Random) -> None:
    fame = [1 / (n + 1) ** 0.8 for n in range(len(firms))]
    places = [(uuid4(), person) for person in people]
    chosen = [list(dict.fromkeys(dice.choices(firms, fame, k=2 * WISHES)))[:WISHES] for _ in people]
    pairs = [(person, firm, rank) for person, mine in zip(people, chosen, strict=True) for rank, firm in enumerate(mine, 1)]
    async with db.connection() as conn:
        copy = conn.copy_records_to_table
        await copy("person", records=[(p, f"p{n}@example.org", f"P{n}", NOW, NOW) for n, p in enumerate(people)], columns=["id", "email", "name", "created_at", "confirmed_at"])
        columns = ["id", "edition", "person", "purpose", "step_free_need", "created_at", "confirmed_at"]
        await copy("registration", records=[(r, edition.id, p, "candidate", dice.random() < 0.03, NOW, NOW) for r, p in places], columns=columns)
        await copy("profile", records=[(r, 4) for r, _ in places], columns=["registration", "max_meetings"])
        held = [(r, d.day, home, NOW, NOW) for r, _ in places for d in edition.days]
        await copy("registration_day", records=held, columns=["registration", "day", "campus", "asked_at", "held_at"])
        await copy("wish", records=[(edition.id, p, c, rank, NOW) for p, c, rank in pairs], columns=["edition", "candidate", "company", "rank", "made_at"])
        by = await conn.fetchval("SELECT person FROM role WHERE name = 'forum_organiser'")
        starred = [(c, p, "star", by, NOW) for p, c, _ in pairs if dice.random() < 0.25]
        await copy("star", records=starred, columns=["company", "candidate", "verdict", "given_by", "given_at"])


async def close_one(edition: Edition, noon: datetime) -> dict[str, object]:
    """Publish a first plan, close campus 1 at *noon*, and time the way to the published repair."""
    by: UUID = await db.value("SELECT person FROM role WHERE name = 'forum_organiser'")
    first = await runs.ask(edition, by=by, now=NOW, time_limit=FIRST_SECONDS)
    with step("first plan"):
        await running.execute(await _plan(first), edition, now=NOW)
    with step("first publication"):
        await publishing.publish(edition, first, by=by, now=NOW, expected_version=0)
    begun, cpu = time.monotonic(), _cpu()
    with step("close and re-seat"):
        closed = await closing.close(edition, "1", begins=noon, by=by, now=noon)
    plan = await _plan(closed.run)
    with step("repair"):
        await running.execute(plan, edition, now=noon)
    with step("publish"):
        done = await repairing.publish_repair(plan, edition, now=noon)
    assert done is not None
    broken = await faults(edition.id) + await late_journeys(edition)
    return {
        "seconds": round(time.monotonic() - begun, 2), "processor": round(_cpu() - cpu, 2), "displaced": closed.displaced, "reseated": closed.reseated,
        "troubled": closed.troubled, "moved": done.moved, "gone": done.gone, "added": done.added, "kept": done.kept, "skipped": done.skipped, "broken rules": broken,
    }  # fmt: skip


async def _plan(number: int) -> UUID:
    found: UUID = await db.value("SELECT id FROM plan WHERE number = $1", number)
    return found


async def main(url: str, people: int, companies: int, campuses: int) -> dict[str, object]:
    await migrate(url, now=NOW)
    async with db.pool(url, size=6):
        print(f"{people} people, {companies} companies, {campuses} campuses", flush=True)
        with step("made"):
            edition = await populate(people, companies, campuses)
        found = await close_one(replace(edition), NOW + timedelta(hours=4))
    return {"people": people, "companies": companies, **found, "steps": dict(spent)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", type=int, default=0, help="only the size with this many people")
    only = parser.parse_args().only
    for size in SIZES:
        if only in (0, size[0]):
            with postgres.temporary() as cluster:
                print(json.dumps(asyncio.run(main(cluster.url, *size))), flush=True)
