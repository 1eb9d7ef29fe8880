"""Walking times for the public page: along the roads, from a graph that somebody else has built.

A worker builds the graph of the public roads when they have changed, keeps it on disk and says in a small file which one it is
(`keep_graph`). A page reads that graph once, in a thread of its own; until it is there, and wherever there is none, the page
says straight lines and calls them so. No request ever builds a graph, or waits for one.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from geo_registry.jobs.recurring import register_recurring
from geo_registry.reference.services import ReferenceMissing, default_profile, effective_value
from geo_registry.roadgraph import EdgeIndex, Mode, Profile, RoadGraph, Snaps, times_within
from geo_registry.roadgraph.cache import read_graph
from geo_registry.territory.models import Road
from geo_registry.territory.services import network as networks

LIMIT_MIN: Final = "public-walk-limit-min"
_POINTER: Final = "public-walk.json"
# As positions are rounded: about a hundred metres.
_DECIMALS: Final = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A graph in this process's memory, ready to be searched."""

    key: str
    graph: RoadGraph
    index: EdgeIndex
    profile: Profile


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Walking times from one place.

    Attributes
    ----------
    seconds
        By the facility's primary key; those beyond the limit or off the network are left out.
    unknown
        Those that no road is near to.
    limit_s
        How far was looked.
    """

    seconds: Mapping[int, int]
    unknown: frozenset[int]
    limit_s: int


def keep_graph() -> bool:
    """Build the graph of the public roads if they, or the way of walking, have changed. The worker's business.

    Returns
    -------
    bool
        Whether there is a graph now.
    """
    roads = Road.objects.public()
    try:
        profile = networks.travel_profile(default_profile())
    except ReferenceMissing:
        return False
    if profile.mode is not Mode.FOOT:
        return False
    known = roads.order_by().aggregate(count=Count("pk"), newest=Max("updated_at"), last=Max("pk"))
    stamp = hashlib.sha256(f"{profile.canonical()} {known}".encode()).hexdigest()
    told = _read_pointer(_pointer())
    if told and told["stamp"] == stamp and (_folder() / f"{told['key']}.graph").exists():
        return True
    network = networks.road_network(profile, roads=roads)
    if network.graph is None:
        _pointer().unlink(missing_ok=True)
        return False
    content = {"key": network.version["graph"], "stamp": stamp, "profile": _as_json(profile)}
    _folder().mkdir(parents=True, exist_ok=True)
    new = _pointer().with_suffix(".new")
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(_pointer())
    return True


def register() -> None:
    """Have the worker do it."""
    register_recurring(
        "public-walk-graph",
        title=_("Road graph for the public walking times"),
        every=datetime.timedelta(minutes=10),
        body=keep_graph,
    )


def _folder() -> Path:
    return Path(settings.ROADGRAPH_CACHE_DIR)


def _pointer() -> Path:
    return _folder() / _POINTER


def _read_pointer(path: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if {"key", "stamp", "profile"} <= told.keys() else None


def _as_json(profile: Profile) -> dict[str, Any]:
    values = {field.name: getattr(profile, field.name) for field in dataclasses.fields(profile)}
    return {
        **values,
        "mode": str(profile.mode),
        "speed_by_class_m_s": dict(profile.speed_by_class_m_s),
        "closed_classes": sorted(profile.closed_classes or ()),
    }


def _from_json(values: Mapping[str, Any]) -> Profile:
    return Profile(**{**values, "closed_classes": frozenset(values["closed_classes"])})


class _Memory:
    """The graph that this process has read, and whether a thread is reading another."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loaded: Loaded | None = None
        self.seen: tuple[int, int] | None = None
        self.thread: threading.Thread | None = None

    def current(self) -> Loaded | None:
        """Return the graph at hand; a newer one on disk is fetched meanwhile, for later requests."""
        try:
            found = _pointer().stat()
        except OSError:
            return None
        seen = (found.st_mtime_ns, found.st_ino)
        with self.lock:
            if seen != self.seen and (self.thread is None or not self.thread.is_alive()):
                self.seen = seen
                self.thread = threading.Thread(target=self._load, name="public-walk", daemon=True)
                self.thread.start()
            return self.loaded

    def _load(self) -> None:
        try:
            self.loaded = load()
        except Exception:
            # Without it the page says straight lines.
            logger.exception("The graph for walking times could not be read")


