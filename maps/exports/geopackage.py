"""The layers of a run as one GeoPackage, EPSG:4490, longitude first."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from .layers import Layers

_GEOMETRY: Final = {
    "places": "Point",
    "facilities": "Point",
    "divisions": "MultiPolygon",
    "roads": "LineString",
    "built_up_areas": "MultiPolygon",
}


def geopackage(layers: Layers, *, about: Mapping[str, str]) -> bytes:
    """Return a GeoPackage with one table a layer, and a table ``about`` that says what it was made from.

    Parameters
    ----------
    about
        Name and value of each fact: the run, its sentence, the mark.
    """
    import pyogrio

    frames = {
        "places": layers.places,
        "facilities": layers.facilities,
        "divisions": layers.divisions.drop(columns=["lon", "lat"]),
        "roads": layers.roads,
        "built_up_areas": layers.built_up,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.gpkg"
        for name, frame in frames.items():
            pyogrio.write_dataframe(
                _plain(frame), path, layer=name, driver="GPKG", geometry_type=_GEOMETRY[name],
                append=path.exists(), promote_to_multi=_GEOMETRY[name].startswith("Multi"),
            )  # fmt: skip
        facts = pd.DataFrame({"fact": list(about), "value": list(about.values())})
        pyogrio.write_dataframe(facts, path, layer="about", driver="GPKG", append=True)
        return path.read_bytes()


def _plain(frame: Any) -> Any:
    """Columns as a GeoPackage knows them: words, whole numbers, fractions."""
    changed = frame.copy()
    if "step" in changed:
        changed["step"] = changed["step"].astype(str)
    for column in ("people", "covered", "uncovered", "unknown", "number", "level"):
        if column in changed:
            changed[column] = changed[column].astype("Int64")
    for column in ("minutes", "share"):
        if column in changed:
            changed[column] = changed[column].astype("float64")
    return changed
