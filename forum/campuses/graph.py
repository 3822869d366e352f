"""The travel graph (networkx): campuses, stops and vehicles as nodes, seconds as weights; shortest paths become matrix and journeys.

With no feed an edge between two campuses is the quicker of a walk and a plain public-transport estimate. With one, a
stop has two nodes, where one arrives and where one departs, so that two short changes never add up to a forbidden one;
so has a campus, which nobody crosses on the way to another; a hop has one node, so that waiting is paid when boarding and when a vehicle does not run on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isinf
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import networkx as nx

from forum.campuses.geo import Located, Neighbourhood, metres, walking_seconds
from forum.campuses.network import RAIL, Hop, Network, Stop
from forum.campuses.travel import LONGEST, Journey, Leg, Matrix, Pace, Patch, Site

Node = tuple[str, Any]
Graph: TypeAlias = "nx.DiGraph[Any]"  # generic in its stubs only
Edge = tuple[Node, Node, dict[str, Any]]
PACE: Final = Pace()


@dataclass(frozen=True, slots=True)
class World:
    """Everything travel times are made from; two equal worlds give equal matrices."""

    sites: tuple[Site, ...]
    network: Network | None = None
    patches: tuple[Patch, ...] = ()
    pace: Pace = PACE

    def usable(self, step_free: bool) -> Network | None:
        """The network, unless the feed says nothing of step-free access and that is what is asked for."""
        return self.network if self.network and (not step_free or self.network.says_step_free) else None


def travel_graph(world: World, *, step_free: bool = False) -> Graph:
    """The whole graph for one variant: nodes `("leave", slug)`, `("reach", slug)`, `("from", stop)`, `("to", stop)`, `("hop", index)`."""
    import networkx as nx  # late, like SciPy below: a second of start-up, paid by the first who asks for a journey

    graph: Graph = nx.DiGraph()
    graph.add_nodes_from((end, site.key) for site in world.sites for end in ("leave", "reach"))
    network = world.usable(step_free)
    graph.add_edges_from(_between_campuses(world, step_free, estimate=network is None))
    if network is not None:
        stops = [stop for stop in network.stops if not step_free or stop.step_free]
        graph.add_edges_from(_to_stops(world, stops, step_free))
        graph.add_edges_from(_changes(world, network, stops, step_free))
        graph.add_edges_from(_rides(world, network, {stop.key for stop in stops}, step_free))
    return graph


def matrix(world: World, *, step_free: bool = False) -> Matrix:
    """Minutes between all sites: shortest paths plus the way through the doors, rounded up.

    Dijkstra from every campus at once (SciPy on the networkx graph; networkx's own answer, asked for one pair, is the
    same and is what `journey` uses).
    """
    import networkx as nx
    import numpy as np
    from scipy.sparse.csgraph import dijkstra

    graph = travel_graph(world, step_free=step_free)
    keys = tuple(site.key for site in world.sites)
    if not keys:
        return Matrix((), ())
    nodes = list(graph)
    at = {node: i for i, node in enumerate(nodes)}
    starts, ends = ([at[end, key] for key in keys] for end in ("leave", "reach"))
    seconds = dijkstra(nx.to_scipy_sparse_array(graph, nodelist=nodes, weight="weight", dtype=np.dtype(float)), indices=starts)[:, ends]
    rows = [[0 if i == j else _rounded(world.pace, float(away)) for j, away in enumerate(row)] for i, row in enumerate(seconds)]
    return Matrix(keys, tuple(map(tuple, rows)))


def journey(world: World, origin: str, destination: str, *, step_free: bool = False, graph: "Graph | None" = None) -> Journey:
    """The quickest way from *origin* to *destination* in words' worth of legs; its minutes are the matrix's.

    Raises KeyError for a campus that is not in the world. Give *graph* to ask several times.
    """
    import networkx as nx

    graph = travel_graph(world, step_free=step_free) if graph is None else graph
    start, end = ("leave", origin), ("reach", destination)
    if start not in graph or end not in graph:
        raise KeyError(origin if start not in graph else destination)
    if origin == destination:
        return Journey(origin, destination, 0, (), "walk")
    try:
        path = nx.dijkstra_path(graph, start, end, weight="weight")
    except nx.NetworkXNoPath:
        return Journey(origin, destination, LONGEST, (), "none")
    edges = [graph.edges[pair] for pair in pairwise(path)]
    seconds = sum(edge["weight"] for edge in edges)
    legs = _legs(edges)
    legs.append(Leg("margin", _rounded(world.pace, seconds) * 60 - sum(leg.seconds for leg in legs)))
    kinds = {leg.kind for leg in legs}
    source = "estimate" if "estimate" in kinds else "feed" if "ride" in kinds else "walk"
    return Journey(origin, destination, _rounded(world.pace, seconds), tuple(legs), source)


def _rounded(pace: Pace, seconds: float) -> int:
    return LONGEST if isinf(seconds) else min(LONGEST, ceil((seconds + pace.door_s) / 60))


def _slowdown(patches: Iterable[Patch], line: tuple[str, ...] | None, *ends: Located) -> float | None:
    """The product of the factors that touch a ride on *line* (its names; None for walking) between *ends*; None when one closes it."""
    product = 1.0
    for patch in patches:
        if patch.line and (line is None or patch.line not in line):
            continue
        if line is None and not patch.walking:
            continue
        if patch.area is not None and not any(patch.area.contains(end) for end in ends):
            continue
        if patch.factor is None:
            return None
        product *= patch.factor
    return product


def _between_campuses(world: World, step_free: bool, *, estimate: bool) -> Iterable[Edge]:
    for a in world.sites:
        for b in world.sites:
            if a is not b:
                away = metres(a, b)
                choices = [_walk(world, away, step_free, a, b)]
                if estimate:
                    choices.append(_estimate(world, away, step_free, a, b))
                best = min((c for c in choices if c), key=lambda c: int(c["weight"]), default=None)
                if best:
                    yield ("leave", a.key), ("reach", b.key), best


def _walk(world: World, away: float, step_free: bool, a: Located, b: Located, least: int = 1) -> dict[str, Any] | None:
    factor = _slowdown(world.patches, None, a, b)
    if factor is None:
        return None
    seconds = max(least, ceil(walking_seconds(away, world.pace.on_foot(step_free), world.pace.detour) * factor))
    return {"weight": seconds, "base": seconds, "kind": "walk"}


def _estimate(world: World, away: float, step_free: bool, a: Site, b: Site) -> dict[str, Any] | None:
    """Public transport where no timetable is known: to the station, wait, ride, change, and from the station; metro, or bus when step-free."""
    pace, factor = world.pace, _slowdown(world.patches, (), a, b)
    if factor is None:
        return None
    on_foot = 2 * walking_seconds(pace.station_m, pace.on_foot(step_free), pace.detour)
    ride = away * pace.ride_detour * 3.6 / (pace.bus_kmh if step_free else pace.metro_kmh)
    aboard = (pace.wait_s + ride + pace.change_s * (away // pace.change_each_m)) * factor
    return {"weight": ceil(on_foot + aboard * (1 + pace.ride_margin)), "base": ceil(on_foot + aboard), "kind": "estimate"}


def _to_stops(world: World, stops: Sequence[Stop], step_free: bool) -> Iterable[Edge]:
    """Walks from campuses to the stops in reach and back; a campus with none in reach walks to the nearest."""
    near = Neighbourhood(stops, world.pace.reach_m)
    for site in world.sites:
        reached = near.around(site) or [min((metres(site, stop), stop) for stop in stops)] if stops else []
        for away, stop in reached:
            walk = _walk(world, away, step_free, site, stop)
            if walk is not None:
                yield ("leave", site.key), ("from", stop.key), walk | {"stop": stop.name}
                yield ("to", stop.key), ("reach", site.key), walk


def _changes(world: World, network: Network, stops: Sequence[Stop], step_free: bool) -> Iterable[Edge]:
    """Changes of line: what the feed says first, then stops of one station and stops close by, never under the shortest change."""
    said = {(t.origin, t.destination): t.seconds for t in network.transfers}
    known = {stop.key: stop for stop in stops}
    for stop, other, away in _close(stops, world.pace.transfer_m):
        if (stop.key, other.key) not in said:
            edge = _walk(world, away, step_free, stop, other, least=world.pace.transfer_s)
            if edge is not None:
                yield ("to", stop.key), ("from", other.key), edge | {"kind": "change", "stop": other.name}
    for (here, there), seconds in said.items():
        if seconds is not None and here in known and there in known:
            weight = max(1, seconds)
            yield ("to", here), ("from", there), {"weight": weight, "base": weight, "kind": "change", "stop": known[there].name}


def _close(stops: Sequence[Stop], within: float) -> Iterable[tuple[Stop, Stop, float]]:
    near = Neighbourhood(stops, within)
    stations: dict[str, list[Stop]] = {}
    for stop in stops:
        if stop.station:
            stations.setdefault(stop.station, []).append(stop)
    for stop in stops:
        seen = set()
        for away, other in near.around(stop):
            seen.add(other.key)
            yield stop, other, away
        for other in stations.get(stop.station, ()):
            if other.key not in seen:
                yield stop, other, metres(stop, other)


def _rides(world: World, network: Network, stops: set[str], step_free: bool) -> Iterable[Edge]:
    """Boarding (half a headway), riding on (and the wait when fewer vehicles run on than arrive), and getting off."""
    pace = world.pace
    patched = [_hop_slowdown(world.patches, network, hop) if hop.headway(step_free) else None for hop in network.hops]
    for i, hop in enumerate(network.hops):
        factor, headway = patched[i], hop.headway(step_free)
        if factor is None or headway is None:
            continue
        line = network.line_of[hop.line]
        platform = pace.platform_s if line.mode in RAIL else 1
        facts = {"line": line.name, "mode": line.mode, "origin": network.stop_of[hop.origin].name, "destination": network.stop_of[hop.destination].name}
        ride = hop.ride_s * factor
        if hop.boards and hop.origin in stops:
            wait = headway / 2 * factor
            yield ("from", hop.origin), ("hop", i), _aboard(pace, wait, "wait", fixed=platform) | facts
        if hop.alights and hop.destination in stops:
            yield ("hop", i), ("to", hop.destination), _aboard(pace, ride, "ride", fixed=platform) | facts
        for j in network.onward.get(i, ()):
            further = network.hops[j].headway(step_free)
            if patched[j] is not None and further is not None:
                yield ("hop", i), ("hop", j), _aboard(pace, ride + max(0, further - headway) / 2 * factor, "ride") | facts


def _aboard(pace: Pace, seconds: float, kind: str, fixed: int = 0) -> dict[str, Any]:
    return {"weight": max(1, ceil(seconds * (1 + pace.ride_margin)) + fixed), "base": max(1, ceil(seconds) + fixed), "kind": kind}


def _hop_slowdown(patches: tuple[Patch, ...], network: Network, hop: Hop) -> float | None:
    if not patches:
        return 1.0
    line = network.line_of[hop.line]
    return _slowdown(patches, (line.name, line.key), network.stop_of[hop.origin], network.stop_of[hop.destination])


def _legs(edges: Sequence[dict[str, Any]]) -> list[Leg]:
    """Edges put together: a ride over many hops of one line is one leg."""
    legs: list[Leg] = []
    for edge in edges:
        kind, line = edge["kind"], edge.get("line", "")
        if kind == "ride" and legs and legs[-1].kind == "ride" and legs[-1].line == line:
            last = legs.pop()
            legs.append(Leg("ride", last.seconds + edge["base"], line, last.mode, last.origin, edge["destination"], last.stops + 1))
        elif kind == "ride":
            legs.append(Leg("ride", edge["base"], line, edge["mode"], edge["origin"], edge["destination"], 1))
        else:
            legs.append(Leg(kind, edge["base"], line, edge.get("mode", ""), edge.get("origin", ""), edge.get("stop", "")))
    return legs
