"""A schedule.xml into the draft: sessions are known again by guid, rooms and speakers by name; dry run or all at once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from forum import db
from forum.agenda import schedule_xml
from forum.agenda.model import TITLE_MAX
from forum.agenda.schedule import DayRoom, Event, Schedule
from forum.editions import Edition
from forum.errors import Invalid, NotFound
from forum.i18n import N_, Message

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    new: int
    changed: int
    rooms: tuple[str, ...]
    speakers: int


@dataclass(slots=True)
class _State:
    """Keys of what exists already, filled as things are made."""

    rooms: dict[str, UUID]
    sessions: dict[str, UUID]
    speakers: dict[tuple[int | None, str], UUID]
    made_rooms: list[str] = field(default_factory=list)
    made_speakers: int = 0
    next_speaker: int = 1


class _DryRun(Exception):
    pass


def new_code() -> str:
    """Six characters one can read out; a clash is refused by the database (1 in 10⁹ per session)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(6))


async def run(edition: Edition, data: bytes, *, campus: str, capacity: int, actor: UUID | None, now: datetime, dry_run: bool = False) -> Imported:
    """Put the programme in *data* into the draft. Rooms it names that the edition lacks are made on *campus* with *capacity* seats.

    Raises Invalid with the element at fault, NotFound for the campus; nothing is changed then.
    """
    document = schedule_xml.read(data)
    faults(document)
    try:
        async with db.transaction():
            await db.lock(f"agenda:{edition.id}")
            found = await _store(edition, document, campus=campus, capacity=capacity)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return found


def faults(document: Schedule) -> None:
    """Raises Invalid for what the format allows and an agenda does not: two events of one id, titles without end."""
    seen: dict[str, int] = {}
    ids: set[int] = set()
    for event in document.events():
        if not event.title.strip() or len(event.title) > TITLE_MAX:
            raise Invalid(
                Message(N_("Event {id}: a title has 1 to {most} characters, this one has {length}."), id=event.id, most=TITLE_MAX, length=len(event.title))
            )
        if not event.guid or event.guid in seen or event.id in ids:
            raise Invalid(Message(N_("Event {id}: its id or guid is missing or stands twice."), id=event.id))
        if event.minutes > 24 * 60:
            raise Invalid(Message(N_("Event {id} lasts longer than a day."), id=event.id))
        seen[event.guid] = event.id
        ids.add(event.id)


async def _store(edition: Edition, document: Schedule, *, campus: str, capacity: int) -> Imported:
    state = await _known(edition.id)
    new = changed = 0
    place = await db.value("SELECT id FROM campus WHERE edition = $1 AND slug = $2 AND removed_at IS NULL", edition.id, campus)
    if place is None:
        raise NotFound(Message(N_("There is no campus {slug}."), slug=campus))
    for room in _rooms(document):
        if room.name not in state.rooms:
            state.rooms[room.name] = await _room(place, room.name, capacity, len(state.rooms))
            state.made_rooms.append(room.name)
    for day in document.days:
        for room in day.rooms:
            for event in room.events:
                known = event.guid in state.sessions
                new, changed = new + (not known), changed + known
                await _event(edition.id, event, room.name, state)
    await db.execute(
        """INSERT INTO agenda (edition, version, head) VALUES ($1, 1, $2)
           ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1, head = $2""",
        edition.id, msgspec.json.encode(head_of(document)).decode(),
    )  # fmt: skip
    return Imported(new, changed, tuple(state.made_rooms), state.made_speakers)


def _rooms(document: Schedule) -> list[DayRoom]:
    return list({room.name: room for day in document.days for room in day.rooms}.values())


def head_of(document: Schedule) -> dict[str, Any]:
    """What the file says about itself, its days and the order of its rooms: all that is not in a session."""
    return {
        "version": document.version,
        "generator": document.generator,
        "conference": document.conference,
        "days": [
            {"index": d.index, "date": d.date, "start": d.start, "end": d.end, "rooms": [{"name": r.name, "extra": r.extra} for r in d.rooms]}
            for d in document.days
        ],
        "absent": {e.guid: absent for e in document.events() if (absent := _absent(e))},
    }


