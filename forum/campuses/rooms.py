"""Writes about what stands on a campus: rooms, meeting tables, gates."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from forum import db, journal
from forum.campuses import queries
from forum.campuses.forms import GateForm, RoomForm, TablesForm
from forum.campuses.model import Campus
from forum.campuses.service import MEANWHILE
from forum.campuses.tables import Gate, Room
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live.outbox import emit
from forum.tabular.kinds import plain, words


async def _said(campus: Campus, kind: str, ref: UUID, by: UUID, now: datetime) -> None:
    await emit(f"campus.{campus.slug}", kind, ref)
    await journal.note(kind, actor=by, now=now, subject=ref, campus=campus.id)


async def save_room(edition: UUID, slug: str, form: RoomForm, room: UUID | None = None, *, by: UUID, now: datetime) -> UUID:
    """A new room, or new facts of *room*. Raises Invalid when the building has a room of that name, Conflict when somebody else was first."""
    equipment = _equipment(form.equipment)
    async with db.transaction():
        campus = await queries.campus(edition, slug)
        columns = {
            Room.building: form.building, Room.floor: form.floor, Room.name: form.name, Room.capacity: form.capacity, Room.step_free: form.step_free,
            Room.equipment: equipment,
        }  # fmt: skip
        try:
            if room is None:
                room = uuid4()
                place = await db.value("SELECT coalesce(max(position), 0) + 1 FROM room WHERE campus = $1", campus.id)
                await Room.insert(Room({**columns, Room.id: room, Room.campus: campus.id, Room.position: place, Room.version: 1}))
            else:
                await _change_room(campus, room, form.version, columns)
        except asyncpg.UniqueViolationError as error:
            raise Invalid(N_("This building has, or had, a room of that name."), field="name") from error
        await _said(campus, "room.changed", room, by, now)
    return room


def _equipment(text: str) -> list[str]:
    try:
        return list(words()(text)) if text else []
    except Invalid as error:
        raise Invalid(error.message, field="equipment") from error


async def _change_room(campus: Campus, room: UUID, version: int, columns: dict[Any, Any]) -> None:
    await queries.room(campus.id, room)
    mine = (Room.id == room) & (Room.version == version)
    if not await Room.update({**columns, Room.version: version + 1}).where(mine).returning(Room.id):
        raise Conflict(MEANWHILE)


async def remove_room(edition: UUID, slug: str, room: UUID, *, by: UUID, now: datetime) -> None:
    """Take a room out of use; its tables lose their room and stay. What was planned in it is for the agenda to move."""
    async with db.transaction():
        campus = await queries.campus(edition, slug)
        found = await queries.room(campus.id, room)
        # The name is free again for another room.
        await Room.update({Room.removed_at: now, Room.name: f"{found.name[:80]} ({room})"}).where(Room.id == room)
        await db.execute("UPDATE meeting_table SET room = NULL WHERE room = $1", room)
        await _said(campus, "room.removed", room, by, now)


async def save_tables(edition: UUID, slug: str, form: TablesForm, *, by: UUID, now: datetime) -> int:
    """Meeting tables numbered one after the other; those that are there already take this room and way in. How many there are now."""
    if form.first + form.count - 1 > 9999:
        raise Invalid(N_("Table numbers end at 9999."), field="first")
    async with db.transaction():
        campus = await queries.campus(edition, slug)
        room = await _room_of(campus, form.room)
        saved = await db.execute(
            """INSERT INTO meeting_table (campus, room, number, step_free) SELECT $1, $2, n, $5 FROM generate_series($3::int, $4::int) n
               ON CONFLICT (campus, number) DO UPDATE SET removed_at = NULL, room = $2, step_free = $5""",
            campus.id, room, form.first, form.first + form.count - 1, form.step_free,
        )  # fmt: skip
        await _said(campus, "tables.changed", campus.id, by, now)
    return saved


async def _room_of(campus: Campus, text: str) -> UUID | None:
    if not text:
        return None
    try:
        room = UUID(text)
    except ValueError:
        raise Invalid(N_("There is no such room."), field="room") from None
    return (await queries.room(campus.id, room)).id


async def remove_table(edition: UUID, slug: str, number: int, *, by: UUID, now: datetime) -> None:
    """Take a table away. Raises Conflict while something is held at it, NotFound."""
    async with db.transaction():
        campus = await queries.campus(edition, slug)
        held = "SELECT count(*) FROM claim JOIN meeting_table t ON t.id = claim.meeting_table WHERE t.campus = $1 AND t.number = $2 AND claim.slot > $3"
        busy = await db.value(held, campus.id, number, now)
        if busy:
            raise Conflict(Message(N_("{count} meetings are held at this table; move them first."), count=busy))
        gone = "UPDATE meeting_table SET removed_at = $3 WHERE campus = $1 AND number = $2 AND removed_at IS NULL"
        if not await db.execute(gone, campus.id, number, now):
            raise NotFound(N_("There is no such table."))
        await _said(campus, "tables.changed", campus.id, by, now)


async def save_gate(edition: UUID, slug: str, form: GateForm, *, by: UUID, now: datetime) -> str:
    """A door; its slug comes from its name. One of that name takes these facts, and is back when it was taken off."""
    name = re.sub(r"[^a-z0-9]+", "-", _letters(form.name)).strip("-")[:40].strip("-") or "porte"
    async with db.transaction():
        campus = await queries.campus(edition, slug)
        gate: UUID = await db.value(
            """INSERT INTO gate (campus, slug, name, ways, step_free) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (campus, slug) DO UPDATE SET name = $3, ways = $4, step_free = $5, removed_at = NULL RETURNING id""",
            campus.id, name, form.name, form.ways, form.step_free,
        )  # fmt: skip
        await _said(campus, "gate.changed", gate, by, now)
    return name


def _letters(name: str) -> str:
    return " ".join(plain(word) for word in re.split(r"[\s\-']+", name))


async def remove_gate(edition: UUID, slug: str, gate: str, *, by: UUID, now: datetime) -> None:
    """Close a door for good; its passages stay recorded. Raises Conflict for the last one, NotFound."""
    async with db.transaction():
        await db.lock(f"gates/{slug}")
        campus = await queries.campus(edition, slug)
        gates = await queries.gates(campus.id)
        if gate not in {g.slug for g in gates}:
            raise NotFound(N_("There is no such door."))
        if len(gates) == 1:
            raise Conflict(N_("A campus keeps at least one door."))
        await Gate.update({Gate.removed_at: now}).where((Gate.campus == campus.id) & (Gate.slug == gate))
        await _said(campus, "gate.removed", campus.id, by, now)
