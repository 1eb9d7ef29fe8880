"""Roads as a graph: noding, snapping, profiles, shortest times. Arrays in, arrays out; no Django.

The usual way through::

    roads = RoadLines.from_columns(lines, road_class=classes, oneway=oneway)
    graph = build_graph(roads, profile, crossings="join", tolerance_m=1.0)
    index = EdgeIndex(graph)
    times = times_to_nearest(graph, index.snap(facilities, profile), index.snap(places, profile))
"""

from .cache import cached_graph, graph_key
from .errors import NetworkError, ProfileError, RoadGraphError, RoadLinesError, SnapError
from .graph import GraphReport, Island, RoadGraph, build_graph, graph_of_noded
from .isochrone import Isochrone, Radius, isochrones
from .joining import joined_pairs, nearer_of
from .lines import WayLine, way_lines
from .matrix import TimeMatrix, straight_line_within, times_within
from .noding import NodedRoads, NodingReport, node_roads
from .profiles import Mode, Profile
from .radius import nearest_of_pairs, times_within_radius
from .roads import RoadLines
from .snapping import UNSNAPPED, EdgeIndex, Snaps, snap_places
from .times import Method, TravelState, TravelTimes, straight_line_times, times_to_nearest

__all__ = [
    "UNSNAPPED",
    "EdgeIndex",
    "GraphReport",
    "Island",
    "Isochrone",
    "Method",
    "Mode",
    "NetworkError",
    "NodedRoads",
    "NodingReport",
    "Profile",
    "ProfileError",
    "Radius",
    "RoadGraph",
    "RoadGraphError",
    "RoadLines",
    "RoadLinesError",
    "SnapError",
    "Snaps",
    "TimeMatrix",
    "TravelState",
    "TravelTimes",
    "WayLine",
    "build_graph",
    "cached_graph",
    "graph_key",
    "graph_of_noded",
    "isochrones",
    "joined_pairs",
    "nearer_of",
    "nearest_of_pairs",
    "node_roads",
    "snap_places",
    "straight_line_times",
    "straight_line_within",
    "times_to_nearest",
    "times_within",
    "times_within_radius",
    "way_lines",
]
