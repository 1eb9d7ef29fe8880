"""Required sites of one road after another, each computed by hand."""

from __future__ import annotations

import dataclasses

import pytest
import shapely

from placenames.signage import Colour, Rules, SiteKind

from .ground import RULES, line, metres, plan, told


def test_the_worked_example_of_the_rules():
    """1000 m, junctions at 200 and 950, gap 300: the 750 m between them get two repeats."""
    lines = [line((0, 0), (-1000, 0)), line((-200, 0), (-200, 100)), line((-950, 0), (-950, -100))]
    road = plan(lines, [[0]]).roads[0]
    assert told(road.sites) == [
        ("start", 0), ("junction", 200), ("repeat", 450), ("repeat", 700), ("junction", 950), ("end", 1000),
    ]  # fmt: skip
    assert [site.faces for site in road.sites] == [1, 2, 2, 2, 2, 1]
    assert road.length_m == pytest.approx(1000, abs=0.2)


def test_a_gap_of_exactly_the_greatest_has_no_repeat_and_a_metre_more_has_one():
    assert told(plan([line((0, 0), (-300, 0))], [[0]]).roads[0].sites) == [("start", 0), ("end", 300)]
    longer = plan([line((0, 0), (-301, 0))], [[0]]).roads[0].sites
    assert [str(site.kind) for site in longer] == ["start", "repeat", "end"]
    assert longer[1].measure_m == pytest.approx(150.5, abs=0.1)


def test_a_dead_end_begins_at_its_junction_and_ends_with_one_face():
    """A lane north from the main road: it starts in the south, where three ways meet, and its end is read from one side."""
    lines = [line((-100, 0), (100, 0)), line((0, 0), (0, 120))]
    sites = plan(lines, [[1]]).roads[0].sites
    assert told(sites) == [("start", 0), ("end", 120)]
    assert [(site.degree, site.faces) for site in sites] == [(3, 2), (1, 1)]


def test_a_road_begins_in_the_east_or_in_the_south_however_it_is_drawn():
    for drawn in ([(0, 0), (-200, 30)], [(-200, 30), (0, 0)]):
        first, last = plan([line(*drawn)], [[0]]).roads[0].sites
        assert metres(first.lon, first.lat)[0] == pytest.approx(0, abs=0.1)
        assert metres(last.lon, last.lat)[0] == pytest.approx(-200, abs=0.1)
    for drawn in ([(0, 0), (30, 200)], [(30, 200), (0, 0)]):
        first = plan([line(*drawn)], [[0]]).roads[0].sites[0]
        assert metres(first.lon, first.lat) == pytest.approx((0, 0), abs=0.1)


def test_a_ring_has_a_start_where_another_road_meets_it_and_no_end():
    """A square ring of 4 x 300 m, met at one corner: 1200 m from the start round to itself, so three repeats."""
    ring = line((0, 0), (300, 0), (300, 300), (0, 300), (0, 0))
    road = plan([ring, line((0, 0), (-100, 0))], [[0]]).roads[0]
    assert road.loop
    assert told(road.sites) == [("start", 0), ("repeat", 300), ("repeat", 600), ("repeat", 900)]
    assert metres(road.sites[0].lon, road.sites[0].lat) == pytest.approx((0, 0), abs=0.1)


def test_the_gaps_of_a_ring_go_round():
    """Met at its corner and 400 m on: gaps of 400 and 800 m, one and two repeats."""
    ring = line((0, 0), (-300, 0), (-300, 300), (0, 300), (0, 0))
    lines = [ring, line((0, 0), (100, 0)), line((-300, 100), (-400, 100))]
    sites = plan(lines, [[0]]).roads[0].sites
    assert sorted(round(site.measure_m) for site in sites if site.kind is not SiteKind.REPEAT) in (
        [0, 400],
        [0, 800],
    )
    assert len([site for site in sites if site.kind is SiteKind.REPEAT]) == 3


def test_a_ring_that_nothing_meets_has_a_start_all_the_same():
    ring = line((0, 0), (50, 0), (50, 50), (0, 50), (0, 0))
    assert told(plan([ring], [[0]]).roads[0].sites) == [("start", 0)]


