"""What is drawn is put in force, proposed, returned, undone: by whom, and never over somebody else's work."""

from __future__ import annotations

import datetime

import pytest
import shapely
from django.contrib.gis.geos import Point

from geo_registry.accounts.history import record_history
from geo_registry.accounts.models import Role, User
from geo_registry.drawing.models import EditSet
from geo_registry.imports.services.removal import remove_sources
from geo_registry.reference.models import Source
from geo_registry.territory.models import BuiltUpArea, Division, LocationMethod, PopulatedPlace, Road
from geo_registry.worklist.registry import Asked, Pile, providers
from placenames.models import Place, PlaceKind
from tests import factories

from .conftest import area_json, change_of, client_of, line_json, new, post, road, save

pytestmark = pytest.mark.django_db

EAST = ((106.12, 38.02), (106.13, 38.02), (106.13, 38.03))


@pytest.fixture
def planner(ground):
    return client_of(ground.people[Role.PLANNER])


@pytest.fixture
def clerk(ground):
    return client_of(ground.people[Role.CLERK])


def the_set() -> EditSet:
    return EditSet.objects.latest("pk")


def test_a_planners_road_is_in_force_at_once_with_where_it_is_from(ground, planner):
    answer = save(planner, new("road", line_json(*EAST), name="新开路", road_class="residential"),
                  basis="2024年影像", accuracy_m=2, as_of="2024-06-01")  # fmt: skip
    assert answer.status_code == 201, answer.content
    made = Road.objects.get(name="新开路")
    assert made.length_m == pytest.approx(1987, rel=0.01)
    assert made.division == ground.left
    assert (made.geometry_method, made.geometry_basis, made.geometry_accuracy_m) == ("drawn", "2024年影像", 2)
    assert made.geometry_as_of == datetime.date(2024, 6, 1)
    assert made.source.code == "drawn-by-hand"
    assert the_set().state == EditSet.State.APPLIED


def test_a_new_named_road_gets_its_place(planner):
    factories.PlaceKindFactory(code="road-kind", ground=PlaceKind.Ground.ROAD)
    save(planner, new("road", line_json(*EAST), name="新开路"))
    assert Place.objects.filter(names__text="新开路").exists()


def test_the_place_of_a_road_that_is_undone_is_hidden(planner, ground):
    factories.PlaceKindFactory(code="road-kind", ground=PlaceKind.Ground.ROAD)
    save(planner, new("road", line_json(*EAST), name="新开路"))
    planner.post(f"/office/ground/sets/{the_set().pk}/undo/")
    assert not Road.objects.filter(name="新开路").exists()
    assert not Place.objects.filter(names__text="新开路", published=True).exists()


def test_history_says_who_and_keeps_both_lines(planner, ground):
    there = road(*EAST)
    save(planner, change_of(there, line_json((106.12, 38.02), (106.135, 38.025))))
    change = record_history(Road, there.pk)[0]
    assert change.who == str(ground.people[Role.PLANNER])


def test_a_clerks_road_waits_for_a_keeper(clerk, planner, ground):
    assert save(clerk, new("road", line_json(*EAST), name="村头路")).status_code == 201
    assert not Road.objects.exists()
    waiting = the_set()
    assert waiting.state == EditSet.State.PROPOSED
    page = planner.get(f"/office/ground/sets/{waiting.pk}/")
    assert "村头路" in page.content.decode()
    planner.post(f"/office/ground/sets/{waiting.pk}/decide/", {"decision": "approve"})
    assert Road.objects.get().name == "村头路"
    assert the_set().decided_by == ground.people[Role.PLANNER]


def test_nobody_approves_the_own_drawing(planner, ground):
    save(planner, new("road", line_json(*EAST)), propose=True)
    waiting = the_set()
    planner.post(f"/office/ground/sets/{waiting.pk}/decide/", {"decision": "approve"})
    assert not Road.objects.exists()
    client_of(ground.second_planner).post(
        f"/office/ground/sets/{waiting.pk}/decide/", {"decision": "approve"}
    )
    assert Road.objects.exists()


