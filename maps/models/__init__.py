"""The tables of the maps app: files of runs, published coverage, and maps that the office composes and publishes."""

from .public_changes import PublicFeature, PublicLook
from .published import MapFile, MapState, MapStep, MapVersion, PublishedMap, StepAction
from .run_files import PublicCoverage, RunFile

__all__ = [
    "MapFile",
    "MapState",
    "MapStep",
    "MapVersion",
    "PublicCoverage",
    "PublicFeature",
    "PublicLook",
    "PublishedMap",
    "RunFile",
    "StepAction",
]
