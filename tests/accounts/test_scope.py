"""Everybody acts in the own office's division and below: on lists, forms, choices, actions, histories."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from facilities.models import Facility
from geo_registry.accounts import policy
from geo_registry.accounts.models import Office, Role, User
from geo_registry.accounts.policy import Action
from geo_registry.territory.models import Division, Installation, Level, Road
from placenames.models import Name, Place, Spelling
from tests import factories

BACKEND = "geo_registry.accounts.backends.PolicyBackend"

pytestmark = pytest.mark.django_db


@pytest.fixture
def facilities(county) -> dict[str, Facility]:
    kind = factories.KindFactory()
    return {
        "east": factories.FacilityFactory(
            name="东边的", kind=kind, division=county.east_village, published=False
        ),
        "west": factories.FacilityFactory(
            name="西边的", kind=kind, division=county.west_village, published=False
        ),
        "elsewhere": factories.FacilityFactory(
            name="外县的", kind=kind, division=county.elsewhere, published=False
        ),
    }


def form_of(facility: Facility, **changes: object) -> dict[str, object]:
    """What the facility's form sends, with nothing but the fields it needs."""
    empty = {
        f"{prefix}-{field}": 0
        for prefix in ("statuses", "readings", "functions", "operators")
        for field in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    fields = {
        "name": facility.name,
        "number": facility.number,
        "kind": facility.kind_id,
        "division": facility.division_id,
        "location": "",
    }
    return {**empty, **fields, **changes}


class TestMay:
    def test_a_clerk_acts_in_the_own_township_and_nowhere_else(self, county, people):
        clerk = people[Role.CLERK]
        assert policy.may(clerk, Action.EDIT_FACILITIES, division=county.east)
        assert policy.may(clerk, Action.EDIT_FACILITIES, division=county.east_village)
        assert not policy.may(clerk, Action.EDIT_FACILITIES, division=county.west)
        assert not policy.may(clerk, Action.EDIT_FACILITIES, division=county.county)
        assert not policy.may(clerk, Action.RUN_COVERAGE, division=county.east)

    def test_a_clerk_of_a_county_office_acts_nowhere(self, county, people):
        clerk = people[Role.CLERK]
        clerk.office = county.office
        assert not policy.may(clerk, Action.READ)
        assert policy.limit(Division.objects.all(), clerk).count() == 0

    def test_a_clerk_without_an_office_acts_nowhere(self, people):
        clerk = people[Role.CLERK]
        clerk.office = None
        assert not any(policy.may(clerk, action) for action in Action)

    def test_others_without_an_office_act_in_the_whole_home_and_not_outside(self, county, people):
        planner = people[Role.PLANNER]
        planner.office = None
        assert policy.may(planner, Action.EDIT_TERRITORY, division=county.west)
        assert not policy.may(planner, Action.EDIT_TERRITORY, division=county.elsewhere)

    def test_an_administrator_acts_everywhere(self, county, people):
        assert policy.may(people[Role.ADMINISTRATOR], Action.MANAGE_ACCOUNTS, division=county.elsewhere)

    def test_a_code_that_begins_alike_is_not_below(self, county, people):
        longer = Division.objects.create(
            code="9901011019", name="假东镇", level=Level.TOWNSHIP, parent=county.county
        )
        assert longer.path.startswith(county.east.path[:-1])
        assert not policy.may(people[Role.CLERK], Action.EDIT_FACILITIES, division=longer)

    def test_nobody_who_is_not_signed_in_or_disabled_may_anything(self, people):
        person = people[Role.ADMINISTRATOR]
        person.is_active = False
        for someone in (person, AnonymousUser()):
            assert not any(policy.may(someone, action) for action in Action)

    def test_every_action_is_granted_to_somebody_and_has_words(self):
        assert set(policy.GRANTS) == set(policy.LABELS) == set(Action)
        assert all(Role.ADMINISTRATOR in roles for roles in policy.GRANTS.values())

    def test_rows_without_a_division_are_seen_by_whoever_acts_in_the_whole_home(self, county, people):
        road = factories.RoadFactory(division=None)
        seen = {
            role: policy.limit(Road.objects.all(), person).filter(pk=road.pk).exists()
            for role, person in people.items()
        }
        assert seen == {role: role != Role.CLERK for role in Role}

    def test_no_table_without_a_row_is_let_through(self, people):
        with pytest.raises(KeyError):
            policy.limit(factories.CoverageShareFactory._meta.model.objects.all(), people[Role.ADMINISTRATOR])
        assert not people[Role.ADMINISTRATOR].has_perm("facilities.change_coverageshare")
        assert not people[Role.ADMINISTRATOR].has_perm("nonsense")


class TestPages:
    def test_a_list_shows_the_own_township_only(self, client, people, facilities):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        page = client.get(reverse("admin:facilities_facility_changelist"))
        assert list(page.context["cl"].queryset) == [facilities["east"]]

    def test_a_county_office_sees_its_county_only(self, client, people, facilities):
        client.force_login(people[Role.VIEWER], backend=BACKEND)
        page = client.get(reverse("admin:facilities_facility_changelist"))
        assert set(page.context["cl"].queryset) == {facilities["east"], facilities["west"]}

    def test_another_townships_record_does_not_open(self, client, people, facilities):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        address = reverse("admin:facilities_facility_change", args=[facilities["west"].pk])
        assert client.get(address).status_code == 302
        assert client.post(address, form_of(facilities["west"], name="改名")).status_code == 403
        facilities["west"].refresh_from_db()
        assert facilities["west"].name == "西边的"

    def test_a_clerk_reads_there_and_edits_on_the_offices_own_pages(self, client, people, facilities):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        address = reverse("admin:facilities_facility_change", args=[facilities["east"].pk])
        assert client.get(address).status_code == 200
        assert client.post(address, form_of(facilities["east"], name="改名")).status_code == 403
        facilities["east"].refresh_from_db()
        assert facilities["east"].name == "东边的"

    def test_a_place_cannot_be_moved_out_of_the_own_township(self, client, county, people):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        place = factories.PlaceFactory(division=county.east_village, kind=factories.PlaceKindFactory())
        form = {
            "kind": place.kind_id, "geometry": "", "division": county.west.pk,
            "names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0,
        }  # fmt: skip
        page = client.post(reverse("admin:placenames_place_change", args=[place.pk]), form)
        assert "division" in page.context["adminform"].form.errors

    def test_choices_offer_the_own_township_only(self, client, county, people):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        page = client.get(
            reverse("admin:autocomplete"),
            {"term": "镇", "app_label": "placenames", "model_name": "place", "field_name": "division"},
        )
        assert [row["text"] for row in json.loads(page.content)["results"]] == ["东镇"]

    def test_choices_do_not_give_away_accounts(self, client, people):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        page = client.get(
            reverse("admin:autocomplete"),
            {"term": "", "app_label": "placenames", "model_name": "spelling", "field_name": "confirmed_by"},
        )
        assert page.status_code == 403

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.NAME_OFFICER, Role.REVIEWER])
    def test_whoever_may_only_read_changes_nothing(self, client, people, facilities, role):
        client.force_login(people[role], backend=BACKEND)
        address = reverse("admin:facilities_facility_change", args=[facilities["east"].pk])
        page = client.get(address)
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert client.post(address, form_of(facilities["east"], name="改名")).status_code == 403

    def test_a_clerks_new_place_names_its_division(self, client, county, people):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        kind = factories.PlaceKindFactory()
        form = {"kind": kind.pk, "geometry": "", "names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0}
        page = client.post(reverse("admin:placenames_place_add"), form)
        assert "division" in page.context["adminform"].form.errors
        client.post(reverse("admin:placenames_place_add"), {**form, "division": county.east.pk})
        assert Place.objects.filter(division=county.east).exists()

    def test_a_planner_cannot_plant_a_new_root(self, client, people):
        client.force_login(people[Role.PLANNER], backend=BACKEND)
        form = {
            "name": "新县", "code": "990103", "level": Level.COUNTY, "point": "", "boundary": "",
            "denominator_flags-TOTAL_FORMS": 0, "denominator_flags-INITIAL_FORMS": 0,
        }  # fmt: skip
        page = client.post(reverse("admin:territory_division_add"), form)
        assert "parent" in page.context["adminform"].form.errors


class TestPublishing:
    def publish(self, client, facility: Facility) -> None:
        client.post(
            reverse("admin:facilities_facility_changelist"),
            {"action": "publish", "_selected_action": [facility.pk]},
        )
        facility.refresh_from_db()

    @pytest.mark.parametrize(
        ("role", "does"),
        [
            (Role.REVIEWER, True),
            (Role.ADMINISTRATOR, True),
            (Role.PLANNER, False),
            (Role.CLERK, False),
            (Role.VIEWER, False),
        ],
    )
    def test_reviewers_and_administrators_decide_what_is_public(self, client, people, facilities, role, does):
        client.force_login(people[role], backend=BACKEND)
        self.publish(client, facilities["east"])
        assert facilities["east"].published is does

    def test_not_outside_the_own_county(self, client, people, facilities):
        client.force_login(people[Role.REVIEWER], backend=BACKEND)
        self.publish(client, facilities["elsewhere"])
        assert not facilities["elsewhere"].published

    def test_a_clerks_form_does_not_publish(self, client, people, facilities):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        address = reverse("admin:facilities_facility_change", args=[facilities["east"].pk])
        client.post(address, form_of(facilities["east"], published="on"))
        facilities["east"].refresh_from_db()
        assert not facilities["east"].published


class TestSpelling:
    def confirm(self, client, spelling: Spelling) -> int:
        name = spelling.name
        form = {
            "text": name.text, "place": name.place_id, "status": name.status, "language": "zh",
            "spellings-TOTAL_FORMS": 1, "spellings-INITIAL_FORMS": 1, "spellings-0-id": spelling.pk,
            "spellings-0-name": name.pk, "spellings-0-text": spelling.text, "spellings-0-split_mode": "apart",
            "spellings-0-status": Spelling.Status.CONFIRMED,
        }  # fmt: skip
        return client.post(reverse("admin:placenames_name_change", args=[name.pk]), form).status_code

    @pytest.fixture
    def spelling(self, county) -> Spelling:
        place = factories.PlaceFactory(division=county.east)
        name = factories.NameFactory(place=place, text="兴业路", status=Name.Status.STANDARD)
        return factories.SpellingFactory(name=name, text="Xīngyè Lù", status=Spelling.Status.PROPOSED)

    def test_a_name_officer_confirms_and_is_written_down(self, client, people, spelling):
        officer = people[Role.NAME_OFFICER]
        client.force_login(officer, backend=BACKEND)
        self.confirm(client, spelling)
        spelling.refresh_from_db()
        assert spelling.status == Spelling.Status.CONFIRMED
        assert spelling.confirmed_by == officer
        assert spelling.confirmed_at is not None

    def test_a_clerk_drafts_but_does_not_confirm(self, client, people, spelling):
        client.force_login(people[Role.CLERK], backend=BACKEND)
        self.confirm(client, spelling)
        spelling.refresh_from_db()
        assert spelling.status == Spelling.Status.PROPOSED


class TestGround:
    def test_a_division_that_gets_another_parent_takes_all_below_along(self, client, county, people):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        form = {
            "name": "东镇", "level": Level.TOWNSHIP, "parent": county.elsewhere.pk, "point": "", "boundary": "",
            "denominator_flags-TOTAL_FORMS": 0, "denominator_flags-INITIAL_FORMS": 0,
        }  # fmt: skip
        client.post(reverse("admin:territory_division_change", args=[county.east.pk]), form)
        county.east_village.refresh_from_db()
        assert county.east_village.path == "990102/990101101/990101101201/"

    def test_a_planner_edits_the_own_county_without_touching_what_it_belongs_to(self, client, county, people):
        client.force_login(people[Role.PLANNER], backend=BACKEND)
        form = {
            "name": "甲县（改）", "level": Level.COUNTY, "point": "", "boundary": "",
            "denominator_flags-TOTAL_FORMS": 0, "denominator_flags-INITIAL_FORMS": 0,
        }  # fmt: skip
        client.post(reverse("admin:territory_division_change", args=[county.county.pk]), form)
        county.county.refresh_from_db()
        assert (county.county.name, county.county.parent) == ("甲县（改）", None)

    def test_a_ring_of_divisions_is_refused(self, client, county, people):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        form = {
            "name": "东镇", "level": Level.TOWNSHIP, "parent": county.east_village.pk, "point": "", "boundary": "",
            "denominator_flags-TOTAL_FORMS": 0, "denominator_flags-INITIAL_FORMS": 0,
        }  # fmt: skip
        page = client.post(reverse("admin:territory_division_change", args=[county.east.pk]), form)
        assert "parent" in page.context["adminform"].form.errors

    def test_a_road_that_is_drawn_is_measured(self, client, county, people):
        client.force_login(people[Role.PLANNER], backend=BACKEND)
        line = json.dumps({"type": "LineString", "coordinates": [[106.0, 38.0], [106.01, 38.0]]})
        form = {"road_class": "residential", "oneway": "no", "layer": 0, "geometry": line}
        client.post(reverse("admin:territory_road_add"), form)
        road = Road.objects.get()
        assert road.length_m == pytest.approx(878.2, abs=0.5)
        assert road.geometry.srid == 4490
        assert road.geometry.coords == ((106.0, 38.0), (106.01, 38.0))

    def test_the_list_of_the_one_installation_is_its_form(self, client, people):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        answer = client.get(reverse("admin:territory_installation_changelist"))
        row = Installation.objects.get()
        assert answer["Location"] == reverse("admin:territory_installation_change", args=[row.pk])
        assert client.get(reverse("admin:territory_installation_add")).status_code == 403


def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    client, county, people, django_assert_max_num_queries
):
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    kind = factories.KindFactory()
    for _number in range(40):
        factories.FacilityFactory(kind=kind, division=county.east)
    place_kind = factories.PlaceKindFactory()
    for _number in range(40):
        factories.NameFactory(place=factories.PlaceFactory(kind=place_kind, division=county.east))
    for name, queries in (("facilities_facility", 20), ("placenames_place", 20), ("placenames_name", 20)):
        with django_assert_max_num_queries(queries):
            client.get(reverse(f"admin:{name}_changelist"))


def test_offices_and_people_of_the_fixture_fit_the_policy(people):
    assert User.objects.count() == len(Role)
    assert Office.objects.count() == 2


class TestForms:
    def test_a_list_of_words_is_written_one_a_line(self, client, people):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        kind = factories.KindFactory(code="canteen", synonyms=["老年食堂", "老年饭桌"])
        address = reverse("admin:facilities_kind_change", args=[kind.pk])
        assert "老年食堂\n老年饭桌" in client.get(address).content.decode()
        form = {
            "name_zh": "老饭桌", "tier": kind.tier_id, "position": 10, "shape": "circle", "glyph": "饭",
            "osm_tags": "{}", "synonyms": " 老年食堂 \r\n\r\n助餐食堂\r\n",
        }  # fmt: skip
        client.post(address, form)
        kind.refresh_from_db()
        assert kind.synonyms == ["老年食堂", "助餐食堂"]

    def test_what_files_know_a_row_by_does_not_change(self, client, county, people, facilities):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        east = facilities["east"]
        before = east.number
        address = reverse("admin:facilities_facility_change", args=[east.pk])
        client.post(address, form_of(east, number="X1", name="改名"))
        east.refresh_from_db()
        assert (east.number, east.name) == (before, "改名")
