"""A report from the page behind a sign's code becomes work, and the reporter hears of its end."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from geo_registry.reports import registry
from geo_registry.reports.services import handling
from geo_registry.reports.services.receiving import receive
from placenames.models import Sign, SignOrder
from placenames.services.signs import batches, ending, reported, work
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
        new = ending.take_step(sign=new, status=status, by=people["clerk"], on_day=timezone.localdate())
    for report in (mended, replaced):
        report.refresh_from_db()
        said = (report.state, "已换上新牌" in report.answer, new.asset_number in report.answer)
        assert said == ("done", True, False), "a number of the inventory tells the public nothing"
    assert all(new.asset_number in order.note for order in SignOrder.objects.all())


def test_a_sign_that_is_taken_down_is_not_told_as_a_new_one(send, standing, people):
    """Its replacement waits for the new sign that is on its way; where none is, it is called off with what was done."""
    taken, replaced, other = send()[0], send(text="牌子上是旧名")[0], send(text="换一块吧")[0]
    clerk, day = people["clerk"], timezone.localdate()
    for report, sign, kind in (
        (taken, standing[0], "remove"), (replaced, standing[0], "replace"), (other, standing[1], "replace"),
    ):  # fmt: skip
        reported.make_work(report=report, sign=sign, kind=kind, note="", by=clerk)
    new = work.replacement_of(sign=standing[0], by=clerk)
    bare = work.open_order(sign=standing[1], kind="remove", by=clerk, reason="妨碍通行", on_day=day)
    for order in (SignOrder.objects.get(kind="remove", sign=standing[0]), bare):
        work.finish_order(order=order, by=clerk, on_day=day)
    for report in (taken, replaced, other):
        report.refresh_from_db()
    assert [report.state for report in (taken, replaced, other)] == ["done", "doing", "done"]
    assert ("拆除" in other.answer, "新牌" in other.answer) == (True, False)
    states = {order.sign_id: order.state for order in SignOrder.objects.filter(kind="replace")}
    assert states == {standing[0].pk: "open", standing[1].pk: "cancelled"}
    for status in ("ordered", "installed"):
        new = ending.take_step(sign=new, status=status, by=clerk, on_day=day)
    replaced.refresh_from_db()
    assert (replaced.state, "已换上新牌" in replaced.answer, "拆除" in replaced.answer) == (
        "done",
        True,
        False,
    )


def test_the_page_says_what_a_new_sign_ends_before_it_is_put_up(client, send, standing, people):
    """Old signs come down and reports are answered for good; a plate that somebody is to take down stands until that is done."""
    report, _code = send()
    clerk, day = people["clerk"], timezone.localdate()
    reported.make_work(report=report, sign=standing[0], kind="repair", note="", by=clerk)
    hangs = work.open_order(sign=standing[1], kind="remove", by=clerk, reason="旧牌另拆", on_day=day)
    batch = batches.make_batch(
        order=batches.Order(number="B1", division=standing[0].site.division),
        signs=[work.replacement_of(sign=sign, by=clerk) for sign in standing[:2]], by=people["officer"],
    )  # fmt: skip
    client.force_login(people["officer"], backend=BACKEND)
    address = reverse("signs:batch", args=[batch.pk])
    assert "不能撤回" not in client.get(address).content.decode(), "nothing is put up yet"
    client.post(address, {"status": "ordered", "on_day": day.isoformat()})
    page = client.get(address)
    assert page.context["ends"] == ending.Ends(taken_down=1, answered=1)
    assert "原来的1块旧牌同时记为已拆除" in page.content.decode()
    assert "1条群众反映同时答复" in page.content.decode()
    first, second = Sign.objects.filter(batch=batch).order_by("replaces")
    for sign, said in ((first, True), (second, False)):
        answer = client.get(reverse("signs:sign", args=[sign.pk])).content.decode()
        assert ("不能撤回" in answer) is said
    client.post(address, {"status": "installed", "on_day": day.isoformat()})
    report.refresh_from_db()
    assert report.state == "done"
    states = dict(Sign.objects.filter(pk__in=[standing[0].pk, standing[1].pk]).values_list("pk", "status"))
    assert states == {standing[0].pk: "removed", standing[1].pk: "installed"}
    assert work.finish_order(order=hangs, by=clerk, on_day=day).state == "done"
    standing[1].refresh_from_db()
    assert standing[1].status == "removed"
    assert "不能撤回" not in client.get(address).content.decode()


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
