"""What candidates look through: companies with their offers, where and when their people are, and what both sides said."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from forum import db


@dataclass(frozen=True, slots=True)
class Filters:
    """What a candidate looks for; empty means anything."""

    q: str = ""
    role: str = ""
    skill: str = ""
    contract: str = ""
    language: str = ""
    campus: str = ""
    day: date | None = None

    @property
    def any(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Offer:
    """A position a company recruits for."""

    id: UUID
    company: UUID
    title: str
    target_role: str
    skills: list[str]
    contracts: list[str]
    languages: list[str]
    level: str
    place: str
    text_fr: str
    text_en: str
    posts: int
    version: int

    def text(self, lang: str) -> str:
        return (self.text_fr or self.text_en) if lang == "fr" else (self.text_en or self.text_fr)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a company's people are on one day, and how many seats they have."""

    company: UUID
    day: date
    campus: str
    number: int
    name: str
    step_free: bool
    tables: int
    seats: int
    free: int


@dataclass(frozen=True, slots=True)
class Card:
    """A company in the list."""

    id: UUID
    slug: str
    name: str
    kind: str
    sector: str
    pitch_fr: str
    pitch_en: str
    wishes: int
    seats: int
    offers: list[Offer] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def pitch(self, lang: str) -> str:
        return (self.pitch_fr or self.pitch_en) if lang == "fr" else (self.pitch_en or self.pitch_fr)


_WHERE = """
c.edition = $1 AND c.approved_at IS NOT NULL AND c.withdrawn_at IS NULL
AND ($2 = '' OR plain(c.name) LIKE plain($2) OR plain(c.sector) LIKE plain($2) OR plain(c.pitch_fr) LIKE plain($2) OR plain(c.pitch_en) LIKE plain($2)
     OR EXISTS (SELECT 1 FROM offer o WHERE o.company = c.id AND o.withdrawn_at IS NULL AND (plain(o.title) LIKE plain($2) OR plain(o.text_fr) LIKE plain($2) OR plain(o.text_en) LIKE plain($2))))
AND (($3 = '' AND $4 = '' AND $5 = '' AND $6 = '') OR EXISTS (
     SELECT 1 FROM offer o WHERE o.company = c.id AND o.withdrawn_at IS NULL AND ($3 = '' OR o.target_role = $3)
     AND ($4 = '' OR EXISTS (SELECT 1 FROM unnest(o.skills) s WHERE lower(s) = lower($4))) AND ($5 = '' OR $5 = ANY(o.contracts)) AND ($6 = '' OR $6 = ANY(o.languages))))
AND (($7 = '' AND $8::date IS NULL) OR EXISTS (
     SELECT 1 FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
     WHERE p.company = c.id AND ($7 = '' OR k.slug = $7) AND ($8::date IS NULL OR (p.slot AT TIME ZONE $9)::date = $8)))
"""


async def search(edition: UUID, filters: Filters, *, zone: str, limit: int = 30, offset: int = 0) -> tuple[list[Card], int]:
    """(companies by name from *offset*, how many match)."""
    like = f"%{filters.q.replace('%', '').replace('_', '')}%" if filters.q else ""
    args = (edition, like, filters.role, filters.skill, filters.contract, filters.language, filters.campus, filters.day, zone)
    total: int = await db.value(f"SELECT count(*) FROM company c WHERE ($9 = $9) AND {_WHERE}", *args)
    cards = await db.rows(
        Card,
        f"""SELECT c.id, c.slug, c.name, c.kind, c.sector, c.pitch_fr, c.pitch_en,
                   (SELECT count(*) FROM wish w WHERE w.company = c.id AND w.withdrawn_at IS NULL) AS wishes,
                   (SELECT count(*) FROM presence p WHERE p.company = c.id) AS seats
            FROM company c WHERE ($9 = $9) AND {_WHERE} ORDER BY plain(c.name), c.id LIMIT $10 OFFSET $11""",
        *args, limit, offset,
    )  # fmt: skip
    return await _filled(cards, zone), total


async def _filled(cards: list[Card], zone: str) -> list[Card]:
    by_id = {card.id: card for card in cards}
    for offer in await offers_of([card.id for card in cards]):
        by_id[offer.company].offers.append(offer)
    for spot in await spots_of([card.id for card in cards], zone):
        by_id[spot.company].spots.append(spot)
    return cards


