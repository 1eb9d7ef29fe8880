"""The demo county's files as they lie in the project, read once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from tests.conftest import ROOT

DEMO = ROOT / "data" / "shapefiles"


def read_sheet(path: Path) -> pd.DataFrame:
    """Return a sheet with a title above its headers, cells as they are, empty ones as None."""
    page = openpyxl.load_workbook(path).worksheets[0]
    _title, headers, *rows = page.iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=list(headers), dtype=object)


@pytest.fixture(scope="session")
def units() -> pd.DataFrame:
    return pd.read_csv(DEMO / "sources" / "units.csv", dtype=str).set_index("code")


@pytest.fixture(scope="session")
def towns() -> pd.DataFrame:
    return pd.read_csv(DEMO / "sources" / "towns.csv", dtype=str).set_index("code")


@pytest.fixture(scope="session")
def divisions() -> gpd.GeoDataFrame:
    return gpd.read_file(DEMO / "divisions.shp").set_index("代码")


@pytest.fixture(scope="session")
def roads() -> gpd.GeoDataFrame:
    return gpd.read_file(DEMO / "roads.shp")


@pytest.fixture(scope="session")
def population() -> gpd.GeoDataFrame:
    return gpd.read_file(DEMO / "population.gpkg", layer="population")


@pytest.fixture(scope="session")
def register() -> pd.DataFrame:
    return read_sheet(DEMO / "facilities.xlsx")


@pytest.fixture(scope="session")
def history() -> pd.DataFrame:
    return read_sheet(DEMO / "facility_status.xlsx")


@pytest.fixture(scope="session")
def names() -> pd.DataFrame:
    return read_sheet(DEMO / "place_names.xlsx")


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    return tomllib.loads((DEMO / "manifest.toml").read_text(encoding="utf-8"))