def _absent(event: Event) -> list[str]:
    """The elements this event does not have at all, where most files have an empty one."""
    return [
        name
        for name in ("subtitle", "track", "type", "language", "abstract", "description", "persons", "links", "attachments", "url", "logo")
        if getattr(event, name) is None
    ]


async def _known(edition: UUID) -> _State:
    async with db.connection() as conn:
        rooms = await conn.fetch(
            "SELECT r.name, r.id FROM room r JOIN campus c ON c.id = r.campus WHERE c.edition = $1 AND r.removed_at IS NULL ORDER BY r.position DESC", edition
        )
        sessions = await conn.fetch("SELECT guid, id FROM session WHERE edition = $1", edition)
        speakers = await conn.fetch("SELECT number, name, id FROM speaker WHERE edition = $1", edition)
    state = _State({r[0]: r[1] for r in rooms}, {r[0]: r[1] for r in sessions}, {(r[0], r[1]): r[2] for r in speakers})
    state.next_speaker = max((r[0] for r in speakers), default=0) + 1
    return state


async def _room(campus: UUID, name: str, capacity: int, position: int) -> UUID:
    if not 1 <= len(name) <= 120:
        raise Invalid(Message(N_("A room's name has 1 to 120 characters; this one has {length}."), length=len(name)))
    room: UUID = await db.value("INSERT INTO room (campus, name, capacity, position) VALUES ($1, $2, $3, $4) RETURNING id", campus, name, capacity, position)
    return room


_SESSION = """
INSERT INTO session (id, edition, code, number, guid, title, subtitle, kind, track, language, abstract, description, minutes, licence, optout, slug, logo, links,
                     attachments, extra)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT (id) DO UPDATE SET number = $4, title = $6, subtitle = $7, kind = $8, track = $9, language = $10, abstract = $11, description = $12, minutes = $13,
    licence = $14, optout = $15, slug = $16, logo = $17, links = $18, attachments = $19, extra = $20, withdrawn_at = NULL, version = session.version + 1
"""


async def _event(edition: UUID, event: Event, room: str, state: _State) -> None:
    key = state.sessions.get(event.guid) or uuid4()
    state.sessions[event.guid] = key
    recording = event.recording
    await db.execute(
        _SESSION,
        key, edition, new_code(), event.id, event.guid, event.title, event.subtitle or "", event.type or "", event.track or "", event.language or "",
        event.abstract or "", event.description or "", event.minutes, None if recording is None else recording.licence, recording is not None and recording.optout,
        event.slug, event.logo or "", _json(event.links or ()), _json(event.attachments or ()), _json(event.extra),
    )  # fmt: skip
    await db.execute("DELETE FROM session_speaker WHERE session = $1", key)
    for position, person in enumerate(event.persons or ()):
        speaker = await _speaker(edition, person.name, person.id, state)
        await db.execute("INSERT INTO session_speaker VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", key, speaker, position)
    await db.execute(
        """INSERT INTO placement (session, room, start_at, end_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (session) DO UPDATE SET room = $2, start_at = $3, end_at = $4""",
        key, state.rooms[room], event.date, event.date + timedelta(minutes=event.minutes),
    )  # fmt: skip


async def _speaker(edition: UUID, name: str, number: int | None, state: _State) -> UUID:
    if not 1 <= len(name) <= 120:
        raise Invalid(Message(N_("A person's name has 1 to 120 characters; one has {length}."), length=len(name)))
    found = state.speakers.get((number, name)) if number is not None else next((key for (_, known), key in state.speakers.items() if known == name), None)
    if found is None:
        free = number if number is not None and all(known != number for known, _ in state.speakers) else state.next_speaker
        state.next_speaker = max(state.next_speaker, free + 1)
        found = await db.value("INSERT INTO speaker (edition, code, number, name) VALUES ($1, $2, $3, $4) RETURNING id", edition, new_code(), free, name)
        state.speakers[number if number is not None else free, name] = found
        state.made_speakers += 1
    assert isinstance(found, UUID)
    return found


def _json(value: Sequence[object]) -> str:
    return msgspec.json.encode(value).decode()
