"""Meetings in a person's calendar feed: joined here, since the agenda does not know matchmaking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db
from forum.agenda import own
from forum.agenda.ical import Entry
from forum.editions import Edition
from forum.i18n import DEFAULT_LANGUAGE, N_, say
from forum.matchmaking.model import Meeting
from forum.matchmaking.queries import meetings_of


@dataclass(frozen=True, slots=True)
class _Where:
    """What a calendar shows of a meeting besides its words: its place on the map, and when something about it last changed."""

    id: UUID
    changed: datetime
    latitude: float
    longitude: float
    zone: str
    address: str


_WHERE = """SELECT m.id, greatest(m.created_at, (SELECT max(f.at) FROM meeting_fact f WHERE f.meeting = m.id)) AS changed, c.latitude, c.longitude, c.zone,
                   concat_ws(', ', nullif(c.address, ''), nullif(concat_ws(' ', nullif(c.postcode, ''), c.city), '')) AS address
            FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus WHERE m.id = ANY($1)"""


async def meetings(person: UUID, edition: Edition, origin: str) -> Sequence[Entry]:
    """The person's meetings as entries; one that does not take place stays, cancelled. `version` rises with every change of a meeting."""
    lang = await db.value("SELECT language FROM person WHERE id = $1", person) or DEFAULT_LANGUAGE
    mine = await meetings_of(person, edition.id)
    places = {row.id: row for row in await db.rows(_Where, _WHERE, [m.id for m in mine])}
    return [_entry(m, places[m.id], person, origin, lang) for m in mine]


def _entry(meeting: Meeting, where: _Where, person: UUID, origin: str, lang: str) -> Entry:
    other = meeting.company_name if meeting.candidate == person else meeting.candidate_name or f"{meeting.candidate_number}"
    return Entry(
        uid=f"{meeting.id}@{origin.partition('://')[2].partition(':')[0]}",
        start=meeting.start,
        end=meeting.end,
        title=say(lang, N_("Meeting: {name}"), name=other),
        changed=where.changed,
        sequence=meeting.version,
        cancelled=not meeting.live,
        location=", ".join(
            part for part in (say(lang, N_("Table {number}, {campus}"), number=meeting.table, campus=meeting.campus_name), where.address) if part
        ),
        geo=(where.latitude, where.longitude),
        url=f"{origin}/meetings/{meeting.id}" if meeting.candidate == person else f"{origin}/recruiter/meetings/{meeting.id}",
        zone=where.zone,
    )


own.SOURCES.append(meetings)
