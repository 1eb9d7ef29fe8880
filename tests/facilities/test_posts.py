"""Posts: offices and not persons, one holder at a time, what is vacant, and nothing public that is not marked so."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from facilities.models import Appointment, Facility, Post
from facilities.services import posts
from geo_registry.accounts.models import Role
from geo_registry.geodata.records import Outcome
from geo_registry.imports.services.importing import run_import
from tests import little_county
from tests.browser.conftest import BACKEND
from tests.imports.files import csv_file

DAY = datetime.date(2024, 3, 1)


@pytest.fixture
def county(db):
    return little_county.make()


@pytest.fixture
def director(county):
    return Post.objects.create(code="village-child-director", name_zh="儿童主任", name_en="Director", level=5)


@pytest.fixture
def head(county):
    return Post.objects.create(code="facility-head", name_zh="设施负责人", name_en="Head")


def fill(post, place, user, **values):
    return posts.fill(post=post, place=place, user=user, **{"valid_from": DAY, **values})


def test_the_next_ends_whoever_filled_it_before(county, director):
    admin, village = county.people[Role.ADMINISTRATOR], county.villages[0]
    first = fill(director, village, admin, ask_for="王主任")
    second = fill(director, village, admin, ask_for="李主任", valid_from=datetime.date(2025, 1, 1))
    first.refresh_from_db()
    assert first.valid_to == second.valid_from
    held = dict(posts.posts_of(village, day=datetime.date(2024, 6, 1)))
    assert held[director] == first
    assert dict(posts.posts_of(village))[director] == second
    earlier = fill(director, village, admin, valid_from=datetime.date(2023, 1, 1))
    assert earlier.valid_to == DAY, "what is entered later about earlier runs into nobody"
    with pytest.raises(ValidationError):
        fill(director, village, admin)


@pytest.mark.parametrize(
    "values",
    [
        {"ask_for": "王640181199001011234"},
        {"ask_for": "13900000001"},
        {"ask_for": "王" * 21},
        {"valid_to": DAY},
        {"valid_from": None},
        {"public": True},
        {"public": True, "office_phone": "13900000001"},
    ],
)
def test_personal_numbers_and_impossible_days_are_refused(county, director, values):
    with pytest.raises(ValidationError):
        fill(director, county.villages[0], county.people[Role.ADMINISTRATOR], **values)
    assert not Appointment.objects.exists()


def test_a_post_belongs_where_its_level_or_network_says(county, director, head):
    admin = county.people[Role.ADMINISTRATOR]
    for post, place in (
        (director, county.villages[0].parent),
        (director, county.facilities[0]),
        (head, county.villages[0]),
    ):
        with pytest.raises(ValidationError):
            fill(post, place, admin)
    assert fill(head, county.facilities[0], admin).place_name == county.facilities[0].name


def test_a_clerk_keeps_and_sees_the_own_township_and_makes_nothing_public(county, director):
    clerk, admin = county.people[Role.CLERK], county.people[Role.ADMINISTRATOR]
    own = fill(director, county.villages[0], clerk, office_phone="0951-4000000")
    with pytest.raises(PermissionDenied):
        fill(director, county.villages[2], clerk)
    with pytest.raises(PermissionDenied):
        fill(director, county.villages[1], clerk, public=True, office_phone="0951-4000000")
    fill(director, county.villages[2], admin)
    assert list(posts.visible(clerk)) == [own]
    assert [line.place for line in posts.register(director, user=clerk)] == county.villages[:2]


def test_vacancies_are_the_places_where_nobody_is_today(county, director):
    admin = county.people[Role.ADMINISTRATOR]
    fill(director, county.villages[0], admin)
    fill(director, county.villages[1], admin, valid_to=datetime.date(2024, 5, 1))
    fill(director, county.villages[2], admin, valid_from=datetime.date(2999, 1, 1))
    vacant = [line.place for line in posts.register(director, user=admin, only_vacant=True)]
    assert vacant == county.villages[1:]
    lines = posts.register(director, user=admin)
    assert [line.appointment is None for line in lines] == [False, True, True, True]


def test_the_register_is_read_in_a_fixed_number_of_queries(county, director, django_assert_max_num_queries):
    admin = county.people[Role.ADMINISTRATOR]
    for village in county.villages:
        fill(director, village, admin)
    with django_assert_max_num_queries(5):
        [(line.township, line.appointment.ask_for) for line in posts.register(director, user=admin)]


# Public


def test_only_what_is_marked_and_of_a_public_place_is_public(county, director, head):
    admin = county.people[Role.ADMINISTRATOR]
    draft = Facility.objects.get(number="DRAFT")
    shown = fill(director, county.villages[0], admin, public=True, office_phone="0951-4000001")
    fill(director, county.villages[1], admin, office_phone="0951-4000002")
    fill(head, draft, admin, public=True, office_phone="0951-4000003")
    fill(
        director,
        county.villages[2],
        admin,
        public=True,
        office_phone="0951-4000004",
        valid_to=datetime.date(2024, 4, 1),
    )
    assert list(Appointment.objects.public()) == [shown]
    assert "ask_for" not in Appointment.PUBLIC_FIELDS


def test_no_public_page_or_file_holds_any_of_it(client, county, director, head):
    admin = county.people[Role.ADMINISTRATOR]
    told = ["秘密王主任", "0951-7654321", "秘密李院长", "0951-7654322"]
    fill(director, county.villages[0], admin, ask_for=told[0], office_phone=told[1])
    fill(head, county.facilities[0], admin, ask_for=told[2], office_phone=told[3])
    addresses = [
        "/", "/?need=meals", reverse("maps:facility", args=[county.facilities[0].number]),
        reverse("maps:facilities_geojson"), reverse("placenames:search"),
        reverse("placenames:place", args=[county.place.short_id]), reverse("placenames:geometry", args=[county.place.short_id]),
    ]  # fmt: skip
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        for text in told:
            assert text not in answer.content.decode(), address
    for name, args in (
        ("posts", []), ("posts_division", [county.villages[0].code]),
        ("post_place", [director.code, "division", county.villages[0].code]),
    ):  # fmt: skip
        assert client.get(reverse(f"facilities:{name}", args=args)).status_code == 302


# Pages and files


def test_a_clerk_fills_a_post_on_its_page_and_sees_it_on_the_card(client, county, head):
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    number = county.facilities[0].number
    address = reverse("facilities:post_place", args=[head.code, "facility", number])
    page = client.get(address)
    assert "public" not in page.context["form"].fields
    answer = client.post(
        address, {"ask_for": "赵院长", "office_phone": "0951-4000009", "valid_from": "2024-03-01"}
    )
    assert answer.status_code == 302
    assert "赵院长" in client.get(reverse("facilities:record", args=[number])).content.decode()
    row = Appointment.objects.get()
    answer = client.post(
        address,
        {
            "change": row.pk,
            "ask_for": "赵院长",
            "office_phone": "",
            "valid_from": "2024-03-01",
            "valid_to": "2024-02-01",
        },
    )
    assert answer.status_code == 422
    client.post(
        address,
        {
            "change": row.pk,
            "ask_for": "赵院长",
            "office_phone": "",
            "valid_from": "2024-03-01",
            "valid_to": "2024-09-01",
        },
    )
    row.refresh_from_db()
    assert row.valid_to == datetime.date(2024, 9, 1)


def test_places_out_of_scope_are_not_there_and_viewers_only_look(client, county, director):
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    west = county.villages[2].code
    assert (
        client.get(reverse("facilities:post_place", args=[director.code, "division", west])).status_code
        == 404
    )
    assert client.get(reverse("facilities:posts_division", args=[west])).status_code == 404
    client.force_login(county.people[Role.VIEWER], backend=BACKEND)
    address = reverse("facilities:post_place", args=[director.code, "division", county.villages[0].code])
    assert client.get(address).status_code == 200
    assert client.post(address, {"valid_from": "2024-03-01"}).status_code == 403
    assert not Appointment.objects.exists()


def test_the_sheet_is_filled_in_and_read_back(client, county, director, head, tmp_path):
    admin = county.people[Role.ADMINISTRATOR]
    fill(director, county.villages[0], admin, ask_for="王主任", office_phone="0951-4000000")
    client.force_login(admin, backend=BACKEND)
    answer = client.post(reverse("facilities:posts_export"), {"post": director.code, "in": "", "vacant": ""})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "示范数据"
    assert len(rows) == 2 + len(county.villages)
    header = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(4, header["称呼"]).value = "李主任"
    sheet.cell(4, header["任职日期"]).value = datetime.datetime(2024, 5, 1)
    sheet.cell(5, header["称呼"]).value = "无日期"
    path = tmp_path / "posts.xlsx"
    book.save(path)
    report = run_import(kind="posts", path=path, user=admin)
    assert Appointment.objects.count() == 2
    assert Appointment.objects.get(ask_for="李主任").division == county.villages[1]
    assert report.counts[Outcome.REFUSED] == 1
    again = run_import(kind="posts", path=path, user=admin)
    assert again.counts[Outcome.NEW] == again.counts[Outcome.CHANGED] == 0


def test_a_name_that_several_posts_have_is_no_post(county, director, tmp_path):
    Post.objects.create(code="another", name_zh=director.name_zh, name_en="Another", level=5)
    admin = county.people[Role.ADMINISTRATOR]
    row = {
        "岗位": director.name_zh,
        "区划代码": county.villages[0].code,
        "称呼": "李主任",
        "任职日期": "2024-05-01",
    }
    report = run_import(kind="posts", path=csv_file(tmp_path / "p.csv", [row]), user=admin)
    assert report.counts[Outcome.REFUSED] == 1
    assert "another、village-child-director" in str([issue.message for issue in report.issues])
    run_import(kind="posts", path=csv_file(tmp_path / "q.csv", [{**row, "岗位": director.code}]), user=admin)
    assert Appointment.objects.get().post == director
