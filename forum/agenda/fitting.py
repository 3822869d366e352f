"""Whether one more session fits in a person's day: what they hold, how they travel, and what would fit instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db
from forum.agenda import current, seats, service, ways
from forum.agenda.current import Current
from forum.agenda.model import Item
from forum.agenda.timeline import Stop, StopKind, Verdict, Way, before_committing
from forum.clock import local
from forum.editions import Edition
from forum.i18n import N_, Message

WORDS: Final = {"meeting": N_("a meeting"), "block": N_("a break")}


@dataclass(frozen=True, slots=True)
class _Held:
    slot: datetime
    holder: UUID
    kind: str
    campus: str | None


async def spoken_by(edition: Edition, programme: Current, person: UUID) -> list[Item]:
    """The published sessions the person holds as a speaker."""
    speaker = await service.speaker_of(edition.id, person)
    return programme.speakers.get(speaker.code, []) if speaker is not None else []


async def day_of(edition: Edition, programme: Current, person: UUID) -> list[Stop]:
    """What binds the person: sessions they hold, held seats, and everything else that claims their time (meetings, blocks)."""
    spoken = [stop_of(item, StopKind.SPEAKING) for item in await spoken_by(edition, programme, person)]
    seated = [s.session for s in (await seats.standing(person)).values() if s.state == "held" and s.session in programme.by_id]
    found = spoken + [stop_of(programme.by_id[session]) for session in seated if str(session) not in {stop.ref for stop in spoken}]
    rows = await db.rows(
        _Held,
        """SELECT k.slot, k.holder, k.kind, c.slug AS campus FROM claim k LEFT JOIN meeting_table t ON t.id = k.meeting_table LEFT JOIN campus c ON c.id = t.campus
           WHERE (k.person = $1 OR k.recruiter = $1) AND k.kind <> 'seat' ORDER BY k.slot""",
        person,
    )
    step = timedelta(minutes=edition.slot_minutes)
    return found + [Stop(StopKind.MEETING, str(r.holder), Message(WORDS[r.kind]), r.campus or "", "", r.slot, r.slot + step) for r in rows]


def stop_of(item: Item, kind: StopKind = StopKind.SESSION) -> Stop:
    """A published session as a stop of somebody's day."""
    return Stop(
        kind,
        str(item.session.id),
        item.session.title,
        item.campus.slug,
        item.room.name,
        item.start,
        item.end,
        f"/programme/{item.session.code}",
        item.cancelled,
    )


async def verdict(edition: Edition, person: UUID, item: Item, *, now: datetime) -> Verdict:
    """Whether the session fits in the person's day, said before they commit."""
    programme = await current.programme(edition.id)
    assert programme is not None, "the item comes from it"
    return await judged(edition, programme, person, item, now=now)


async def judged(edition: Edition, programme: Current, person: UUID, item: Item, *, now: datetime) -> Verdict:
    """`verdict` by *programme*: journeys step-free for those who asked for it, and so are the rooms of what would fit instead."""
    step_free = await needs_step_free(edition.id, person)
    minutes = await ways.travel(edition.id, step_free=step_free)

    def way(here: str, there: str) -> Way | None:
        found = minutes.between(here, there) if here and there else 0
        return None if found is None else Way(found, step_free=step_free)

    day = await day_of(edition, programme, person)
    instead = _instead(programme, item, await current.places_left(edition.id), step_free=step_free, now=now)
    return before_committing(day, stop_of(item), instead, way, zone=item.campus.zone)


async def needs_step_free(edition: UUID, person: UUID) -> bool:
    """Whether the person asked for step-free ways when registering."""
    return bool(await db.value("SELECT step_free_need FROM registration WHERE edition = $1 AND person = $2", edition, person))


def _instead(programme: Current, item: Item, left: Mapping[UUID, int], *, step_free: bool, now: datetime) -> Sequence[Stop]:
    """Sessions like this one on the same day, of its track, else of its kind: still to come, not full, in a room the person can reach."""
    s = item.session
    return [
        stop_of(i)
        for i in programme.published.standing
        if i.session.id != s.id
        and (i.session.track == s.track if s.track else i.session.kind == s.kind)
        and day_on_campus(i) == day_on_campus(item)
        and i.start > now
        and left.get(i.session.id, 1) > 0
        and (i.room.step_free or not step_free)
    ]


def day_on_campus(item: Item) -> date:
    """The local day an item starts on."""
    return local(item.start, item.campus.zone).date()