def test_a_ring_shows_the_colour_of_where_each_sign_stands():
    ring = line((0, 0), (300, 0), (300, 300), (0, 300), (0, 0))
    sites = plan([ring, line((150, 0), (150, -80)), line((300, 150), (380, 150))], [[0]]).roads[0].sites
    where = {
        (round(metres(s.lon, s.lat)[0]), round(metres(s.lon, s.lat)[1])): s.colour
        for s in sites
        if s.kind is not SiteKind.REPEAT
    }
    assert where[150, 0] is Colour.BLUE
    assert where[300, 150] is Colour.GREEN


def test_a_lasso_has_a_start_a_branching_and_repeats_in_its_loop():
    """100 m of stem to a ring of 400 m: the ring is left where it is entered, 400 m later; one repeat."""
    stem, ring = line((0, -100), (0, 0)), line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    sites = plan([stem, ring], [[0, 1]]).roads[0].sites
    assert sorted(str(site.kind) for site in sites) == ["junction", "repeat", "start"]
    assert {site.degree for site in sites if site.kind is SiteKind.JUNCTION} == {3}


def test_at_a_t_both_roads_have_a_sign_and_share_the_pole():
    lines = [line((100, 0), (-100, 0)), line((0, 0), (0, 150))]
    planned = plan(lines, [[0], [1]])
    through, stem = planned.roads
    assert told(through.sites) == [("start", 0), ("junction", 100), ("end", 200)]
    assert [site.degree for site in through.sites] == [1, 3, 1]
    assert told(stem.sites) == [("start", 0), ("end", 150)]
    assert planned.poles[1] == planned.poles[3]
    assert len(set(planned.poles)) == 4


def test_the_legs_of_an_offset_cross_are_one_junction_in_their_middle():
    """Side roads 10 m apart on opposite sides: one site at 105 m, where four ways meet."""
    lines = [line((0, 0), (-200, 0)), line((-100, 0), (-100, 80)), line((-110, 0), (-110, -80))]
    sites = plan(lines, [[0]]).roads[0].sites
    assert told(sites) == [("start", 0), ("junction", 105), ("end", 200)]
    assert (sites[1].degree, sites[1].faces) == (4, 4)


def test_legs_sixteen_metres_apart_are_two_junctions():
    lines = [line((0, 0), (-200, 0)), line((-100, 0), (-100, 80)), line((-116, 0), (-116, -80))]
    assert told(plan(lines, [[0]]).roads[0].sites) == [
        ("start", 0),
        ("junction", 100),
        ("junction", 116),
        ("end", 200),
    ]


def test_many_close_junctions_do_not_melt_into_one():
    """Every 14 m from 50 to 106: 64 is within 15 m of 50, 78 is not within 15 m of their middle at 57, and so on."""
    sides = [line((-x, 0), (-x, 60)) for x in (50, 64, 78, 92, 106)]
    sites = plan([line((0, 0), (-160, 0)), *sides], [[0]]).roads[0].sites
    assert told(sites) == [("start", 0), ("junction", 57), ("junction", 85), ("junction", 106), ("end", 160)]


def test_no_two_sites_are_nearer_than_the_merging():
    """Legs at 50, 64 and 70: 70 is within 15 m of 57, and the three have their sign at 60."""
    sides = [line((-x, 0), (-x, 60)) for x in (50, 64, 70)]
    sites = plan([line((0, 0), (-160, 0)), *sides], [[0]]).roads[0].sites
    assert told(sites) == [("start", 0), ("junction", 60), ("end", 160)]
    assert sites[1].degree == 5


def test_a_junction_by_the_start_is_taken_in_by_it():
    lines = [line((0, 0), (-200, 0)), line((-12, 0), (-12, 80)), line((-188, 0), (-188, 80))]
    sites = plan(lines, [[0]]).roads[0].sites
    assert told(sites) == [("start", 0), ("end", 200)]
    assert [site.degree for site in sites] == [2, 2]


def test_a_road_shorter_than_the_merging_has_one_sign():
    assert told(plan([line((0, 0), (-14, 0))], [[0]]).roads[0].sites) == [("start", 0)]


def test_stubs_are_no_junctions_but_twenty_metres_are():
    road = line((0, 0), (-200, 0))
    stub, lane = line((-60, 0), (-60, 19)), line((-120, 0), (-120, 21))
    assert told(plan([road, stub, lane], [[0]]).roads[0].sites) == [
        ("start", 0),
        ("junction", 120),
        ("end", 200),
    ]


