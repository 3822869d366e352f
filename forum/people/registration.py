"""Registering: one transaction, places counted by the database, the same answer for a known and an unknown address."""

import secrets
from datetime import date, datetime
from uuid import UUID

from forum import db, jobs, mail
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.forms import email_address
from forum.i18n import N_, Message
from forum.live import outbox
from forum.people.forms import RegisterForm
from forum.people.model import CONFIRM_WITHIN, GUARDIAN_WITHIN, MINOR_PURPOSES, Asked, DayChoice, Purpose
from forum.people.slugs import slug_of
from forum.sign_ins import digest


async def register(edition: Edition, form: RegisterForm, *, lang: str, now: datetime) -> Asked:
    """Register a person and mail a link that confirms the address.

    An address that is already registered gets a mail that says so and leads to the sign-in; whoever typed it learns
    nothing. Raises Invalid with a fault per field, Conflict when registration is not open.
    """
    if not edition.takes_registrations(now):
        raise Conflict(N_("Registration is closed for this edition."))
    email, guardian = _addresses(form)
    choices = await choices_of(edition, form.days)
    async with db.transaction():
        person = await _person(email, form.name, lang, now)
        registration = await _new_registration(edition, person, form, guardian, now)
        if registration is None:
            await mail.post("already_registered", person=person, now=now)
            await _as_long_as_new(edition, form, choices, guardian, now)
            return Asked(None, len(choices), 0)
        held = await take_days(registration, choices, now=now)
        if form.purpose in {Purpose.CANDIDATE, Purpose.ACADEMY}:
            await _declare(registration, form)
        if form.purpose in {Purpose.RECRUITER, Purpose.SPEAKER, Purpose.PRESS}:
            await _ask_for_role(edition, person, form, now)
        link = await mail_link("confirm", person=person, registration=registration, expires=now + CONFIRM_WITHIN, now=now)
        await mail.post("confirm", person=person, facts={"link": f"/register/confirm/{link}"}, now=now)
        if guardian:
            token = await mail_link("guardian", person=person, registration=registration, expires=now + GUARDIAN_WITHIN, now=now)
            await mail.post("guardian", person=person, to=guardian, facts={"link": f"/guardian/{token}"}, now=now)
        await outbox.emit("edition", "registration.created", registration)
    return Asked(registration, held, len(choices) - held)


async def _as_long_as_new(edition: Edition, form: RegisterForm, choices: list[DayChoice], guardian: str, now: datetime) -> None:
    """The statements a new registration would have cost, with nothing to write: the time of the answer tells nobody who is known."""
    costs = 2 * len(choices) + 2  # a place and a day each; the link; the event
    costs += form.purpose in {Purpose.CANDIDATE, Purpose.ACADEMY}
    costs += form.purpose in {Purpose.RECRUITER, Purpose.SPEAKER, Purpose.PRESS}
    if form.purpose == "recruiter":
        costs += 1 if await _known_company(edition, form.company) else 3
    for _ in range(costs + bool(guardian)):
        await db.value("SELECT 1 FROM campus_day WHERE campus = $1 AND day = $2", edition.id, now.date())
    if guardian:
        await mail.post("guardian", person=None, now=now)


def _addresses(form: RegisterForm) -> tuple[str, str]:
    faults: dict[str, Message] = {}
    email = guardian = ""
    if form.guardian_email.strip() and not form.minor:  # forgotten, not declined: an adult's form has no parent's address
        faults["minor"] = Message(N_("You gave the address of a parent or guardian. Under 18, tick this; else leave the address empty."))
    try:
        email = email_address(form.email)
    except Invalid as fault:
        faults["email"] = fault.message
    if form.minor and form.purpose not in MINOR_PURPOSES:
        faults["purpose"] = Message(N_("Under 18, you can come for a visit or with the Académie."))
    if form.minor:
        try:
            guardian = email_address(form.guardian_email)
        except Invalid:
            faults["guardian_email"] = Message(N_("Under 18, a parent or guardian must agree: enter their address."))
    if guardian and guardian.lower() == email.lower():
        faults["guardian_email"] = Message(N_("This must be another address than your own."))
    if form.purpose == "recruiter" and not form.company:
        faults["company"] = Message(N_("Enter the organisation you recruit for."))
    if faults:
        raise Invalid(N_("Some answers need another look."), faults=faults)
    return email, guardian


async def choices_of(edition: Edition, days: list[str]) -> list[DayChoice]:
    """Typed `day:campus` pairs as campuses that are open on those days, one campus per day. Raises Invalid."""
    chosen: dict[date, str] = {}
    for text in days:
        day, _, slug = text.partition(":")
        try:
            chosen[date.fromisoformat(day)] = slug
        except ValueError as error:
            raise Invalid(N_("Choose a day from the list."), field="days") from error
    found = await db.rows(
        DayChoice,
        """SELECT d.day, c.id AS campus FROM unnest($2::date[], $3::text[]) AS asked (day, slug)
           JOIN campus c ON c.edition = $1 AND c.slug = asked.slug AND c.removed_at IS NULL
           JOIN campus_day d ON d.campus = c.id AND d.day = asked.day ORDER BY d.day""",
        edition.id,
        list(chosen),
        list(chosen.values()),
    )
    if len(found) != len(chosen):
        raise Invalid(N_("Choose a campus that is open on that day."), field="days")
    return found


