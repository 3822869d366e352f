"""Which function does which job: `@handler("mail.send")`, `@every(minutes=5)`; modules that hold them are found by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from forum.settings import Settings

# What joins the features has to be loaded wherever a job runs, also in a heavy job's own process.
JOINING: Final = ("forum.day", "forum.day_paper")
# A feature's jobs live in its `jobs.py`; these modules hold the others.
MODULES: Final = (
    *JOINING,
    "forum.mail.delivery",
    "forum.operations.jobs",
    *(f"forum.{f}.jobs" for f in ("people", "campuses", "agenda", "badges", "matchmaking", "live", "tabular")),
    *(f"forum.{f}.own_data" for f in ("agenda", "badges", "matchmaking")),  # who cancels or is forgotten in a job gives everything back too
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its handler sees it: `attempt` counts from 1; `payload` holds ids, never personal data."""

    id: int
    name: str
    payload: dict[str, Any]
    attempt: int
    settings: Settings


Work = Callable[[Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """How one kind of job is run. `seconds` bounds one attempt; `at_once` bounds how many run over all workers (0: no bound)."""

    name: str
    work: Work
    tries: int
    seconds: float
    heavy: bool
    at_once: int

    @property
    def module(self) -> str:
        return self.work.__module__


HANDLERS: Final[dict[str, Handler]] = {}
SCHEDULES: Final[dict[str, str]] = {}  # job name → cron expression


def handler(name: str, *, tries: int = 5, seconds: float = 300, heavy: bool = False, at_once: int = 0) -> Callable[[Work], Work]:
    """Register the coroutine that does the jobs called *name*; it may run more than once for one job.

    A failed attempt is repeated after 2, 8, 32 … s (at most 1 h) until *tries* attempts failed; the job is then kept as dead.
    A *heavy* one runs in a child process of low priority that can be killed: it may block as it likes.
    """

    def register(work: Work) -> Work:
        assert name not in HANDLERS or HANDLERS[name].module == work.__module__, f"two handlers called {name}"
        HANDLERS[name] = Handler(name, work, tries, seconds, heavy, at_once)
        return work

    return register


def every(*, minutes: int = 0, hours: int = 0) -> Callable[[Work], Work]:
    """Above `@handler`: enqueue the job at this pace, once over all workers, and never twice while one waits or runs.

    Divisors of an hour or of a day only, so that the pace is even.
    """
    if (minutes > 0) == (hours > 0) or (minutes and 60 % minutes) or (hours and 24 % hours):
        raise ValueError("give minutes that divide 60, or hours that divide 24")
    expression = f"*/{minutes} * * * *" if minutes else f"0 */{hours} * * *"

    def register(work: Work) -> Work:
        name = next(h.name for h in HANDLERS.values() if h.work is work)
        SCHEDULES[name] = expression
        return work

    return register


def load() -> None:
    """Import every module that registers handlers; a feature without jobs has none."""
    for module in MODULES:
        try:
            import_module(module)
        except ModuleNotFoundError as missing:
            if missing.name is None or not (module == missing.name or module.startswith(f"{missing.name}.")):
                raise
