"""Accounts are made whole, and an administrator always remains."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse

from geo_registry.accounts import services
from geo_registry.accounts.demo import make_demo_accounts, remove_demo_accounts
from geo_registry.accounts.models import Office, Role, User
from geo_registry.drawing.models import EditSet

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.mark.django_db
class TestMakingAccounts:
    def test_a_new_account_has_a_password_to_hand_over_that_must_be_changed(self, county):
        made = services.create_account(username="李", role=Role.PLANNER, office=county.office)
        assert made.user.check_password(made.password)
        assert made.user.must_change_password
        assert len(made.password) == 14

    def test_two_passwords_are_never_the_same(self):
        assert len({services.new_password() for _number in range(500)}) == 500

    def test_a_clerks_office_is_a_townships(self, county):
        with pytest.raises(ValidationError) as refusal:
            services.create_account(username="clerk", role=Role.CLERK, office=county.office)
        assert "office" in refusal.value.message_dict
        with pytest.raises(ValidationError):
            services.create_account(username="clerk", role=Role.CLERK)
        assert services.create_account(username="clerk", role=Role.CLERK, office=county.east_office).user.pk

    def test_a_weak_password_or_a_taken_name_is_refused(self, county):
        with pytest.raises(ValidationError):
            services.create_account(username="a", role=Role.VIEWER, password="12345678901")
        services.create_account(username="a", role=Role.VIEWER)
        with pytest.raises(ValidationError):
            services.create_account(username="a", role=Role.VIEWER)

    def test_the_command_line_makes_an_administrator(self, county):
        user = User.objects.create_superuser("root", "a good password 1")
        assert user.role == Role.ADMINISTRATOR
        assert user.has_perm("accounts.add_user")
        assert not user.is_superuser, "no flag stands above the policy"


@pytest.mark.django_db
class TestTheLastAdministrator:
    @pytest.fixture
    def last(self, county) -> User:
        return services.create_account(
            username="last", role=Role.ADMINISTRATOR, must_change_password=False
        ).user

    def test_cannot_be_disabled(self, last):
        with pytest.raises(ValidationError, match=r"administrator|管理员"):
            services.set_active(account=last, active=False)
        last.refresh_from_db()
        assert last.is_active

    def test_cannot_be_given_another_role(self, last):
        last.role = Role.VIEWER
        with pytest.raises(ValidationError):
            services.save_account(account=last)

    def test_cannot_be_demoted_on_the_account_page(self, client, last):
        client.force_login(last, backend=BACKEND)
        address = reverse("admin:accounts_user_change", args=[last.pk])
        page = client.post(address, {"username": "last", "role": Role.VIEWER, "is_active": "on"})
        assert page.status_code == 200
        assert page.context["adminform"].form.errors
        last.refresh_from_db()
        assert last.role == Role.ADMINISTRATOR

    def test_cannot_be_deleted_by_any_page(self, client, last):
        client.force_login(last, backend=BACKEND)
        assert (
            client.post(reverse("admin:accounts_user_delete", args=[last.pk]), {"post": "yes"}).status_code
            == 403
        )

    def test_may_go_once_there_is_another(self, last):
        services.create_account(username="next", role=Role.ADMINISTRATOR)
        services.set_active(account=last, active=False)

    def test_a_disabled_administrator_does_not_count(self, last):
        other = services.create_account(username="next", role=Role.ADMINISTRATOR).user
        services.set_active(account=other, active=False)
        with pytest.raises(ValidationError):
            services.set_active(account=last, active=False)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_demote_each_other_at_the_same_moment():
    first = services.create_account(username="first", role=Role.ADMINISTRATOR).user
    second = services.create_account(username="second", role=Role.ADMINISTRATOR).user
    locked = threading.Event()
    refused: list[ValidationError] = []

    def demote_second() -> None:
        locked.wait(5)
        second.role = Role.VIEWER
        try:
            services.save_account(account=second)
        except ValidationError as error:
            refused.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=demote_second)
    other.start()
    with transaction.atomic():
        first.role = Role.VIEWER
        services.save_account(account=first)
        locked.set()
        other.join(0.5)
        assert other.is_alive(), "the second waits for the first"
    other.join(5)
    assert len(refused) == 1
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 1


@pytest.mark.django_db
def test_the_office_form_is_the_administrators_alone(client, people, county):
    client.force_login(people[Role.PLANNER], backend=BACKEND)
    assert client.get(reverse("admin:accounts_office_add")).status_code == 403
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    client.post(reverse("admin:accounts_office_add"), {"name": "西镇民政办", "division": county.west.pk})
    assert Office.objects.filter(name="西镇民政办", division=county.west).exists()


@pytest.mark.django_db
class TestDemoAccounts:
    def test_made_again_they_get_new_passwords_and_keep_what_was_done_with_them(
        self, county, settings, tmp_path
    ):
        settings.VAR_DIR = tmp_path
        first = make_demo_accounts()
        clerk = User.objects.get(username="demo-clerk")
        drawn = EditSet.objects.create(author=clerk, division=county.county, why="试画", state="proposed")
        services.set_active(account=clerk, active=False)
        second = make_demo_accounts()
        assert {account.username for account in second} == {account.username for account in first}
        for account in second:
            user = User.objects.get(username=account.username)
            assert user.check_password(account.password)
            assert user.is_active
            assert not user.must_change_password
        drawn.refresh_from_db()
        assert drawn.author == clerk

    def test_removed_those_whose_work_stays_can_sign_in_no_longer(self, county, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        made = make_demo_accounts()
        clerk = User.objects.get(username="demo-clerk")
        EditSet.objects.create(author=clerk, division=county.county, why="试画", state="proposed")
        assert remove_demo_accounts() == len(made)
        clerk.refresh_from_db()
        assert not clerk.is_active
        assert not clerk.has_usable_password()
        assert User.objects.filter(username__startswith="demo-").count() == 1
        assert not Office.objects.filter(name__contains="示范").exists()
