"""What is forgotten, and when: one list of rules, run every six hours, shown in the documentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from forum import clock, db, jobs
from forum.i18n import N_
from forum.jobs import Job


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of *table* are deleted when *condition* holds; `$1` in it is the present minus *days*. *why* is for readers."""

    table: str
    days: int
    condition: str
    why: str


RULES: Final[list[Rule]] = [
    Rule("address_change", 1, "expires_at < $1", "a code for a new address is of no use after ten minutes"),
    Rule("sign_in_request", 1, "expires_at < $1", "codes and links are of no use after ten minutes"),
    Rule("sign_in", 30, "coalesce(ended_at, expires_at) < $1", "a month to look into misuse"),
    Rule("mail_link", 30, "coalesce(used_at, expires_at) < $1", "links are of no use once used or expired"),
    Rule("mail", 30, "created_at < $1", "a month to answer 'was it sent?'"),
    Rule("idempotency", 2, "created_at < $1", "repeats come within minutes"),
    Rule("event", 14, "at < $1 AND seq IS NOT NULL", "screens resume within half an hour"),
    Rule("pgqueuer_log", 14, "created < $1", "a fortnight to look into a failed job"),
    Rule("job_progress", 14, "updated_at < $1 AND NOT EXISTS (SELECT FROM pgqueuer WHERE id = job)", "the same, for jobs that ended"),
]


def rule(table: str, *, days: int, condition: str, why: str) -> None:
    """Add a feature's rule; call it where the feature's jobs are registered (`forum/<feature>/jobs.py`)."""
    if not any(r.table == table and r.condition == condition for r in RULES):
        RULES.append(Rule(table, days, condition, why))


async def forget(now: datetime) -> Mapping[str, int]:
    """Apply every rule; how many rows went, by table. Each rule is its own transaction: one that fails does not keep the others."""
    gone: dict[str, int] = {}
    for r in RULES:
        gone[r.table] = gone.get(r.table, 0) + await db.execute(f"DELETE FROM {r.table} WHERE {r.condition}", now - timedelta(days=r.days))
    return gone


@jobs.every(hours=6)
@jobs.handler("operations.forget", tries=3)
async def forget_job(job: Job) -> None:
    """Run the rules; how many rows went is kept as the job's progress."""
    gone = await forget(clock.now())
    await jobs.progress(job.id, sum(gone.values()), sum(gone.values()), N_("Forgotten what is due"))
