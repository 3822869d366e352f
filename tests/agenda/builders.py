"""Small agendas made by hand for the pure tests: two campuses, three rooms, one morning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from forum.agenda.model import Campus, Item, Placement, Room, Session, Speaker, Travel
from forum.agenda.rules import Grounds

SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
NINE = datetime(2028, 11, 16, 8, 0, tzinfo=UTC)  # nine in the morning in Paris


def uid(name: str) -> UUID:
    return uuid5(SPACE, name)


ALPHA = Campus("campus-1", "Campus 1", "1 rue Alpha, 75001 Paris", 48.86, 2.34)
BETA = Campus("campus-2", "Campus 2", "2 rue Bêta, 75020 Paris", 48.87, 2.40)
HALL = Room(uid("hall"), "campus-1", "Préau", 100, "A", equipment=frozenset({"projector"}))
LAB = Room(uid("lab"), "campus-1", "Labo", 20, "B")
LOFT = Room(uid("loft"), "campus-2", "Grenier", 50)
TRAVEL = Travel({("campus-1", "campus-2"): 30, ("campus-2", "campus-1"): 30})
ANH = Speaker(uid("anh"), "Anh Lê", "ANH")
BOB = Speaker(uid("bob"), "Bob Kaya", "BOB")


def session(name: str, *speakers: Speaker, minutes: int = 60, **given: object) -> Session:
    return Session(uid(name), name, minutes, code=name, speakers=speakers, **given)  # type: ignore[arg-type]


def at(minutes: int) -> datetime:
    """*minutes* after nine."""
    return NINE + timedelta(minutes=minutes)


def place(what: Session, room: Room, minutes: int) -> Placement:
    return Placement(what.id, room.id, at(minutes), at(minutes + what.minutes))


def item(what: Session, room: Room, minutes: int, **given: object) -> Item:
    return Item(what, place(what, room, minutes), room, {"campus-1": ALPHA, "campus-2": BETA}[room.campus], **given)  # type: ignore[arg-type]


def grounds(sessions: Sequence[Session], **given: object) -> Grounds:
    return Grounds({s.id: s for s in sessions}, {r.id: r for r in (HALL, LAB, LOFT)}, {"campus-1": ALPHA, "campus-2": BETA}, TRAVEL, **given)  # type: ignore[arg-type]
