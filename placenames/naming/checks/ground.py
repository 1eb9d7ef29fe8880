"""Checks 9, 16 and 17: the name against the thing on the ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.geometry import METRES_PER_DEGREE
from geo_registry.text.normal import match_form

from .base import (
    Act,
    Check,
    Context,
    Evidence,
    Landmark,
    NotChecked,
    Proposal,
    Rule,
    Severity,
    Stretch,
    TermLimits,
)

_NO_LIMITS = gettext_noop("No row says what the generic term “{term}” is fit for.")
_NO_MEASURES = gettext_noop("Neither width nor length of the thing is known.")
_NOT_ITS_KIND = gettext_noop("“{term}” is not used for a thing of this kind.")
_TOO_NARROW = gettext_noop("“{term}” is for {limit} m and wider; this is {value} m wide.")
_TOO_WIDE = gettext_noop("“{term}” is for {limit} m at most; this is {value} m wide.")
_TOO_SHORT = gettext_noop("“{term}” is for {limit} m and longer; this is {value} m long.")
_TOO_LONG = gettext_noop("“{term}” is for {limit} m at most; this is {value} m long.")
_NOWHERE = gettext_noop("It is not drawn on the map yet.")
_NO_LINE = gettext_noop("Only a point of it is on the map; its line is needed for this.")
_NO_LANDMARK = gettext_noop("There is nothing to measure the direction from.")
_AGAINST = gettext_noop("The name says “{word}”, but the place lies {where} of {landmark}.")
_OVERLAP = gettext_noop("{length} m of it are “{name}” already: one road would have two names.")
_CONTINUES = gettext_noop("It goes straight on from “{name}”: one road would have two names.")
_SPLIT = gettext_noop("“{name}” lies {distance} m away and does not touch it: one name would be split.")
_BENT = gettext_noop("“{name}” meets it at an angle of {angle}°: one name would be on two roads.")

DIRECTIONS = {"东": (1, 0), "西": (-1, 0), "南": (0, -1), "北": (0, 1)}
_WORDS = {
    (1, 0): gettext_noop("to the east"),
    (-1, 0): gettext_noop("to the west"),
    (0, -1): gettext_noop("to the south"),
    (0, 1): gettext_noop("to the north"),
}
_OPPOSITE = {"东": "西", "西": "东", "南": "北", "北": "南"}
# Nearer than this the one lies neither east nor west of the other.
_AT_LEAST_M = 100.0
_TOUCHING_M = 1.0
_SIDE_M = 5.0
_OVERLAP_M = 20.0
_STRAIGHT_DEG = 30.0
_BENT_DEG = 60.0
_ARM_M = 30.0


class GenericFits(Check):
    """Art. 9(2): the name fits the thing's extent, size and nature. Limits are rows by generic term."""

    number = 9
    code = "generic-fits"
    article = "《地名管理条例》第九条第一款第（二）项"
    severity = Severity.WARN

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Compare class, width and length with the term's row."""
        if proposal.act is Act.RETIRING:
            return []
        term = context.parts(proposal).generic
        limits = context.limits.get(term)
        if limits is None:
            return NotChecked(Message(_NO_LIMITS, {"term": term or "-"}))
        found = [
            Evidence(message=message, key=f"{key}:{term}", severity=rule.of(True), where=limits.source)
            for key, message in self._misfits(proposal, limits)
        ]
        if not found and _unmeasured(proposal, limits):
            return NotChecked(Message(_NO_MEASURES))
        return found

    def _misfits(self, proposal: Proposal, limits: TermLimits) -> Iterator[tuple[str, Message]]:
        if limits.families and proposal.family not in limits.families:
            yield "kind", Message(_NOT_ITS_KIND, {"term": limits.term})
        width, length = proposal.width_m, proposal.length_m
        for key, template, value, limit, below in (
            ("narrow", _TOO_NARROW, width, limits.min_width_m, True),
            ("wide", _TOO_WIDE, width, limits.max_width_m, False),
            ("short", _TOO_SHORT, length, limits.min_length_m, True),
            ("far", _TOO_LONG, length, limits.max_length_m, False),
        ):
            if value is None or limit is None:
                continue
            if (value < limit) if below else (value > limit):
                params = {"term": limits.term, "limit": f"{limit:g}", "value": f"{value:.0f}"}
                yield key, Message(template, params)


