"""Signing in and out, being locked out, choosing one's own password."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.services import create_account, reset_password

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
PASSWORD = "h7km-xw3q-9dfe"

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(county) -> User:
    return create_account(
        username="zhao",
        role=Role.PLANNER,
        office=county.office,
        password=PASSWORD,
        must_change_password=False,
    ).user


def sign_in(client, password: str = PASSWORD, **more: str):
    return client.post(reverse("accounts:login"), {"username": "zhao", "password": password, **more})


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client, planner):
    asked = client.get("/admin/facilities/facility/")
    assert asked["Location"] == "/accounts/login/?next=/admin/facilities/facility/"
    answer = sign_in(client, next="/admin/facilities/facility/")
    assert answer["Location"] == "/admin/facilities/facility/"
    assert client.get("/admin/facilities/facility/").status_code == 200


def test_the_administrations_own_sign_in_page_is_the_sites(client):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_signing_in_never_leads_to_another_host(client, planner):
    assert sign_in(client, next="https://elsewhere.example/")["Location"] == "/"


def test_signing_out_takes_a_post(client, planner):
    sign_in(client)
    assert client.get(reverse("accounts:logout")).status_code == 405
    client.post(reverse("accounts:logout"))
    assert client.get(reverse("accounts:account")).status_code == 302


def test_ten_wrong_passwords_lock_the_account_for_a_while_and_say_so(client, planner, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for _attempt in range(2):
        assert sign_in(client, "wrong").status_code == 200
    locked = sign_in(client, "wrong")
    assert locked.status_code == 429
    assert "accounts/locked.html" in [template.name for template in locked.templates]
    with translation.override("en"):
        page = client.post(
            reverse("accounts:login"),
            {"username": "zhao", "password": PASSWORD},
            headers={"accept-language": "en"},
        )
    assert page.status_code == 429, "even the right password waits"
    assert "3 times" in page.content.decode()
    assert "15 minutes" in page.content.decode()


def test_settings_lock_after_ten_wrong_passwords(settings):
    assert settings.AXES_FAILURE_LIMIT == 10
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]


def test_a_new_password_from_the_administrator_ends_the_lock(client, planner, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for _attempt in range(2):
        sign_in(client, "wrong")
    assert sign_in(client).status_code == 429
    fresh = reset_password(account=planner)
    assert sign_in(client, fresh).status_code == 302


def test_a_disabled_account_cannot_sign_in_and_loses_its_session(client, planner):
    sign_in(client)
    User.objects.filter(pk=planner.pk).update(is_active=False)
    assert client.get(reverse("accounts:account")).status_code == 302
    assert sign_in(client).status_code == 200


def test_a_password_that_was_handed_over_must_be_changed_first(client, planner):
    fresh = reset_password(account=planner)
    sign_in(client, fresh)
    assert client.get("/admin/")["Location"] == "/accounts/password/"
    assert client.get("/").status_code == 200, "what is public stays open"
    answer = client.post(
        reverse("accounts:password"),
        {"old_password": fresh, "new_password1": "another good one 7", "new_password2": "another good one 7"},
    )
    assert answer["Location"] == reverse("accounts:account")
    assert client.get("/admin/").status_code == 200


def test_the_account_page_says_what_one_may_do_and_where(client, planner):
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("accounts:account"))
    assert page.context["acts_in"] == "甲县"
    with translation.override("en"):
        actions = [str(action) for action in page.context["actions"]]
    assert "compute coverage" in actions
    assert "manage offices and accounts" not in actions
    assert page["Cache-Control"].startswith("max-age=0")


def test_an_administrator_resets_a_password_and_sees_it_once(client, planner, people):
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    page = client.post(reverse("accounts:reset_password", args=[planner.pk]))
    password = page.context["password"]
    assert password in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    planner.refresh_from_db()
    assert planner.check_password(password)
    assert planner.must_change_password
    assert client.get(reverse("accounts:reset_password", args=[planner.pk])).status_code == 405


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_resets_a_password(client, people, role):
    client.force_login(people[role], backend=BACKEND)
    victim = people[Role.ADMINISTRATOR]
    before = victim.password
    assert client.post(reverse("accounts:reset_password", args=[victim.pk])).status_code == 403
    victim.refresh_from_db()
    assert victim.password == before


def test_a_form_that_was_open_too_long_is_refused_in_plain_words(county, planner):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(
        reverse("accounts:login"),
        {"username": "zhao", "password": PASSWORD},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 403
    assert "please send it again" in answer.content.decode()
