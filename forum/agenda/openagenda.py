"""Sessions as OpenAgenda reads them: title, description, timings and place, texts by language."""

from collections.abc import Sequence
from typing import Any, Final

from forum.agenda.model import Item
from forum.clock import local

TITLE: Final = 140  # characters OpenAgenda keeps of a title,
SHORT: Final = 200  # of a description,
LONG: Final = 10_000  # and of a long description (developers.openagenda.com, event schema)


def agenda(items: Sequence[Item], origin: str, edition: str) -> dict[str, Any]:
    """The standing and the cancelled sessions; `status` 1 is scheduled, 6 is cancelled, as OpenAgenda numbers them."""
    return {"total": len(items), "events": [_event(i, origin, edition) for i in items]}


def _event(item: Item, origin: str, edition: str) -> dict[str, Any]:
    s, campus = item.session, item.campus
    lang = s.language if s.language in ("fr", "en") else "fr"
    return {
        "uid": s.number,
        "slug": s.code.lower(),
        "title": {lang: s.title[:TITLE]},
        "description": {lang: (s.abstract or s.subtitle or s.title)[:SHORT]},
        "longDescription": {lang: "\n\n".join(part for part in (s.abstract, s.description) if part)[:LONG]},
        "keywords": {lang: [word for word in (s.track, s.kind) if word]},
        "timings": [{"begin": local(item.start, campus.zone).isoformat(), "end": local(item.end, campus.zone).isoformat()}],
        "timezone": campus.zone,
        "location": {
            "name": f"{campus.name}, {item.room.name}",
            "address": campus.address,
            "countryCode": "FR",
            "latitude": campus.latitude,
            "longitude": campus.longitude,
        },
        "attendanceMode": 1,
        "status": 6 if item.cancelled else 1,
        "accessibility": {"mi": item.room.step_free},
        "registration": [{"type": "link", "value": f"{origin}/{edition}/talk/{s.code}"}],
        "links": [{"link": f"{origin}/{edition}/talk/{s.code}"}],
    }
