"""An edition of three campuses with one person per role, as the rehearsal makes it."""

from uuid import UUID

import pytest

from forum import clock, db
from forum.rehearsal import make_edition


@pytest.fixture
async def edition(database: str) -> UUID:
    made = await make_edition(now=clock.now(), campuses=3)
    await db.execute("UPDATE campus_day SET opens = '00:00', closes = '23:59:59'")  # whatever the hour of the test, its first day is not over
    return made


@pytest.fixture
async def people(edition: UUID) -> dict[str, UUID]:
    """Role → person of the rehearsal."""
    roles = {"attendee": "anh", "recruiter": "ines", "door": "driss", "campus": "karim", "forum": "sofia"}
    return {role: await db.value("SELECT id FROM person WHERE email = $1", f"{name}@example.org") for role, name in roles.items()}
