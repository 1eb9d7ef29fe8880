"""The benchmark of planning signs runs, and would tell a wrong plan."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def signs():
    spec = importlib.util.spec_from_file_location("signs_benchmark", ROOT / "benchmarks" / "signs.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_small_plan_has_no_fault_and_one_that_lost_its_repeats_has(signs):
    lines, named = signs.network(40)
    plan = signs.plan_signs(lines, named, counts=np.ones(len(lines), dtype=bool), rules=signs.RULES)
    assert len(named) == 40
    assert signs.faults(plan) == 0
    poorer = [replace(road, sites=road.sites[::6]) for road in plan.roads]
    assert signs.faults(replace(plan, roads=tuple(poorer))) > 0
