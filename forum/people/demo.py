"""Sign-in links of the demo: one person per role, only in the demo, only from the machine itself."""

from uuid import UUID

from forum import db, web
from forum.errors import NotFound
from forum.i18n import N_

ROLES = {
    "attendee": ("anh@example.org", "/day"),
    "recruiter": ("ines@example.org", "/recruiter"),
    "door": ("driss@example.org", "/door"),
    "campus": ("karim@example.org", "/control"),
    "forum": ("sofia@example.org", "/control"),
}
LOOPBACK = frozenset({"127.0.0.1", "::1"})
PROXIED = frozenset({"x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"})  # what a proxy on this very machine adds


def refuse_outside_demo(request: web.AnyRequest) -> None:
    """Raises NotFound unless this is the demo and the request comes from this very machine, through no proxy."""
    near = request.client is not None and request.client.host in LOOPBACK and PROXIED.isdisjoint(request.headers)
    if not web.settings_of(request).demo or not near:
        raise NotFound(N_("There is no such page."))


async def person_of(role: str) -> tuple[UUID, str]:
    """The demo's person for *role* and their first page. Raises NotFound."""
    email, path = ROLES.get(role, ("", ""))
    person: UUID | None = await db.value("SELECT id FROM person WHERE lower(email) = $1", email)
    if person is None:
        raise NotFound(N_("There is no such page."))
    return person, path
