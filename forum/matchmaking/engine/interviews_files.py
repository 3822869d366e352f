"""Read the files of CSPLib problem 062 (interview assignment, H. Simonis, CC BY 4.0): one line per fault.

A folder holds one or several sets: preferences `test2.csv`, `test100.csv`, …, with `slots.csv`, `slots100.csv`, … and
`company2.csv`, `company100.csv`, …
"""

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from forum.matchmaking.engine.files import BadProblem

SESSIONS: Final = 20  # five days of four sessions
PER_DAY: Final = 4
GOOD: Final = 3  # a preference up to this counts as wanted; 5 is "not at all interested"
MOST: Final = 3  # interviews per student
_COMPANY_HEAD: Final = ["Company", "Disappointment", "Lower", "Upper", "DailyRate", "Parallel"]


@dataclass(frozen=True, slots=True)
class Employer:
    """A company: between `lower` and `upper` interviews, or none at the cost `disappointment`; `rate` per day attended."""

    name: str
    disappointment: int
    lower: int
    upper: int
    rate: int
    parallel: int


@dataclass(frozen=True, slots=True)
class Student:
    """Preferences 1 (very interested) to 5 per company, in the order of the companies; free `sessions` from 0."""

    preferences: tuple[int, ...]
    sessions: tuple[int, ...]

    @property
    def interviews(self) -> int:
        """Three, or as many as there are preferences better than 4 if those are fewer."""
        return min(MOST, sum(p <= GOOD for p in self.preferences))

    @property
    def best(self) -> int:
        """The cost of the best interviews one could wish for: regret is counted from here."""
        return sum(sorted(self.preferences)[: self.interviews])


@dataclass(frozen=True, slots=True)
class InterviewProblem:
    """One set of files."""

    name: str
    employers: tuple[Employer, ...]
    students: tuple[Student, ...]


def read_interviews(folder: str | os.PathLike[str]) -> list[InterviewProblem]:
    """Every set in a folder, smallest first. Raises BadProblem with every fault."""
    root = Path(folder)
    faults: list[str] = []
    problems = []
    numbers = sorted(int(m[1]) for path in root.glob("test*.csv") if (m := re.fullmatch(r"test(\d+)", path.stem)))
    if not numbers:
        raise BadProblem([f"{root}: no preference files test<number>.csv"])
    for number in numbers:
        slots = root / f"slots{number}.csv"
        problem = _read_set(root / f"test{number}.csv", slots if slots.exists() else root / "slots.csv", root / f"company{number}.csv", faults)
        problems.append(problem)
    if faults:
        raise BadProblem(faults)
    return problems


def _read_set(preferences: Path, slots: Path, companies: Path, faults: list[str]) -> InterviewProblem:
    head, wished = _table(preferences, faults)
    slots_head, free = _table(slots, faults)
    company_head, rows = _table(companies, faults)
    if company_head and company_head != _COMPANY_HEAD:
        faults.append(f"{companies.name}: the first line must be {','.join(_COMPANY_HEAD)}")
    names = [row[0] for row in rows]
    if [_plain(name) for name in head] != [_plain(name) for name in names]:
        faults.append(f"{preferences.name}: its companies are not those of {companies.name}")
    numbers = [_numbers(companies, n, row[1:], 5, faults) for n, row in enumerate(rows, 2)]
    employers = [Employer(name, *row) for name, row in zip(names, numbers, strict=True)]
    faults += [f"{companies.name}: {e.name}: at least {e.lower} but at most {e.upper}" for e in employers if e.lower > e.upper]
    if len(free) != len(wished):
        faults.append(f"{slots.name}: {len(free)} students, {preferences.name} has {len(wished)}")
    students = []
    for n, (row, times) in enumerate(zip(wished, free, strict=False), 2):
        tastes = _numbers(preferences, n, row, len(head), faults)
        if not all(1 <= p <= 5 for p in tastes):
            faults.append(f"{preferences.name}:{n}: a preference is not in 1..5")
        sessions = _numbers(slots, n, times, len(slots_head), faults)[1:]
        if not all(1 <= s <= SESSIONS for s in sessions):
            faults.append(f"{slots.name}:{n}: a session is not in 1..{SESSIONS}")
        students.append(Student(tuple(tastes), tuple(sorted({s - 1 for s in sessions}))))
    return InterviewProblem(preferences.stem, tuple(employers), tuple(students))


def _table(path: Path, faults: list[str]) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a CSV file, cells without blanks around them."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(f"{path.name}: {getattr(error, 'strerror', None) or error}")
        return [], []
    if not lines:
        faults.append(f"{path.name}: empty")
        return [], []
    return lines[0], lines[1:]


def _numbers(path: Path, line: int, cells: Sequence[str], width: int, faults: list[str]) -> list[int]:
    if len(cells) != width or not all(re.fullmatch(r"\d{1,6}", cell) for cell in cells):
        faults.append(f"{path.name}:{line}: expected {width} whole numbers")
        return [1] * width
    return [int(cell) for cell in cells]


def _plain(name: str) -> str:
    return re.sub(r"\W", "", name).lower()
