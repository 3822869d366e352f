"""The tables of badges and doors as Piccolo sees them; `migrations/` has the last word, a test compares."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Bytea, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from forum.db import DB


class BadgeKey(Table, tablename="badge_key", db=DB):
    """A signing key; the private half is sealed."""

    kid = SmallInt(primary_key=True)
    public = Bytea()
    sealed = Bytea()
    made_at = Timestamptz()
    retires_at = Timestamptz(null=True)


class Badge(Table, tablename="badge", db=DB):
    """The right to enter, one in force per registration."""

    id = UUID(primary_key=True)
    edition = UUID()
    registration = UUID()
    number = BigInt()
    kid = SmallInt()
    role = Text()
    token = Text()
    printed_days = Array(base_column=Date())
    valid_from = Timestamptz()
    valid_until = Timestamptz()
    issued_at = Timestamptz()
    issued_by = UUID(null=True)
    revoked_at = Timestamptz(null=True)
    revoked_by = UUID(null=True)
    revoked_why = Text()
    replaced_by = UUID(null=True)
    blocked_at = Timestamptz(null=True)


class DoorDevice(Table, tablename="door_device", db=DB):
    """A phone at a door."""

    id = UUID(primary_key=True)
    edition = UUID()
    name = Text()
    profile = Text()
    enrol_hash = Bytea(null=True)
    enrol_until = Timestamptz(null=True)
    token_hash = Bytea(null=True)
    created_at = Timestamptz()
    created_by = UUID(null=True)
    enrolled_at = Timestamptz(null=True)
    revoked_at = Timestamptz(null=True)
    revoked_by = UUID(null=True)
    seen_at = Timestamptz(null=True)
    unsent = Integer()
    clock_ms = BigInt()
    battery = SmallInt(null=True)


class GateRule(Table, tablename="gate_rule", db=DB):
    """One way of being let in."""

    id = UUID(primary_key=True)
    campus = UUID()
    gate = UUID(null=True)
    days = Array(base_column=Date())
    roles = Array(base_column=Text())
    opens = Integer()
    closes = Integer()
    reentry = Boolean()
    entries_per_day = Integer()
    made_at = Timestamptz()
    made_by = UUID(null=True)
    removed_at = Timestamptz(null=True)


class CheckIn(Table, tablename="check_in", db=DB):
    """A scan, admitted or not."""

    id = BigInt(primary_key=True)
    nonce = Text()
    badge = UUID(null=True)
    registration = UUID(null=True)
    campus = UUID()
    gate = UUID()
    device = UUID(null=True)
    staff = Text()
    way = Text()
    at = Timestamptz()
    device_at = Timestamptz(null=True)
    created_at = Timestamptz()
    day = Date()
    admitted = Boolean()
    forced = Boolean()
    detail = Text()
    reason = Text()
    warnings = Array(base_column=Text())
    facts = JSONB()
    source = Text()
    given = Text()
    undone_at = Timestamptz(null=True)
