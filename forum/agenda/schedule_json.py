"""schedule.json: the same document as C3VOC's JSON schema has it (voc/schedule, validator/json/schema.json), with pretalx's codes."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from forum.agenda.model import Item, Room
from forum.agenda.schedule import Day, Event, Schedule, hours

SCHEMA: Final = "https://c3voc.de/schedule/schema.json"
SPACE: Final = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")  # RFC 9562 names of objects: guids of imported files that are none


def write(schedule: Schedule, *, url: str, items: Mapping[str, Item], rooms: Mapping[str, Room]) -> bytes:
    """*schedule* as JSON. *items* by guid and *rooms* by name add what the document does not carry: codes and capacities."""
    head = schedule.conference
    conference: dict[str, Any] = {
        "acronym": head.acronym,
        "title": head.title,
        "start": head.start or _first(schedule),
        "end": head.end or _last(schedule),
        "daysCount": len(schedule.days),
        "timeslot_duration": head.timeslot_duration or "00:05",
        "rooms": [{"name": name, "guid": str(room.id), "description": None, "capacity": room.capacity} for name, room in rooms.items()],
        "days": [_day(day, items) for day in schedule.days],
    }
    if head.time_zone_name:
        conference["time_zone_name"] = head.time_zone_name
    if head.base_url:
        conference["url"] = url
    body: dict[str, Any] = {"$schema": SCHEMA, "schedule": {"version": schedule.version, "conference": conference}}
    if head.base_url:
        body["schedule"]["base_url"] = head.base_url
    if schedule.generator is not None:
        body["generator"] = {"name": schedule.generator[0], "version": schedule.generator[1]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _first(schedule: Schedule) -> str:
    return min((d.date for d in schedule.days), default=date(1970, 1, 1)).isoformat()


def _last(schedule: Schedule) -> str:
    return max((d.date for d in schedule.days), default=date(1970, 1, 1)).isoformat()


def _day(day: Day, items: Mapping[str, Item]) -> dict[str, Any]:
    midnight = f"{day.date.isoformat()}T00:00:00+00:00"
    return {
        "index": day.index,
        "date": day.date.isoformat(),
        "day_start": day.start.isoformat() if day.start is not None else midnight,
        "day_end": day.end.isoformat() if day.end is not None else midnight,
        "rooms": {room.name: [_event(event, items.get(event.guid)) for event in room.events] for room in day.rooms},
    }


def _event(event: Event, item: Item | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "guid": guid(event.guid),
        "id": event.id,
        "date": event.date.isoformat(),
        "start": f"{event.date:%H:%M}",
        "duration": hours(event.minutes),
        "room": event.room,
        "slug": event.slug,
        "url": event.url or "",
        "title": event.title,
        "subtitle": event.subtitle,
        "track": event.track or None,
        "type": event.type or "",
        "language": event.language or "",
        "abstract": event.abstract,
        "description": event.description,
        "persons": [_person(p.name, p.id, item) for p in event.persons or ()],
        "links": [{"title": link.title, "url": link.href, "type": "related"} for link in event.links or ()],
        "attachments": [{"title": link.title, "url": link.href, "type": "related"} for link in event.attachments or ()],
    }
    if event.logo:
        found["logo"] = event.logo
    if event.recording is not None:
        found["recording_license"] = event.recording.licence
    if item is not None:
        found["code"] = item.session.code
    return found


def _person(name: str, number: int | None, item: Item | None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "public_name": name}
    if number is not None:
        found["id"] = number
    code = next((s.code for s in item.session.speakers if s.number == number), "") if item is not None else ""
    if code:
        found["code"] = code
    return found


def guid(text: str) -> str:
    """*text* when it is a UUID, else one made from it, always the same."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid5(SPACE, text))
