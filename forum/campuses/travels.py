"""Travel times in force: one matrix per edition and variant, kept while nothing it depends on changes; and what changes it.

Everybody who needs minutes between campuses calls `matrix_of` (agenda, matchmaking, a person's day) or `journey_of`.
"""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

from forum import db, journal
from forum.campuses import graph, queries, storage
from forum.campuses.forms import OverrideForm, PatchForm
from forum.campuses.graph import Graph, World
from forum.campuses.gtfs import Reading, Window, read_feed
from forum.campuses.travel import Change, Journey, Leg, Matrix, Site, changes
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live.outbox import emit

KEPT = 8  # worlds a process remembers


@dataclass(slots=True)
class _Kept:
    world: World
    matrices: dict[bool, Matrix]
    graphs: dict[bool, Graph]


_worlds: OrderedDict[tuple[UUID, str], _Kept] = OrderedDict()
_lock = Lock()


def forget() -> None:
    """Drop what is remembered: between tests."""
    _worlds.clear()


async def _kept(edition: UUID) -> _Kept:
    fingerprint = (edition, await queries.travel_fingerprint(edition))
    found = _worlds.get(fingerprint)
    if found is None:
        found = _Kept(await world(edition), {}, {})
        _worlds[fingerprint] = found
        while len(_worlds) > KEPT:
            _worlds.popitem(last=False)
    return found


async def world(edition: UUID) -> World:
    """What travel times are made from, as it stands now; entries set by hand are not part of it."""
    places = await queries.campuses(edition)
    info = await queries.feed(edition)
    network = storage.unpack(await queries.feed_bytes(info.id)) if info else None
    standing = await queries.patches(edition)
    return World(tuple(Site(c.slug, c.lat, c.lon) for c in places), network, tuple(s.patch for s in standing))


async def matrix_of(edition: UUID, *, step_free: bool = False) -> Matrix:
    """Minutes between all campuses of *edition*, by slug: made from coordinates, timetable and live changes, with the entries set by hand.

    An entry set by hand for plain journeys is a lower limit for step-free ones, unless it was said to hold for them too.
    """
    kept = await _kept(edition)
    if step_free not in kept.matrices:
        made = await asyncio.to_thread(_make, kept, step_free)
        kept.matrices[step_free] = made.with_entries(_by_hand(made, await queries.overrides(edition), step_free))
    return kept.matrices[step_free]


def _make(kept: _Kept, step_free: bool) -> Matrix:
    with _lock:
        return graph.matrix(kept.world, step_free=step_free)


def _by_hand(made: Matrix, entries: list[queries.Override], step_free: bool) -> dict[tuple[str, str], int]:
    known = [e for e in entries if e.origin in made and e.destination in made]
    if not step_free:
        return {(e.origin, e.destination): e.minutes for e in known}
    return {(e.origin, e.destination): e.minutes if e.step_free else max(e.minutes, made.between(e.origin, e.destination)) for e in known}


async def journey_of(edition: UUID, origin: str, destination: str, *, step_free: bool = False) -> Journey:
    """How to get from *origin* to *destination* and how long it takes by the matrix. Raises NotFound for an unknown campus."""
    kept = await _kept(edition)
    if step_free not in kept.graphs:
        kept.graphs[step_free] = await asyncio.to_thread(graph.travel_graph, kept.world, step_free=step_free)
    try:
        found = graph.journey(kept.world, origin, destination, step_free=step_free, graph=kept.graphs[step_free])
    except KeyError as error:
        raise NotFound(N_("There is no such campus.")) from error
    minutes = (await matrix_of(edition, step_free=step_free)).between(origin, destination)
    if minutes == found.minutes:
        return found
    return Journey(origin, destination, minutes, (Leg("override", minutes * 60),), "override")


async def lines_of(edition: UUID) -> list[str]:
    """Names of the lines the timetable knows, without doubles."""
    network = (await _kept(edition)).world.network
    return sorted({line.name for line in network.lines}) if network else []


# --- changes ------------------------------------------------------------------------------------------------


async def _changing(edition: UUID, before: Matrix, what: str, ref: UUID, by: UUID | None, now: datetime) -> tuple[Change, ...]:
    """After a write in the open transaction: what it changed, said to everybody once it is committed."""
    after = await matrix_of(edition)
    found = changes(before, after)
    await emit("edition", "travel.changed", ref)
    await journal.note(what, actor=by, now=now, subject=ref, facts={"entries": len(found)})
    return found


