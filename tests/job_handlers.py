"""Handlers for the queue's tests: they leave their traces in the table `trace`, which the tests make."""

import asyncio
import os
import time

from forum import db, jobs
from forum.jobs import Job


async def trace(job: Job, text: str) -> None:
    await db.execute("INSERT INTO trace (job, text) VALUES ($1, $2)", job.id, text)


@jobs.handler("test.note")
async def note(job: Job) -> None:
    await trace(job, f"{job.payload.get('n')} attempt {job.attempt}")


@jobs.handler("test.fails", tries=3)
async def fails(job: Job) -> None:
    await trace(job, f"attempt {job.attempt}")
    if job.attempt < job.payload["works_at"]:
        raise ValueError("refused for marie.curie@example.org")


@jobs.handler("test.endless")
async def endless(job: Job) -> None:
    await trace(job, "began")
    while True:
        await jobs.progress(job.id, 3, 10, "Looking for tables")
        await asyncio.sleep(0.05)


@jobs.handler("test.deaf")
async def deaf(job: Job) -> None:
    await trace(job, "began")
    await asyncio.sleep(60)


@jobs.handler("test.slow", seconds=0.2, tries=1)
async def slow(job: Job) -> None:
    await asyncio.sleep(60)


@jobs.handler("test.heavy", heavy=True)
async def heavy(job: Job) -> None:
    await trace(job, f"process {os.getpid()} nice {os.nice(0)} payload {job.payload['n']}")


@jobs.handler("test.blocking", heavy=True)
async def blocking(job: Job) -> None:
    await trace(job, str(os.getpid()))
    while True:
        time.sleep(1)  # noqa: ASYNC251 - blocking is what it does


@jobs.handler("test.heavy_fails", heavy=True, tries=1)
async def heavy_fails(job: Job) -> None:
    raise LookupError("nobody called marie.curie@example.org")


@jobs.handler("test.heavy_dies", heavy=True, tries=1)
async def heavy_dies(job: Job) -> None:
    os.kill(os.getpid(), 9)


@jobs.every(minutes=5)
@jobs.handler("test.periodic")
async def periodic(job: Job) -> None:
    await trace(job, "came round")
