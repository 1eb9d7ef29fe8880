"""Accounts for trying out: one of each role, passwords nobody else can read, and gone when asked."""

from __future__ import annotations

import stat

import pytest
from django.core.management import CommandError, call_command

from geo_registry.accounts.demo import PREFIX, passwords_file
from geo_registry.accounts.models import Office, Role, User
from geo_registry.territory.models import Level
from tests.factories import CountyFactory, InstallationFactory, TownshipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def home():
    county = CountyFactory()
    TownshipFactory(parent=county)
    return InstallationFactory(home_division=county).home_division


def test_there_is_one_of_each_role_and_each_can_sign_in(home, client):
    call_command("make_demo_accounts")
    lines = [
        line.split() for line in passwords_file().read_text(encoding="utf-8").splitlines() if PREFIX in line
    ]
    assert {User.objects.get(username=line[0]).role for line in lines} == set(Role.values)
    for username, password, *_rest in lines:
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert not user.must_change_password


def test_no_two_have_the_same_password_and_no_two_installations_have_the_same(home):
    call_command("make_demo_accounts")
    first = passwords_file().read_text(encoding="utf-8")
    call_command("make_demo_accounts")
    second = passwords_file().read_text(encoding="utf-8")
    passwords = [line.split()[1] for text in (first, second) for line in text.splitlines() if PREFIX in line]
    assert len(passwords) == len(set(passwords)) == 2 * len(Role)


def test_the_clerk_works_in_a_township_and_the_others_at_home(home):
    call_command("make_demo_accounts")
    assert User.objects.get(username="demo-clerk").office.division.level == Level.TOWNSHIP
    assert User.objects.get(username="demo-planner").office.division == home


def test_only_the_owner_can_read_the_passwords(home):
    call_command("make_demo_accounts")
    assert stat.S_IMODE(passwords_file().stat().st_mode) == 0o600


def test_accounts_that_are_there_are_left_alone_when_asked(home):
    UserFactory()
    call_command("make_demo_accounts", "--if-none")
    assert not User.objects.filter(username__startswith=PREFIX).exists()


def test_they_can_be_removed_with_their_offices_and_their_file(home):
    mine = UserFactory(role=Role.ADMINISTRATOR)
    call_command("make_demo_accounts")
    call_command("make_demo_accounts", "--remove")
    assert list(User.objects.all()) == [mine]
    assert not Office.objects.exists()
    assert not passwords_file().exists()


def test_an_office_where_somebody_works_stays(home):
    call_command("make_demo_accounts")
    office = User.objects.get(username="demo-clerk").office
    UserFactory(office=office)
    call_command("make_demo_accounts", "--remove")
    assert Office.objects.filter(pk=office.pk).exists()


def test_a_site_that_may_not_have_them_gets_none(home, settings):
    settings.DEMO_DATA_ALLOWED = False
    with pytest.raises(CommandError, match="DEMO_DATA_ALLOWED"):
        call_command("make_demo_accounts")
    assert not User.objects.exists()


def test_without_a_home_there_is_a_sentence():
    with pytest.raises(CommandError):
        call_command("make_demo_accounts")
