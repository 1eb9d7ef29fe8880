"""From which road to which, and in what direction."""

from __future__ import annotations

import pytest
import shapely

from placenames.naming import with_committee
from placenames.naming.course import Beside, Course, describe, describe_area


def line(*points):
    return shapely.LineString(points)


CROSSINGS = [Beside("解放路", line((0, -100), (0, 100))), Beside("新华街", line((850, -100), (850, 100)))]


def test_from_east_to_west_by_the_roads_at_its_ends():
    told = describe(line((0, 0), (850, 5)), CROSSINGS)
    assert told.extent == "东起新华街，西至解放路"
    assert told.course == "东西走向，长约850米"


def test_from_south_to_north_and_an_end_without_a_road():
    told = describe(line((0, 500), (0, 0)), [Beside("南环路", line((-50, 0), (50, 0)))])
    assert (told.extent, told.course) == ("南起南环路，北至端点", "南北走向，长约500米")


@pytest.mark.parametrize(
    ("end", "axis"),
    [((100, 100), "东北—西南"), ((-100, 100), "西北—东南"), ((100, 10), "东西"), ((10, 100), "南北")],
)
def test_eight_directions(end, axis):
    assert describe(line((0, 0), end)).course.startswith(axis + "走向")


def test_a_ring_and_a_bend():
    ring = describe(line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0)), CROSSINGS)
    assert (ring.extent, ring.course) == ("起止均在解放路", "环形，长约400米")
    assert describe(line((0, 0), (300, 0), (300, 300))).course.endswith("中段转折")
    assert not describe(line((0, 0), (150, 8), (300, 0))).course.endswith("中段转折")


def test_several_stretches_are_one_road():
    whole = shapely.MultiLineString([line((400, 0), (850, 0)), line((0, 0), (400, 0))])
    assert describe(whole, CROSSINGS).extent == "东起新华街，西至解放路"


@pytest.mark.parametrize(
    ("place", "like", "division"),
    [
        ("兴业村", "城一村委会", "兴业村委会"),
        ("兴业社区", "西湖社区居委会", "兴业社区居委会"),
        ("兴业村", "城一村", "兴业村"),
    ],
)
def test_a_committee_follows_its_place(place, like, division):
    assert with_committee(place, like=like) == division


def test_an_area_is_told_by_the_roads_that_run_along_its_sides_and_not_by_those_that_lead_through_it():
    area = shapely.box(0, 0, 200, 200)
    beside = [
        Beside("穿过路", shapely.LineString([(-300, 110), (500, 100)])),
        Beside("东街", shapely.LineString([(260, -300), (255, 500)])),
        Beside("西街", shapely.MultiLineString([[(-80, -300), (-80, 60)], [(-80, 60), (-75, 500)]])),
        Beside("离去路", shapely.LineString([(200, 20), (500, 22)])),
        Beside("南路", shapely.LineString([(-300, -40), (500, -30)])),
        Beside("远路", shapely.LineString([(-300, 400), (500, 400)])),
    ]
    assert describe_area(area, beside) == Course(
        extent="东至东街，南至南路，西至西街", course="占地约4.0公顷"
    )
