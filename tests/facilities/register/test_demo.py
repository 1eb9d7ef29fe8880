"""The demo county's register has something to show on each page, all of it openly invented, and all of it goes with the demo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from facilities.models import Facility, LifeEvent, Likeness, Merge, Proposal, Status
from facilities.services.register_demo import make_demo_register
from geo_registry.accounts.demo import make_demo_accounts
from geo_registry.accounts.models import User
from geo_registry.imports.services.removal import RemovalRefused, remove_sources
from geo_registry.reference.models import Source
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def demo(register):
    source = factories.DemoSourceFactory()
    for town, village in ((0, register.east_village), (1, register.west_village)):
        for n in range(8):
            made = factories.FacilityFactory(
                number=f"D{town}{n}", name=f"{'一二三四五六七八'[n]}里示范老饭桌", kind=register.canteen,
                division=village, location=factories.point(105.95 + town * 0.1, 38.0 + n * 0.01), source=source,
            )  # fmt: skip
            assert made.status_on(TODAY).status == Status.OPEN
    make_demo_accounts()
    return source


def test_each_page_has_something_to_show_and_it_says_that_it_is_invented(demo):
    assert make_demo_register() > 0
    assert {
        (row.subject, row.state) for row in Proposal.objects.all()
    } == {("facts", "submitted"), ("life", "submitted"), ("facts", "returned"), ("new", "submitted")}  # fmt: skip
    assert Likeness.objects.open().count() == 2
    assert Merge.objects.filter(undone_at=None).count() == 1
    assert LifeEvent.objects.filter(day__gt=TODAY).exists()
    assert LifeEvent.objects.exclude(withdrawn_at=None).exists()
    assert all("示范" in row.reason for row in LifeEvent.objects.all())
    assert all("示范" in row.note for row in Proposal.objects.all())
    assert not LifeEvent.objects.exclude(facility__source=demo).exists()
    assert make_demo_register() == 0, "once is enough"


def test_real_facilities_are_left_alone_and_without_accounts_nothing_is_made_up(register):
    assert make_demo_register() == 0
    make_demo_accounts()
    make_demo_register()
    assert not LifeEvent.objects.exists()
    assert not Proposal.objects.exists()


def test_it_goes_with_the_demo(register, demo):
    make_demo_register()
    remove_sources(Source.objects.filter(is_demo=True))
    assert list(Facility.objects.values_list("number", flat=True)) == ["T-1"]
    assert not Proposal.objects.exists()
    # The accounts of the demo go with its divisions; here these are real, but nothing of theirs holds the accounts any more.
    User.objects.filter(username__startswith="demo-").delete()


def test_a_real_record_that_was_merged_into_an_invented_one_keeps_it(register, demo):
    invented = Facility.objects.filter(source=demo).first()
    Facility.objects.filter(pk=register.facility.pk).update(duplicate_of=invented)
    with pytest.raises(RemovalRefused):
        remove_sources(Source.objects.filter(is_demo=True))
    assert Facility.objects.filter(pk=invented.pk).exists()
