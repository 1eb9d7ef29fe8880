"""A report from the page behind a sign's code becomes work, and the reporter hears of its end."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from geo_registry.reports import registry
from geo_registry.reports.services import handling
from geo_registry.reports.services.receiving import receive
from placenames.models import SignOrder
from placenames.services.signs import reported, work
from tests.attachments.files import photo
from tests.reference_rows import load_shipped_reference

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def send(standing, road):
    """Send a report about the road's sign: the report and its code."""
    load_shipped_reference()

    def sent(**values):
        kind, subject = registry.find("name", road.short_id)
        given = {"topic": "sign", "text": "牌子倒了", "address": "203.0.113.5", **values}
        return receive(kind=kind, subject=subject, **given)

    return sent


def test_a_report_becomes_work_and_its_end_is_the_answer(client, send, standing, people):
    report, code = send()
    client.force_login(people["clerk"], backend=BACKEND)
    page = client.get(reverse("reports:report", args=[report.pk])).content.decode()
    address = reverse("signs:report", args=[report.pk])
    assert address in page
    assert standing[0].asset_number in client.get(address).content.decode()
    answer = client.post(address, {"sign": standing[0].pk, "kind": "repair", "note": ""})
    order = SignOrder.objects.get()
    assert answer.url == reverse("signs:order", args=[order.pk])
    assert (order.sign, "牌子倒了" in order.reason) == (standing[0], True)
    report.refresh_from_db()
    assert report.state == "doing"
    assert (
        reverse("signs:order", args=[order.pk])
        in client.get(reverse("reports:report", args=[report.pk])).content.decode()
    )
    client.post(
        reverse("signs:order", args=[order.pk]),
        {"on_day": timezone.localdate().isoformat(), "note": "扶正加固"},
    )
    report.refresh_from_db()
    assert (report.state, "扶正加固" in report.answer) == ("done", True)
    client.logout()
    assert "扶正加固" in client.get(reverse("reports:state", args=[code])).content.decode()


def test_work_that_is_called_off_refuses_the_report_with_the_reason(send, standing, people):
    report, _code = send()
    order = reported.make_work(report=report, sign=standing[1], kind="repair", note="", by=people["clerk"])
    work.cancel_order(order=order, by=people["clerk"], reason="现场查看完好")
    report.refresh_from_db()
    assert (report.state, report.answer) == ("refused", "现场查看完好")


def test_a_sign_that_is_replaced_by_a_batch_is_told_to_who_reported_it(send, standing, people):
    mended, replaced = send()[0], send(text="牌子上是旧名")[0]
    for report, kind in ((mended, "repair"), (replaced, "replace")):
        reported.make_work(report=report, sign=standing[0], kind=kind, note="", by=people["clerk"])
    new = work.replacement_of(sign=standing[0], by=people["clerk"])
    for status in ("ordered", "installed"):
        new = work.take_step(sign=new, status=status, by=people["clerk"], on_day=timezone.localdate())
    for report in (mended, replaced):
        report.refresh_from_db()
        assert (report.state, new.asset_number in report.answer) == ("done", True)


def test_two_reports_of_one_sign_are_one_work_and_both_are_answered(send, standing, people):
    reports = [send()[0], send(text="牌子歪了")[0]]
    orders = {
        reported.make_work(report=row, sign=standing[0], kind="repair", note="", by=people["clerk"]).pk
        for row in reports
    }
    assert len(orders) == 1
    work.finish_order(order=SignOrder.objects.get(), by=people["clerk"], on_day=timezone.localdate())
    for row in reports:
        row.refresh_from_db()
        assert row.state == "done"


def test_a_report_becomes_work_once(client, send, standing, people):
    report, _code = send()
    client.force_login(people["clerk"], backend=BACKEND)
    body = {"sign": standing[0].pk, "kind": "repair"}
    client.post(reverse("signs:report", args=[report.pk]), body)
    assert client.post(reverse("signs:report", args=[report.pk]), body).status_code == 422
    assert SignOrder.objects.count() == 1


def test_what_has_its_answer_or_another_office_is_left_alone(client, send, standing, people):
    report, _code = send()
    order = reported.make_work(report=report, sign=standing[0], kind="repair", note="", by=people["clerk"])
    handling.pass_up(report=report, by=people["clerk"], reason="不归我们")
    client.force_login(people["clerk"], backend=BACKEND)
    assert client.get(reverse("signs:report", args=[report.pk])).status_code == 403
    work.finish_order(order=order, by=people["clerk"], on_day=timezone.localdate())
    report.refresh_from_db()
    assert report.state == "open"


def test_the_nearest_sign_comes_first(send, standing, people):
    report, _code = send(point=standing[2].site.point)
    near = reported.signs_near(report, people["clerk"])
    assert (near[0][0], near[0][1] < 1) == (standing[2], True)


def test_the_reporters_photo_is_the_picture_before_the_work_for_who_may_see_it(
    client, send, standing, people, settings, tmp_path
):  # fmt: skip
    settings.ATTACHMENTS_DIR = tmp_path
    picture = SimpleUploadedFile("a.jpg", photo(), content_type="image/jpeg")
    report, _code = send(photos=[picture])
    order = reported.make_work(report=report, sign=standing[0], kind="repair", note="", by=people["clerk"])
    work.finish_order(order=order, by=people["clerk"], on_day=timezone.localdate(), note="扶正")
    seen = {}
    for who in ("clerk", "viewer"):
        client.force_login(people[who], backend=BACKEND)
        rows = client.get(reverse("signs:orders"), {"show": "done"}).context["rows"]
        seen[who] = [len(before) for _order, before, _after in rows]
    assert seen == {"clerk": [1], "viewer": [0]}
