"""Sessions now and next as the control screen and the lobby boards show them: the programme in force with its seats."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forum import db
from forum.live.now import BiggerRoom, SessionNow


async def sessions(edition: UUID, campuses: Sequence[UUID], begin: datetime, end: datetime) -> list[SessionNow]:
    """Sessions on *campuses* that touch `[begin, end)`, in order of time, campus and room."""
    return await db.rows(
        SessionNow,
        """SELECT i.session AS id, s.code, i.content->>'title' AS title, c.number AS campus, c.slug, r.id AS room, r.name AS room_name, i.start_at, i.end_at,
                  coalesce(g.places, r.capacity) AS places, coalesce(g.taken + g.walked_in, 0) AS taken, coalesce(q.waiting, 0) AS waiting,
                  coalesce(q.arrived, 0) + coalesce(g.walked_in, 0) AS arrived, (i.content->>'seats')::int AS seats
           FROM release_item i JOIN session s ON s.id = i.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
           LEFT JOIN seating g ON g.session = i.session
           LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE t.held_at IS NULL) AS waiting, count(*) FILTER (WHERE t.arrived_at IS NOT NULL) AS arrived
                              FROM seat t WHERE t.session = i.session AND t.ended_at IS NULL) q ON true
           WHERE i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1) AND NOT i.cancelled
             AND c.id = ANY($2) AND i.start_at < $4 AND i.end_at > $3
           ORDER BY i.start_at, c.number, r.position, r.name""",
        edition, list(campuses), begin, end,
    )  # fmt: skip


async def next_start(edition: UUID, campuses: Sequence[UUID], after: datetime) -> datetime | None:
    """When the next session on *campuses* begins."""
    found: datetime | None = await db.value(
        """SELECT min(i.start_at) FROM release_item i JOIN room r ON r.id = i.room
           WHERE i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1) AND NOT i.cancelled AND r.campus = ANY($2) AND i.start_at > $3""",
        edition, list(campuses), after,
    )  # fmt: skip
    return found


async def bigger_rooms(edition: UUID, crowded: Sequence[SessionNow]) -> list[BiggerRoom]:
    """For each crowded session the smallest room of its campus that holds everybody and is free while it runs, in the programme and in the draft.

    None for a session whose own limit keeps people out in any room; none where people sit at meeting tables meanwhile.
    """
    movable = [s for s in crowded if not s.limited]
    if not movable:
        return []
    return await db.rows(
        BiggerRoom,
        """SELECT w.session, x.id AS room, x.name, x.capacity
           FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::timestamptz[]) AS w (session, room, wanted, begins, ends)
           JOIN LATERAL (
               SELECT r.id, r.name, r.capacity FROM room r JOIN room own ON own.id = w.room AND own.campus = r.campus
               WHERE r.removed_at IS NULL AND r.id <> w.room AND r.capacity >= w.wanted
                 AND NOT EXISTS (SELECT 1 FROM release_item i WHERE i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1)
                                   AND NOT i.cancelled AND i.room = r.id AND i.start_at < w.ends AND i.end_at > w.begins)
                 AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.room = r.id AND p.start_at < w.ends AND p.end_at > w.begins)
                 AND NOT EXISTS (SELECT 1 FROM meeting_table t JOIN presence y ON y.meeting_table = t.id
                                   WHERE t.room = r.id AND y.slot < w.ends AND y.slot + make_interval(mins => (SELECT slot_minutes FROM edition WHERE id = $1)) > w.begins)
               ORDER BY r.capacity, r.name LIMIT 1) x ON true""",
        edition, *zip(*((s.id, s.room, s.wanted, s.start_at, s.end_at) for s in movable), strict=True),
    )  # fmt: skip