async def offers_of(companies: list[UUID]) -> list[Offer]:
    """Standing offers of these companies, by title."""
    return await db.rows(
        Offer,
        """SELECT id, company, title, target_role, skills, contracts, languages, level, place, text_fr, text_en, posts, version
           FROM offer WHERE company = ANY($1) AND withdrawn_at IS NULL ORDER BY lower(title), id""",
        companies,
    )


async def spots_of(companies: list[UUID], zone: str) -> list[Spot]:
    """Where these companies are, by day and campus."""
    return await db.rows(
        Spot,
        """SELECT p.company, (p.slot AT TIME ZONE $2)::date AS day, k.slug AS campus, k.number, k.name, bool_and(t.step_free AND k.step_free) AS step_free,
                  count(DISTINCT t.id) AS tables, count(*) AS seats, count(*) FILTER (WHERE q.id IS NULL) AS free
           FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
           LEFT JOIN claim q ON q.recruiter = p.recruiter AND q.slot = p.slot
           WHERE p.company = ANY($1) AND k.removed_at IS NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4""",
        companies,
        zone,
    )


@dataclass(frozen=True, slots=True)
class Stand:
    """How one candidate stands with one company."""

    rank: int | None
    verdict: str | None
    meeting: UUID | None
    waiting: bool
    shared: list[str]


async def stand(person: UUID, company: UUID) -> Stand:
    """Everything the company page says to a candidate about themselves."""
    found = await db.row(
        Stand,
        """SELECT (SELECT rank FROM wish WHERE candidate = $1 AND company = $2 AND withdrawn_at IS NULL) AS rank,
                  (SELECT verdict FROM star WHERE candidate = $1 AND company = $2 AND ended_at IS NULL) AS verdict,
                  (SELECT id FROM meeting WHERE candidate = $1 AND company = $2 AND state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') LIMIT 1) AS meeting,
                  EXISTS (SELECT 1 FROM seat_wait WHERE candidate = $1 AND company = $2 AND ended_at IS NULL) AS waiting,
                  ARRAY(SELECT substr(purpose, 7) FROM consent WHERE person = $1 AND company = $2 AND purpose LIKE 'share:%' AND withdrawn_at IS NULL ORDER BY 1) AS shared""",
        person,
        company,
    )
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Wished:
    """A wish in the candidate's list, with what to expect."""

    company: UUID
    slug: str
    name: str
    rank: int
    verdict: str | None
    seats: int
    wishes: int
    withdrawn: bool
    state: str | None
    start: datetime | None
    meeting: UUID | None


async def wishes_of(person: UUID, edition: UUID) -> list[Wished]:
    """The candidate's wishes by rank; a company that withdrew stays in the list and says so."""
    return await db.rows(
        Wished,
        """SELECT w.company, c.slug, c.name, w.rank, s.verdict, (SELECT count(*) FROM presence p WHERE p.company = c.id) AS seats,
                  (SELECT count(*) FROM wish o WHERE o.company = c.id AND o.withdrawn_at IS NULL) AS wishes,
                  c.withdrawn_at IS NOT NULL OR c.approved_at IS NULL AS withdrawn, m.state, m.slot AS start, m.id AS meeting
           FROM wish w JOIN company c ON c.id = w.company LEFT JOIN star s ON s.company = c.id AND s.candidate = w.candidate AND s.ended_at IS NULL
           LEFT JOIN LATERAL (SELECT id, state, slot FROM meeting m WHERE m.candidate = w.candidate AND m.company = w.company
                              ORDER BY (m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')) DESC, m.created_at DESC LIMIT 1) m ON true
           WHERE w.candidate = $1 AND w.edition = $2 AND w.withdrawn_at IS NULL ORDER BY w.rank""",
        person,
        edition,
    )


async def campuses_with_companies(edition: UUID) -> list[tuple[str, int, str]]:
    """(slug, number, name) of campuses where some company sits, for the filter."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT k.slug, k.number, k.name FROM campus k WHERE k.edition = $1 AND k.removed_at IS NULL
               AND EXISTS (SELECT 1 FROM meeting_table t JOIN presence p ON p.meeting_table = t.id WHERE t.campus = k.id) ORDER BY k.number""",
            edition,
        )
    return [(r[0], r[1], r[2]) for r in rows]


async def skills_offered(edition: UUID) -> list[str]:
    """Skills the offers name, the most asked for first."""
    return await db.column(
        """SELECT s FROM offer o JOIN company c ON c.id = o.company, unnest(o.skills) s WHERE c.edition = $1 AND o.withdrawn_at IS NULL
           GROUP BY s ORDER BY count(*) DESC, s LIMIT 60""",
        edition,
    )
