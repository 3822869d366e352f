"""The draft as a planning problem: plain data, minutes from an origin."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.agenda import audience, queries, releasing
from forum.agenda.model import Placement, Room
from forum.agenda.planner import Place, Problem, Speaker, Spot, Task
from forum.agenda.rules import Grounds
from forum.clock import Interval
from forum.editions import Edition

STEP = 15  # minutes


async def problem(edition: Edition, *, step: int = STEP) -> tuple[Problem, datetime, int]:
    """What is to be planned, the instant its minutes count from, and the version of the draft it was read at.

    Locked sessions are fixed; the release in force is what a plan should change least.
    """
    version = await queries.draft_version(edition.id)
    ground = await releasing.grounds(edition)
    draft = await queries.draft(edition.id)
    before = await releasing.in_force(edition.id)
    together = await audience.together(edition.id)
    closed = set(
        await db.column(
            "SELECT r.id FROM room r JOIN campus c ON c.id = r.campus WHERE c.edition = $1 AND (r.removed_at IS NOT NULL OR c.removed_at IS NOT NULL)",
            edition.id,
        )
    )
    published = {i.session.id: i.placement for i in before.standing} if before is not None else {}
    return made(ground, draft, published, together, closed, step=step), origin_of(ground, draft), version


def origin_of(ground: Grounds, draft: Sequence[Placement]) -> datetime:
    """Midnight UTC before everything that is planned or open."""
    starts = [i.start for hours in ground.opening.values() for i in hours] + [p.start for p in draft]
    first = min(starts, default=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
    return first.replace(hour=0, minute=0, second=0, microsecond=0)


def made(
    ground: Grounds, draft: Sequence[Placement], published: Mapping[UUID, Placement], together: Mapping[tuple[UUID, UUID], int], closed: set[UUID], *, step: int
) -> Problem:
    """The facts of the agenda as the planner's plain data."""
    origin = origin_of(ground, draft)
    fixed = {p.session: p for p in draft if p.locked}

    def minute(at: datetime) -> int:
        return int((at - origin) // timedelta(minutes=1))

    def spot(p: Placement | None) -> Spot | None:
        return None if p is None or p.room in closed else Spot(str(p.room), minute(p.start))

    def windows(free: Sequence[Interval] | None) -> tuple[tuple[int, int], ...] | None:
        return None if free is None else tuple((minute(i.start), minute(i.end)) for i in free)

    speakers = {s.id: s for session in ground.sessions.values() for s in session.speakers}
    open_rooms: dict[UUID, Room] = {key: room for key, room in ground.rooms.items() if key not in closed}
    return Problem(
        tasks={
            str(s.id): Task(
                str(s.id),
                s.title,
                s.minutes,
                tuple(str(p.id) for p in s.speakers),
                s.needs,
                ground.interest.get(s.id, 0),
                s.track,
                spot(fixed.get(s.id)),
                spot(published.get(s.id)),
            )
            for s in ground.sessions.values()
        },
        places={str(r.id): Place(str(r.id), r.name, r.campus, r.capacity or 0, r.equipment, windows(ground.room_free.get(r.id))) for r in open_rooms.values()},
        opening={campus: windows(hours) or () for campus, hours in ground.opening.items()},
        speakers={
            str(s.id): Speaker(
                str(s.id),
                s.name,
                windows(ground.speaker_free.get(s.id)),
                tuple(((minute(b.interval.start), minute(b.interval.end)), b.campus) for b in ground.busy.get(s.id, ())),
            )
            for s in speakers.values()
        },
        travel=ground.travel.minutes,
        together={(min(str(a), str(b)), max(str(a), str(b))): n for (a, b), n in together.items() if a in ground.sessions and b in ground.sessions},
        campus_names={slug: campus.name for slug, campus in ground.campuses.items()},
        step=step,
    )
