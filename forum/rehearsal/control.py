"""The rehearsal under way in this process, as its page sees it: pause, speed, jump, a fault now."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from forum.errors import Conflict
from forum.i18n import N_
from forum.rehearsal.script import Fault
from forum.simulated import Clock

if TYPE_CHECKING:
    from forum.rehearsal.driver import Driver

KEPT_SECONDS: Final = 5.0  # how old the judgement shown may be: it reads the whole day
RESTS: Final = 4.0  # and on a machine with much to do it rests so many times as long as it took
SPEEDS: Final = (1, 5, 10, 30, 60, 120)
FAULTS: Final = {
    "offline": N_("A phone loses the network"),
    "battery": N_("A phone is nearly empty"),
    "late": N_("Recruiters are late"),
    "ill": N_("A recruiter is ill"),
    "crowd": N_("A campus fills up"),
    "room": N_("A room closes"),
    "speaker": N_("A speaker is missing"),
    "campus": N_("A campus closes"),
}


@dataclass(slots=True)
class Rehearsal:
    """The driver and its clock; `ends` is when the rehearsed day is over, `following` the day after it."""

    driver: "Driver"
    clock: Clock
    ends: datetime
    following: date | None = None  # the day after this one
    _next: asyncio.Event = field(default_factory=asyncio.Event)
    _judging: asyncio.Lock = field(default_factory=asyncio.Lock)
    _judged: dict[str, Any] | None = None
    _rests_until: float = 0.0

    @property
    def faults(self) -> dict[str, str]:
        """What may be made to go wrong, in words."""
        return FAULTS

    @property
    def over(self) -> bool:
        return self.clock.now() >= self.ends

    async def figures(self) -> dict[str, Any]:
        """The report so far: judged by one reader at a time for all who ask meanwhile, and again once it is old."""
        from forum.rehearsal.report import judged, report

        async with self._judging:
            began = monotonic()
            if self._judged is None or began > self._rests_until:
                self._judged = await report(self.driver, await judged(self.driver), real_seconds=0.0)
                self._rests_until = monotonic() + max(KEPT_SECONDS, RESTS * (monotonic() - began))
            return self._judged

    @property
    def asked_on(self) -> bool:
        """Whether somebody asked for the next day, which gets ready."""
        return self._next.is_set()

    def next_day(self) -> date:
        """Go on with the day that follows. Raises Conflict while this one goes on, or when it is the last."""
        if self.following is None or not self.over:
            raise Conflict(N_("The next day begins when this one is over."))
        self._next.set()
        return self.following

    async def next_asked(self) -> date:
        """Wait until somebody wants the next day; which one."""
        await self._next.wait()
        assert self.following is not None, "nobody can ask for a day after the last"
        return self.following

    def _goes_on(self) -> None:
        if self.over:
            raise Conflict(N_("This day is over."))

    def pause(self) -> None:
        """Stand still. Raises Conflict, as all of these, when the day is over: nobody lives the hours after it."""
        self._goes_on()
        self.clock.pause()

    def run(self, speed: float) -> None:
        self._goes_on()
        self.clock.run(speed)

    def jump(self, minutes: int) -> None:
        """Live the next *minutes* as fast as the machine can; nothing is left out."""
        self._goes_on()
        self.driver.ahead = min(self.clock.now() + timedelta(minutes=minutes), self.ends)

    async def inject(self, kind: str) -> Fault:
        """Let a fault of *kind* happen now, at a place nothing has happened to yet. Raises Conflict when there is none left."""
        from forum.rehearsal import troubles

        self._goes_on()
        driver = self.driver
        known = {(f["kind"], f["campus"]) for f in driver.ledger.faults} | {(f.kind, f.campus) for f in driver.state.faults if f.at <= self.clock.now()}
        chosen = await troubles.another(driver, kind, self.clock.now(), known)
        if chosen is None:
            raise Conflict(N_("Nothing of that kind is left to go wrong today."))
        await driver.inject(chosen)
        return chosen
