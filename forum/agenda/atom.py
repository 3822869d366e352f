"""The changelog as an Atom feed (RFC 4287): one entry per release, its changes in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from forum.agenda.schedule_xml import clean

NS = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Entry:
    """A release: `id` never changes, `lines` are its changes."""

    id: str
    title: str
    url: str
    at: datetime
    lines: Sequence[str]


def feed(title: str, url: str, self_url: str, entries: Sequence[Entry], lang: str) -> bytes:
    """The feed, newest entry first; updated when the newest was."""
    root = etree.Element(f"{{{NS}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang}, nsmap={None: NS})  # type: ignore[dict-item]  # lxml-stubs: the default namespace has no prefix
    _text(root, "id", self_url)
    _text(root, "title", title)
    _text(root, "updated", _moment(max((e.at for e in entries), default=datetime(1970, 1, 1, tzinfo=UTC))))
    etree.SubElement(root, f"{{{NS}}}link", rel="self", href=self_url, type="application/atom+xml")
    etree.SubElement(root, f"{{{NS}}}link", rel="alternate", href=url, type="text/html")
    _text(etree.SubElement(root, f"{{{NS}}}author"), "name", title)
    for entry in sorted(entries, key=lambda e: e.at, reverse=True):
        node = etree.SubElement(root, f"{{{NS}}}entry")
        _text(node, "id", entry.id)
        _text(node, "title", entry.title)
        _text(node, "updated", _moment(entry.at))
        etree.SubElement(node, f"{{{NS}}}link", rel="alternate", href=entry.url, type="text/html")
        _text(node, "content", "\n".join(entry.lines)).set("type", "text")
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{NS}}}{name}")
    node.text = clean(text)
    return node


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
