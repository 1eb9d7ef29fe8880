"""The peers' side of ``benchmarks/engine.py``. scipy and shapely come from the product's environment, the others from their own."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from harness import Answer, main, seconds

Figures = dict[str, Any]


def nearest_scipy(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from scipy.sparse.csgraph import dijkstra

    matrix = _matrix(given)
    figures: Figures = {}
    answer: dict[str, Any] = {}
    for count in (10, 100, 1000):
        starts = given[f"starts_{count}"]
        taken, (time_ms, _, source) = seconds(
            lambda s=starts: dijkstra(matrix, indices=s, min_only=True, return_predecessors=True), repeats
        )
        figures[f"seconds_{count}"] = taken
        answer[f"ms_{count}"] = np.where(np.isfinite(time_ms), time_ms, -1).astype(np.int64)
        answer[f"facility_{count}"] = source
    return figures | {"seconds": figures["seconds_1000"]}, answer


def _matrix(given: Any) -> Any:
    from scipy.sparse import csr_array

    nodes = len(given["indptr"]) - 1
    return csr_array(
        (given["milliseconds"].astype(np.float64), given["heads"], given["indptr"]), shape=(nodes, nodes)
    )


def nearest_pandana(given: Any, repeats: int) -> tuple[Figures, Answer]:
    import pandana
    import pandas as pd

    nodes = len(given["indptr"]) - 1
    tail = np.repeat(np.arange(nodes), np.diff(given["indptr"]))
    one_way = tail < given["heads"]  # every street is two-way with the same time: told once
    begin = time.perf_counter()
    network = pandana.Network(
        pd.Series(given["xy"][:, 0]),
        pd.Series(given["xy"][:, 1]),
        pd.Series(tail[one_way]),
        pd.Series(given["heads"][one_way].astype(np.int64)),
        pd.DataFrame({"s": given["milliseconds"][one_way] / 1000}),
        twoway=True,
    )
    build = time.perf_counter() - begin
    starts = given["starts_1000"]
    farthest = 1e6
    network.set_pois(
        "facility", farthest, 1, pd.Series(given["xy"][starts, 0]), pd.Series(given["xy"][starts, 1])
    )
    taken, found = seconds(lambda: network.nearest_pois(farthest, "facility", num_pois=1), min(repeats, 3))
    seconds_away = found[1].to_numpy()
    return {"seconds": taken, "build_s": build}, {
        "seconds": np.where(seconds_away >= farthest, -1, seconds_away)
    }


def pairs_scipy(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from scipy.sparse.csgraph import dijkstra

    matrix, starts, limit = _matrix(given), given["starts"], float(given["limit_ms"])

    def run() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        counts, nodes, times = [], [], []
        for begin in range(0, len(starts), 8):
            found = dijkstra(matrix, indices=starts[begin : begin + 8], limit=limit)
            row, node = np.nonzero(np.isfinite(found))
            counts.append(np.bincount(row, minlength=len(found)))
            nodes.append(node.astype(np.int32))
            times.append(found[row, node].astype(np.int32))
        return np.concatenate(counts), np.concatenate(nodes), np.concatenate(times)

    taken, (counts, node, ms) = seconds(run, min(repeats, 3))
    return {"seconds": taken}, {"start": np.concatenate([[0], np.cumsum(counts)]), "node": node, "ms": ms}


def e2sfca_access(given: Any, _repeats: int) -> tuple[Figures, Answer]:
    import pandas as pd
    from access import Access, weights

    start, people, supply = given["start"], given["people"], given["supply"]
    begin = time.perf_counter()
    model = Access(
        demand_df=pd.DataFrame({"id": np.arange(len(people)), "people": people}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": np.arange(len(supply)), "supply": supply}),
        supply_index="id",
        supply_value="supply",
        cost_df=pd.DataFrame(
            {
                "origin": given["place"],
                "dest": np.repeat(np.arange(len(supply)), np.diff(start)),
                "cost": given["time_ms"] / 1000,
            }
        ),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    build = time.perf_counter() - begin
    rings = weights.step_fn({600: 1.0, 1200: 0.68, 1800: 0.22})
    taken, found = seconds(
        lambda: model.enhanced_two_stage_fca(
            name="e", cost="cost", max_cost=1800, weight_fn=rings, normalize=False
        ),
        1,
    )
    access = found[found.columns[-1]].reindex(np.arange(len(people))).fillna(0.0).to_numpy()
    return {"seconds": taken, "build_s": build}, {"access": access}


def max_cover_spopt(given: Any, repeats: int) -> tuple[Figures, Answer]:
    import pulp
    from spopt.locate import MCLP

    def run() -> Any:
        model = MCLP.from_cost_matrix(
            given["cost"], given["people"], int(given["limit_ms"]), p_facilities=int(given["open_at_most"])
        )
        return model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=600))

    taken, model = seconds(run, min(repeats, 3))
    return {"seconds": taken, "status": pulp.LpStatus[model.problem.status]}, {
        "value": model.problem.objective.value()
    }


def isochrone_buffers(_given: Any, repeats: int) -> tuple[Figures, Answer]:
    """The union of 40 m buffers of every edge reached: the road is given, only buffering and uniting are timed."""
    import shapely

    with np.load(_answer_of_ours("isochrone")) as ours:
        points, length, scale, area = (
            ours["points"],
            ours["length"],
            float(ours["scale"]),
            ours["area"].tobytes(),
        )
    # Steps of one edge follow one another: joined again where the next one begins a step's length away.
    near = np.hypot(*np.diff(points, axis=0).T) * scale <= 1.02 * np.maximum(length[:-1], length[1:])
    piece = np.concatenate([[0], np.cumsum(~near)])
    counts = np.bincount(piece)
    wanted = counts[piece] > 1
    lines = shapely.linestrings(points[wanted], indices=np.unique(piece[wanted], return_inverse=True)[1])
    alone = shapely.points(points[~wanted])
    roads = np.concatenate([lines, alone])

    taken, united = seconds(lambda: shapely.union_all(shapely.buffer(roads, 40 / scale)), min(repeats, 3))
    ours_area = shapely.from_wkb(area)
    both, either = shapely.intersection(ours_area, united).area, shapely.union(ours_area, united).area
    return {"seconds": taken, "iou": both / either, "vertices": int(shapely.get_num_coordinates(united))}, {
        "iou": both / either
    }


def _answer_of_ours(row: str) -> str:
    import sys
    from pathlib import Path

    return str(Path(sys.argv[2]) / f"{row}-ours.npz")


def pbf_pyrosm(given: Any, repeats: int) -> tuple[Figures, Answer]:
    from pyrosm import OSM

    def build() -> Any:
        extract = OSM(str(given["path"]))
        nodes, edges = extract.get_network(network_type="all", nodes=True)
        graph = extract.to_graph(
            nodes, edges, graph_type="igraph", direction="oneway", retain_all=True, force_bidirectional=False
        )
        return edges, graph

    taken, (edges, graph) = seconds(build, min(repeats, 3))
    return {"seconds": taken, "nodes": graph.vcount(), "edges": len(edges)}, {
        "length_km": float(edges["length"].sum() / 1000),
        "nodes": graph.vcount(),
    }


if __name__ == "__main__":
    main(
        {
            "nearest@scipy": nearest_scipy,
            "nearest@pandana": nearest_pandana,
            "pairs@scipy": pairs_scipy,
            "e2sfca@access": e2sfca_access,
            "max_cover@spopt": max_cover_spopt,
            "isochrone@buffers": isochrone_buffers,
            "pbf@pyrosm": pbf_pyrosm,
        }
    )
