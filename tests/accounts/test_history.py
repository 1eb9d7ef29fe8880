"""Every change of registry data is written down, whoever makes it and however, and reads as sentences."""

from __future__ import annotations

import datetime

import pghistory
import pytest
from django.contrib.gis.geos import Point
from django.db.models import F
from django.urls import reverse
from django.utils import translation

from facilities.models import Facility, FacilityStatus, Kind, Status
from geo_registry.accounts import history
from geo_registry.accounts.history import What
from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import RECORDS
from geo_registry.territory.models import PopulationCount, Road
from placenames.models import Place
from tests import factories

BACKEND = "geo_registry.accounts.backends.PolicyBackend"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def facility(county) -> Facility:
    made = factories.FacilityFactory(
        name="东一村助餐点", division=county.east_village, public_phone="0000-0000001"
    )
    an_hour_later()
    return made


def an_hour_later() -> None:
    """Put all that was recorded so far an hour back: within a test's one transaction the database's clock stands still."""
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        if history.is_tracked(model):
            history.event_model(model).objects.update(
                pgh_created_at=F("pgh_created_at") - datetime.timedelta(hours=1)
            )


def of(record) -> list[history.Change]:
    return history.record_history(type(record), record.pk)


def test_a_save_is_recorded_field_by_field_with_who_and_where(people, facility):
    with pghistory.context(user=people[Role.CLERK].pk, url="/admin/facilities/facility/1/change/"):
        facility.public_phone = "0000-0000002"
        facility.name = "东一村老年助餐点"
        facility.save()
    latest = of(facility)[0]
    assert (latest.who, latest.where) == ("clerk", "/admin/facilities/facility/1/change/")
    (row,) = latest.rows
    assert row.what is What.CHANGED
    assert [(field.label, field.before, field.after) for field in row.fields] == [
        ("name", "东一村助餐点", "东一村老年助餐点"),
        ("public telephone", "0000-0000001", "0000-0000002"),
    ]


def test_a_bulk_update_is_recorded_with_who(people, facility, county):
    other = factories.FacilityFactory(kind=facility.kind, division=county.east_village)
    an_hour_later()
    with pghistory.context(user=people[Role.REVIEWER].pk):
        Facility.objects.all().update(published=False)
    for record in (facility, other):
        latest = of(record)[0]
        assert latest.who == "reviewer"
        assert [(field.label, field.before, field.after) for field in latest.rows[0].fields] == [
            ("published", "yes", "no")
        ]


def test_bulk_create_is_recorded_with_the_command(facility):
    with pghistory.context(command="import_data", file="facilities.xlsx"):
        FacilityStatus.objects.bulk_create(
            [
                FacilityStatus(
                    facility=facility, status=Status.PAUSED, valid_from=datetime.date(2024, 3, 25)
                ),
                FacilityStatus(facility=facility, status=Status.OPEN, valid_from=datetime.date(2024, 6, 1)),
            ]
        )
    latest = of(facility)[0]
    assert (latest.who, latest.where) == ("the program, by command", "import_data · facilities.xlsx")
    assert [row.what for row in latest.rows] == [What.ADDED, What.ADDED]
    assert {field.after for row in latest.rows for field in row.fields if field.label == "status"} == {
        "paused",
        "in operation",
    }


def test_a_bulk_update_of_ten_thousand_rows_is_recorded_in_one_go(people, django_assert_max_num_queries):
    place = factories.PopulatedPlaceFactory()
    first = datetime.date(1990, 1, 1)
    with pghistory.context(user=people[Role.PLANNER].pk), django_assert_max_num_queries(12):
        PopulationCount.objects.bulk_create(
            PopulationCount(place=place, group="age60", people=1, as_of=first + datetime.timedelta(days=day))
            for day in range(10_000)
        )
        PopulationCount.objects.update(people=2)
    events = PopulationCount.pgh_event_models["insert"].objects
    assert events.count() == 20_000
    assert events.filter(pgh_context__user=people[Role.PLANNER].pk).count() == 20_000


