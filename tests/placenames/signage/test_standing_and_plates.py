"""What stands against what must stand; a village's plates; the bill."""

from __future__ import annotations

from decimal import Decimal

import pytest
import shapely

from placenames.signage import Price, Standing, bill, compare, village_entries

from .ground import RULES, line, lonlat, metres, plan


def stands(owner, x, y, *, current=True):
    lon, lat = lonlat((x, y))[0]
    return Standing(owner=owner, lon=float(lon), lat=float(lat), current=current)


def sites_of(*points):
    """Return the sites of a road along these points, with its key."""
    return [("兴业路", site) for site in plan([line(*points)], [[0]]).roads[0].sites]


def test_a_sign_within_25_m_serves_and_one_beyond_is_surplus():
    sites = sites_of((0, 0), (-200, 0))
    found = compare(sites, [stands("兴业路", -24, 3), stands("兴业路", -170, 0)], match_m=25)
    assert found.served == ((0, 0),)
    assert found.missing == (1,)
    assert found.surplus == (1,)


def test_an_old_name_is_wrong_and_not_missing():
    sites = sites_of((0, 0), (-200, 0))
    found = compare(sites, [stands("兴业路", 2, 0, current=False)], match_m=25)
    assert (found.served, found.wrong_name, found.missing, found.surplus) == ((), ((0, 0),), (1,), ())


def test_the_right_name_goes_before_the_wrong_one_that_is_nearer():
    sites = sites_of((0, 0), (-200, 0))
    found = compare(sites, [stands("兴业路", 1, 0, current=False), stands("兴业路", 10, 0)], match_m=25)
    assert (found.served, found.wrong_name, found.surplus) == (((0, 1),), (), (0,))


def test_another_roads_sign_serves_nothing():
    found = compare(sites_of((0, 0), (-200, 0)), [stands("兴业巷", 0, 0)], match_m=25)
    assert (found.missing, found.surplus) == ((0, 1), (0,))


def test_one_sign_serves_one_site():
    sites = sites_of((0, 0), (-40, 0))
    assert compare(sites, [stands("兴业路", -20, 0)], match_m=25).missing == (1,)


def test_two_carriageways_need_two_signs():
    lines = [line((0, 0), (-300, 0)), line((-300, -20), (0, -20))]
    sites = [("路", site) for site in plan(lines, [[0, 1]], oneway=[1, 1]).roads[0].sites]
    found = compare(sites, [stands("路", 0, 0)], match_m=25)
    assert sorted(found.missing) == [0, 1, 1]


SQUARE = shapely.Polygon(lonlat((0, 0), (1000, 0), (1000, 1000), (0, 1000)))


def entries(named=(), others=(), outline=SQUARE, centre=None):
    return [
        (*tuple(round(value) for value in metres(site.lon, site.lat)), round(site.bearing_deg))
        for site in village_entries(outline, centre, named, others, RULES)
    ]


def test_plates_stand_where_a_named_road_crosses_the_boundary_and_face_who_comes():
    assert entries([line((-200, 400), (1200, 400))]) == [(0, 400, 90), (1000, 400, 270)]


def test_a_road_that_ends_inside_enters_once():
    assert entries([line((-200, 400), (500, 400))]) == [(0, 400, 90)]


def test_a_road_that_touches_or_follows_the_boundary_does_not_enter():
    assert entries([line((-200, 400), (10, 400))], centre=None) != []
    assert entries([line((-500, 0), (1500, 0))], [line((500, -300), (500, 300))]) == [(500, 0, 0)]


def test_a_road_inside_that_only_begins_at_the_boundary_does_not_cross_it():
    inside = line((0, 400), (500, 400))
    crossing = line((500, -200), (500, 200))
    assert entries([inside, crossing]) == [(500, 0, 0)]


def test_without_a_named_road_the_nearest_entry_counts():
    lon, lat = lonlat((900, 500))[0]
    found = entries([], [line((-200, 500), (1200, 500))], centre=(float(lon), float(lat)))
    assert found == [(1000, 500, 270)]


def test_entries_close_together_are_one():
    assert len(entries([line((-50, 400), (50, 430)), line((-50, 460), (50, 440))])) == 1


def test_a_village_without_a_boundary_has_its_plate_on_the_nearest_road():
    lon, lat = lonlat((500, 500))[0]
    found = entries([line((0, 300), (1000, 300))], outline=None, centre=(float(lon), float(lat)))
    assert found == [(500, 300, 0)]


def test_where_nothing_is_known_there_is_no_plate():
    assert village_entries(None, None, [line((0, 0), (1, 1))], [], RULES) == []
    assert village_entries(SQUARE, None, [], [], RULES) == []


def test_the_bill_counts_and_prices_and_has_no_sum_without_all_prices():
    prices = {"plate": Price(amount=Decimal("120.50"), verified=True), "pole": Price(amount=Decimal(300))}
    whole = bill(["plate", "pole", "plate"], prices)
    assert [(row.item, row.count, row.cost) for row in whole.lines] == [
        ("plate", 2, Decimal("241.00")), ("pole", 1, Decimal(300)),
    ]  # fmt: skip
    assert whole.total == Decimal("541.00")
    assert not whole.verified
    assert bill(["plate", "bracket"], prices).total is None
    assert bill([], prices).total == Decimal(0)


@pytest.mark.parametrize("metres_apart", [0, 24.9])
def test_matching_includes_its_limit(metres_apart):
    found = compare(sites_of((0, 0), (-200, 0)), [stands("兴业路", metres_apart, 0)], match_m=25)
    assert found.served