def test_a_clerk_decides_nothing(clerk, ground):
    save(client_of(ground.people[Role.PLANNER]), new("road", line_json(*EAST)), propose=True)
    answer = clerk.post(f"/office/ground/sets/{the_set().pk}/decide/", {"decision": "approve"})
    assert answer.status_code == 403


def test_what_is_returned_says_why_and_is_mended_from_where_it_was(clerk, planner, ground):
    save(clerk, new("road", line_json(*EAST), name="村头路"))
    waiting = the_set()
    planner.post(f"/office/ground/sets/{waiting.pk}/decide/", {"decision": "return", "reason": "起点不对"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (EditSet.State.RETURNED, "起点不对")
    draft = clerk.get(f"/office/ground/sets/{waiting.pk}/draft/").json()
    assert draft["changes"][0]["attributes"]["name"] == "村头路"
    assert save(clerk, *draft["changes"]).status_code == 201


def test_returning_needs_a_reason(clerk, planner):
    save(clerk, new("road", line_json(*EAST)))
    planner.post(f"/office/ground/sets/{the_set().pk}/decide/", {"decision": "return", "reason": " "})
    assert the_set().state == EditSet.State.PROPOSED


def test_proposals_stand_in_my_work_of_those_who_decide(clerk, ground, django_assert_num_queries):
    save(clerk, new("road", line_json(*EAST), name="村头路"))
    today = datetime.date(2024, 1, 1)
    work = providers()["drawing"]
    counts = {role: work.counts(Asked(user=user, day=today)).total for role, user in ground.people.items()}
    assert {role for role, count in counts.items() if count} == {Role.PLANNER, Role.ADMINISTRATOR}
    author = Asked(user=ground.people[Role.CLERK], day=today, pile=Pile.OTHERS)
    (item,) = work.items(author, first=0, size=10)
    assert item.title == "实地核对"


@pytest.mark.parametrize(
    "points",
    [((106.05, 38.02), (106.06, 38.02)), ((106.12, 38.02), (106.05, 38.02))],
    ids=["elsewhere", "over the border"],
)
def test_a_clerk_draws_within_the_own_township_only(clerk, points):
    answer = save(clerk, new("road", line_json(*points)))
    assert answer.status_code == 422
    assert "本单位负责" in answer.json()["problems"][0]["text"]
    assert not EditSet.objects.exists()


def test_a_road_that_is_joined_to_the_neighbours_just_across_the_border_is_allowed(clerk):
    assert save(clerk, new("road", line_json((106.12, 38.02), (106.0997, 38.02)))).status_code == 201


def test_viewers_do_not_draw(ground):
    for role in (Role.VIEWER, Role.REVIEWER, Role.NAME_OFFICER):
        assert client_of(ground.people[role]).get("/office/ground/").status_code == 403


def test_the_second_of_two_sees_what_changed_and_nothing_is_written(planner, ground):
    there = road(*EAST, name="老路")
    mine = change_of(there, line_json((106.12, 38.02), (106.14, 38.02)))
    save(client_of(ground.second_planner), change_of(there, None, name="改名路", road_class="residential"))
    answer = save(planner, mine)
    assert answer.status_code == 409
    (conflict,) = answer.json()["conflicts"]
    assert conflict["title"] == "改名路"
    assert conflict["since"][0]["who"] == "planner-2"
    assert "老路 → 改名路" in str(conflict["since"])
    there.refresh_from_db()
    assert len(there.geometry) == 3
    mine["version"] = conflict["version"]
    assert save(planner, mine).status_code == 201
    there.refresh_from_db()
    assert (there.name, len(there.geometry)) == ("改名路", 2)


def test_a_row_that_is_gone_is_said_to_be_gone(planner):
    there = road(*EAST)
    mine = change_of(there, line_json((106.12, 38.02), (106.14, 38.02)))
    there.delete()
    assert save(planner, mine).json()["conflicts"][0]["gone"] is True


def test_a_proposal_overtaken_by_others_is_not_put_in_force(clerk, planner, ground):
    there = road(*EAST, division=ground.left)
    save(clerk, change_of(there, line_json((106.12, 38.02), (106.14, 38.02))))
    waiting = the_set()
    save(planner, change_of(there, None, name="改名路"))
    page = planner.get(f"/office/ground/sets/{waiting.pk}/")
    assert page.context["late"]
    planner.post(f"/office/ground/sets/{waiting.pk}/decide/", {"decision": "approve"})
    waiting.refresh_from_db()
    assert waiting.state == EditSet.State.PROPOSED


def test_undo_brings_back_line_and_attributes_and_can_itself_be_undone(planner):
    there = road(*EAST, name="老路")
    before = there.geometry.wkt
    save(planner, change_of(there, line_json((106.12, 38.02), (106.14, 38.02)), name="新名路"))
    first = the_set()
    planner.post(f"/office/ground/sets/{first.pk}/undo/")
    there.refresh_from_db()
    assert (there.name, there.geometry.wkt, there.geometry_method) == ("老路", before, "")
    first.refresh_from_db()
    assert first.state == EditSet.State.UNDONE
    planner.post(f"/office/ground/sets/{the_set().pk}/undo/")
    there.refresh_from_db()
    assert there.name == "新名路"


def test_undo_of_a_removal_brings_the_same_row_back(planner):
    there = road(*EAST, name="老路", surface="沥青")
    taken = change_of(there) | {"action": "delete"}
    assert save(planner, taken).status_code == 201
    assert not Road.objects.exists()
    planner.post(f"/office/ground/sets/{the_set().pk}/undo/")
    back = Road.objects.get()
    assert (back.pk, back.name, back.surface) == (there.pk, "老路", "沥青")


def test_undo_destroys_no_later_edit(planner, ground):
    there = road(*EAST, name="老路")
    save(planner, change_of(there, None, name="新名路"))
    first = the_set()
    Road.objects.filter(pk=there.pk).update(surface="砂石")
    answer = planner.post(f"/office/ground/sets/{first.pk}/undo/", follow=True)
    assert "新名路" in answer.content.decode()
    there.refresh_from_db()
    assert (there.name, there.surface) == ("新名路", "砂石")


def test_all_or_nothing(planner):
    bad = new("road", line_json((106.12, 38.02), (106.12, 38.02)), key="new-2")
    answer = save(planner, new("road", line_json(*EAST)), bad)
    assert answer.status_code == 422
    assert [problem["key"] for problem in answer.json()["problems"]] == ["road:new-2"]
    assert not Road.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"changes": "x"}, {"changes": [{"layer": "nothing"}]}, {"changes": [1]}, {},
        {"changes": [{"layer": "road", "action": "create", "id": 3}]},
        {"changes": [{"layer": "road", "action": "create", "id": None, "geometry": {"type": "LineString", "coordinates": "x"}}]},
        {"changes": [{"layer": "road", "action": "create", "id": None, "geometry": {"type": "Nonsense", "coordinates": [[1, 2]]}}]},
        {"changes": [{"layer": "division", "action": "create", "id": None, "geometry": None}]},
    ],
)  # fmt: skip
def test_what_is_damaged_gets_one_sentence(planner, body):
    answer = post(planner, "/office/ground/save/", why="x", **body)
    assert answer.status_code == 422
    said = answer.json()
    assert said.get("error") or said["problems"]


