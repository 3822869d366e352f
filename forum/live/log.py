"""The journal in words, newest first: who did what, where; what can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.i18n import N_, Message

# action → what a person did; facts of the journal row fill the placeholders
WORDS: Final[dict[str, str]] = {
    "agenda.availability": N_("changed when a speaker is free"),
    "agenda.copy": N_("copied a session"),
    "agenda.released": N_("published the programme, release {number}"),
    "agenda.session.edit": N_("changed a session"),
    "agenda.session.new": N_("added a session"),
    "agenda.session.withdraw": N_("withdrew a session"),
    "agenda.speaker": N_("changed a speaker"),
    "alert.quieted": N_("put off an alert for {minutes} min"),
    "alert.taken": N_("looks after an alert"),
    "announcement.made": N_("announced"),
    "announcement.ended": N_("took an announcement back"),
    "campus.added": N_("added a campus"),
    "campus.changed": N_("changed a campus"),
    "campus.hours": N_("changed opening hours"),
    "campus.removed": N_("removed a campus"),
    "device.created": N_("prepared a device"),
    "device.enrolled": N_("enrolled a device"),
    "device.revoked": N_("withdrew a device"),
    "edition.added": N_("began an edition"),
    "edition.changed": N_("changed the edition"),
    "entries.paused": N_("paused entries"),
    "entries.resumed": N_("opened entries again"),
    "evacuation.began": N_("ordered the evacuation, {inside} inside"),
    "evacuation.ended": N_("gave the all clear"),
    "gate.changed": N_("changed a gate"),
    "gate.opened": N_("opened a gate for the way out"),
    "gate.removed": N_("removed a gate"),
    "gate.shut": N_("made a gate inwards only again"),
    "import": N_("imported a list"),
    "meetings.business_timed": N_("gave business meetings their times"),
    "meetings.closed": N_("closed a place, meetings to place again: {meetings}"),
    "meetings.people_brought": N_("made people of a what-if real"),
    "person.address_changed": N_("changed somebody's address"),
    "person.erased": N_("erased a person's data"),
    "plan.publish": N_("published meetings: {added} new, {moved} moved, {gone} gone"),
    "plan.rollback": N_("went back to earlier meetings: {added} new, {moved} moved, {gone} gone"),
    "role.approved": N_("approved a role"),
    "role.declined": N_("declined a role"),
    "role.ended": N_("ended a role"),
    "role.granted": N_("gave a role"),
    "room.arrival": N_("noted an arrival in a room"),
    "room.changed": N_("changed a room"),
    "room.removed": N_("removed a room"),
    "room.walk-in": N_("let somebody into a session"),
    "second_factor.removed": N_("removed somebody's second factor"),
    "seats.offered": N_("offered seats again ({count}), people asked: {asked}"),
    "session.moved": N_("moved a session to another room"),
    "tables.changed": N_("changed the tables"),
    "travel.feed": N_("read a timetable"),
    "travel.patch_ended": N_("ended a change of travel times"),
    "travel.patched": N_("changed travel times for today"),
    "travel.set": N_("set a travel time"),
    "travel.unset": N_("took a travel time back"),
    "undone": N_("took back an action"),
}
SHOWN: Final = 8  # lines of the control screen
LOOKED_AT: Final = 60  # rows those lines are made from
TOGETHER: Final = timedelta(minutes=10)  # the same thing done again within this is one line
UNDOABLE: Final = frozenset({"entries.paused", "entries.resumed", "announcement.made", "alert.quieted", "gate.opened", "gate.shut", "session.moved"})


@dataclass(frozen=True, slots=True)
class Done:
    """One row of the journal with the name of who did it, looked up now; `what` names the gate or the session, `text` is what was announced.

    `stands`: what it did is still so, and nobody did the same or its contrary there since. `times`: how often in a row it was done.
    """

    id: int
    at: datetime
    actor: str
    action: str
    campus: int | None
    slug: str
    subject: str
    facts: str
    undone: bool
    text_fr: str
    text_en: str
    what: str
    stands: bool
    times: int = 1

    @property
    def plain(self) -> dict[str, Any]:
        """The row's facts."""
        facts: dict[str, Any] = msgspec.json.decode(self.facts)
        return {k: v if isinstance(v, int | float | str) else str(v) for k, v in facts.items()}

    @property
    def words(self) -> Message:
        """What was done, as a sentence without its subject."""
        known, plain = WORDS.get(self.action), self.plain
        if known is None:
            return Message(N_("did “{action}”"), action=self.action)
        try:
            known.format(**plain)
        except KeyError:  # a row from before the words knew their figure
            return Message(N_("did “{action}”"), action=self.action)
        return Message(known, **plain)

    @property
    def undoable(self) -> bool:
        return self.action in UNDOABLE and self.stands and not self.undone


