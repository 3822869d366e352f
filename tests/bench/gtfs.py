"""A made feed of the size of a whole region: how long `forum import gtfs` reads it, and how much memory at most.

    python -m tests.bench.gtfs [--megabytes 300] [--unpacked] [--campuses 100] [--feed FEED.zip]

Without `--unpacked` the archive itself has that many megabytes (some 2 GB of text).
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path
from uuid import UUID

from forum.campuses.graph import World, journey, matrix, travel_graph
from forum.campuses.gtfs import Window, read_feed
from forum.campuses.sample import sample
from forum.campuses.travel import Patch, Site, changes
from tests.campuses.made_feed import clock


def make(path: Path, megabytes: int, unpacked: bool) -> None:
    """A region of 40,000 stops within 50 km, of which a third lies in and around Paris; lines are made until the size is reached."""
    rng = random.Random(7)
    stops = [(f"IDFM:{n}", 48.86 + rng.gauss(0, 0.15), 2.35 + rng.gauss(0, 0.22)) for n in range(40_000)]
    order = sorted(range(len(stops)), key=lambda n: (round(stops[n][1] / 0.005), stops[n][2]))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("stops.txt", "w") as out:
            out.write(b"stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding\n")
            out.writelines(f"{k},Stop {i},{lat:.6f},{lon:.6f},{i % 3}\n".encode() for i, (k, lat, lon) in enumerate(stops))
        archive.writestr("calendar.txt", "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n" + "".join(
            f"S{s},{','.join('1' if d % 4 == s else '0' for d in range(7))},20280101,20281231\n" for s in range(4)))  # fmt: skip
        trips, size, line = [], 0, 0
        with archive.open("stop_times.txt", "w", force_zip64=True) as out:
            out.write(b"trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n")
            while size < megabytes * 1_000_000:
                at, way = rng.randrange(len(order) - 80), rng.choice((1, -1))
                calls = [stops[order[at + 3 * n]][0] for n in range(25)][::way]
                for start in range(5 * 3600, 24 * 3600, rng.choice((300, 600, 900))):
                    for service in range(4):
                        trip = f"IDFM:TN:SNCF:{line:05}-{start}-{service}-20281116"
                        trips.append(f"{trip},L{line},S{service},{start % 2 + 1}\n")
                        times = [(start + service + 90 * n) for n in range(25)]
                        text = "".join(f"{trip},{clock(t)},{clock(t + 20)},{s},{n},0,0\n" for n, (t, s) in enumerate(zip(times, calls, strict=True)))
                        out.write(text.encode())
                        size += len(text) if unpacked else 0
                line += 1
                if not unpacked:
                    size = path.stat().st_size if path.exists() else 0
        archive.writestr("trips.txt", "trip_id,route_id,service_id,wheelchair_accessible\n" + "".join(trips))
        archive.writestr("routes.txt", "route_id,route_type,route_short_name\n" + "".join(f"L{n},{3 if n % 5 else 1},{n}\n" for n in range(line)))


def _peak() -> float:
    """The most memory this process has held, in MiB (`ru_maxrss` would count the parent's)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(path: Path, campuses: int) -> None:
    """Read, make both matrices, apply a strike, and print each step with its seconds and the peak memory so far."""
    sites = tuple(Site(c.slug, c.lat, c.lon) for c in sample(UUID(int=1), [], count=campuses).campuses)
    begun = time.perf_counter()

    def say(what: str) -> None:
        print(f"{time.perf_counter() - begun:7.1f} s  {_peak():7.0f} MiB  {what}", flush=True)

    say(f"{path.stat().st_size / 1e6:.0f} MB zip")
    reading = read_feed(path, Window(date(2028, 11, 16)), sites, on_step=say)
    net = reading.network
    say(f"{reading.trips} trips on {reading.day}: {len(net.stops)} stops, {len(net.hops)} hops, {len(net.links)} links")
    world = World(sites, net)
    table = matrix(world)
    say(f"matrix {campuses} x {campuses}, graph of {travel_graph(world).number_of_edges()} edges")
    matrix(world, step_free=True)
    say("step-free matrix")
    struck = matrix(World(sites, net, patches=(Patch(2.0),)))
    say(f"every line at half speed: {len(changes(table, struck))} of {campuses * (campuses - 1)} entries change")
    graph = travel_graph(world)
    say("graph")
    way = journey(world, sites[0].key, sites[1].key, graph=graph)
    say(f"one journey explained: {way.minutes} min, lines {', '.join(way.lines) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--unpacked", action="store_true")
    parser.add_argument("--campuses", type=int, default=100)
    parser.add_argument("--feed", type=Path)
    given = parser.parse_args()
    if given.feed:
        measure(given.feed, given.campuses)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "feed.zip"
        make(made, given.megabytes, given.unpacked)
        # In a process of its own, so that the peak is the reader's and not the maker's.
        subprocess.run([sys.executable, "-m", "tests.bench.gtfs", "--feed", str(made), "--campuses", str(given.campuses)], check=True)


if __name__ == "__main__":
    main()
