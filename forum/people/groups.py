"""Groups: a referent registers people from a list, each confirms with one click. The referent sees answers, never who was known before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db, mail
from forum.access import Principal
from forum.editions import Edition
from forum.errors import Invalid
from forum.forms import CONTROL, email_address
from forum.i18n import N_, Message
from forum.live import outbox
from forum.people.forms import GroupForm
from forum.people.model import GUARDIAN_WITHIN, DayChoice
from forum.people.registration import choices_of, mail_link, take_days

MOST = 300  # people of one list, and invitations of one referent a day: a list is no way to write to strangers


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
        if not name or len(name) > 120 or CONTROL.search(name) or email.lower() in seen:
            faults[f"people.{number}"] = Message(N_("Line {line}: this name is missing or this address stands twice."), line=number)
        seen.add(email.lower())
        members.append(Member(number, name, email))
    if len(members) > MOST:
        faults["people"] = Message(N_("{most} people at most in one list."), most=MOST)
    if faults or not members:
        raise Invalid(N_("Some lines need another look."), faults=faults or {"people": Message(N_("Write at least one line."))})
    return members


async def register_group(edition: Edition, form: GroupForm, *, by: Principal, lang: str, now: datetime) -> int:
    """Register everyone on the list who is not yet registered, hold their places, and mail each one link; how many are invited.

    Somebody who is registered already is asked by mail whether they come with the group; the answer here is the same for both.
    Raises Invalid with a fault per line, for a team without its company, and past a day's most invitations.
    """
    members, choices = read_list(form.people), await choices_of(edition, form.days)
    async with db.transaction():
        await _bounded(by.person, len(members), now)
        company = await _company_of(edition, by.person) if form.purpose == "recruiter" else None
        party: UUID = await db.value(
            "INSERT INTO party (edition, referent, name, company, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            edition.id, by.person, form.name, company, now,
        )  # fmt: skip
        for member in sorted(members, key=lambda m: m.email.lower()):  # one order: two lists of the same people never deadlock
            await _invite(edition, party, member, form, choices, lang, now)
        await outbox.emit("edition", "registration.created", party)
    return len(members)


async def _bounded(referent: UUID, more: int, now: datetime) -> None:
    await db.lock(f"groups.{referent}")
    asked = await db.value(
        "SELECT count(*) FROM party_member m JOIN party p ON p.id = m.party WHERE p.referent = $1 AND m.invited_at > $2", referent, now - timedelta(days=1)
    )
    if asked + more > MOST:
        raise Invalid(Message(N_("You can invite {most} people a day."), most=MOST), field="people")


async def _company_of(edition: Edition, referent: UUID) -> UUID:
    """The company the referent recruits for, approved or not: each of the team waits for an organiser of their own."""
    company: UUID | None = await db.value(
        """SELECT company FROM role WHERE person = $1 AND edition = $2 AND name IN ('recruiter', 'company_admin') AND ended_at IS NULL
           ORDER BY granted_at, id LIMIT 1""",
        referent, edition.id,
    )  # fmt: skip
    if company is None:
        raise Invalid(N_("Register as a recruiter first: your team comes for the same organisation."), field="purpose")
    return company


async def _invite(edition: Edition, party: UUID, member: Member, form: GroupForm, choices: list[DayChoice], lang: str, now: datetime) -> None:
    person: UUID = await db.value(
        """INSERT INTO person (email, name, language, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (lower(email)) DO UPDATE SET email = person.email RETURNING id""",
        member.email, member.name, lang, now,
    )  # fmt: skip
    new: UUID | None = await db.value(
        """INSERT INTO registration (edition, person, purpose, party, created_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (edition, person) DO NOTHING RETURNING id""",
        edition.id, person, form.purpose, party, now,
    )  # fmt: skip
    if new is not None:
        await take_days(new, choices, now=now)
    until = now + GUARDIAN_WITHIN
    await db.execute("INSERT INTO party_member (party, person, name, invited_at, expires_at) VALUES ($1, $2, $3, $4, $5)", party, person, member.name, now, until)
    token = await mail_link("confirm", person=person, registration=new, party=party, expires=until, now=now)
    template = "group" if new is not None else "group_known"
    await mail.post(template, person=person, now=now, facts={"link": f"/register/confirm/{token}", "group": form.name})
