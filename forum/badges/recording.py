"""A decision on its way into the database: the record of the scan and the move it means, in one statement, conditional on nothing having changed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from forum.badges.asking import Holder, Scan, shown
from forum.badges.doors import Door
from forum.badges.question import Decision
from forum.badges.together import Together


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one scan; `check_in` is its record, `inside` the campus's count after it, `replayed` when the nonce was known."""

    decision: Decision
    door: Door
    at: datetime
    check_in: int
    holder: Holder | None = None
    inside: int | None = None
    replayed: bool = False


# Rows are locked in one order (people, then campuses) and every lock of one kind is taken before the next kind: runs never wait for
# each other in a ring. Of two scans of one person in the same run one goes; a campus near its capacity takes them in turn. Whoever
# gets no row was overtaken: that scan is decided again on what is true now.
_WHERE: Final = "campus uuid, gate uuid, device uuid, staff text, way text, at timestamptz, device_at timestamptz, created_at timestamptz, day date"
_SAID: Final = "forced bool, detail text, reason text, warnings text, facts text, source text"

MOVE: Final = Together(
    """
WITH held AS (
    SELECT a.* FROM {asked} AS a
    JOIN whereabouts w ON w.registration = a.registration AND w.version = a.version
    ORDER BY a.registration, a.n FOR UPDATE OF w),
one AS (SELECT DISTINCT ON (registration) * FROM held ORDER BY registration, n),
room AS (SELECT campus, inside FROM campus_inside WHERE campus = ANY (ARRAY(SELECT entered FROM one UNION ALL SELECT departed FROM one))
         ORDER BY campus FOR UPDATE),
ok AS (SELECT o.* FROM one o LEFT JOIN room r ON r.campus = o.entered
       WHERE o.most IS NULL OR coalesce(r.inside, 0) + (SELECT count(*) FROM one t WHERE t.entered = o.entered AND t.n <= o.n) <= o.most),
recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
                          reason, warnings, facts, source)
    SELECT nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, true, forced, detail,
           reason, string_to_array(warnings, ','), facts::jsonb, source FROM ok
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id, registration),
done AS (SELECT ok.n, ok.registration, ok.entered, ok.departed, ok.at, ok.campus, ok.slug, recorded.id FROM ok JOIN recorded USING (registration)),
moved AS (UPDATE whereabouts w SET campus = d.entered, since = d.at, check_in = d.id, last_at = d.at, version = w.version + 1
          FROM done d WHERE w.registration = d.registration),
change AS (SELECT campus, sum(step)::int AS by FROM (
               SELECT entered AS campus, 1 AS step FROM done WHERE entered IS DISTINCT FROM departed
               UNION ALL SELECT departed, -1 FROM done WHERE entered IS DISTINCT FROM departed) each WHERE campus IS NOT NULL GROUP BY campus),
counted AS (UPDATE campus_inside c SET inside = c.inside + change.by FROM change WHERE c.campus = change.campus RETURNING c.campus, c.inside),
told AS (INSERT INTO event (topic, kind, ref) SELECT 'campus.' || slug, 'check_in', id::text FROM done)
SELECT done.n, done.id, counted.inside FROM done LEFT JOIN counted ON counted.campus = done.campus
""",
    f"registration uuid, version int, entered uuid, departed uuid, most int, nonce text, badge uuid, {_WHERE}, {_SAID}, slug text",
)

NOTE: Final = Together(
    """
WITH one AS (SELECT DISTINCT ON (nonce) a.* FROM {asked} AS a ORDER BY nonce, n),
recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
                          reason, warnings, facts, source, given)
    SELECT nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
           reason, string_to_array(warnings, ','), facts::jsonb, source, given FROM one
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id, nonce),
told AS (INSERT INTO event (topic, kind, ref)
         SELECT 'campus.' || one.slug, 'check_in.refused', recorded.id::text FROM one JOIN recorded USING (nonce) WHERE NOT one.admitted)
SELECT one.n, recorded.id FROM one JOIN recorded USING (nonce)
""",
    f"nonce text, badge uuid, registration uuid, {_WHERE}, admitted bool, {_SAID}, given text, slug text",
)


@dataclass(frozen=True, slots=True)
class Record:
    """What was decided about one scan; `row` is what `asking.READ` said."""

    row: Any
    scan: Scan
    door: Door
    day: date
    decision: Decision
    holder: Holder | None
    now: datetime

    @property
    def moves(self) -> bool:
        """Whether the person is somewhere else afterwards: leaving a campus one is not in moves nobody."""
        return self.decision.status == "ok" and self.holder is not None and (self.scan.way == "entry" or self.row["in_campus"] == self.door.campus)

    @property
    def is_late(self) -> bool:
        """Whether it happened before the last passage already counted."""
        return self.moves and self.row["last_at"] is not None and self.scan.at <= self.row["last_at"]

    async def write(self) -> Outcome | None:
        """The record of the decision and the move it means; None when something changed under it."""
        return await (self._move() if self.moves else self._note())

    async def _note(self) -> Outcome | None:
        """A record that moves nobody."""
        written = await NOTE.ask(*self.note())
        return None if written is None else self.outcome(written["id"], self.row["inside"])

    def note(self) -> tuple[Any, ...]:
        """The values of NOTE."""
        badge, registration = (self.holder.badge, self.holder.registration) if self.holder else (None, None)
        given = "" if self.holder else shown(self.scan.text)
        return (self.scan.nonce, badge, registration, *self._where(), self.decision.status == "ok", *self._said(), given, self.door.campus_slug)

    async def _move(self) -> Outcome | None:
        assert self.holder is not None
        entered, left = (self.door.campus if self.scan.way == "entry" else None), self.row["in_campus"]
        bounded = entered is not None and entered != left and self.door.capacity and not self.decision.forced
        condition = (self.holder.registration, self.row["version"], entered, left, self.door.capacity if bounded else None)
        written = await MOVE.ask(*condition, self.scan.nonce, self.holder.badge, *self._where(), *self._said(), self.door.campus_slug)
        if written is None:
            return None
        return self.outcome(written["id"], self.row["inside"] if written["inside"] is None else written["inside"])

    def _where(self) -> tuple[Any, ...]:
        scan = self.scan
        return (self.door.campus, scan.gate, self.row["device"], scan.staff, scan.way, scan.at, scan.device_at, self.now, self.day)

    def _said(self) -> tuple[Any, ...]:
        decision = self.decision
        facts = msgspec.json.encode(decision.facts).decode()
        return (decision.forced, decision.detail, decision.reason, ",".join(decision.warnings), facts, self.scan.source)

    def outcome(self, check_in: int, inside: int | None) -> Outcome:
        return Outcome(self.decision, self.door, self.scan.at, check_in, self.holder, inside)
