"""The engine's benchmark runs, compares answers, and would tell a wrong one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT

ENGINE = ROOT / "benchmarks" / "engine.py"


@pytest.fixture(scope="module")
def engine():
    before = list(sys.path)
    spec = importlib.util.spec_from_file_location("engine_benchmark", ENGINE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.mark.slow
def test_a_small_run_compares_with_scipy_and_leaves_out_what_is_not_there():
    command = [
        sys.executable,
        str(ENGINE),
        "--quick",
        "--without-peers",
        "--repeats",
        "1",
        "--only",
        "nearest,pairs,pbf",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "all milliseconds equal" in done.stdout
    assert "pairs, all equal" in done.stdout
    assert "left out: no extract given" in done.stdout


def test_a_wrong_answer_is_told(engine):
    times = {f"ms_{count}": np.array([5, 7, -1]) for count in (10, 100, 1000)}
    ours = times | {"facility_1000": np.array([1, 2, -1])}
    assert engine.same_times(ours, ours, {}, {})[0]
    late = ours | {"ms_100": np.array([5, 8, -1])}
    assert not engine.same_times(ours, late, {}, {})[0]
    pairs = {"start": np.array([0, 2]), "node": np.array([3, 4]), "ms": np.array([9, 9])}
    assert engine.same_pairs(pairs, pairs, {}, {})[0]
    assert not engine.same_pairs(pairs, pairs | {"node": np.array([3, 5])}, {}, {})[0]
    whole = {"shared_out_of_supply": 1.0}
    access = {"access": np.array([0.1, 0.2])}
    assert engine.same_access(access, access, whole, {})[0]
    assert not engine.same_access(access, {"access": np.array([0.1, 0.21])}, whole, {})[0]
    assert not engine.same_access(access, access, {"shared_out_of_supply": 0.99}, {})[0]
    assert not engine.alike_areas({}, {}, {"vertices": 1}, {"iou": 0.89, "vertices": 1})[0]
