"""The pages: who sees and does what, and what comes of a form."""

from __future__ import annotations

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from facilities.models import Finding, Inspection
from facilities.services.inspections import figures, plan, visits, work
from geo_registry.attachments.models import Attachment
from geo_registry.worklist.registry import Asked, Pile
from tests.attachments.files import photo
from tests.factories import FindingFactory, InspectionFactory

from .test_visits import DAY

PERIOD = plan.Period(DAY.replace(month=10, day=1), DAY.replace(month=12, day=31))


def form_of(inspection, **changes):
    fire, food = visits.items_of(inspection)
    data = {
        "revision": inspection.revision,
        "done_on": DAY.isoformat(),
        f"o-{fire.pk}": "ok",
        f"o-{food.pk}": "ok",
        f"v-{food.pk}": "4.5",
        "finish": "",
    }
    return data | {key.format(fire=fire.pk, food=food.pk): value for key, value in changes.items()}


def test_a_clerk_fills_an_inspection_in_with_a_photo(sign_in, clerk, inspection):
    address = reverse("inspections:detail", args=[inspection.pk])
    client = sign_in(clerk)
    assert "capture=" in client.get(address).content.decode()
    shot = SimpleUploadedFile("门口.jpg", photo())
    answer = client.post(
        address, form_of(inspection, **{"o-{fire}": "bad", "t-{fire}": "通道堆物", "p-{fire}": shot})
    )
    assert answer.status_code == 302, answer.context["form"].errors
    finding = Finding.objects.get()
    assert finding.text == "通道堆物"
    small = client.get(reverse("attachments:small", args=[Attachment.objects.of(finding).get().pk]))
    assert b"".join(small.streaming_content)
    assert "通道堆物" in client.get(address).content.decode()


def test_a_bad_photo_is_said_at_its_item_and_nothing_else_is_lost(sign_in, clerk, inspection):
    client = sign_in(clerk)
    address = reverse("inspections:detail", args=[inspection.pk])
    bad = SimpleUploadedFile("坏照片.jpg", photo()[:500])
    answer = client.post(
        address, form_of(inspection, **{"o-{fire}": "bad", "t-{fire}": "通道堆物", "p-{fire}": bad})
    )
    html = answer.content.decode()
    assert "坏照片.jpg" in html
    assert "通道堆物" in html
    assert "checked" in html
    assert not Finding.objects.exists()


def test_only_whoever_keeps_the_facility_fills_it_in(sign_in, clerk_there, viewer, reviewer, inspection):
    address = reverse("inspections:detail", args=[inspection.pk])
    assert sign_in(clerk_there).get(address).status_code == 404
    for person in (viewer, reviewer):
        client = sign_in(person)
        page = client.get(address)
        assert page.status_code == 200
        assert page.context["form"] is None
        assert client.post(address, form_of(inspection)).status_code == 403
    inspection.refresh_from_db()
    assert inspection.state == Inspection.State.PLANNED


def test_the_second_of_two_people_keeps_what_was_typed(sign_in, clerk, inspection):
    address = reverse("inspections:detail", args=[inspection.pk])
    data = form_of(inspection, summary="我写的小结")
    Inspection.objects.filter(pk=inspection.pk).update(revision=7)
    html = sign_in(clerk).post(address, data).content.decode()
    assert "我写的小结" in html
    assert "别人保存过" in html


def test_a_finding_is_mended_and_verified_on_its_page(sign_in, clerk, other_clerk, inspection):
    inspection.state, inspection.done_on = Inspection.State.DONE, DAY
    inspection.save()
    finding = FindingFactory(inspection=inspection)
    address = reverse("inspections:finding", args=[finding.pk])
    data = {"revision": 0, "mended_on": DAY.isoformat(), "photos": SimpleUploadedFile("后.jpg", photo())}
    assert sign_in(clerk).post(address, data).status_code == 302
    assert sign_in(clerk).get(address).context["verify_form"] is None
    client = sign_in(other_clerk)
    assert client.post(address, {"revision": 1, "return": "", "reason": ""}).context["verify_form"].errors
    assert client.post(address, {"revision": 1, "mended": ""}).status_code == 302
    finding.refresh_from_db()
    assert finding.state == Finding.State.VERIFIED


def test_the_overview_counts_by_township_what_the_person_may_see(
    sign_in, planner, clerk, clerk_there, inspection, here, there
):
    late = timezone.localdate() - timezone.timedelta(days=3)
    FindingFactory(inspection=inspection, deadline=late)
    table = figures.progress(period=PERIOD, user=planner, day=timezone.localdate())
    (row,) = table.rows
    assert row.division == here
    assert (row.planned, row.done, row.findings_open, row.findings_overdue) == (1, 0, 1, 1)
    assert not figures.progress(period=PERIOD, user=clerk_there, day=timezone.localdate()).rows
    page = sign_in(planner).get(reverse("inspections:overview") + "?period=2026-11-01")
    assert "甲镇" in page.content.decode()
    assert "2026年第4季度" in page.content.decode()


