"""Published sessions as calendar entries: one UID per session for ever."""

from collections.abc import Iterable
from uuid import UUID

from forum.agenda.ical import Entry
from forum.agenda.model import Item


def entry(item: Item, host: str, url: str, *, alarm: int = 0) -> Entry:
    """*item* in a calendar. A session's UID is its id at *host*, so every feed and file names the same thing."""
    s, campus = item.session, item.campus
    people = ", ".join(p.name for p in s.speakers)
    geo = (campus.latitude, campus.longitude) if campus.latitude is not None and campus.longitude is not None else None
    return Entry(
        uid=uid(s.id, host),
        start=item.start,
        end=item.end,
        title=s.title,
        changed=item.changed or item.start,
        sequence=item.sequence,
        cancelled=item.cancelled,
        location=", ".join(part for part in (item.room.name, campus.name, campus.address) if part),
        geo=geo,
        description="\n\n".join(part for part in (people, s.abstract, url) if part),
        url=url,
        categories=(s.track,) if s.track else (),
        zone=campus.zone,
        alarm=alarm,
    )


def uid(session: UUID, host: str) -> str:
    return f"{session}@{host.partition(':')[0]}"


def entries(items: Iterable[Item], host: str, base: str, *, alarm: int = 0) -> list[Entry]:
    """*items* in a calendar; *base* is where session pages begin."""
    return [entry(item, host, f"{base}/{item.session.code}", alarm=alarm) for item in items]
