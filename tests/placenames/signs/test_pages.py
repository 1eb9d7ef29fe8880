"""The pages of signs: what a township sees, what it may do, and the files for the maker."""

from __future__ import annotations

import datetime
import io
import uuid

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.work import JobCancelled
from geo_registry.reference.models import ReferenceValue
from placenames.models import Sign, SignBatch, SignInspection, SignOrder
from placenames.services.signs import drawings, sheet_jobs
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
    assert [one.state for one in page.context["along"]] == ["missing"] * 4
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
    quantities = list(book.worksheets[1].values)
    page = client.get(reverse("signs:batch", args=[batch.pk])).content.decode()
    assert (quantities[-1][5], quantities[-1][7]) == (4, 1520)
    assert sum(row[5] for row in quantities[1:-1]) == 4
    assert "1,520.00" in page
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


def spotted(**more):
    body = {"name": "兴业路", "reason": "start", "lon": "106.01", "lat": "38.0", "accuracy": "5"}
    return body | {"key": str(uuid.uuid4()), "on_day": timezone.localdate().isoformat()} | more


def test_a_sign_that_stands_is_recorded_from_the_spot(office, road):
    client, body = office("clerk"), spotted()
    answer = client.post(reverse("signs:found"), body)
    sign = Sign.objects.get()
    assert answer.url == reverse("signs:sign", args=[sign.pk])
    assert len(plan(scope=Scope(place=road)).served) == 1
    assert client.post(reverse("signs:found"), body).status_code == 302
    assert client.post(reverse("signs:found"), spotted(name="没有路")).status_code == 422
    assert Sign.objects.count() == 1


def test_on_the_page_too_a_sign_beside_a_recorded_one_is_asked_about(office, road):
    client = office("clerk")
    client.post(reverse("signs:found"), spotted())
    assert 'name="sure"' not in client.get(reverse("signs:found")).content.decode()
    answer = client.post(reverse("signs:found"), spotted())
    assert answer.status_code == 422
    assert 'name="sure"' in answer.content.decode()
    assert Sign.objects.count() == 1
    assert client.post(reverse("signs:found"), spotted(sure="on")).status_code == 302
    assert Sign.objects.count() == 2


def test_of_two_roads_of_one_name_the_sign_is_the_nearer_ones(office, road, named, town):
    other = type(town).objects.get(name="丙东村")
    far = named("兴业路", other, (106.3, 38.3), (106.31, 38.3)).place
    client = office("officer")
    client.post(reverse("signs:found"), spotted(lon="106.305", lat="38.3001"))
    client.post(reverse("signs:found"), spotted())
    assert {sign.site.place for sign in Sign.objects.all()} == {road, far}
    assert Sign.objects.get(site__place=far).site.point.x == 106.305


def test_a_road_is_planned_by_its_name_and_every_site_says_what_became_of_it(
    office, standing, road, named, town
):
    client = office("officer")
    Sign.objects.filter(pk=standing[0].pk).update(text="老路")
    standing[1].delete()
    answer = client.get(reverse("signs:plan"), {"name": "兴业路"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0].endswith(f"?road={road.short_id}")
    assert [one.state for one in answer.context["along"]].count("served") == 2
    assert {one["state"] for one in answer.context["shapes"]["sites"]} == {"served", "wrong_name", "missing"}
    assert {key for key, _label, _count in answer.context["legend"]} == {"served", "wrong_name", "missing"}
    assert "本系统试算所用" in page, "each distance says where it comes from"
    named("兴业路", type(town).objects.get(name="丙东村"), (106.3, 38.3), (106.31, 38.3))
    assert len(client.get(reverse("signs:plan"), {"name": "兴业路"}).context["roads"]) == 2
    assert "没有路" in client.get(reverse("signs:plan"), {"name": "没有路"}).content.decode()


@pytest.mark.parametrize(
    ("public", "host", "origin", "warned"),
    [
        ("https://map.example.gov.cn", "10.1.2.3", "https://map.example.gov.cn", False),
        ("", "map.example.gov.cn", "http://map.example.gov.cn", False),
        ("", "10.1.2.3", "http://10.1.2.3", True),
    ],
)
def test_codes_hold_the_address_that_the_public_uses(
    office, standing, road, settings, public, host, origin, warned
):  # fmt: skip
    settings.PUBLIC_ADDRESS, settings.ALLOWED_HOSTS = public, ["*"]
    batch = SignBatch.objects.create(number="B1", division=standing[0].site.division)
    Sign.objects.update(batch=batch)
    client = office("officer")
    page = client.get(reverse("signs:batch", args=[batch.pk]), headers={"host": host}).content.decode()
    assert ("PUBLIC_ADDRESS" in page) is warned
    assert origin in page
    answer = client.get(reverse("signs:order_list", args=[batch.pk]), headers={"host": host})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0].values)
    assert rows[1][18] == f"{origin}/names/{road.short_id}/"


