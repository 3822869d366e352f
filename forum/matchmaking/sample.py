"""Invented companies, recruiters, candidates and wishes for the rehearsal: the same for the same seed, 20,000 people in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import numpy as np

from forum import db
from forum.editions import Edition
from forum.matchmaking.invented import CITIES, ENDINGS, FAMILY, GIVEN, ROOTS, SECTORS, SKILLS, TITLES
from forum.matchmaking.places import slot_grid
from forum.people.vocabulary import CONTRACTS, LEVELS, TARGET_ROLES

ROLES: Final = tuple(TARGET_ROLES)
TERRITORIES: Final = ("paris", "paris", "inner-ring", "inner-ring", "outer-ring", "elsewhere", "priority-district")
HOUSE: Final = "hexaligne"  # the company of the demo's recruiter, on the first campus


@dataclass(frozen=True, slots=True)
class Made:
    """How much was made."""

    companies: int
    recruiters: int
    offers: int
    candidates: int
    wishes: int
    stars: int


@dataclass(frozen=True, slots=True)
class _Firm:
    id: UUID
    slug: str
    roles: tuple[int, ...]
    popularity: float


async def fill(edition: Edition, *, companies: int, now: datetime, seed: int = 1, candidates: int = 0) -> Made:
    """Fill *edition* with *companies* (invented ones beside those that exist), their people at tables, offers, wishes and stars.

    Wishes are made for every candidate who is registered; *candidates* more are invented first. Runs once per edition, in one transaction.
    """
    rng = np.random.default_rng(seed)
    async with db.transaction():
        firms = await _companies(edition, companies, now, rng)
        recruiters = await _recruiters(edition, firms, now, rng)
        offers = await _offers(firms, now, rng)
        made = await _candidates(edition, candidates, now, rng) if candidates else 0
        wishes, stars = await _wishes(edition, firms, now, rng)
    return Made(len(firms), recruiters, offers, made, wishes, stars)


async def _copy(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    async with db.connection() as conn:
        await conn.copy_records_to_table(table, records=rows, columns=list(columns))


def _id(edition: Edition, what: str) -> UUID:
    return uuid5(edition.id, what)


# --- companies ---------------------------------------------------------------------------------------------


async def _companies(edition: Edition, count: int, now: datetime, rng: np.random.Generator) -> list[_Firm]:
    known: list[tuple[UUID, str]] = []
    async with db.connection() as conn:
        known = [(r[0], r[1]) for r in await conn.fetch("SELECT id, slug FROM company WHERE edition = $1 ORDER BY slug", edition.id)]
    rows: list[tuple[Any, ...]] = []
    for n in range(max(0, count - len(known))):
        name = f"{ROOTS[n % len(ROOTS)]}{ENDINGS[(n // len(ROOTS)) % len(ENDINGS)]}"
        sector = SECTORS[n % len(SECTORS)]
        kind = "public" if n % 20 == 19 else "startup"
        rows.append((
            _id(edition, f"company {n}"), edition.id, f"{_slug(name)}-{n}", name, kind, sector[0],
            f"{name} {sector[1]}. Entreprise inventée pour la répétition.", f"{name} {sector[2]}. A company invented for the rehearsal.",
            f"https://{_slug(name)}.example.org", now, now,
        ))  # fmt: skip
    await _copy("company", ("id", "edition", "slug", "name", "kind", "sector", "pitch_fr", "pitch_en", "website", "created_at", "approved_at"), rows)
    await db.execute(
        "UPDATE company SET sector = $2, pitch_fr = $3, pitch_en = $4 WHERE edition = $1 AND slug = 'hexaligne' AND pitch_fr = ''",
        edition.id,
        SECTORS[0][0],
        "Hexaligne vérifie les modèles de langue avant qu'ils ne répondent à un service public. Entreprise inventée pour la répétition.",
        "Hexaligne checks language models before they answer for a public service. A company invented for the rehearsal.",
    )
    everyone = known + [(row[0], row[2]) for row in rows]
    zipf = 1.0 / np.arange(1, len(everyone) + 1) ** 0.8
    order = rng.permutation(len(everyone))
    firms = [
        _Firm(ident, slug, tuple(int(r) for r in rng.choice(len(ROLES), size=int(rng.integers(2, 5)), replace=False)), float(zipf[order[n]]))
        for n, (ident, slug) in enumerate(everyone)
    ]
    return [_Firm(f.id, f.slug, (8, 9, 10, 1), float(zipf[0])) if f.slug == HOUSE else f for f in firms]


def _slug(name: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "".join(c if c.isalnum() else "-" for c in plain).strip("-")


async def _recruiters(edition: Edition, firms: list[_Firm], now: datetime, rng: np.random.Generator) -> int:
    """1–4 people per company at neighbouring tables of one campus; a company with more room than the tables allow gets fewer."""
    async with db.connection() as conn:
        tables = await conn.fetch(
            """SELECT c.number, t.id FROM meeting_table t JOIN campus c ON c.id = t.campus
               WHERE c.edition = $1 AND c.removed_at IS NULL AND t.removed_at IS NULL ORDER BY c.number, t.number""",
            edition.id,
        )
        known = await conn.fetch(
            "SELECT company, person FROM role WHERE edition = $1 AND name = 'recruiter' AND ended_at IS NULL AND approved_at IS NOT NULL", edition.id
        )
    free: dict[int, list[UUID]] = {}
    for campus, table in tables:
        free.setdefault(campus, []).append(table)
    existing: dict[UUID, list[UUID]] = {}
    for company, person in known:
        existing.setdefault(company, []).append(person)
    people: list[tuple[Any, ...]] = []
    roles: list[tuple[Any, ...]] = []
    registrations: list[tuple[Any, ...]] = []
    presence: list[tuple[Any, ...]] = []
    campuses = list(free)
    ordered = sorted(firms, key=lambda f: (f.slug != HOUSE,))
    for n, firm in enumerate(ordered):
        left = sum(len(t) for t in free.values()) - (len(ordered) - n - 1)  # one table for each company still to come
        wanted = min(max(1, left), 4 if firm.slug == HOUSE else int(rng.integers(1, 5)))
        campus = campuses[0] if firm.slug == HOUSE else _roomiest(free, campuses, n)
        seats = [free[campus].pop(0) for _ in range(min(wanted, len(free[campus])))]
        for m, table in enumerate(seats):
            mine = existing.get(firm.id, [])
            person = mine[m] if m < len(mine) else _id(edition, f"recruiter {firm.slug} {m}")
            if m >= len(mine):
                name = _name(rng)
                people.append((person, f"recruteur.{firm.slug}.{m}@example.org", name, "fr", now, now))
                roles.append((person, edition.id, "recruiter", firm.id, now, now))
                registrations.append((_id(edition, f"registration {person}"), edition.id, person, "recruiter", now, now))
            presence += [(person, slot, table, firm.id) for slot in _hours(edition, (n + m) % 3, rng)]
    await _copy("person", ("id", "email", "name", "language", "created_at", "confirmed_at"), people)
    await _copy("registration", ("id", "edition", "person", "purpose", "created_at", "confirmed_at"), registrations)
    await _copy("role", ("person", "edition", "name", "company", "granted_at", "approved_at"), roles)
    await _copy("presence", ("recruiter", "slot", "meeting_table", "company"), presence)
    return len(people) + sum(len(v) for v in existing.values())


def _roomiest(free: dict[int, list[UUID]], campuses: list[int], n: int) -> int:
    return max(campuses, key=lambda c: (len(free[c]), (c * 7 + n) % len(campuses)))


def _hours(edition: Edition, shift: int, rng: np.random.Generator) -> list[datetime]:
    """All day with an hour's lunch, staggered over the team; one in ten comes for a morning only."""
    grid = slot_grid(edition)
    found: list[datetime] = []
    for day in edition.days:
        slots = grid.on(day.day)
        lunch = timedelta(hours=3, minutes=20 + 20 * shift)
        away = {s for s in slots if slots[0] + lunch <= s < slots[0] + lunch + timedelta(hours=1)}
        half = rng.random() < 0.1
        found += [s for s in slots if s not in away and not (half and s >= slots[0] + timedelta(hours=4))]
    return found


