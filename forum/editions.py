"""The edition in force: the one whose pages are shown without a name in their address."""

import time
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as clock_time
from uuid import UUID

from forum import db
from forum.errors import NotFound
from forum.i18n import N_

KEPT_SECONDS = 2.0  # how long a process may show an edition's name that was just edited


@dataclass(frozen=True, slots=True)
class EditionDay:
    """One day, opening and closing on the edition's wall clock."""

    day: date
    opens: clock_time
    closes: clock_time


@dataclass(frozen=True, slots=True)
class Edition:
    """One yearly forum; `days` in order."""

    id: UUID
    slug: str
    name: str
    zone: str
    slot_minutes: int
    is_rehearsal: bool
    registration_opens: datetime
    registration_closes: datetime
    days: tuple[EditionDay, ...] = ()

    def takes_registrations(self, now: datetime) -> bool:
        return self.registration_opens <= now < self.registration_closes


_SELECT = """
SELECT e.id, e.slug, e.name, e.zone, e.slot_minutes, e.is_rehearsal,
       CASE WHEN isfinite(e.registration_opens) THEN e.registration_opens ELSE '0001-01-02 00:00+00' END AS registration_opens,
       CASE WHEN isfinite(e.registration_closes) THEN e.registration_closes ELSE '9999-12-30 00:00+00' END AS registration_closes
FROM edition e
"""
_kept: tuple[float, Edition | None] = (0.0, None)


async def _with_days(found: Edition | None) -> Edition | None:
    if found is None:
        return None
    days = await db.rows(EditionDay, "SELECT day, opens, closes FROM edition_day WHERE edition = $1 ORDER BY day", found.id)
    return replace(found, days=tuple(days))


async def current() -> Edition | None:
    """The current edition, or None before the first; at most two seconds old."""
    global _kept
    if _kept[1] is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
        _kept = (time.monotonic(), await _with_days(await db.row(Edition, _SELECT + "WHERE e.is_current")))
    return _kept[1]


def forget() -> None:
    """Read the edition again at the next request: after an edit, and between tests."""
    global _kept
    _kept = (0.0, None)


async def needed() -> Edition:
    """The current edition. Raises NotFound before the first."""
    found = await current()
    if found is None:
        raise NotFound(N_("No edition is announced yet."))
    return found


async def by_slug(slug: str) -> Edition:
    """The edition of that name. Raises NotFound."""
    found = await _with_days(await db.row(Edition, _SELECT + "WHERE e.slug = $1", slug))
    if found is None:
        raise NotFound(N_("There is no such edition."))
    return found