def test_the_sheet_has_both_sides_where_they_differ(standing):
    sign = next(sign for sign in standing if sign.faces == 2)
    assert len(drawings.faces_of(sign, address="")) == 2, "directions are the other way round from behind"
    sign.site.bearing_deg = None
    assert len(drawings.faces_of(sign, address="")) == 1


@pytest.fixture
def ordered(standing):
    """The road's signs in a batch."""
    batch = SignBatch.objects.create(number="B1", division=standing[0].site.division)
    Sign.objects.update(batch=batch)
    return batch


def rows_of(client, batch):
    """The rows of the order list of a batch."""
    answer = client.get(reverse("signs:order_list", args=[batch.pk]))
    return list(openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0].values)[1:]


def test_a_character_that_the_font_lacks_is_named_and_keeps_no_other_sign_from_its_maker(
    office, standing, ordered
):  # fmt: skip
    """Rare characters of villages are often private ones of some other program."""
    Sign.objects.filter(pk=standing[0].pk).update(text="\ue000家巷")
    client = office("officer")
    for name, more in (("face_svg", (0,)), ("face_pdf", ())):
        answer = client.get(reverse(f"signs:{name}", args=[standing[0].pk, *more]))
        assert (answer.status_code, "U+E000" in answer.content.decode()) == (409, True)
    assert "U+E000" in client.get(reverse("signs:sign", args=[standing[0].pk])).content.decode()
    assert client.get(reverse("signs:sheet", args=[ordered.pk])).content.startswith(b"%PDF")
    remarks = [row[20] for row in rows_of(client, ordered)]
    assert ["U+E000" in said for said in remarks] == [True, False, False, False]


def test_pinyin_has_tones_or_is_in_capitals_as_the_office_says(office, standing, ordered):
    Sign.objects.update(spelling="Xī'ān Lù")
    client = office("officer")
    assert {row[3] for row in rows_of(client, ordered)} == {"Xī'ān Lù"}
    ReferenceValue.objects.filter(key="sign-road-capitals").update(value=1)
    assert {row[3] for row in rows_of(client, ordered)} == {"XI'AN LU"}
    svg = client.get(reverse("signs:face_svg", args=[standing[0].pk, 0])).content.decode()
    assert "<title>兴业路 XI&#x27;AN LU</title>" in svg


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


def test_what_a_sign_is_made_of_is_entered_and_drawn(office, road, standing):
    client = office("clerk")
    planned = Sign.objects.create(
        asset_number="N1", site=standing[0].site, text="兴业路", status="planned", status_on=timezone.localdate(),
        width_mm=1200, height_mm=400,
    )  # fmt: skip
    address = reverse("signs:sign_edit", args=[planned.pk])
    body = {
        "width_mm": 1600,
        "height_mm": 500,
        "material": "铝板",
        "colour": "green",
        "faces": 2,
        "revision": 0,
    }
    assert 'name="text"' not in client.get(address).content.decode(), "it shows the name in force"
    assert client.post(address, body | {"text": "别的路"}).status_code == 302
    planned.refresh_from_db()
    assert (planned.text, planned.material, planned.width_mm, planned.has_qr) == (
        "兴业路",
        "铝板",
        1600,
        False,
    )
    assert client.post(address, body).status_code == 422, "somebody else has saved it meanwhile"
    small = client.post(address, body | {"revision": 1, "width_mm": 60, "height_mm": 2_147_483_647})
    assert set(small.context["form"].errors) == {"width_mm", "height_mm"}
    svg = client.get(reverse("signs:face_svg", args=[planned.pk, 0])).content.decode()
    assert 'width="1600mm" height="500mm"' in svg


def test_a_sign_that_was_found_has_no_size_until_somebody_measures_it(office, road):
    client = office("clerk")
    client.post(reverse("signs:found"), spotted())
    sign = Sign.objects.get()
    assert (sign.width_mm, sign.height_mm) == (None, None)
    page = client.get(reverse("signs:sign", args=[sign.pk])).content.decode()
    assert "没有量过" in page
    body = {
        "text": "兴业路",
        "spelling": "",
        "width_mm": "",
        "height_mm": "",
        "colour": "blue",
        "faces": 1,
        "revision": 0,
    }
    client.post(reverse("signs:sign_edit", args=[sign.pk]), body | {"text": "新业路"})
    sign.refresh_from_db()
    assert (sign.text, sign.name) == ("新业路", None)
    assert len(plan(scope=Scope(place=road)).wrong_name) == 1
    assert office("viewer").get(reverse("signs:sign_edit", args=[sign.pk])).status_code == 403


def test_signs_that_look_the_same_are_one_drawing_on_the_sheet(standing, ordered, monkeypatch):
    """Two hundred signs of twenty roads are twenty drawings, made without a question to the database for each."""
    monkeypatch.setattr(drawings, "_written", str.encode)
    signs = list(Sign.objects.select_related("site").order_by("asset_number"))
    with CaptureQueriesContext(connection) as asked:
        drawn = drawings.drawn(signs, [""] * 4)
        html = drawings.sheet(ordered, drawn).decode()
    assert len(asked) <= 10
    assert html.count("<svg") == 3, "start and end alike, both sides of the two between them"
    assert all(sign.asset_number in html for sign in signs)


