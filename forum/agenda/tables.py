"""The tables of the agenda as Piccolo sees them; `migrations/` has the last word, a test compares."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table

from forum.db import DB


class Speaker(Table, tablename="speaker", db=DB):
    """Someone who holds sessions."""

    id = UUID(primary_key=True)
    edition = UUID()
    code = Text()
    number = Integer()
    person = UUID(null=True, default=None)
    name = Text()
    biography = Text()
    confirmed_at = Timestamptz(null=True, default=None)


class Session(Table, tablename="session", db=DB):
    """An item of the agenda, wherever it stands."""

    id = UUID(primary_key=True)
    edition = UUID()
    code = Text()
    number = Integer()
    guid = Text()
    title = Text()
    subtitle = Text()
    kind = Text()
    track = Text()
    language = Text()
    level = Text()
    abstract = Text()
    description = Text()
    minutes = Integer()
    needs = Array(Text())
    seats = Integer(null=True, default=None)
    reservable = Boolean()
    licence = Text(null=True, default=None)
    optout = Boolean()
    slug = Text()
    logo = Text()
    links = JSONB()
    attachments = JSONB()
    extra = JSONB()
    interest = Integer()
    withdrawn_at = Timestamptz(null=True, default=None)
    version = Integer()


class Placement(Table, tablename="placement", db=DB):
    """Where a session stands in the draft."""

    session = UUID(primary_key=True)
    room = UUID()
    start_at = Timestamptz()
    end_at = Timestamptz()
    locked_at = Timestamptz(null=True, default=None)
    locked_by = UUID(null=True, default=None)


class Agenda(Table, tablename="agenda", db=DB):
    """The draft of an edition: its version and what an imported file said about itself."""

    edition = UUID(primary_key=True)
    version = Integer()
    head = JSONB()


class DraftEdit(Table, tablename="draft_edit", db=DB):
    """One edit of the draft, with what it changed both ways."""

    id = BigInt(primary_key=True)
    edition = UUID()
    version = Integer()
    actor = UUID(null=True, default=None)
    at = Timestamptz()
    kind = Text()
    before = JSONB()
    after = JSONB()
    undone_at = Timestamptz(null=True, default=None)


class Release(Table, tablename="release", db=DB):
    """A published state of the agenda."""

    id = UUID(primary_key=True)
    edition = UUID()
    number = Integer()
    name = Text()
    note = Text()
    head = JSONB()
    at = Timestamptz()
    actor = UUID(null=True, default=None)
    restores = UUID(null=True, default=None)


class Seating(Table, tablename="seating", db=DB):
    """How many seats a published session has, and how many are taken."""

    session = UUID(primary_key=True)
    places = Integer()
    taken = Integer()
    walked_in = Integer()


class Seat(Table, tablename="seat", db=DB):
    """A seat held, offered or waited for; `ended_at` when it is over."""

    id = UUID(primary_key=True)
    session = UUID()
    person = UUID()
    asked_at = Timestamptz()
    place = BigInt()
    offered_at = Timestamptz(null=True, default=None)
    offer_until = Timestamptz(null=True, default=None)
    held_at = Timestamptz(null=True, default=None)
    arrived_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_why = Text()


class CalendarFeed(Table, tablename="calendar_feed", db=DB):
    """A personal calendar address, in use until revoked."""

    id = UUID(primary_key=True)
    person = UUID()
    created_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class AgendaPlan(Table, tablename="agenda_plan", db=DB):
    """A plan as it was computed, or why there is none."""

    id = UUID(primary_key=True)
    edition = UUID()
    made_at = Timestamptz()
    actor = UUID(null=True, default=None)
    draft_version = Integer()
    value = BigInt(null=True, default=None)
    bound = BigInt(null=True, default=None)
    terms = JSONB()
    seconds = DoublePrecision()
    placements = JSONB()
    impossible = JSONB()
    applied_at = Timestamptz(null=True, default=None)
    job = BigInt(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
