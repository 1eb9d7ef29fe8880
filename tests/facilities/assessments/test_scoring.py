"""A score is the weighted share of the points; nobody confirms the own; what was confirmed stays."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from facilities.models import Assessment, ScoreItem
from facilities.services.assessments import scoring, work
from facilities.services.assessments.scoring import Points
from facilities.services.conflict import ChangedMeanwhile, NotYours
from geo_registry.worklist.registry import Asked, Pile
from tests.attachments.files import pdf

from .conftest import DAY


def given(sheet, *points, **options):
    return {
        item.pk: Points(points=Decimal(value) if value is not None else None, **options)
        for item, value in zip(sheet.items.all(), points, strict=True)
    }


def save(assessment, by, points, *, submit=False, revision=None):
    return scoring.save_points(assessment=assessment, by=by, revision=revision, points=points, submit=submit)


def handed_in(assessment, by, shot, *points):
    values = given(assessment.sheet, *points)
    first = next(iter(values))
    values[first] = Points(points=values[first].points, evidence=[shot(by)])
    return save(assessment, by, values, submit=True)


def test_the_score_is_the_weighted_share_of_the_points_and_its_parts_say_so():
    items = [ScoreItem(pk=1, weight=Decimal(50), scale=10), ScoreItem(pk=2, weight=Decimal(30), scale=5),
             ScoreItem(pk=3, weight=Decimal(20), scale=10)]  # fmt: skip
    score = scoring.score_of(items, {1: Decimal(8), 2: Decimal(5), 3: Decimal(0)})
    assert score.value == Decimal("70.00")
    assert [share.share for share in score.shares] == [Decimal(40), Decimal(30), Decimal(0)]
    assert [share.most for share in score.shares] == [Decimal(50), Decimal(30), Decimal(20)]


def test_weights_need_not_add_up_to_a_hundred_and_rounding_happens_once():
    items = [ScoreItem(pk=pk, weight=Decimal(1), scale=3) for pk in (1, 2, 3)]
    assert scoring.score_of(items, dict.fromkeys((1, 2, 3), Decimal(3))).value == Decimal("100.00")
    assert scoring.score_of(items, {1: Decimal(1), 2: Decimal(1), 3: Decimal(0)}).value == Decimal("22.22")


def test_what_is_not_scored_yet_has_no_score(assessment, clerk, sheet):
    row = save(assessment, clerk, given(sheet, 8, None, 5))
    assert (row.score, row.passed) == (None, None)
    with pytest.raises(ValidationError) as refused:
        save(row, clerk, given(sheet, 8, None, 5), submit=True)
    first, second, _third = sheet.items.all()
    assert set(refused.value.error_dict) == {f"p-{second.pk}", f"e-{first.pk}"}


def test_points_lie_between_nothing_and_the_most(assessment, clerk, sheet):
    with pytest.raises(ValidationError):
        save(assessment, clerk, given(sheet, 11, 5, 5))


@pytest.mark.parametrize(("points", "passed"), [((6, 3, 6), True), ((5, 3, 6), False)])
def test_the_pass_mark_is_the_sheets(assessment, clerk, shot, points, passed):
    row = handed_in(assessment, clerk, shot, *points)
    assert (row.passed, row.state) == (passed, Assessment.State.SUBMITTED)


def test_nobody_confirms_the_own_scoring(assessment, clerk, reviewer, planner, shot):
    row = handed_in(assessment, reviewer, shot, 8, 5, 5)
    for person in (reviewer, clerk, planner):
        with pytest.raises(NotYours):
            scoring.decide(assessment=row, by=person, revision=None, confirmed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.update(confirmed_by=reviewer)


def test_what_goes_back_has_a_reason_and_is_handed_in_again(assessment, clerk, reviewer, shot):
    row = handed_in(assessment, clerk, shot, 8, 5, 5)
    with pytest.raises(ValidationError):
        scoring.decide(assessment=row, by=reviewer, revision=None, confirmed=False)
    back = scoring.decide(
        assessment=row, by=reviewer, revision=row.revision, confirmed=False, reason="第二项偏高"
    )
    assert back.state == Assessment.State.RETURNED
    again = handed_in(back, clerk, shot, 8, 4, 5)
    done = scoring.decide(assessment=again, by=reviewer, revision=again.revision, confirmed=True)
    assert (done.state, done.confirmed_by) == (Assessment.State.CONFIRMED, reviewer)
    with pytest.raises(NotYours):
        save(done, clerk, given(done.sheet, 10, 5, 10))


def test_two_scorers_at_once_do_not_overwrite_each_other(assessment, clerk, sheet):
    save(assessment, clerk, given(sheet, 8, 5, 5), revision=0)
    with pytest.raises(ChangedMeanwhile):
        save(assessment, clerk, given(sheet, 1, 1, 1), revision=0)


def test_failing_are_those_whose_last_confirmed_score_of_a_day_is_too_low(
    facility, clerk, reviewer, sheet, shot
):
    for day, points in ((DAY, (1, 1, 1)), (DAY + datetime.timedelta(days=2), (10, 5, 10))):
        row = handed_in(scoring.begin(facility=facility, by=clerk, day=day), clerk, shot, *points)
        scoring.decide(assessment=row, by=reviewer, revision=None, confirmed=True)
    assert not scoring.failing_on(DAY - datetime.timedelta(days=1)).exists()
    assert list(scoring.failing_on(DAY)) == [facility]
    assert not scoring.failing_on(DAY + datetime.timedelta(days=2)).exists()


def test_the_page_scores_with_evidence_and_the_reviewer_confirms(
    sign_in, clerk, clerk_there, reviewer, assessment, sheet
):
    address = reverse("assessments:detail", args=[assessment.pk])
    first, second, third = sheet.items.all()
    data = {
        "revision": 0,
        f"p-{first.pk}": "8",
        f"p-{second.pk}": "5",
        f"p-{third.pk}": "5",
        f"e-{first.pk}": SimpleUploadedFile("台账.pdf", pdf()),
        "submit": "",
    }
    assert sign_in(clerk_there).get(address).status_code == 404
    client = sign_in(clerk)
    assert client.post(address, data).status_code == 302
    assert client.get(address).context["decide_form"] is None
    client = sign_in(reviewer)
    html = client.get(address).content.decode()
    assert "台账.pdf" in html
    assert "80.00" in html
    assert client.post(address, {"revision": 1, "confirm": ""}).status_code == 302
    assert "80.00" in client.get(reverse("assessments:overview")).content.decode()
    assessment.refresh_from_db()
    assert assessment.state == Assessment.State.CONFIRMED


def test_what_waits_is_told_to_the_reviewer_and_what_came_back_to_the_scorer(
    assessment, clerk, reviewer, shot
):
    day, provider = timezone.localdate(), work.Assessments()
    row = handed_in(assessment, clerk, shot, 8, 5, 5)
    assert provider.counts(Asked(user=reviewer, day=day)).total == 1
    assert provider.counts(Asked(user=clerk, day=day)).total == 0
    assert provider.counts(Asked(user=clerk, day=day, pile=Pile.OTHERS)).total == 1
    scoring.decide(assessment=row, by=reviewer, revision=None, confirmed=False, reason="重打")
    assert provider.counts(Asked(user=clerk, day=day)).returned == 1
    (item,) = provider.items(Asked(user=clerk, day=day), first=0, size=3)
    assert (item.returned, item.reason) == (True, "重打")


def test_the_card_shows_scores_and_begins_one(sign_in, clerk, facility, sheet):
    client = sign_in(clerk)
    html = client.get(reverse("facilities:record", args=[facility.number])).content.decode()
    assert reverse("assessments:begin", args=[facility.number]) in html
    assert client.post(reverse("assessments:begin", args=[facility.number])).status_code == 302
    assert Assessment.objects.get().day == timezone.localdate()
