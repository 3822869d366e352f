"""A decision on its way into the database: the record of the scan and the move it means, in one statement, conditional on nothing having changed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from forum.badges.admission import Decision
from forum.badges.asking import Holder, Scan, shown
from forum.badges.doors import Door
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
MOVE: Final = Together("""
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[],
                         $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::date[], $17::bool[],
                         $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[])
         WITH ORDINALITY AS a (registration, version, entered, departed, most, nonce, badge, campus, gate, device,
                               staff, way, at, device_at, created_at, day, forced, detail, reason, warnings, facts, source, slug, n)
    WHERE n BETWEEN 1 AND 1000), -- see ONE_PLAN
held AS (SELECT w.registration, a.n FROM whereabouts w JOIN asked a ON a.registration = w.registration AND a.version = w.version
         ORDER BY w.registration, a.n FOR UPDATE OF w),
one AS (SELECT DISTINCT ON (registration) n FROM held ORDER BY registration, n),
going AS (SELECT a.*, row_number() OVER (PARTITION BY a.entered ORDER BY a.n) AS turn FROM asked a JOIN one USING (n)),
room AS (SELECT campus, inside FROM campus_inside WHERE campus = ANY (ARRAY(SELECT entered FROM going UNION SELECT departed FROM going))
         ORDER BY campus FOR UPDATE),
ok AS (SELECT g.* FROM going g LEFT JOIN room r ON r.campus = g.entered WHERE g.most IS NULL OR coalesce(r.inside, 0) + g.turn <= g.most),
recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
                          reason, warnings, facts, source)
    SELECT nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, true, forced, detail,
           reason, string_to_array(warnings, ','), facts::jsonb, source FROM ok ORDER BY n
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id, registration),
done AS (SELECT ok.n, ok.registration, ok.entered, ok.departed, ok.at, ok.campus, ok.slug, recorded.id FROM ok JOIN recorded USING (registration)),
moved AS (UPDATE whereabouts w SET campus = d.entered, since = d.at, check_in = d.id, last_at = d.at, version = w.version + 1
          FROM done d WHERE w.registration = d.registration),
change AS (SELECT campus, sum(step)::int AS by FROM (
               SELECT entered AS campus, 1 AS step FROM done WHERE entered IS DISTINCT FROM departed
               UNION ALL SELECT departed, -1 FROM done WHERE entered IS DISTINCT FROM departed) each WHERE campus IS NOT NULL GROUP BY campus),
counted AS (UPDATE campus_inside c SET inside = c.inside + change.by FROM change WHERE c.campus = change.campus RETURNING c.campus, c.inside),
told AS (INSERT INTO event (topic, kind, ref) SELECT 'campus.' || slug, 'check_in', id::text FROM done ORDER BY n)
SELECT done.n, done.id, counted.inside FROM done LEFT JOIN counted ON counted.campus = done.campus
""")

NOTE: Final = Together("""
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::timestamptz[],
                         $10::timestamptz[], $11::timestamptz[], $12::date[], $13::bool[], $14::bool[], $15::text[], $16::text[],
                         $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
         WITH ORDINALITY AS a (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced,
                               detail, reason, warnings, facts, source, given, slug, n)
    WHERE n BETWEEN 1 AND 1000), -- see ONE_PLAN
one AS (SELECT DISTINCT ON (nonce) * FROM asked ORDER BY nonce, n),
recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
                          reason, warnings, facts, source, given)
    SELECT nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
           reason, string_to_array(warnings, ','), facts::jsonb, source, given FROM one ORDER BY nonce
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id, nonce),
told AS (INSERT INTO event (topic, kind, ref)
         SELECT 'campus.' || one.slug, 'check_in.refused', recorded.id::text FROM one JOIN recorded USING (nonce) WHERE NOT one.admitted)
SELECT one.n, recorded.id FROM one JOIN recorded USING (nonce)
""")


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
