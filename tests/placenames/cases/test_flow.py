"""A case's whole way, who may take which step, and two officers at the same moment."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections, transaction
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.territory.models import Division, Road
from placenames.models import ListWord, Name, NameCase, Place, PlaceKind, Report, Spelling, WordList
from placenames.models.cases import State, Step
from placenames.services import cases
from placenames.services.cases.flow import checked_case
from placenames.services.checking import dismiss
from placenames.services.places import ensure_places_for_divisions
from tests.factories import OfficeFactory, RoadFactory, UserFactory, line

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 1, 1)


@pytest.fixture
def people(town):
    county = town.parent
    office, own = OfficeFactory(division=county), OfficeFactory(division=town)
    return {
        "clerk": UserFactory(role=Role.CLERK, office=own),
        "officer": UserFactory(role=Role.NAME_OFFICER, office=office),
        "reviewer": UserFactory(role=Role.REVIEWER, office=office),
        "second": UserFactory(role=Role.REVIEWER, office=office),
        "viewer": UserFactory(role=Role.VIEWER, office=office),
    }


def road_at(village, lat, name=""):
    return RoadFactory(name=name, geometry=line((106.0, lat), (106.005, lat)), division=village, width_m=9.0)


def draft(text, village, user, road, **more):
    values = {
        "act": "naming", "kind": PlaceKind.objects.get(code="road"), "division": village, "text": text,
        "reason": "新建道路", "roads": [road], "spelling": "Xīngyè Lù",
    }  # fmt: skip
    return cases.save_draft(draft=cases.Draft(**(values | more)), user=user)


def seen(case):
    case.refresh_from_db()
    return checked_case(case).seen


def to_reported(case, people):
    cases.submit(case=case, user=people["clerk"])
    cases.check_case(case=case, user=people["officer"])
    for report in Report.values:
        cases.add_report(case=case, user=people["officer"], report=report, note="同意")
    case.refresh_from_db()
    return case


def approve(case, user, **more):
    values = {"seen": seen(case), "number": "甲政函〔2026〕1号", "approved_on": timezone.localdate()}
    return cases.approve(case=case, user=user, **(values | more))


def test_from_a_draft_to_an_announced_name(village, people):
    road = road_at(village, 38.0)
    case = to_reported(draft("兴业路", village, people["clerk"], road), people)
    assert case.state == State.REPORTED
    approve(case, people["reviewer"])
    case.refresh_from_db()
    government = f"{village.parent.parent.name}人民政府"
    assert (case.authority, case.state) == (government, State.APPROVED)
    today = timezone.localdate()
    assert case.due_on({"filing": 15, "announcing": 15}) == today + datetime.timedelta(days=15)
    cases.file_case(case=case, user=people["officer"], on_day=today, number="备1")
    with pytest.raises(ValidationError):
        cases.announce(case=case, user=people["officer"], on_day=today)
    cases.confirm_case_spelling(case=case, text="Xīngyè Lù", user=people["officer"])
    cases.announce(case=case, user=people["officer"], on_day=today)
    case.refresh_from_db()
    road.refresh_from_db()
    assert road.name == "兴业路"
    assert (case.name.status, case.name.specific, case.name.valid_from) == ("standard", "兴业", today)
    assert case.name.confirmed_spelling().text == "Xīngyè Lù"
    assert list(Place.objects.public().found_by("xingyelu")) == [case.place]
    assert case.place.approved_by == government
    assert [step.step for step in case.steps.all()] == [
        "draft", "submit", "check", "report", "report", "report", "approve", "file", "announce", "effect",
    ]  # fmt: skip
    assert all(step.by_id for step in case.steps.exclude(step=Step.EFFECT))


def test_nobody_takes_a_step_that_is_not_theirs(village, people):
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    with pytest.raises(PermissionDenied):
        cases.submit(case=case, user=people["viewer"])
    with pytest.raises(PermissionDenied):
        draft("星光路", Division.objects.get(name="丙东村"), people["clerk"], road_at(village, 38.01))
    cases.submit(case=case, user=people["clerk"])
    for user in ("clerk", "reviewer"):
        with pytest.raises(PermissionDenied):
            cases.check_case(case=case, user=people[user])
    assert cases.available(people["viewer"], case) == []


def test_no_place_or_road_of_another_township_is_named(village, named, people):
    other = Division.objects.get(name="丙东村")
    theirs = named("古城路", other, (106.0, 38.0), (106.005, 38.0))
    with pytest.raises(PermissionDenied):
        draft("兴业路", village, people["clerk"], road_at(village, 38.0), act="renaming", place=theirs.place)
    with pytest.raises(PermissionDenied):
        draft("兴业路", village, people["clerk"], road_at(other, 38.0))


def test_nobody_approves_the_own_draft(village, people):
    from geo_registry.accounts.models import User

    case = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    User.objects.filter(pk=people["clerk"].pk).update(role=Role.ADMINISTRATOR)
    author = User.objects.get(pk=people["clerk"].pk)
    assert Step.APPROVE not in cases.available(author, case)
    with pytest.raises(PermissionDenied):
        approve(case, author)


def test_a_case_is_returned_mended_and_refused_with_reasons(village, people):
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    cases.submit(case=case, user=people["clerk"])
    with pytest.raises(ValidationError):
        cases.return_case(case=case, user=people["officer"], note=" ")
    cases.return_case(case=case, user=people["officer"], note="请补充含义")
    case.refresh_from_db()
    assert cases.available(people["clerk"], case) == [Step.SUBMIT, Step.WITHDRAW]
    cases.submit(case=case, user=people["clerk"])
    cases.refuse(case=case, user=people["reviewer"], note="不宜命名")
    case.refresh_from_db()
    assert case.state == State.REFUSED
    with pytest.raises(ValidationError):
        cases.submit(case=case, user=people["clerk"])


def test_only_the_drafter_withdraws(village, people):
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    with pytest.raises(PermissionDenied):
        cases.withdraw(case=case, user=people["officer"])
    cases.withdraw(case=case, user=people["clerk"])
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN


def test_what_blocks_is_said_when_it_is_submitted(village, named, people):
    named("兴业路", village, (106.01, 38.0), (106.015, 38.0))
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    with pytest.raises(ValidationError, match="兴业路"):
        cases.submit(case=case, user=people["clerk"])


def test_approval_waits_for_the_reports_that_the_kind_requires(village, people):
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    cases.submit(case=case, user=people["clerk"])
    cases.check_case(case=case, user=people["officer"])
    case.refresh_from_db()
    assert case.state == State.CHECKED
    with pytest.raises(ValidationError):
        approve(case, people["reviewer"])


def test_a_homophone_is_approved_only_with_a_reason(village, named, people):
    named("星业路", village, (106.01, 38.0), (106.015, 38.0))
    case = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    with pytest.raises(ValidationError, match="星业路"):
        approve(case, people["reviewer"])
    checked = checked_case(case)
    dismiss(
        subject=cases.subject_of(case), findings=checked.findings, code="homophone",
        against=checked.findings[2].evidence[0].key, reason="分属两片，不致混淆", user=people["officer"],
    )  # fmt: skip
    approve(case, people["reviewer"])


def test_a_name_that_comes_up_after_the_page_was_opened_must_be_seen(village, people):
    first = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    opened = seen(first)
    draft_two = draft("星业路", village, people["clerk"], road_at(village, 38.01))
    cases.submit(case=draft_two, user=people["clerk"])
    with pytest.raises(cases.SeenOtherwise, match=r"星业路.*正在拟定，尚未启用"):
        approve(first, people["reviewer"], seen=opened)
    NameCase.objects.filter(pk=draft_two.pk).update(state=State.APPROVED)
    with pytest.raises(cases.SeenOtherwise, match=r"星业路.*已批准，尚未启用"):
        approve(first, people["reviewer"], seen=opened)


@pytest.mark.django_db(transaction=True)
def test_of_two_homophones_at_the_same_moment_one_is_approved(village, people):
    """Two connections: the second waits for the first to commit, and is then told of it."""
    one = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    two = to_reported(draft("星业路", village, people["clerk"], road_at(village, 38.01)), people)
    for case, against in ((one, two), (two, one)):
        checked = checked_case(case)
        dismiss(
            subject=cases.subject_of(case), findings=checked.findings, code="homophone", against=f"case:{against.pk}",
            reason="等待比较", user=people["officer"],
        )  # fmt: skip
    opened = {case.pk: seen(case) for case in (one, two)}
    holds, outcomes = threading.Event(), {}

    def first():
        with transaction.atomic():
            approve(one, people["reviewer"], seen=opened[one.pk])
            holds.set()
            outcomes["waited"] = _somebody_waits()
        outcomes["first"] = "approved"
        connections.close_all()

    def second():
        holds.wait(20)
        try:
            approve(two, people["second"], seen=opened[two.pk])
            outcomes["second"] = "approved"
        except cases.SeenOtherwise as error:
            outcomes["second"] = error.messages
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes["waited"], "the second must wait for the first's lock, or nothing was tried"
    assert outcomes["first"] == "approved"
    assert "兴业路" in "".join(outcomes["second"])
    assert NameCase.objects.filter(state=State.APPROVED).count() == 1


def _somebody_waits():
    """Whether another connection waits for the lock within ten seconds."""
    for _i in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return True
        threading.Event().wait(0.1)
    return False


def announced(case, people, *, authority="", **more):
    case = to_reported(case, people)
    approve(case, people["reviewer"], authority=authority)
    cases.confirm_case_spelling(case=case, text=case.spelling, user=people["officer"])
    cases.announce(case=case, user=people["officer"], on_day=timezone.localdate(), **more)
    case.refresh_from_db()
    return case


def test_a_renaming_keeps_the_old_name_and_changes_the_road(village, named, people):
    old = named("古城路", village, (106.0, 38.0), (106.005, 38.0))
    ListWord.objects.create(list=WordList.PROTECTED, text="古城路", verified=True)
    values = {"act": "renaming", "place": old.place, "roads": list(old.place.roads.all())}
    case = draft("兴业路", village, people["clerk"], None, **values)
    with pytest.raises(ValidationError, match="古城路"):
        cases.submit(case=case, user=people["clerk"])
    case = cases.save_draft(
        draft=cases.Draft(
            act="renaming", kind=case.kind, division=village, text="兴业路", place=old.place, reason="名实不符",
            roads=values["roads"], measures="立牌说明旧名", spelling="Xīngyè Lù",
        ),
        user=people["clerk"], case=case,
    )  # fmt: skip
    case = announced(case, people)
    old.refresh_from_db()
    assert (old.status, old.valid_to) == ("former", timezone.localdate())
    assert Road.objects.get(pk=values["roads"][0].pk).name == "兴业路"
    assert case.place.standard_name().text == "兴业路"


def test_a_name_for_a_day_to_come_takes_effect_on_it(village, named, people, monkeypatch):
    old = named("古城路", village, (106.0, 38.0), (106.005, 38.0))
    soon = timezone.localdate() + datetime.timedelta(days=7)
    case = draft(
        "兴业路", village, people["clerk"], None, act="renaming", place=old.place, roads=list(old.place.roads.all())
    )  # fmt: skip
    case = announced(case, people, effective_on=soon)
    assert Place.objects.get(pk=old.place_id).current_name().text == "古城路"
    assert not list(Place.objects.public().found_by("兴业路"))
    assert cases.settle_names() == 0
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_a: soon)
    assert cases.settle_names() == 1
    assert cases.settle_names() == 0
    old.refresh_from_db()
    assert (old.status, Road.objects.get(places=old.place_id).name) == ("former", "兴业路")


def test_a_village_is_renamed_with_its_division(village, people):
    ensure_places_for_divisions()
    place = Place.objects.get(named_division=village)
    case = draft(
        "兴业村", village, people["clerk"], None, act="renaming", kind=PlaceKind.objects.get(code="village"),
        place=place, roads=[], spelling="Xīngyè Cūn",
    )  # fmt: skip
    # Who approves a village's name is the province's to say: the announcement says which office it was.
    with pytest.raises(ValidationError, match="按省级规定的批准机关"):
        announced(case, people)
    case.steps.exclude(step="draft").delete()
    NameCase.objects.filter(pk=case.pk).update(state=State.DRAFT)
    announced(case, people, authority="甲市人民政府")
    village.refresh_from_db()
    assert village.name == "兴业村"
    assert ensure_places_for_divisions().changed is False


def test_a_retired_name_ends_and_leaves_the_road_unnamed(village, named, people):
    old = named("古城路", village, (106.0, 38.0), (106.005, 38.0))
    case = draft("", village, people["clerk"], None, act="retiring", place=old.place, roads=[], spelling="")
    case = to_reported(case, people)
    approve(case, people["reviewer"])
    cases.announce(case=case, user=people["officer"], on_day=timezone.localdate())
    assert Road.objects.get(places=old.place_id).name == ""
    assert Place.objects.get(pk=old.place_id).current_name() is None
    assert not Place.objects.public().filter(pk=old.place_id).exists()


def test_a_changed_name_takes_its_confirmation_back(village, people):
    case = draft("兴业路", village, people["officer"], road_at(village, 38.0))
    case = cases.confirm_case_spelling(case=case, text="Xīngyè Lù", user=people["officer"])
    again = cases.Draft(
        act="naming", kind=case.kind, division=village, text="星光路", reason="新建", roads=list(case.roads.all()),
        spelling="Xīngguāng Lù",
    )  # fmt: skip
    assert cases.save_draft(draft=again, user=people["officer"], case=case).spelling_confirmed_by is None


def test_naming_a_road_that_the_map_has_makes_no_second_place(village, people):
    from placenames.services.places import ensure_places_for_roads

    road = road_at(village, 38.0, name="老路")
    ensure_places_for_roads()
    place = Place.objects.get(roads=road)
    case = announced(draft("兴业路", village, people["clerk"], road), people)
    assert case.place == place
    assert Name.objects.get(text="老路").status == "former"
    assert Spelling.objects.filter(name=case.name, status="confirmed").count() == 1
