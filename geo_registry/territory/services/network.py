"""The road network of the registry as a graph for one travel profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import Mode, Profile, RoadGraph, build_graph, cached_graph, graph_key
from geo_registry.roadgraph.noding import Crossings
from geo_registry.roadgraph.profiles import CLOSED_CLASSES

from ..frames import road_lines
from ..models import Road

# Ends of lines nearer than this meet; drawing programs leave such gaps. It is recorded with every run.
NODING_TOLERANCE_M = 0.5
_KMH_TO_M_S = 1 / 3.6


@dataclass(frozen=True, kw_only=True)
class Network:
    """A graph with what it was built from. ``graph`` is ``None`` where the registry holds no road at all."""

    graph: RoadGraph | None
    version: dict[str, Any]


def travel_profile(row: TravelProfile, *, winter: bool = False) -> Profile:
    """Turn a profile's rows into the frozen profile that a graph is built for.

    Raises
    ------
    ProfileError
        If a speed or factor is out of range.
    """
    speeds = {speed.road_class: float(speed.speed_kmh) * _KMH_TO_M_S for speed in row.road_speeds.all()}
    closed = {road_class for road_class, speed in speeds.items() if speed == 0}
    profile = Profile(
        code=row.code,
        mode=Mode(row.mode),
        speed_m_s=float(row.speed_m_s),
        speed_by_class_m_s={road_class: speed for road_class, speed in speeds.items() if speed != 0},
        off_road_speed_m_s=float(row.off_road_speed_m_s),
        snap_limit_m=float(row.snap_limit_m),
        respects_oneway=row.respects_oneway,
        detour_factor=float(row.detour_factor),
        winter_factor=float(row.winter_factor),
        closed_classes=(CLOSED_CLASSES[Mode(row.mode)] | closed)
        - {c for c, speed in speeds.items() if speed > 0},
    )
    return profile.in_winter() if winter else profile


def road_network(profile: Profile, *, roads: QuerySet[Road] | None = None) -> Network:
    """Read the registry's roads, or some of them, and return their graph, from the cache if nothing it depends on has changed.

    Roads taken from OpenStreetMap meet where they share a point; lines that merely cross there are bridges whose tag is missing
    or roads at different times of mapping. Lines from anywhere else are joined where they cross at the same level.
    """
    lines, _keys = road_lines(roads)
    if not len(lines):
        return Network(graph=None, version={"roads": 0})
    # A road drawn here is given a vertex wherever it meets another, as OpenStreetMap has it.
    noded = Q(source_ref__startswith="way/") | Q(source_ref__startswith="drawn/")
    from_osm = not (Road.objects.all() if roads is None else roads).exclude(noded).exists()
    crossings: Crossings = "keep" if from_osm else "join"
    digest = lines.digest()
    key = graph_key(digest, profile, crossings=crossings, tolerance_m=NODING_TOLERANCE_M)
    graph = cached_graph(
        settings.ROADGRAPH_CACHE_DIR,
        key,
        lambda: build_graph(lines, profile, crossings=crossings, tolerance_m=NODING_TOLERANCE_M),
    )
    report = graph.report()
    return Network(
        graph=graph,
        version={
            "roads": len(lines),
            "roads_sha256": digest,
            "graph": key,
            "nodes": report.nodes,
            "edges": report.edges,
            "length_km": round(report.length_m / 1000, 1),
            "islands": len(report.islands),
            "crossings": crossings,
            "tolerance_m": NODING_TOLERANCE_M,
        },
    )


def delivery_radius_m(row: TravelProfile) -> float | None:
    """Return how far a service travels to the person by this profile, in metres; ``None``: no bound but the time."""
    return None if row.delivery_radius_m is None else float(row.delivery_radius_m)


def has_demo_roads() -> bool:
    """Whether any road that runs are computed on is openly invented."""
    return Road.objects.filter(source__is_demo=True).exists()
