"""Meetings in a person's calendar feed: joined here, since the agenda does not know matchmaking."""

from collections.abc import Sequence
from uuid import UUID

from forum import db
from forum.agenda import own
from forum.agenda.ical import Entry
from forum.editions import Edition
from forum.i18n import DEFAULT_LANGUAGE, N_, say
from forum.matchmaking.model import Meeting
from forum.matchmaking.queries import meetings_of


async def meetings(person: UUID, edition: Edition, origin: str) -> Sequence[Entry]:
    """The person's meetings as entries; one that does not take place stays, cancelled. `version` rises with every change of a meeting."""
    lang = await db.value("SELECT language FROM person WHERE id = $1", person) or DEFAULT_LANGUAGE
    return [_entry(m, person, edition, origin, lang) for m in await meetings_of(person, edition.id)]


def _entry(meeting: Meeting, person: UUID, edition: Edition, origin: str, lang: str) -> Entry:
    other = meeting.company_name if meeting.candidate == person else meeting.candidate_name or f"{meeting.candidate_number}"
    return Entry(
        uid=f"{meeting.id}@{origin.partition('://')[2].partition(':')[0]}",
        start=meeting.start,
        end=meeting.end,
        title=say(lang, N_("Meeting: {name}"), name=other),
        changed=meeting.start,
        sequence=meeting.version,
        cancelled=not meeting.live,
        location=say(lang, N_("Table {number}, {campus}"), number=meeting.table, campus=meeting.campus_name),
        url=f"{origin}/meetings/{meeting.id}",
        zone=edition.zone,
    )


own.SOURCES.append(meetings)
