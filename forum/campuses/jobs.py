"""What the campuses do on their own: read a timetable somebody sent."""

from uuid import UUID

from forum.campuses import uploads
from forum.jobs import Job, handler


@handler("campuses.timetable", heavy=True, tries=1, seconds=1800, at_once=1)
async def read_timetable(job: Job) -> None:
    """Read one upload and put it in force, or keep why not."""
    await uploads.process(UUID(job.payload["upload"]))