def _unmeasured(proposal: Proposal, limits: TermLimits) -> bool:
    by_width = limits.min_width_m is not None or limits.max_width_m is not None
    by_length = limits.min_length_m is not None or limits.max_length_m is not None
    known = (by_width and proposal.width_m is not None) or (by_length and proposal.length_m is not None)
    return (by_width or by_length) and not known


class NameAgainstPlace(Check):
    """A direction word must be true: 东 lies east of its sibling, or else of the middle of the division."""

    number = 16
    code = "name-against-place"
    article = "《地名管理条例》第九条第一款第（一）（二）项"
    severity = Severity.WARN

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Compare along the axis of the word."""
        word = direction_word(context.parts(proposal).specific)
        if not word or proposal.act is Act.RETIRING:
            return []
        if proposal.lon is None or proposal.lat is None:
            return NotChecked(Message(_NOWHERE))
        # 兴业东路 may lie on the west side of a village, if only it is east of 兴业路 and 兴业西路.
        fitting = [mark for mark in context.landmarks if mark.word in {"", _OPPOSITE[word]}]
        if not fitting:
            return NotChecked(Message(_NO_LANDMARK))
        mark = fitting[0]
        along = _along(word, proposal.lon, proposal.lat, mark)
        if along > -_AT_LEAST_M:
            return []
        x, y = DIRECTIONS[word]
        params = {"word": word, "where": Message(_WORDS[-x, -y]), "landmark": mark.text}
        return [
            Evidence(
                message=Message(_AGAINST, params), key=f"direction:{word}", severity=rule.of(True), text=mark.text,
                lon=mark.lon, lat=mark.lat, distance_m=-along, secret=mark.secret,
            )
        ]  # fmt: skip


def direction_word(specific: str) -> str:
    """Return the direction that a name claims: the last character of 专名 (兴业东), else a first one before two others."""
    if len(specific) > 1 and specific[-1] in DIRECTIONS and specific[-2] not in DIRECTIONS:
        return specific[-1]
    return specific if specific in DIRECTIONS else ""


def stem_of(specific: str) -> str:
    """Return 专名 without its direction: 兴业东 and 兴业 are siblings."""
    return specific[: -len(direction_word(specific))] if direction_word(specific) else specific


def _along(word: str, lon: float, lat: float, mark: Landmark) -> float:
    """Return how many metres the place lies in the direction of the word from the mark; negative: the other way."""
    x, y = DIRECTIONS[word]
    east = (lon - mark.lon) * math.cos(math.radians((lat + mark.lat) / 2)) * METRES_PER_DEGREE
    north = (lat - mark.lat) * METRES_PER_DEGREE
    return x * east + y * north


_End = tuple[tuple[float, float], np.ndarray]


class OneRoadOneName(Check):
    """One road has one name from end to end, and one name is one road."""

    number = 17
    code = "one-road-one-name"
    severity = Severity.WARN

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Overlap and straight continuation of another name; gap and bend of the same name."""
        if proposal.family != "road" or proposal.act is Act.RETIRING:
            return []
        if proposal.line_m is None or shapely.is_empty(proposal.line_m):
            return NotChecked(Message(_NOWHERE if proposal.lon is None else _NO_LINE))
        line = proposal.line_m
        reach_m = context.numbers.get("split-within-m", 500.0)
        own = match_form(proposal.text)
        others = [stretch for stretch in context.stretches if stretch.key != proposal.key]
        strange = [stretch for stretch in others if match_form(stretch.text) != own]
        told = dict(zip((id(stretch) for stretch in strange), _other_names(line, strange), strict=True))
        found = []
        for stretch in others:
            message = told[id(stretch)] if id(stretch) in told else _same_name(line, stretch, reach_m)
            if message is not None:
                found.append(
                    Evidence(
                        message=message, key=stretch.key, severity=rule.of(True), text=stretch.text, secret=stretch.secret,
                        where=stretch.where, lon=stretch.lon, lat=stretch.lat, place_id=stretch.place_id,
                        distance_m=float(shapely.distance(line, stretch.line_m)),
                    )
                )  # fmt: skip
        return list({item.key: item for item in reversed(found)}.values())[::-1]


