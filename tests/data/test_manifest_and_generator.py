"""The manifest tells the truth, and the generator makes the same county again."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest

from .conftest import DEMO, read_sheet

KINDS = ["divisions", "built-up-areas", "roads", "population", "facilities", "facility-status", "place-names"]


def test_files_come_in_the_order_in_which_they_need_each_other(manifest):
    assert [entry["kind"] for entry in manifest["imports"]] == KINDS


def test_the_source_says_that_it_is_a_demo(manifest):
    assert manifest["source"]["is_demo"] is True
    assert manifest["source"]["code"] == "demo-lingwu"


def test_checksums_are_those_of_the_files(manifest):
    stated = {name: digest for entry in manifest["imports"] for name, digest in entry["sha256"].items()}
    assert len(stated) == 3 * 5 + 4
    actual = {name: hashlib.sha256((DEMO / name).read_bytes()).hexdigest() for name in stated}
    assert actual == stated


def _rows(path, layer):
    if path.suffix == ".xlsx":
        return read_sheet(path)
    return gpd.read_file(path, **({"layer": layer} if layer else {}))


@pytest.mark.parametrize("kind", KINDS)
def test_expected_counts_fit_the_file_and_its_faults(manifest, kind):
    entry = next(e for e in manifest["imports"] if e["kind"] == kind)
    rows = _rows(DEMO / entry["file"], entry.get("layer", "") if entry["file"].endswith("gpkg") else "")
    outcomes = [fault["outcome"] for fault in manifest["faults"] if fault["file"] == entry["file"]]
    assert entry["expected"] == {
        "rows": len(rows),
        "accepted": len(rows) - outcomes.count("refused"),
        "refused": outcomes.count("refused"),
        "warned": outcomes.count("warned"),
    }
    for header in entry.get("mapping", {}).values():
        assert header in rows.columns


def test_built_up_areas_lie_in_the_county_and_apart(divisions):
    areas = gpd.read_file(DEMO / "built_up_areas.shp")
    assert areas.geometry.is_valid.all()
    assert areas.within(divisions.loc["640181", "geometry"]).all()
    assert "灵武市中心城区建成区" in set(areas["mc"])
    overlaps = gpd.sjoin(areas, areas, predicate="overlaps")
    assert overlaps.empty


def test_the_folder_stays_small(manifest):
    size = sum(
        path.stat().st_size for path in DEMO.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    assert size < 6_000_000


@pytest.mark.slow
def test_the_same_seed_makes_the_same_county(tmp_path, manifest):
    seed = str(manifest["generator"]["seed"])
    command = [sys.executable, str(DEMO / "make_demo.py"), "--seed", seed, "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=300)
    for entry in manifest["imports"]:
        made, kept = tmp_path / entry["file"], DEMO / entry["file"]
        layer = "population" if entry["kind"] == "population" else ""
        again, before = _rows(made, layer), _rows(kept, layer)
        if isinstance(before, gpd.GeoDataFrame):
            assert again.geometry.to_wkb().equals(before.geometry.to_wkb()), entry["file"]
            again, before = (
                pd.DataFrame(again.drop(columns="geometry")),
                pd.DataFrame(before.drop(columns="geometry")),
            )
        pd.testing.assert_frame_equal(again, before)


def test_the_readme_counts_the_rows_that_there_are(manifest):
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `([\w.]+)` \|.*\| ([\d,]+) \|$", readme, re.MULTILINE))
    actual = {entry["file"]: f"{entry['expected']['rows']:,}" for entry in manifest["imports"]}
    assert stated == actual