async def _offers(firms: list[_Firm], now: datetime, rng: np.random.Generator) -> int:
    contracts, levels = list(CONTRACTS), list(LEVELS)
    rows: list[tuple[Any, ...]] = []
    for firm in firms:
        for role in firm.roles[: int(rng.integers(1, len(firm.roles) + 1))]:
            key = ROLES[role]
            skills = list(rng.choice(SKILLS[key], size=min(3, len(SKILLS[key])), replace=False))
            picked = [contracts[0]] if rng.random() < 0.7 else [contracts[int(rng.integers(1, len(contracts)))]]
            rows.append((
                firm.id, TITLES[key], key, [str(s) for s in skills], picked, ["fr"] if rng.random() < 0.6 else ["fr", "en"], levels[int(rng.integers(len(levels)))],
                CITIES[int(rng.integers(len(CITIES)))], f"{TITLES[key]}. Offre inventée pour la répétition.", "An offer invented for the rehearsal.", int(rng.integers(1, 4)), now,
            ))  # fmt: skip
    await _copy(
        "offer", ("company", "title", "target_role", "skills", "contracts", "languages", "level", "place", "text_fr", "text_en", "posts", "created_at"), rows
    )
    return len(rows)


# --- candidates --------------------------------------------------------------------------------------------


def _name(rng: np.random.Generator) -> str:
    family = FAMILY[int(rng.integers(len(FAMILY)))]
    if rng.random() < 0.15:
        family += "-" + FAMILY[int(rng.integers(len(FAMILY)))]
    return f"{GIVEN[int(rng.integers(len(GIVEN)))]} {family}"


