"""The job queue in PostgreSQL: enqueued in the caller's transaction, done at least once by a worker.

`run_worker` is in `forum.jobs.worker`, which imports the queue's library; this package does not.
"""

from forum.jobs.queue import Cancelled, Standing, cancel, counts, dead, enqueue, enqueue_many, progress, revive, standing
from forum.jobs.registry import Job, every, handler

__all__ = ["Cancelled", "Job", "Standing", "cancel", "counts", "dead", "enqueue", "enqueue_many", "every", "handler", "progress", "revive", "standing"]
