"""Whatever is not public and is saved to a file is on record: who, what, how much, when."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.urls import reverse

from facilities.models import Post
from geo_registry.accounts.models import Role
from geo_registry.operations.models import Departure
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(db):
    installation = factories.InstallationFactory()
    village = factories.DivisionFactory(parent=factories.TownshipFactory(parent=installation.home_division))
    return [factories.FacilityFactory(number=f"F-{number}", division=village) for number in range(3)]


def test_a_list_that_is_saved_is_noted_with_its_rows(admin_client, administrator, three) -> None:
    answer = admin_client.post(reverse("facilities:list_export"))
    assert answer.status_code == 200
    row = Departure.objects.get()
    assert row.user == administrator
    assert administrator.username in row.who
    assert row.what == "facilities:list_export"
    assert (row.rows, row.size) == (3, len(answer.content))


def test_what_is_looked_at_or_public_is_not_noted(admin_client, three, client) -> None:
    admin_client.get(reverse("facilities:list"))
    admin_client.head(reverse("facilities:list_export"))
    client.get("/names/changes.csv")
    assert b"F-0" in b"".join(admin_client.get("/api/collections/facilities/download.csv").streaming_content)
    assert not Departure.objects.exists()


@pytest.mark.parametrize("address", ["facilities:posts_export", "assets:export"])
def test_other_exports_are_noted(admin_client, three, address: str) -> None:
    Post.objects.create(code="director", name_zh="儿童主任", level=5)
    ask = admin_client.post if address == "facilities:posts_export" else admin_client.get
    answer = ask(reverse(address), {"post": "director"})
    assert answer.status_code == 200, address
    row = Departure.objects.get()
    assert row.what == address
    assert row.rows is not None


def test_a_command_on_the_server_is_noted(three, tmp_path) -> None:
    call_command("export_data", "facilities", str(tmp_path / "out.csv"))
    row = Departure.objects.get()
    assert row.what.startswith("export_data facilities")
    assert (row.who, row.rows) == ("script/manage", 3)


def test_the_administrator_reads_it_and_finds_a_line(admin_client, three, client) -> None:
    admin_client.post(reverse("facilities:list_export"))
    address = reverse("operations:departures")
    assert "facilities:list_export" in admin_client.get(address).content.decode()
    assert (
        "facilities:list_export" not in admin_client.get(address, {"who": "somebody else"}).content.decode()
    )
    assert "facilities:list_export" not in admin_client.get(address, {"since": "2999-01-01"}).content.decode()
    assert admin_client.get(address, {"since": "x", "key": "x", "page": "x"}).status_code == 200
    planner = factories.UserFactory(role=Role.PLANNER)
    client.force_login(planner, backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.get(address).status_code == 403
