"""Tolerances and limits of drawing: rows of the reference tables."""

from __future__ import annotations

from dataclasses import dataclass

from geo_registry.geodata.editing.checks import Limits
from geo_registry.geodata.editing.tracks import Cleaning
from geo_registry.imports.services.sources import expected_bounds
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """Metres and square metres of drawing."""

    join_m: float
    border_m: float
    piece_m2: float
    scope_m: float


def limits() -> Limits:
    """Return what a drawn shape may be."""
    return Limits(
        max_vertices=int(effective_value("drawing-points-max")),
        least_length_m=float(effective_value("drawing-line-min-m")),
        least_area_m2=float(effective_value("drawing-area-min-m2")),
        bounds=expected_bounds(Installation.home()),
    )


def tolerances() -> Tolerances:
    """Return how near is the same."""
    return Tolerances(
        join_m=float(effective_value("drawing-join-m")),
        border_m=float(effective_value("drawing-border-m")),
        piece_m2=float(effective_value("drawing-piece-m2")),
        scope_m=float(effective_value("drawing-outside-scope-m")),
    )


TRACK_KEYS = {
    "max_speed_kmh": "track-speed-max-kmh",
    "spike_m": "track-spike-m",
    "gap_s": "track-gap-s",
    "gap_m": "track-gap-m",
    "simplify_m": "track-simplify-m",
    "least_m": "track-piece-min-m",
}


def cleaning() -> Cleaning:
    """Return how a track is cleaned unless the person says otherwise."""
    return Cleaning(**{name: float(effective_value(key)) for name, key in TRACK_KEYS.items()})