def test_a_stub_drawn_in_two_pieces_is_as_long_as_both():
    road = line((0, 0), (-200, 0))
    pieces = [line((-100, 0), (-100, 12)), line((-100, 12), (-100, 24))]
    assert ("junction", 100) in told(plan([road, *pieces], [[0]]).roads[0].sites)
    short = [line((-100, 0), (-100, 9)), line((-100, 9), (-100, 18))]
    assert ("junction", 100) not in told(plan([road, *short], [[0]]).roads[0].sites)


def test_a_field_track_makes_no_junction():
    lines = [line((0, 0), (-200, 0)), line((-100, 0), (-100, 500))]
    assert told(plan(lines, [[0]], counts=[True, False]).roads[0].sites) == [("start", 0), ("end", 200)]


def test_a_bridge_over_the_road_makes_no_junction():
    lines = [line((0, 0), (-200, 0)), line((-100, -100), (-100, 100))]
    over = plan(lines, [[0], [1]], bridge=[0, 1], layer=[0, 1]).roads
    assert told(over[0].sites) == [("start", 0), ("end", 200)]
    assert told(over[1].sites) == [("start", 0), ("end", 200)]
    level = plan(lines, [[0], [1]]).roads
    assert ("junction", 100) in told(level[0].sites)


def test_lines_of_openstreetmap_meet_only_where_they_share_a_point():
    lines = [line((0, 0), (-200, 0)), line((-100, -100), (-100, 100))]
    assert told(plan(lines, [[0]], crossings="keep").roads[0].sites) == [("start", 0), ("end", 200)]


def test_ends_two_metres_apart_meet():
    lines = [line((0, 0), (-100, 0)), line((-101.5, 0), (-200, 0))]
    road = plan(lines, [[0, 1]]).roads[0]
    assert (road.parts, told(road.sites)) == (1, [("start", 0), ("end", 200)])


def test_a_road_in_two_parts_has_start_and_end_of_each():
    lines = [line((0, 0), (-100, 0)), line((-150, 0), (-400, 0))]
    road = plan(lines, [[0, 1]]).roads[0]
    assert road.parts == 2
    assert [(s.part, str(s.kind), round(s.measure_m)) for s in road.sites] == [
        (0, "start", 0), (0, "end", 100), (1, "start", 0), (1, "end", 250),
    ]  # fmt: skip


def test_parts_that_face_each_other_across_a_small_gap_share_a_sign():
    lines = [line((0, 0), (-100, 0)), line((-110, 0), (-300, 0))]
    sites = plan(lines, [[0, 1]]).roads[0].sites
    assert [(s.part, str(s.kind), round(s.measure_m)) for s in sites] == [
        (0, "start", 0), (1, "start", 0), (1, "end", 190),
    ]  # fmt: skip


def test_a_multi_line_is_planned_part_by_part():
    both = shapely.MultiLineString([line((0, 0), (-100, 0)), line((-200, 0), (-300, 0))])
    assert len(plan([both], [[0]]).roads[0].sites) == 4


def test_two_carriageways_are_one_road_with_two_posts_at_each_site():
    """Carriageways 20 m apart, a side road on each side at 300 m, a cross street at 600 m; they are measured once."""
    lines = [
        line((0, 0), (-900, 0)), line((-900, -20), (0, -20)),
        line((-300, 0), (-300, 100)), line((-300, -20), (-300, -120)),
        line((-600, 100), (-600, -120)),
    ]  # fmt: skip
    road = plan(lines, [[0, 1]], oneway=[1, 1, 0, 0, 0]).roads[0]
    assert road.dual
    assert road.length_m == pytest.approx(900, abs=0.3)
    assert told(road.sites) == [("start", 0), ("junction", 300), ("junction", 600), ("end", 900)]
    assert [site.posts for site in road.sites] == [2, 2, 2, 2]
    assert [site.degree for site in road.sites] == [1, 4, 4, 1]
    assert [site.faces for site in road.sites] == [2, 8, 8, 2]


