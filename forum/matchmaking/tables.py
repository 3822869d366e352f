"""The tables of wishes and meetings that are read and written one row at a time, as Piccolo sees them; `migrations/` has the last word, a test compares.

Claims, plans and meetings themselves are written by statements that decide (`ON CONFLICT`, CTEs), in plain SQL.
"""

from piccolo.columns import UUID, Array, BigSerial, Integer, Text, Timestamptz
from piccolo.table import Table

from forum.db import DB


class Offer(Table, tablename="offer", db=DB):
    """A position a company recruits for."""

    id = UUID(primary_key=True)
    company = UUID()
    title = Text()
    target_role = Text()
    skills = Array(base_column=Text())
    contracts = Array(base_column=Text())
    languages = Array(base_column=Text())
    level = Text()
    place = Text()
    text_fr = Text()
    text_en = Text()
    posts = Integer()
    created_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class Question(Table, tablename="question", db=DB):
    """A person asks a person of the organisation."""

    id = UUID(primary_key=True)
    edition = UUID()
    person = UUID()
    meeting = UUID(null=True, default=None)
    company = UUID(null=True, default=None)
    text = Text()
    asked_at = Timestamptz()
    answer = Text(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    answered_by = UUID(null=True, default=None)


class MeetingNote(Table, tablename="meeting_note", db=DB):
    """What a company writes down about a meeting."""

    id = UUID(primary_key=True)
    meeting = UUID()
    author = UUID()
    text = Text()
    at = Timestamptz()


class Outcome(Table, tablename="outcome", db=DB):
    """One answer to "what came of it?"; the last counts."""

    id = BigSerial(primary_key=True)
    meeting = UUID()
    result = Text()
    by = UUID()
    at = Timestamptz()


class VoluntaryAnswer(Table, tablename="voluntary_answer", db=DB):
    """An answer for the parity and territory report."""

    person = UUID(primary_key=True)
    edition = UUID()
    question = Text()
    answer = Text()
    given_at = Timestamptz()


class Target(Table, tablename="target", db=DB):
    """What the programme aims at."""

    edition = UUID(primary_key=True)
    measure = Text()
    aim = Integer()
