"""What `forum rehearse` prints and writes."""

import json
from pathlib import Path

import click

from forum.rehearsal.headless import rehearse as live
from forum.rehearsal.prepare import Size
from forum.rehearsal.report import as_csv, minutes_csv
from forum.settings import read_settings


def rehearse(*, people: int, campuses: int, companies: int, speed: float, minutes: int, seed: int, report: str | None) -> int:
    """Live a day headless; the exit code."""
    found = live(read_settings(), Size(people, campuses, companies, 6.0 if people <= 5000 else 20.0, seed), speed=speed, minutes=minutes)
    if report:
        path = Path(report)
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        path.with_suffix(".csv").write_text(as_csv(found))
        path.with_suffix(".minutes.csv").write_text(minutes_csv(found))
    for name in ("speed", "people", "scans", "refused", "waiting_at_doors_s", "answers_ms", "meetings", "wishes", "journeys", "solver", "answers", "invariants"):
        click.echo(f"{name}: {json.dumps(found[name])}")
    for line in found["broken"][:20]:
        click.echo(f"BROKEN {line}", err=True)
    return 1 if any(found["invariants"].values()) else 0
