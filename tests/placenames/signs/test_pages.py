"""The pages of signs: what a township sees, what it may do, and the files for the maker."""

from __future__ import annotations

import datetime
import io
import uuid

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from placenames.models import Sign, SignBatch, SignInspection, SignOrder
from placenames.services.signs.planning import Scope, plan

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def office(client, people):
    def enter(who):
        client.force_login(people[who], backend=BACKEND)
        return client

    return enter


def test_from_a_plan_to_accepted_signs_with_their_files(office, road):
    """One walk: plan, keep, order, files, put up, accept; the whole of it by the county's officer."""
    client = office("officer")
    page = client.get(reverse("signs:plan"), {"road": road.short_id})
    assert page.content.decode().count("兴业路") >= 4
    client.post(reverse("signs:keep"), {"road": road.short_id})
    assert Sign.objects.filter(status="planned").count() == 4
    client.post(reverse("signs:keep"), {"road": road.short_id})
    assert Sign.objects.count() == 4

    keys = list(Sign.objects.values_list("pk", flat=True))
    answer = client.post(
        reverse("signs:batches"),
        {"number": "2026-1", "warranty_months": 24, "unit_price": "380", "sign": keys},
    )
    batch = SignBatch.objects.get()
    assert answer.url == reverse("signs:batch", args=[batch.pk])
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("signs:order_list", args=[batch.pk])).content), read_only=True
    )
    rows = list(book.active.values)
    assert len(rows) == 5
    assert rows[1][2] == "兴业路"
    assert f"/names/{road.short_id}/" in rows[1][18]
    assert client.get(reverse("signs:sheet", args=[batch.pk])).content.startswith(b"%PDF")
    today = timezone.localdate().isoformat()
    for status in ("ordered", "installed", "accepted"):
        client.post(reverse("signs:batch", args=[batch.pk]), {"status": status, "on_day": today})
    assert set(Sign.objects.values_list("status", flat=True)) == {"accepted"}
    assert len(plan(scope=Scope(place=road)).served) == 4
    assert client.get(reverse("signs:list"), {"q": "兴业"}).status_code == 200


def test_a_clerk_inspects_finds_rust_and_says_when_it_is_mended(office, standing):
    client = office("clerk")
    key, today = str(uuid.uuid4()), timezone.localdate().isoformat()
    address = reverse("signs:inspect", args=[standing[0].pk])
    body = {"key": key, "on_day": today, "defects": ["rust"], "lon": "106.01", "lat": "38.0", "accuracy": "8"}
    client.post(address, body)
    client.post(address, body)
    seen = SignInspection.objects.get()
    assert (seen.defects, seen.accuracy_m, seen.point.x) == (["rust"], 8, 106.01)
    order = SignOrder.objects.get()
    page = client.get(reverse("signs:order", args=[order.pk]))
    assert page.status_code == 200
    client.post(reverse("signs:order", args=[order.pk]), {"on_day": today, "cost": "35.5", "note": "除锈"})
    order.refresh_from_db()
    assert (order.state, float(order.cost)) == ("done", 35.5)
    assert client.get(reverse("signs:sign", args=[standing[0].pk])).status_code == 200


def test_a_sign_of_another_township_is_not_there(office, standing, town):
    site = standing[0].site
    site.division = type(town).objects.get(name="丙东村")
    site.save()
    client = office("clerk")
    for name, arguments in (("sign", ()), ("inspect", ()), ("face_svg", (0,)), ("face_pdf", ())):
        assert client.get(reverse(f"signs:{name}", args=[standing[0].pk, *arguments])).status_code == 404


def test_a_viewer_looks_and_changes_nothing(office, standing):
    client = office("viewer")
    assert client.get(reverse("signs:sign", args=[standing[0].pk])).status_code == 200
    assert client.get(reverse("signs:inspect", args=[standing[0].pk])).status_code == 403
    assert (
        client.post(
            reverse("signs:step", args=[standing[0].pk, "accepted"]), {"on_day": "2026-01-01"}
        ).status_code
        == 403
    )


def test_a_face_has_a_code_only_where_the_public_sees_the_name(office, standing, road):
    client = office("clerk")
    address = reverse("signs:face_svg", args=[standing[0].pk, 0])
    assert "#000000" in client.get(address).content.decode()
    road.published = False
    road.save()
    assert "#000000" not in client.get(address).content.decode()
    assert client.get(reverse("signs:face_svg", args=[standing[0].pk, 7])).status_code == 404


def test_a_sign_that_stands_is_recorded_from_the_spot(office, road):
    client = office("clerk")
    body = {"name": "兴业路", "reason": "start", "lon": "106.01", "lat": "38.0", "accuracy": "5"}
    answer = client.post(reverse("signs:found"), body)
    sign = Sign.objects.get()
    assert answer.url == reverse("signs:sign", args=[sign.pk])
    assert len(plan(scope=Scope(place=road)).served) == 1
    assert client.post(reverse("signs:found"), body | {"name": "没有路"}).status_code == 422


def test_a_step_says_what_is_wrong_with_its_day(office, standing):
    client = office("clerk")
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    address = reverse("signs:step", args=[standing[0].pk, "accepted"])
    client.post(address, {"on_day": tomorrow.isoformat()})
    standing[0].refresh_from_db()
    assert standing[0].status == "installed"


def test_every_form_shows_its_own_fields(office, standing):
    """What somebody has to fill in is there, with its label: posting alone would not notice that it is missing."""
    client = office("officer")
    sign = standing[0]
    client.post(
        reverse("signs:inspect", args=[sign.pk]),
        {"key": str(uuid.uuid4()), "on_day": timezone.localdate().isoformat(), "defects": ["rust"]},
    )
    batch = SignBatch.objects.create(number="B1", division=sign.site.division)
    Sign.objects.filter(pk=sign.pk).update(batch=batch)
    Sign.objects.filter(pk=standing[1].pk).update(status="planned", batch=None)
    forms = {
        reverse("signs:found"): ("name", "reason", "lon", "lat", "note"),
        reverse("signs:inspect", args=[sign.pk]): ("key", "defects", "on_day", "note", "lon"),
        reverse("signs:sign", args=[sign.pk]): ("on_day", "note", "revision"),
        reverse("signs:order", args=[SignOrder.objects.get().pk]): ("on_day", "cost", "note"),
        reverse("signs:batches"): ("number", "maker", "unit_price", "warranty_months"),
    }
    for address, names in forms.items():
        page = client.get(address).content.decode()
        assert page.count("<main") == 1, address
        for name in names:
            assert f'name="{name}"' in page, (address, name)


def test_a_site_says_which_place_it_is_of_and_where(office, standing):
    page = office("officer").get(reverse("signs:site", args=[standing[0].site_id])).content.decode()
    assert "兴业路</span> · " in page
    assert "106.0" in page
