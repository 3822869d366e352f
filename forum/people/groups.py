"""Groups: a referent registers people from a list, each confirms with one click."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, mail
from forum.access import Principal
from forum.editions import Edition
from forum.errors import Invalid
from forum.forms import email_address
from forum.i18n import N_, Message
from forum.live import outbox
from forum.people.forms import GroupForm
from forum.people.model import GUARDIAN_WITHIN
from forum.people.registration import choices_of, mail_link, take_days

MOST = 300  # people of one list


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the list: a person to invite."""

    line: int
    name: str
    email: str


def read_list(text: str) -> list[Member]:
    """`name; address` lines as members. Raises Invalid with a fault per line: nothing is done with half a list."""
    members: list[Member] = []
    faults: dict[str, Message] = {}
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, _, address = (part.strip() for part in line.replace("\t", ";").partition(";"))
        try:
            email = email_address(address)
        except Invalid:
            faults[f"people.{number}"] = Message(N_("Line {line}: write a name, a semicolon and an address."), line=number)
            continue
        if not name or len(name) > 120 or email.lower() in seen:
            faults[f"people.{number}"] = Message(N_("Line {line}: this name is missing or this address stands twice."), line=number)
        seen.add(email.lower())
        members.append(Member(number, name, email))
    if len(members) > MOST:
        faults["people"] = Message(N_("{most} people at most in one list."), most=MOST)
    if faults or not members:
        raise Invalid(N_("Some lines need another look."), faults=faults or {"people": Message(N_("Write at least one line."))})
    return members


async def register_group(edition: Edition, form: GroupForm, *, by: Principal, lang: str, now: datetime) -> int:
    """Register everyone on the list who is not yet registered, hold their places, and mail each one link to confirm; how many are new."""
    members, choices = read_list(form.people), await choices_of(edition, form.days)
    made = 0
    async with db.transaction():
        party: UUID = await db.value(
            "INSERT INTO party (edition, referent, name, created_at) VALUES ($1, $2, $3, $4) RETURNING id", edition.id, by.person, form.name, now
        )
        for member in sorted(members, key=lambda m: m.email):
            made += await _invite(edition, party, member, form, lang, now)
            registration = await db.value(
                "SELECT r.id FROM registration r WHERE r.party = $1 AND r.person = (SELECT id FROM person WHERE lower(email) = lower($2))", party, member.email
            )
            if registration is not None:
                await take_days(registration, choices, now=now)
        await outbox.emit("edition", "registration.created", party)
    return made


async def _invite(edition: Edition, party: UUID, member: Member, form: GroupForm, lang: str, now: datetime) -> int:
    person: UUID = await db.value(
        """INSERT INTO person (email, name, language, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (lower(email)) DO UPDATE SET email = person.email RETURNING id""",
        member.email, member.name, lang, now,
    )  # fmt: skip
    registration: UUID | None = await db.value(
        """INSERT INTO registration (edition, person, purpose, party, created_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (edition, person) DO NOTHING RETURNING id""",
        edition.id, person, form.purpose, party, now,
    )  # fmt: skip
    if registration is None:
        return 0
    token = await mail_link("confirm", person=person, registration=registration, expires=now + GUARDIAN_WITHIN, now=now)
    await mail.post("group", person=person, now=now, facts={"link": f"/register/confirm/{token}", "group": form.name})
    return 1
