"""`forum plan`, `check`, `explain`, `timetable` and `interviews`: the engine on files, without a database.

Results go to standard output, one JSON object on the last line; progress and faults to standard error. Exit code 2 and
one line per fault for bad input, 1 for a plan that is not valid or a problem without an answer.
"""

import json
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from forum.errors import NotFound
from forum.i18n import LANGUAGES, N_, Message
from forum.matchmaking.command_files import Seconds, accepted, language, lines, note, refuse, say, writable
from forum.matchmaking.engine.check import Report, check
from forum.matchmaking.engine.faults import escaped, quoted
from forum.matchmaking.engine.files import decoded, plan_and_claims, plan_json, read_plan, read_problem, write_plan, write_whole
from forum.matchmaking.engine.model import Infeasible, Meeting, Plan, Problem
from forum.matchmaking.terminal import ProgressLine, interruptible

SHOWN_ERRORS = 20
LARGEST_SEED = 2**31 - 1000  # the searches count on from it
File = click.Path(exists=True, dir_okay=False, path_type=Path)
Output = click.Path(dir_okay=False, writable=True, path_type=Path)


def register(group: click.Group) -> None:
    """Add the commands to the `forum` command."""
    for command in (plan, check_command, explain, timetable, interviews):
        group.add_command(command)


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=File)
@click.option("-o", "--output", type=Output, required=True, help="Where the plan goes; written whole or not at all.")
@click.option("--time-limit", type=Seconds(min=0), default=60.0, show_default=True, help="Seconds of wall time after reading.")
@click.option("--workers", type=click.IntRange(1, 4), default=2, show_default=True, help="Cores to use.")
@click.option("--seed", type=click.IntRange(min=0, max=LARGEST_SEED), default=1, show_default=True, help="Equal seeds, equal choices.")
@click.option("--previous", type=File, help="The published plan that this one repairs.")
@click.option("--previous-problem", type=File, help="The problem of that plan, where recruiters who are gone are looked up.")
@click.option("--compare", type=Seconds(min=0), default=0.0, metavar="SECONDS", help="After a repair, plan from nothing for so long and say what the repair loses to that.")
@click.option("--certificate", type=Output, help="Where the prices that prove the bound go.")
def plan(
    problem_file: Path, output: Path, time_limit: float, workers: int, seed: int, previous: Path | None, previous_problem: Path | None, compare: float,
    certificate: Path | None,
) -> None:  # fmt: skip
    """Plan the meetings of PROBLEM.json. Ctrl-C keeps the best plan so far."""
    start = time.monotonic()
    writable({"--output": output, "--certificate": certificate}, {"PROBLEM.json": problem_file, "--previous-problem": previous_problem})
    with interruptible() as stop:
        from forum.matchmaking.engine.solve import solve

        problem = accepted(lambda: read_problem(problem_file))
        if previous:
            problem = _with_previous(problem, previous, previous_problem)
        reading = time.monotonic() - start
        with ProgressLine() as progress:
            found = solve(problem, time_limit=time_limit, workers=workers, seed=seed, on_progress=progress, stop=stop)
        if isinstance(found, Infeasible):
            refuse([found.reason, *(f"locked[{problem.locked.index(meeting)}]: {quoted(meeting)}" for meeting in found.conflict)])
        report = check(problem, found.meetings, value=found.value, bound=found.bound)
        if report.errors:
            raise click.ClickException(f"the engine made a wrong plan, nothing is written: {report.errors[0]}")
        run = _run_record(found, reading, any_yet=found.finished or len(found.meetings) > len(problem.locked))
        if run["first_seconds"] is None:
            note(Message(N_("No plan yet: the search ended before its first one. What is written holds the fixed meetings only.")))
        _written(output, found, run, certificate)
        facts = _plan_report(problem, found, report) | run
        if found.repair and compare and not stop.is_set():
            facts["repair"] |= _against_a_new_plan(problem, report, compare, workers, seed, stop)
    say(facts)


def _written(output: Path, found: Plan, run: dict[str, Any], certificate: Path | None) -> None:
    try:
        if certificate and found.certificate is not None:
            write_whole(certificate, json.dumps(found.certificate).encode())
        write_plan(output, found, run)
    except OSError as error:
        raise click.ClickException(f"{error.filename or output}: {error.strerror}") from error


def _run_record(found: Plan, reading: float, *, any_yet: bool) -> dict[str, Any]:
    """What making the plan took, kept in its file: times, the largest memory, and the repair; no first time where there was no plan yet."""
    one, first = found.one_percent_seconds, found.first_seconds if any_yet else None
    record: dict[str, Any] = {"first_seconds": None if first is None else round(first, 3), "one_percent_seconds": None if one is None else round(one, 3)}
    record |= {"reading_seconds": round(reading, 3), "peak_memory_mb": _peak_memory_mb(), "finished": found.finished}
    return record | ({"repair": asdict(found.repair)} if found.repair else {})


