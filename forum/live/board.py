"""What the control screen shows: people per campus, arrivals, sessions, meetings, devices. Reads only, one query per panel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db

WINDOW = timedelta(minutes=30)  # of the sparkline
BUCKETS = 15
NEARLY_FULL = 0.95
WATCH = 0.85
SILENT = timedelta(minutes=3)  # a device says something every half minute


@dataclass(frozen=True, slots=True)
class CampusNow:
    """One campus at this moment. `arrivals` are entries per two minutes over the last thirty, oldest first."""

    id: UUID
    slug: str
    number: int
    name: str
    capacity: int
    inside: int
    arrivals: tuple[int, ...]
    devices: int
    silent: int
    unsent: int
    suspended: bool
    lat: float
    lon: float

    @property
    def share(self) -> float:
        """Of the legal capacity, 0 to 1 and above."""
        return self.inside / self.capacity if self.capacity else 0.0

    @property
    def per_minute(self) -> float:
        """Arrivals per minute over the last ten."""
        return sum(self.arrivals[-5:]) / 10

    @property
    def state(self) -> str:
        """`suspended`, `full`, `silent`, `watch` or `calm`: what its row and plate say."""
        if self.suspended:
            return "suspended"
        if self.share >= NEARLY_FULL:
            return "full"
        if self.devices and self.silent == self.devices:
            return "silent"
        return "watch" if self.share >= WATCH else "calm"


URGENCY = {"suspended": 0, "full": 1, "silent": 2, "watch": 3, "calm": 4}


async def campuses_now(edition: UUID, *, now: datetime) -> list[CampusNow]:
    """Every campus, those that need somebody first, then by how full they are."""
    found = await db.rows(
        CampusNow,
        """SELECT c.id, c.slug, c.number, c.name, c.capacity, coalesce(i.inside, 0) AS inside, c.latitude AS lat, c.longitude AS lon,
                  (SELECT array_agg(coalesce(b.n, 0) ORDER BY s.bucket) FROM generate_series(0, $4 - 1) AS s (bucket)
                   LEFT JOIN (SELECT floor(extract(epoch FROM k.at - $2) * $4 / extract(epoch FROM $3::timestamptz - $2))::int AS bucket, count(*) AS n
                              FROM check_in k WHERE k.campus = c.id AND k.created_at >= $2 AND k.at >= $2 AND k.at < $3 AND k.admitted
                                AND k.way = 'entry' AND k.undone_at IS NULL GROUP BY 1) b ON b.bucket = s.bucket) AS arrivals,
                  coalesce(d.devices, 0) AS devices, coalesce(d.silent, 0) AS silent, coalesce(d.unsent, 0) AS unsent,
                  EXISTS (SELECT 1 FROM door_suspension u WHERE u.campus = c.id AND u.ended_at IS NULL) AS suspended
           FROM campus c LEFT JOIN campus_inside i ON i.campus = c.id
           LEFT JOIN LATERAL (
               SELECT count(*) AS devices, count(*) FILTER (WHERE v.seen_at < $5) AS silent, sum(v.unsent) AS unsent
               FROM door_device v WHERE v.enrolled_at IS NOT NULL AND v.revoked_at IS NULL
                 AND EXISTS (SELECT 1 FROM door_device_gate x JOIN gate g ON g.id = x.gate WHERE x.device = v.id AND g.campus = c.id)) d ON true
           WHERE c.edition = $1 AND c.removed_at IS NULL""",
        edition, now - WINDOW, now, BUCKETS, now - SILENT,
    )  # fmt: skip
    return sorted(found, key=lambda c: (URGENCY[c.state], -c.share, c.number))


@dataclass(frozen=True, slots=True)
class MeetingsNow:
    """Meetings of the slot in progress, by how they stand; `free` seats could be offered again."""

    slot: datetime | None
    planned: int
    running: int
    late: int
    no_show: int


async def meetings_now(edition: UUID, *, now: datetime) -> MeetingsNow:
    found = await db.row(
        MeetingsNow,
        """SELECT max(m.slot) AS slot, count(*) AS planned, count(*) FILTER (WHERE m.state IN ('running', 'held')) AS running,
                  count(*) FILTER (WHERE m.late_minutes > 0 AND m.state IN ('proposed', 'accepted')) AS late,
                  count(*) FILTER (WHERE m.state = 'no_show') AS no_show
           FROM meeting m WHERE m.edition = $1 AND m.slot <= $2 AND m.slot + make_interval(mins => m.minutes) > $2
             AND m.state IN ('proposed', 'accepted', 'running', 'held', 'no_show')""",
        edition, now,
    )  # fmt: skip
    return found or MeetingsNow(None, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Done:
    """One row of the journal with the name of who did it, looked up now."""

    id: int
    at: datetime
    actor: str
    action: str
    campus: int | None


async def done(*, campus: UUID | None = None, limit: int = 12) -> list[Done]:
    """The last things people did, newest first."""
    return await db.rows(
        Done,
        """SELECT j.id, j.at, coalesce(p.name, '') AS actor, j.action, c.number AS campus FROM journal j LEFT JOIN person p ON p.id = j.actor
           LEFT JOIN campus c ON c.id = j.campus WHERE $1::uuid IS NULL OR j.campus = $1 ORDER BY j.id DESC LIMIT $2""",
        campus, limit,
    )  # fmt: skip
