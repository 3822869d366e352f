"""A phone's rights are the rights of whoever can enrol it: only organisers of all its gates can."""

from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.badges import devices
from tests.helpers import give_role, make_person, posted, sign_client_in
from tests.people.conftest import edition  # noqa: F401 (a fixture)


@pytest.mark.parametrize(("campuses", "status"), [(("1",), 200), (("1", "2"), 403), (("2",), 403)])
async def test_an_organiser_enrols_again_only_what_stands_at_their_own_gates(
    client: httpx.AsyncClient, edition: UUID, campuses: tuple[str, ...], status: int  # noqa: F811 (the fixture)
) -> None:
    gates = await db.column("SELECT g.id FROM gate g JOIN campus c ON c.id = g.campus WHERE c.slug = ANY($1)", list(campuses))
    device, _ = await devices.create(edition, "Phone", gates, "supervisor", now=clock.now(), by=None)
    organiser = await make_person("Kim")
    await give_role(organiser, "campus_organiser", campus="1")
    await sign_client_in(client, organiser)
    answer = await posted(client, f"/door/devices/{device}/again", form="/door/devices")
    assert (answer.status_code, "#enrol=" in answer.text) == (status, status == 200)
