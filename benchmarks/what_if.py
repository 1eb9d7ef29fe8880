"""Move one facility and see the county's coverage again: ours on a network of about 100 thousand nodes.

Run ``python benchmarks/what_if.py``. A perturbed grid of streets, places on it, facilities, a tree of divisions. Reading and
snapping once is the baseline; then one facility is moved again and again, and each answer is compared with a full
computation that knows nothing of the baseline.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from facilities.analysis.scenarios import Action, Change, WhatIf
from geo_registry.roadgraph import EdgeIndex, Mode, Profile, RoadLines, build_graph, times_to_nearest

WALK = Profile(
    code="walk",
    mode=Mode.FOOT,
    speed_m_s=0.8,
    off_road_speed_m_s=0.8,
    snap_limit_m=500,
    respects_oneway=False,
    detour_factor=1.3,
)
LIMITS_S = (300, 600, 900)
CORNER = np.array([106.0, 37.5])
DEGREES = 0.001
"""About 90 to 110 metres between crossings."""


def streets(side: int) -> RoadLines:
    """A crooked grid with a tenth of its streets missing."""
    random = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    at = np.stack([x, y], axis=2) * DEGREES + random.uniform(-0.3, 0.3, (side, side, 2)) * DEGREES
    at = at + CORNER
    east = np.stack([at[:-1], at[1:]], axis=2).reshape(-1, 2, 2)
    north = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    lines = np.concatenate([east, north])
    return RoadLines.from_columns(shapely.linestrings(lines[random.random(len(lines)) < 0.9]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=320, help="crossings along one side")
    parser.add_argument("--places", type=int, default=20_000)
    parser.add_argument("--facilities", type=int, default=100)
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    random = np.random.default_rng(2)
    graph = build_graph(streets(options.side), WALK, crossings="keep", tolerance_m=0.0)

    def anywhere(count: int) -> np.ndarray:
        return random.uniform(0, options.side * DEGREES, (count, 2)) + CORNER

    places, facilities = anywhere(options.places), anywhere(options.facilities)
    villages = [f"village-{number}" for number in range(100)]
    parents: dict[str, str | None] = {"county": None}
    parents |= {f"township-{number}": "county" for number in range(10)}
    parents |= {name: f"township-{number % 10}" for number, name in enumerate(villages)}
    people = pd.DataFrame(
        {"division": random.choice(villages, options.places), "age60": random.integers(0, 50, options.places)}
    )
    begin = time.perf_counter()
    index = EdgeIndex(graph)
    asked = WhatIf(
        index,
        WALK,
        facilities=facilities,
        places=places,
        people=people,
        division_column="division",
        groups=["age60"],
        parents=parents,
        thresholds_s=LIMITS_S,
    )
    asked.answer([])
    ready_s = time.perf_counter() - begin
    taken = []
    for move in range(options.moves):
        where = tuple(anywhere(1)[0])
        row = move % options.facilities
        begin = time.perf_counter()
        outcome = asked.answer([Change(action=Action.MOVE, facility=row, lonlat=where)])
        taken.append(time.perf_counter() - begin)
        after = facilities.copy()
        after[row] = where
        expected = times_to_nearest(
            graph, index.snap(after, WALK), index.snap(places, WALK), limit_s=max(LIMITS_S)
        )
        if outcome.travel.time_ms.tolist() != expected.time_ms.tolist():
            raise SystemExit("The answers differ.")
    # Of this program alone: what getrusage tells begins with the memory of whoever started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_mb = int(status.split("VmHWM:")[1].split()[0]) / 1024
    if options.json:
        print(
            json.dumps(
                {
                    "nodes": graph.node_count,
                    "moves": options.moves,
                    "median_ms": 1000 * statistics.median(taken),
                    "slowest_ms": 1000 * max(taken),
                    "full_s": ready_s,
                    "peak_mb": peak_mb,
                }
            )
        )
        return
    print(
        "| nodes | edges | places | facilities | ready once, s | median, ms | slowest, ms | peak MB | equal |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {graph.node_count:,} | {graph.edge_count:,} | {options.places:,} | {options.facilities} | {ready_s:.2f} "
        f"| {1000 * statistics.median(taken):.0f} | {1000 * max(taken):.0f} | {peak_mb:.0f} | yes |"
    )


if __name__ == "__main__":
    main()
