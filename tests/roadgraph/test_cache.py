import logging
import os

import numpy as np
import pytest

from geo_registry.roadgraph import Mode, RoadLines, cached_graph, graph_key
from geo_registry.roadgraph.cache import read_graph, write_graph

from .conftest import line, profile
from .test_graph import graph_of


@pytest.fixture
def graph(walk):
    return graph_of([line((0, 0), (1000, 0)), line((500, -200), (500, 200))], walk)


def must_not_build():
    raise AssertionError("the stored graph should have been used")


def test_a_graph_is_built_once_and_then_read(tmp_path, graph):
    cached_graph(tmp_path / "graphs", "key", lambda: graph)
    again = cached_graph(tmp_path / "graphs", "key", must_not_build)
    for name, array in graph.to_arrays().items():
        assert np.array_equal(again.to_arrays()[name], array), name
    assert [path.name for path in (tmp_path / "graphs").iterdir()] == ["key.graph"]


CHANGES = [
    {"code": "other"},
    {"mode": Mode.BICYCLE},
    {"speed_m_s": 1.1},
    {"speed_by_class_m_s": {"track": 0.7}},
    {"off_road_speed_m_s": 0.6},
    {"snap_limit_m": 201.0},
    {"respects_oneway": True},
    {"detour_factor": 1.4},
    {"straight_line_speed_m_s": 0.9},
    {"winter_factor": 0.9},
    {"closed_classes": frozenset()},
]


def test_the_key_changes_with_whatever_the_graph_depends_on():
    def key(digest="roads", travel=None, crossings="join", tolerance_m=0.5):
        return graph_key(digest, travel or profile(), crossings=crossings, tolerance_m=tolerance_m)

    keys = [key(), key("other roads"), key(crossings="keep"), key(tolerance_m=0.6)]
    keys += [key(travel=profile(**change)) for change in CHANGES]
    assert len(set(keys)) == len(keys)
    assert key() == key()


def test_the_key_of_equal_roads_is_equal():
    def digest(end):
        return RoadLines.from_columns([line((0, 0), (end, 0))]).digest()

    assert digest(100) == digest(100)
    assert digest(100) != digest(101)


def damage(data, kind):
    half = len(data) // 2
    return {
        "empty": b"",
        "cut short": data[: len(data) // 2],
        "last byte missing": data[:-1],
        "one bit turned": data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :],
        "another file": b"PK\x03\x04 not really",
        "text": b"hello",
    }[kind]


@pytest.mark.parametrize(
    "kind", ["empty", "cut short", "last byte missing", "one bit turned", "another file", "text"]
)
def test_a_damaged_file_is_built_anew_and_replaced(tmp_path, graph, kind, caplog):
    path = tmp_path / "key.graph"
    write_graph(path, graph)
    path.write_bytes(damage(path.read_bytes(), kind))
    with caplog.at_level(logging.WARNING):
        rebuilt = cached_graph(tmp_path, "key", lambda: graph)
    assert rebuilt is graph
    assert "damaged" in caplog.text
    assert cached_graph(tmp_path, "key", must_not_build).edge_count == graph.edge_count


def test_a_turned_bit_is_found_wherever_it_is(tmp_path, graph):
    path = tmp_path / "key.graph"
    write_graph(path, graph)
    whole = path.read_bytes()
    for position in np.random.default_rng(11).integers(0, len(whole), 150):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        assert read_graph(path) is None, position


def test_a_whole_file_of_an_older_form_is_built_anew(tmp_path, graph, monkeypatch):
    arrays = graph.to_arrays()
    del arrays["component"]
    monkeypatch.setattr(type(graph), "to_arrays", lambda _self: arrays)
    write_graph(tmp_path / "key.graph", graph)
    assert read_graph(tmp_path / "key.graph") is None


def test_a_folder_that_cannot_be_written_costs_the_next_start_only(tmp_path, graph, caplog):
    (tmp_path / "file").write_text("no folder")
    assert cached_graph(tmp_path / "file", "key", lambda: graph) is graph
    assert "could not be kept" in caplog.text


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, graph, monkeypatch):
    def interrupted(*_arguments, **_keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_graph(tmp_path / "key.graph", graph)
    assert list(tmp_path.iterdir()) == []