def test_a_crossover_of_two_carriageways_is_no_junction():
    lines = [
        line((0, 0), (-300, 0), (-900, 0)), line((-900, -20), (-300, -20), (0, -20)), line((-300, 0), (-300, -20)),
    ]  # fmt: skip
    own = plan(lines, [[0, 1, 2]], oneway=[1, 1, 0]).roads[0]
    assert told(own.sites) == [("start", 0), ("repeat", 300), ("repeat", 600), ("end", 900)]
    unnamed = plan(lines, [[0, 1]], oneway=[1, 1, 0]).roads[0]
    assert told(unnamed.sites) == told(own.sites)


def test_a_road_that_parts_into_two_carriageways_goes_on_along_one_of_them():
    lines = [
        line((0, 0), (-200, 0)), line((-200, 0), (-220, 10), (-580, 10)), line((-580, -10), (-220, -10), (-200, 0)),
    ]  # fmt: skip
    road = plan(lines, [[0, 1, 2]], oneway=[0, 1, 1]).roads[0]
    assert road.dual
    assert [str(site.kind) for site in road.sites] == ["start", "repeat", "end"]
    assert next(site.posts for site in road.sites) == 1
    assert [site.posts for site in road.sites][-1] == 2


def test_two_parallel_lanes_of_one_name_far_apart_are_two_parts():
    lines = [line((0, 0), (-200, 0)), line((0, -60), (-200, -60))]
    road = plan(lines, [[0, 1]]).roads[0]
    assert (road.parts, road.dual, len(road.sites)) == (2, False, 4)


def test_a_border_is_no_end():
    """A road is planned whole: what lies in which township is told of each site afterwards."""
    lines = [line((0, 0), (-250, 0)), line((-250, 0), (-500, 0))]
    assert told(plan(lines, [[0, 1]]).roads[0].sites) == [("start", 0), ("repeat", 250), ("end", 500)]


def test_where_the_name_changes_one_road_ends_and_the_next_begins():
    lines = [line((0, 0), (-200, 0)), line((-200, 0), (-400, 0))]
    east, west = plan(lines, [[0], [1]]).roads
    assert told(east.sites) == [("start", 0), ("end", 200)]
    assert told(west.sites) == [("start", 0), ("end", 200)]
    assert east.sites[-1].degree == west.sites[0].degree == 2


def test_blue_runs_east_and_west_green_north_and_south_and_a_winding_road_has_one_colour():
    assert plan([line((0, 0), (-100, 40))], [[0]]).roads[0].sites[0].colour is Colour.BLUE
    assert plan([line((0, 0), (40, 100))], [[0]]).roads[0].sites[0].colour is Colour.GREEN
    winding = plan([line((0, 0), (-400, 0), (-400, 90), (-800, 90))], [[0]]).roads[0]
    assert {site.colour for site in winding.sites} == {Colour.BLUE}


def test_the_bearing_is_that_of_the_road_where_the_sign_stands():
    sites = plan([line((0, 0), (-200, 0), (-200, 200))], [[0]]).roads[0].sites
    assert [round(site.bearing_deg) for site in sites] in ([270, 315, 0], [270, 0])


def test_a_branching_of_the_road_itself_has_one_sign():
    lines = [line((0, 0), (-100, 0)), line((-100, 0), (-200, 60)), line((-100, 0), (-200, -60))]
    sites = plan(lines, [[0, 1, 2]]).roads[0].sites
    assert sorted(str(site.kind) for site in sites) == ["end", "end", "junction", "start"]
    assert {site.degree for site in sites if site.kind is SiteKind.JUNCTION} == {3}


def test_a_road_without_lines_and_an_empty_network_need_nothing():
    assert plan([line((0, 0), (-100, 0))], [[]]).roads[0].sites == ()
    assert plan([], [[]]).roads[0].sites == ()


def test_the_same_input_in_another_order_gives_the_same_sites():
    lines = [line((0, 0), (-500, 0)), line((-200, 0), (-200, 100)), line((-500, 0), (-900, 50))]
    one = plan(lines, [[0, 2]]).roads[0].sites
    other = plan([lines[2], lines[1], lines[0]], [[0, 2]]).roads[0].sites
    assert [(told([a]), round(a.lon, 9)) for a in one] == [(told([b]), round(b.lon, 9)) for b in other]


def test_impossible_distances_are_refused():
    with pytest.raises(ValueError, match="greatest gap"):
        dataclasses.replace(RULES, max_gap_m=0)
    with pytest.raises(ValueError, match="face"):
        dataclasses.replace(RULES, faces_by_degree=())
    assert isinstance(RULES, Rules)