async def _person(email: str, name: str, lang: str, now: datetime) -> UUID:
    """The person of that address, made now if new. A name already known is not overwritten by a stranger's form."""
    person: UUID = await db.value(
        """INSERT INTO person (email, name, language, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (lower(email)) DO UPDATE SET email = person.email RETURNING id""",
        email,
        name,
        lang,
        now,
    )
    return person


async def _new_registration(edition: Edition, person: UUID, form: RegisterForm, guardian: str, now: datetime) -> UUID | None:
    registration: UUID | None = await db.value(
        """INSERT INTO registration (edition, person, purpose, is_minor, guardian_email, step_free_need, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (edition, person) DO NOTHING RETURNING id""",
        edition.id,
        person,
        form.purpose,
        form.minor,
        guardian,
        form.step_free_need,
        now,
    )
    return registration


async def take_days(registration: UUID, choices: list[DayChoice], *, now: datetime) -> int:
    """Take one place per chosen day, or a rank on its waiting list; how many places were taken.

    Rows are locked in day order, so two people choosing the same days never deadlock; `never_over_places` guards the rest.
    """
    held = 0
    for choice in sorted(choices, key=lambda c: (c.day, str(c.campus))):
        taken = await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2 AND taken < places", choice.campus, choice.day)
        await db.execute(
            "INSERT INTO registration_day (registration, day, campus, asked_at, held_at) VALUES ($1, $2, $3, $4, $5)",
            registration,
            choice.day,
            choice.campus,
            now,
            now if taken else None,
        )
        held += taken
    return held


async def _declare(registration: UUID, form: RegisterForm) -> None:
    skills = [word.strip() for word in form.skills.split(",") if word.strip()]
    await db.execute(
        "INSERT INTO profile (registration, target_roles, skills, languages) VALUES ($1, $2, $3, $4)",
        registration,
        form.target_roles,
        skills,
        form.languages,
    )


async def _ask_for_role(edition: Edition, person: UUID, form: RegisterForm, now: datetime) -> None:
    """Recruiters, speakers and press wait for an organiser: the role stands without `approved_at`."""
    company = await _company(edition, form.company, now) if form.purpose == "recruiter" else None
    await db.execute(
        "INSERT INTO role (person, edition, name, company, granted_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        person,
        edition.id,
        form.purpose,
        company,
        now,
    )


async def _company(edition: Edition, name: str, now: datetime) -> UUID:
    """The organisation of that name, else a new one that nobody sees before an organiser approved it."""
    await db.lock(f"company.{edition.id}")
    known = await _known_company(edition, name)
    if known is not None:
        return known
    slug = slug_of(name, set(await db.column("SELECT slug FROM company WHERE edition = $1", edition.id)))
    made: UUID = await db.value("INSERT INTO company (edition, slug, name, created_at) VALUES ($1, $2, $3, $4) RETURNING id", edition.id, slug, name, now)
    return made


async def _known_company(edition: Edition, name: str) -> UUID | None:
    found: UUID | None = await db.value("SELECT id FROM company WHERE edition = $1 AND lower(name) = lower($2) AND withdrawn_at IS NULL", edition.id, name)
    return found


async def mail_link(purpose: str, *, person: UUID, registration: UUID | None, expires: datetime, now: datetime, party: UUID | None = None) -> str:
    """A new token that does one thing once; only its digest is kept."""
    token = secrets.token_urlsafe(24)
    await db.execute(
        "INSERT INTO mail_link (token_hash, purpose, person, registration, created_at, expires_at, party) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        digest(token),
        purpose,
        person,
        registration,
        now,
        expires,
        party,
    )
    return token


async def guardian_agrees(token: str, *, now: datetime) -> None:
    """A parent or guardian agrees to a visit. Raises NotFound for a link that is unknown, used or too old."""
    async with db.transaction():
        found: UUID | None = await db.value(
            "UPDATE mail_link SET used_at = $2 WHERE token_hash = $1 AND purpose = 'guardian' AND used_at IS NULL AND expires_at > $2 RETURNING registration",
            digest(token), now,
        )  # fmt: skip
        if found is None:
            raise NotFound(N_("This link has been used or is too old. Ask for a new one at the desk."))
        person = await db.value("UPDATE registration SET guardian_agreed_at = $2 WHERE id = $1 RETURNING person", found, now)
        await outbox.emit(f"person.{person}", "registration.agreed", found)
        await jobs.enqueue("badges.issue", {"registration": str(found)})