def gathered(rows: Iterable[Done]) -> list[Done]:
    """One line for the same thing done several times in a row by the same person at the same place; what can be taken back stands alone."""
    found: list[Done] = []
    for row in rows:
        last = found[-1] if found else None
        if last is not None and _same(last, row) and last.at - row.at <= TOGETHER:
            found[-1] = replace(last, times=last.times + 1)
        else:
            found.append(row)
    return found


def _same(a: Done, b: Done) -> bool:
    alike = (a.actor, a.action, a.campus, a.facts, a.what, a.text_fr) == (b.actor, b.action, b.campus, b.facts, b.what, b.text_fr)
    return alike and not (a.undoable or b.undoable or a.undone or b.undone)


_STANDS: Final = """CASE
    WHEN j.action IN ('entries.paused', 'entries.resumed') THEN
        (j.action = 'entries.paused') = EXISTS (SELECT FROM door_suspension u WHERE u.campus = j.campus AND u.ended_at IS NULL)
        AND NOT EXISTS (SELECT FROM evacuation v WHERE v.campus = j.campus AND v.ended_at IS NULL)
        AND NOT EXISTS (SELECT FROM journal l WHERE l.id > j.id AND l.campus = j.campus AND l.action IN ('entries.paused', 'entries.resumed'))
    WHEN j.action IN ('gate.opened', 'gate.shut') THEN
        g.removed_at IS NULL AND g.ways = CASE j.action WHEN 'gate.opened' THEN 'both' ELSE 'entry' END
        AND NOT EXISTS (SELECT FROM journal l WHERE l.id > j.id AND l.campus = j.campus AND l.subject = j.subject AND l.action IN ('gate.opened', 'gate.shut'))
    WHEN j.action = 'announcement.made' THEN
        a.ended_at IS NULL AND a.until > $5 AND NOT EXISTS (SELECT FROM evacuation v WHERE v.announcement = a.id AND v.ended_at IS NULL)
    WHEN j.action = 'alert.quieted' THEN
        EXISTS (SELECT FROM alert_quiet q WHERE q.alert = j.subject AND q.at = j.at AND q.until > $5)
    WHEN j.action = 'session.moved' THEN
        EXISTS (SELECT FROM release_item i JOIN session s ON s.id = i.session WHERE s.code = j.subject AND s.edition = c.edition AND NOT i.cancelled AND i.end_at > $5
                  AND i.room::text <> j.facts->>'from' AND i.release = (SELECT id FROM release WHERE edition = c.edition ORDER BY number DESC LIMIT 1))
        AND NOT EXISTS (SELECT FROM journal l WHERE l.id > j.id AND l.action = 'session.moved' AND l.subject = j.subject AND l.campus = j.campus)
    ELSE false END"""


async def done(*, now: datetime, campuses: list[UUID] | None = None, before: int | None = None, limit: int = 8, one: int | None = None) -> list[Done]:
    """The last things people did, newest first: all of them, or those of *campuses*; *one* row alone; older than row *before*."""
    return await db.rows(
        Done,
        f"""SELECT j.id, j.at, coalesce(p.name, '') AS actor, j.action, c.number AS campus, coalesce(c.slug, '') AS slug, j.subject, j.facts::text AS facts,
                  j.undone_at IS NOT NULL AS undone, coalesce(a.text_fr, '') AS text_fr, coalesce(a.text_en, '') AS text_en,
                  coalesce(g.name, (SELECT s.title FROM session s WHERE j.action = 'session.moved' AND s.code = j.subject AND s.edition = c.edition LIMIT 1), '') AS what,
                  coalesce({_STANDS}, false) AS stands
           FROM journal j LEFT JOIN person p ON p.id = j.actor LEFT JOIN campus c ON c.id = j.campus
           LEFT JOIN announcement a ON j.action = 'announcement.made' AND a.id::text = j.subject
           LEFT JOIN gate g ON j.action IN ('gate.opened', 'gate.shut') AND g.campus = j.campus AND g.slug = j.subject
           WHERE ($1::uuid[] IS NULL OR j.campus = ANY($1)) AND ($2::bigint IS NULL OR j.id < $2) AND ($4::bigint IS NULL OR j.id = $4)
           ORDER BY j.id DESC LIMIT $3""",
        campuses, before, limit, one, now,
    )  # fmt: skip


async def mark_undone(entry: int, *, now: datetime) -> bool:
    """Note that row *entry* was taken back; False when somebody did so before."""
    return await db.execute("UPDATE journal SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL", entry, now) == 1
