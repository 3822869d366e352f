"""After a change of travel times: whose day no longer works. Each too-short journey is told once, not again until it gets longer still."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db, mail
from forum.agenda import queries, ways
from forum.agenda.model import Travel
from forum.campuses.queries import travel_fingerprint
from forum.editions import Edition
from forum.i18n import N_, say
from forum.live import outbox

NO_WAY = 600  # minutes; what a closed way counts as
_checked: dict[UUID, tuple[str, int]] = {}  # per edition: the travel times and the release last looked at, in this process


@dataclass(frozen=True, slots=True)
class TooShort:
    """Two things that hold a person, one after the other, and a journey between them that takes longer than there is time."""

    person: UUID
    first: UUID
    second: UUID
    titles: tuple[str, str]
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class _Pair:
    person: UUID
    language: str
    step_free: bool
    first: UUID
    second: UUID
    origin: str
    destination: str
    first_title: str | None
    second_title: str | None
    have: int


# Held seats at their published time, and meetings as claimed: candidates and recruiters both travel.
_PAIRS = """
WITH standing AS (
    SELECT t.id AS holder, t.person, i.start_at, i.end_at, c.slug, i.content ->> 'title' AS title
    FROM seat t JOIN release_item i ON i.session = t.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
    WHERE t.ended_at IS NULL AND t.held_at IS NOT NULL AND NOT i.cancelled AND i.end_at > $2
      AND i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1)
    UNION ALL
    SELECT k.holder, who.person, min(k.slot), max(k.slot) + $3::interval, c.slug, NULL
    FROM claim k JOIN meeting_table t ON t.id = k.meeting_table JOIN campus c ON c.id = t.campus AND c.edition = $1
    CROSS JOIN LATERAL (VALUES (k.person), (k.recruiter)) AS who (person)
    WHERE k.kind = 'meeting' AND who.person IS NOT NULL GROUP BY k.holder, who.person, c.slug HAVING max(k.slot) + $3::interval > $2),
ordered AS (
    SELECT person, holder AS first, slug AS origin, title AS first_title, end_at, lead(holder) OVER w AS second, lead(slug) OVER w AS destination,
           lead(title) OVER w AS second_title, lead(start_at) OVER w AS next_at
    FROM standing WINDOW w AS (PARTITION BY person ORDER BY start_at, holder))
SELECT o.person, p.language, coalesce(g.step_free_need, false) AS step_free, first, second, origin, destination, first_title, second_title,
       floor(extract(epoch FROM next_at - end_at) / 60)::int AS have
FROM ordered o JOIN person p ON p.id = o.person LEFT JOIN registration g ON g.person = o.person AND g.edition = $1
WHERE second IS NOT NULL AND origin <> destination ORDER BY o.person, next_at
"""


async def too_short(edition: Edition, *, now: datetime) -> list[TooShort]:
    """Every pair of seats or meetings still to come whose journey does not fit, step-free for those who asked for it; those accepted too short are told too."""
    plain, free = await ways.travel(edition.id), await ways.travel(edition.id, step_free=True)
    pairs = await db.rows(_Pair, _PAIRS, edition.id, now, timedelta(minutes=edition.slot_minutes))
    found = [_short(pair, free if pair.step_free else plain) for pair in pairs]
    return [one for one in found if one is not None]


def _short(pair: _Pair, travel: Travel) -> TooShort | None:
    minutes = travel.between(pair.origin, pair.destination)
    need = NO_WAY if minutes is None else minutes
    if pair.have >= need:
        return None
    titles = [title if title is not None else say(pair.language, N_("your meeting")) for title in (pair.first_title, pair.second_title)]
    return TooShort(pair.person, pair.first, pair.second, (titles[0], titles[1]), max(0, pair.have), need)


async def recheck(edition: Edition, *, now: datetime) -> int:
    """Tell everybody whose journey became too short; how many were told now."""
    told = 0
    for one in await too_short(edition, now=now):
        async with db.transaction():
            if await db.execute(
                "INSERT INTO journey_notice (person, first_holder, second_holder, minutes, told_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                one.person, one.first, one.second, one.need, now,
            ):  # fmt: skip
                await outbox.emit(f"person.{one.person}", "journey.short", one.second)
                facts = {"first": one.titles[0], "second": one.titles[1], "have": one.have, "need": 0 if one.need >= NO_WAY else one.need}
                await mail.post("journey_short", person=one.person, now=now, facts=facts)
                told += 1
    return told


async def recheck_if_changed(edition: Edition, *, now: datetime) -> int:
    """`recheck` when travel times or the programme changed since this process last looked; how many were told now."""
    seen = (await travel_fingerprint(edition.id), await queries.latest_number(edition.id))
    if _checked.get(edition.id) == seen:
        return 0
    told = await recheck(edition, now=now)
    _checked[edition.id] = seen
    return told
