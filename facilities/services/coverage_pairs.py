"""Ways between all facilities and all points, as a question asks for them: by road or straight, within a delivery radius or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph import (
    Snaps,
    TimeMatrix,
    straight_line_within,
    times_within,
    times_within_radius,
)
from geo_registry.roadgraph.matrix import LIMIT_MAX_S

from .coverage_inputs import Inputs


def pairs_of(
    inputs: Inputs,
    facilities: NDArray[np.float64],
    facility_snaps: Snaps | None,
    points: NDArray[np.float64],
    point_snaps: Snaps | None,
    *,
    limit_s: float | None = None,
    threads: int | None = 1,
    check_stop: Callable[[], None] | None = None,
) -> TimeMatrix:
    """Return all pairs within a limit, and within the delivery radius where the question has one.

    Parameters
    ----------
    inputs
        What is asked, the graph, the profile and the radius.
    facilities, points
        Degrees, shape (n, 2).
    facility_snaps, point_snaps
        The same on the graph; ``None`` where there are no roads.
    limit_s
        Seconds; only with a radius may it be left out.
    """
    profile, radius_m = inputs.profile, inputs.radius_m
    if inputs.network.graph is None or facility_snaps is None or point_snaps is None:
        bound_s = LIMIT_MAX_S if limit_s is None else limit_s
        if radius_m is not None:
            # In a straight line with its detour every metre takes the same time.
            bound_s = min(bound_s, radius_m / profile.speed_in_a_straight_line_m_s())
        matrix = straight_line_within(facilities, points, profile, limit_s=bound_s)
        # Nothing else lies within the limit that was asked for.
        return matrix if limit_s is None else replace(matrix, limit_ms=round(limit_s * 1000))
    if radius_m is not None:
        return times_within_radius(
            inputs.network.graph,
            facility_snaps,
            point_snaps,
            profile,
            radius_m=radius_m,
            limit_s=limit_s,
            direction=inputs.request.direction,
            threads=threads,
            check_stop=check_stop,
        )
    return times_within(
        inputs.network.graph,
        facility_snaps,
        point_snaps,
        limit_s=LIMIT_MAX_S if limit_s is None else limit_s,
        direction=inputs.request.direction,
        threads=threads,
        check_stop=check_stop,
    )
