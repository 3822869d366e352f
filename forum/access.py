"""Who may do what: one table, route × role. The guard is made from it, the tests are made from it; a route without a row is refused."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

# Roles a person can be granted; `anyone` and `signed_in` are not grants.
ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed_in"
RECRUITER: Final = "recruiter"
COMPANY_ADMIN: Final = "company_admin"
SPEAKER: Final = "speaker"
PRESS: Final = "press"
DOOR: Final = "door"
CAMPUS: Final = "campus_organiser"
FORUM: Final = "forum_organiser"
ADMIN: Final = "admin"
DPO: Final = "dpo"
DEVICE: Final = "device"  # a door device's token, not a person

GRANTS: Final = (RECRUITER, COMPANY_ADMIN, SPEAKER, PRESS, DOOR, CAMPUS, FORUM, ADMIN, DPO)
NEEDS_SECOND_FACTOR: Final = frozenset({CAMPUS, FORUM, ADMIN, DPO})
NEEDS_APPROVAL: Final = frozenset({RECRUITER, COMPANY_ADMIN, SPEAKER, PRESS})


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in force: for an edition, a campus (by slug) or a company (by id), else everywhere."""

    name: str
    campus: str | None = None
    company: UUID | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """The person asking, as far as this request may act for them. Roles that need a second factor count only after it."""

    person: UUID
    name: str
    email: str
    language: str
    grants: tuple[Grant, ...] = ()
    second_factor: bool = False
    factor_missing: bool = False  # holds a role that waits for the second factor
    registration: UUID | None = None
    purpose: str = ""
    is_minor: bool = False
    confirmed: bool = False
    token_hash: bytes = b""

    def may(self, name: str, *, campus: str | None = None, company: UUID | None = None) -> bool:
        """Whether a grant of *name* is in force, for that campus or company when one is given."""
        return any(
            g.name == name and (campus is None or g.campus is None or g.campus == campus) and (company is None or g.company == company) for g in self.grants
        )

    def has(self, *names: str) -> bool:
        return any(g.name in names for g in self.grants)

    def campuses(self) -> frozenset[str] | None:
        """Slugs of the campuses this person organises; None means all of them."""
        if self.has(FORUM, ADMIN):
            return None
        return frozenset(g.campus for g in self.grants if g.name in {CAMPUS, DOOR} and g.campus)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route. `campus_in` names the path parameter that a campus organiser's or door staff's own campus must equal."""

    who: frozenset[str]
    campus_in: str = ""

    def allows(self, principal: Principal | None, path: dict[str, object]) -> bool:
        if ANYONE in self.who:
            return True
        if principal is None:
            return False
        if SIGNED_IN in self.who:
            return True
        campus = str(path.get(self.campus_in, "")) if self.campus_in else None
        return any(principal.may(name, campus=campus if name in {CAMPUS, DOOR} else None) for name in self.who)


def rule(*who: str, campus_in: str = "") -> Rule:
    """A row: organisers of the forum may do what organisers of a campus may, anywhere."""
    names = set(who)
    if CAMPUS in names:
        names.add(FORUM)
    return Rule(frozenset(names), campus_in)


# "METHOD /path/{template}" → who. Features keep to their own block.
TABLE: Final[dict[str, Rule]] = {
    # pages everyone sees
    "GET /": rule(ANYONE),
    "GET /static/{path:path}": rule(ANYONE),
    "GET /sw.js": rule(ANYONE),
    "GET /app.webmanifest": rule(ANYONE),
    "GET /offline": rule(ANYONE),
    "GET /_components": rule(ANYONE),  # exists in the demo only
    "POST /_components": rule(ANYONE),
    "GET /healthz": rule(ANYONE),
    "GET /readyz": rule(ANYONE),
    "GET /metrics": rule(ANYONE),  # its own bearer token or loopback
    "GET /.well-known/security.txt": rule(ANYONE),
    "GET /robots.txt": rule(ANYONE),
    "GET /accessibility": rule(ANYONE),
    "GET /your-data": rule(ANYONE),
    "GET /api": rule(ANYONE),
    "GET /api/schema": rule(ANYONE),
    "GET /api/schema/openapi.json": rule(ANYONE),
    "GET /api/schema/{path:str}": rule(ANYONE),
    # people
    "GET /register": rule(ANYONE),
    "POST /register": rule(ANYONE),
    "GET /register/done": rule(ANYONE),
    "GET /register/confirm/{token:str}": rule(ANYONE),
    "POST /register/confirm/{token:str}": rule(ANYONE),
    "GET /sign-in": rule(ANYONE),
    "POST /sign-in": rule(ANYONE),
    "GET /sign-in/{request_id:uuid}": rule(ANYONE),
    "POST /sign-in/{request_id:uuid}": rule(ANYONE),
    "GET /sign-in/link/{token:str}": rule(ANYONE),
    "POST /sign-in/link/{token:str}": rule(ANYONE),
    "GET /sign-in/second": rule(SIGNED_IN),
    "POST /sign-in/second": rule(SIGNED_IN),
    "POST /sign-out": rule(ANYONE),
    "GET /demo/{role:str}": rule(ANYONE),  # exists in the demo only, on loopback only
    "POST /demo/{role:str}": rule(ANYONE),
    "GET /demo/outbox": rule(ANYONE),
    "GET /demo/outbox/{number:uuid}": rule(ANYONE),
    "GET /me": rule(SIGNED_IN),
    "POST /me/days": rule(SIGNED_IN),
    "POST /me/details": rule(SIGNED_IN),
    "POST /me/profile": rule(SIGNED_IN),
    "GET /me/cancel": rule(SIGNED_IN),
    "POST /me/cancel": rule(SIGNED_IN),
    "POST /me/take-up": rule(SIGNED_IN),
    "POST /me/confirm": rule(SIGNED_IN),
    "GET /me/address": rule(SIGNED_IN),
    "POST /me/address": rule(SIGNED_IN),
    "GET /me/address/{change:uuid}": rule(SIGNED_IN),  # one's own only: the code of another's is refused
    "POST /me/address/{change:uuid}": rule(SIGNED_IN),
    "GET /me/data": rule(SIGNED_IN),
    "GET /me/data.json": rule(SIGNED_IN),
    "POST /me/keep": rule(SIGNED_IN),
    "GET /me/erase": rule(SIGNED_IN),
    "POST /me/erase": rule(SIGNED_IN),
    "GET /guardian/{token:str}": rule(ANYONE),
    "POST /guardian/{token:str}": rule(ANYONE),
    "GET /group": rule(SIGNED_IN),
    "POST /group": rule(SIGNED_IN),
    "GET /organise": rule(CAMPUS, ADMIN),
    "GET /organise/requests": rule(FORUM),
    "POST /organise/requests/{role:uuid}/approval": rule(FORUM),
    "POST /organise/requests/{role:uuid}/refusal": rule(FORUM),
    "GET /organise/people": rule(FORUM, ADMIN),
    "POST /organise/people": rule(FORUM, ADMIN),
    "GET /organise/people/{person:uuid}": rule(FORUM, ADMIN),
    "POST /organise/people/{person:uuid}/roles": rule(FORUM, ADMIN),
    "POST /organise/people/{person:uuid}/second-factor/removal": rule(ADMIN),
    "POST /organise/roles/{role:uuid}/end": rule(FORUM, ADMIN),
    "GET /day": rule(SIGNED_IN),
    # campuses
    "GET /campus/{slug:str}": rule(ANYONE),
    "GET /organise/edition": rule(FORUM),
    "POST /organise/edition": rule(FORUM),
    "POST /organise/edition/days": rule(FORUM),
    "POST /organise/edition/days/{day:date}/remove": rule(FORUM),
    "GET /organise/campuses": rule(CAMPUS),
    "GET /organise/campuses/new": rule(FORUM),
    "POST /organise/campuses/new": rule(FORUM),
    "GET /organise/campus/{campus:str}": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/days": rule(CAMPUS, campus_in="campus"),
    "GET /organise/campus/{campus:str}/remove": rule(FORUM),
    "POST /organise/campus/{campus:str}/remove": rule(FORUM),
    "GET /organise/campus/{campus:str}/rooms": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/rooms": rule(CAMPUS, campus_in="campus"),
    "GET /organise/campus/{campus:str}/rooms/{room:uuid}": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/rooms/{room:uuid}": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/rooms/{room:uuid}/remove": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/tables": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/tables/{number:int}/remove": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/gates": rule(CAMPUS, campus_in="campus"),
    "POST /organise/campus/{campus:str}/gates/{gate:str}/remove": rule(CAMPUS, campus_in="campus"),
    "GET /organise/travel": rule(CAMPUS),
    "GET /organise/travel/changes": rule(CAMPUS),
    "POST /organise/travel/changes": rule(FORUM),
    "POST /organise/travel/changes/{change:uuid}/end": rule(FORUM),
    "GET /organise/travel/timetable": rule(FORUM),
    "POST /organise/travel/timetable": rule(FORUM),
    "GET /organise/travel/from/{origin:str}": rule(CAMPUS),
    "GET /organise/travel/from/{origin:str}/to/{destination:str}": rule(CAMPUS),
    "POST /organise/travel/from/{origin:str}/to/{destination:str}": rule(FORUM),
    "POST /organise/travel/from/{origin:str}/to/{destination:str}/undo": rule(FORUM),
    # lists in and out
    "GET /organise/imports": rule(FORUM),
    "POST /organise/imports/{kind:str}": rule(FORUM),
    "GET /organise/import/{draft:uuid}": rule(FORUM),
    "POST /organise/import/{draft:uuid}": rule(FORUM),
    "POST /organise/import/{draft:uuid}/commit": rule(FORUM),
    "POST /organise/import/{draft:uuid}/drop": rule(FORUM),
    "GET /organise/exports/{kind:str}": rule(FORUM),
    # agenda
    "GET /programme": rule(ANYONE),
    "GET /calendar/{name:str}": rule(ANYONE),  # the address is the secret
    "GET /me/calendar": rule(SIGNED_IN),
    "POST /me/calendar": rule(SIGNED_IN),
    "GET /speaking": rule(SIGNED_IN),
    "POST /speaking": rule(SIGNED_IN),
    "GET /organise/agenda": rule(CAMPUS),
    "POST /organise/agenda/edits": rule(CAMPUS),
    "POST /organise/agenda/undo": rule(FORUM),
    "POST /organise/agenda/redo": rule(FORUM),
    "GET /organise/agenda/sessions/{code:str}": rule(CAMPUS),
    "POST /organise/agenda/sessions/{code:str}": rule(CAMPUS),
    "POST /organise/agenda/sessions/{code:str}/withdrawal": rule(CAMPUS),
    "GET /organise/agenda/release": rule(FORUM),
    "POST /organise/agenda/releases": rule(FORUM),
    "POST /organise/agenda/releases/{number:int}/rollback": rule(FORUM),
    "POST /organise/agenda/plans": rule(FORUM),
    "GET /organise/agenda/plans/{plan:uuid}": rule(FORUM),
    "POST /organise/agenda/plans/{plan:uuid}/stop": rule(FORUM),
    "POST /organise/agenda/plans/{plan:uuid}/application": rule(FORUM),
    "GET /organise/agenda/speakers": rule(FORUM),
    "POST /organise/agenda/speakers/questions": rule(FORUM),
    "POST /organise/agenda/speakers/{speaker:uuid}/account": rule(FORUM),
    "GET /organise/agenda/doors": rule(CAMPUS, DOOR),
    "GET /organise/agenda/door/{code:str}": rule(CAMPUS, DOOR),
    "POST /organise/agenda/door/{code:str}/walk-ins": rule(CAMPUS, DOOR),
    "POST /organise/agenda/door/{code:str}/arrivals/{seat:uuid}": rule(CAMPUS, DOOR),
    "GET /programme/campuses": rule(ANYONE),
    "GET /programme/grid": rule(ANYONE),
    "GET /programme/{code:str}": rule(ANYONE),
    "POST /programme/{code:str}/seat": rule(SIGNED_IN),
    "POST /programme/{code:str}/seat/release": rule(SIGNED_IN),
    "POST /programme/stars": rule(SIGNED_IN),
    "GET /programme/speaker/{code:str}": rule(ANYONE),
    "GET /programme/room/{room:uuid}": rule(ANYONE),
    "GET /{edition:str}/schedule": rule(ANYONE),
    "GET /{edition:str}/schedule/nojs": rule(ANYONE),
    "GET /{edition:str}/talk/{code:str}": rule(ANYONE),
    "GET /{edition:str}/speaker/{code:str}": rule(ANYONE),
    "GET /{edition:str}/speaker/{code:str}/talks.ics": rule(ANYONE),
    "GET /{edition:str}/schedule.xml": rule(ANYONE),
    "GET /{edition:str}/schedule.json": rule(ANYONE),
    "GET /{edition:str}/schedule/widgets/schedule.json": rule(ANYONE),
    "GET /{edition:str}/schedule.ics": rule(ANYONE),
    "GET /{edition:str}/schedule.xcal": rule(ANYONE),
    "GET /{edition:str}/schedule/export/{name:str}": rule(ANYONE),
    "GET /{edition:str}/schedule/v/{version:str}": rule(ANYONE),
    "GET /{edition:str}/schedule/v/{version:str}/export/{name:str}": rule(ANYONE),
    "GET /{edition:str}/schedule/changelog": rule(ANYONE),
    "GET /{edition:str}/schedule/feed.xml": rule(ANYONE),
    # badges
    "GET /badge": rule(SIGNED_IN),
    "GET /badge/print/{layout:str}": rule(SIGNED_IN),
    "GET /badge/lost": rule(SIGNED_IN),
    "POST /badge/lost": rule(SIGNED_IN),
    "GET /badge/qr/{text:str}": rule(ANYONE),  # the token in the address is the right; only ours are drawn
    "GET /badges": rule(CAMPUS, DOOR, ADMIN),
    "POST /badges": rule(CAMPUS, DOOR, ADMIN),
    "GET /badges/{badge:uuid}": rule(CAMPUS, DOOR, ADMIN),
    "GET /badges/{badge:uuid}/print/{layout:str}": rule(CAMPUS, DOOR, ADMIN),
    "POST /badges/{badge:uuid}/replace": rule(CAMPUS, DOOR, ADMIN),
    "GET /badges/orders": rule(CAMPUS, ADMIN),
    "POST /badges/orders": rule(CAMPUS, ADMIN),
    "GET /badges/orders/{batch:uuid}/file": rule(CAMPUS, ADMIN),
    "GET /door": rule(ANYONE),  # the page holds nothing; a device's token opens the exchange
    "GET /door/devices": rule(CAMPUS, ADMIN),
    "POST /door/devices": rule(CAMPUS, ADMIN),
    "POST /door/devices/{device:uuid}/again": rule(CAMPUS, ADMIN),
    "POST /door/devices/{device:uuid}/withdraw": rule(CAMPUS, ADMIN),
    "GET /door/rules": rule(CAMPUS, ADMIN),
    "POST /door/rules": rule(CAMPUS, ADMIN),
    "POST /door/rules/{rule:uuid}/remove": rule(CAMPUS, ADMIN),
    "POST /api/v1/device/initialize": rule(DEVICE),
    "GET /api/v1/door/snapshot": rule(DEVICE),
    "POST /api/v1/door/sync": rule(DEVICE),
    "POST /api/v1/door/walk-in": rule(DEVICE),
    "POST /api/v1/organizers/{org:str}/checkinrpc/redeem": rule(DEVICE),
    "GET /api/v1/organizers/{org:str}/checkinrpc/search": rule(DEVICE),
    "POST /api/v1/organizers/{org:str}/checkinrpc/annul": rule(DEVICE),
    "GET /api/v1/organizers/{org:str}/checkinlists/{gate:uuid}/status": rule(DEVICE),
    "POST /api/v1/organizers/{org:str}/checkinlists/{gate:uuid}/failed_checkins": rule(DEVICE),
    "GET /api/v1/organizers/{org:str}/checkins": rule(DEVICE),
    # matchmaking
    "GET /companies": rule(ANYONE),
    "GET /companies/{slug:str}": rule(ANYONE),
    "POST /companies/{slug:str}/book": rule(SIGNED_IN),
    "POST /companies/{slug:str}/wait": rule(SIGNED_IN),
    "POST /companies/{slug:str}/leave": rule(SIGNED_IN),
    "GET /wishes": rule(SIGNED_IN),
    "POST /wishes/add": rule(SIGNED_IN),
    "POST /wishes/remove": rule(SIGNED_IN),
    "POST /wishes/order": rule(SIGNED_IN),
    "GET /wishes/preferences": rule(SIGNED_IN),
    "POST /wishes/preferences": rule(SIGNED_IN),
    "GET /sharing": rule(SIGNED_IN),
    "POST /sharing": rule(SIGNED_IN),
    "POST /sharing/about-me": rule(SIGNED_IN),
    "GET /meetings": rule(SIGNED_IN),
    "GET /meetings/{meeting:uuid}": rule(SIGNED_IN),  # one's own only: the handler knows whose it is
    "POST /meetings/{meeting:uuid}/accept": rule(SIGNED_IN),
    "POST /meetings/{meeting:uuid}/give-up": rule(SIGNED_IN),
    "POST /meetings/{meeting:uuid}/late": rule(SIGNED_IN),
    "POST /meetings/{meeting:uuid}/another-time": rule(SIGNED_IN),
    "POST /meetings/{meeting:uuid}/notes": rule(SIGNED_IN),
    "POST /meetings/explain": rule(SIGNED_IN),
    "POST /time-requests/{asked:uuid}/{answer:str}": rule(SIGNED_IN),
    "POST /seat-offers/{offer:uuid}/take": rule(SIGNED_IN),
    "POST /seat-offers/{offer:uuid}/refuse": rule(SIGNED_IN),
    "POST /ask": rule(SIGNED_IN),
    "GET /recruiter": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/candidates": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/candidates/{person:uuid}": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/candidates/{person:uuid}/verdict": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/book": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/book": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/block": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/unblock": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/meetings/{meeting:uuid}": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/start": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/end": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/no-show": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/note": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/result": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/give-up": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/move": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/meetings/{meeting:uuid}/swap": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/time-requests/{asked:uuid}/{answer:str}": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/company": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/company": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/offers": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/offers/{offer:uuid}/withdraw": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/team": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/presence": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/late": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/export": rule(RECRUITER, COMPANY_ADMIN),
    "GET /recruiter/business": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/business": rule(RECRUITER, COMPANY_ADMIN),
    "POST /recruiter/business/{asked:uuid}/{answer:str}": rule(RECRUITER, COMPANY_ADMIN),
    "GET /studio": rule(FORUM),
    "GET /studio/now": rule(FORUM),
    "POST /studio/runs": rule(FORUM),
    "GET /studio/runs/{number:int}/now": rule(FORUM),
    "GET /studio/runs/{number:int}": rule(FORUM),
    "POST /studio/runs/{number:int}/stop": rule(FORUM),
    "POST /studio/runs/{number:int}/publish": rule(FORUM),
    "GET /studio/runs/{number:int}/grid": rule(FORUM),
    "POST /studio/runs/{number:int}/grid": rule(FORUM),
    "GET /studio/runs/{number:int}/problem.json": rule(FORUM),
    "GET /studio/runs/{number:int}/plan.json": rule(FORUM),
    "GET /studio/versions/{number:int}": rule(FORUM),
    "POST /studio/versions/{number:int}/roll-back": rule(FORUM),
    "POST /studio/changes/{change:int}/resolve": rule(FORUM),
    "POST /studio/questions/{question:uuid}": rule(FORUM),
    "GET /studio/trouble/{meeting:uuid}": rule(FORUM),
    "POST /studio/trouble/{meeting:uuid}/move": rule(FORUM),
    "POST /studio/trouble/{meeting:uuid}/cancel": rule(FORUM),
    "POST /studio/close": rule(FORUM),
    "GET /studio/weights.json": rule(FORUM),
    "POST /studio/runs/{number:int}/bring": rule(FORUM),
    "POST /studio/meetings/{meeting:uuid}/lock": rule(FORUM),
    "POST /studio/business": rule(FORUM),
    "GET /studio/log.json": rule(FORUM),
    "GET /studio/impact": rule(FORUM),
    "POST /studio/impact": rule(FORUM),
    "GET /how-meetings-are-proposed": rule(ANYONE),
    "POST /api/meetings": rule(SIGNED_IN),
    "GET /api/meetings": rule(SIGNED_IN),
    "GET /api/plans/{number:int}/progress": rule(FORUM),
    # live (the WebSocket checks Origin, topics and rights itself, before it accepts)
    "GET /live/poll": rule(ANYONE),
    "GET /announcements": rule(ANYONE),  # each reader sees what is for them
    "GET /board/{campus:str}": rule(ANYONE),
    "GET /control": rule(CAMPUS, ADMIN),
    "GET /control/wall": rule(CAMPUS, ADMIN),
    "GET /control/figures": rule(CAMPUS, ADMIN),
    "GET /control/journal": rule(CAMPUS, ADMIN),
    "POST /control/journal/{entry:int}/undo": rule(CAMPUS),  # of one's own campuses: the handler looks
    "POST /control/alerts": rule(CAMPUS),
    "GET /control/announce": rule(CAMPUS),
    "POST /control/announce": rule(CAMPUS),
    "POST /control/announcements/{announcement:uuid}/end": rule(CAMPUS),
    "POST /control/refill": rule(FORUM),
    "POST /control/sessions/{code:str}/move": rule(FORUM),
    "GET /control/{campus:str}": rule(CAMPUS, ADMIN, campus_in="campus"),
    "GET /control/{campus:str}/tables/{number:int}": rule(CAMPUS, ADMIN, campus_in="campus"),
    "POST /control/{campus:str}/entries": rule(CAMPUS, campus_in="campus"),
    "POST /control/{campus:str}/gates/{gate:str}/open": rule(CAMPUS, campus_in="campus"),
    "POST /control/{campus:str}/gates/{gate:str}/shut": rule(CAMPUS, campus_in="campus"),
    "GET /control/{campus:str}/evacuation": rule(CAMPUS, campus_in="campus"),
    "POST /control/{campus:str}/evacuation": rule(CAMPUS, campus_in="campus"),
    "POST /control/{campus:str}/evacuation/end": rule(CAMPUS, campus_in="campus"),
    # the rehearsal: there only while forum demo lives its day
    "GET /rehearsal": rule(FORUM),
    "POST /rehearsal": rule(FORUM),
    "GET /rehearsal/report.csv": rule(FORUM),
    "GET /rehearsal/minutes.csv": rule(FORUM),
    "GET /rehearsal/report.json": rule(FORUM),
}


@cache
def _by_template() -> dict[str, Rule]:
    """The table by what the router calls a route: parameters without their types."""
    return {re.sub(r":\w+}", "}", key): row for key, row in TABLE.items()}


def row_of(method: str, template: str) -> Rule | None:
    """The row of one route, or None: then nobody may."""
    return _by_template().get(f"{method} {template}")


def can_open(path: str, principal: Principal | None) -> bool:
    """Whether *principal* may see the page at *path* (parameters as `{name}`, of any campus): menus show only what opens."""
    row = row_of("GET", path)
    return row is not None and row.allows(principal, {})
