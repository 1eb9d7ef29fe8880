"""Who may use a road, in which direction, and how fast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .profiles import Mode, Profile
from .roads import NO, YES, RoadLines


def line_speeds_m_s(roads: RoadLines, profile: Profile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Speed along and against every road line.

    A road's own tag (``foot``, ``bicycle``, ``motor``) goes before its class. A posted limit lowers a
    vehicle's speed and never raises it; it does not bind walkers.

    Returns
    -------
    tuple of numpy.ndarray
        Forward and backward speed in metres a second; 0 where the direction is closed.
    """
    codes, names = pd.factorize(roads.road_class)
    closed = profile.closed_classes or frozenset()
    table = dict(profile.speed_by_class_m_s)
    fallback = profile.speed_m_s if profile.speed_m_s is not None else min(table.values())
    by_class = [table.get(name, profile.speed_m_s or 0.0) for name in names]
    class_speed = np.array(by_class, dtype=np.float64)
    class_open = np.array([name not in closed for name in names], dtype=np.bool_) & (class_speed > 0)

    tag = {Mode.FOOT: roads.foot, Mode.BICYCLE: roads.bicycle, Mode.CAR: roads.motor}[profile.mode]
    is_open = (class_open[codes] & (tag != NO)) | (tag == YES)
    speed = class_speed[codes]
    speed = np.where(speed > 0, speed, fallback)
    if profile.mode is not Mode.FOOT:
        speed = np.fmin(speed, roads.speed_limit_m_s)
    speed = np.where(is_open, speed, 0.0)
    if not profile.respects_oneway:
        return speed, speed.copy()
    return np.where(roads.oneway >= 0, speed, 0.0), np.where(roads.oneway <= 0, speed, 0.0)
