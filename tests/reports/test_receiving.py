"""A report comes in: from nobody in particular, within limits, to the office that answers for the village."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace

import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from geo_registry.accounts.models import Role, User
from geo_registry.attachments.models import Attachment
from geo_registry.reports import registry
from geo_registry.reports.models import Arrival, Contact, DayKey, Report, Step
from geo_registry.reports.services import limits
from geo_registry.reports.services.receiving import by_code, digest_of, new_code, receive
from geo_registry.territory.models import Division
from geo_registry.worklist.models import Notification
from tests import factories
from tests.factories import square

GOOD = {"topic": "phone", "text": "电话是空号，应为0951-1234567"}


def address(number: str = "OPEN-0") -> str:
    return reverse("reports:new", args=["facility", number])


def photo(*, gps: bool = True) -> io.BytesIO:
    image, written = Image.new("RGB", (64, 48), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 0.0, 0.0), 3: "E", 4: (106.0, 0.0, 0.0)})
    image.save(written, "JPEG", exif=exif)
    written.seek(0)
    written.name = "门口.jpg"
    return written


def test_somebody_without_an_account_reports_and_sees_by_the_code_what_becomes_of_it(client, county) -> None:
    page = client.get(address())
    assert page.status_code == 200
    assert "sessionid" not in page.cookies
    answer = client.post(address(), GOOD, follow=True)
    report = Report.objects.get()
    assert report.handler == county.facilities[0].division.parent
    assert report.due == timezone.localdate() + datetime.timedelta(days=5)
    assert list(report.steps.values_list("what", flat=True)) == ["received"]
    code = answer.redirect_chain[-1][0].rstrip("/").rpartition("/")[2]
    assert by_code(code.lower().replace("-", " ")) == report
    assert "谢谢" in answer.content.decode()
    # What was written is not told to whoever has the code: it may have been found.
    assert "0951-1234567" not in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"
    # The page that asks for a code may be found; once a code has been typed it may not.
    assert "noindex" not in client.get("/report/state/").content.decode()
    assert "noindex" in client.get("/report/state/", {"code": "x"}).content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_nothing_is_kept_of_who_reported(client, county) -> None:
    client.post(address(), {**GOOD, "contact": ""}, REMOTE_ADDR="203.0.113.77")
    row = Report.objects.values().get()
    assert "203.0.113.77" not in str(row)
    assert not Contact.objects.exists()
    mark = Arrival.objects.get().mark
    assert len(mark) == 64
    assert "203.0.113.77" not in mark


@pytest.mark.parametrize("number", ["SECRET", "DRAFT", "NOTHING"])
def test_what_is_not_public_cannot_be_reported_about_and_is_not_told_to_exist(
    client, county, number: str
) -> None:
    assert client.get(address(number)).status_code == 404
    assert client.post(address(number), GOOD).status_code == 404
    assert not Report.objects.exists()


def test_a_place_name_is_reported_to_the_same_registry(client, county) -> None:
    client.post(
        reverse("reports:new", args=["name", county.place.short_id]), {"topic": "sign", "text": "路牌倒了"}
    )
    report = Report.objects.get()
    assert (report.kind, report.topic) == ("name", "sign")
    assert report.division == county.villages[0]


def test_a_topic_of_another_kind_is_refused(client, county) -> None:
    page = client.post(address(), {**GOOD, "topic": "sign"})
    assert page.status_code == 200
    assert not Report.objects.exists()
    assert GOOD["text"] in page.content.decode()


def test_where_no_clerk_is_the_county_has_it_and_is_told(send, county) -> None:
    report, _code = send("OPEN-2")
    assert report.handler is None
    assert report.due == timezone.localdate() + datetime.timedelta(days=10)
    told = Notification.objects.get(code="report-received")
    assert (told.role, told.division) == (Role.PLANNER, county.home)


def test_a_clerk_who_may_no_longer_sign_in_answers_for_nothing(send, county) -> None:
    User.objects.filter(role=Role.CLERK).update(is_active=False)
    assert send("OPEN-0")[0].handler is None


def test_the_clerk_of_the_village_is_told_and_no_other(send, county) -> None:
    send("OPEN-0")
    assert (
        Notification.objects.for_person(county.people[Role.CLERK]).filter(code="report-received").count() == 1
    )
    assert (
        not Notification.objects.for_person(county.people[Role.REVIEWER])
        .filter(code="report-received")
        .exists()
    )


def test_programs_that_fill_every_field_are_refused_in_words(client, county) -> None:
    page = client.post(address(), {**GOOD, "website": "http://x"})
    assert not Report.objects.exists()
    assert "留空" in page.content.decode()


def test_a_visitor_has_a_limit_and_the_text_comes_back(client, county) -> None:
    factories.ReferenceValue.objects.filter(key="reports-a-day-per-visitor").update(value=2)
    for _i in range(2):
        assert client.post(address(), GOOD, REMOTE_ADDR="2001:db8::1").status_code == 302
    page = client.post(address(), GOOD, REMOTE_ADDR="2001:db8::9")  # the same household
    assert page.status_code == 429
    assert GOOD["text"] in page.content.decode()
    assert client.post(address(), GOOD, REMOTE_ADDR="2001:db8:1::1").status_code == 302
    assert Report.objects.count() == 3


def test_the_whole_site_has_a_limit(client, county) -> None:
    factories.ReferenceValue.objects.filter(key="reports-a-day-in-all").update(value=1)
    assert client.post(address(), GOOD, REMOTE_ADDR="203.0.113.1").status_code == 302
    assert client.post(address(), GOOD, REMOTE_ADDR="203.0.113.2").status_code == 429


def test_marks_differ_by_day_and_are_forgotten(db) -> None:
    day = datetime.date(2026, 3, 1)
    first = limits.mark_of("203.0.113.1", day=day)
    assert first == limits.mark_of("203.0.113.1", day=day)
    assert first == limits.mark_of("::ffff:203.0.113.1", day=day)
    assert first != limits.mark_of("203.0.113.1", day=day + datetime.timedelta(days=1))
    Arrival.objects.create(day=day, mark=first)
    assert limits.forget_before(day + datetime.timedelta(days=1)) == 1
    assert list(DayKey.objects.values_list("day", flat=True)) == [day + datetime.timedelta(days=1)]


def test_photos_are_pictures_shown_without_what_the_camera_wrote_and_never_as_sent(client, county) -> None:
    client.post(address(), {**GOOD, "photos": [photo(), photo(gps=False)]})
    report = Report.objects.get()
    files = list(Attachment.objects.of(report))
    assert len(files) == 2
    shown = reverse("attachments:shown", args=[files[0].pk])
    assert client.get(shown).status_code == 404
    client.force_login(county.people[Role.CLERK], backend="geo_registry.accounts.backends.PolicyBackend")
    body = b"".join(client.get(shown).streaming_content)
    assert b"SecretCamera" not in body
    assert not Image.open(io.BytesIO(body)).getexif().get_ifd(0x8825)
    assert client.get(reverse("attachments:original", args=[files[0].pk])).status_code == 404
    client.force_login(county.people[Role.VIEWER], backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.get(shown).status_code == 404


def test_what_is_no_picture_is_refused_and_neither_kept_nor_counted(client, county) -> None:
    paper = io.BytesIO(b"%PDF-1.4\n%%EOF\n")
    paper.name = "a.pdf"
    page = client.post(address(), {**GOOD, "photos": paper})
    assert page.status_code == 200
    assert not Report.objects.exists()
    assert not Arrival.objects.exists()
    assert not Attachment.objects.exists()
    assert "没有发出" in page.content.decode()


def test_too_large_and_too_many_photos_are_refused(client, county) -> None:
    client.post(address(), {**GOOD, "photos": [photo() for _i in range(4)]})
    assert not Report.objects.exists()
    factories.ReferenceValue.objects.filter(key="report-photo-max-mb").update(value=0)
    client.post(address(), {**GOOD, "photos": photo()})
    assert not Report.objects.exists()


def test_a_place_is_kept_to_about_a_metre(client, county) -> None:
    client.post(address(), {**GOOD, "topic": "place", "lat": "38.0123456789", "lon": "106.0"})
    point = Report.objects.get().point
    assert (point.x, point.y, point.srid) == (106.0, 38.01235, 4490)
    client.post(address(), {**GOOD, "lat": "999", "lon": "106"})
    assert Report.objects.count() == 1


def test_codes_are_kept_as_digests_and_forgive_how_they_are_copied(db) -> None:
    code = new_code()
    assert len(code) == 14
    assert digest_of("O1IL-abcd") == digest_of("0111 ABCD")
    assert code not in digest_of(code)


def test_a_wrong_code_is_told_so(client, county) -> None:
    page = client.get(reverse("reports:ask"), {"code": "AAAA-BBBB-CCCC"})
    assert "没有" in page.content.decode()
    assert client.get(reverse("reports:state", args=["AAAA-BBBB-CCCC"])).status_code == 404


def test_steps_and_reports_have_a_history_and_contacts_have_none(send, county) -> None:
    report, _code = send(contact="13800000000")
    assert report.events.count() == 1
    assert Step.objects.get().events.count() == 1
    assert not hasattr(Contact, "pgh_event_models")
    assert "13800000000" not in str(list(report.events.values()))


def test_of_what_runs_through_several_townships_the_reporters_place_tells_whose_it_is(county) -> None:
    """A road between two townships is the county's record; its sign stands in one of them."""
    kind, subject = registry.find("facility", "OPEN-0")
    village = subject.division
    Division.objects.filter(pk=village.pk).update(boundary=square(106.0, 38.0))
    road = replace(subject, division=county.home)

    def handler(subject, point):
        given = {"topic": "phone", "text": "坏了", "address": "203.0.113.5", "point": point}
        return receive(kind=kind, subject=subject, **given)[0]

    inside, outside = Point(106.0, 38.0, srid=4490), Point(100.0, 30.0, srid=4490)
    assert handler(road, None).handler is None
    assert handler(road, outside).handler is None
    told = handler(road, inside)
    assert (told.division, told.handler) == (village, village.parent)
    other = county.villages[2]
    assert handler(replace(subject, division=other), inside).division == other, (
        "a record's own place is believed"
    )
