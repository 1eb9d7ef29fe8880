"""The best answers kept for common beginnings give what a look at all names gives, also after changes."""

from __future__ import annotations

import datetime

import pytest

from geo_registry.accounts.models import Role
from geo_registry.search.registry import Asked
from geo_registry.search.services import find
from geo_registry.text.search import keys_wanted
from placenames.models import BeginningsMade, CommonBeginning, Name, Place, Spelling
from placenames.services import beginnings, narrowing
from placenames.services.narrowing import Indexed, narrowed

from .test_search import make

pytestmark = pytest.mark.django_db

TEXTS = [
    "新村", "新村路", "新庄", "新庄路", "大新村", "兴业路", "星业巷", "新兴路", "老新庄", "新", "长新街", "新民路",
    "和平新村", "新建", "人民路", "人和新巷",
]  # fmt: skip
TYPED = [
    "新", "新村", "路", "xin", "xinc", "x", "xc", "l", "lu", "庄", "新庄路", "xinzhuang", "Xīn", "民", "xin村", "新 路", "新 建",
    "欣村", "心", "新龘路", "和平村", "乙二 新", "新 yierzhen", "甲 新村", "新村 甲东村",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _few_are_many(settings, monkeypatch):
    settings.LANGUAGE_CODE = "zh-hans"
    monkeypatch.setattr(beginnings, "COMMON", 2)
    monkeypatch.setattr(beginnings, "KEPT", 12)


@pytest.fixture
def names(county):
    return [make(text, at=(106.0 + n / 50, 38.0)) for n, text in enumerate(TEXTS)]


def answers(monkeypatch, **asked):
    """What is found with what is kept, and by a look at all names, where nothing is common and no area is small."""
    kept = {typed: find(Asked(text=typed, limit=5, **asked)) for typed in TYPED}
    with monkeypatch.context() as without:
        without.setattr("placenames.services.finding.narrowed", lambda *_wanted, **_how: None)
        without.setattr("placenames.services.finding.places_under", lambda *_paths, **_most: None)
        every = {typed: find(Asked(text=typed, limit=5, **asked)) for typed in TYPED}
    return kept, every


def test_beginnings_that_more_names_have_are_kept(names):
    assert beginnings.make_beginnings() == CommonBeginning.objects.count()
    best = CommonBeginning.objects.get(key="h新村")
    assert list(Name.objects.in_bulk(best.public_names)) == best.public_names
    assert Name.objects.get(pk=best.public_names[0]).text == "新村"
    assert not CommonBeginning.objects.filter(key="h兴业").exists()


def test_the_same_is_found_as_among_all_names(names, monkeypatch):
    beginnings.make_beginnings()
    kept, every = answers(monkeypatch)
    assert kept == every
    assert any(kept.values())


def test_and_what_has_changed_since_is_found_as_it_is_now(names, monkeypatch, people):
    beginnings.make_beginnings()
    renamed = names[0].names.get()
    renamed.status, renamed.valid_to = Name.Status.FORMER, datetime.date(2020, 1, 1)
    renamed.save()
    Name.objects.create(place=names[0], text="旧址", status=Name.Status.STANDARD)
    Place.objects.filter(pk=names[2].pk).update(published=False)
    Name.objects.filter(pk=names[3].names.get().pk).delete()
    make("新新村")
    kept, every = answers(monkeypatch)
    assert kept == every
    assert "新庄" not in [hit.text for hit in kept["新"]]
    assert "新新村" in [hit.text for hit in find(Asked(text="新", limit=30))]


@pytest.mark.parametrize("role", [Role.NAME_OFFICER, Role.CLERK])
def test_in_the_office_too(names, monkeypatch, people, role):
    make("新密村", published=False)
    beginnings.make_beginnings()
    kept, every = answers(monkeypatch, user=people[role])
    assert kept == every


def test_near_ones_come_first(names, monkeypatch):
    far = make("新村", at=(110.0, 38.0))
    beginnings.make_beginnings()
    hits = find(Asked(text="新村", near=(110.0, 38.0), limit=3))
    assert hits[0].key == far.short_id


def test_nothing_secret_is_kept_for_the_public(names):
    secret = make("新密村", secrecy="秘密")
    beginnings.make_beginnings()
    pk = secret.names.get().pk
    assert not any(pk in row.public_names for row in CommonBeginning.objects.all())
    assert "新密村" not in [hit.text for hit in find(Asked(text="新", limit=30))]


def test_too_many_changes_and_no_beginnings_mean_all_names(names, monkeypatch):
    wanted = keys_wanted("新")
    assert beginnings.kept_for(["h新"], public=True) == {}
    beginnings.make_beginnings()
    assert narrowed(wanted, public=True).kept
    monkeypatch.setattr(beginnings, "MOST_CHANGES", 0)
    make("新来村")
    assert narrowed(wanted, public=True) is None


def test_what_is_rare_leads_to_the_names_and_what_is_common_is_looked_up_in_them(names):
    beginnings.make_beginnings()
    few = narrowed(keys_wanted("新 兴业"), public=True)
    assert few.kept == ()
    assert few.others == ()
    assert few.indexed[0] == Indexed("(('h兴业':*))", "(('h新':*))")
    assert [hit.text for hit in find(Asked(text="路 兴业"))] == ["兴业路"]


def test_what_is_common_in_every_part_is_asked_of_the_index_while_that_is_cheap(names, monkeypatch):
    beginnings.make_beginnings()
    wanted = ((("h新",), ("h路",)),)
    (way,) = narrowed(wanted, public=True, loosely=True).indexed
    assert way == Indexed("(('h新':*) & ('h路':*))")
    counts = [beginnings.kept_for([key], public=True)[key].count for key in ("h新", "h路")]
    assert counts[0] > counts[1] > 2
    monkeypatch.setattr(narrowing, "_A_ROW", 1)
    (way,) = narrowed(wanted, public=True, loosely=True).indexed
    assert way == Indexed("(('h路':*))", "(('h新':*))")
    monkeypatch.setattr(narrowing, "MOST_LOOSELY", counts[1] - 1)
    few = narrowed(wanted, public=True, loosely=True)
    assert not few.indexed
    assert set(few.others) == set(beginnings.kept_for(["h路"], public=True)["h路"].names)


def test_of_a_single_letter_the_names_that_begin_with_it_are_kept(names):
    beginnings.make_beginnings()
    best = CommonBeginning.objects.get(key="ix").public_names
    kept = set(Name.objects.filter(pk__in=best).values_list("text", flat=True))
    assert kept == {text for text in TEXTS if text[0] in "新兴星"}


def test_a_long_beginning_that_many_names_have_is_common(county):
    for number in "一二三四":
        make(f"{number}社区居民委员会")
    beginnings.make_beginnings()
    for key in ("h社区居民委员会", "pjuminweiyuanhui", "isqjmwyh"):
        assert CommonBeginning.objects.get(key=key).names_count == 4
    assert not CommonBeginning.objects.filter(key="h一社区").exists()


def test_a_new_spelling_finds_its_name(names, monkeypatch):
    beginnings.make_beginnings()
    Spelling.objects.create(name=names[4].names.get(), text="Xīnxīn", status=Spelling.Status.CONFIRMED)
    kept, every = answers(monkeypatch)
    assert kept == every


def test_they_are_made_anew_when_enough_has_changed(names, monkeypatch):
    beginnings.refresh_beginnings()
    first = BeginningsMade.objects.get().made_at
    beginnings.refresh_beginnings()
    assert BeginningsMade.objects.get().made_at == first
    monkeypatch.setattr(beginnings, "MOST_CHANGES", 10)
    BeginningsMade.objects.update(names_event=0)
    make("新来村")
    beginnings.refresh_beginnings()
    assert BeginningsMade.objects.get().made_at > first


def test_while_somebody_else_writes_names_what_was_kept_goes_on_serving(names, monkeypatch):
    """Numbers taken by a transaction that has not ended would be taken for older than what was read."""
    beginnings.make_beginnings()
    before = BeginningsMade.objects.get().made_at
    monkeypatch.setattr(beginnings, "settled_events", lambda _tables: None)
    assert beginnings.make_beginnings() is None
    assert BeginningsMade.objects.get().made_at == before
    assert CommonBeginning.objects.exists()