def test_no_change_without_a_why(planner):
    answer = save(planner, new("road", line_json(*EAST)), why="  ")
    assert answer.status_code == 422


def test_an_attribute_that_cannot_be_is_named(planner):
    answer = save(planner, new("road", line_json(*EAST), speed_kmh="fast"))
    (problem,) = answer.json()["problems"]
    assert problem["field"] == "speed_kmh"


def test_a_hamlet_lies_where_it_is_put(planner, ground):
    save(
        planner,
        new("hamlet", {"type": "Point", "coordinates": [106.17, 38.07]}, name="丁家庄", kind="hamlet"),
    )
    made = PopulatedPlace.objects.get()
    assert (made.division, made.point_method, made.name) == (ground.upper, LocationMethod.PICKED, "丁家庄")


def test_a_hamlet_belongs_where_its_clerk_says(planner, ground):
    point = {"type": "Point", "coordinates": [106.17, 38.07]}
    save(planner, new("hamlet", point, name="丁家庄", kind="hamlet", division_code=ground.left.code))
    assert PopulatedPlace.objects.get().division == ground.left
    answer = save(planner, new("hamlet", point, name="丁家庄", kind="hamlet", division_code="123"))
    assert answer.status_code == 422


def test_a_clerk_moves_a_facility_without_asking(clerk, ground):
    facility = factories.FacilityFactory(division=ground.left, location=Point(106.12, 38.02, srid=4490))
    answer = save(clerk, change_of(facility, {"type": "Point", "coordinates": [106.121, 38.021]}))
    assert answer.status_code == 201, answer.content
    facility.refresh_from_db()
    assert (facility.location.x, facility.location_method) == (106.121, LocationMethod.PICKED)