def test_the_sheet_of_a_large_batch_is_drawn_in_the_background(
    office, standing, ordered, monkeypatch, settings, tmp_path
):
    settings.EXPORTS_DIR = tmp_path
    monkeypatch.setattr(sheet_jobs, "AT_ONCE", 3)
    monkeypatch.setattr(drawings, "_TOLD_EVERY", 2)
    client = office("officer")
    page = client.get(reverse("signs:batch", args=[ordered.pk])).content.decode()
    start = reverse("signs:sheet_start", args=[ordered.pk])
    assert start in page
    assert reverse("signs:sheet", args=[ordered.pk]) not in page
    assert client.get(reverse("signs:sheet", args=[ordered.pk])).status_code == 302
    answer = client.post(start)
    job = Job.objects.get(kind=sheet_jobs.sheet_job.path)
    assert answer.url == reverse("jobs:detail", args=[job.pk])
    assert (job.state, job.done, job.total, job.result["rows"]) == ("succeeded", 4, 4, 4)
    assert job.result_url in client.get(reverse("signs:batch", args=[ordered.pk])).content.decode()
    file = client.get(job.result_url)
    assert file.content.startswith(b"%PDF")
    assert "sandbox" in file["Content-Security-Policy"]
    assert office("clerk").get(job.result_url).status_code == 404
    for path in tmp_path.rglob("*.pdf"):
        path.unlink()
    assert office("officer").get(job.result_url).status_code == 404
    assert job.result_url not in client.get(reverse("signs:batch", args=[ordered.pk])).content.decode()


def test_a_sheet_that_is_being_drawn_is_not_begun_twice(office, ordered, monkeypatch, settings, tmp_path):
    settings.EXPORTS_DIR = tmp_path
    monkeypatch.setattr(sheet_jobs, "AT_ONCE", 3)
    client, start = office("officer"), reverse("signs:sheet_start", args=[ordered.pk])
    first = client.post(start)["Location"]
    # Tests have no worker: what is asked for is done at once.
    Job.objects.update(state=JobState.RUNNING, finished_at=None)
    page = client.get(reverse("signs:batch", args=[ordered.pk])).content.decode()
    assert (first in page, start in page) == (True, False)
    assert client.post(start)["Location"] == first
    Job.objects.update(state=JobState.SUCCEEDED)
    assert client.post(start)["Location"] != first


def test_the_order_list_measures_faces_and_draws_none(office, standing, ordered, monkeypatch):
    """Codes take most of the time; a workbook shows none, and says the same sizes and remarks as the drawing."""
    Sign.objects.filter(pk=standing[0].pk).update(text="很长很长的名字也要写得下的一条大路")
    client, signs = office("officer"), list(Sign.objects.select_related("site").order_by("asset_number"))
    drawn = drawings.drawn(signs, ["https://x/"] * 4)

    def never(_spec):
        raise AssertionError("nothing is drawn")

    monkeypatch.setattr(drawings, "_drawn_once", never)
    rows = rows_of(client, ordered)
    assert [row[4:7] for row in rows] == [
        (one.face.width_mm, one.face.height_mm, one.face.character_mm) for one in drawn
    ]
    assert [row[20] for row in rows] == ["；".join(drawings.remarks(one)) for one in drawn]


def test_a_sheet_that_is_called_off_leaves_no_file(office, ordered, people, monkeypatch, settings, tmp_path):
    settings.EXPORTS_DIR = tmp_path
    monkeypatch.setattr(drawings, "_TOLD_EVERY", 1)

    class Ended:
        def step(self, done, total=None, message=""):
            raise JobCancelled

    with pytest.raises(JobCancelled):
        sheet_jobs.sheet_job.body(
            Ended(), batch=ordered.pk, user_id=people["officer"].pk, origin="https://x", file=uuid.uuid4().hex
        )
    assert not list(tmp_path.rglob("*.pdf"))


def test_a_plan_that_is_being_computed_is_not_begun_twice(client, people, road):
    """Whoever came back to the page found the same button, and had a whole county planned again behind the first."""
    client.force_login(people["officer"], backend=BACKEND)
    first = client.post(reverse("signs:plan_start"))
    # Tests have no worker: what is asked for is done at once.
    Job.objects.update(state=JobState.RUNNING, finished_at=None)
    page = client.get(reverse("signs:plan"))
    assert page.context["planning"] == Job.objects.get()
    assert first["Location"] in page.content.decode()
    assert client.post(reverse("signs:plan_start"))["Location"] == first["Location"]
    Job.objects.update(state=JobState.SUCCEEDED)
    assert client.get(reverse("signs:plan")).context["planning"] is None
    assert client.post(reverse("signs:plan_start"))["Location"] != first["Location"]
