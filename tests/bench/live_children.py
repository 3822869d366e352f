"""Processes of the live measurements: told words, they answer each with one JSON line."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST_LINE = 1 << 24


@dataclass(frozen=True)
class Line:
    """One row of the table: what was measured, how much, what is asked."""

    what: str
    measured: str
    must: str


class Child:
    """One such process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def tell(self, *words: object) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return json.loads(await asyncio.wait_for(self.process.stdout.readline(), 1800))

    async def stop(self) -> float:
        """Ask it to end; seconds until it has."""
        assert self.process.stdin
        begun = time.monotonic()
        self.process.stdin.write(b"stop\n")
        await asyncio.wait_for(self.process.wait(), 60)
        return time.monotonic() - begun


@asynccontextmanager
async def child(module: str, *words: object) -> AsyncIterator[Child]:
    """`python -m tests.bench.<module> words…`, ready; killed at the end of the block unless it was stopped."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *map(str, words),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdout
    try:
        said = await asyncio.wait_for(process.stdout.readline(), 600)
        assert json.loads(said) == "ready"
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