def test_a_deleted_row_leaves_its_last_words(people, facility):
    status = facility.statuses.get()
    with pghistory.context(user=people[Role.CLERK].pk):
        status.delete()
    latest = of(facility)[0]
    assert latest.rows[0].what is What.REMOVED
    assert latest.rows[0].title == "status: in operation 2022-01-01"
    assert latest.who == "clerk"


def test_what_a_person_did_at_one_moment_stands_together_the_record_first(people, facility):
    with pghistory.context(user=people[Role.CLERK].pk):
        factories.CapacityReadingFactory(facility=facility, total=30)
        facility.note = "已核实"
        facility.save()
    latest = of(facility)[0]
    assert [row.is_record for row in latest.rows] == [True, False]


def test_a_moved_point_says_how_far_and_where_to(facility):
    facility.location = Point(106.0, 38.001, srid=4490)
    facility.save()
    (field,) = of(facility)[0].rows[0].fields
    assert field.words == "moved 111 m to the north"


def test_a_point_that_is_taken_away_and_set_again_is_said_in_words(facility):
    facility.location = None
    facility.save()
    assert of(facility)[0].rows[0].fields[0].words == "taken away"
    an_hour_later()
    facility.location = Point(106.5, 38.25, srid=4490)
    facility.save()
    assert of(facility)[0].rows[0].fields[0].words == "drawn: 106.500000° E, 38.250000° N"


def test_a_lengthened_line_and_an_enlarged_area_are_said_in_words():
    road = factories.RoadFactory()
    an_hour_later()
    road.geometry = factories.line((106.0, 38.0), (106.02, 38.0))
    road.save()
    assert of(road)[0].rows[0].fields[0].words == "length 878 m → 1.76 km, moved by up to 878 m"
    area = factories.BuiltUpAreaFactory(geometry=factories.square(half_deg=0.02))
    an_hour_later()
    area.geometry = factories.square(half_deg=0.04)
    area.save()
    words = of(area)[0].rows[0].fields[0].words
    assert words == "area 15.60 km² → 62.39 km², 100.0 % of the former area is still in it"


def test_a_save_that_changes_nothing_people_read_is_left_out(facility):
    before = len(of(facility))
    facility.save()
    assert len(of(facility)) == before


def test_roads_of_a_place_are_recorded_though_no_model_of_ours_holds_them(people):
    place = factories.PlaceFactory()
    road = factories.RoadFactory(name="兴业路")
    an_hour_later()
    with pghistory.context(user=people[Role.NAME_OFFICER].pk):
        place.roads.add(road)
    added = of(place)[0]
    assert (added.who, added.rows[0].what, added.rows[0].title) == (
        "name_officer",
        What.ADDED,
        "road of a place: 兴业路",
    )
    an_hour_later()
    place.roads.clear()
    assert of(place)[0].rows[0].what is What.REMOVED
    assert of(road)[0].rows[0].title.startswith("road of a place: ")


def test_usual_functions_of_a_kind_are_recorded():
    kind = factories.KindFactory()
    an_hour_later()
    kind.functions.add(factories.FunctionFactory(name_zh="吃饭", name_en="Meals"))
    assert of(kind)[0].rows[0].title == "usual function: Meals"


def test_spellings_of_names_belong_to_the_place():
    spelling = factories.SpellingFactory()
    titles = [row.title for change in of(spelling.name.place) for row in change.rows]
    assert any(title.startswith("spelling: ") for title in titles)
    assert any(title.startswith("name: ") for title in titles)


def test_a_password_is_never_in_the_history(people):
    event = User.pgh_event_models["insert"]
    assert "password" not in {field.name for field in event._meta.fields}


def test_every_table_that_people_edit_is_tracked():
    from django.apps import apps

    not_data = {"facilities.coveragerun", "imports.batch", "jobs.job", "worklist.notification"}
    untracked = {
        label for label in RECORDS if label not in not_data and not history.is_tracked(apps.get_model(label))
    }
    assert untracked == set()


def test_every_many_to_many_of_a_tracked_table_is_tracked():
    from django.apps import apps

    tracked_through = {
        model._meta.concrete_model
        for model in apps.get_models(include_auto_created=True)
        if history.is_tracked(model)
    }
    missing = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if history.is_tracked(model) and not model._meta.proxy
        for field in model._meta.many_to_many
        if field.remote_field.through._meta.concrete_model not in tracked_through
    ]
    assert missing == []


