"""The tables of places and facilities beside the map: the same rows as the map, of the same division, for whoever may see them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from maps.planning import lists
from maps.planning.layers import facility_features
from maps.services import coverage_page as page

pytestmark = pytest.mark.django_db


def choice(county, **params):
    return page.choose(county.run, {"limit": "600", **params})


def test_places_beyond_the_limit_come_first_and_are_those_of_the_map(county):
    asked = choice(county)
    listed = lists.places_of(asked)
    # 5 and 10 minutes are within ten; 15 minutes and the unknown one are not.
    assert [row.within for row in listed.rows] == [False, False, True, True]
    assert {row.people for row in listed.rows} == {100}
    drawn = page.reach_features(asked)["features"]
    assert {row.key for row in listed.rows} == {f"p{one['id']}" for one in drawn}
    assert [row.minutes for row in listed.rows if row.within] == ["5.0", "10.0"]
    unknown = next(row for row in listed.rows if not row.minutes)
    assert (str(unknown.words), unknown.nearest) == ("不详：离道路太远", None)


def test_facilities_say_how_many_have_them_nearest_and_add_up_to_those_within(county):
    whole = county.run.sets.get()
    whole.facility_ids = [one.pk for one in county.facilities[:5]]
    whole.save()
    asked = choice(county)
    listed = lists.facilities_of(asked)
    assert sum(row.people for row in listed.rows if row.counted) == 200
    assert {row.key for row in listed.rows} == {
        f"f{one['id']}" for one in facility_features(asked)["features"]
    }
    # Those that are not counted have no such figure, and come last.
    assert [row.counted for row in listed.rows] == sorted((row.counted for row in listed.rows), reverse=True)
    assert all(row.people is None for row in listed.rows if not row.counted)


def test_what_is_selected_on_the_map_is_listed_wherever_it_is(county, monkeypatch):
    east, west = county.villages[0].parent, county.villages[2].parent
    asked = choice(county, **{"in": east.code})
    assert {row.division.parent for row in lists.places_of(asked).rows} == {east}
    elsewhere = next(row for row in lists.places_of(choice(county)).rows if row.division.parent == west)
    assert elsewhere.key in {row.key for row in lists.places_of(asked, selected=elsewhere.key).rows}
    # A list that is cut off says so, and has the selected row all the same.
    monkeypatch.setattr(lists, "MOST_ROWS", 1)
    last = lists.places_of(choice(county), selected=elsewhere.key)
    assert (last.left_out, elsewhere.key in {row.key for row in last.rows}) == (4 - len(last.rows), True)


def test_a_clerk_sees_the_own_township_only(county, clerk):
    answer = clerk.get(reverse("maps:planner_run", args=[county.run.pk]), {"list": "places"})
    own = county.villages[0].parent
    assert {row.division.parent for row in answer.context["place_rows"].rows} == {own}


def test_a_facility_that_may_not_be_named_is_not_named_to_a_clerk(county, clerk):
    secret = county.facilities[2]
    type(secret).objects.filter(pk=secret.pk).update(secret=True)
    whole = county.run.sets.get()
    whole.facility_ids = [secret.pk]
    whole.save()
    whole.reaches.update(facility=secret, state="reached", time_ms=300_000)
    asked = reverse("maps:planner_run", args=[county.run.pk])
    assert secret.name not in clerk.get(asked, {"list": "places"}).content.decode()
    assert secret.name not in clerk.get(asked, {"list": "facilities"}).content.decode()
    drawn = clerk.get(reverse("maps:planner_layer", args=[county.run.pk, "places"]))
    assert secret.name not in drawn.content.decode()


@pytest.mark.parametrize("name", [*lists.LISTS, "nonsense"])
def test_each_list_has_an_address_that_keeps_the_question(county, planner, name):
    answer = planner.get(
        reverse("maps:planner_run", args=[county.run.pk]), {"list": name, "limit": "600", "sel": "p1"}
    )
    assert answer.status_code == 200
    addresses = [address for _key, _word, address in answer.context["lists"]]
    assert all("limit=600" in one and "sel=" not in one for one in addresses)