async def _candidates(edition: Edition, count: int, now: datetime, rng: np.random.Generator) -> int:
    """Invented, confirmed people with a profile and a first campus that still has places."""
    async with db.connection() as conn:
        open_days = await conn.fetch(
            """SELECT d.campus, d.day, d.places - d.taken FROM campus_day d JOIN campus c ON c.id = d.campus
               WHERE c.edition = $1 AND c.removed_at IS NULL ORDER BY d.day, c.number""",
            edition.id,
        )
    left = {(r[0], r[1]): r[2] for r in open_days}
    days = sorted({r[1] for r in open_days})
    by_day = {day: [c for c, d in left if d == day] for day in days}
    people, registrations, profiles, held = [], [], [], []
    for n in range(count):
        person, registration = _id(edition, f"candidate {n}"), _id(edition, f"candidate registration {n}")
        people.append((person, f"personne.{n}@example.org", _name(rng), "fr" if rng.random() < 0.85 else "en", now, now))
        purpose = "academy" if rng.random() < 0.15 else "candidate"
        registrations.append((registration, edition.id, person, purpose, bool(rng.random() < 0.03), now, now))
        roles = [ROLES[int(r)] for r in rng.choice(len(ROLES), size=int(rng.integers(1, 4)), replace=False)]
        skills = sorted({str(s) for role in roles for s in rng.choice(SKILLS[role], size=2, replace=False)})
        profiles.append((registration, roles, skills, ["fr"] if rng.random() < 0.5 else ["fr", "en"], ["permanent"], int(rng.integers(3, 8))))
        chosen = days if rng.random() < 0.5 else [days[int(rng.integers(len(days)))]]
        for day in chosen:
            campus = by_day[day][int(rng.integers(len(by_day[day])))]
            room = left[campus, day] > 0
            left[campus, day] -= room
            held.append((registration, day, campus, now, now if room else None))
    await _copy("person", ("id", "email", "name", "language", "created_at", "confirmed_at"), people)
    await _copy("registration", ("id", "edition", "person", "purpose", "step_free_need", "created_at", "confirmed_at"), registrations)
    await _copy("profile", ("registration", "target_roles", "skills", "languages", "contracts", "max_meetings"), profiles)
    answers = []
    for row in people:
        if rng.random() < 0.7:
            answers.append((row[0], edition.id, "gender", ("woman", "man", "other")[int(rng.choice(3, p=(0.48, 0.49, 0.03)))], now))
            answers.append((row[0], edition.id, "territory", TERRITORIES[int(rng.integers(len(TERRITORIES)))], now))
    await _copy("voluntary_answer", ("person", "edition", "question", "answer", "given_at"), answers)
    await _copy("registration_day", ("registration", "day", "campus", "asked_at", "held_at"), held)
    await db.execute(
        """UPDATE campus_day d SET taken = d.taken + n.more FROM (SELECT campus, day, count(*) AS more FROM unnest($1::uuid[], $2::date[]) AS h (campus, day) GROUP BY 1, 2) n
           WHERE d.campus = n.campus AND d.day = n.day""",
        [h[2] for h in held if h[4]],
        [h[1] for h in held if h[4]],
    )
    return count


