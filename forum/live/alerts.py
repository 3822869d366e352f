"""From facts to alerts: what needs somebody, how urgent it is, and what can be done about it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum.i18n import N_, Message
from forum.live.now import Beside, BiggerRoom, CampusNow, DeviceNow, LateCompany, MeetingsNow, SessionNow, ShutGate

BAD: Final = "bad"
WARN: Final = "warn"
UNSENT_MOST: Final = 20  # passages a phone may keep before somebody asks why
CROWD_SOON: Final = timedelta(minutes=60)  # how long ahead a crowded session is worth moving
CROWD_LATE: Final = timedelta(minutes=5)  # a session longer under way stays where it is


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do about an alert: `post` at once, `get` a page that asks, `call` a number.

    `go` marks the first choice; `whole` is for organisers of the whole forum only.
    """

    how: str
    label: Message
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    go: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """`key` is the same for the same trouble, so it can be put off; `campus` is a number, shown as a plate before the title."""

    key: str
    level: str
    icon: str
    campus: int | None
    slug: str
    title: Message
    detail: tuple[Message, ...]
    acts: tuple[Act, ...]
    since: datetime | None
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything alerts are made from, at `now`. `beside` is by campus slug, `bigger` by session; of the free seats `fillable` are worth offering."""

    now: datetime
    campuses: tuple[CampusNow, ...]
    meetings: MeetingsNow
    sessions: tuple[SessionNow, ...] = ()
    devices: tuple[DeviceNow, ...] = ()
    late: tuple[LateCompany, ...] = ()
    gates: tuple[ShutGate, ...] = ()
    fillable: int = 0
    beside: Mapping[str, Beside] = field(default_factory=dict)
    bigger: Mapping[UUID, BiggerRoom] = field(default_factory=dict)


def alerts(facts: Facts) -> list[Alert]:
    """All that needs somebody, the most urgent first: grave before watch, then by weight, then the oldest."""
    found = [*_campuses(facts), *_devices(facts), *_meetings(facts), *_sessions(facts)]
    return sorted(found, key=lambda a: (a.level != BAD, -a.weight, a.since or facts.now, a.key))


def _campuses(facts: Facts) -> Iterable[Alert]:
    for campus in facts.campuses:
        if campus.evacuating is not None:
            yield _evacuating(campus)
            continue
        if campus.state == "full":
            yield _full(campus, facts)
        if campus.devices and campus.silent == campus.devices:
            yield _silent(campus, facts.now)
        if campus.suspended is not None:
            yield _suspended(campus)


def _count(one: str, many: str, count: int, **facts: object) -> Message:
    """A sentence about *count* things, in the singular or the plural."""
    return Message(one if count == 1 else many, count=count, **facts)


def _closing(campus: CampusNow) -> Act:
    """What would change if it closed, before anybody closes it."""
    return Act("get", Message(N_("What if it closes")), f"/studio?close_campus={campus.slug}#what-if", whole=True)


def _evacuating(campus: CampusNow) -> Alert:
    page = f"/control/{campus.slug}/evacuation"
    acts = (Act("get", Message(N_("Who is inside")), page, go=True), Act("get", Message(N_("All clear")), page + "#clear"), _closing(campus))
    title = Message(N_("is being evacuated: {inside} still inside"), inside=campus.inside)
    detail = (Message(N_("Entries are suspended. The message is on the boards and on the pages of those inside.")),)
    return Alert(f"evacuation:{campus.slug}", BAD, "stop", campus.number, campus.slug, title, detail, acts, campus.evacuating, 1e6)


def _full(campus: CampusNow, facts: Facts) -> Alert:
    rate = round(campus.per_minute)
    detail = [_count(N_("1 arrival a minute."), N_("{count} arrivals a minute."), rate)] if rate else []
    if campus.per_minute > 0 and campus.free:
        detail.append(Message(N_("Full in about {minutes} min."), minutes=max(1, round(campus.free / campus.per_minute))))
    acts = []
    other = facts.beside.get(campus.slug)
    if other is not None:
        one, many = N_("Campus {number}, {minutes} min away, has 1 place."), N_("Campus {number}, {minutes} min away, has {count} places.")
        detail.append(_count(one, many, other.free, number=other.number, minutes=other.minutes))
        acts.append(Act("get", Message(N_("Send people to Campus {number}"), number=other.number), f"/control/announce?campus={campus.slug}&to={other.slug}", go=True))
    gate = next((g for g in facts.gates if g.campus == campus.slug), None)
    if gate is not None:
        acts.append(Act("post", Message(N_("Open {gate} for the way out"), gate=gate.name), f"/control/{campus.slug}/gates/{gate.slug}/open"))
    if campus.suspended is None:
        acts.append(Act("post", Message(N_("Pause entries")), f"/control/{campus.slug}/entries", {"state": "pause"}, go=not acts))
    if other is None:
        acts.append(Act("get", Message(N_("Announce")), f"/control/announce?campus={campus.slug}", go=not acts))
    words = N_("too full: {inside} of {capacity}") if campus.inside > campus.capacity else N_("full: {inside} of {capacity}") if not campus.free else N_("nearly full: {inside} of {capacity}")
    title = Message(words, inside=campus.inside, capacity=campus.capacity)
    return Alert(f"full:{campus.slug}", BAD, "warn", campus.number, campus.slug, title, tuple(detail), tuple(acts), None, 1000 * campus.share)


def _call(phone: str, slug: str) -> tuple[Act, ...]:
    """The number, to be read where no telephone hangs on the screen, and the devices; without a number where it is entered."""
    devices = f"/control/{slug}#doors"
    if phone:
        return Act("call", Message(N_("Call {phone}"), phone=phone), "tel:" + phone.replace(" ", ""), go=True), Act("get", Message(N_("See the devices")), devices)
    return Act("get", Message(N_("See the devices")), devices, go=True), Act("get", Message(N_("Add a telephone number")), f"/organise/campus/{slug}")


def _silent(campus: CampusNow, now: datetime) -> Alert:
    detail = [_count(N_("Its device does not answer. The door goes on without network."), N_("Its {count} devices do not answer. The doors go on without network."), campus.devices)]
    if campus.unsent:
        detail.append(_count(N_("1 passage was still to be sent."), N_("{count} passages were still to be sent."), campus.unsent))
    title = Message(N_("no news for {minutes} min"), minutes=int((now - campus.heard).total_seconds() // 60)) if campus.heard else Message(N_("no news yet"))
    return Alert(f"silent:{campus.slug}", BAD, "offline", campus.number, campus.slug, title, tuple(detail), _call(campus.phone, campus.slug), campus.heard, 500)


def _suspended(campus: CampusNow) -> Alert:
    acts = (Act("post", Message(N_("Open entries again")), f"/control/{campus.slug}/entries", {"state": "resume"}, go=True), _closing(campus))
    title = Message(N_("entries are paused"))
    detail = (_count(N_("{inside} inside, 1 place left."), N_("{inside} inside, {count} places left."), campus.free, inside=campus.inside),)
    return Alert(f"suspended:{campus.slug}", WARN, "door", campus.number, campus.slug, title, detail, acts, campus.suspended, 200)


def _devices(facts: Facts) -> Iterable[Alert]:
    """Single phones; a campus that is silent as a whole is one alert, not five."""
    whole = {c.slug for c in facts.campuses if c.devices and c.silent == c.devices}
    for device in facts.devices:
        if device.slug in whole:
            continue
        detail = Message(N_("Device {name}. The door goes on without network."), name=device.name)
        if device.silent(facts.now) and device.seen_at is not None:
            title = Message(N_("{gate}: no news for {minutes} min"), gate=device.gates, minutes=int((facts.now - device.seen_at).total_seconds() // 60))
        elif device.unsent >= UNSENT_MOST:
            title = Message(N_("{gate}: {count} passages to be sent"), gate=device.gates, count=device.unsent)
            detail = Message(N_("It answers, but cannot send all it scanned: look at its network. Nothing is lost."))
        elif device.low:
            title = Message(N_("{gate}: battery at {level} %"), gate=device.gates, level=device.battery)
            detail = Message(N_("A charger, or another phone, before it goes out."))
        else:
            continue
        since = device.seen_at if device.silent(facts.now) else None
        yield Alert(f"device:{device.id}", WARN, "door", device.campus, device.slug, title, (detail,), _call(device.phone, device.slug), since, 20)


def _meetings(facts: Facts) -> Iterable[Alert]:
    m = facts.meetings
    if facts.fillable and m.slot is not None:  # an absence offers its seat by itself: what is left is worth a press only once somebody else could come
        title = _count(N_("1 seat of somebody absent to offer again"), N_("{count} seats of absent people to offer again"), facts.fillable)
        detail = (Message(N_("People on site who asked for it and can be there in time are asked; the first to accept has the seat.")),)
        acts = (Act("post", _count(N_("Offer it again"), N_("Offer the {count} again"), facts.fillable), "/control/refill", go=True, whole=True),)
        yield Alert(f"refill:{m.slot.isoformat()}", WARN, "person", None, "", title, detail, acts, m.slot, 100)
    if m.troubled:
        title = _count(N_("1 meeting has lost its place"), N_("{count} meetings have lost their place"), m.troubled)
        detail = (Message(N_("A room closed, hours changed or a recruiter is ill. Each needs another place or a word.")),)
        yield Alert("trouble", WARN, "swap", None, "", title, detail, (Act("get", Message(N_("Open the studio")), "/studio#tr", go=True, whole=True),), None, 90)
    for firm in facts.late:
        title = Message(N_("{company} is {minutes} min late"), company=firm.name, minutes=firm.minutes)
        detail = (_count(N_("1 meeting has not begun; its candidate is on the campus."), N_("{count} meetings have not begun; their candidates are on the campus."), firm.meetings),)
        acts = (Act("get", Message(N_("Write to them")), f"/control/announce?company={firm.id}", go=True, whole=True),)
        yield Alert(f"late:{firm.id}", WARN, "clock", firm.campus, "", title, detail, acts, None, 30 + firm.minutes)


def _sessions(facts: Facts) -> Iterable[Alert]:
    for s in facts.sessions:
        if s.wanted <= s.places or not facts.now - CROWD_LATE <= s.start_at <= facts.now + CROWD_SOON:
            continue
        title = Message(N_("“{title}”: {wanted} for {places} places"), title=s.title, wanted=s.wanted, places=s.places)
        room = facts.bigger.get(s.id)
        acts: tuple[Act, ...] = ()
        look = Act("get", Message(N_("Look at the agenda")), f"/organise/agenda?campus={s.slug}", go=room is None)
        detail = Message(N_("No larger room of this campus is free then."))
        if s.limited:
            detail = Message(N_("It takes {seats} at most in any room; that is changed with the session."), seats=s.seats)
            look = Act("get", Message(N_("Open the session")), f"/organise/agenda/sessions/{s.code}", go=True)
        elif room is not None:
            detail = Message(N_("{room} ({capacity}) is free while it runs, on the same campus."), room=room.name, capacity=room.capacity)
            acts = (Act("post", Message(N_("Move to {room}"), room=room.name), f"/control/sessions/{s.code}/move", {"room": str(room.room)}, go=True, whole=True),)
        yield Alert(f"session:{s.code}", WARN, "calendar", s.campus, s.slug, title, (detail,), (*acts, look), s.start_at, 60 * s.wanted / max(1, s.places))