_memory = _Memory()


def load() -> Loaded | None:
    """Read the graph that the worker has named, and make it ready to be searched."""
    told = _read_pointer(_pointer())
    graph = read_graph(_folder() / f"{told['key']}.graph") if told else None
    if told is None or graph is None:
        return None
    ready = Loaded(told["key"], graph, EdgeIndex(graph), _from_json(told["profile"]))
    # The first search may compile: here, not while somebody waits.
    nowhere = graph.vertex_lonlat[:1]
    _search(ready, ready.index.snap(nowhere, ready.profile), nowhere[0][0], nowhere[0][1], 60)
    return ready


def walk_from(position: Point, *, located: Callable[[], Sequence[tuple[int, float, float]]]) -> Walk | None:
    """Return walking times from a position to facilities, or ``None`` while there is no graph at hand.

    Parameters
    ----------
    position
        EPSG:4490.
    located
        Returns primary key, longitude and latitude of each facility; asked only where there is a graph.
    """
    ready = _memory.current()
    facilities = located() if ready is not None else ()
    if ready is None or not facilities:
        return None
    try:
        limit_s = int(effective_value(LIMIT_MIN) * 60)
    except ReferenceMissing:
        return None
    keys = np.array([row[0] for row in facilities], dtype=np.int64)
    lonlat = np.array([row[1:] for row in facilities], dtype=np.float64)
    lon, lat = round(position.x, _DECIMALS), round(position.y, _DECIMALS)
    return _walk(_Asked(ready, keys.tobytes(), lonlat.tobytes()), lon, lat, limit_s)


@dataclass(frozen=True)
class _Asked:
    """A graph and facilities, told apart by what they are."""

    ready: Loaded
    keys: bytes
    lonlat: bytes

    def __hash__(self) -> int:
        return hash((self.ready.key, self.keys, self.lonlat))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and (self.ready.key, self.keys, self.lonlat) == (
            other.ready.key,
            other.keys,
            other.lonlat,
        )


@lru_cache(maxsize=8)
def _snaps(asked: _Asked) -> Snaps:
    lonlat = np.frombuffer(asked.lonlat, dtype=np.float64).reshape(-1, 2)
    return asked.ready.index.snap(lonlat, asked.ready.profile)


@lru_cache(maxsize=512)
def _walk(asked: _Asked, lon: float, lat: float, limit_s: int) -> Walk | None:
    keys = np.frombuffer(asked.keys, dtype=np.int64)
    snaps = _snaps(asked)
    found = _search(asked.ready, snaps, lon, lat, limit_s)
    if found is None:
        return None
    place, seconds = found
    return Walk(
        seconds=dict(zip(keys[place].tolist(), seconds.tolist(), strict=True)),
        unknown=frozenset(keys[~snaps.is_snapped].tolist()),
        limit_s=limit_s,
    )


def _search(
    ready: Loaded, places: Snaps, lon: float, lat: float, limit_s: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return the places within the limit and their seconds; ``None`` where no road is near the position itself."""
    here = ready.index.snap(np.array([[lon, lat]]), ready.profile)
    if not here.is_snapped[0]:
        return None
    # The visitor goes from here, as a service would that travels.
    matrix = times_within(ready.graph, here, places, limit_s=limit_s, direction="from-facility", threads=1)
    return matrix.place.astype(np.int64), np.ceil(matrix.time_ms / 1000).astype(np.int64)