def test_a_built_up_area_keeps_its_hole(planner):
    shape = shapely.box(106.12, 38.02, 106.13, 38.03) - shapely.box(106.124, 38.024, 106.126, 38.026)
    answer = save(planner, new("builtup", shapely.geometry.mapping(shape), name="城区", as_of="2024-01-01"))
    assert answer.status_code == 201, answer.content
    assert BuiltUpArea.objects.get().geometry.num_coords == 10


def test_an_outline_that_crosses_itself_is_refused_with_its_place(planner):
    bow = area_json((106.12, 38.02), (106.13, 38.03), (106.13, 38.02), (106.12, 38.03))
    (problem,) = save(planner, new("builtup", bow, name="城区")).json()["problems"]
    assert problem["place"] == pytest.approx([106.125, 38.025])


def test_a_division_without_a_boundary_is_drawn(planner, ground):
    bare = Division.objects.create(code="990101101201", name="新村", level=5, parent=ground.west)
    page = planner.get("/office/ground/")
    layers = {layer["code"]: layer for layer in page.context["config"]["layers"]}
    assert layers["division"]["blank"] == [{"id": bare.pk, "title": "新村"}]
    answer = save(planner, change_of(bare, area_json((106.01, 38.01), (106.05, 38.01), (106.05, 38.05))))
    assert answer.status_code == 201, answer.content
    bare.refresh_from_db()
    assert bare.boundary is not None


def test_what_demo_accounts_drew_goes_with_the_demo(db):
    source = factories.DemoSourceFactory()
    home = factories.CountyFactory(source=source)
    demo = factories.UserFactory(username="demo-clerk", role=Role.CLERK)
    real = factories.UserFactory(username="real-planner", role=Role.PLANNER)
    first = EditSet.objects.create(author=demo, division=home, why="试画", state="undone")
    EditSet.objects.create(author=demo, division=home, why="撤销", state="applied", undoes=first)
    kept = EditSet.objects.create(author=real, why="真的", state="applied", decided_by=demo)
    remove_sources(Source.objects.filter(is_demo=True))
    kept.refresh_from_db()
    assert list(EditSet.objects.all()) == [kept]
    assert kept.decided_by is None
    assert not User.objects.filter(pk=demo.pk).exists()


def test_the_same_sent_twice_is_done_once_and_answered_alike(planner, clerk):
    """The answer to the first may have been lost on its way."""
    drawn = new("road", line_json(*EAST), name="新开路")
    first, second = save(planner, drawn), save(planner, drawn)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Road.objects.filter(name="新开路").count() == EditSet.objects.count() == 1
    # Somebody else's is somebody else's; and what was taken back is not in the way.
    assert save(clerk, drawn).json() != first.json()
    planner.post(f"/office/ground/sets/{EditSet.objects.get(state='applied').pk}/undo/")
    assert save(planner, drawn).json() != first.json()
    assert Road.objects.filter(name="新开路").count() == 1
