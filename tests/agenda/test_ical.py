"""Calendars, read back with the library and held to RFC 5545 by hand."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Component

from forum.agenda.ical import Entry, calendar
from forum.agenda.vtimezone import vtimezone

START = datetime(2028, 11, 16, 9, 0, tzinfo=UTC)


def entry(**given: object) -> Entry:
    facts: dict[str, object] = {"uid": "s1@forum.example.org", "start": START, "end": START + timedelta(hours=1), "title": "Ouverture", "changed": START}
    return Entry(**(facts | given))  # type: ignore[arg-type]


def only_event(data: bytes) -> Component:
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return event


def lines(data: bytes) -> list[bytes]:
    """The content lines, held to §3.1: CRLF after each, at most 75 octets, no control character."""
    assert data.endswith(b"\r\n")
    found = data[:-2].split(b"\r\n")
    for line in found:
        assert b"\n" not in line and b"\r" not in line
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line)
        line.decode()  # a character is never cut in two
    return found


def test_an_entry_says_all_it_knows() -> None:
    data = calendar(
        "Ma journée",
        [entry(sequence=3, location="Préau, Campus 1", geo=(48.86, 2.34), url="https://forum.example.org/x", description="a\nb", categories=("IA", "éco"))],
    )
    event = only_event(data)
    assert {k: event.decoded(k) for k in ("uid", "sequence", "status", "location", "description", "summary")} == {
        "uid": "s1@forum.example.org",
        "sequence": 3,
        "status": "CONFIRMED",
        "location": "Préau, Campus 1",
        "description": "a\nb",
        "summary": "Ouverture",
    }
    assert event["geo"].to_ical() == "48.86;2.34"
    assert b"DTSTART;TZID=Europe/Paris:20281116T100000\r\n" in data
    assert event.decoded("dtstart") == START
    assert b"TRIGGER:-PT15M\r\n" in data


def test_a_cancelled_entry_stays_and_rings_no_more() -> None:
    event = only_event(calendar("x", [entry(cancelled=True)]))
    assert (event["status"], event["transp"], event.walk("VALARM")) == ("CANCELLED", "TRANSPARENT", [])


def test_every_required_property_stands_once() -> None:
    calendar_ = Calendar.from_ical(calendar("x", [entry(), entry(uid="s2@forum.example.org")]))
    assert (str(calendar_["version"]), str(calendar_["prodid"])[:3], str(calendar_["method"])) == ("2.0", "-//", "PUBLISH")
    for event in calendar_.walk("VEVENT"):
        for name in ("uid", "dtstamp", "dtstart", "dtend", "sequence", "status"):
            assert event.get(name) is not None and not isinstance(event[name], list)


def test_every_named_zone_is_defined_once() -> None:
    data = calendar("x", [entry(), entry(uid="b", zone="America/New_York"), entry(uid="c")])
    named = {m.decode() for m in re.findall(rb"^DT(?:START|END);TZID=([^:]+):", data, re.MULTILINE)}
    assert sorted(str(z["tzid"]) for z in Calendar.from_ical(data).walk("VTIMEZONE")) == sorted(named)


@pytest.mark.parametrize("name", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"])
def test_the_zone_tells_the_same_time_as_the_system_at_every_hour(name: str) -> None:
    parts = sorted((p.decoded("dtstart") - p.decoded("tzoffsetfrom"), p.decoded("tzoffsetto")) for p in vtimezone(name, 2027, 2029).subcomponents)
    zone = ZoneInfo(name)
    for hour in range(0, 3 * 365 * 24, 1):
        moment = datetime(2027, 1, 1) + timedelta(hours=hour)
        offset = [to for onset, to in parts if onset <= moment][-1]
        assert offset == moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def test_the_night_the_clocks_go_back() -> None:
    start = datetime(2028, 10, 29, 0, 30, tzinfo=UTC)  # 02:30 for the first time
    event = only_event(calendar("x", [entry(start=start, end=start + timedelta(hours=2))]))
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)  # the wall clock; the zone says the rest
    assert event.decoded("dtend").astimezone(UTC) == start + timedelta(hours=2)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_folds_and_comes_back(title: str, description: str) -> None:
    data = calendar(title, [entry(title=title, description=description)])
    lines(data)
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", title.replace("\r\n", "\n").replace("\r", "\n"))
    assert str(only_event(data)["summary"]) == kept


def test_folding_is_undone_by_the_rule_of_the_standard() -> None:
    data = calendar("x", [entry(title="é" * 200)])
    assert ("SUMMARY:" + "é" * 200).encode() in b"\r\n".join(lines(data)).replace(b"\r\n ", b"")
