"""schedule.xml in and out: a hostile file is an error in words, a real one loses nothing.

Reading follows the files systems really write (frab, pretalx, old and new); writing follows C3VOC's schema
(voc/schedule, validator/xsd/schedule.xml.xsd): element order of the head, `HH:MM` times, offsets on every date.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from lxml import etree

from forum.agenda.schedule import Conference, Day, DayRoom, Event, Link, Person, Recording, Schedule, hours
from forum.errors import Invalid
from forum.i18n import N_, Message

T = TypeVar("T")
MOST_BYTES: Final = 50_000_000
DEEPEST: Final = 40  # elements inside each other; the format needs 7
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
EVENT_FIELDS: Final = frozenset(
    {
        "date",
        "start",
        "duration",
        "room",
        "title",
        "slug",
        "subtitle",
        "track",
        "type",
        "language",
        "abstract",
        "description",
        "url",
        "logo",
        "recording",
        "persons",
        "links",
        "attachments",
    }
)
HEAD_FIELDS: Final = frozenset({"acronym", "title", "start", "end", "days", "timeslot_duration", "base_url", "time_zone_name"})


class _ShallowTree(TreeBuilder):
    """A tree that refuses to grow deep: walking a deep one would exhaust the stack."""

    depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Invalid(Message(N_("The file nests elements more than {most} deep; a schedule does not."), most=DEEPEST))
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Any:
        self.depth -= 1
        return super().end(tag)


def read(data: bytes) -> Schedule:
    """The programme in *data*. Raises Invalid with the line, or the event, at fault."""
    root = _parse(data)
    if root.tag != "schedule":
        raise Invalid(Message(N_("This is not a schedule.xml: its first element is {tag}."), tag=root.tag[:60]))
    head = root.find("conference")
    if head is None:
        raise Invalid(Message(N_("The file has no conference element.")))
    made_by = root.find("generator")
    return Schedule(
        version=_text(root, "version") or "",
        conference=_head(head),
        days=tuple(_day(day) for day in root.findall("day")),
        generator=None if made_by is None else (made_by.get("name", ""), made_by.get("version", "")),
    )


def _parse(data: bytes) -> Element:
    if len(data) > MOST_BYTES:
        raise Invalid(Message(N_("The file is larger than {most} MB."), most=MOST_BYTES // 1_000_000))
    parser = DefusedXMLParser(target=_ShallowTree(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise Invalid(Message(N_("The file declares a document type or entities; Forum reads none. Save it without its DOCTYPE."))) from error
    except ParseError as error:
        line, column = error.position
        raise Invalid(Message(N_("The file stops being XML at line {line}, column {column}. It may have been cut off."), line=line, column=column)) from error
    except (ValueError, LookupError) as error:
        raise Invalid(Message(N_("The file's text encoding is not one Forum reads; save it as UTF-8."))) from error
    return root


def _head(head: Element) -> Conference:
    days = _text(head, "days")
    return Conference(
        acronym=_text(head, "acronym") or "",
        title=_text(head, "title") or "",
        start=_text(head, "start"),
        end=_text(head, "end"),
        days=None if days is None else _typed("days", days, "", int),
        timeslot_duration=_text(head, "timeslot_duration"),
        base_url=_text(head, "base_url"),
        time_zone_name=_text(head, "time_zone_name"),
        extra=_unknown(head, HEAD_FIELDS),
    )


def _day(day: Element) -> Day:
    named = f"day {day.get('index', '')}"
    start, end = day.get("start"), day.get("end")
    return Day(
        index=_typed("index", day.get("index", ""), named, int),
        date=_typed("date", day.get("date", "")[:10], named, date.fromisoformat),
        start=None if start is None else _typed("start", start, named, _moment),
        end=None if end is None else _typed("end", end, named, _moment),
        rooms=tuple(
            DayRoom(room.get("name", ""), tuple(_event(event) for event in room.findall("event")), tuple((k, v) for k, v in room.attrib.items() if k != "name"))
            for room in day.findall("room")
        ),
    )


def _event(event: Element) -> Event:
    named = f"event {event.get('id', '')}"
    persons, links, attachments = event.find("persons"), event.find("links"), event.find("attachments")
    recording = event.find("recording")
    return Event(
        id=_typed("id", event.get("id", ""), named, _whole),
        guid=event.get("guid", ""),
        date=_typed("date", _text(event, "date") or "", named, _moment),
        minutes=_typed("duration", _text(event, "duration") or "", named, _duration),
        room=_text(event, "room") or "",
        title=_text(event, "title") or "",
        slug=_text(event, "slug") or "",
        **{name: _text(event, name) for name in ("subtitle", "track", "type", "language", "abstract", "description", "url", "logo")},
        recording=None if recording is None else Recording(_text(recording, "license") or "", _text(recording, "optout") == "true"),
        persons=None if persons is None else tuple(_person(person, named) for person in persons.findall("person")),
        links=_links(links, "link"),
        attachments=_links(attachments, "attachment"),
        extra=_unknown(event, EVENT_FIELDS),
    )


def _person(person: Element, named: str) -> Person:
    number = person.get("id")
    return Person(person.text or "", None if number is None else _typed("person", number, named, _whole))


def _links(parent: Element | None, tag: str) -> tuple[Link, ...] | None:
    return None if parent is None else tuple(Link(link.get("href", ""), link.text or "") for link in parent.findall(tag))


def _text(parent: Element, name: str) -> str | None:
    child = parent.find(name)
    return None if child is None else child.text or ""


def _unknown(parent: Element, known: frozenset[str]) -> tuple[str, ...]:
    found = []
    for child in parent:
        if child.tag not in known:
            child.tail = None
            found.append(tostring(child, encoding="unicode"))
    return tuple(found)


def _typed(field: str, text: str, named: str, convert: Callable[[str], T]) -> T:
    try:
        return convert(text)
    except (ValueError, OverflowError) as error:
        where = Message(N_("{field} of {named} is “{value}”; that cannot be read."), field=field, named=named or "conference", value=text[:60])
        raise Invalid(where, field=field) from error


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1970 <= moment.year <= 2200:
        raise ValueError(text)
    return moment


def _duration(text: str) -> int:
    """`HH:MM`, `HH:MM:SS` (as FOSDEM writes) or `D:HH:MM` is ambiguous: three parts are hours first."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts) or int(parts[1]) > 59:
        raise ValueError(text)
    minutes = int(parts[0]) * 60 + int(parts[1])
    if minutes < 1:
        raise ValueError(text)
    return minutes


