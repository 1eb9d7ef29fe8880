"""Spellings: proposed by the program, confirmed by a person who may, never two at once."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from geo_registry.accounts.models import Role
from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind, Spelling
from placenames.naming import DoubtCode
from placenames.services.spellings import (
    clean_spelling,
    confirm_spelling,
    propose_spellings,
)
from tests.factories import OfficeFactory, UserFactory


@pytest.fixture
def officer(db, county):
    return UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=county))


def name_of(text, *, kind="hamlet", division="甲东村", language="zh"):
    place = Place.objects.create(
        kind=PlaceKind.objects.get(code=kind),
        division=Division.objects.filter(name=division).first(),
        published=True,
    )
    return Name.objects.create(place=place, text=text, status=Name.Status.STANDARD, language=language)


def confirmed(name):
    return Name.objects.get(pk=name.pk).confirmed_spelling()


@pytest.mark.django_db
@pytest.mark.usefixtures("kinds", "county")
class TestProposals:
    def test_every_chinese_name_gets_one_as_its_kind_is_written(self):
        hamlet, road, other = (
            name_of("任家桥"),
            name_of("任家桥路", kind="road"),
            name_of("Ürümçi", language="ug"),
        )
        done = propose_spellings()
        assert (done.created, done.renewed, done.unchanged) == (2, 0, 0)
        assert hamlet.spellings.get().text == "Rénjiāqiáo"
        assert road.spellings.get().text == "Rénjiāqiáo Lù"
        assert not other.spellings.exists()

    def test_it_keeps_its_doubts(self):
        name = name_of("任家堡")
        propose_spellings()
        assert {row["code"] for row in name.spellings.get().doubts} == {DoubtCode.SURNAME, DoubtCode.FORTRESS}

    def test_doing_it_again_changes_nothing(self):
        name_of("任家桥")
        propose_spellings()
        done = propose_spellings()
        assert (done.created, done.renewed, done.unchanged) == (0, 0, 1)

    def test_a_change_of_the_kind_renews_proposals_and_leaves_what_is_confirmed(self, officer):
        waits, done = name_of("任家桥"), name_of("王家桥")
        propose_spellings()
        confirm_spelling(name=done, text="Wángjiāqiáo", user=officer)
        PlaceKind.objects.filter(code="hamlet").update(split_mode="apart")
        assert propose_spellings().renewed == 1
        assert waits.spellings.get().text == "Rénjiā Qiáo"
        assert confirmed(done).text == "Wángjiāqiáo"

    def test_names_are_proposed_for_in_bulk(self, django_assert_max_num_queries):
        for i in range(40):
            name_of(f"甲{i}屯")
        with django_assert_max_num_queries(16):
            propose_spellings()


@pytest.mark.django_db
@pytest.mark.usefixtures("kinds", "county")
class TestConfirming:
    def test_the_proposal_becomes_the_confirmed_spelling_with_who_and_when(self, officer):
        name = name_of("任家桥")
        propose_spellings()
        confirm_spelling(name=name, text=" Rénjiāqiáo ", user=officer)
        spelling = name.spellings.get()
        assert (spelling.text, spelling.status, spelling.confirmed_by) == ("Rénjiāqiáo", "confirmed", officer)
        assert spelling.confirmed_at is not None

    def test_another_one_replaces_it_and_both_are_kept(self, officer):
        name = name_of("胡家堡")
        confirm_spelling(name=name, text="Hújiābǎo", user=officer)
        confirm_spelling(name=name, text="Hújiāpù", user=officer)
        assert sorted(name.spellings.values_list("text", "status")) == [
            ("Hújiābǎo", "replaced"),
            ("Hújiāpù", "confirmed"),
        ]

    def test_confirming_the_same_again_changes_nothing(self, officer):
        name = name_of("任家桥")
        first = confirm_spelling(name=name, text="Rénjiāqiáo", user=officer)
        assert confirm_spelling(name=name, text="Rénjiāqiáo", user=officer) == first
        assert name.spellings.count() == 1

    def test_a_reading_of_the_officers_own_is_found_at_once(self, officer):
        name = name_of("无名屯")
        confirm_spelling(name=name, text="Bídàotún", user=officer)
        assert Name.objects.matching("bidaotun").get() == name

    @pytest.mark.parametrize("role", [Role.PLANNER, Role.REVIEWER, Role.CLERK, Role.VIEWER])
    def test_others_may_not(self, county, role):
        user = UserFactory(role=role, office=OfficeFactory(division=county))
        with pytest.raises(PermissionDenied):
            confirm_spelling(name=name_of("任家桥"), text="Rénjiāqiáo", user=user)
        assert not Spelling.objects.filter(status="confirmed").exists()

    def test_nobody_may_outside_the_own_division(self, county):
        office = OfficeFactory(division=Division.objects.get(name="乙二镇"))
        user = UserFactory(role=Role.NAME_OFFICER, office=office)
        with pytest.raises(PermissionDenied):
            confirm_spelling(name=name_of("任家桥"), text="Rénjiāqiáo", user=user)


@pytest.mark.parametrize("text", ["Xī'ān Lù", "2 Mǎlù", "Dì-9 Lòng", "Lǜyuán Jiē", "XI'AN LU", "Tiān’é"])
def test_spellings_as_the_rules_have_them_are_accepted(text):
    assert clean_spelling(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "兴业路", "Xīngyè 路", "<b>", "Xingye/Lu", "12", "'", "Ñandú", "Łódź"]
)
def test_what_is_no_spelling_is_refused(text):
    with pytest.raises(ValidationError):
        clean_spelling(text)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_leave_one_confirmed_spelling(kinds, county):
    officers = [UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=county)) for _i in range(2)]
    name = name_of("胡家堡")
    ready = threading.Barrier(2)
    errors = []

    def confirm(officer, text):
        try:
            ready.wait(timeout=10)
            confirm_spelling(name=name, text=text, user=officer)
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=confirm, args=(officer, text))
        for officer, text in zip(officers, ["Hújiābǎo", "Hújiāpù"], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(name.spellings.values_list("status", flat=True)) == ["confirmed", "replaced"]
