"""The calendar as xCal (RFC 6321): the entries of `ical` in XML, at pretalx's fourth address."""

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree

from forum.agenda.ical import PRODUCT, Entry
from forum.agenda.schedule_xml import clean
from forum.clock import local

NS = "urn:ietf:params:xml:ns:icalendar-2.0"


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """An xCal document of *entries* in time order. Times carry their zone's name; RFC 6321 leaves its definition to the reader's system."""
    root = etree.Element(f"{{{NS}}}icalendar", nsmap={None: NS})  # type: ignore[dict-item]  # lxml-stubs: the default namespace has no prefix
    made = _child(root, "vcalendar")
    properties = _child(made, "properties")
    for key, text in (("prodid", PRODUCT), ("version", "2.0"), ("method", "PUBLISH"), ("x-wr-calname", name)):
        _value(properties, key, "text", text)
    components = _child(made, "components")
    for entry in sorted(entries, key=lambda e: (e.start, e.uid)):
        _event(_child(_child(components, "vevent"), "properties"), entry)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _event(node: etree._Element, entry: Entry) -> None:
    stamp = entry.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _value(node, "uid", "text", entry.uid)
    _value(node, "dtstamp", "date-time", stamp)
    _value(node, "last-modified", "date-time", stamp)
    _value(node, "sequence", "integer", str(entry.sequence))
    _value(node, "status", "text", "CANCELLED" if entry.cancelled else "CONFIRMED")
    for key, moment in (("dtstart", entry.start), ("dtend", entry.end)):
        _moment(node, key, moment, entry.zone)
    for key, kind, text in (
        ("summary", "text", entry.title),
        ("location", "text", entry.location),
        ("description", "text", entry.description),
        ("url", "uri", entry.url),
    ):
        if text:
            _value(node, key, kind, text)
    if entry.geo is not None:
        geo = _child(node, "geo")
        for key, degrees in zip(("latitude", "longitude"), entry.geo, strict=True):
            _child(geo, key).text = str(degrees)


def _moment(node: etree._Element, key: str, moment: datetime, zone: str) -> None:
    made = _child(node, key)
    _value(_child(made, "parameters"), "tzid", "text", zone)
    _child(made, "date-time").text = local(moment, zone).strftime("%Y-%m-%dT%H:%M:%S")


def _value(node: etree._Element, key: str, kind: str, text: str) -> None:
    _child(_child(node, key), kind).text = clean(text)


def _child(node: etree._Element, key: str) -> etree._Element:
    return etree.SubElement(node, f"{{{NS}}}{key}")
