"""How one value of one's own data is read: codes as words, moments in the edition's time, lists as sentences. Pure."""

import json
import re
from datetime import date, datetime
from typing import Any, Final

from forum import formats
from forum.formats import NO_BREAK
from forum.i18n import N_, say
from forum.people.model import PURPOSE_WORDS
from forum.people.own_words import FIELDS, SECTIONS
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, ROLE_WORDS, TARGET_ROLES

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)")
IN_THE_FILE_ONLY: Final = frozenset({"sentences"})  # kept with our own numbers in them; the page of the wishes says them in words
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_KINDS: Final = {
    "proposed": N_("Proposed"), "accepted": N_("Accepted"), "booked": N_("Booked"), "offered": N_("Offered"), "moved": N_("Moved"), "declined": N_("Declined"),
    "cancelled": N_("Cancelled"), "started": N_("Started"), "held": N_("Held"), "no_show": N_("Absence"), "late": N_("Late"), "time_asked": N_("Another time asked for"),
    "locked": N_("Fixed where it is"), "unlocked": N_("Free to move again"), "notes_read": N_("Notes read by the company"), "handed": N_("Handed to a colleague"),
    "shifted": N_("Shifted"), "outcome": N_("Result written down"), "unplaced": N_("Looking for another place"), "swapped": N_("Moved"),
}  # fmt: skip
_CONSENTS: Final = {
    "keep": N_("Keep my registration for the next edition"), "share:name": N_("Show my name"), "share:cv": N_("Show my CV and profile"),
    "share:contact": N_("Show my e-mail address"),
}  # fmt: skip
_MAILS: Final = {
    "agenda_changed": N_("Programme changes"), "already_registered": N_("You are registered already"), "announcement": N_("Announcement"), "badge": N_("Your badge"),
    "confirm": N_("Confirm your registration"), "group": N_("A group invites you"), "group_known": N_("A group invites you"), "guardian": N_("Agreement of a parent or guardian"),
    "journey_short": N_("A journey became too short"), "meetings_changed": N_("Your meetings changed"), "place_free": N_("A place is free"),
    "question_answered": N_("Your question is answered"), "queue_changed": N_("Your day changed"), "role_approved": N_("Role approved"), "role_declined": N_("Role declined"),
    "seat_offer": N_("A seat is free"), "sign_in": N_("Code to sign in"), "speaker_question": N_("A question to you as a speaker"),
    "address_change": N_("Code for your new address"), "address_in_use": N_("Somebody asked for your address"), "address_changed": N_("Your address was changed"),
}  # fmt: skip
VALUES: Final[dict[str, dict[str, str]]] = {
    "purpose": {**{str(purpose): words for purpose, words in PURPOSE_WORDS.items()}, **_CONSENTS},
    "role": {"candidate": N_("Candidate"), "visitor": N_("Visitor"), "recruiter": N_("Recruiting"), "speaker": N_("Speaking"), "press": N_("Media"),
             "academy": N_("Académie"), "organiser": N_("Organisation")},
    "roles.name": ROLE_WORDS,
    "language": {"fr": N_("French"), "en": N_("English")},
    "languages": LANGUAGES_SPOKEN,
    "target_roles": TARGET_ROLES,
    "contracts": CONTRACTS,
    "level": LEVELS,
    "template": _MAILS,
    "kind": _KINDS,
    "state": {**_KINDS, "proposed": N_("Waiting for your answer"), "running": N_("Running")},
    "origin": {"plan": N_("The plan"), "booked": N_("A booking"), "offered": N_("An offered seat")},
    "ended_why": {"released": N_("Given back"), "lapsed": N_("Not confirmed in time"), "cancelled": N_("Cancelled"), "no_show": N_("Absence")},
    "revoked_why": {"lost": N_("Lost"), "cancelled": N_("Cancelled"), "reissued": N_("Replaced by a newer one")},
    "layout": {"a6": N_("A6"), "a4": N_("A4, folded twice"), "label62": N_("62 mm label"), "label100": N_("100 mm label"), "agenda": N_("Agenda on paper")},
    "identity": {"document": N_("By a document"), "known": N_("Known in person"), "e-mail": N_("By e-mail")},
    "way": {"entry": N_("Entry"), "exit": N_("Exit")},
    "answer": {
        "agreed": N_("Agreed"), "refused": N_("Declined"), "withdrawn": N_("Taken back"), "taken": N_("Taken"), "expired": N_("Not answered in time"),
        "gone": N_("Somebody was faster"), "woman": N_("a woman"), "man": N_("a man"), "other": N_("another answer"), "paris": N_("Paris"),
        "inner-ring": N_("the inner suburbs"), "outer-ring": N_("the outer suburbs"), "priority-district": N_("a priority district"), "elsewhere": N_("elsewhere"),
    },
    "question": {"gender": N_("You are"), "territory": N_("You live in")},
    "what": {"name": N_("Your name"), "cv": N_("Your CV and profile"), "contact": N_("Your e-mail address"), "export": N_("A list with you in it")},
    "result": {"no_follow_up": N_("No follow-up"), "second_interview": N_("Second interview"), "offer": N_("Offer made"), "hired": N_("Hired")},
    "half": {"morning": N_("Morning"), "afternoon": N_("Afternoon")},
    "side": {"candidate": N_("You"), "company": N_("The company"), "organiser": N_("An organiser")},
    "reason": {
        "invalid": N_("Not a badge of this edition"), "invalid_time": N_("Not valid at that time"), "revoked": N_("Withdrawn"), "canceled": N_("Cancelled"),
        "blocked": N_("Blocked"), "unapproved": N_("Not approved yet"), "rules": N_("A rule of the door"), "product": N_("Not for that campus or role"),
        "already_redeemed": N_("Was inside already"), "meets": N_("You meet"), "no common slot": N_("No common time"), "own day": N_("Your own day was full"),
        "feasible": N_("It would have been possible"), "no exchange": N_("Nobody could exchange"),
    },
}  # fmt: skip


