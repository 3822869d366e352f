"""A session as schema.org `Event` in JSON-LD: what search engines and the city's portals read."""

import json
from typing import Any

from markupsafe import Markup

from forum.agenda.model import Item
from forum.clock import local


def event(item: Item, organiser: str, url: str) -> dict[str, Any]:
    """The facts of a published session. Times carry their offset; a cancelled one says so."""
    s, campus, room = item.session, item.campus, item.room
    place: dict[str, Any] = {"@type": "Place", "name": f"{campus.name}, {room.name}", "address": campus.address}
    if campus.latitude is not None and campus.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": campus.latitude, "longitude": campus.longitude}
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": s.title,
        "startDate": local(item.start, campus.zone).isoformat(),
        "endDate": local(item.end, campus.zone).isoformat(),
        "eventStatus": "https://schema.org/EventCancelled" if item.cancelled else "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": s.language,
        "isAccessibleForFree": True,
        "location": place,
        "organizer": {"@type": "Organization", "name": organiser},
        "url": url,
    }
    if s.abstract:
        found["description"] = s.abstract
    if s.speakers:
        found["performer"] = [{"@type": "Person", "name": speaker.name} for speaker in s.speakers]
    if room.capacity is not None:
        found["maximumAttendeeCapacity"] = room.capacity
    return found


def script(found: dict[str, Any]) -> Markup:
    """The JSON as a data block; `<` is escaped so that no text can end it."""
    text = json.dumps(found, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup('<script type="application/ld+json">') + Markup(text) + Markup("</script>")  # noqa: S704 (escaped above)
