"""Our side of ``benchmarks/engine.py``: each row in a process of its own, so that its memory is its own."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from harness import Answer, main, seconds

Figures = dict[str, Any]


def _adjacency(given: Any) -> Any:
    from geo_registry.roadgraph.graph import Adjacency

    arcs = np.empty(2 * len(given["heads"]), dtype=np.int32)
    arcs[::2], arcs[1::2] = given["heads"], given["milliseconds"]
    return Adjacency(indptr=given["indptr"], arcs=arcs)


def nearest(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from geo_registry.roadgraph.kernels import LABEL_BITS, LABEL_MASK, UNREACHED, least_keys, pack

    graph = _adjacency(given)
    figures: Figures = {}
    answer: dict[str, Any] = {}
    for count in (10, 100, 1000):
        starts = given[f"starts_{count}"]
        keys = pack(np.zeros(count, dtype=np.int64), np.arange(count))
        taken, found = seconds(lambda s=starts, k=keys: least_keys(graph, s, k, engine="numba"), repeats)
        figures[f"seconds_{count}"] = taken
        reached = found != UNREACHED
        answer[f"ms_{count}"] = np.where(reached, found >> LABEL_BITS, -1)
        answer[f"facility_{count}"] = np.where(reached, starts[np.where(reached, found & LABEL_MASK, 0)], -1)
    return figures | {"seconds": figures["seconds_1000"]}, answer


def pairs(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from geo_registry.roadgraph.pair_search import Sources, search_pairs

    graph, limit = _adjacency(given), int(given["limit_ms"])
    sources = Sources.at_nodes(given["starts"])
    single = seconds(lambda: search_pairs(graph, sources, limit_ms=limit, engine="numba", threads=1), 1)[0]
    taken, (start, node, ms) = seconds(
        lambda: search_pairs(graph, sources, limit_ms=limit, engine="numba"), repeats
    )
    return {"seconds": taken, "seconds_one_thread": single}, {"start": start, "node": node, "ms": ms}


def e2sfca(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from facilities.analysis.accessibility import enhanced_two_step
    from facilities.analysis.decay import zones
    from geo_registry.roadgraph import Method, TimeMatrix

    none = np.empty(0, dtype=np.int64)
    people, supply = given["people"], given["supply"]
    matrix = TimeMatrix(
        places=len(people),
        start=given["start"],
        place=given["place"],
        time_ms=given["time_ms"],
        limit_ms=1_800_000,
        facilities_unsnapped=none,
        places_unknown=none,
        method=Method.ROAD,
    )
    decay = zones([600, 1200, 1800], [1.0, 0.68, 0.22])
    taken, found = seconds(
        lambda: enhanced_two_step(matrix, people=people, supply=supply, decay=decay), repeats
    )
    kept = float((found.access * people).sum() / supply.sum())
    return {"seconds": taken, "shared_out_of_supply": kept}, {"access": found.access}


def max_cover(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from facilities.analysis.siting import Reach, SiteRole, SitingProblem
    from facilities.analysis.siting import max_cover as solve

    cost, limit = given["cost"], int(given["limit_ms"])
    places, sites = cost.shape
    place, site = np.nonzero(cost <= limit)
    problem = SitingProblem(
        people=given["people"].astype(float),
        reach=Reach.from_pairs(site, place, cost[place, site], sites=sites, places=places),
        roles=np.full(sites, SiteRole.CANDIDATE, dtype=np.int8),
        open_at_most=int(given["open_at_most"]),
    )
    taken, found = seconds(lambda: solve(problem, limit_ms=limit, effort="exact", time_limit_s=120), repeats)
    figures = {"seconds": taken, "gap": found.gap, "proof": found.proof.value}
    return figures, {"value": found.value, "sites": found.opened}


def _car() -> Any:
    from geo_registry.roadgraph import Mode, Profile

    speeds = {"primary": 60 / 3.6, "tertiary": 40 / 3.6, "residential": 20 / 3.6}
    return Profile(
        code="car",
        mode=Mode.CAR,
        speed_m_s=20 / 3.6,
        speed_by_class_m_s=speeds,
        off_road_speed_m_s=0.8,
        snap_limit_m=500,
        respects_oneway=True,
        detour_factor=1.3,
    )


def isochrone(given: Any, repeats: int) -> tuple[Figures, Answer]:
    """Time the whole area from search to outline; the peer gets the reached road for nothing."""
    import shapely

    from geo_registry.roadgraph import RoadLines, build_graph, isochrones, snap_places
    from geo_registry.roadgraph.isochrone import reached_road

    car = _car()
    roads = RoadLines.from_columns(shapely.linestrings(given["lines"]), road_class=given["road_class"])
    graph = build_graph(roads, car, crossings="keep", tolerance_m=0.0)
    at = snap_places(graph, [given["at"]], car)
    taken, (found,) = seconds(lambda: isochrones(graph, at, limits_s=[900]), repeats)
    road = reached_road(graph, at, limit_s=900, step_m=10.0)
    kept = road.time_ms >= 0
    area = shapely.transform(found.area, graph.plane.xy)
    figures = {
        "seconds": taken,
        "vertices": int(shapely.get_num_coordinates(found.area)),
        "reached_km": round(found.reached_m / 1000, 1),
    }
    return figures, {
        "area": np.frombuffer(shapely.to_wkb(area), dtype=np.uint8),
        "points": graph.plane.xy(road.lonlat[kept]),
        "length": road.length_m[kept],
        "scale": float(graph.plane.ground_metres(np.array([37.6]))[0]),
    }


def pbf(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from geo_registry.geodata.readers.osm_columns import osm_road_columns
    from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph

    path = Path(str(given["path"]))
    walk = Profile(
        code="walk",
        mode=Mode.FOOT,
        speed_m_s=0.8,
        off_road_speed_m_s=0.8,
        snap_limit_m=500,
        respects_oneway=False,
        detour_factor=1.3,
        closed_classes=frozenset(),
    )

    def build() -> Any:
        columns = osm_road_columns(path) | {"foot": None}  # whatever the access, as the peer takes it
        return build_graph(RoadLines.from_columns(**columns), walk, crossings="keep", tolerance_m=0.0)

    build_once = time.perf_counter()
    build()
    first = time.perf_counter() - build_once
    taken, graph = seconds(build, min(repeats, 3))
    figures = {"seconds": taken, "first_s": first, "nodes": graph.node_count, "edges": graph.edge_count}
    return figures, {"length_km": graph.edge_length_m.sum() / 1000, "nodes": graph.node_count}


if __name__ == "__main__":
    main({name: globals()[name] for name in ("nearest", "pairs", "e2sfca", "max_cover", "isochrone", "pbf")})
