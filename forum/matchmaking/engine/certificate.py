"""The proof of a bound as a file: prices from which anyone can recompute it in exact integers, without a solver.

A certificate may come from anywhere: prices of the right shape and sign always give a valid bound, so nothing else in
the file is believed.
"""

from typing import Any

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid, build_grid, meetings_cap
from forum.matchmaking.engine.lagrange import bound_at
from forum.matchmaking.engine.matchdual import match_bound_at
from forum.matchmaking.engine.model import Problem
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.prices import COMPLETE, FLOW, ITINERARY, Prices, company_caps
from forum.matchmaking.engine.routes import Router

CERTIFICATE_FORMAT = "forum-certificate/1"
LARGEST = 1 << 43  # thousandths, above the reward of a locked meeting
ROOM = float(1 << 61)  # what the parts of a bound may sum up to in 64 bits, with reserve for the rewards inside them


class BadCertificate(ValueError):
    """Not a certificate for this problem; the message says where."""


def certificate_json(grid: Grid, prices: Prices, kind: str, bound: int) -> dict[str, Any]:
    """The certificate of *bound*, ready for JSON. Prices are whole thousandths of a value point, zero rows left out.

    After a complete list it holds what its prices prove: the bound that the list was made from.
    """
    problem = grid.problem
    if kind == COMPLETE:
        bound, _ = bound_at(Router(grid, relaxed=True), prices)
    stands = [
        [problem.companies[grid.stand_company[s]].id, problem.campuses[grid.stand_campus[s]].id, prices.stand[s].tolist()]
        for s in np.flatnonzero(prices.stand.any(axis=1))
    ]
    return {
        "format": CERTIFICATE_FORMAT, "problem": problem.name, "kind": kind, "scale": SCALE, "bound": bound,
        "campus": _named([v.id for v in problem.campuses], prices.campus),
        "company": _named([c.id for c in problem.companies], prices.company),
        "table": _named([v.id for v in problem.campuses], prices.table),
        "cap_table": _named([v.id for v in problem.campuses], prices.cap_table),
        "stand": stands,
    }  # fmt: skip


def _named(names: list[str], rows: Ints) -> dict[str, Any]:
    return {name: rows[n].tolist() for n, name in enumerate(names) if rows[n].any()}


def recompute_bound(problem: Problem, certificate: dict[str, Any]) -> int:
    """The bound that the certificate's prices prove for *problem*. Raises BadCertificate."""
    grid = build_grid(problem)
    prices, kind = _parsed(grid, certificate)
    if _heaviest_sum(grid, prices) > ROOM:
        raise BadCertificate("prices: too large to be added up exactly for this problem")
    if kind == FLOW:
        return match_bound_at(grid, prices)
    return bound_at(Router(grid, relaxed=True), prices)[0]


def _heaviest_sum(grid: Grid, prices: Prices) -> float:
    """Above any sum that the bound adds up at these prices; a sum past 63 bits would come out as a bound that is none."""
    recruiters, slots = grid.present.shape
    stand, table, campus, company = (float(np.abs(p).max(initial=0)) for p in (prices.stand, prices.table, prices.campus, prices.company))
    tables = np.minimum(grid.tables, recruiters).astype(float)[:, None]
    paid_for_caps = float((prices.cap_table * tables).sum())
    patterns = recruiters * slots * (stand + table)
    itineraries = float(meetings_cap(grid, relaxed=True).sum()) * (stand + campus + company)
    caps = float(prices.campus.astype(float).sum()) * (recruiters * slots + paid_for_caps / SCALE)
    companies = float((prices.company.astype(float) * company_caps(grid)).sum())
    tables_paid = float((prices.table * tables).sum())
    return float(patterns + itineraries + tables_paid + paid_for_caps + caps + companies)


def _parsed(grid: Grid, raw: dict[str, Any]) -> tuple[Prices, str]:
    if not isinstance(raw, dict) or raw.get("format") != CERTIFICATE_FORMAT:
        raise BadCertificate(f"format: expected {CERTIFICATE_FORMAT!r}")
    if raw.get("scale") != SCALE:
        raise BadCertificate(f"scale: expected {SCALE}")
    kind = raw.get("kind")
    if kind not in (FLOW, ITINERARY, COMPLETE):
        raise BadCertificate(f"kind: unknown {kind!r}")
    problem, slots = grid.problem, len(grid.start)
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    stands = {(int(j), int(v)): n for n, (j, v) in enumerate(zip(grid.stand_company, grid.stand_campus, strict=True))}
    stand = np.zeros((len(stands), slots), np.int64)
    for n, row in enumerate(raw.get("stand", [])):
        if not isinstance(row, list) or len(row) != 3 or (companies.get(row[0]), campuses.get(row[1])) not in stands:
            raise BadCertificate(f"stand[{n}]: unknown stand")
        stand[stands[companies[row[0]], campuses[row[1]]]] = _whole(f"stand[{n}]", row[2], slots, least=-LARGEST)
    prices = Prices(
        _rows(raw, "campus", campuses, 0), _rows(raw, "company", companies, 0), _rows(raw, "table", campuses, slots),
        stand, _rows(raw, "cap_table", campuses, slots),
    )  # fmt: skip
    return prices, kind


def _rows(raw: dict[str, Any], key: str, names: dict[str, int], slots: int) -> Ints:
    table = np.zeros((len(names), slots) if slots else len(names), np.int64)
    entries = raw.get(key, {})
    if not isinstance(entries, dict):
        raise BadCertificate(f"{key}: expected an object")
    for name, values in entries.items():
        if name not in names:
            raise BadCertificate(f"{key}: unknown {name!r}")
        whole = _whole(f"{key}.{name}", values if slots else [values], slots or 1, least=0)
        table[names[name]] = whole if slots else whole[0]
    return table


def _whole(place: str, values: Any, length: int, least: int) -> list[int]:
    good = isinstance(values, list) and len(values) == length
    if not good or not all(type(x) is int and least <= x <= LARGEST for x in values):
        raise BadCertificate(f"{place}: expected {length} whole numbers of {least} or more")
    whole: list[int] = values
    return whole
