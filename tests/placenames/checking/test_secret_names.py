"""A secret name like the one proposed: that there is one is told to anybody, which and where only to whoever may read it.

兴业路 lies in 乙二镇 and is secret; a clerk of 乙一镇 proposes 星业路, which sounds the same. Each way to the checks is a test.
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts import policy
from geo_registry.accounts.history import record_history
from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.territory.models import Division, Road
from placenames import admin as naming_admin
from placenames.models import Dismissal, Name, NameCase, Place, PlaceKind
from placenames.models.cases import State
from placenames.services import batches, cases, reviewing
from placenames.services.checking import Checker, Subject, check_name, dismiss
from placenames.services.checking.secrecy import readable_by
from placenames.services.checking.words import as_rows
from placenames.services.papers import announcement, application, to_docx
from placenames.services.reviewing import Chosen
from tests.factories import OfficeFactory, RoadFactory, UserFactory, line, square
from tests.placenames.cases.test_flow import approve, draft, people, road_at, to_reported

from .conftest import at
from .test_drawn_names import new, problems, renamed, sent
from .test_drawn_names import signed_in as sign_in_as

pytestmark = pytest.mark.django_db
__all__ = ["people"]

SECRET, WHERE, POINT = "兴业路", "丙东村", "38.0123"
TOLD = "有一个不公开的地名"


@pytest.fixture
def kept(village, named):
    """The secret road of the other township, in the built-up area where names must be the only ones."""
    name = named(SECRET, Division.objects.get(name=WHERE), (106.015, 38.0123), (106.016, 38.0123))
    Place.objects.filter(pk=name.place_id).update(secrecy="秘密")
    return name


@pytest.fixture
def proposed(village, kept, people):
    return draft("星业路", village, people["clerk"], road_at(village, 38.0))


@pytest.fixture
def sign_in(client, people):
    def sign_in(who):
        client.force_login(people[who], backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return sign_in


def hidden(text):
    """Whether a text tells of the secret name, and nothing that is secret about it."""
    return TOLD in text and not told(text)


def told(text):
    return SECRET in text or WHERE in text or POINT in text


def asked(village, text="星业路", **more):
    kind = PlaceKind.objects.select_related("procedure").get(code="road")
    return Subject(text=text, kind=kind, division=village, **({"geometry": at(106.01, 38.0)} | more))


def everything(checked):
    return json.dumps(as_rows(checked.findings), ensure_ascii=False)


# -- the checks themselves -------------------------------------------------------------------------


def test_unless_somebody_is_named_who_may_read_it_nobody_is_told(village, kept, people):
    checked = check_name(asked(village))
    assert hidden(everything(checked))
    assert village.parent.parent.name in everything(checked)
    for who in ("officer", "reviewer", "viewer"):
        assert told(everything(checked.told_to(people[who])))
    assert hidden(everything(checked.told_to(people["clerk"])))
    own = UserFactory(role=Role.CLERK, office=OfficeFactory(division=Division.objects.get(name=WHERE).parent))
    assert told(everything(checked.told_to(own)))
    # What decides is the same for all: nobody gets past the name by not seeing it.
    assert checked.seen == checked.told_to(people["officer"]).seen == {f"homophone=place:{kept.place_id}"}
    assert not checked.told_to(people["clerk"]).all_clear


def test_who_may_read_a_secret_name_is_whoever_may_read_its_place(village, kept, people):
    place = Place.objects.get(pk=kept.place_id)
    nowhere = Place.objects.create(kind=place.kind, secrecy="秘密")
    for one in (place, nowhere):
        path = one.division.path if one.division else ""
        for who in people.values():
            assert policy.takes_in(who, path) == policy.may_touch(who, "view", one)
    assert not policy.takes_in(UserFactory(role=Role.CLERK, office=None), place.division.path)
    assert readable_by(people["officer"]) is not readable_by(people["clerk"])


def test_many_names_at_once_are_told_no_more(village, kept):
    subjects = [asked(village, text) for text in ("星业路", "东风路", "和平路", "建设路", "光明路", "友谊路")]
    first, *others = Checker().check(subjects)
    assert hidden(everything(first))
    assert not any(TOLD in everything(other) for other in others)


def test_a_place_without_a_division_is_said_to_be_at_home(village, kept):
    Place.objects.filter(pk=kept.place_id).update(division=None)
    assert hidden(everything(check_name(asked(village))))


def test_a_secret_road_that_goes_on_is_not_named_and_neither_is_its_key(village, named, kept, people):
    beside = named(SECRET, Division.objects.get(name=WHERE), (106.0, 38.0), (106.005, 38.0))
    Place.objects.filter(pk=beside.place_id).update(secrecy="秘密")
    road = RoadFactory(name="", geometry=line((106.005, 38.0), (106.01, 38.0)), division=village)
    checked = check_name(asked(village, "古城路", geometry=None, roads=[road]))
    assert [item.text for item in checked.told_to(people["officer"]).findings[16].evidence] == [SECRET]
    (item,) = checked.findings[16].evidence
    assert (item.text, item.lon, item.distance_m, item.place_id, item.where) == ("", None, None, "", "")
    assert hidden(everything(checked))


def test_what_a_direction_is_measured_from_is_not_named(village, kept, people):
    Place.objects.filter(pk=kept.place_id).update(division=Division.objects.get(name=WHERE))
    checked = check_name(asked(village, "兴业东路"))
    assert SECRET in everything(checked.told_to(people["officer"]))
    assert checked.findings[15].evidence[0].is_veiled
    assert not told(everything(checked))


def test_a_proposal_for_a_secret_place_is_hidden_like_its_name(village, kept, people):
    name = Name.objects.get(pk=kept.pk)
    NameCase.objects.create(
        act="renaming", kind=name.place.kind, division=name.place.division, place=name.place, text="光华路",
        old_text=name.text, state=State.SUBMITTED, created_by=people["officer"],
    )  # fmt: skip
    checked = check_name(asked(village, "光华路"), other_cases=cases.other_cases)
    assert "光华路”" not in everything(checked)
    assert TOLD in everything(checked)
    assert "光华路”" in everything(checked.told_to(people["officer"]))


def test_a_reason_given_by_who_may_read_it_is_not_told_to_others_who_set_nothing_aside(village, kept, people):
    proposal = asked(village)
    findings = check_name(proposal).told_to(people["clerk"]).findings
    against = findings[2].evidence[0].key
    arguments = {"subject": proposal, "code": "homophone", "against": against}
    with pytest.raises(ValidationError, match="不公开"):
        dismiss(**arguments, findings=findings, reason="不远", user=people["clerk"])
    findings = check_name(proposal).told_to(people["officer"]).findings
    dismiss(**arguments, findings=findings, reason=f"与{SECRET}相距甚远", user=people["officer"])
    assert Dismissal.objects.count() == 1
    checked = check_name(proposal)
    assert checked.findings[2].evidence[0].dismissed
    assert not told(everything(checked))
    assert SECRET in everything(checked.told_to(people["officer"]))


# -- each way to them ------------------------------------------------------------------------------


def test_the_form_of_a_proposal(sign_in, village, kept, kinds):
    form = {
        "act": "naming", "kind": kinds["road"].pk, "division": village.pk, "text": "星业路", "reason": "新建道路",
        "roads": str(road_at(village, 38.0).pk),
    }  # fmt: skip
    answer = sign_in("clerk").post(reverse("naming:check"), form).json()
    assert hidden(json.dumps(answer, ensure_ascii=False))
    assert answer["points"] == []
    assert told(json.dumps(sign_in("officer").post(reverse("naming:check"), form).json(), ensure_ascii=False))
    # Nor is it taken for the place of the case by whoever learns its address.
    answer = sign_in("clerk").post(reverse("naming:check"), form | {"place": kept.place.short_id}).json()
    assert not told(json.dumps(answer, ensure_ascii=False))


def test_the_page_of_a_case_and_its_history(sign_in, proposed, people):
    cases.submit(case=proposed, user=people["clerk"])
    cases.check_case(case=proposed, user=people["officer"])
    address = reverse("naming:case", args=[proposed.pk])
    page = sign_in("clerk").get(address).content.decode()
    assert hidden(page)
    assert "naming:dismiss" not in page
    assert told(sign_in("officer").get(address).content.decode())
    proposed.refresh_from_db()
    assert hidden(json.dumps(proposed.findings, ensure_ascii=False))
    assert not told(str(record_history(NameCase, proposed.pk)))
    history = reverse("accounts:history", args=["placenames", "namecase", proposed.pk])
    assert not told(sign_in("officer").get(history).content.decode())


def test_what_refuses_a_case_says_no_more(village, named, people):
    kept = named(SECRET, Division.objects.get(name=WHERE), (106.0, 38.004), (106.005, 38.004))
    Place.objects.filter(pk=kept.place_id).update(secrecy="秘密")
    case = draft(SECRET, village, people["clerk"], road_at(village, 38.0))
    with pytest.raises(ValidationError) as refused:
        cases.submit(case=case, user=people["clerk"])
    assert TOLD in str(refused.value)
    assert WHERE not in str(refused.value)


def test_what_came_up_before_an_approval_is_told_to_who_approves(village, kept, people):
    Place.objects.filter(pk=kept.place_id).update(secrecy="")
    case = draft("星业路", village, people["clerk"], road_at(village, 38.0))
    case = to_reported(case, people)
    Place.objects.filter(pk=kept.place_id).update(secrecy="秘密")
    own = UserFactory(role=Role.REVIEWER, office=OfficeFactory(division=village.parent))
    with pytest.raises(cases.SeenOtherwise) as refused:
        approve(case, own, seen=[])
    assert hidden(str(refused.value))
    with pytest.raises(cases.SeenOtherwise) as refused:
        approve(case, people["reviewer"], seen=[])
    assert SECRET in str(refused.value)


def test_papers_and_what_is_announced_of_where_a_road_leads(village, named, proposed, people):
    beside = named(SECRET, Division.objects.get(name=WHERE), (106.005, 37.999), (106.005, 38.001))
    Place.objects.filter(pk=beside.place_id).update(secrecy="秘密")
    cases.submit(case=proposed, user=people["clerk"])
    cases.check_case(case=proposed, user=people["officer"])
    proposed.refresh_from_db()
    proposed.approved_on = proposed.created_at.date()
    for paper in (application(proposed), announcement(proposed)):
        document = zipfile.ZipFile(io.BytesIO(to_docx(paper))).read("word/document.xml").decode()
        assert "星业路" in document
        assert not told(document)


def test_the_description_of_where_a_road_leads(sign_in, village, named):
    beside = named(SECRET, Division.objects.get(name=WHERE), (106.005, 37.999), (106.005, 38.001))
    road = road_at(village, 38.0)
    address = reverse("naming:describe")
    assert SECRET in sign_in("clerk").get(address, {"roads": road.pk}).json()["extent"]
    Place.objects.filter(pk=beside.place_id).update(secrecy="秘密")
    for who in ("clerk", "officer"):
        assert SECRET not in sign_in(who).get(address, {"roads": road.pk}).json()["extent"]


def test_the_stretches_of_a_secret_road_are_not_among_those_to_choose_from(sign_in, village, kept, people):
    stretch = Road.objects.get(name=SECRET)
    address = reverse("naming:roads")
    asked_for = ({"ids": stretch.pk}, {"bbox": "106.01,38.01,106.02,38.02"})
    # Nobody has entered where it lies; or it is entered as the other township's own, or as this one's.
    for division in (None, stretch.division, village):
        Road.objects.filter(pk=stretch.pk).update(division=division)
        for query in asked_for:
            shown = sign_in("officer").get(address, query).json()["features"]
            assert [each["properties"]["name"] for each in shown] == [SECRET]
            assert sign_in("clerk").get(address, query).json()["features"] == []
        description = sign_in("clerk").get(reverse("naming:describe"), {"roads": stretch.pk}).json()
        assert description == {"extent": "", "course": "", "division": None}
        with pytest.raises(PermissionDenied):
            draft("光华路", village, people["clerk"], stretch)
    # Once it is secret no more, it is a road without a division like any other.
    Road.objects.filter(pk=stretch.pk).update(division=None)
    Place.objects.filter(pk=kept.place_id).update(secrecy="")
    for query in asked_for:
        assert len(sign_in("clerk").get(address, query).json()["features"]) == 1


def test_names_looked_through_one_after_another_and_changed_by_hand(sign_in, village, named, kept, people):
    name = named("星业路", village, (106.0, 38.0), (106.005, 38.0))
    page = sign_in("clerk").get(reverse("naming:review"))
    assert page.context["name"] == name
    assert hidden(page.content.decode())
    assert hidden("".join(reviewing.check_again(name, user=people["clerk"])))
    assert SECRET in "".join(reviewing.check_again(name, user=people["officer"]))


def test_djangos_administration(monkeypatch, village, named, kept, people):
    name = named("星业路", village, (106.0, 38.0), (106.005, 38.0))
    said = []
    monkeypatch.setattr(naming_admin.messages, "warning", lambda _request, text: said.append(text))
    request = RequestFactory().get("/")
    request.user = people["clerk"]
    naming_admin._say_findings(request, name)
    assert hidden("".join(said))


def test_why_it_was_set_aside_is_no_business_of_every_clerk(sign_in, village, kept, people):
    proposal = asked(village)
    findings = check_name(proposal).told_to(people["officer"]).findings
    against = findings[2].evidence[0].key
    reason = f"与{SECRET}相距甚远"
    dismiss(
        subject=proposal, code="homophone", against=against, findings=findings, reason=reason, user=people["officer"]
    )  # fmt: skip
    pk = Dismissal.objects.get().pk
    for address in (
        reverse("admin:placenames_dismissal_changelist"),
        reverse("admin:placenames_dismissal_change", args=[pk]),
        reverse("accounts:history", args=["placenames", "dismissal", pk]),
    ):
        for who in ("clerk", "viewer", "reviewer"):
            assert sign_in(who).get(address).status_code == 403, (who, address)
        assert reason in sign_in("officer").get(address).content.decode()


def test_a_change_of_many_keeps_no_more_for_those_who_read_it_later(sign_in, village, named, kept, people):
    named("星业路", village, (106.0, 38.0), (106.005, 38.0), status="recorded")
    shown = reviewing.preview(user=people["reviewer"], action="accept", chosen=Chosen())
    batch = batches.begin(user=people["reviewer"], action="accept", chosen=Chosen(), token=shown.token)
    batches.check(batch=batch, user=people["reviewer"])
    found = json.dumps(list(batch.rows.values_list("findings", flat=True)), ensure_ascii=False)
    assert "A name that is not public" in found
    assert not told(found)
    # Whoever may read it is told when the rows are shown.
    address = reverse("naming:batch", args=[batch.pk])
    page = sign_in("reviewer").get(address).content.decode()
    assert SECRET in page
    assert TOLD not in page
    own = UserFactory(role=Role.REVIEWER, office=OfficeFactory(division=village.parent))
    listed = list(batch.rows.select_related("name"))
    assert hidden("".join(text for _row, texts in batches.findings_told(listed, own) for text in texts))


def test_the_command(village, kept):
    for more in ((), ("--json",)):
        out = io.StringIO()
        with translation.override("zh-hans"):
            call_command(
                "check_name", "星业路", "--kind", "road", "--division", village.code, "--at", "106.01,38.0", *more, stdout=out
            )  # fmt: skip
        assert hidden(out.getvalue())


# -- roads drawn by hand ---------------------------------------------------------------------------


def test_roads_drawn_by_hand_and_sets_that_wait(village, town, kept):
    Division.objects.filter(pk__in=[town.parent_id, town.pk, village.pk]).update(
        boundary=square(106.0, 38.0, half_deg=0.1)
    )
    clerk = sign_in_as(Role.CLERK, town)
    drawn = new("星业路", ((106.0, 38.0), (106.005, 38.0)))
    found = json.dumps(problems(clerk, drawn), ensure_ascii=False)
    assert hidden(found)
    answer = sent(clerk, "drawing:save", changes=[drawn], why="实地核对", propose=True)
    assert answer.status_code == 201, answer.content
    address = reverse("drawing:set", args=[EditSet.objects.get().pk])
    assert hidden(clerk.get(address).content.decode())
    planner = sign_in_as(Role.PLANNER, town.parent)
    assert SECRET in planner.get(address).content.decode()
    assert SECRET in json.dumps(problems(planner, drawn), ensure_ascii=False)


def test_the_approved_name_of_a_secret_road_that_is_drawn_anew(village, town, kept):
    road = Road.objects.get(name=SECRET)
    road.name, road.division = "古城路", village
    road.save()
    clerk = sign_in_as(Role.CLERK, town)
    (found,) = [each for each in problems(clerk, renamed(road, "建设路")) if each["severity"] == "warning"]
    assert "不公开" in found["text"]
    assert not told(found["text"])