class TestPage:
    def address(self, record) -> str:
        return reverse("accounts:history", args=[record._meta.app_label, record._meta.model_name, record.pk])

    def test_a_form_writes_who_and_where_by_itself(self, client, people, facility):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        form = {
            f"{prefix}-{field}": 0
            for prefix in ("statuses", "readings", "functions", "operators")
            for field in ("TOTAL_FORMS", "INITIAL_FORMS")
        } | {
            "name": "新名",
            "number": facility.number,
            "kind": facility.kind_id,
            "division": facility.division_id,
            "location": "",
        }
        where = reverse("admin:facilities_facility_change", args=[facility.pk])
        assert client.post(where, form).status_code == 302
        latest = of(facility)[0]
        assert (latest.who, latest.where) == ("administrator", where)

    def test_is_what_the_administrations_history_button_opens(self, client, people, facility):
        client.force_login(people[Role.VIEWER], backend=BACKEND)
        answer = client.get(reverse("admin:facilities_facility_history", args=[facility.pk]))
        assert answer["Location"] == self.address(facility)
        assert "东一村助餐点" in client.get(answer["Location"]).content.decode()

    def test_is_not_shown_for_another_townships_record(self, client, county, people):
        west = factories.FacilityFactory(division=county.west_village)
        client.force_login(people[Role.CLERK], backend=BACKEND)
        assert client.get(self.address(west)).status_code == 403

    def test_of_an_account_is_the_administrators(self, client, people):
        client.force_login(people[Role.PLANNER], backend=BACKEND)
        assert client.get(self.address(people[Role.CLERK])).status_code == 403
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        assert client.get(self.address(people[Role.CLERK])).status_code == 200

    def test_of_a_deleted_record_is_the_administrators(self, client, people, facility):
        address = self.address(facility)
        facility.delete()
        client.force_login(people[Role.PLANNER], backend=BACKEND)
        assert client.get(address).status_code == 403
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        assert client.get(address).status_code == 200

    @pytest.mark.parametrize(
        "tail",
        [
            "facilities/nonsense/1/",
            "facilities/coveragerun/1/",
            "facilities/facility/abc/",
            "facilities/facility/99/",
        ],
    )
    def test_of_nothing_is_not_found(self, client, people, tail):
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        assert client.get(f"/accounts/history/{tail}").status_code == 404

    def test_takes_few_queries_however_long_it_is(
        self, client, people, facility, django_assert_max_num_queries
    ):
        for day in range(1, 29):
            factories.CapacityReadingFactory(facility=facility, as_of=datetime.date(2024, 2, day))
        client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
        with django_assert_max_num_queries(40):
            client.get(self.address(facility))


def test_the_tag_shows_nothing_to_a_reader_who_may_not_see_the_record(rf, county, people, facility):
    from django.template import Context, Template

    template = Template("{% load history %}{% record_history record %}")
    west = factories.FacilityFactory(division=county.west_village, name="西边的")
    request = rf.get("/")
    request.user = people[Role.CLERK]
    assert "西边的" not in template.render(Context({"record": west, "request": request}))
    assert "东一村助餐点" in template.render(Context({"record": facility, "request": request}))


def test_the_factories_kinds_are_what_this_file_thinks():
    assert history.is_tracked(Kind)
    assert history.is_tracked(Road)
    assert history.is_tracked(Place)


def test_the_page_of_a_demo_records_history_says_so_and_of_a_true_record_in_a_true_registry_does_not(
    client, people, facility
):
    client.force_login(people[Role.VIEWER], backend=BACKEND)
    url = reverse("accounts:history", args=["facilities", "facility", facility.pk])
    assert "Demo data" not in client.get(url, headers={"accept-language": "en"}).content.decode()
    facility.source = factories.SourceFactory(code="invented", is_demo=True)
    facility.save()
    assert "Demo data" in client.get(url, headers={"accept-language": "en"}).content.decode()
