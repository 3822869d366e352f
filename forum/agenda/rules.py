"""What a right agenda is: every rule reads placements and facts, and says each fault in a sentence.

Nothing here asks a database or a solver; the editor, the release and the planner's checker share these functions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from forum.agenda.model import TITLE_MAX, Busy, Campus, Fault, Placement, Room, Session, Travel
from forum.clock import Interval, local
from forum.formats import clock_time
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Grounds:
    """The facts the rules judge by. A campus without `opening`, a speaker or room without `…_free`, is always open."""

    sessions: Mapping[UUID, Session]
    rooms: Mapping[UUID, Room]
    campuses: Mapping[str, Campus]
    travel: Travel
    opening: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
    speaker_free: Mapping[UUID, Sequence[Interval]] = field(default_factory=dict)
    room_free: Mapping[UUID, Sequence[Interval]] = field(default_factory=dict)
    interest: Mapping[UUID, int] = field(default_factory=dict)
    busy: Mapping[UUID, Sequence[Busy]] = field(default_factory=dict)

    def zone(self, placement: Placement) -> str:
        return self.campuses[self.rooms[placement.room].campus].zone

    def title(self, placement: Placement) -> str:
        return self.sessions[placement.session].title

    def at(self, placement: Placement) -> str:
        return clock_time(placement.start, self.zone(placement))


def faults(placements: Iterable[Placement], grounds: Grounds) -> list[Fault]:
    """Every fault of the agenda, hard ones first, then in time order."""
    placements = sorted(placements, key=lambda p: (p.start, str(p.session)))
    upside_down = [fault for p in placements for fault in ends_before_start(p, grounds)]
    sound = [p for p in placements if p.end > p.start]
    found = [*upside_down, *placed_twice(sound, grounds), *room_twice(sound, grounds), *speaker_clashes(sound, grounds)]
    for p in sound:
        for rule in (outside_opening, room_not_free, speaker_not_free, missing_equipment, room_without_capacity, too_small, crosses_clock_change):
            found.extend(rule(p, grounds))
    return sorted(found, key=lambda fault: not fault.hard)


def ends_before_start(p: Placement, grounds: Grounds) -> list[Fault]:
    """A session lasts at least a minute."""
    if p.end > p.start:
        return []
    return [
        Fault("order", (p.session,), Message(N_("{title} ends before it starts. Give it an end after {start}."), title=grounds.title(p), start=grounds.at(p)))
    ]


def placed_twice(placements: Sequence[Placement], grounds: Grounds) -> list[Fault]:
    """A session stands once; one that overlaps itself is two copies of the same."""
    seen: dict[UUID, Placement] = {}
    found = []
    for p in placements:
        if p.session in seen:
            found.append(Fault("twice", (p.session,), Message(N_("{title} is placed twice. Keep one, or make a copy of the session."), title=grounds.title(p))))
        seen[p.session] = p
    return found


def room_twice(placements: Sequence[Placement], grounds: Grounds) -> list[Fault]:
    """A room holds one session at a time."""
    found = []
    last: dict[UUID, Placement] = {}
    for p in placements:
        before = last.get(p.room)
        if before is not None and p.start < before.end and before.session != p.session:
            message = Message(
                N_("{room} is taken twice at {start}: {first} and {second}."),
                room=grounds.rooms[p.room].name,
                start=grounds.at(p),
                first=grounds.title(before),
                second=grounds.title(p),
            )
            found.append(Fault("room", (before.session, p.session), message))
        if before is None or p.end > before.end:
            last[p.room] = p
    return found


def speaker_clashes(placements: Sequence[Placement], grounds: Grounds) -> list[Fault]:
    """A speaker is in one place at a time, and has the time to travel to the next, sessions and meetings together."""
    days: dict[UUID, list[tuple[Busy, Placement | None]]] = defaultdict(list)
    names: dict[UUID, str] = {}
    for p in placements:
        for speaker in grounds.sessions[p.session].speakers:
            names[speaker.id] = speaker.name
            days[speaker.id].append((Busy(p.interval, grounds.rooms[p.room].campus, grounds.title(p)), p))
    found = []
    for speaker_id, mine in days.items():
        mine.extend((busy, None) for busy in grounds.busy.get(speaker_id, ()))
        mine.sort(key=lambda entry: entry[0].interval)
        first, before = mine[0]
        for second, after in mine[1:]:
            touched = tuple(p.session for p in (before, after) if p is not None)
            message = _between(first, second, names[speaker_id], grounds) if touched else None
            if message is not None:
                found.append(Fault("speaker", touched, message))
            if second.interval.end > first.interval.end:
                first, before = second, after
    return found


def _between(first: Busy, second: Busy, name: str, grounds: Grounds) -> Message | None:
    zone = grounds.campuses[second.campus].zone if second.campus in grounds.campuses else "Europe/Paris"
    facts = {"name": name, "first": first.title, "second": second.title, "start": clock_time(second.interval.start, zone)}
    if second.interval.start < first.interval.end:
        return Message(N_("{name} is in two places at {start}: {first} and {second}."), **facts)
    need = grounds.travel.between(first.campus, second.campus)
    have = int((second.interval.start - first.interval.end) / timedelta(minutes=1))
    if need is None:
        return Message(N_("No way is known for {name} from {first} to {second}."), **facts)
    if have < need:
        return Message(N_("{name} has {have} min to reach {second} at {start}; the journey takes {need}."), have=have, need=need, **facts)
    return None


def _within(interval: Interval, open_: Sequence[Interval]) -> bool:
    return any(o.start <= interval.start and interval.end <= o.end for o in open_)


def outside_opening(p: Placement, grounds: Grounds) -> list[Fault]:
    """A session fits in its campus's opening hours of one day; so it cannot cross midnight unless the campus does."""
    campus = grounds.rooms[p.room].campus
    hours = grounds.opening.get(campus)
    facts = {"title": grounds.title(p), "campus": grounds.campuses[campus].name, "start": grounds.at(p), "end": clock_time(p.end, grounds.zone(p))}
    if hours is not None:
        return (
            []
            if _within(p.interval, hours)
            else [Fault("opening", (p.session,), Message(N_("{title} ({start} to {end}) is outside the opening hours of {campus}."), **facts))]
        )
    if local(p.start, grounds.zone(p)).date() == local(p.end - timedelta(microseconds=1), grounds.zone(p)).date():
        return []
    return [Fault("midnight", (p.session,), Message(N_("{title} ({start} to {end}) crosses midnight."), **facts), hard=False)]


