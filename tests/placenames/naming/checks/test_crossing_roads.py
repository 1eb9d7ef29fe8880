"""A long road among all that it crosses: measured together, and told what each neighbour alone would be told."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import shapely

from placenames.naming import Lexicon
from placenames.naming.checks import Context, Proposal, Scope, ScopeKind, Stretch
from placenames.naming.checks.ground import OneRoadOneName, meeting_angle

RULE = OneRoadOneName().default_rule()


def context(stretches):
    return Context(
        today=datetime.date(2024, 1, 1), lexicon=Lexicon.of(["路"]), scope=Scope(kind=ScopeKind.BUILT_UP),
        stretches=stretches, numbers={"split-within-m": 500.0},
    )  # fmt: skip


def found(line, stretches):
    proposal = Proposal(text="新路", family="road", kind="road", line_m=line)
    return OneRoadOneName().look(proposal, context(stretches), RULE)


def stretch(name, line):
    return Stretch(key=f"road:{name}", text=name, line_m=line, lon=0.0, lat=0.0)


def one_by_one(line, stretches):
    """What is to be said of each, by the definition: the whole line beside the whole other one."""
    told = {}
    for other in stretches:
        beside = shapely.buffer(other.line_m, 5.0, cap_style="flat")
        shared = shapely.length(shapely.intersection(line, beside))
        angle = meeting_angle(line, other.line_m)
        if shared > 20:
            told[other.text] = f"{shared:.0f} m"
        elif angle is not None and angle <= 30:
            told[other.text] = "straight on"
    return told


def crooked(random, start, direction, steps):
    bends = np.cumsum(random.normal(0, 0.25, steps)) + direction
    moves = random.uniform(20, 90, steps)[:, None] * np.column_stack([np.cos(bends), np.sin(bends)])
    return np.vstack([start, start + np.cumsum(moves, axis=0)])


@pytest.mark.parametrize("seed", range(12))
def test_all_neighbours_together_are_told_what_each_is_told_alone(seed):
    random = np.random.default_rng(seed)
    own = crooked(random, np.zeros(2), 0.0, 40)
    whole = shapely.LineString(own)
    line = shapely.MultiLineString([own[:15], own[14:30], own[29:]]) if seed % 2 else whole
    stretches = []
    for number in range(60):
        at = own[random.integers(len(own))]
        turn = (0.0, np.pi / 2, np.pi / 5, np.pi)[number % 4]
        shape = shapely.LineString(crooked(random, at + random.normal(0, 8, 2), turn, 4))
        if number % 5 == 0:
            ends = own[0] if number % 2 else own[-1]
            shape = shapely.LineString(crooked(random, ends, turn, 3))
        if number % 7 == 0:
            shape = shapely.union(shape, shapely.LineString(crooked(random, at, turn + 1, 3)))
        if number % 11 == 0:
            shape = shapely.offset_curve(shapely.LineString(own[5:12]), 3.0)
        stretches.append(stretch(f"旁{number}路", shape))
    told = {}
    for item in found(line, stretches):
        length = item.message.params.get("length")
        told[item.text] = f"{length} m" if length else "straight on"
    assert told == one_by_one(line, stretches)
    assert len(set(told.values())) > 2


def test_nothing_beside_a_road_is_nothing_to_say():
    assert found(shapely.LineString([(0, 0), (100, 0)]), []) == []
    closed = shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 0)])
    crossing = stretch("横路", shapely.LineString([(50, -50), (50, 20)]))
    assert found(closed, [crossing]) == []