def shown(lang: str, zone: str, field: str, value: Any) -> str:
    """*value* of *field* as a person reads it in *lang*; '' for what is empty."""
    if value is None or value == "" or value == [] or value == "{}":
        return ""
    if isinstance(value, bool):
        return say(lang, "yes" if value else "no")
    if isinstance(value, list | tuple):
        return ", ".join(shown(lang, zone, field, item) for item in value)
    if field == "facts" and isinstance(value, str):
        return _facts(lang, zone, json.loads(value))
    text = str(value)
    if text in VALUES.get(field, {}):
        return formats.typography(lang, say(lang, VALUES[field][text]))
    return _moment(lang, zone, text)


def _moment(lang: str, zone: str, text: str) -> str:
    if MOMENT.fullmatch(text):
        at = datetime.fromisoformat(text)
        return f"{formats.day(lang, at, 'medium', zone)}, {formats.clock_time(at, zone)}"
    return formats.day(lang, date.fromisoformat(text), "medium") if DAY.fullmatch(text) else text


def _facts(lang: str, zone: str, facts: dict[str, Any]) -> str:
    """The details of something that happened; what is only a number of ours is left to the file."""
    return "; ".join(f"{say(lang, FIELDS[key])}{':' if lang == 'en' else NO_BREAK + ':'} {shown(lang, zone, key, value)}" for key, value in facts.items() if key in FIELDS and value)


def cards(lang: str, zone: str, known: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str, list[list[tuple[str, str]]]]]:
    """(section, its heading, its records as (label, value) pairs), both as words; what is empty is left out."""
    made = []
    for section, records in known.items():
        filled = [record for record in (_pairs(lang, zone, section, one) for one in records) if record]
        if filled:
            made.append((section, say(lang, SECTIONS[section]), filled))
    return made


def _pairs(lang: str, zone: str, section: str, record: dict[str, Any]) -> list[tuple[str, str]]:
    said = {key: shown(lang, zone, f"{section}.{key}" if f"{section}.{key}" in VALUES else key, value) for key, value in record.items() if key not in IN_THE_FILE_ONLY}
    return [(say(lang, FIELDS[key]), words) for key, words in said.items() if words]