def _plan_report(problem: Problem, found: Plan, report: Report) -> dict[str, Any]:
    facts = {key: value for key, value in json.loads(plan_json(found)).items() if key not in ("format", "meetings")}
    facts |= {"gap": found.gap, "meetings": len(found.meetings)}
    if problem.previous:
        facts |= {"change": report.terms.change, "changes": dict(report.terms.changes)}
    return facts


def _against_a_new_plan(problem: Problem, repaired: Report, seconds: float, workers: int, seed: int, stop: threading.Event) -> dict[str, Any]:
    """What the repair loses to a plan made from nothing in *seconds*, when changes cost nothing: preference, guarantee and value."""
    from forum.matchmaking.engine.solve import solve

    fresh = replace(problem, previous=None)
    found = solve(fresh, time_limit=seconds, workers=workers, seed=seed, stop=stop)
    assert isinstance(found, Plan)  # the repaired plan holds the same locked meetings
    new, old = check(fresh, found.meetings), repaired.terms
    unchanged = repaired.value + problem.weights.change * old.change
    return {
        "new_plan_seconds": round(found.seconds, 3), "preference_lost": new.terms.preference - old.preference,
        "guarantee_lost": new.terms.guaranteed - old.guaranteed, "value_lost": new.value - unchanged, "value_lost_at_most": found.bound - unchanged,
    }  # fmt: skip


def _with_previous(problem: Problem, previous: Path, previous_problem: Path | None) -> Problem:
    from forum.matchmaking.engine.old_plan import with_previous

    old = accepted(lambda: read_plan(previous))
    published = accepted(lambda: read_problem(previous_problem)) if previous_problem else None
    if faults := [f"previous: meetings[{n}]: slot {m.slot} out of range" for n, m in enumerate(old.meetings) if not 0 <= m.slot < len(problem.slots)]:
        refuse(faults)
    problem, unknown = with_previous(problem, old.meetings, published)
    for name in unknown:
        note(Message(N_("Recruiter {name} of the previous plan is gone and its company is not known; its meetings are left out."), name=name))
    if not problem.weights.change:
        note(Message(N_("weights.change is 0: changes to the previous plan cost nothing.")))
    return problem


@click.command("check")
@click.argument("problem_file", metavar="PROBLEM.json", type=File)
@click.argument("plan_file", metavar="PLAN.json", type=File)
@click.option("--previous", type=File, help="The published plan that PLAN.json repairs, as given to `forum plan`.")
@click.option("--previous-problem", type=File, help="The problem of that plan.")
@click.option("--certificate", type=File, help="Prices from which the bound is computed again, in whole numbers.")
@click.option("--groups", type=File, help="CSV of candidate,group from voluntary answers: parity in aggregate.")
def check_command(
    problem_file: Path, plan_file: Path, previous: Path | None, previous_problem: Path | None, certificate: Path | None, groups: Path | None
) -> None:
    """Judge PLAN.json: rules, value, metrics, and with a certificate its bound. No solver is used."""
    from forum.matchmaking.engine.metrics import metrics

    problem = accepted(lambda: read_problem(problem_file))
    if previous:
        problem = _with_previous(problem, previous, previous_problem)
    found, claims = accepted(lambda: plan_and_claims(plan_file))
    value, bound = (claims.get(key) if isinstance(claims.get(key), int | float) else None for key in ("value", "bound"))
    report = check(problem, found.meetings, value=value, bound=bound)
    errors = list(report.errors)
    facts: dict[str, Any] = {"value": report.value, "meetings": report.meetings, **asdict(report.terms), "bound": bound}
    facts |= {"bound_kind": found.bound_kind, "seconds": found.seconds, "run": claims.get("run")}
    proved_bound = bound
    if certificate:
        from forum.matchmaking.engine.prices import COMPLETE

        proved = _certified(problem, certificate)
        facts |= {"certified_bound": proved, "certified_gap": (proved - report.value) / abs(proved or 1)}
        listed = claims.get("bound_kind") == COMPLETE  # its last points rest on a list that the solver went through, and the report says so
        proved_bound = bound if listed else proved
        errors += [f"the plan says bound {bound}, its certificate proves {proved}"] if bound is not None and proved > bound and not listed else []
        errors += [f"the certificate proves {proved}, below the value {report.value}"] if not report.errors and proved < report.value else []
    if not errors:
        facts["metrics"] = asdict(metrics(problem, found.meetings, report, bound=proved_bound, groups=_groups(groups)))
    lines(errors[:SHOWN_ERRORS])
    say({"valid": not errors, **facts, "errors": errors[:SHOWN_ERRORS]})
    sys.exit(bool(errors))


def _certified(problem: Problem, path: Path) -> int:
    from forum.matchmaking.engine.certificate import BadCertificate, recompute_bound

    try:
        return recompute_bound(problem, accepted(lambda: decoded(path.read_bytes())))
    except BadCertificate as error:
        refuse([f"certificate: {error}"])


