"""The file that French law (CRPA L311-3-1) and the EU AI Act (articles 12, 26) ask for: every run with inputs, weights, seed, result, and what people changed."""

import zlib
from typing import Any
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_
from forum.matchmaking import keeping, rules, runs
from forum.matchmaking.engine.files import plan_json
from forum.matchmaking.engine.model import Plan
from forum.matchmaking.places import slot_grid
from forum.matchmaking.runs import Run


async def log_json(edition: Edition) -> bytes:
    """Every run and version as JSON. People are ids; names of organisers stand for who decided."""
    async with db.connection() as conn:
        plans = await conn.fetch(
            """SELECT p.number, p.kind, p.state, p.scenario, p.weights, p.guarantee, p.seed, p.time_limit, p.base_version, n.name AS asked_by, p.asked_at, p.started_at, p.ended_at,
                      p.inputs_hash, p.engine_version, p.value, p.bound, p.bound_kind, p.seconds, p.metrics, p.reason
               FROM plan p LEFT JOIN person n ON n.id = p.asked_by WHERE p.edition = $1 ORDER BY p.number""",
            edition.id,
        )
        versions = await conn.fetch(
            """SELECT v.number, v.kind, v.of_version, r.number AS run, n.name AS published_by, v.published_at, v.added, v.moved, v.gone, v.kept, v.skipped
               FROM plan_version v LEFT JOIN plan r ON r.id = v.plan LEFT JOIN person n ON n.id = v.published_by WHERE v.edition = $1 ORDER BY v.number""",
            edition.id,
        )
        people = await conn.fetch(
            """SELECT f.kind, f.facts ->> 'side' AS side, count(*) AS times FROM meeting_fact f JOIN meeting m ON m.id = f.meeting
               WHERE m.edition = $1 GROUP BY 1, 2 ORDER BY 1, 2""",
            edition.id,
        )
        resolved = await conn.fetch(
            """SELECT v.number AS version, x.reason, count(*) AS rows, count(x.resolved_at) AS resolved FROM plan_change x JOIN plan_version v ON v.id = x.version
               WHERE v.edition = $1 AND x.what = 'skipped' GROUP BY 1, 2 ORDER BY 1, 2""",
            edition.id,
        )
        explained = await conn.fetch(
            """SELECT p.number AS run, x.reason, count(*) AS wishes FROM explanation x JOIN plan p ON p.id = x.plan WHERE p.edition = $1 GROUP BY 1, 2 ORDER BY 1, 2""",
            edition.id,
        )
    body = {
        "edition": edition.slug, "rules": await _rules(edition), "runs": [_plain(r, "scenario", "weights", "metrics") for r in plans], "versions": [_plain(r) for r in versions],
        "changed_by_people": [_plain(r) for r in people], "rows_not_published": [_plain(r) for r in resolved],
        "explanations": [_plain(r) for r in explained],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(body), indent=1)


async def _rules(edition: Edition) -> dict[str, Any]:
    """What the public page says, in English: the rules in force, their weights in words, what is known and what never."""
    public = await rules.public(edition)
    return {
        "used": [str(word) for word in public["used"]], "never": [str(word) for word in public["never"]], "most_wishes": public["most_wishes"],
        "weights": {name: {"value": value, "meaning": str(meaning)} for name, (value, meaning) in public["weights"].items()},
        "points_of_a_wish": [{"rank": rank, "mutual": mutual, "one_sided": single} for rank, mutual, single in public["steps"]],
        "where_a_person_reads_their_own": ["/meetings", "/me/data"],
    }  # fmt: skip


def _plain(row: Any, *json_columns: str) -> dict[str, Any]:
    return {key: msgspec.json.decode(value) if key in json_columns and value else value for key, value in dict(row).items()}


async def problem_file(plan: UUID) -> bytes:
    """The inputs of a run as `forum-problem/1`. Raises NotFound before there are any."""
    kept = await db.value("SELECT inputs FROM plan WHERE id = $1", plan)
    if kept is None:
        raise NotFound(N_("This run has not read its inputs yet."))
    return zlib.decompress(kept)


async def plan_file(edition: Edition, run: Run) -> bytes:
    """The plan of a run as `forum-plan/1`. Raises NotFound without a plan."""
    if not run.has_plan or run.value is None:
        raise NotFound(N_("This run has no plan to publish."))
    meetings = await runs.meetings_of(run.id, edition)
    return plan_json(Plan(f"{edition.slug} run {run.number}", meetings, run.value, run.bound or run.value, run.bound_kind, run.seconds or 0.0))


async def conflict(edition: Edition, run: Run) -> tuple[str, list[dict[str, Any]]]:
    """Why a run found no plan at all, and the locked meetings that cannot all stand."""
    if run.state != "infeasible" or not run.reason:
        return "", []
    raw = msgspec.json.decode(run.reason)
    starts = slot_grid(edition).starts
    found = []
    for candidate, recruiter, slot in raw.get("conflict", []):
        name = await db.value("SELECT name FROM person WHERE id = $1", UUID(candidate))
        company = await db.value("SELECT c.name FROM role r JOIN company c ON c.id = r.company WHERE r.person = $1 LIMIT 1", UUID(recruiter.partition("@")[0]))
        found.append({"name": name or "?", "company": company or "?", "slot": starts[slot]})
    return keeping.WHY.get(raw.get("rule"), raw.get("reason", "")), found
