"""JSON for programs: booking with an idempotency key, one's meetings, the progress of a run."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forum import access, clock, editions, web
from forum.errors import Forbidden
from forum.i18n import N_
from forum.matchmaking import booking, once, queries, runs


class BookBody(Struct, forbid_unknown_fields=True):
    """Who meets whom, when; the asker must be the candidate or of the company."""

    candidate: UUID
    company: UUID
    recruiter: UUID
    slot: Annotated[datetime, Meta(tz=True)]


@post("/api/meetings", status_code=201)
async def book(request: web.AnyRequest, data: JSONBody[BookBody]) -> Response[dict[str, Any]]:
    """Book a slot. `Idempotency-Key` makes a repeated request answer the first time's meeting with 200."""
    asker, edition, now = await web.signed_in(request), await editions.needed(), clock.now()
    ours = asker.may(access.RECRUITER, company=data.company) or asker.may(access.COMPANY_ADMIN, company=data.company)
    if not ours and asker.person != data.candidate:
        raise Forbidden(N_("You can book for yourself or for your company."))
    want = booking.Want(data.candidate, data.company, data.recruiter, data.slot, asker.person, "company" if ours else "candidate")

    async def work() -> UUID:
        return await booking.book(edition, want, now=now)

    body = f"{data.candidate} {data.company} {data.recruiter} {data.slot.isoformat()}".encode()
    meeting, fresh = await once.once(asker.person, "POST /api/meetings", request.headers.get("idempotency-key", ""), body, work, now=now)
    return Response({"id": str(meeting), "slot": data.slot.isoformat()}, status_code=201 if fresh else 200)


@get("/api/meetings")
async def mine(request: web.AnyRequest) -> Response[list[dict[str, Any]]]:
    """The asker's meetings, on either side."""
    asker, edition = await web.signed_in(request), await editions.needed()
    found = await queries.meetings_of(asker.person, edition.id, past=False)
    return Response([
        {"id": str(m.id), "start": m.start.isoformat(), "minutes": m.minutes, "state": m.state.value, "company": m.company_name, "campus": m.campus, "table": m.table,
         "kind": m.kind, "version": m.version}
        for m in found
    ])  # fmt: skip


@get("/api/plans/{number:int}/progress")
async def progress(request: web.AnyRequest, number: FromPath[int]) -> Response[dict[str, Any]]:
    """A run as numbers: value, bound, gap and the points of its plot."""
    run = await runs.run_by_number((await editions.needed()).id, number)
    points = await runs.points(run.id)
    return Response({
        "number": run.number, "state": run.state, "value": run.value, "bound": run.bound, "gap": run.gap,
        "points": [[round(p.seconds, 2), p.value, p.bound] for p in points],
    })  # fmt: skip


ROUTES = [book, mine, progress]
