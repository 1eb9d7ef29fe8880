"""Time to the nearest facility on a network of a million nodes: ours beside scipy, answers compared.

Run ``python benchmarks/nearest.py`` (``--side 300`` for a small one). A perturbed grid with some streets
missing and three speed classes; both get the same graph, and every node's milliseconds must be equal. A bare
breadth-first search over the same arrays is the floor that no exact search can pass.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo_registry.roadgraph.graph import Adjacency
from geo_registry.roadgraph.kernels import LABEL_BITS, LABEL_MASK, UNREACHED, least_keys, pack
from geo_registry.roadgraph.ordering import hilbert_order

KEPT_STREETS = 0.625
SPEEDS_M_S = np.array([20.0, 40.0, 60.0]) / 3.6


def perturbed_grid(side: int, seed: int = 1) -> Adjacency:
    """Two-way streets of about 100 m between ``side``² crossings, ordered along a Hilbert curve."""
    random, xy, streets = _streets(side, seed)
    length_m = np.hypot(*(xy[streets[:, 0]] - xy[streets[:, 1]]).T)
    speed_m_s = SPEEDS_M_S[random.integers(0, len(SPEEDS_M_S), len(streets))]
    times_ms = np.maximum(np.rint(1000 * length_m / speed_m_s), 1).astype(np.int32)
    rank = np.empty(len(xy), dtype=np.int32)
    rank[hilbert_order(xy)] = np.arange(len(xy), dtype=np.int32)
    start, end = rank[streets].T
    return Adjacency.from_arcs(
        len(xy), np.concatenate([start, end]), np.concatenate([end, start]), np.tile(times_ms, 2)
    )


def grid_positions(side: int, seed: int = 1) -> NDArray[np.float64]:
    """Metres of the crossings of `perturbed_grid`, in its order."""
    _random, xy, _pairs = _streets(side, seed)
    ordered: NDArray[np.float64] = xy[hilbert_order(xy)]
    return ordered


def _streets(side: int, seed: int) -> tuple[np.random.Generator, NDArray[np.float64], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    streets = np.concatenate([across, np.column_stack([number[:-1].ravel(), number[1:].ravel()])])
    streets = streets[random.random(len(streets)) < KEPT_STREETS]
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * 100.0
    return random, xy + random.uniform(-30, 30, xy.shape), streets


@njit
def breadth_first(
    indptr: NDArray[np.int32], arcs: NDArray[np.int32], starts: NDArray[np.int32], nodes: int
) -> int:
    """Visit every node that the starts reach, and do nothing there."""
    seen = np.zeros(nodes, np.uint8)
    queue = np.empty(nodes, np.int32)
    done = 0
    filled = 0
    for start in starts:
        seen[start] = 1
        queue[filled] = start
        filled += 1
    while done < filled:
        node = np.uint64(queue[done])
        done += 1
        for arc in range(np.uint64(indptr[node]), np.uint64(indptr[node + np.uint64(1)])):
            head = np.uint64(arcs[np.uint64(2) * np.uint64(arc)])
            if seen[head] == 0:
                seen[head] = 1
                queue[filled] = head
                filled += 1
    return filled


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Median of several runs, after one that does not count."""
    run()
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1000, help="crossings along one side of the grid")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    graph = perturbed_grid(options.side)
    nodes = len(graph.indptr) - 1
    print(f"{nodes:,} nodes, {len(graph.heads):,} arcs; medians of {options.repeats} runs, seconds")
    weights, heads = graph.milliseconds.astype(np.float64), np.ascontiguousarray(graph.heads)
    matrix = csr_array((weights, heads, graph.indptr), shape=(nodes, nodes))
    print("| facilities | scipy | ours (numba) | ratio | ours without numba | bare BFS | equal |")
    print("|---|---|---|---|---|---|---|")
    for count in (10, 100, 1000):
        starts = np.random.default_rng(count).choice(nodes, count, replace=False).astype(np.int32)
        keys = pack(np.zeros(count, dtype=np.int64), np.arange(count))

        def peer(starts: NDArray[np.int32] = starts) -> tuple[NDArray[np.float64], ...]:
            return dijkstra(matrix, indices=starts, min_only=True, return_predecessors=True)  # type: ignore[no-any-return]

        def ours(
            engine: str, starts: NDArray[np.int32] = starts, keys: NDArray[np.int64] = keys
        ) -> NDArray[np.int64]:
            return least_keys(graph, starts, keys, engine=engine)  # type: ignore[arg-type]

        expected, _, source = peer()
        found = ours("numba")
        reached = found != UNREACHED
        equal = (
            np.array_equal(reached, np.isfinite(expected))
            and np.array_equal(found[reached] >> LABEL_BITS, expected[reached].astype(np.int64))
            and np.array_equal(found, ours("scipy"))
        )
        # The label may differ from scipy's only where two facilities are equally near.
        same_label = float((starts[found[reached] & LABEL_MASK] == source[reached]).mean())
        by_scipy = seconds(peer, options.repeats)
        by_ours = seconds(lambda: ours("numba"), options.repeats)
        fallback = seconds(lambda: ours("scipy"), options.repeats)
        floor = seconds(partial(breadth_first, graph.indptr, graph.arcs, starts, nodes), options.repeats)
        print(
            f"| {count} | {by_scipy:.3f} | {by_ours:.3f} | {by_scipy / by_ours:.1f}× | {fallback:.3f} "
            f"| {floor:.3f} | {'yes' if equal else 'NO'}, same facility {same_label:.4%} |"
        )
        if not equal:
            raise SystemExit("The answers differ.")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the whole run: {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
