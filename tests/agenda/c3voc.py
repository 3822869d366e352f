"""C3VOC's rules for schedule.xml as a RELAX NG grammar of our own, made from the facts of its XSD.

Source of the facts: github.com/voc/schedule, validator/xsd/schedule.xml.xsd (commit 228ac25d): which elements an event must
have, in any order; the patterns of dates, times, durations, uuids and addresses; the four things that are unique.
"""

from collections import Counter
from typing import Any

from lxml import etree

REQUIRED = ("room", "title", "subtitle", "type", "abstract", "slug", "track")
OPTIONAL = ("logo", "language", "description")
UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
DURATION = "[0-9]{1,2}:[0-9]{2}(:[0-9]{1,2})?"
CLOCK = "[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?"
OFFSET = ".+(Z|[+\\-][0-9]{1,2}:[0-9]{2})"
HTTP = "https?://.*"


def _data(kind: str, pattern: str = "") -> str:
    inner = f'<param name="pattern">{pattern}</param>' if pattern else ""
    return f'<data type="{kind}">{inner}</data>'


def _one(name: str, content: str = "<text/>") -> str:
    return f'<element name="{name}">{content}</element>'


def _maybe(content: str) -> str:
    return f"<optional>{content}</optional>"


def _attribute(name: str, content: str = "<text/>") -> str:
    return f'<attribute name="{name}">{content}</attribute>'


def _many(name: str, attribute: str) -> str:
    return f'<zeroOrMore><element name="{name}">{_maybe(attribute)}<text/></element></zeroOrMore>'


EVENT = (
    "<interleave>"
    + "".join(_one(name) for name in REQUIRED)
    + _one("date", _data("dateTime", OFFSET))
    + _one("start", _data("string", CLOCK))
    + _one("duration", _data("string", DURATION))
    + "".join(_maybe(_one(name)) for name in OPTIONAL)
    + "".join(_maybe(_one(name, _data("anyURI", HTTP))) for name in ("url", "video_download_url"))
    + _maybe(_one("recording", f"<interleave>{_one('license')}{_one('optout', _data('boolean'))}</interleave>"))
    + _maybe(_one("persons", _many("person", _attribute("id", _data("positiveInteger")))))
    + _maybe(_one("links", _many("link", _attribute("href"))))
    + _maybe(_one("attachments", _many("attachment", _attribute("href"))))
    + "</interleave>"
    + _attribute("id", _data("positiveInteger"))
    + _attribute("guid", _data("string", UUID))
)
HEAD = (
    "<interleave>"
    + _one("title")
    + _one("acronym")
    + "".join(_maybe(_one(name, _data("date"))) for name in ("start", "end"))
    + _maybe(_one("days", _data("integer")))
    + _maybe(_one("timeslot_duration", _data("string", DURATION)))
    + _maybe(_one("base_url", _data("anyURI", HTTP)))
    + _maybe(_one("time_zone_name"))
    + "</interleave>"
)
DAY = (
    "<zeroOrMore>"
    + _one("room", _maybe(_attribute("name")) + f"<zeroOrMore>{_one('event', EVENT)}</zeroOrMore>")
    + "</zeroOrMore>"
    + _maybe(_attribute("date", _data("date")))
    + "".join(_maybe(_attribute(name, _data("dateTime", OFFSET))) for name in ("start", "end"))
    + _maybe(_attribute("index", _data("positiveInteger")))
)
GRAMMAR = (
    '<element name="schedule" xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">'
    + _maybe(_one("generator", _maybe(_attribute("name")) + _maybe(_attribute("version"))))
    + _one("version")
    + _one("conference", HEAD)
    + f"<oneOrMore>{_one('day', DAY)}</oneOrMore></element>"
)
SCHEMA = etree.RelaxNG(etree.fromstring(GRAMMAR))


def complaints(data: bytes) -> list[str]:
    """What is wrong with *data*, in the words of the validator; [] when nothing is."""
    tree = etree.fromstring(data)
    found = [] if SCHEMA.validate(tree) else [str(error) for error in SCHEMA.error_log] or ["not valid"]
    for what, path in (("guid", "day/room/event/@guid"), ("id", "day/room/event/@id"), ("slug", "day/room/event/slug/text()"), ("index", "day/@index")):
        values: Any = tree.xpath(path)
        repeated = [value for value, times in Counter(map(str, values)).items() if times > 1]
        found += [f"{what} {value} stands more than once" for value in repeated]
    return found
