"""Whether Forum lives and whether it can serve."""

from litestar import Response, get

from forum import db


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers; says nothing of the database, so that a database restart does not restart the web."""
    return {"status": "ok"}


@get("/readyz")
async def readyz() -> Response[dict[str, str]]:
    """The database answers too."""
    try:
        await db.value("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever is wrong with the database, the answer is the same
        return Response({"status": "database away"}, status_code=503)
    return Response({"status": "ready"})


ROUTES = [healthz, readyz]
