import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.imports.models import Batch
from geo_registry.imports.services import run_import
from tests.factories import OfficeFactory, UserFactory

from .files import csv_file
from .test_population import HAMLETS

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(tmp_path, county):
    path = csv_file(tmp_path / "人口<b>.csv", [HAMLETS[0], HAMLETS[1] | {"常住人口": "<script>许多"}])
    run_import(kind="population", path=path, source_crs="EPSG:4490")
    return Batch.objects.get()


def page(client, county, batch, role):
    client.force_login(
        UserFactory(role=role, office=OfficeFactory(division=county.home)),
        backend="geo_registry.accounts.backends.PolicyBackend",
    )
    return client.get(reverse("admin:imports_batch_change", args=[batch.pk]))


def test_an_administrator_reads_which_row_was_refused_and_which_record_was_made(client, county, batch):
    response = page(client, county, batch, Role.ADMINISTRATOR)
    assert response.status_code == 200
    text = response.content.decode()
    assert "常住人口" in text
    assert "&lt;script&gt;许多" in text
    assert "<script>许多" not in text
    assert "东庄" in text


def test_nobody_edits_or_deletes_the_account_of_an_import(client, county, batch):
    response = page(client, county, batch, Role.ADMINISTRATOR)
    assert b'name="_save"' not in response.content
    assert client.post(reverse("admin:imports_batch_delete", args=[batch.pk])).status_code == 403
    assert client.get(reverse("admin:imports_batch_add")).status_code == 403


def test_a_viewer_does_not_see_imports(client, county, batch):
    assert page(client, county, batch, Role.VIEWER).status_code == 403
