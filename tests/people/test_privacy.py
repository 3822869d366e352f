"""One's data: shown whole, taken along, erased from every table and column; kept only with consent; proof in the journal."""

import re
import zlib
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from forum import clock, db
from forum.agenda import current
from forum.agenda.model import Session, Speaker
from forum.people import own_values, parts, privacy
from forum.people.own_words import FIELDS
from tests.helpers import give_role, make_person, posted, sign_client_in

MARKER = "Zzyzxova"
ADDRESS = f"{MARKER.lower()}@marker.example"


async def planted(edition: UUID) -> UUID:
    """Somebody whose name stands wherever Forum lets a name, an address or their words stand."""
    now, day = clock.now(), await db.value("SELECT min(day) FROM campus_day")
    person = await make_person(f"Ana {MARKER}", ADDRESS)
    other, company = await make_person("Autre"), await db.value("SELECT id FROM company LIMIT 1")
    campus, table = await db.value("SELECT id FROM campus WHERE number = 1"), await db.value("SELECT id FROM meeting_table LIMIT 1")
    session = await db.value("INSERT INTO session (edition, code, number, guid, title, minutes) VALUES ($1, 'MARK1', 900, 'g-900', 'Causerie', 30) RETURNING id", edition)
    registration = await db.value(
        """INSERT INTO registration (edition, person, purpose, is_minor, guardian_email, created_at, confirmed_at)
           VALUES ($1, $2, 'visitor', true, $3, $4, $4) RETURNING id""", edition, person, f"parent-{ADDRESS}", now)  # fmt: skip
    await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2", campus, day)
    await db.execute("INSERT INTO registration_day (registration, day, campus, asked_at, held_at) VALUES ($1, $2, $3, $4, $4)", registration, day, campus, now)
    await db.execute("INSERT INTO profile (registration, skills, about) VALUES ($1, $2, $3)", registration, [MARKER], f"Je suis {MARKER}")
    kept = f"Bonjour {MARKER}"
    await db.execute("INSERT INTO mail (template, person, recipient, facts, created_at, subject, body, html) VALUES ('confirm', $1, $2, $3, $4, $5, $5, $5)",
                     person, ADDRESS, msgspec.json.encode({"x": MARKER}).decode(), now, kept)  # fmt: skip
    party = await db.value("INSERT INTO party (edition, referent, name, created_at) VALUES ($1, $2, $3, $4) RETURNING id", edition, person, f"Groupe {MARKER}", now)
    theirs = await db.value("INSERT INTO party (edition, referent, name, created_at) VALUES ($1, $2, 'Promotion', $3) RETURNING id", edition, other, now)
    member = "INSERT INTO party_member (party, person, name, invited_at, expires_at) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(member, party, other, "Autre", now, now + timedelta(days=1))
    await db.execute(member, theirs, person, MARKER, now, now + timedelta(days=1))
    speaker = await db.value("INSERT INTO speaker (edition, code, number, person, name, biography) VALUES ($1, 'MARKS', 900, $2, $3, $4) RETURNING id",
                             edition, person, f'Ana "{MARKER}"', f"Biographie de {MARKER}")  # fmt: skip
    await db.execute("INSERT INTO session_speaker (session, speaker) VALUES ($1, $2)", session, speaker)
    release = await db.value("INSERT INTO release (edition, number, name, at) VALUES ($1, 900, 'Essai', $2) RETURNING id", edition, now)
    said = Speaker(speaker, f'Ana "{MARKER}"', "MARKS", 900, f"Biographie de {MARKER}")
    content = msgspec.json.encode(Session(session, "Causerie", 30, "MARK1", 900, "g-900", speakers=(said,), reservable=True)).decode()
    await db.execute("INSERT INTO release_item (release, session, room, start_at, end_at, sequence, changed_at, content) SELECT $1, $2, id, $3, $4, 0, $3, $5 FROM room LIMIT 1",
                     release, session, now, now + timedelta(minutes=30), content)  # fmt: skip
    await db.execute("INSERT INTO seating (session, places, taken) VALUES ($1, 5, 1)", session)
    await db.execute("INSERT INTO seat (session, person, asked_at, held_at) VALUES ($1, $2, $3, $3)", session, person, now)
    await db.execute("INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, 1, $4)", edition, person, company, now)
    await db.execute("INSERT INTO question (edition, person, text, asked_at) VALUES ($1, $2, $3, $4)", edition, person, f"Ici {MARKER} ?", now)
    meeting = await db.value(
        """INSERT INTO meeting (edition, candidate, company, recruiter, meeting_table, slot, minutes, state, origin, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, 20, 'accepted', 'booked', $6) RETURNING id""", edition, person, company, other, table, now + timedelta(hours=1))  # fmt: skip
    await db.execute("INSERT INTO claim (slot, person, recruiter, meeting_table, company, kind, holder) VALUES ($1, $2, $3, $4, $5, 'meeting', $6)",
                     now + timedelta(hours=1), person, other, table, company, meeting)  # fmt: skip
    await db.execute("INSERT INTO meeting_note (meeting, author, text, at) VALUES ($1, $2, $3, $4)", meeting, other, f"{MARKER} revient", now)
    await db.execute("INSERT INTO meeting_fact (meeting, kind, at, by, facts) VALUES ($1, 'late', $2, $3, $4)", meeting, now, person,
                     msgspec.json.encode({"reason": f"{MARKER} en retard"}).decode())  # fmt: skip
    await db.execute("""WITH guest AS (INSERT INTO company (edition, slug, name, created_at) VALUES ($1, 'invitee', 'Invitée', $5) RETURNING id)
                        INSERT INTO business_request (edition, host, guest, asked_by, side, text, asked_at) SELECT $1, $2, id, $3, 'host', $4, $5 FROM guest""",
                     edition, company, person, f"Signé {MARKER}", now)  # fmt: skip
    await give_role(person, "door", campus="1")
    current.forget()
    return person


