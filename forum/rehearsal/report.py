"""What the rehearsed day came to: people, meetings, waiting, wishes, journeys, solver time and energy, and every invariant that did not hold."""

import csv
import io
from collections.abc import Sequence
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from forum import db
from forum.clock import day_bounds, local
from forum.rehearsal import judge
from forum.rehearsal.driver import Driver
from forum.rehearsal.judge import Broken

STATES: Final = ("proposed", "accepted", "running", "held", "no_show", "declined", "cancelled", "unplaced")
WATTS: Final = 15.0  # of one busy core of a laptop, above idle
METHOD: Final = f"seconds of one processor core spent planning, times {WATTS:.0f} W: what a busy core of a laptop draws above idle; not measured"


_WISHES = """
SELECT CASE WHEN m.held THEN 'held' ELSE 'planned' END, count(*) FROM wish w
JOIN (SELECT candidate, company, bool_or(state IN ('running', 'held')) AS held FROM meeting
      WHERE edition = $1 AND state = ANY($2) GROUP BY 1, 2) m ON m.candidate = w.candidate AND m.company = w.company
WHERE w.edition = $1 AND w.withdrawn_at IS NULL GROUP BY 1
"""
_RUNS = """
SELECT number, kind, seconds, coalesce((metrics->>'processor_seconds')::float, seconds) AS processor_seconds, (SELECT count(*) FROM plan_meeting m WHERE m.plan = p.id) AS meetings
FROM plan p WHERE edition = $1 AND state IN ('done', 'stopped') ORDER BY number
"""


async def judged(driver: Driver) -> list[Broken]:
    """Every invariant of the day so far that does not hold; what phones still keep is not lost."""
    kept = {scan["nonce"] for phone in driver.phones.values() for scan in phone.unsent}
    sent = [scan for scan in driver.ledger.sent if scan.nonce not in kept]
    found = await judge.judge(driver.edition.id, sent, driver.minutes)
    found += [Broken("no_repair", text) for text in driver.ledger.errors if text.startswith("no repair")]
    said = [text for text in driver.ledger.errors if text.startswith("5")]
    said += ["as before, not noted one by one"] * (driver.ledger.counts["server_errors"] - len(said))
    return found + [Broken("server_error", text) for text in said]


async def wishes(edition: UUID) -> dict[str, int]:
    """How many wishes were met (`held`) and how many still have a meeting to come (`planned`)."""
    async with db.connection() as conn:
        return dict(await conn.fetch(_WISHES, edition, list(judge.HELD)))


async def report(driver: Driver, broken: Sequence[Broken], *, real_seconds: float) -> dict[str, Any]:
    """The figures as plain data. Waiting at doors in seconds, answers in milliseconds, lateness in minutes."""
    edition, ledger, zone = driver.edition.id, driver.ledger, driver.edition.zone
    async with db.connection() as conn:
        states = dict(await conn.fetch("SELECT state, count(*) FROM meeting WHERE edition = $1 AND slot <= $2 GROUP BY 1", edition, driver.clock.now()))
        refilled = await conn.fetchval("SELECT count(*) FROM meeting WHERE edition = $1 AND origin = 'offered'", edition)
        made = await conn.fetchval("SELECT count(*) FROM wish WHERE edition = $1 AND withdrawn_at IS NULL", edition)
        runs = [dict(row) for row in await conn.fetch(_RUNS, edition)]
        troubled = await conn.fetchval("SELECT count(*) FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting WHERE m.edition = $1 AND t.resolved_at IS NULL", edition)
    met = await wishes(edition)
    today = await judge.held(edition, day_bounds(driver.day, zone))
    _, journeys, travelled = judge.journeys(today["candidate"], driver.minutes)
    spent = sum(run["processor_seconds"] for run in runs)
    rules = ("double_booking", "lost_scan", "impossible_journey", "capacity", "no_repair", "lost_meetings", "server_error")
    return {
        "day": driver.day.isoformat(),
        "simulated_until": local(driver.clock.now(), zone).isoformat(timespec="minutes"),
        "real_seconds": round(real_seconds, 1),
        "speed": {"asked": driver.clock.speed, "reached": round(ledger.simulated_seconds / ledger.real_seconds, 1) if ledger.real_seconds else 0.0},
        "people": {"with_a_badge": len(driver.people), "came": len(driver.state.where), "inside_now": sum(1 for c in driver.state.where.values() if c)},
        "scans": {kind: ledger.counts[f"scans_{kind}"] for kind in ("online", "offline", "synced", "repeated")} | {"overruled": ledger.counts["overruled"], "made": len(ledger.sent)},
        "refused": {name.removeprefix("refused_"): count for name, count in sorted(ledger.counts.items()) if name.startswith("refused_")},
        "waiting_at_doors_s": _spread(ledger.waits),
        "answers_ms": _spread(ledger.answers_ms),
        "meetings": dict.fromkeys(STATES, 0)
        | states
        | {"from_refilled_seats": refilled, "said_late": ledger.counts["said_late"], "without_a_place": troubled, "late_min": _spread(ledger.late_minutes)},
        "wishes": {"made": made, "met": met.get("held", 0), "still_planned": met.get("planned", 0)},
        "journeys": {"made": ledger.counts["journeys"], "planned": journeys, "planned_minutes": travelled},
        "solver": {
            "runs": len(runs), "seconds": round(sum(run["seconds"] for run in runs), 1), "processor_seconds": round(spent, 1),
            "energy_wh_estimate": round(spent * WATTS / 3600, 3), "energy_method": METHOD, "watts": WATTS,
        },
        "runs": runs,
        "announcements": ledger.counts["announcements"],
        "faults": ledger.faults,
        "answers": {"unexpected": ledger.counts["errors"], "server_errors": ledger.counts["server_errors"], "unanswered": ledger.counts["unanswered"]},
        "errors": ledger.errors,
        "invariants": {rule: sum(1 for b in broken if b.rule == rule) for rule in rules},
        "broken": [f"{b.rule}: {b.what}" for b in broken[:100]],
        "minutes": [[local(m.at, zone).strftime("%H:%M"), m.inside, m.running, m.held, round(m.waited), m.on_the_way] for m in driver.curve],
    }  # fmt: skip


def _spread(values: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th percentile and largest."""
    if len(values) < 2:
        return {"count": len(values), "p50": round(sum(values), 1), "p95": round(sum(values), 1), "max": round(sum(values), 1)}
    cut = quantiles(values, n=100)
    return {"count": len(values), "p50": round(cut[49], 1), "p95": round(cut[94], 1), "max": round(max(values), 1)}


def minutes_csv(found: dict[str, Any]) -> str:
    """The lived minutes as rows, what the plots show."""
    out = io.StringIO()
    csv.writer(out).writerows([("time", "inside", "meetings_under_way", "meetings_held", "longest_wait_s", "between_campuses"), *found["minutes"]])
    return out.getvalue()


def as_csv(found: dict[str, Any]) -> str:
    """The report's figures as rows of name and value; nested names are joined by a point."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["figure", "value"])
    for name, value in found.items():
        for key, one in value.items() if isinstance(value, dict) else [("", value)]:
            for part, leaf in one.items() if isinstance(one, dict) else [("", one)]:
                if not isinstance(leaf, list):
                    writer.writerow([".".join(p for p in (name, key, part) if p), leaf])
    return out.getvalue()