def _groups(path: Path | None) -> dict[str, str] | None:
    import csv

    if path is None:
        return None
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        refuse([f"{path.name}: {error}"])
    if faults := [f"{path.name}:{n}: expected candidate,group" for n, row in enumerate(rows, 1) if len(row) != 2]:
        refuse(faults)
    return {candidate.strip(): group.strip() for candidate, group in rows}


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=File)
@click.argument("plan_file", metavar="PLAN.json", type=File)
@click.option("--candidate", required=True, help="Whose meetings.")
@click.option("--company", help="Only about this company.")
@click.option("--lang", type=click.Choice([*LANGUAGES, "both"]), default="both", show_default=True)
@click.option("--seconds", type=Seconds(min=0), default=4.0, show_default=True, help="For the exchanges of one unmet wish.")
def explain(problem_file: Path, plan_file: Path, candidate: str, company: str | None, lang: str, seconds: float) -> None:
    """Why these meetings, and why not those: in words, without anybody else's name."""
    from forum.matchmaking.engine.explain import explain as explained

    problem = accepted(lambda: read_problem(problem_file))
    meetings = accepted(lambda: read_plan(plan_file)).meetings
    _must_be_valid(problem, meetings)
    try:
        explanations = explained(problem, meetings, candidate, company, seconds=seconds)
    except NotFound as error:
        refuse([error.message.in_language(language())])
    for explanation in explanations:
        click.echo(escaped(f"{explanation.company}: {explanation.reason}"))
        for spoken in LANGUAGES if lang == "both" else (lang,):
            for sentence in explanation.in_language(spoken):
                click.echo(escaped(f"  [{spoken}] {sentence}"))


def _must_be_valid(problem: Problem, meetings: tuple[Meeting, ...]) -> None:
    if errors := check(problem, meetings).errors:
        lines(errors[:SHOWN_ERRORS])
        raise click.ClickException(Message(N_("The plan breaks rules, so it cannot be explained.")).in_language(language()))


@click.command()
@click.argument("file", metavar="FILE.dzn", type=File)
@click.option("--fairness", type=click.IntRange(min=0), default=2, show_default=True, help="Most that two participants' breaks may differ.")
@click.option("--time-limit", type=Seconds(min=0), default=60.0, show_default=True, help="Seconds of wall time.")
@click.option("--seed", type=click.IntRange(min=0, max=LARGEST_SEED), default=1, show_default=True, help="Equal seeds, equal choices.")
def timetable(file: Path, fairness: int, time_limit: float, seed: int) -> None:
    """Give the meetings of FILE.dzn their slots, with as few breaks as possible. Ctrl-C keeps the best so far."""
    with interruptible() as stop, ProgressLine() as progress:
        from forum.matchmaking.engine import timetable as engine
        from forum.matchmaking.engine.dzn import read_business_day

        day = accepted(lambda: read_business_day(file))
        found = engine.timetable(day, fairness=fairness, time_limit=time_limit, seed=seed, on_progress=progress, stop=stop.is_set)
    slots = None if found.slots is None else [slot + 1 for slot in found.slots]
    click.echo(f"status: {found.status}\nbreaks: {'-' if found.breaks is None else found.breaks}\nbound: {found.bound} ({found.bound_kind})")
    click.echo(f"slots: {' '.join(map(str, slots or ())) or '-'}")
    say(asdict(replace(found, slots=None)) | {"slots": slots, "seconds": round(found.seconds, 3), "file": file.name})
    sys.exit(found.slots is None)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--day", type=click.Choice(["2", "4"]), required=True, help="2: who meets whom; 4: also when, and in how many suites.")
@click.option("--time-limit", type=Seconds(min=0), default=60.0, show_default=True, help="Seconds for each set of files.")
def interviews(folder: Path, day: str, time_limit: float) -> None:
    """Solve the files of CSPLib 062 in DIR: interviews of students with companies."""
    from forum.matchmaking.engine.interviews import assign_interviews, plan_week
    from forum.matchmaking.engine.interviews_files import read_interviews

    unsolved = 0
    for problem in accepted(lambda: read_interviews(folder)):
        solved = assign_interviews(problem, time_limit=time_limit) if day == "2" else plan_week(problem, time_limit=time_limit)
        facts: dict[str, Any] = {"file": problem.name, "students": len(problem.students), "day": int(day)}
        if solved is None:
            unsolved += 1
            say(facts | {"status": "unknown"})
            continue
        facts |= {"status": "optimal" if solved.optimal else "feasible", "regret": solved.regret, "cost": solved.cost, "bound": solved.bound}
        facts |= {"seconds": round(solved.seconds, 3)}
        say(facts | {key: value for key, value in asdict(solved).items() if key not in facts})
    sys.exit(unsolved > 0)


def _peak_memory_mb() -> int | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024  # with the child that solves flows
