"""The time a held seat takes on the meeting grid: nobody is promised to two things at once."""

from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.agenda import current, seats
from forum.agenda.model import Item
from forum.editions import Edition
from forum.errors import Conflict
from forum.i18n import N_, Message


def slots(edition: Edition, item: Item) -> list[datetime]:
    """The slots of the meeting grid a session overlaps."""
    step = timedelta(minutes=edition.slot_minutes)
    first = item.start - timedelta(seconds=int(item.start.timestamp()) % int(step.total_seconds()))
    found = []
    while first < item.end:
        found.append(first)
        first += step
    return found


async def claim(edition: Edition, person: UUID, seat: UUID, item: Item) -> None:
    """Hold the person's time. A slot shared with another seat that does not overlap stays with that seat (`claim_again`).

    Raises Conflict when a meeting or a block holds one: someone else was faster.
    """
    await db.execute(
        "INSERT INTO claim (slot, person, kind, holder) SELECT unnest($1::timestamptz[]), $2, 'seat', $3 ON CONFLICT DO NOTHING",
        slots(edition, item),
        person,
        seat,
    )
    other = await db.value("SELECT kind FROM claim WHERE person = $1 AND slot = ANY($2) AND kind <> 'seat' LIMIT 1", person, slots(edition, item))
    if other is not None:
        raise Conflict(Message(N_("You have a meeting during {title}."), title=item.session.title))


async def claim_again(edition: Edition, person: UUID) -> None:
    """After a seat was given back: the person's other seats take the slots they shared with it."""
    programme = await current.programme(edition.id)
    for seat in (await seats.standing(person)).values():
        if seat.state == "held" and programme is not None and (item := programme.by_id.get(seat.session)) is not None and not item.cancelled:
            await db.execute(
                "INSERT INTO claim (slot, person, kind, holder) SELECT unnest($1::timestamptz[]), $2, 'seat', $3 ON CONFLICT DO NOTHING",
                slots(edition, item),
                person,
                seat.id,
            )