async def _wishes(edition: Edition, firms: list[_Firm], now: datetime, rng: np.random.Generator) -> tuple[int, int]:
    """Wishes by affinity (roles sought and offered), by what is popular, and by chance; stars by affinity among the wishers."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT r.person, f.target_roles FROM registration r LEFT JOIN profile f ON f.registration = r.id
               WHERE r.edition = $1 AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM wish w WHERE w.candidate = r.person AND w.edition = r.edition) ORDER BY r.person""",
            edition.id,
        )
    if not rows or not firms:
        return 0, 0
    offered = np.zeros((len(ROLES), len(firms)), np.float32)
    for n, firm in enumerate(firms):
        offered[list(firm.roles), n] = 1.0
    sought = np.zeros((len(rows), len(ROLES)), np.float32)
    at = {key: n for n, key in enumerate(ROLES)}
    for n, row in enumerate(rows):
        sought[n, [at[key] for key in (row[1] or ()) if key in at]] = 1.0
    affinity = sought @ offered
    appeal = np.log(np.array([firm.popularity for firm in firms], np.float32))
    score = 1.6 * affinity + 0.55 * appeal + rng.gumbel(size=affinity.shape).astype(np.float32)
    most = min(12, len(firms))
    best = np.argsort(-score, axis=1)[:, :most]
    count = rng.integers(min(4, most), most + 1, size=len(rows))
    edges = [(n, int(company), rank + 1) for n in range(len(rows)) for rank, company in enumerate(best[n, : count[n]])]
    await _copy("wish", ("edition", "candidate", "company", "rank", "made_at"), [(edition.id, rows[n][0], firms[j].id, rank, now) for n, j, rank in edges])
    await _consents(edges, [row[0] for row in rows], firms, now, rng)
    return len(edges), await _stars(edges, [row[0] for row in rows], firms, affinity, now, rng)


async def _consents(edges: list[tuple[int, int, int]], people: list[UUID], firms: list[_Firm], now: datetime, rng: np.random.Generator) -> None:
    """Most people share their name with whom they wish for, half also their CV, a few their address."""
    habit = rng.random(len(people))
    rows = []
    for n, j, _ in edges:
        shares = [what for what, share in (("name", 0.8), ("cv", 0.5), ("contact", 0.1)) if habit[n] < share]
        rows += [(people[n], f"share:{what}", firms[j].id, "share-1", now) for what in shares]
    await _copy("consent", ("person", "purpose", "company", "text_version", "given_at"), rows)


async def _stars(edges: list[tuple[int, int, int]], people: list[UUID], firms: list[_Firm], affinity: Any, now: datetime, rng: np.random.Generator) -> int:
    givers = {row[0]: row[1] for row in await _givers()}
    draw = rng.random(len(edges))
    stars = []
    for (n, j, _), luck in zip(edges, draw, strict=True):
        chance = 0.12 + 0.28 * float(affinity[n, j])
        verdict = "star" if luck < chance else "pass" if luck > 0.97 else ""
        if verdict and firms[j].id in givers:
            stars.append((firms[j].id, people[n], verdict, givers[firms[j].id], now))
    await _copy("star", ("company", "candidate", "verdict", "given_by", "given_at"), stars)
    return len(stars)


async def _givers() -> list[Any]:
    async with db.connection() as conn:
        found: list[Any] = await conn.fetch("SELECT DISTINCT ON (company) company, recruiter FROM presence ORDER BY company, recruiter")
    return found
