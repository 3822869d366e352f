"""The meetings of the simulated day: begun when both are there, ended at their time, absences noted, freed seats taken, all by forms as people send them."""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from forum import db
from forum.rehearsal.script import forgets

if TYPE_CHECKING:
    from forum.rehearsal.driver import Driver

PATIENCE: Final = timedelta(minutes=5)  # how long a recruiter waits for a candidate
TAKES: Final = 0.6  # of the seats offered to somebody on site: how many are wanted
RESULTS: Final = ("no_follow_up", "no_follow_up", "second_interview", "offer")


@dataclass(frozen=True, slots=True)
class Due:
    """A meeting whose time is now."""

    id: UUID
    candidate: UUID
    recruiter: UUID
    campus: str
    slot: datetime
    minutes: int
    state: str
    late_minutes: int


_DUE = """
SELECT m.id, m.candidate, m.recruiter, c.slug AS campus, m.slot, m.minutes, m.state, m.late_minutes
FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running') AND m.slot > $2 AND m.slot <= $3
ORDER BY m.slot, m.id
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed seat offered to somebody."""

    id: UUID
    candidate: UUID


class Meetings:
    """What recruiters and candidates do about their meetings, minute by minute."""

    def __init__(self, day: "Driver") -> None:
        self.day = day
        self.running = 0
        self._seen: set[UUID] = set()

    async def minute(self, now: datetime) -> None:
        """Begin, end, wait, note absences, say one is late, take freed seats."""
        day = self.day
        due = await db.rows(Due, _DUE, day.edition.id, now - timedelta(hours=1), now + timedelta(minutes=6))
        work: list[Coroutine[Any, Any, None]] = []
        self.running = sum(1 for m in due if m.state == "running")
        for meeting in due:
            step = self._step(meeting, now)
            if step is not None:
                work.append(step)
        offers = await db.rows(Offer, "SELECT id, candidate FROM seat_offer WHERE edition = $1 AND answered_at IS NULL AND expires_at > $2 ORDER BY offered_at, id", day.edition.id, now)
        for offer in offers:
            if offer.id not in self._seen:
                self._seen.add(offer.id)
                if Random(f"{day.seed}/{offer.id}").random() < TAKES:
                    work.append(self._take(offer, now))
        await day.together(work)

    def _step(self, meeting: Due, now: datetime) -> Coroutine[Any, Any, None] | None:
        random = Random(f"{self.day.seed}/{meeting.id}")
        late = random.choices((0, 1, 3, 6), (60, 25, 10, 5))[0]
        if meeting.state == "running":
            return self._end(meeting, now, random) if now >= meeting.slot + timedelta(minutes=meeting.minutes - 1) else None
        if late == 6 and meeting.id not in self._seen and now < meeting.slot:
            self._seen.add(meeting.id)
            return self._late(meeting, now)
        if now < max(meeting.slot, self.day.state.away.get(meeting.recruiter, meeting.slot)):
            return None
        candidate = self.day.by_person.get(meeting.candidate)
        there = candidate is not None and self.day.state.where.get(candidate.registration) == meeting.campus and not forgets(meeting.id, self.day.seed)
        if there and now >= meeting.slot + timedelta(minutes=late):
            return self._start(meeting, now)
        if not there and now >= meeting.slot + PATIENCE + timedelta(minutes=meeting.late_minutes):
            return self._no_show(meeting, now)
        return None

    async def _start(self, meeting: Due, now: datetime) -> None:
        await self._recruiter(meeting, "start", now)
        if meeting.id not in self.day.started:
            self.day.started.add(meeting.id)
            self.day.ledger.late_minutes.append((now - meeting.slot).total_seconds() / 60)

    async def _end(self, meeting: Due, now: datetime, random: Random) -> None:
        ended = await self._recruiter(meeting, "end", now)
        self.day.ledger.counts["held"] += ended  # not in the line above: it would add to the count of before the answer
        if random.random() < 0.5:
            await self._recruiter(meeting, "result", now, result=random.choice(RESULTS))

    async def _late(self, meeting: Due, now: datetime) -> None:
        self.day.ledger.counts["said_late"] += 1
        await self.day.hands.post(meeting.candidate, f"/meetings/{meeting.id}/late", now, minutes=6)

    async def _no_show(self, meeting: Due, now: datetime) -> None:
        await self._recruiter(meeting, "no-show", now)

    async def _recruiter(self, meeting: Due, what: str, now: datetime, **fields: Any) -> bool:
        return await self.day.hands.post(meeting.recruiter, f"/recruiter/meetings/{meeting.id}/{what}", now, **fields)

    async def _take(self, offer: Offer, now: datetime) -> None:
        self.day.ledger.counts["offers_answered"] += 1
        await self.day.hands.post(offer.candidate, f"/seat-offers/{offer.id}/take", now)
