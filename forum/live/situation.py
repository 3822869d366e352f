"""All the control screen shows at one moment, for the forum or for some of its campuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum.access import ADMIN, CAMPUS, FORUM, Principal
from forum.campuses import travels
from forum.editions import Edition
from forum.live import agenda, alerts, announcements, board, log, looking, remedies
from forum.live.alerts import Alert
from forum.live.announcements import Standing
from forum.live.now import Beside, CampusNow, DeviceNow, MeetingsNext, MeetingsNow, SessionNow

NEAR: Final = 30  # minutes: farther away nobody is sent
ROOMY: Final = 0.85  # a campus people are sent to is less full than this


@dataclass(frozen=True, slots=True)
class Situation:
    """What one screen shows. `taken` names who looks after an alert; `put_off` counts alerts kept quiet."""

    at: datetime
    every: tuple[CampusNow, ...]  # of the edition, also outside the scope: for the map
    campuses: tuple[CampusNow, ...]
    meetings: MeetingsNow
    meetings_next: MeetingsNext
    running: tuple[SessionNow, ...]
    next: tuple[SessionNow, ...]
    next_at: datetime | None
    devices: tuple[DeviceNow, ...]
    alerts: tuple[Alert, ...]
    put_off: int
    taken: Mapping[str, str]
    announced: tuple[Standing, ...]
    done: tuple[log.Done, ...]

    @property
    def grave(self) -> int:
        return sum(a.level == alerts.BAD for a in self.alerts)

    @property
    def silent_devices(self) -> int:
        return sum(d.silent(self.at) for d in self.devices)


def scope_of(asker: Principal) -> frozenset[str] | None:
    """Slugs of the campuses this person controls; None: all of them."""
    if asker.has(FORUM, ADMIN):
        return None
    return frozenset(g.campus for g in asker.grants if g.name == CAMPUS and g.campus)


async def read(edition: Edition, scope: frozenset[str] | None, *, now: datetime) -> Situation:
    """Read every panel; *scope* names campuses by slug, None is all of them."""
    every = await board.campuses_now(edition.id, now=now)
    campuses = [c for c in every if scope is None or c.slug in scope]
    ids = [c.id for c in campuses]
    next_at = await agenda.next_start(edition.id, ids, now)
    both = await agenda.sessions(edition.id, ids, now, max(now + alerts.CROWD_SOON, (next_at or now) + timedelta(seconds=1)))
    facts = await _facts(edition, every, campuses, both, now)
    quiet = await looking.quiet(edition.id, now=now)
    found = [a for a in (_for_scope(a, scope) for a in alerts.alerts(facts)) if a.acts]
    shown = tuple(a for a in found if a.key not in quiet or a.key.startswith("evacuation:"))
    return Situation(
        at=now, every=tuple(every), campuses=tuple(campuses), meetings=facts.meetings, meetings_next=await board.meetings_next(edition.id, ids, now=now), devices=facts.devices, next_at=next_at,
        running=tuple(sorted((s for s in both if s.start_at <= now), key=lambda s: -s.wanted / max(1, s.places))),
        next=tuple(s for s in both if next_at is not None and s.start_at == next_at),
        alerts=shown, put_off=len(found) - len(shown), taken=await looking.taken(edition.id, now=now),
        announced=tuple(a for a in await announcements.standing(edition.id, now=now) if scope is None or a.campus in ids or a.audience == "everyone"),
        done=tuple(log.gathered(await log.done(now=now, campuses=None if scope is None else ids, limit=log.LOOKED_AT))[: log.SHOWN]),
    )  # fmt: skip


def _for_scope(alert: Alert, scope: frozenset[str] | None) -> Alert:
    """Without what only organisers of the whole forum can do; an alert left without action is not theirs."""
    return alert if scope is None else replace(alert, acts=tuple(act for act in alert.acts if not act.whole))


async def _facts(edition: Edition, every: Sequence[CampusNow], campuses: Sequence[CampusNow], sessions: Sequence[SessionNow], now: datetime) -> alerts.Facts:
    ids = [c.id for c in campuses]
    full = [c for c in campuses if c.state == "full"]
    crowded = [s for s in sessions if s.wanted > s.places]
    meetings = await board.meetings_now(edition.id, ids, now=now)
    return alerts.Facts(
        now=now, campuses=tuple(campuses), meetings=meetings, sessions=tuple(sessions), fillable=await remedies.remedies().fillable(edition, now) if meetings.free else 0,
        devices=tuple(await board.devices_now(edition.id, ids)), late=tuple(await board.late_companies(edition.id, ids, now=now)),
        gates=tuple(await board.one_way_gates([c.id for c in full])) if full else (), beside=await _beside(edition.id, every, full),
        bigger={r.session: r for r in await agenda.bigger_rooms(edition.id, crowded)} if crowded else {},
    )  # fmt: skip


async def _beside(edition: UUID, every: Sequence[CampusNow], full: Sequence[CampusNow]) -> dict[str, Beside]:
    """For each full campus the nearest one with room."""
    if not full:
        return {}
    ways = await travels.matrix_of(edition)
    roomy = [c for c in every if c.state in {"calm", "watch"} and c.share < ROOMY and c.free > 0]
    found = {}
    for campus in full:
        near = sorted((ways.between(campus.slug, c.slug), -c.free, c.number, c) for c in roomy if c.id != campus.id)
        if near and near[0][0] <= NEAR:
            minutes, _, _, other = near[0]
            found[campus.slug] = Beside(other.number, other.slug, minutes, other.free)
    return found
