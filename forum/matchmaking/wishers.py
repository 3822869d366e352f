"""Candidates who wish to meet a company, as its recruiters may see them: declared facts and consent, filtered, never ranked by us."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_
from forum.matchmaking import sharing


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters over declared facts."""

    role: str = ""
    skill: str = ""
    language: str = ""
    contract: str = ""
    verdict: str = ""  # star, pass, none
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Wisher:
    """One candidate. `name` is theirs only with consent, otherwise empty; a veiled one shows neither name nor words of their own, which may tell school or age."""

    person: UUID
    name: str
    number: int  # a stable number to speak of somebody without a name
    academy: bool
    target_roles: list[str]
    skills: list[str]
    languages: list[str]
    contracts: list[str]
    level: str
    about: str
    veiled: bool  # asked for a first meeting without name, and has not met the company yet
    shares: list[str]
    verdict: str | None
    meeting: UUID | None
    meeting_start: datetime | None
    made_at: datetime


PER_PAGE: Final = 30
_SELECT = """
SELECT w.candidate AS person, CASE WHEN 'share:name' = ANY(k.shares) AND NOT v.veiled THEN p.name ELSE '' END AS name,
    (('x' || substr(md5(w.company::text || w.candidate::text), 1, 5))::bit(20)::int % 9000 + 1000) AS number,
    r.purpose = 'academy' AND NOT v.veiled AS academy,
    coalesce(f.target_roles, '{}') AS target_roles, coalesce(f.skills, '{}') AS skills, coalesce(f.languages, '{}') AS languages, coalesce(f.contracts, '{}') AS contracts,
    CASE WHEN 'share:cv' = ANY(k.shares) AND NOT v.veiled THEN coalesce(f.level, '') ELSE '' END AS level,
    CASE WHEN 'share:cv' = ANY(k.shares) AND NOT v.veiled THEN coalesce(f.about, '') ELSE '' END AS about, v.veiled,
    ARRAY(SELECT substr(s, 7) FROM unnest(k.shares) s ORDER BY 1) AS shares, s.verdict, m.id AS meeting, m.slot AS meeting_start, w.made_at
FROM wish w JOIN person p ON p.id = w.candidate JOIN registration r ON r.person = w.candidate AND r.edition = w.edition LEFT JOIN profile f ON f.registration = r.id
LEFT JOIN meeting_preference mp ON mp.person = w.candidate AND mp.edition = w.edition
LEFT JOIN star s ON s.company = w.company AND s.candidate = w.candidate AND s.ended_at IS NULL
LEFT JOIN LATERAL (SELECT coalesce(array_agg(purpose), '{}') AS shares FROM consent c WHERE c.person = w.candidate AND c.company = w.company AND c.withdrawn_at IS NULL) k ON true
LEFT JOIN LATERAL (SELECT id, slot, CASE WHEN state IN ('held', 'running') THEN true END AS met FROM meeting m WHERE m.candidate = w.candidate AND m.company = w.company
                   AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') LIMIT 1) m ON true
CROSS JOIN LATERAL (SELECT coalesce(mp.discreet, false) AND m.met IS NULL AS veiled) v
WHERE w.company = $1 AND w.withdrawn_at IS NULL AND r.cancelled_at IS NULL AND r.confirmed_at IS NOT NULL AND NOT r.is_minor
"""
_FILTER = """
  AND ($2 = '' OR $2 = ANY(f.target_roles)) AND ($3 = '' OR EXISTS (SELECT 1 FROM unnest(f.skills) x WHERE lower(x) = lower($3)))
  AND ($4 = '' OR $4 = ANY(f.languages)) AND ($5 = '' OR $5 = ANY(f.contracts)) AND ($6 = '' OR coalesce(s.verdict, 'none') = $6)
  AND ($7::date IS NULL OR EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.day = $7 AND d.held_at IS NOT NULL))
"""


async def wishers(company: UUID, asked: Asked, *, by: UUID, now: datetime, page: int = 1) -> tuple[list[Wisher], int]:
    """(one page of candidates in the order in which they wished, how many match): never an order of ours. Names seen are written down."""
    args = (company, asked.role, asked.skill, asked.language, asked.contract, asked.verdict, asked.day)
    total: int = await db.value(f"SELECT count(*) FROM ({_SELECT} {_FILTER}) q", *args)
    found = await db.rows(Wisher, f"{_SELECT} {_FILTER} ORDER BY w.made_at, w.candidate LIMIT $8 OFFSET $9", *args, PER_PAGE, (page - 1) * PER_PAGE)
    await sharing.note_looks([w.person for w in found if w.name], company, "name", by=by, now=now)
    await sharing.note_looks([w.person for w in found if w.about or w.level], company, "cv", by=by, now=now)
    return found, total


async def wisher(company: UUID, person: UUID, *, by: UUID, now: datetime) -> Wisher:
    """One candidate who wishes for the company; what is seen is written down for them. Raises NotFound for anybody else."""
    found = await db.row(Wisher, _SELECT + " AND w.candidate = $2", company, person)
    if found is None:
        raise NotFound(N_("This person does not wish to meet your company, or no longer."))
    for what in ("name", "cv"):
        if what in found.shares and not found.veiled:
            await sharing.note_look(person, company, what, by=by, now=now)
    return found


async def free_wishers(edition: Edition, company: UUID, slot: datetime, *, by: UUID, now: datetime) -> list[Wisher]:
    """Who wishes for the company, has no meeting with it and is free in *slot*, in the order in which they wished."""
    found = await db.rows(
        Wisher,
        _SELECT
        + """ AND m.id IS NULL AND s.verdict IS DISTINCT FROM 'pass'
            AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.person = w.candidate AND c.slot = $2)
            AND EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.day = ($2::timestamptz AT TIME ZONE $3)::date AND d.held_at IS NOT NULL)
            ORDER BY w.made_at, w.candidate LIMIT 60""",
        company,
        slot,
        edition.zone,
    )
    await sharing.note_looks([w.person for w in found if w.name], company, "name", by=by, now=now)
    return found
