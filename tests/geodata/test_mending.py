"""Outlines that are dangerous to check are checked in a process of their own, and end no import."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo_registry.geodata.geometry import clean
from geo_registry.geodata.isolation import Mender
from geo_registry.geodata.isolation.mending import MENDING_LIMITS


def star(points: int, step: int, radius: float = 0.1) -> shapely.Polygon:
    """Return an outline that goes round several times, crossing itself at every turn."""
    turn = 2 * math.pi * step / points
    return shapely.Polygon(
        [(106 + radius * math.cos(n * turn), 38 + radius * math.sin(n * turn)) for n in range(points)]
    )


def wavy(points: int) -> shapely.Polygon:
    return shapely.Polygon(
        [
            (106 + (0.1 + 0.001 * (n % 7)) * math.cos(n / points * 2 * math.pi),
             38 + (0.1 + 0.001 * (n % 7)) * math.sin(n / points * 2 * math.pi))
            for n in range(points)
        ]
    )  # fmt: skip


def mixture() -> np.ndarray:
    bow = shapely.Polygon([(106, 38), (106.1, 38.1), (106.1, 38), (106, 38.1)])
    crossed = shapely.Polygon([*wavy(1_500).exterior.coords[:-9], (106.05, 38.0), (106.2, 38.2)])
    shapes = [
        shapely.Point(106, 38),
        None,
        bow,
        wavy(2_000),
        crossed,
        star(1_501, 700),
        shapely.LineString([(0, 0), (1, 1)]),
    ]
    return np.array(shapes, dtype=object)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "界线.geojson"
    file.write_text("{}")
    return file


def said(problems):
    return [(problem.index, problem.fatal, str(problem.message)) for problem in problems]


def test_what_is_mended_apart_is_what_would_be_mended_here(path):
    shapes = mixture()
    expected, problems = clean(shapes)
    with Mender(path) as mender:
        cleaned, found = mender.clean(shapes)
    assert said(found) == said(problems)
    assert [shape and shape.wkb for shape in cleaned] == [shape and shape.wkb for shape in expected]


def test_an_outline_that_takes_too_much_memory_is_refused(path):
    process = replace(MENDING_LIMITS, memory_bytes=200 * 1024**2)
    with Mender(path, process=process) as mender:
        cleaned, found = mender.clean(np.array([wavy(1_000_000), shapely.Point(106, 38)], dtype=object))
    assert [shape is not None for shape in cleaned] == [False, True]
    assert "200 MB" in str(found[0].message)


def test_an_outline_that_takes_too_long_is_refused_and_the_others_go_in(path):
    shapes = mixture()
    with Mender(path, process=replace(MENDING_LIMITS, silence_s=0.0)) as mender:
        cleaned, found = mender.clean(shapes)
    assert [shape is not None for shape in cleaned] == [True, False, True, False, False, False, True]
    refused = [problem for problem in found if problem.fatal]
    assert [problem.index for problem in refused] == [3, 4, 5]
    assert "2001 vertices" in str(refused[0].message)
    assert "Redraw it, or simplify it" in str(refused[0].message)


def test_small_outlines_need_no_process(path, monkeypatch):
    monkeypatch.setattr("geo_registry.geodata.isolation.mending.Reading", lambda *_: pytest.fail("started"))
    with Mender(path) as mender:
        assert mender.clean(np.array([wavy(100), None], dtype=object))[1] == []
