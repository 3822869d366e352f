"""Sessions and meetings as iCalendar (RFC 5545): what a phone subscribes to and keeps up to date.

UID never changes, SEQUENCE rises with every published change, a cancelled item stays with STATUS:CANCELLED.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from forum.clock import zone as zone_of

if TYPE_CHECKING:  # icalendar is loaded by the functions that write: a tenth of a start of `forum serve`
    from icalendar import Alarm, Event

PRODUCT: Final = "-//Forum IA & Territoires//Forum//FR"
REFRESH: Final = timedelta(minutes=15)
NOT_TEXT: Final = {**{c: None for c in range(32) if c not in (9, 10)}, 127: None, **dict.fromkeys(range(55296, 57344))}


@dataclass(frozen=True, slots=True)
class Entry:
    """One calendar item. `uid` is stable for ever; `sequence` ≥ 0; `geo` in degrees; `alarm` minutes before, 0 for none."""

    uid: str
    start: datetime
    end: datetime
    title: str
    changed: datetime
    sequence: int = 0
    cancelled: bool = False
    location: str = ""
    geo: tuple[float, float] | None = None
    description: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    zone: str = "Europe/Paris"
    alarm: int = 15


def calendar(name: str, entries: Iterable[Entry], *, url: str = "") -> bytes:
    """A VCALENDAR of *entries* in time order, with the VTIMEZONE of every zone they name."""
    from icalendar import Calendar, vText, vUri
    from icalendar.prop import vDuration

    from forum.agenda.vtimezone import vtimezone

    found = sorted(entries, key=lambda e: (e.start, e.uid))
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    title = " ".join(_text(name).split())
    made.add("name", vText(title))  # RFC 7986 §5.1
    made.add("x-wr-calname", vText(title))  # what Google and Apple read
    made.add("refresh-interval", vDuration(REFRESH), parameters={"value": "DURATION"})  # RFC 7986 §5.7
    made.add("x-published-ttl", "PT15M")
    if url:
        made.add("url", vUri(url))
    for name_of_zone, first, last in _zones(found):
        made.add_component(vtimezone(name_of_zone, first, last))
    for entry in found:
        made.add_component(_event(entry))
    data: bytes = made.to_ical()
    return data


def _zones(entries: Sequence[Entry]) -> list[tuple[str, int, int]]:
    """Each zone with the first and last year its definition has to cover."""
    years: dict[str, tuple[int, int]] = {}
    for e in entries:
        first, last = years.get(e.zone, (e.start.year, e.end.year))
        years[e.zone] = min(first, e.start.year), max(last, e.end.year)
    return [(name, first, last) for name, (first, last) in sorted(years.items())]


def _event(entry: Entry) -> "Event":
    from icalendar import Event, vGeo, vUri

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed.astimezone(UTC))
    event.add("last-modified", entry.changed.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    event.add("dtstart", entry.start.astimezone(zone_of(entry.zone)))
    event.add("dtend", entry.end.astimezone(zone_of(entry.zone)))
    event.add("summary", _text(entry.title))
    for name, text in (("location", entry.location), ("description", entry.description)):
        if text:
            event.add(name, _text(text))
    if entry.geo is not None:
        event.add("geo", vGeo(entry.geo))
    if entry.url:
        event.add("url", vUri(entry.url))
    if entry.categories:
        event.add("categories", [_text(c) for c in entry.categories])
    if entry.alarm and not entry.cancelled:
        event.add_component(_alarm(entry))
    return event


def _alarm(entry: Entry) -> "Alarm":
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _text(entry.title))
    alarm.add("trigger", timedelta(minutes=-entry.alarm))
    return alarm


def _text(text: str) -> str:
    """*text* without the control characters RFC 5545 §3.1 forbids."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(NOT_TEXT)
