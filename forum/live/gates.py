"""Entries of a campus paused and opened again; a gate opened for the way out. Devices hear of it at their next exchange."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, journal
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox

EVACUATION = "evacuation"  # why of a suspension that only the all clear ends


@dataclass(frozen=True, slots=True)
class Site:
    """A campus to act on."""

    id: UUID
    slug: str
    number: int
    name: str
    phone: str
    zone: str


async def site(edition: UUID, slug: str) -> Site:
    """The campus called *slug*. Raises NotFound."""
    found = await db.row(Site, "SELECT id, slug, number, name, phone, zone FROM campus WHERE edition = $1 AND slug = $2 AND removed_at IS NULL", edition, slug)
    if found is None:
        raise NotFound(N_("There is no such campus."))
    return found


async def pause(campus: Site, *, by: UUID | None, now: datetime) -> None:
    """Nobody enters *campus* until it is opened again. Raises Conflict when entries are paused already."""
    async with db.transaction():
        if await suspend(campus, "", by=by, now=now) is None:
            raise Conflict(N_("Entries are paused already."))
        await journal.note("entries.paused", actor=by, now=now, subject=campus.id, campus=campus.id)
        await outbox.emit(f"campus.{campus.slug}", "entries.paused", campus.id)


async def suspend(campus: Site, why: str, *, by: UUID | None, now: datetime) -> UUID | None:
    """Suspend scanning inside the caller's transaction; None when it was suspended before."""
    made: UUID | None = await db.value(
        "INSERT INTO door_suspension (campus, began_at, began_by, why) VALUES ($1, $2, $3, $4) ON CONFLICT (campus) WHERE ended_at IS NULL DO NOTHING RETURNING id",
        campus.id, now, by, why,
    )  # fmt: skip
    return made


async def resume(campus: Site, *, by: UUID | None, now: datetime) -> None:
    """Open entries again. Raises Conflict when they are open, or when an evacuation keeps them shut."""
    async with db.transaction():
        await db.lock(f"evacuation.{campus.id}")
        if await db.value("SELECT 1 FROM evacuation WHERE campus = $1 AND ended_at IS NULL", campus.id):
            raise Conflict(N_("This campus is being evacuated: entries open with the all clear."))
        if not await db.execute("UPDATE door_suspension SET ended_at = $2, ended_by = $3 WHERE campus = $1 AND ended_at IS NULL", campus.id, now, by):
            raise Conflict(N_("Entries are open already."))
        await journal.note("entries.resumed", actor=by, now=now, subject=campus.id, campus=campus.id)
        await outbox.emit(f"campus.{campus.slug}", "entries.resumed", campus.id)


async def open_out(campus: Site, gate: str, *, by: UUID | None, now: datetime) -> None:
    """Open an inwards gate both ways. Raises NotFound when there is none of that name, Conflict when it opens so already."""
    await _turn(campus, gate, "entry", "both", "gate.opened", by, now)


async def shut_out(campus: Site, gate: str, *, by: UUID | None, now: datetime) -> None:
    """Make it inwards only again. Raises NotFound when there is none of that name, Conflict when it opens so already."""
    await _turn(campus, gate, "both", "entry", "gate.shut", by, now)


async def _turn(campus: Site, gate: str, before: str, after: str, action: str, by: UUID | None, now: datetime) -> None:
    async with db.transaction():
        changed = await db.value(
            "UPDATE gate SET ways = $4 WHERE campus = $1 AND slug = $2 AND ways = $3 AND removed_at IS NULL RETURNING id", campus.id, gate, before, after
        )
        if changed is None:
            if await db.value("SELECT 1 FROM gate WHERE campus = $1 AND slug = $2 AND removed_at IS NULL", campus.id, gate):
                raise Conflict(N_("The gate opens so already."))
            raise NotFound(N_("There is no such gate."))
        await journal.note(action, actor=by, now=now, subject=gate, campus=campus.id)
        await outbox.emit(f"campus.{campus.slug}", action, changed)
