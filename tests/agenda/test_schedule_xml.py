"""schedule.xml: a real programme loses nothing, a hostile file is an error in words, ours pass C3VOC's rules."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from forum.agenda import schedule_xml
from forum.agenda.schedule import Conference, Day, DayRoom, Event, Link, Person, Recording, Schedule
from forum.errors import Invalid
from tests.agenda.c3voc import complaints

REAL = Path(__file__).parents[3] / "shared" / "agenda" / "31c3-schedule.xml"
LEAF_ORDER_FREE = {"event", "conference"}


def fields(node: Any) -> tuple[Any, ...]:
    """An element as plain data: containers ignore white space and, where the schema does, order."""
    children = [fields(child) for child in node]
    text = "" if children or node.tag in {"persons", "links", "recording"} else node.text or ""
    return node.tag, dict(node.attrib), text, sorted(children, key=repr) if node.tag in LEAF_ORDER_FREE else children


SMALL = """<?xml version='1.0' encoding='utf-8'?>
<schedule><generator name="frab" version="1"/><version>1.5 Été</version>
<conference><acronym>forum</acronym><title>Forum &amp; co</title><start>2028-11-16</start><end>2028-11-17</end><days>1</days>
<timeslot_duration>00:05</timeslot_duration><color primary="#fff"/></conference>
<day date='2028-11-16' start='2028-11-16T09:00:00+01:00' end='2028-11-17T04:00:00+01:00' index='1'>
<room name='Préau' guid='2f6a'>
<event guid='HOqeNIb6G7M4hYFKFRkCmQ' id='6561'><date>2028-11-16T23:30:00+01:00</date><start>23:30</start><duration>01:30</duration>
<room>Préau</room><slug>nuit</slug><recording><license>CC-0</license><optout>true</optout></recording><title>La nuit</title><subtitle/>
<track>Art</track><type>podium</type><language>de</language><abstract>a
b</abstract><description/><persons><person id='7'>Anh</person><person>Bob</person></persons>
<links><link href='https://example.org/?a=1&amp;b=2'>site</link></links><feedback_url>https://example.org/f</feedback_url></event>
</room><room name="Vide"/></day></schedule>""".encode()


@pytest.fixture(params=["small", "real"])
def programme(request: pytest.FixtureRequest) -> bytes:
    if request.param == "small":
        return SMALL
    if not REAL.exists():
        pytest.skip("the 31C3 programme is not beside this checkout")
    return REAL.read_bytes()


def test_a_file_goes_out_equal_in_every_field_it_has(programme: bytes) -> None:
    out = schedule_xml.write(schedule_xml.read(programme))
    assert fields(etree.fromstring(out)) == fields(etree.fromstring(programme))


def test_a_lost_field_would_be_seen() -> None:
    document = schedule_xml.read(SMALL)
    day = document.days[0]
    event = replace(day.rooms[0].events[0], recording=Recording("CC-0", False))
    changed = replace(document, days=(replace(day, rooms=(replace(day.rooms[0], events=(event,)), *day.rooms[1:])),))
    assert fields(etree.fromstring(schedule_xml.write(changed))) != fields(etree.fromstring(SMALL))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;") for n in range(9))
    + b"]><schedule>&a8;</schedule>"
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SMALL[:900], "stops being XML at line"),
        (b"", "stops being XML at line 1"),
        (BOMB, "declares a document type"),
        (b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><schedule>&x;</schedule>', "declares a document type"),
        (b'<!DOCTYPE s SYSTEM "http://127.0.0.1:1/x.dtd"><schedule/>', "declares a document type"),
        (b"<a>" * 100_000, "nests elements"),
        (b'<?xml version="1.0" encoding="ebcdic-xx"?><schedule/>', "encoding"),
        (b"<rss/>", "first element is rss"),
        (b"<schedule/>", "no conference element"),
        (SMALL.replace(b"<duration>01:30", b"<duration>-1:30"), "duration of event 6561 is"),
        (SMALL.replace(b"<duration>01:30", b"<duration>00:00"), "duration of event 6561 is"),
        (SMALL.replace(b"<date>2028-11-16T23:30:00+01:00", b"<date>2028-11-16T23:30:00"), "date of event 6561 is"),
        (SMALL.replace(b"<date>2028-11-16T23:30:00+01:00", b"<date>9999-12-31T23:30:00+01:00"), "date of event 6561 is"),
        (SMALL.replace(b"id='6561'", b"id='six'"), "id of event six is"),
        (SMALL.replace(b"index='1'", b"index=''"), "index of day"),
    ],
)
def test_a_bad_file_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        schedule_xml.read(data)
    assert words in str(refused.value)


def test_cut_anywhere_it_is_refused() -> None:
    for end in range(0, len(SMALL) - 1, 7):
        with pytest.raises(Invalid):
            schedule_xml.read(SMALL[:end])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        schedule_xml.read(data)


XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)
WORDS = XML_TEXT.map(str.strip)
OPTIONAL = st.none() | WORDS
LINKS = st.none() | st.lists(st.builds(Link, href=WORDS, title=WORDS), max_size=2).map(tuple)


@st.composite
def events(draw: st.DrawFn, number: int, room: str) -> Event:
    zone = timezone(timedelta(minutes=draw(st.integers(-12 * 4, 14 * 4)) * 15))
    return Event(
        id=number,
        guid=str(UUID(int=draw(st.integers(0, 2**100)) * 1000 + number)),
        date=draw(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))).replace(second=0, microsecond=0, tzinfo=zone),
        minutes=draw(st.integers(1, 1439)),
        room=room,
        title=draw(WORDS),
        slug=f"s{number}",
        subtitle=draw(WORDS),
        track=draw(WORDS),
        type=draw(WORDS),
        language=draw(OPTIONAL),
        abstract=draw(WORDS),
        description=draw(OPTIONAL),
        recording=draw(st.none() | st.builds(Recording, licence=WORDS, optout=st.booleans())),
        persons=draw(st.none() | st.lists(st.builds(Person, name=WORDS, id=st.none() | st.integers(1, 10**6)), max_size=2).map(tuple)),
        links=draw(LINKS),
        attachments=draw(LINKS),
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    number = 0
    days = []
    for index in range(1, draw(st.integers(1, 3)) + 1):
        rooms = []
        for name in draw(st.lists(WORDS, max_size=2, unique=True)):
            held = []
            for _ in range(draw(st.integers(0, 2))):
                number += 1
                held.append(draw(events(number, name)))
            rooms.append(DayRoom(name, tuple(held)))
        days.append(Day(index, draw(st.dates(date(1990, 1, 1), date(2100, 1, 1))), rooms=tuple(rooms)))
    head = Conference("forum", draw(WORDS), "2028-11-16", "2028-11-18", len(days), "00:05", "https://example.org/", "Europe/Paris")
    return Schedule(draw(WORDS), head, tuple(days), ("Forum", "1"))


@settings(max_examples=60, deadline=None)
@given(schedules())
def test_any_programme_comes_back_the_same_and_is_valid(document: Schedule) -> None:
    data = schedule_xml.write(document)
    assert schedule_xml.read(data) == document
    assert complaints(data) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"HOqeNIb6G7M4hYFKFRkCmQ", b"HOqeNIb6G7M4hYFKFRkCmQ"),  # an old frab guid is no UUID
        (b"<start>23:30</start>", b"<start>7 pm</start>"),
        (b"<abstract>", b"<abstrakt>"),
    ],
)
def test_the_validity_check_can_fail(old: bytes, new: bytes) -> None:
    assert complaints(SMALL.replace(old, new).replace(b"</abstract>", b"</abstrakt>" if b"abstrakt" in new else b"</abstract>")) != []


def test_control_characters_are_left_out() -> None:
    document = schedule_xml.read(SMALL)
    loud = replace(document, version="1\x00\x07.\ud8005\ufffe")
    assert schedule_xml.read(schedule_xml.write(loud)).version == "1.5"
