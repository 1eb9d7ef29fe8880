"""One small town, its roads and answers written down in ``tests/golden/small_town.json``.

The town has a grid with one-way streets, a bridge over a road, a lane that ends on another, a stray path
that nothing joins, and places on, off and far from the roads. The answers were made by this engine, checked
by hand where the file says so, and must not change unless somebody means it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph, snap_places, times_to_nearest

TOWN = json.loads((Path(__file__).parents[1] / "golden" / "small_town.json").read_text(encoding="utf-8"))


def answers(code, engine="auto"):
    roads = TOWN["roads"]
    columns = ("road_class", "oneway", "bridge")
    lines = RoadLines.from_columns(
        [shapely.LineString(road["lonlat"]) for road in roads],
        **{name: [road.get(name) for road in roads] for name in columns},
    )
    travel = Profile(**(TOWN["profiles"][code] | {"mode": Mode(TOWN["profiles"][code]["mode"])}))
    graph = build_graph(lines, travel, crossings="join", tolerance_m=TOWN["tolerance_m"])
    facilities, places = (snap_places(graph, TOWN[kind], travel) for kind in ("facilities", "places"))
    times = times_to_nearest(graph, facilities, places, engine=engine)
    report = graph.report()
    return {
        "nodes": report.nodes,
        "edges": report.edges,
        "length_m": round(report.length_m, 2),
        "islands": len(report.islands),
        "off_road_m": np.round(places.off_road_m, 2).tolist(),
        "time_ms": times.time_ms.tolist(),
        "facility": times.facility.tolist(),
        "state": times.state.tolist(),
    }


@pytest.mark.parametrize("engine", ["numba", "scipy"])
@pytest.mark.parametrize("code", ["walk", "drive"])
def test_the_small_town_has_the_answers_written_down(code, engine):
    expected = TOWN["answers"][code]
    found = answers(code, engine)
    times, expected_times = found.pop("time_ms"), expected["time_ms"]
    # Another processor may round the last bit of a length otherwise: a millisecond an edge is allowed.
    assert np.abs(np.array(times) - expected_times).max() <= 5
    assert found == {name: value for name, value in expected.items() if name != "time_ms"}