def crosses_clock_change(p: Placement, grounds: Grounds) -> list[Fault]:
    """When the clocks change during a session, its wall-clock length lies."""
    before, after = local(p.start, grounds.zone(p)).utcoffset(), local(p.end, grounds.zone(p)).utcoffset()
    if before == after:
        return []
    message = Message(N_("The clocks change during {title}: it really lasts {minutes} min."), title=grounds.title(p), minutes=p.interval.minutes)
    return [Fault("clock", (p.session,), message, hard=False)]


def room_not_free(p: Placement, grounds: Grounds) -> list[Fault]:
    """A room is used only when it has been given."""
    free = grounds.room_free.get(p.room)
    if free is None or _within(p.interval, free):
        return []
    return [
        Fault(
            "room-free",
            (p.session,),
            Message(N_("{room} is not available for {title} at {start}."), room=grounds.rooms[p.room].name, title=grounds.title(p), start=grounds.at(p)),
        )
    ]


def speaker_not_free(p: Placement, grounds: Grounds) -> list[Fault]:
    """A speaker speaks only when they said they can."""
    found = []
    for speaker in grounds.sessions[p.session].speakers:
        free = grounds.speaker_free.get(speaker.id)
        if free is not None and not _within(p.interval, free):
            message = Message(N_("{name} is not available for {title} at {start}."), name=speaker.name, title=grounds.title(p), start=grounds.at(p))
            found.append(Fault("speaker-free", (p.session,), message))
    return found


def missing_equipment(p: Placement, grounds: Grounds) -> list[Fault]:
    """A room has what the session needs."""
    missing = grounds.sessions[p.session].needs - grounds.rooms[p.room].equipment
    if not missing:
        return []
    message = Message(N_("{room} lacks {things} for {title}."), room=grounds.rooms[p.room].name, things=", ".join(sorted(missing)), title=grounds.title(p))
    return [Fault("equipment", (p.session,), message)]


def room_without_capacity(p: Placement, grounds: Grounds) -> list[Fault]:
    """Seats can be reserved only in a room whose capacity is known."""
    session, room = grounds.sessions[p.session], grounds.rooms[p.room]
    if not session.reservable or room.capacity is not None or session.seats is not None:
        return []
    return [
        Fault(
            "capacity", (p.session,), Message(N_("{title} takes reservations, but the capacity of {room} is not known."), title=session.title, room=room.name)
        )
    ]


def too_small(p: Placement, grounds: Grounds) -> list[Fault]:
    """A room should hold the people who want to come."""
    session, room = grounds.sessions[p.session], grounds.rooms[p.room]
    wanted = grounds.interest.get(p.session, 0)
    places = places_of(session, room)
    if places is None or wanted <= places:
        return []
    message = Message(N_("{wanted} people want {title}; {room} holds {places}."), wanted=wanted, title=session.title, room=room.name, places=places)
    return [Fault("interest", (p.session,), message, hard=False)]


def places_of(session: Session, room: Room) -> int | None:
    """How many people a session takes in a room; None when nobody knows."""
    known = [n for n in (session.seats, room.capacity) if n is not None]
    return min(known) if known else None


def session_faults(session: Session) -> dict[str, Message]:
    """What is wrong with a session's own fields, by field name."""
    found: dict[str, Message] = {}
    if not session.title.strip():
        found["title"] = Message(N_("Give the session a title."))
    elif len(session.title) > TITLE_MAX:
        found["title"] = Message(N_("The title has {length} characters; {most} fit."), length=len(session.title), most=TITLE_MAX)
    if not 1 <= session.minutes <= 24 * 60:
        found["minutes"] = Message(N_("A session lasts between 1 minute and 24 hours."))
    if session.seats is not None and session.seats < 0:
        found["seats"] = Message(N_("The number of seats cannot be negative."))
    for name in ("title", "subtitle", "abstract", "description"):
        if any(ord(c) < 32 and c not in "\t\n\r" for c in getattr(session, name)):
            found[name] = Message(N_("Remove the control characters from this text."))
    return found
