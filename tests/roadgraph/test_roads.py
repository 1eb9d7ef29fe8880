import numpy as np
import pandas as pd
import pytest
import shapely

from geo_registry.roadgraph import RoadLines, RoadLinesError

from .conftest import line

STREET = line((0, 0), (100, 0))


def test_multi_lines_become_lines_that_know_their_row():
    both = shapely.MultiLineString([STREET, line((0, 50), (100, 50))])
    roads = RoadLines.from_columns([STREET, both, None], road_class=["a", "b", "c"])
    assert roads.row.tolist() == [0, 1, 1]
    assert roads.road_class.tolist() == ["a", "b", "b"]
    assert roads.skipped_rows.tolist() == [2]


def test_what_is_not_said_is_not_forbidden():
    roads = RoadLines.from_columns(
        [STREET] * 4, foot=[None, float("nan"), pd.NA, False], oneway=[None, 1, -1, 0]
    )
    assert roads.foot.tolist() == [-1, -1, -1, 0]
    assert roads.oneway.tolist() == [0, 1, -1, 0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"oneway": [0, 2]}, r"Row 1: “2” is no value of “oneway”"),
        ({"foot": [1, "maybe"]}, r"Row 1: “maybe” is no number for “foot”"),
        ({"speed_limit_m_s": [10, 0]}, r"Row 1: a speed limit must be greater than 0"),
        ({"speed_limit_m_s": [10, -3]}, r"Row 1: a speed limit must be greater than 0"),
        ({"layer": [0]}, r"“layer” has 1 values for 2 roads"),
    ],
)
def test_a_bad_attribute_names_row_and_column(columns, message):
    with pytest.raises(RoadLinesError, match=message):
        RoadLines.from_columns([STREET, STREET], **columns)


def test_a_point_is_no_road():
    with pytest.raises(RoadLinesError, match="Row 1: a road must be a line, not a Point"):
        RoadLines.from_columns([STREET, shapely.Point(106, 38)])


def test_text_is_no_geometry():
    with pytest.raises(RoadLinesError, match="Row 1"):
        RoadLines.from_columns([STREET, "LINESTRING (0 0, 1 1)"])


@pytest.mark.parametrize("bad", [(float("nan"), 38.0), (float("inf"), 38.0), (400000.0, 4210000.0)])
def test_a_coordinate_that_is_no_longitude_and_latitude_is_named(bad):
    with np.errstate(invalid="ignore"):
        road = shapely.LineString([(106.0, 38.0), bad])
    with pytest.raises(RoadLinesError, match="Row 1"):
        RoadLines.from_columns([STREET, road])


def test_the_digest_changes_with_every_attribute_and_coordinate():
    def digest(geometry=STREET, **columns):
        return RoadLines.from_columns([geometry], **columns).digest()

    digests = [
        digest(),
        digest(shapely.LineString(np.array(STREET.coords) + 1e-6)),
        digest(road_class=["primary"]),
        digest(oneway=[1]),
        digest(bridge=[True]),
        digest(tunnel=[True]),
        digest(layer=[1]),
        digest(speed_limit_m_s=[5.0]),
        digest(foot=[0]),
        digest(bicycle=[0]),
        digest(motor=[0]),
    ]
    assert len(set(digests)) == len(digests)
    assert digest() == digest()
