"""A phone's track made fit to be a road: jumps taken out, gaps split at, wobble smoothed away."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString

from .lines import nearest_on
from .plane import LocalPlane, Point

_MS_TO_KMH = 3.6


@dataclass(frozen=True, slots=True)
class Fix:
    """One position of a track.

    Parameters
    ----------
    lon, lat : float
        Degrees of EPSG:4490.
    at : datetime, optional
        When, if the phone wrote it down.
    """

    lon: float
    lat: float
    at: datetime.datetime | None = None

    @property
    def point(self) -> Point:
        """Longitude and latitude."""
        return self.lon, self.lat


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """How a track is cleaned.

    Parameters
    ----------
    max_speed_kmh : float
        A position that could only be reached faster is a jump of the receiver.
    spike_m : float
        Without times: a position off the way between its neighbours by more than this is a jump, if the neighbours themselves
        lie closer to each other than either to it.
    gap_s, gap_m : float
        A longer pause, or a wider step, ends a piece.
    simplify_m : float
        Points that shift the line by less are left out; 0 keeps all.
    least_m : float
        Shorter pieces are left out.
    """

    max_speed_kmh: float
    spike_m: float
    gap_s: float
    gap_m: float
    simplify_m: float
    least_m: float


@dataclass(slots=True)
class Cleaned:
    """A cleaned track and what was done to it.

    Parameters
    ----------
    pieces : list of LineString
        In the order of recording.
    positions, repeated, jumps, simplified, short : int
        Positions read; left out because they repeat the one before, because they are jumps, because they shift nothing; pieces
        left out because they are short.
    gaps : list of (Point, Point)
        From where to where nothing was recorded.
    """

    pieces: list[LineString] = field(default_factory=list)
    positions: int = 0
    repeated: int = 0
    jumps: int = 0
    simplified: int = 0
    short: int = 0
    gaps: list[tuple[Point, Point]] = field(default_factory=list)


def clean(segments: Sequence[Sequence[Fix]], how: Cleaning) -> Cleaned:
    """Clean a track.

    Parameters
    ----------
    segments : sequence of sequences of Fix
        As the file has them: a segment ends where the recording was stopped.
    how : Cleaning

    Returns
    -------
    Cleaned
        Cleaning what comes out of it with the same parameters changes nothing more.
    """
    done = Cleaned(positions=sum(len(segment) for segment in segments))
    everything = [fix.point for segment in segments for fix in segment]
    if not everything:
        return done
    plane = LocalPlane.around(shapely.MultiPoint(everything))
    previous: Point | None = None
    for segment in segments:
        kept = _without_jumps(_without_repeats(segment, done), how, plane, done)
        for piece in _pieces(kept, how, plane):
            if previous is not None and piece:
                done.gaps.append((previous, piece[0].point))
            if piece:
                previous = piece[-1].point
            _add(piece, how, plane, done)
    return done


def _without_repeats(segment: Iterable[Fix], done: Cleaned) -> list[Fix]:
    kept: list[Fix] = []
    for fix in segment:
        if kept and fix.point == kept[-1].point:
            done.repeated += 1
        else:
            kept.append(fix)
    return kept


def _without_jumps(fixes: list[Fix], how: Cleaning, plane: LocalPlane, done: Cleaned) -> list[Fix]:
    """Leave out positions that nobody could have been at, again and again until none is left."""
    kept = list(fixes)
    index = 0
    while index < len(kept):
        if _is_jump(kept, index, how, plane):
            del kept[index]
            done.jumps += 1
            # What was judged by the one that is gone is judged anew.
            index = max(index - 2, 0)
        else:
            index += 1
    return kept


def _is_jump(fixes: Sequence[Fix], index: int, how: Cleaning, plane: LocalPlane) -> bool:
    fix = fixes[index]
    before = fixes[index - 1] if index else None
    after = fixes[index + 1] if index + 1 < len(fixes) else None
    if before is not None and after is not None:
        in_m, out_m = plane.distance_m(before.point, fix.point), plane.distance_m(fix.point, after.point)
        across_m = plane.distance_m(before.point, after.point)
        if _timed(before, fix, after):
            return (
                _too_fast(before, fix, in_m, how)
                and _too_fast(fix, after, out_m, how)
                and not _too_fast(before, after, across_m, how)
            )
        off_m = nearest_on((before.point, after.point), fix.point, plane).distance_m
        return off_m > how.spike_m and across_m < min(in_m, out_m)
    # The first and the last position have one neighbour: theirs is the jump if the next ones go together.
    if before is None and after is not None and len(fixes) > 2 and _timed(fix, after):
        return _too_fast(fix, after, plane.distance_m(fix.point, after.point), how) and not _too_fast(
            after, fixes[2], plane.distance_m(after.point, fixes[2].point), how
        )
    if after is None and before is not None and len(fixes) > 2 and _timed(before, fix):
        return _too_fast(before, fix, plane.distance_m(before.point, fix.point), how) and not _too_fast(
            fixes[-3], before, plane.distance_m(fixes[-3].point, before.point), how
        )
    return False


def _timed(*fixes: Fix) -> bool:
    return all(fix.at is not None for fix in fixes)


def _too_fast(a: Fix, b: Fix, metres: float, how: Cleaning) -> bool:
    if a.at is None or b.at is None:
        return False
    seconds = (b.at - a.at).total_seconds()
    # Positions of the same second may be some metres apart; one that goes back in time is no position.
    return metres / max(seconds, 1.0) * _MS_TO_KMH > how.max_speed_kmh


def _pieces(fixes: Sequence[Fix], how: Cleaning, plane: LocalPlane) -> list[list[Fix]]:
    pieces: list[list[Fix]] = [[]]
    for fix in fixes:
        if pieces[-1]:
            last = pieces[-1][-1]
            pause = (fix.at - last.at).total_seconds() if fix.at and last.at else 0.0
            if pause > how.gap_s or plane.distance_m(last.point, fix.point) > how.gap_m:
                pieces.append([])
        pieces[-1].append(fix)
    return pieces


def _add(piece: Sequence[Fix], how: Cleaning, plane: LocalPlane, done: Cleaned) -> None:
    points = [fix.point for fix in piece]
    if len(points) < 2 or _length(points, plane) < how.least_m:
        done.short += bool(points)
        return
    kept = _simplified(points, how.simplify_m, plane)
    done.simplified += len(points) - len(kept)
    done.pieces.append(LineString(kept))


def _simplified(points: Sequence[Point], tolerance_m: float, plane: LocalPlane) -> list[Point]:
    """Return those of the points that Douglas and Peucker keep, with their own numbers."""
    if tolerance_m <= 0:
        return list(points)
    xy = plane.metres(points)
    kept = shapely.get_coordinates(LineString(xy).simplify(tolerance_m, preserve_topology=False))
    result, at = [], 0
    for target in kept:
        while not np.array_equal(xy[at], target):
            at += 1
        result.append(points[at])
        at += 1
    return result


def _length(points: Sequence[Point], plane: LocalPlane) -> float:
    return sum(plane.distance_m(a, b) for a, b in pairwise(points))