async def found() -> set[str]:
    """Every `table.column` in which the marker stands, in any spelling; compressed columns are opened."""
    places: set[str] = set()
    async with db.connection() as conn:
        columns = await conn.fetch("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'")
        for table, column, kind in columns:
            if kind == "bytea":
                for (raw,) in await conn.fetch(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'):
                    try:
                        text = zlib.decompress(raw)
                    except zlib.error:
                        text = raw
                    if MARKER.lower().encode() in text.lower():
                        places.add(f"{table}.{column}")
            elif await conn.fetchval(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE $1 LIMIT 1', f"%{MARKER}%"):
                places.add(f"{table}.{column}")
    return places


@pytest.fixture
async def marked(app: object, edition: UUID) -> UUID:
    return await planted(edition)


async def test_after_erasing_no_table_and_no_column_names_the_person(client: httpx.AsyncClient, edition: UUID, marked: UUID) -> None:
    before = await found()  # the control: the search finds what was planted
    assert before >= {"person.name", "person.email", "registration.guardian_email", "profile.skills", "profile.about", "mail.recipient", "mail.body", "mail.facts",
                      "party.name", "party_member.name", "speaker.name", "speaker.biography", "release_item.content", "question.text", "meeting_note.text",
                      "meeting_fact.facts", "business_request.text"}  # fmt: skip
    await sign_client_in(client, marked)
    assert (await client.get("/me/erase")).status_code == 200
    done = await posted(client, "/me/erase", form="/me/erase")
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert await found() == set()
    assert (await client.get("/me")).headers["location"] == "/sign-in?next=/me"


async def test_what_an_erased_person_held_is_free_and_its_proof_is_in_the_journal(edition: UUID, marked: UUID) -> None:
    now = clock.now()
    await privacy.erase(marked, now=now)
    assert await db.value("SELECT taken FROM seating WHERE places = 5") == 0
    assert await db.value("SELECT count(*) FROM claim WHERE person = $1", marked) == 0
    assert await db.value("SELECT state FROM meeting WHERE candidate = $1", marked) == "cancelled"
    assert await db.value("SELECT count(*) FROM registration_day d JOIN registration r ON r.id = d.registration WHERE r.person = $1", marked) == 0
    assert await db.value("SELECT count(*) FROM role WHERE person = $1 AND ended_at IS NULL", marked) == 0
    assert await db.column("SELECT subject FROM journal WHERE action = 'person.erased'") == [str(marked)]
    assert await db.value("SELECT erased_at FROM person WHERE id = $1", marked) == now


async def test_every_table_that_points_at_a_person_is_accounted_for(app: object, edition: UUID) -> None:
    """A new table with words about a person fails here until somebody decides what erasing does to it."""
    decided = {  # kept without a trace of who: counts, proofs and what others did; the person's row holds no name any more
        "seat", "badge", "badge_print", "check_in", "whereabouts", "double_use", "meeting", "meeting_fact", "outcome", "claim", "time_request", "seat_offer", "presence",
        "slot_block", "registration", "registration_day", "role", "sign_in", "journal", "party", "company", "placement", "draft_edit", "release", "agenda_plan",
        "badge_batch", "door_device", "gate_rule", "door_suspension", "plan", "plan_version", "plan_change", "plan_told", "meeting_trouble", "announcement", "evacuation",
        "alert_quiet", "alert_taken", "travel_override", "business_request", "person",
    }  # fmt: skip
    async with db.connection() as conn:
        pointing = {row[0] for row in await conn.fetch(
            """SELECT DISTINCT c.conrelid::regclass::text FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid IN ('person'::regclass, 'registration'::regclass)""")}
    person = await planted(edition)
    await privacy.erase(person, now=clock.now())
    emptied = pointing - decided
    mine, left = "SELECT count(*) FROM {} x WHERE to_jsonb(x)::text LIKE '%' || $1 || '%'", {}
    for table in sorted(emptied):
        left[table] = await db.value(mine.format(table), str(person))
    assert {table: count for table, count in left.items() if count} == {}
    assert {part.name for part in parts.all_parts()} == {"agenda", "badges", "matchmaking"}


async def test_the_page_and_the_file_show_everything_that_was_given(client: httpx.AsyncClient, edition: UUID, marked: UUID) -> None:
    await sign_client_in(client, marked)
    file = await client.get("/me/data.json")
    assert (file.headers["content-disposition"], file.headers["cache-control"]) == ('attachment; filename="forum.json"', "no-store")
    known = file.json()
    assert known["person"][0]["email"] == ADDRESS
    for section in ("registrations", "days", "profile", "roles", "mails", "groups", "my_groups", "seats", "speaker", "wishes", "meetings", "meeting_notes", "meeting_history", "questions"):
        assert known[section], section
    for path in ("/me/data", "/en/me/data"):
        page = await client.get(path)
        assert page.text.count(MARKER) >= 8, path


async def test_the_page_is_in_words_and_in_the_time_of_the_edition(client: httpx.AsyncClient, edition: UUID, marked: UUID) -> None:
    await db.execute("INSERT INTO consent (person, purpose, text_version, given_at) VALUES ($1, 'keep', 'keep-1', '2026-11-22T13:20:00Z')", marked)
    await sign_client_in(client, marked)
    french, english = [(await client.get(path)).text for path in ("/me/data", "/en/me/data")]
    for page, words in ((french, ("Voir et essayer", "22 novembre 2026, 14:20", "Garder mon inscription pour la prochaine édition")),
                        (english, ("See and try", "22 November 2026, 14:20", "Keep my registration for the next edition"))):  # fmt: skip
        assert [said for said in words if said not in page] == []
        values = re.findall(r"<dd>(.*?)</dd>", page)
        assert [value for value in values if "+00:00" in value or re.search(r"\b(candidate|accepted|share:|no_show)\b", value)] == []
    assert '"2026-11-22T13:20+00:00"' in (await client.get("/me/data.json")).text  # the file keeps what programs read


async def test_every_code_the_database_can_hold_has_words_on_the_page(app: object, edition: UUID) -> None:
    """The columns the page shows, each with the codes its constraint allows."""
    shown: dict[str, set[str]] = {}
    for sql in (sql for own in (privacy.OWN, *(part.own for part in parts.all_parts())) for sql in own.values()):
        for table in re.findall(r"(?:FROM|JOIN) (\w+)", sql):
            shown.setdefault(table, set()).update(re.findall(r"\w+", sql))
    rules = await db.column("SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'")
    missing, met = set(), {("company", "kind"), ("meeting", "kind")}  # these two stand in the statements and are not selected
    for rule in rules:
        found = re.fullmatch(r"(\w+) CHECK \(\((\w+) = ANY \(ARRAY\[(.*)\]\)\)\)", rule)
        if found is None or found[1] not in shown or found[2] not in shown[found[1]] or found[2] not in FIELDS or found.groups()[:2] in met:
            continue
        met.add((found[1], found[2]))
        for code in re.findall(r"'([^']*)'::text", found[3]):
            if code and not {f"{found[1]}s.{found[2]}", found[2]} & {field for field, words in own_values.VALUES.items() if code in words}:
                missing.add((found[1], found[2], code))
    assert missing == set(), sorted(missing)
    assert {("meeting", "state"), ("registration", "purpose"), ("role", "name"), ("outcome", "result"), ("check_in", "way"), ("seat_offer", "answer")} <= met


async def test_the_export_of_one_person_names_nobody_else(client: httpx.AsyncClient, edition: UUID, marked: UUID) -> None:
    stranger = await make_person("Tiers")
    await sign_client_in(client, stranger)
    assert MARKER not in (await client.get("/me/data.json")).text


async def test_people_of_a_past_edition_are_forgotten_unless_they_consented_or_still_organise(edition: UUID, marked: UUID) -> None:
    late = clock.now() + timedelta(days=200)
    kept, staff = await make_person("Garde"), await make_person("Agent")
    await db.execute("INSERT INTO registration (edition, person, purpose, created_at) VALUES ($1, $2, 'visitor', now())", edition, kept)
    await give_role(staff, "door", campus="1")
    await privacy.keep(kept, True, now=clock.now())
    assert (await privacy.retain(now=clock.now())).people == 0
    await privacy.retain(now=late)
    names = "SELECT name FROM person WHERE id = ANY($1) ORDER BY name"
    assert await db.column(names, [marked, kept, staff]) == ["Garde", "—", "—"]
    assert await db.value("SELECT erased_at IS NULL FROM person WHERE email = 'sofia@example.org'")
    await privacy.retain(now=clock.now() + timedelta(days=740))  # a consent is good for two years
    assert await db.value("SELECT name FROM person WHERE id = $1", kept) == "—"


async def test_consent_to_be_kept_is_given_and_taken_back_on_the_page(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["attendee"])
    for box, standing in (({"keep": "1"}, True), ({"keep": "1"}, True), ({}, False)):
        assert (await posted(client, "/me/keep", box, form="/me")).status_code == 303
        assert await privacy.keeps(people["attendee"]) is standing
    assert await db.value("SELECT count(*) FROM consent WHERE person = $1 AND purpose = 'keep'", people["attendee"]) == 1
