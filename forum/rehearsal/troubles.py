"""What goes wrong, and what an organiser then does about it on their pages: rooms and campuses close, speakers are missing, phones lose the network."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from forum import db
from forum.agenda import queries
from forum.rehearsal import shortages, world
from forum.rehearsal.script import Fault, faults

if TYPE_CHECKING:
    from forum.rehearsal.driver import Driver

REPAIR_SECONDS: Final = 300.0  # real ones, for the worker to plan and publish after a campus closed


async def happen(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """Let *fault* happen; in a few words what was done about it (for the report), and how many sessions or meetings it touched."""
    match fault.kind:
        case "offline":
            day.phones[UUID(fault.ref)].offline = True
            return "phone without a network", 0
        case "battery":
            day.state.empty[UUID(fault.ref)] = now
            return "phone nearly empty", 0
        case "late":
            return await shortages.late(day, fault)
        case "ill":
            return await shortages.ill(day, fault, now)
        case "crowd":
            return await shortages.crowd(day, fault, now)
        case "room":
            return await _room(day, fault, now)
        case "campus":
            return await _campus(day, fault, now)
        case "speaker":
            return await _speaker(day, fault, now)
    raise ValueError(f"no such fault: {fault.kind}")


async def another(day: "Driver", kind: str, now: datetime, known: Collection[tuple[str, str]] = ()) -> Fault | None:
    """A fault of *kind* now, somewhere that is open and has something to come, not one of *known* (kind, campus); None when there is nothing left."""
    stage = await world.stage(day.edition, day.day, after=now, shut=day.state.shut)
    if kind == "late":  # of the meetings that come next
        stage = replace(stage, meetings=tuple(m for m in stage.meetings if m[0] == stage.meetings[0][0]))
    for seed in range(1001, 1041):
        for fault in faults(stage, day.day, day.edition.zone, seed):
            if fault.kind == kind and (kind, fault.campus) not in known:
                return replace(fault, at=now, until=fault.until if kind == "late" or fault.until is None else now + (fault.until - fault.at))
    return None


async def still(day: "Driver", fault: Fault, now: datetime) -> Fault | None:
    """*fault* if it can still happen; else one like it elsewhere: an organiser may have closed the campus meanwhile."""
    stage = await world.stage(day.edition, day.day, after=now, shut=day.state.shut)
    can = {
        "room": (fault.campus, fault.ref) in stage.rooms,
        "speaker": fault.ref in {code for _, code, _ in stage.sessions},
        "campus": fault.campus in stage.campuses,
        "crowd": fault.campus in stage.campuses,
        "late": (fault.campus, fault.ref) in {(campus, company) for _, campus, company, _ in stage.meetings},
        "ill": fault.ref in {recruiter for *_, recruiter in stage.meetings},
    }
    return fault if can.get(fault.kind, True) else await another(day, fault.kind, now)


async def _announce(day: "Driver", now: datetime, audience: str, campus: str, french: str, english: str, *, urgent: bool = False) -> None:
    fields = {"audience": audience, "text_fr": french, "text_en": english, "minutes": 45} | ({"campus": campus} if campus else {}) | ({"urgent": "1"} if urgent else {})
    await day.organise("/control/announce", now, **fields)
    day.ledger.counts["announcements"] += 1


async def _room(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """A room cannot be used any more: what was to come there moves to the campus's spare room, one by one, each published."""
    room = UUID(fault.ref)
    spare = await world.spare_room(fault.campus, room, day.edition.id)
    ahead = [code for _, code, start, held in await world.sessions(day.edition, day.day) if held == room and start > now]
    if spare is not None:
        for code in ahead:
            await day.organise(f"/control/sessions/{code}/move", now, room=spare)
    names = {row[0]: row[1] for row in await _rooms([room] + ([spare] if spare else []))}
    instead = names[spare] if spare else "–"
    await _announce(
        day, now, "inside", fault.campus,
        f"Salle fermée : {names[room]}. Les sessions prévues ont lieu ici : {instead}.",
        f"Room closed: {names[room]}. Its sessions take place here: {instead}.",
    )  # fmt: skip
    return "room closed, its sessions moved", len(ahead)


async def _rooms(rooms: list[UUID]) -> list[Any]:
    async with db.connection() as conn:
        found: list[Any] = await conn.fetch("SELECT id, name FROM room WHERE id = ANY($1)", rooms)
    return found


async def _campus(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """A campus closes: entries paused, its sessions cancelled in one release, its meetings re-planned elsewhere, everybody there told; they leave."""
    slug = fault.campus
    await day.organise(f"/control/{slug}/entries", now, state="pause")
    ahead = [code for campus, code, start, _ in await world.sessions(day.edition, day.day) if campus == slug and start > now]
    for code in ahead:
        await day.organise(f"/organise/agenda/sessions/{code}/withdrawal", now)
    if ahead:
        await _release(day, now)
    before = await db.value("SELECT count(*) FROM plan_version WHERE edition = $1", day.edition.id)
    await day.organise("/studio/close", now, campus=slug)
    if day.prompt_jobs:
        await _replanned(day, before)
    number = await db.value("SELECT number FROM campus WHERE edition = $1 AND slug = $2", day.edition.id, slug)
    await _announce(
        day, now, "campus", slug,
        f"Le Campus {number} ferme. Sortez sans courir ; vos rencontres sont replacées sur d’autres campus, regardez votre journée.",
        f"Campus {number} is closing. Please leave calmly; your meetings are being moved to other campuses, look at your day.", urgent=True,
    )  # fmt: skip
    day.state.shut |= {slug}
    return "campus closed, its sessions cancelled and its meetings placed again", len(ahead)


async def _replanned(day: "Driver", before: int) -> None:
    """Wait, while the clock stands, until the worker has published the repair: its seconds are real ones, not the fast day's minutes."""
    for _ in range(int(REPAIR_SECONDS / 0.5)):
        if await db.value("SELECT count(*) FROM plan_version WHERE edition = $1", day.edition.id) > before:
            return
        if await db.value("SELECT state IN ('infeasible', 'failed') AND kind = 'repair' FROM plan WHERE edition = $1 ORDER BY number DESC LIMIT 1", day.edition.id):
            day.ledger.errors.append("no repair was published: the run found none, see the studio")
            return
        await asyncio.sleep(0.5)
    day.ledger.errors.append(f"no repair was published within {REPAIR_SECONDS} s")


async def _speaker(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """A speaker is missing: the session is withdrawn and the programme published again; those with a seat are told."""
    await day.organise(f"/organise/agenda/sessions/{fault.ref}/withdrawal", now)
    await _release(day, now)
    french, english = "Une intervenante n’est pas venue : la session est annulée, voyez le programme.", "A speaker did not come: the session is cancelled, see the programme."
    await _announce(day, now, "campus", fault.campus, french, english)
    return "speaker missing, session cancelled", 1


async def _release(day: "Driver", now: datetime) -> None:
    number = await db.value("SELECT coalesce(max(number), 0) + 1 FROM release WHERE edition = $1", day.edition.id)
    await day.organise("/organise/agenda/releases", now, version=await queries.draft_version(day.edition.id), name=f"Programme {number}", despite="1")