def test_the_overview_takes_the_same_queries_however_many_there_are(
    sign_in, planner, facility, check_list, django_assert_max_num_queries
):
    for year in range(2000, 2030):
        InspectionFactory(
            facility=facility,
            check_list=check_list,
            period_from=DAY.replace(year=year),
            due=DAY.replace(year=year),
        )
    client = sign_in(planner)
    client.get(reverse("inspections:overview"))
    with django_assert_max_num_queries(30):
        client.get(reverse("inspections:overview"))


def test_a_planner_plans_and_a_clerk_does_not(sign_in, planner, clerk, facility):
    data = {"period": "2026-11-01"}
    assert sign_in(clerk).post(reverse("inspections:plan"), data).status_code == 403
    assert sign_in(planner).post(reverse("inspections:plan"), data).status_code == 302
    assert Inspection.objects.count() == 2


def test_the_ledger_is_a_workbook_whose_texts_are_no_formulas(sign_in, planner, inspection):
    FindingFactory(inspection=inspection, text="=HYPERLINK(1)")
    answer = sign_in(planner).get(reverse("inspections:ledger") + "?period=2026-11-01")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    inspections, findings = book.worksheets
    assert inspections.max_row == 3
    cell = next(cell for row in findings.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"


def test_a_sheet_to_print_has_a_line_for_each_item(sign_in, viewer, inspection, check_list):
    html = sign_in(viewer).get(reverse("inspections:sheet", args=[inspection.pk])).content.decode()
    for item in check_list.items.all():
        assert item.text_zh in html


def test_what_waits_is_told_to_whoever_does_it(clerk, other_clerk, planner, viewer, inspection):
    day = timezone.localdate()
    due = work.DueInspections()
    assert due.counts(Asked(user=clerk, day=day)).total == 1
    assert due.items(Asked(user=clerk, day=day), first=0, size=5)[0].due == inspection.due
    assert due.counts(Asked(user=planner, day=day)).total == 0
    assert due.counts(Asked(user=viewer, day=day)).total == 0
    finding = FindingFactory(
        inspection=inspection, state=Finding.State.MENDED, mended_by=clerk, mended_on=DAY
    )
    looks = work.SecondLooks()
    assert looks.counts(Asked(user=clerk, day=day)).total == 0
    assert looks.counts(Asked(user=clerk, day=day, pile=Pile.OTHERS)).total == 1
    assert looks.counts(Asked(user=other_clerk, day=day)).total == 1
    late = day - timezone.timedelta(days=1)
    Finding.objects.filter(pk=finding.pk).update(
        state=Finding.State.OPEN, deadline=late, returned_reason="没修好"
    )
    to_mend = work.FindingsToMend()
    assert to_mend.counts(Asked(user=clerk, day=day)).overdue == 1
    assert to_mend.counts(Asked(user=clerk, day=day)).returned == 1
    (item,) = to_mend.items(Asked(user=clerk, day=day), first=0, size=5)
    assert item.reason == "没修好"


def test_the_card_shows_inspections_and_starts_one(sign_in, clerk, inspection, facility):
    client = sign_in(clerk)
    html = client.get(reverse("facilities:record", args=[facility.number])).content.decode()
    assert reverse("inspections:detail", args=[inspection.pk]) in html
    answer = client.post(reverse("inspections:start", args=[facility.number]), {"kind": "drill"})
    assert answer.status_code == 302
    assert Inspection.objects.filter(facility=facility, kind="drill").count() == 1


def test_a_photo_that_was_sent_ahead_belongs_to_its_item_also_after_a_mistake(
    sign_in, clerk, inspection, shot
):
    fire, food = visits.items_of(inspection)
    client, address = sign_in(clerk), reverse("inspections:detail", args=[inspection.pk])
    ahead = shot(clerk)
    data = form_of(inspection, **{"o-{fire}": "bad", "t-{fire}": "通道堆物"}) | {
        f"p-{fire.pk}-waiting": str(ahead.pk)
    }
    html = client.post(address, {**data, f"o-{food.pk}": ""}).content.decode()
    assert f'value="{ahead.pk}"' in html, "a form that comes back has lost nothing"
    assert client.post(address, data).status_code == 302
    ahead.refresh_from_db()
    assert ahead.owner == Finding.objects.get()
