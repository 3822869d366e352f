"""Feeds made up for the tests: a small city whose every minute is known, written as GTFS."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Table = list[dict[str, str]]


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@dataclass
class MadeFeed:
    """Tables of a feed, changed at will before they are written."""

    tables: dict[str, Table] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, rows: Iterable[Mapping[str, object]]) -> "MadeFeed":
        self.tables.setdefault(name, []).extend({k: str(v) for k, v in row.items()} for row in rows)
        return self

    def calendar(self, service: str = "week", start: str = "20280101", end: str = "20281231", days: str = "1111100") -> "MadeFeed":
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return self.add("calendar", [{"service_id": service, "start_date": start, "end_date": end} | dict(zip(names, days, strict=True))])

    def stop(self, key: str, lat: float, lon: float, **more: object) -> "MadeFeed":
        return self.add("stops", [{"stop_id": key, "stop_name": f"Arrêt {key}", "stop_lat": lat, "stop_lon": lon, **more}])

    def line(
        self, key: str, stops: Sequence[str], *, every: int, ride: int, kind: int = 1, first: int = 6 * 3600, last: int = 22 * 3600, free: str = "1"
    ) -> "MadeFeed":
        """A line both ways, a vehicle every *every* seconds, *ride* seconds between stops."""
        if not any(row["route_id"] == key for row in self.tables.get("routes", ())):
            self.add("routes", [{"route_id": key, "route_type": kind, "route_short_name": key}])
        for way, order in enumerate((stops, list(reversed(stops)))):
            for start in range(first, last, every):
                trip = f"{key}-{way}-{start}"
                self.add("trips", [{"trip_id": trip, "route_id": key, "service_id": "week", "direction_id": way, "wheelchair_accessible": free}])
                self.add("stop_times", [
                    {"trip_id": trip, "stop_id": stop, "stop_sequence": n + 1, "arrival_time": time, "departure_time": time}
                    for n, stop in enumerate(order)
                    for time in [clock(start + n * ride)]
                ])  # fmt: skip
        return self

    def write(self, path: Path, *, folder: str = "", encoding: str = "utf-8") -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in self.tables.items():
                text = io.StringIO(newline="")
                columns = list(dict.fromkeys(column for row in rows for column in row))
                writer = csv.DictWriter(text, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
                archive.writestr(f"{folder}{name}.txt", text.getvalue().encode(encoding))
            for name, content in self.raw.items():
                archive.writestr(f"{folder}{name}", content)
        return path


# A straight street along the parallel 48.86: at this latitude one thousandth of a degree of longitude is 73.1 m.
ROW = 48.86
WEST, EAST = 2.300, 2.400


def small_city() -> MadeFeed:
    """Line 1 west–east (A B C D, all step-free, every 6 min, 2 min a hop) and line 2 north–south (E C F, no lift, every 10 min, 3 min a hop)."""
    feed = MadeFeed().calendar()
    for key, lon in zip("ABCD", (2.300, 2.330, 2.360, 2.400), strict=True):
        feed.stop(key, ROW, lon, wheelchair_boarding="1")
    feed.stop("E", ROW + 0.020, 2.360, wheelchair_boarding="2").stop("F", ROW - 0.020, 2.360, wheelchair_boarding="2")
    feed.stop("C2", ROW + 0.0005, 2.360, wheelchair_boarding="2")
    feed.line("1", "ABCD", every=360, ride=120)
    return feed.line("2", ("E", "C2", "F"), every=600, ride=180, free="2")
