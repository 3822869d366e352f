"""A timetable sent through the page: kept in pieces, read by the worker with its progress shown, put in force, forgotten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import msgspec

from forum import clock, db, jobs
from forum.campuses import travels
from forum.campuses.gtfs import Window
from forum.errors import Invalid
from forum.i18n import N_, Message, plain, read
from forum.live.outbox import emit

PIECE: Final = 4 << 20  # bytes of one part
MOST: Final = 400 << 20  # bytes of an archive; the feed of Île-de-France has 300 MB at most
STEPS: Final = ("stops.txt", "trips.txt", "stop_times.txt", "transfers.txt")
NEWS_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Upload:
    """One timetable sent; `step` is the file being read, `failure` why it was not put in force."""

    id: UUID
    edition: UUID
    name: str
    size: int
    day: date
    made_by: UUID | None
    made_at: datetime
    job: int | None
    step: str
    finished_at: datetime | None
    trips: int | None
    changed: int | None
    failure: str | None

    @property
    def why(self) -> Message | None:
        """The reason in words, None when there is none."""
        return None if self.failure is None else read(msgspec.json.decode(self.failure))

    @property
    def done(self) -> int:
        """Steps begun, of `len(STEPS)`."""
        return STEPS.index(self.step) + 1 if self.step in STEPS else 0


_UPLOAD = "SELECT id, edition, name, size, day, made_by, made_at, job, step, finished_at, trips, changed, failure::text AS failure FROM travel_upload"


async def uploads(edition: UUID, most: int = 5) -> list[Upload]:
    """The last timetables sent, newest first."""
    return await db.rows(Upload, _UPLOAD + " WHERE edition = $1 ORDER BY made_at DESC LIMIT $2", edition, most)


async def stopped(of: Upload) -> bool:
    """Whether its job ended without saying how."""
    if of.finished_at is not None or of.job is None:
        return False
    job = await jobs.standing(of.job)
    return job is None or job.state not in {"waiting", "running"}


async def receive(edition: UUID, name: str, pieces: AsyncIterator[bytes], day: date, *, by: UUID | None, now: datetime) -> UUID:
    """Keep a file for the worker; all of it or nothing. Raises Invalid for an empty one, and while another is being read."""
    async with db.transaction():
        key: UUID = await db.value(
            "INSERT INTO travel_upload (edition, name, size, day, made_by, made_at) VALUES ($1, $2, 0, $3, $4, $5) RETURNING id",
            edition, name[:200], day, by, now,
        )  # fmt: skip
        size = number = 0
        async for piece in pieces:
            await db.execute("INSERT INTO travel_upload_part VALUES ($1, $2, $3)", key, number, piece)
            size, number = size + len(piece), number + 1
        if not size:
            raise Invalid(N_("This file is empty."), field="file")
        job = await jobs.enqueue("campuses.timetable", {"upload": str(key)}, key=f"campuses.timetable:{edition}")
        if job is None:
            raise Invalid(N_("A timetable is being read already; wait for it."), field="file")
        await db.execute("UPDATE travel_upload SET size = $2, job = $3 WHERE id = $1", key, size, job)
    return key


async def process(key: UUID) -> None:
    """Read one upload and put it in force, or keep why not; its pieces go in either case."""
    found = await db.row(Upload, _UPLOAD + " WHERE id = $1", key)
    assert found is not None, "the job was made with it"
    try:
        trips, changed = await _put_in_force(found)
        await db.execute("UPDATE travel_upload SET finished_at = $2, trips = $3, changed = $4 WHERE id = $1", key, clock.now(), trips, changed)
    except Invalid as error:
        why = msgspec.json.encode(plain(error.message)).decode()
        await db.execute("UPDATE travel_upload SET finished_at = $2, failure = $3 WHERE id = $1", key, clock.now(), why)
    finally:
        await db.execute("DELETE FROM travel_upload_part WHERE upload = $1", key)


async def _put_in_force(of: Upload) -> tuple[int, int]:
    """Trips of the day, and travel times that changed."""
    with TemporaryDirectory(prefix="timetable-") as folder:
        path = Path(folder) / "feed.zip"
        await _gather(of.id, path)
        steps: list[str] = []
        sites = (await travels.world(of.edition)).sites
        work = asyncio.create_task(asyncio.to_thread(travels.read_and_digest, path, Window(of.day), sites, steps.append))
        while not work.done():
            await asyncio.wait([work], timeout=NEWS_SECONDS)
            await _say(of, steps)
        reading, digest = work.result()
    changed = await travels.store_feed(of.edition, of.name, digest, reading, by=of.made_by, now=clock.now())
    return reading.trips, len(changed)


async def _say(of: Upload, steps: list[str]) -> None:
    """How far it is, for those who look at the page."""
    if steps:
        async with db.transaction():
            if await db.execute("UPDATE travel_upload SET step = $2 WHERE id = $1 AND step <> $2", of.id, steps[-1]):
                await emit("edition", "travel.upload", of.id)


async def _gather(upload: UUID, path: Path) -> None:
    """The pieces as one file, one in memory at a time."""
    with path.open("wb") as file:
        number = 0
        while (piece := await db.value("SELECT content FROM travel_upload_part WHERE upload = $1 AND number = $2", upload, number)) is not None:
            file.write(piece)
            number += 1
