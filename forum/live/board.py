"""Reads of the control screen: people per campus, arrivals, meetings, devices, gates. One query per panel, of the campuses asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import floor
from typing import Final
from uuid import UUID

from forum import db
from forum.live.now import BUCKETS, SILENT, URGENCY, WINDOW, CampusNow, DeviceNow, LateCompany, MeetingsNext, MeetingsNow, ShutGate

LEAST_LEFT = timedelta(minutes=8)  # of a slot, for a seat to be worth offering
GRID: Final = 10  # seconds


async def campuses_now(edition: UUID, *, now: datetime) -> list[CampusNow]:
    """Every campus, those that need somebody first, then by how full they are."""
    found = await db.rows(
        CampusNow,
        """WITH d AS (
               SELECT g.campus, count(DISTINCT v.id) AS devices, count(DISTINCT v.id) FILTER (WHERE v.seen_at IS NULL OR v.seen_at < $2) AS silent,
                      max(v.seen_at) AS heard, (sum(v.unsent))::int AS unsent
               FROM door_device v JOIN LATERAL (SELECT DISTINCT g.campus FROM door_device_gate x JOIN gate g ON g.id = x.gate WHERE x.device = v.id) g ON true
               WHERE v.edition = $1 AND v.enrolled_at IS NOT NULL AND v.revoked_at IS NULL GROUP BY 1)
           SELECT c.id, c.slug, c.number, c.name, c.phone, c.capacity, coalesce(i.inside, 0) AS inside, c.latitude AS lat, c.longitude AS lon,
                  coalesce(d.devices, 0) AS devices, coalesce(d.silent, 0) AS silent, coalesce(d.unsent, 0) AS unsent, d.heard,
                  u.began_at AS suspended, coalesce(u.why, '') AS suspended_why, e.began_at AS evacuating
           FROM campus c LEFT JOIN campus_inside i ON i.campus = c.id LEFT JOIN d ON d.campus = c.id
           LEFT JOIN door_suspension u ON u.campus = c.id AND u.ended_at IS NULL
           LEFT JOIN evacuation e ON e.campus = c.id AND e.ended_at IS NULL
           WHERE c.edition = $1 AND c.removed_at IS NULL""",
        edition, now - SILENT,
    )  # fmt: skip
    counted = await _arrivals([c.id for c in found], now)
    return sorted((replace(c, arrivals=counted.get(c.id, c.arrivals)) for c in found), key=lambda c: (URGENCY[c.state], -c.share, c.number))


async def inside_now(edition: UUID) -> dict[str, int]:
    """People inside each campus, by slug."""
    async with db.connection() as conn:
        return dict(await conn.fetch(
            "SELECT c.slug, coalesce(i.inside, 0) FROM campus c LEFT JOIN campus_inside i ON i.campus = c.id WHERE c.edition = $1 AND c.removed_at IS NULL", edition
        ))  # fmt: skip


async def _arrivals(campuses: Sequence[UUID], now: datetime) -> dict[UUID, tuple[int, ...]]:
    """Entries per two minutes over the last thirty, oldest first; of campuses where somebody came.

    The window moves ten seconds at a time: were it to slide, each of fifteen counts would differ at every look, and a hundred lines be drawn anew.
    """
    end = floor(now.timestamp() / GRID + 1) * GRID
    begin = end - WINDOW.total_seconds()
    counts: dict[UUID, list[int]] = {}
    async with db.connection() as conn:
        for campus, bucket, n in await conn.fetch(
            """SELECT campus, width_bucket(extract(epoch FROM at)::float8, $2, $3, $4) AS bucket, count(*) FROM check_in
               WHERE campus = ANY($1) AND at >= to_timestamp($2) AND at < to_timestamp($3) AND admitted AND way = 'entry' AND undone_at IS NULL GROUP BY 1, 2""",
            campuses, float(begin), float(end), BUCKETS,
        ):  # fmt: skip
            counts.setdefault(campus, [0] * BUCKETS)[bucket - 1] = n
    return {campus: tuple(row) for campus, row in counts.items()}


_IN_PROGRESS = """FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table
    WHERE m.edition = $1 AND t.campus = ANY($2) AND m.slot <= $3 AND m.slot + make_interval(mins => m.minutes) > $3"""
NOT_BEGUN: Final = 8  # minutes after which a meeting that has not begun is late, whoever did or did not say so
_LATE = f"""CASE WHEN m.state IN ('proposed', 'accepted')
    THEN greatest(m.late_minutes, CASE WHEN $3 - m.slot >= interval '{NOT_BEGUN} minutes' THEN floor(extract(epoch FROM $3 - m.slot) / 60)::int END) ELSE 0 END"""


async def meetings_now(edition: UUID, campuses: Sequence[UUID], *, now: datetime) -> MeetingsNow:
    """The meetings in progress on *campuses*; one lateness per meeting, in minutes: what was said, or how long one has not begun."""
    found = await db.row(
        MeetingsNow,
        f"""SELECT max(m.slot) AS slot, count(*) AS planned, count(*) FILTER (WHERE {_LATE} > 0) AS late, count(*) FILTER (WHERE m.state = 'no_show') AS no_show,
                   count(*) FILTER (WHERE m.state = 'no_show' AND m.slot + make_interval(mins => m.minutes) > $4
                                      AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.recruiter = m.recruiter AND k.slot = m.slot)
                                      AND NOT EXISTS (SELECT 1 FROM seat_offer o WHERE o.recruiter = m.recruiter AND o.slot = m.slot AND o.answered_at IS NULL)) AS free,
                   coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY {_LATE}) FILTER (WHERE {_LATE} > 0), 0) AS median_late,
                   coalesce(max({_LATE}), 0) AS most_late,
                   (SELECT count(*) FROM meeting_trouble x JOIN meeting y ON y.id = x.meeting JOIN meeting_table z ON z.id = y.meeting_table
                    WHERE x.resolved_at IS NULL AND y.edition = $1 AND z.campus = ANY($2) AND y.state IN ('proposed', 'accepted')
                      AND y.slot + make_interval(mins => y.minutes) > $3) AS troubled
            {_IN_PROGRESS} AND m.state IN ('proposed', 'accepted', 'running', 'held', 'no_show')""",
        edition, list(campuses), now, now + LEAST_LEFT,
    )  # fmt: skip
    return found or MeetingsNow(None, 0, 0, 0, 0, 0, 0, 0)


async def meetings_next(edition: UUID, campuses: Sequence[UUID], *, now: datetime) -> MeetingsNext:
    """The next slot with meetings on *campuses* within twelve hours."""
    found = await db.row(
        MeetingsNext,
        """SELECT m.slot, count(*) AS count FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table
           WHERE m.edition = $1 AND t.campus = ANY($2) AND m.slot > $3 AND m.slot < $3 + interval '12 hours' AND m.state IN ('proposed', 'accepted')
           GROUP BY m.slot ORDER BY m.slot LIMIT 1""",
        edition, list(campuses), now,
    )  # fmt: skip
    return found or MeetingsNext(None, 0)


async def late_companies(edition: UUID, campuses: Sequence[UUID], *, now: datetime) -> list[LateCompany]:
    """Companies with meetings not begun 8 minutes after their time, or more, though the candidate is on the campus; the latest first.

    A candidate who says to be late keeps nobody waiting, nor does a meeting that looks for another place.
    """
    return await db.rows(
        LateCompany,
        f"""SELECT c.id, c.name, min(k.number) AS campus, count(*) AS meetings, max(w.minutes) AS minutes
            FROM (SELECT m.company, t.campus, floor(extract(epoch FROM $3 - m.slot) / 60)::int AS minutes {_IN_PROGRESS}
                  AND m.state IN ('proposed', 'accepted') AND m.slot <= $3 - make_interval(mins => greatest($4, m.late_minutes))
                  AND EXISTS (SELECT FROM whereabouts h JOIN registration r ON r.id = h.registration WHERE r.person = m.candidate AND r.edition = m.edition AND h.campus = t.campus)
                  AND NOT EXISTS (SELECT FROM meeting_trouble x WHERE x.meeting = m.id AND x.resolved_at IS NULL)) w
            JOIN company c ON c.id = w.company JOIN campus k ON k.id = w.campus GROUP BY c.id ORDER BY minutes DESC, c.name LIMIT 5""",
        edition, list(campuses), now, NOT_BEGUN,
    )  # fmt: skip


async def devices_now(edition: UUID, campuses: Sequence[UUID]) -> list[DeviceNow]:
    """Enrolled phones of *campuses*, the one not heard for longest first."""
    return await db.rows(
        DeviceNow,
        """SELECT v.id, v.name, min(c.number) AS campus, min(c.slug) AS slug, string_agg(g.name, ', ' ORDER BY g.name) AS gates, min(c.phone) AS phone, v.seen_at, v.unsent, v.battery
           FROM door_device v JOIN door_device_gate x ON x.device = v.id JOIN gate g ON g.id = x.gate JOIN campus c ON c.id = g.campus
           WHERE v.edition = $1 AND c.id = ANY($2) AND v.enrolled_at IS NOT NULL AND v.revoked_at IS NULL
           GROUP BY v.id ORDER BY v.seen_at NULLS FIRST, v.name""",
        edition, list(campuses),
    )  # fmt: skip


async def one_way_gates(campuses: Sequence[UUID]) -> list[ShutGate]:
    """Gates of *campuses* that open inwards only."""
    return await db.rows(
        ShutGate,
        """SELECT c.slug AS campus, g.slug, g.name FROM gate g JOIN campus c ON c.id = g.campus
           WHERE c.id = ANY($1) AND g.ways = 'entry' AND g.removed_at IS NULL ORDER BY c.number, g.name""",
        list(campuses),
    )  # fmt: skip