def write(schedule: Schedule) -> bytes:
    """*schedule* as UTF-8 XML; characters XML cannot hold are left out."""
    root = etree.Element("schedule")
    if schedule.generator is not None:
        etree.SubElement(root, "generator", name=clean(schedule.generator[0]), version=clean(schedule.generator[1]))
    _add(root, "version", schedule.version)
    _write_head(etree.SubElement(root, "conference"), schedule.conference)
    for day in schedule.days:
        node = etree.SubElement(root, "day", index=str(day.index), date=day.date.isoformat())
        for name, moment in (("start", day.start), ("end", day.end)):
            if moment is not None:
                node.set(name, moment.isoformat())
        for room in day.rooms:
            place = etree.SubElement(node, "room", name=clean(room.name))
            for key, text in room.extra:
                place.set(key, clean(text))
            for event in room.events:
                _write_event(etree.SubElement(place, "event"), event)
    etree.indent(root, " ")
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _write_head(node: etree._Element, head: Conference) -> None:
    for name in ("title", "acronym", "start", "end"):
        _add(node, name, getattr(head, name))
    _add(node, "days", None if head.days is None else str(head.days))
    for name in ("timeslot_duration", "base_url", "time_zone_name"):
        _add(node, name, getattr(head, name))
    _restore(node, head.extra)


def _write_event(node: etree._Element, event: Event) -> None:
    node.set("guid", clean(event.guid))
    node.set("id", str(event.id))
    _add(node, "date", event.date.isoformat())
    _add(node, "start", f"{event.date:%H:%M}")
    _add(node, "duration", hours(event.minutes))
    for name in ("room", "slug", "url"):
        _add(node, name, getattr(event, name))
    if event.recording is not None:
        recording = etree.SubElement(node, "recording")
        _add(recording, "license", event.recording.licence)
        _add(recording, "optout", "true" if event.recording.optout else "false")
    for name in ("title", "subtitle", "track", "type", "language", "abstract", "description", "logo"):
        _add(node, name, getattr(event, name))
    if event.persons is not None:
        persons = etree.SubElement(node, "persons")
        for person in event.persons:
            _add(persons, "person", person.name, **({} if person.id is None else {"id": str(person.id)}))
    for tag, links in (("link", event.links), ("attachment", event.attachments)):
        if links is not None:
            parent = etree.SubElement(node, tag + "s")
            for link in links:
                _add(parent, tag, link.title, href=link.href)
    _restore(node, event.extra)


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    if text is not None:
        node = etree.SubElement(parent, name)
        node.text = clean(text)
        for key, value in attributes.items():
            node.set(key, clean(value))


def _restore(node: etree._Element, extra: tuple[str, ...]) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for text in extra:
        node.append(etree.fromstring(text, parser))


def clean(text: str) -> str:
    """*text* without the characters XML 1.0 (§2.2) has no way to write."""
    return NOT_XML.sub("", text)


def end_of(event: Event) -> datetime:
    """When the event ends, with the offset it starts with."""
    return event.date + timedelta(minutes=event.minutes)
