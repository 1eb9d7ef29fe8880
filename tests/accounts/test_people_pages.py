"""The administrator's pages: accounts are made, disabled, unlocked and given passwords there, and each leaves its trace."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from geo_registry.accounts import history
from geo_registry.accounts import people as listing
from geo_registry.accounts.lockouts import lockouts
from geo_registry.accounts.models import Office, Role, User

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, people) -> User:
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    return people[Role.ADMINISTRATOR]


def sign_in(username, password, client=None):
    client = client or Client()
    answer = client.post(reverse("accounts:login"), {"username": username, "password": password})
    return answer.status_code == 302


def changed_fields(user):
    return {
        field.label: change.who
        for change in history.record_history(User, user.pk)
        for row in change.rows
        for field in row.fields
    }


def shown_password(answer):
    return re.search(r'password-once">([a-z0-9-]{14})<', answer.content.decode())[1]


def test_an_account_made_here_signs_in_with_the_password_shown_once_and_must_choose_another(
    client, admin, county
):
    answer = client.post(
        reverse("accounts:person_new"),
        {"username": "zhang", "display_name": "张", "role": "clerk", "office": county.east_office.pk},
    )
    password = shown_password(answer)
    assert "no-store" in answer["Cache-Control"]
    person = Client()
    assert sign_in("zhang", password, person)
    assert person.get(reverse("accounts:account"))["Location"] == reverse("accounts:password")
    made = User.objects.get(username="zhang")
    assert password not in client.get(reverse("accounts:person", args=[made.pk])).content.decode()


def test_a_refused_account_says_why_beside_the_field_and_keeps_what_was_typed(client, admin, county):
    answer = client.post(
        reverse("accounts:person_new"),
        {"username": "zhang", "display_name": "张三", "role": "clerk", "office": county.office.pk},
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["office"]
    assert "张三" in answer.content.decode()
    assert not User.objects.filter(username="zhang").exists()


def test_who_is_disabled_is_signed_out_at_once_and_let_in_again_later(client, admin, people):
    planner = people[Role.PLANNER]
    theirs = Client()
    theirs.force_login(planner, backend=BACKEND)
    client.post(reverse("accounts:person_state", args=[planner.pk]), {"active": "no"})
    assert theirs.get(reverse("accounts:account")).status_code == 302
    planner.refresh_from_db()
    planner.set_password("a long enough word 1")
    planner.save()
    assert not sign_in(planner.username, "a long enough word 1")
    client.post(reverse("accounts:person_state", args=[planner.pk]), {"active": "yes"})
    assert sign_in(planner.username, "a long enough word 1")
    assert str(admin) in {change.who for change in history.record_history(User, planner.pk)}


def test_nobody_disables_the_own_account_nor_the_last_administrator(client, admin, people):
    client.post(reverse("accounts:person_state", args=[admin.pk]), {"active": "no"})
    admin.refresh_from_db()
    assert admin.is_active
    client.post(
        reverse("accounts:person", args=[admin.pk]),
        {"username": admin.username, "display_name": "", "role": "viewer", "office": ""},
    )
    admin.refresh_from_db()
    assert admin.role == Role.ADMINISTRATOR


def test_a_new_password_signs_out_whoever_holds_the_old_one_and_is_recorded_each_time(client, admin, people):
    planner = people[Role.PLANNER]
    theirs = Client()
    theirs.force_login(planner, backend=BACKEND)
    assert theirs.get(reverse("accounts:account")).status_code == 200
    first = shown_password(client.post(reverse("accounts:reset_password", args=[planner.pk])))
    assert theirs.get(reverse("accounts:account")).status_code == 302
    assert sign_in(planner.username, first)
    before = len(history.record_history(User, planner.pk))
    second = shown_password(client.post(reverse("accounts:reset_password", args=[planner.pk])))
    assert second != first
    assert len(history.record_history(User, planner.pk)) == before + 1, (
        "also where it had to be changed already"
    )
    everything = str(
        [vars(row) for change in history.record_history(User, planner.pk) for row in change.rows]
    )
    assert first not in everything
    assert "md5$" not in everything


def test_whoever_guessed_too_often_is_locked_seen_and_unlocked(client, admin, people):
    planner = people[Role.PLANNER]
    planner.set_password("a long enough word 1")
    planner.save()
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        sign_in(planner.username, "wrong")
    assert not sign_in(planner.username, "a long enough word 1")
    assert lockouts([planner.username])[planner.username][0].failures >= settings.AXES_FAILURE_LIMIT
    page = client.get(reverse("accounts:person", args=[planner.pk]))
    assert page.context["person"].state == "locked"
    found = client.get(reverse("accounts:people") + "?state=locked").context["found"]
    assert [person.user for person in found] == [planner]
    client.post(reverse("accounts:person_unlock", args=[planner.pk]))
    assert lockouts([planner.username]) == {}
    assert sign_in(planner.username, "a long enough word 1")
    assert changed_fields(planner)[str(User._meta.get_field("unlocked_at").verbose_name)] == str(admin)


def test_a_few_wrong_passwords_lock_nobody_out(people):
    sign_in(people[Role.PLANNER].username, "wrong")
    assert lockouts([people[Role.PLANNER].username]) == {}


def test_the_page_says_in_words_what_the_person_may_do(client, admin, people, county):
    page = client.get(reverse("accounts:person", args=[people[Role.CLERK].pk]))
    assert page.context["acts_in"] == county.east.name
    assert len(page.context["may_do"]) >= 3
    homeless = User.objects.create_user("nowhere", role=Role.CLERK)
    page = client.get(reverse("accounts:person", args=[homeless.pk]))
    assert page.context["may_do"] == []


def test_accounts_are_found_by_name_role_and_office(admin, county):
    def found(**asked):
        return {person.user.username for person in listing.people(**asked)}

    assert found(role="clerk") == {"clerk"}
    assert found(text="东镇") == {"clerk"}
    assert found(office=str(county.east_office.pk)) == {"clerk"}
    assert len(found()) == len(Role)
    assert found(office="x", role="y", state="z") == found()


def test_offices_form_a_tree_that_follows_the_divisions(client, admin, county):
    def post(office, **fields):
        address = reverse("accounts:office", args=[office.pk]) if office else reverse("accounts:office_new")
        return client.post(address, {"name": "新", "phone": "", "parent": "", **fields})

    assert post(None, division=county.west.pk, parent=county.office.pk, name="西镇民政办").status_code == 302
    made = Office.objects.get(name="西镇民政办")
    assert post(None, division=county.west.pk, parent=county.east_office.pk).status_code == 422
    answer = post(county.office, name="甲县民政局", division=county.county.pk, parent=made.pk)
    assert "parent" in answer.context["form"].errors
    answer = post(county.east_office, name="东镇民政办", division=county.county.pk)
    assert "division" in answer.context["form"].errors, "its clerk acts in one township"
    county.east_office.refresh_from_db()
    assert county.east_office.division == county.east


def test_an_office_cannot_report_to_itself_by_way_of_others(client, admin, county):
    county.east_office.parent = county.office
    county.east_office.save()
    answer = client.post(
        reverse("accounts:office", args=[county.office.pk]),
        {"name": "甲县民政局", "phone": "", "division": county.county.pk, "parent": county.east_office.pk},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["people", "person_new", "offices", "office_new"])
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_sees_these_pages(client, people, name, role):
    client.force_login(people[role], backend=BACKEND)
    assert client.get(reverse(f"accounts:{name}")).status_code == 403


def test_the_own_account_page_says_when_the_password_was_given(client, people):
    client.force_login(people[Role.VIEWER], backend=BACKEND)
    assert client.get(reverse("accounts:account")).status_code == 200
