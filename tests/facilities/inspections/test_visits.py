"""An inspection is filled in on site: nothing is skipped, and nothing that was typed is overwritten by somebody else."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from facilities.models import CheckResult, Finding, Inspection
from facilities.services.conflict import ChangedMeanwhile, NotYours
from facilities.services.inspections import findings, visits
from facilities.services.inspections.visits import Answer, Defect
from geo_registry.attachments.models import Attachment

DAY = datetime.date(2026, 11, 20)


def save(inspection, by, answers=None, *, finish=True, **options):
    return visits.save_visit(
        inspection=inspection,
        by=by,
        revision=options.pop("revision", inspection.revision),
        done_on=options.pop("done_on", DAY),
        answers=answers,
        finish=finish,
        **options,
    )


def answers_for(inspection, first="ok", second="ok", **defect):
    fire, food = visits.items_of(inspection)
    return {
        fire.pk: Answer(outcome=first, defect=Defect(**defect)),
        food.pk: Answer(outcome=second, number=Decimal("4.5")),
    }


def test_everything_in_order_leaves_no_finding(inspection, clerk):
    done = save(inspection, clerk, answers_for(inspection))
    assert (done.state, done.done_on, done.done_by) == (Inspection.State.DONE, DAY, clerk)
    assert not done.findings.exists()
    assert done.results.get(item__measured_in="°C").number == Decimal("4.5")


def test_an_inspection_is_not_finished_while_an_item_has_no_answer(inspection, clerk):
    fire, food = visits.items_of(inspection)
    with pytest.raises(ValidationError) as refused:
        save(inspection, clerk, {fire.pk: Answer(outcome="ok")})
    assert set(refused.value.error_dict) == {f"o-{food.pk}"}
    assert save(inspection, clerk, {fire.pk: Answer(outcome="ok")}, finish=False).results.count() == 1


def test_what_is_bad_becomes_a_finding_with_a_deadline_by_its_severity(inspection, clerk, shot):
    save(inspection, clerk, answers_for(inspection, "bad", responsible_role="后勤主管", photos=[shot(clerk)]))
    finding = Finding.objects.get()
    assert (finding.severity, finding.deadline) == ("major", DAY + datetime.timedelta(days=3))
    assert finding.text == finding.item.text_zh
    assert finding.hazard == "fire"
    assert Attachment.objects.of(finding).get().purpose == visits.BEFORE


def test_a_finding_that_needs_a_photo_is_not_finished_without(inspection, clerk):
    fire, _food = visits.items_of(inspection)
    with pytest.raises(ValidationError) as refused:
        save(inspection, clerk, answers_for(inspection, "bad"))
    assert set(refused.value.error_dict) == {f"p-{fire.pk}"}
    assert not Finding.objects.exists(), "what was refused leaves nothing"


def test_an_answer_that_was_changed_takes_its_finding_back(inspection, clerk):
    row = save(inspection, clerk, answers_for(inspection, "bad"), finish=False)
    assert Finding.objects.count() == 1
    row = save(row, clerk, answers_for(row), finish=False)
    assert not Finding.objects.exists()
    assert row.results.filter(outcome=CheckResult.Outcome.OK).count() == 2


def test_something_that_no_item_asks_for_is_a_finding_too(inspection, clerk):
    save(inspection, clerk, answers_for(inspection), more=Defect(text="院墙开裂", severity="serious"))
    finding = Finding.objects.get()
    assert (finding.item, finding.text) == (None, "院墙开裂")
    assert finding.deadline == DAY + datetime.timedelta(days=15)


def test_a_drill_says_what_how_many_and_how_it_went(inspection, clerk):
    Inspection.objects.filter(pk=inspection.pk).update(kind=Inspection.Kind.DRILL)
    with pytest.raises(ValidationError) as refused:
        save(inspection, clerk)
    assert set(refused.value.error_dict) == {"drill", "participants", "summary"}
    done = save(inspection, clerk, drill="fire", participants=31, summary="三分钟内疏散完毕")
    assert (done.participants, done.state) == (31, Inspection.State.DONE)


def test_the_second_of_two_people_is_told_and_overwrites_nothing(inspection, clerk, other_clerk):
    save(inspection, clerk, answers_for(inspection), finish=False, revision=0)
    with pytest.raises(ChangedMeanwhile):
        save(inspection, other_clerk, answers_for(inspection, "bad"), finish=False, revision=0)
    assert not Finding.objects.exists()


def test_what_is_finished_is_not_filled_in_again(inspection, clerk):
    done = save(inspection, clerk, answers_for(inspection))
    with pytest.raises(NotYours):
        save(done, clerk, answers_for(inspection, "bad"))
    with pytest.raises(NotYours):
        visits.call_off(inspection=done, reason="搬迁")


def test_tomorrow_has_not_been_inspected(inspection, clerk):
    with pytest.raises(ValidationError) as refused:
        save(inspection, clerk, answers_for(inspection), done_on=datetime.date(2126, 1, 1))
    assert "done_on" in refused.value.error_dict


@pytest.fixture
def finding(inspection, clerk, shot):
    save(inspection, clerk, answers_for(inspection, "bad", photos=[shot(clerk)]))
    return Finding.objects.get()


def mend(finding, by, shot, **options):
    photos = options.pop("photos", None)
    return findings.mend(
        finding=finding,
        by=by,
        revision=options.pop("revision", finding.revision),
        mended_on=options.pop("mended_on", DAY),
        note="已更换",
        photos=[shot(by, (0, 200, 0))] if photos is None else photos,
    )


def test_mended_needs_a_photo_and_a_day_that_can_be(finding, clerk, shot):
    with pytest.raises(ValidationError) as refused:
        mend(finding, clerk, shot, photos=[], mended_on=DAY - datetime.timedelta(days=1))
    assert set(refused.value.error_dict) == {"photos", "mended_on"}


def test_the_second_look_is_somebody_elses(finding, clerk, other_clerk, shot):
    mended = mend(finding, clerk, shot)
    with pytest.raises(NotYours):
        findings.verify(finding=mended, by=clerk, revision=None, mended=True)
    done = findings.verify(finding=mended, by=other_clerk, revision=mended.revision, mended=True)
    assert (done.state, done.verified_by) == (Finding.State.VERIFIED, other_clerk)


def test_the_database_itself_holds_to_the_second_look(finding, clerk, shot):
    mend(finding, clerk, shot)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.update(state=Finding.State.VERIFIED, verified_by=clerk)


def test_what_is_not_mended_goes_back_with_the_reason(finding, clerk, reviewer, shot):
    mended = mend(finding, clerk, shot)
    with pytest.raises(ValidationError):
        findings.verify(finding=mended, by=reviewer, revision=None, mended=False)
    back = findings.verify(finding=mended, by=reviewer, revision=None, mended=False, reason="压力仍不足")
    assert (back.state, back.returned_reason) == (Finding.State.OPEN, "压力仍不足")
    again = mend(back, clerk, shot)
    assert again.returned_reason == ""


def test_two_second_looks_at_once_are_one(finding, clerk, other_clerk, reviewer, shot):
    mended = mend(finding, clerk, shot)
    findings.verify(finding=mended, by=other_clerk, revision=mended.revision, mended=True)
    with pytest.raises((NotYours, ChangedMeanwhile)):
        findings.verify(finding=mended, by=reviewer, revision=mended.revision, mended=False, reason="没有")


def test_every_change_is_recorded(finding):
    assert finding.events.order_by("pgh_id").first().pgh_label == "insert"
    inspection = finding.inspection
    assert {"insert", "update"} <= set(inspection.events.values_list("pgh_label", flat=True))
