import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.roadgraph import NetworkError, bucket_kernel
from geo_registry.roadgraph.bucket_kernel import LABEL_BITS as KERNEL_LABEL_BITS
from geo_registry.roadgraph.bucket_kernel import search
from geo_registry.roadgraph.graph import Adjacency
from geo_registry.roadgraph.kernels import LABEL_BITS, UNREACHED, least_keys, pack

ARC = st.tuples(
    st.integers(0, 14), st.integers(0, 14), st.one_of(st.integers(1, 9), st.integers(1, 2_000_000_000))
)
START = st.tuples(st.integers(0, 14), st.one_of(st.integers(0, 9), st.integers(0, 3_000_000_000)))


def adjacency_of(arcs, nodes=15):
    tail, head, ms = (
        np.array(column, dtype=np.int32) for column in (zip(*arcs, strict=True) if arcs else ((),) * 3)
    )
    return Adjacency.from_arcs(nodes, tail, head, ms)


def bellman_ford(arcs, starts, limit_ms, nodes=15):
    """The naive second implementation: relax until nothing changes, on (time, label) pairs."""
    best = {}
    for label, (node, ms) in enumerate(starts):
        if ms <= limit_ms:
            best[node] = min(best.get(node, (ms, label)), (ms, label))
    changed = True
    while changed:
        changed = False
        for tail, head, ms in arcs:
            if tail in best:
                candidate = (best[tail][0] + ms, best[tail][1])
                if candidate[0] <= limit_ms and candidate < best.get(head, (float("inf"), 0)):
                    best[head] = candidate
                    changed = True
    return [
        (best[node][0] << LABEL_BITS) | best[node][1] if node in best else UNREACHED for node in range(nodes)
    ]


@pytest.mark.parametrize("engine", ["numba", "scipy"])
@given(
    arcs=st.lists(ARC, max_size=50),
    starts=st.lists(START, min_size=1, max_size=6),
    limit_ms=st.one_of(st.none(), st.integers(0, 50), st.integers(0, 2**33)),
)
def test_both_engines_agree_with_the_naive_one_on_times_and_on_ties(engine, arcs, starts, limit_ms):
    nodes, ms = (np.array(column) for column in zip(*starts, strict=True))
    keys = least_keys(
        adjacency_of(arcs),
        nodes.astype(np.int32),
        pack(ms.astype(np.int64), np.arange(len(starts))),
        limit_ms=limit_ms,
        engine=engine,
    )
    assert keys.tolist() == bellman_ford(arcs, starts, 2**60 if limit_ms is None else limit_ms)


def test_large_random_graphs_give_the_same_keys_in_both_engines():
    random = np.random.default_rng(7)
    nodes, arcs = 20_000, 60_000
    graph = Adjacency.from_arcs(
        nodes,
        random.integers(0, nodes, arcs).astype(np.int32),
        random.integers(0, nodes, arcs).astype(np.int32),
        random.choice([1, 50, 9_000, 400_000], arcs).astype(np.int32),
    )
    starts = random.integers(0, nodes, 300).astype(np.int32)
    keys = pack(random.integers(0, 1_000_000, 300), np.arange(300))
    by_numba = least_keys(graph, starts, keys, engine="numba")
    assert np.array_equal(by_numba, least_keys(graph, starts, keys, engine="scipy"))
    assert (by_numba != UNREACHED).mean() > 0.5


def test_a_pool_too_small_is_reported_and_not_overrun():
    graph = adjacency_of([(0, node, 100 * node) for node in range(1, 15)])
    keys = np.full(15, UNREACHED, dtype=np.int64)
    keys[0] = 0
    assert (
        search(graph.indptr, graph.arcs, keys, np.array([0], dtype=np.int32), 4, 256, UNREACHED - 1, 2) == -1
    )


def test_a_search_starts_again_with_a_larger_pool_where_the_first_was_too_small(monkeypatch):
    capacities = []

    def cramped(*arguments):
        capacities.append(arguments[-1])
        return search(*arguments[:-1], 1 if len(capacities) == 1 else arguments[-1])

    monkeypatch.setattr(bucket_kernel, "search", cramped)
    arcs = [(0, node, 100 * node) for node in range(1, 15)]
    keys = least_keys(adjacency_of(arcs), np.array([0], dtype=np.int32), np.array([0]), engine="numba")
    assert (keys >> LABEL_BITS).tolist() == [100 * node for node in range(15)]
    assert len(capacities) == 2
    assert capacities[1] == 2 * capacities[0]


def test_both_modules_pack_keys_alike():
    assert KERNEL_LABEL_BITS == LABEL_BITS


def test_a_graph_without_arcs_reaches_its_starts_only():
    for engine in ("numba", "scipy"):
        keys = least_keys(
            adjacency_of([], 3),
            np.array([1], dtype=np.int32),
            pack(np.array([5]), np.array([0])),
            engine=engine,
        )
        assert keys.tolist() == [UNREACHED, 5 << LABEL_BITS, UNREACHED]


def test_no_start_reaches_nothing():
    keys = least_keys(adjacency_of([(0, 1, 5)]), np.array([], dtype=np.int32), np.array([], dtype=np.int64))
    assert (keys == UNREACHED).all()


def test_an_unknown_engine_is_refused():
    with pytest.raises(NetworkError, match="steam"):
        least_keys(adjacency_of([]), np.array([0], dtype=np.int32), np.array([0]), engine="steam")


def test_scipy_refuses_times_that_floats_cannot_hold():
    graph = adjacency_of([(node, node + 1, 2_000_000_000) for node in range(14)])
    many = pack(np.zeros(1, dtype=np.int64), np.array([2**23]))
    with pytest.raises(NetworkError, match="numba"):
        least_keys(graph, np.array([0], dtype=np.int32), many, engine="scipy")
    assert (
        least_keys(graph, np.array([0], dtype=np.int32), many, engine="numba")[14] >> LABEL_BITS
        == 28_000_000_000
    )