async def set_entry(edition: UUID, origin: str, destination: str, form: OverrideForm, *, by: UUID, now: datetime) -> tuple[Change, ...]:
    """Set one entry by hand with its reason; the way back too when asked. An earlier entry is kept as history."""
    async with db.transaction():
        await db.lock(f"travel/{edition}")
        before = await matrix_of(edition)
        a, b = await queries.campus(edition, origin), await queries.campus(edition, destination)
        if a.id == b.id:
            raise Invalid(N_("No campus is away from itself."), field="minutes")
        ref = a.id
        for start, end in [(a, b), (b, a)] if form.both_ways else [(a, b)]:
            await _end_entry(start.id, end.id, by, now)
            ref = await db.value(
                """INSERT INTO travel_override (origin, destination, minutes, step_free, reason, made_by, made_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id""",
                start.id, end.id, form.minutes, form.step_free, form.reason, by, now,
            )  # fmt: skip
        return await _changing(edition, before, "travel.set", ref, by, now)


async def _end_entry(origin: UUID, destination: UUID, by: UUID, now: datetime) -> int:
    standing = "WHERE origin = $1 AND destination = $2 AND removed_at IS NULL"
    return await db.execute(f"UPDATE travel_override SET removed_at = $3, removed_by = $4 {standing}", origin, destination, now, by)


async def undo_entry(edition: UUID, origin: str, destination: str, *, by: UUID, now: datetime) -> tuple[Change, ...]:
    """Take an entry set by hand back: the computed minutes hold again. Raises NotFound when there is none."""
    async with db.transaction():
        await db.lock(f"travel/{edition}")
        before = await matrix_of(edition)
        a, b = await queries.campus(edition, origin), await queries.campus(edition, destination)
        if not await _end_entry(a.id, b.id, by, now):
            raise NotFound(N_("These minutes were not set by hand."))
        return await _changing(edition, before, "travel.unset", a.id, by, now)


async def start_patch(edition: UUID, form: PatchForm, *, by: UUID | None, now: datetime) -> tuple[Change, ...]:
    """Put a live change in force (a strike, a closed line, a closed street) and say which entries it changes."""
    async with db.transaction():
        await db.lock(f"travel/{edition}")
        before = await matrix_of(edition)
        around = await queries.campus(edition, form.around) if form.around else None
        await _refuse_unknown_line(edition, form.line)
        ref = await db.value(
            """INSERT INTO travel_patch (edition, line, latitude, longitude, radius_m, percent, walking, reason, made_by, made_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id""",
            edition, form.line, around and around.lat, around and around.lon, form.radius_m if around else None,
            None if form.effect == "closed" else form.percent, form.walking, form.reason, by, now,
        )  # fmt: skip
        return await _changing(edition, before, "travel.patched", ref, by, now)


async def _refuse_unknown_line(edition: UUID, line: str) -> None:
    if line:
        network = (await _kept(edition)).world.network
        if network is None:
            raise Invalid(N_("Lines are known once a timetable is imported; leave this empty to mean all of them."), field="line")
        if not any(line in (known.name, known.key) for known in network.lines):
            raise Invalid(Message(N_("The timetable has no line {line}."), line=line), field="line")


async def end_patch(edition: UUID, patch: UUID, *, by: UUID | None, now: datetime) -> tuple[Change, ...]:
    """End a live change. Raises Conflict when it has ended already, NotFound when there is none."""
    async with db.transaction():
        await db.lock(f"travel/{edition}")
        before = await matrix_of(edition)
        standing = "WHERE id = $1 AND edition = $2 AND ended_at IS NULL"
        if not await db.execute(f"UPDATE travel_patch SET ended_at = $3, ended_by = $4 {standing}", patch, edition, now, by):
            if await db.value("SELECT 1 FROM travel_patch WHERE id = $1 AND edition = $2", patch, edition):
                raise Conflict(N_("This change has ended already."))
            raise NotFound(N_("There is no such change."))
        return await _changing(edition, before, "travel.patch_ended", patch, by, now)


async def store_feed(edition: UUID, name: str, digest: bytes, reading: Reading, *, by: UUID | None, now: datetime) -> tuple[Change, ...]:
    """Put a timetable in force in place of the one before it."""
    packed = await asyncio.to_thread(storage.pack, reading.network)
    async with db.transaction():
        await db.lock(f"travel/{edition}")
        before = await matrix_of(edition)
        await db.execute("UPDATE travel_feed SET removed_at = $2 WHERE edition = $1 AND removed_at IS NULL", edition, now)
        ref = await db.value(
            """INSERT INTO travel_feed (edition, name, digest, day, trips, stops, network, imported_by, imported_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id""",
            edition, name, digest, reading.day, reading.trips, len(reading.network.stops), packed, by, now,
        )  # fmt: skip
        return await _changing(edition, before, "travel.feed", ref, by, now)


def read_and_digest(path: Path, window: Window, sites: tuple[Site, ...], say: object = None) -> tuple[Reading, bytes]:
    """The network of a feed and the SHA-256 of its file."""
    on_step = say if callable(say) else (lambda _: None)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return read_feed(path, window, sites, on_step=on_step), digest
