"""The engine's explanations of the published plan, kept with it: each meeting and each unmet wish of a person, in words for that person.

Sentences are kept as data (English msgid and facts) and become words at the edge. Companies are ids, campuses slugs; no other
person is in them, by name, id, rank or weight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db, i18n, jobs
from forum.editions import Edition
from forum.i18n import N_, Message

NOT_FIXED: Final = "An organiser has fixed it at this time."  # the engine's word for every locked meeting; true of few
DAY_AND_TIME: Final = "on day {day} at {time}"  # the engine counts days, people have dates

IN_FORCE = """
WITH RECURSIVE back AS (
    (SELECT edition, plan, of_version FROM plan_version WHERE edition = $1 ORDER BY number DESC LIMIT 1)
    UNION ALL SELECT o.edition, o.plan, o.of_version FROM back b JOIN plan_version o ON b.plan IS NULL AND o.edition = b.edition AND o.number = b.of_version)
SELECT plan FROM back WHERE plan IS NOT NULL
"""  # a version brought back, even twice, has the reasons of the run it came from


@dataclass(frozen=True, slots=True)
class Explained:
    """What the calculation says about one wish: a code and its sentences, to be put into words."""

    reason: str
    sentences: tuple[Message, ...]


async def plan_in_force(edition: UUID) -> UUID | None:
    """The run behind the version in force; None before the first one."""
    found: UUID | None = await db.value(IN_FORCE, edition)
    return found


async def of_person(edition: Edition, person: UUID) -> dict[UUID, Explained]:
    """What is worked out for *person* under the plan in force, by company."""
    async with db.connection() as conn:
        rows = await conn.fetch(f"SELECT company, reason, sentences FROM explanation WHERE candidate = $2 AND plan = ({IN_FORCE})", edition.id, person)
    kept = [(row[0], row[1], [i18n.read(one) for one in msgspec.json.decode(row[2])]) for row in rows]
    names = await _names(sentence for _, _, sentences in kept for sentence in sentences)
    return {company: Explained(reason, tuple(spoken(one, names, edition) for one in sentences)) for company, reason, sentences in kept}


async def waits(edition: UUID, person: UUID) -> bool:
    """Whether the person asked and is not answered yet."""
    return bool(await db.value(f"SELECT 1 FROM explanation_wanted WHERE candidate = $2 AND plan = ({IN_FORCE})", edition, person))


async def ask(edition: UUID, person: UUID, *, now: datetime) -> None:
    """Work the person's explanations out before anybody else's. Nothing before a plan is published; asking twice is asking once."""
    async with db.transaction():
        plan = await plan_in_force(edition)
        if plan is None:
            return
        await db.execute("INSERT INTO explanation_wanted (plan, candidate, asked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", plan, person, now)
        await enqueue(plan)


async def enqueue(plan: UUID) -> None:
    """One job per plan at a time; it serves who asked first."""
    await jobs.enqueue("matchmaking.explain", {"plan": str(plan)}, key=f"matchmaking.explain.{plan}")


async def enqueue_waiting(edition: UUID) -> None:
    """Somebody asked while the job was ending: begin again."""
    plan = await db.value(f"SELECT plan FROM explanation_wanted WHERE plan = ({IN_FORCE}) LIMIT 1", edition)
    if plan is not None:
        await enqueue(plan)


# --- sentences as data --------------------------------------------------------------------------------------


def spoken(sentence: Message, names: Mapping[str, str], edition: Edition) -> Message:
    """The sentence with names for the ids of companies and dates for counted days."""
    if sentence.text == DAY_AND_TIME:
        date = edition.days[0].day + timedelta(days=sentence.facts["day"] - 1)
        return Message(N_("on {date} at {time}"), date=f"{date:%d/%m}", time=sentence.facts["time"])
    facts = {name: spoken(fact, names, edition) if isinstance(fact, Message) else _named(name, fact, names) for name, fact in sentence.facts.items()}
    return Message(sentence.text, **facts)


def _named(name: str, fact: Any, names: Mapping[str, str]) -> Any:
    if name in {"company", "other"}:
        return names.get(str(fact), "?")
    return f"campus {fact}" if name == "campus" else fact


async def _names(sentences: Iterable[Message]) -> dict[str, str]:
    """The names of every company the sentences speak of."""
    ids = {UUID(str(fact)) for sentence in sentences for name, fact in sentence.facts.items() if name in {"company", "other"}}
    async with db.connection() as conn:
        return {str(r[0]): r[1] for r in await conn.fetch("SELECT id, name FROM company WHERE id = ANY($1)", list(ids))}


def for_the_person(sentences: Sequence[Message], *, is_locked: bool) -> list[Any]:
    """What is kept of an explanation. A meeting fixed for another reason than an organiser's lock does not claim one."""
    return [i18n.plain(s) for s in sentences if is_locked or s.text != NOT_FIXED]