def _other_names(line: shapely.Geometry, stretches: Sequence[Stretch]) -> list[Message | None]:
    """Return what is to be said of stretches of other names. A long road crosses hundreds: they are measured together."""
    if not stretches:
        return []
    theirs = np.array([stretch.line_m for stretch in stretches], dtype=object)
    shared = _shared_m(line, theirs)
    ends = tuple(_ends(line))
    # A road crosses many others and meets few: what does not lie at an end is not taken apart.
    spots = shapely.points([end for end, _inward in ends]) if ends else np.empty(0, dtype=object)
    met = shapely.dwithin(spots[:, np.newaxis], theirs, _TOUCHING_M)
    found: list[Message | None] = []
    for number, stretch in enumerate(stretches):
        near = [end for end, meets in zip(ends, met[:, number], strict=True) if meets]
        angle = _angle_at(near, stretch.line_m)
        if shared[number] > _OVERLAP_M:
            found.append(Message(_OVERLAP, {"length": f"{shared[number]:.0f}", "name": stretch.text}))
        elif angle is not None and angle <= _STRAIGHT_DEG:
            found.append(Message(_CONTINUES, {"name": stretch.text}))
        else:
            found.append(None)
    return found


def _shared_m(line: shapely.Geometry, others: np.ndarray) -> np.ndarray:
    """Return how much of a line lies beside each of the others, in metres; what cannot matter counts as nothing."""
    beside = shapely.buffer(others, _SIDE_M, cap_style="flat")
    coordinates, part_of = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    within = part_of[1:] == part_of[:-1]
    pieces = shapely.linestrings(np.stack([coordinates[:-1], coordinates[1:]], axis=1)[within])
    # Of a long line only the pieces that lie about the other one are cut with its sides.
    number, piece = shapely.STRtree(pieces).query(beside)
    about = np.bincount(number, weights=shapely.length(pieces)[piece], minlength=len(others))
    shared = np.zeros(len(others))
    asked = np.flatnonzero(about > _OVERLAP_M)
    if len(asked):
        some = np.isin(number, asked)
        order = np.argsort(number[some], kind="stable")
        rank = np.searchsorted(asked, number[some][order])
        near = shapely.multilinestrings(pieces[piece[some][order]], indices=rank)
        shared[asked] = shapely.length(shapely.intersection(near, beside[asked]))
    return shared


def _same_name(line: shapely.Geometry, stretch: Stretch, reach_m: float) -> Message | None:
    gap = float(shapely.distance(line, stretch.line_m))
    if _TOUCHING_M < gap <= reach_m:
        return Message(_SPLIT, {"name": stretch.text, "distance": f"{gap:.0f}"})
    angle = meeting_angle(line, stretch.line_m) if gap <= _TOUCHING_M else None
    if angle is not None and angle >= _BENT_DEG:
        return Message(_BENT, {"name": stretch.text, "angle": f"{angle:.0f}"})
    return None


def meeting_angle(one: shapely.Geometry, other: shapely.Geometry) -> float | None:
    """Return by how many degrees the bearing changes where an end of one line meets an end of the other; 0 is straight on.

    ``None`` where no ends meet. Bearings are of the last 30 m before the end. Of several ends that meet, the straightest.
    """
    return _angle_at(tuple(_ends(one)), other)


def _angle_at(ends: Sequence[_End], other: shapely.Geometry) -> float | None:
    """Return the angle of `meeting_angle` for some ends of a line."""
    angles = []
    for other_end, other_inward in _ends(other) if ends else ():
        for end, inward in ends:
            if math.dist(end, other_end) <= _TOUCHING_M:
                # Going in on the one and out on the other.
                turn = math.degrees(math.acos(float(np.clip(-np.dot(inward, other_inward), -1, 1))))
                angles.append(turn)
    return min(angles, default=None)


def _ends(geometry: shapely.Geometry) -> Iterator[_End]:
    """Yield the ends of each part with the unit vector that leads from the end into the line."""
    merged = shapely.line_merge(geometry) if isinstance(geometry, shapely.MultiLineString) else geometry
    for part in shapely.get_parts(merged):
        length = float(shapely.length(part))
        if length <= 0 or not isinstance(part, shapely.LineString):
            continue
        arm = min(_ARM_M, length)
        for end, inner in ((0.0, arm), (length, length - arm)):
            a = shapely.get_coordinates(shapely.line_interpolate_point(part, end))[0]
            b = shapely.get_coordinates(shapely.line_interpolate_point(part, inner))[0]
            span = float(np.hypot(*(b - a)))
            if span > 0:
                yield (float(a[0]), float(a[1])), (b - a) / span


CHECKS = (GenericFits(), NameAgainstPlace(), OneRoadOneName())
