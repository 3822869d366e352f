"""What there is not enough of: a charge, a network, somebody at a table, room on a campus; and what brings its end nearer: an organiser who deals with it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from forum import clock, db
from forum.campuses import queries as campuses
from forum.campuses.forms import CampusForm
from forum.rehearsal import world
from forum.rehearsal.script import Fault, battery_left

if TYPE_CHECKING:
    from forum.rehearsal.driver import Driver

LOOKED_AFTER: Final = timedelta(minutes=3)  # until a phone somebody looks after has its network or its charger
WRITTEN_TO: Final = timedelta(minutes=2)  # until a company that was written to is at its tables


async def late(day: "Driver", fault: Fault) -> tuple[str, int]:
    """The recruiters of a company are not at their tables yet."""
    assert fault.until is not None, "whoever is late comes"
    gone = await world.recruiters(day.edition.id, UUID(fault.ref))
    day.state.away |= dict.fromkeys(gone, fault.until)
    return "recruiters late", 0


async def ill(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """A recruiter does not come any more; a colleague gives the queue to whoever is free. What finds no place waits for an organiser."""
    recruiter = UUID(fault.ref)
    company = await db.value("SELECT company FROM role WHERE edition = $1 AND person = $2 AND name = 'recruiter' AND ended_at IS NULL", day.edition.id, recruiter)
    colleague = next((one for one in await world.recruiters(day.edition.id, company) if one != recruiter), recruiter)
    day.state.away[recruiter] = clock.day_bounds(day.day, day.edition.zone)[1]
    await day.hands.post(colleague, "/recruiter/late", now, recruiter=recruiter, day=day.day, how="reseat")
    left = await db.value(
        "SELECT count(*) FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting WHERE m.recruiter = $1 AND m.slot > $2 AND t.resolved_at IS NULL", recruiter, now
    )
    return "recruiter ill, the queue given to colleagues", left


async def crowd(day: "Driver", fault: Fault, now: datetime) -> tuple[str, int]:
    """A floor cannot be used: the campus takes one more than are inside, until it can."""
    inside = await db.value("SELECT coalesce((SELECT i.inside FROM campus_inside i JOIN campus c ON c.id = i.campus WHERE c.edition = $1 AND c.slug = $2), 0)", day.edition.id, fault.campus)
    before = await _capacity(day, fault.campus, inside + 1, now)
    day.state.narrowed.setdefault(fault.campus, before)
    return "a floor cannot be used", 0


async def _capacity(day: "Driver", slug: str, capacity: int, now: datetime) -> int:
    """Save the campus with another capacity, as its page does; what it was."""
    campus = await campuses.campus(day.edition.id, slug)
    fields = {name: getattr(campus, name) for name in CampusForm.__struct_fields__} | {"capacity": capacity}
    ticked = {"step_free": 1} if fields.pop("step_free") else {}  # as a browser sends a box
    await day.organise(f"/organise/campus/{slug}", now, **fields, **ticked)
    return campus.capacity


async def over(day: "Driver", fault: Fault, now: datetime) -> None:
    """What ends by itself: the network is back, the phone hangs on a charger, the late are there, the floor is open."""
    if fault.kind == "crowd":
        if (before := day.state.narrowed.pop(fault.campus, None)) is not None:
            await _capacity(day, fault.campus, before, now)
    elif fault.kind == "late":
        for recruiter in await world.recruiters(day.edition.id, UUID(fault.ref)):
            if day.state.away.get(recruiter) == fault.until:
                del day.state.away[recruiter]
    elif fault.kind == "battery":
        day.state.empty.pop(UUID(fault.ref), None)
    else:
        phone = day.phones[UUID(fault.ref)]
        day.ledger.counts["scans_synced"] += len(phone.unsent)
        await day.hands.sync(phone, now)


async def ends(day: "Driver", now: datetime) -> None:
    """What is over, or was dealt with, by *now*."""
    early = await eased(day, now) if day.state.ends else {}
    for fault in [f for f in day.state.ends if f.until is not None and min(f.until, early.get(f, f.until)) <= now]:
        day.state.ends.remove(fault)
        await over(day, fault, now)
        for row in day.ledger.faults:  # ended sooner when somebody dealt with it
            if (row["kind"], row["campus"], row["until"]) == (fault.kind, fault.campus, day.wall(fault.until)):
                row["until"] = day.wall(now)


async def eased(day: "Driver", now: datetime) -> Mapping[Fault, datetime]:
    """When what goes on will end because an organiser looks after the phone, or wrote to the company."""
    async with db.connection() as conn:
        taken = dict(await conn.fetch("SELECT alert, max(at) FROM alert_taken WHERE edition = $1 AND until > $2 GROUP BY 1", day.edition.id, now))
        written = dict(await conn.fetch("SELECT company::text, max(made_at) FROM announcement WHERE edition = $1 AND company IS NOT NULL GROUP BY 1", day.edition.id))
    found = {}
    for fault in day.state.ends:
        if fault.kind in ("offline", "battery"):
            dealt = [taken[key] for key in (f"device:{day.devices[UUID(fault.ref)]}", f"silent:{fault.campus}") if key in taken]
            if dealt and max(dealt) >= fault.at:
                found[fault] = max(dealt) + LOOKED_AFTER
        elif fault.kind == "late" and fault.ref in written and written[fault.ref] >= fault.at:
            found[fault] = written[fault.ref] + WRITTEN_TO
    return found


def battery(day: "Driver", gate: UUID, now: datetime) -> int:
    """Per cent of the battery of a gate's phone."""
    hours = (now - clock.at_local(day.day, time(8), day.edition.zone)).total_seconds() / 3600
    since = day.state.empty.get(gate)
    return battery_left(gate, hours, None if since is None else (now - since).total_seconds() / 60)
