"""In a register too large to be read, names that may be mistaken for a proposal are those that a reading of all finds."""

from __future__ import annotations

import pytest

from placenames.models import LikenessKept, Name, NameLikeness
from placenames.services.checking import check_name, likeness, neighbours
from placenames.services.checking.among import Among

from .test_many import ALSO, TEXTS, asked, streets

__all__ = ["streets"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch):
    monkeypatch.setattr(likeness, "LARGE", 3)
    monkeypatch.setattr(neighbours, "MOST_PLACES", 0)


def findings(subjects):
    return [check_name(subject).findings for subject in subjects]


def in_full(subjects, monkeypatch):
    """What a look at all names says, without what is kept."""
    with monkeypatch.context() as without:
        without.setattr(neighbours, "like", lambda *_names, **_how: None)
        return findings(subjects)


def test_the_same_is_found_as_among_all_names(streets, monkeypatch):
    assert likeness.keep_likenesses() == Name.objects.count() == NameLikeness.objects.count()
    subjects = asked(streets)
    assert findings(subjects) == in_full(subjects, monkeypatch)


def test_and_what_has_changed_since_is_compared_as_it_is_now(streets, named, monkeypatch):
    likeness.keep_likenesses()
    kept = LikenessKept.objects.get().names_event
    named("星叶路", streets, (106.0, 38.1), (106.005, 38.1))
    Name.objects.filter(text="兴业巷").delete()
    renamed = Name.objects.get(text="兴路")
    renamed.text, renamed.specific = "幸业路", "幸业"
    renamed.save()
    subjects = asked(streets)
    expected = in_full(subjects, monkeypatch)
    assert findings(subjects) == expected
    likeness.refresh_likenesses()
    assert LikenessKept.objects.get().names_event > kept
    assert NameLikeness.objects.count() == Name.objects.count()
    assert findings(subjects) == expected


def test_too_many_changes_and_nothing_kept_mean_all_names(streets, named, monkeypatch):
    assert like(streets) is None
    likeness.keep_likenesses()
    assert like(streets)
    monkeypatch.setattr(likeness, "MOST_CHANGES", 0)
    named("星叶路", streets, (106.0, 38.1), (106.005, 38.1))
    assert like(streets) is None


def like(village, *, looks=True, most=400):
    """What of the register is like the name of a road in a village."""
    (subject,) = asked(village)[:1]
    return likeness.like(Among.of(subject), "兴业", {}, around="", place=0, looks=looks, most=most)


def test_what_sounds_the_same_comes_before_what_only_looks_alike(streets, monkeypatch):
    likeness.keep_likenesses()
    found = like(streets, most=3)
    assert {Name.objects.get(pk=pk).text for pk in found} <= {
        "兴业路",
        "星业路",
        "新业路",
        "兴业巷",
        "兴叶庄",
    }
    assert like(streets, looks=False)


def test_a_small_register_keeps_none(streets, monkeypatch):
    monkeypatch.setattr(likeness, "LARGE", 10_000)
    assert likeness.keep_likenesses() == 0
    assert not LikenessKept.objects.exists()


def test_while_somebody_else_writes_names_nothing_is_kept(streets, monkeypatch):
    monkeypatch.setattr(likeness, "settled_events", lambda _tables: None)
    assert likeness.keep_likenesses() is None
    assert not NameLikeness.objects.exists()


def test_numbers_fit_the_column():
    assert all(-(2**31) <= number < 2**31 for text in (*TEXTS, *ALSO) for number in likeness.numbers_of(text))
