"""20,000 people from a spreadsheet into an empty edition: reading and comparing, then storing them with places and invitations.

    python -m tests.bench.imports [--people 20000]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from forum import clock, db, editions, postgres
from forum.migrate import migrate
from forum.rehearsal import make_edition
from forum.tabular import commands, drafts
from forum.tabular.mapping import guess
from forum.tabular.reading import read_file
from forum.tabular.registry import owner


async def measure(people: int, file: Path) -> None:
    """Print the seconds of both halves; must reach 10 s together for 20,000 people."""
    await make_edition(now=clock.now(), campuses=100)
    edition = await editions.needed()
    days = ", ".join(day.day.isoformat() for day in edition.days)
    lines = (f"p{n}@example.org;Personne {n};candidature;{days};{n % 100 + 1};python, droit;{'oui' if n % 20 == 0 else 'non'}\n" for n in range(people))
    file.write_text("courriel;nom;motif;jours;campus;compétences;sans marche\n" + "".join(lines), "cp1252")
    commands.load_lists()
    target = owner("people")
    start = time.perf_counter()
    sheet = read_file(file)
    mapping = guess(target.kind, sheet.header)
    found = await drafts.compare(target, edition.id, sheet, mapping)
    read = time.perf_counter()
    await drafts.store(target, edition.id, sheet, mapping, by=None, now=clock.now())
    done = time.perf_counter()
    print(f"{len(found.added)} people, {found.fault_count} faults: read and compared {read - start:.1f} s, compared again and stored {done - read:.1f} s")


async def main(people: int) -> None:
    with postgres.temporary() as cluster, tempfile.TemporaryDirectory() as folder:
        await migrate(cluster.url, now=clock.now())
        async with db.pool(cluster.url, size=4):
            await measure(people, Path(folder) / "people.csv")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    asyncio.run(main(parser.parse_args().people))
