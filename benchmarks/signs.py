"""Plan the signs of five thousand roads: ours alone, since no gazetteer that was looked at does it.

Run ``python benchmarks/signs.py``. A crooked grid of streets, each street of up to ten blocks one named road, unnamed ones
between; every tenth road has two carriageways. The answer is checked by what must hold of any plan: every loose end has its
sign, no two signs of one part are closer than the merging distance, and no gap along a part is greater than the greatest.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import time

import numpy as np
import shapely

from geo_registry.roadgraph import RoadLines
from placenames.signage import Plan, Rules, SiteKind, plan_signs

RULES = Rules(snap_m=2, stub_m=20, merge_m=15, max_gap_m=300, match_m=25, dual_m=40, plate_merge_m=100)
CORNER = np.array([106.0, 37.5])
DEGREES = 0.001
BLOCKS = 10


def network(roads: int) -> tuple[RoadLines, list[list[int]]]:
    """Return a grid with about that many named roads of ten blocks each, and their lines."""
    random = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(roads * BLOCKS / 2))) + 1
    x, y = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    at = np.stack([x, y], axis=2) * DEGREES + random.uniform(-0.2, 0.2, (side, side, 2)) * DEGREES + CORNER
    lines, named, oneway = [], [], []
    for streets in (at, at.transpose(1, 0, 2)):
        for number, street in enumerate(streets):
            for begin in range(0, side - 1, BLOCKS):
                points = street[begin : begin + BLOCKS + 1]
                if len(points) < 2:
                    continue
                own = [len(lines)]
                lines.append(shapely.LineString(points))
                oneway.append(0)
                if number % 10 == 5:
                    own.append(len(lines))
                    lines.append(shapely.LineString(points[::-1] + 0.00015))
                    oneway[-1:] = [1, 1]
                if len(named) < roads:
                    named.append(own)
    return RoadLines.from_columns(lines, oneway=oneway), named


def faults(plan: Plan) -> int:
    """Count what must not be in any plan."""
    wrong = 0
    for road in plan.roads:
        wrong += not any(site.kind in (SiteKind.START, SiteKind.JUNCTION) for site in road.sites)
        for one, other in itertools.pairwise(road.sites):
            if one.part == other.part:
                gap = other.measure_m - one.measure_m
                wrong += gap > RULES.max_gap_m + 0.1 or gap <= RULES.merge_m
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--roads", type=int, default=5_000)
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    lines, named = network(options.roads)
    begun = time.perf_counter()
    plan = plan_signs(lines, named, counts=np.ones(len(lines), dtype=bool), rules=RULES)
    seconds = time.perf_counter() - begun
    row = {
        "roads": len(named), "lines": len(lines), "sites": sum(len(road.sites) for road in plan.roads),
        "dual": sum(road.dual for road in plan.roads), "seconds": round(seconds, 2), "faults": faults(plan),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(
        json.dumps(row) if options.json else "\n".join(f"{name:>8}  {value}" for name, value in row.items())
    )


if __name__ == "__main__":
    main()
