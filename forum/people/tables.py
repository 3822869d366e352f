"""People as Piccolo tables: what simple reads and writes go through; the schema itself is `migrations/0001_house.sql`."""

from piccolo.columns import UUID, ForeignKey, OnDelete, Text, Timestamptz
from piccolo.columns.base import OnUpdate
from piccolo.table import Table

from forum.db import DB


class Person(Table, tablename="person", db=DB):
    id = UUID(primary_key=True)
    email = Text()
    name = Text()
    language = Text(default="fr")
    created_at = Timestamptz()
    confirmed_at = Timestamptz(null=True, default=None)
    erased_at = Timestamptz(null=True, default=None)


class Company(Table, tablename="company", db=DB):
    id = UUID(primary_key=True)
    edition = UUID()
    slug = Text()
    name = Text()
    kind = Text(default="startup")
    sector = Text(default="")
    pitch_fr = Text(default="")
    pitch_en = Text(default="")
    website = Text(default="")
    created_at = Timestamptz()
    approved_at = Timestamptz(null=True, default=None)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    withdrawn_at = Timestamptz(null=True, default=None)


class Party(Table, tablename="party", db=DB):
    id = UUID(primary_key=True)
    edition = UUID()
    referent = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    name = Text()
    created_at = Timestamptz()
    company = ForeignKey(Company, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)


class Consent(Table, tablename="consent", db=DB):
    id = UUID(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    purpose = Text()
    company = ForeignKey(Company, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    text_version = Text()
    given_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)


class Role(Table, tablename="role", db=DB):
    id = UUID(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    edition = UUID(null=True)
    name = Text()
    campus = UUID(null=True)
    company = ForeignKey(Company, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.no_action)
    granted_at = Timestamptz()
    granted_by = UUID(null=True)
    approved_at = Timestamptz(null=True, default=None)
    approved_by = UUID(null=True)
    ended_at = Timestamptz(null=True, default=None)


