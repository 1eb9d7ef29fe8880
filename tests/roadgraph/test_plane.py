import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.roadgraph.errors import RoadLinesError
from geo_registry.roadgraph.plane import Plane, as_lonlat, segment_lengths_m

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-70, 70),
    azimuth=st.floats(0, 360),
    distance_m=st.floats(1, 20_000),
)
def test_lengths_agree_with_the_geodesic_at_any_longitude(lon, lat, azimuth, distance_m):
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, azimuth, distance_m)
    length_m = segment_lengths_m(np.array([[lon, lat]]), np.array([[end_lon, end_lat]]))[0]
    assert length_m == pytest.approx(distance_m, rel=2e-5)


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-70, 70),
    azimuth=st.floats(0, 360),
    distance_m=st.floats(1, 1000),
)
def test_the_plane_keeps_local_distances_in_every_direction(lon, lat, azimuth, distance_m):
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, azimuth, distance_m)
    points = np.array([[lon, lat], [end_lon, end_lat]])
    plane = Plane.around(points)
    xy = plane.xy(points)
    scale = plane.ground_metres(np.array([(lat + end_lat) / 2]))[0]
    assert np.hypot(*(xy[1] - xy[0])) * scale == pytest.approx(distance_m, rel=1e-4)


def test_a_plane_across_the_antimeridian_is_one_piece():
    xy = Plane.around(np.array([[179.99, 10.0], [-179.99, 10.0]])).xy(
        np.array([[179.99, 10.0], [-179.99, 10.0]])
    )
    assert abs(xy[1, 0] - xy[0, 0]) < 3000


def test_swapped_coordinates_are_named_when_they_show():
    with pytest.raises(RoadLinesError, match="swapped"):
        Plane.around(np.array([[38.0, 106.0]]))


def test_coordinates_of_another_shape_are_refused():
    with pytest.raises(RoadLinesError, match="pairs"):
        as_lonlat([1.0, 2.0, 3.0])
    assert as_lonlat([]).shape == (0, 2)
