"""The demo county's inspections, scores, assets and posts: invented, marked so, of every sort, and gone with the demo."""

from __future__ import annotations

import datetime

import pytest
from django.db.models import F

from facilities.models import (
    Appointment,
    Assessment,
    Asset,
    CheckResult,
    Facility,
    Finding,
    Inspection,
    Post,
    StockTake,
    StockTakeItem,
)
from facilities.services.demo import MARK, make_demo_fieldwork
from geo_registry.accounts.demo import make_demo_accounts
from geo_registry.attachments.models import Attachment
from geo_registry.imports.services.removal import RemovalRefused, remove_sources
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation
from tests import factories
from tests.reference_rows import load_shipped_reference

DAY = datetime.date(2026, 11, 20)

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(settings, tmp_path):
    """Two invented townships with two dozen facilities of three kinds, and the demo's accounts."""
    settings.ATTACHMENTS_DIR, settings.VAR_DIR = tmp_path / "attachments", tmp_path
    load_shipped_reference()
    source = factories.DemoSourceFactory()
    home = factories.CountyFactory(code="990101", source=source)
    Installation.objects.create(home_division=home)
    for t in range(2):
        town = factories.TownshipFactory(code=f"99010110{t}", parent=home, source=source)
        for v in range(9):
            village = factories.DivisionFactory(
                code=f"99010110{t}2{v:02d}",
                parent=town,
                source=source,
                point=factories.point(106.0 + v / 100),
            )
            for kind in ("canteen", "day-care"):
                factories.FacilityFactory(
                    number=f"D{t}{v}{kind}", division=village, kind=_kind(kind), source=source,
                    tenure="leased" if v < 4 else "owned",
                )  # fmt: skip
    make_demo_accounts()
    return home


def _kind(code):
    from facilities.models import Kind

    return Kind.objects.get(code=code)


def test_every_state_that_a_person_meets_is_there_and_all_of_it_is_marked(county):
    made = make_demo_fieldwork(day=DAY)
    assert made["inspections"] == 3 * 2 * Facility.objects.count()
    assert set(Inspection.objects.values_list("kind", "state")) >= {
        ("check", "planned"), ("check", "done"), ("drill", "done"),
    }  # fmt: skip
    clerk_town = Division.objects.get(code="990101100")
    own = Finding.objects.filter(inspection__facility__division__path__startswith=clerk_town.path)
    assert own.overdue(DAY).exists()
    assert own.to_mend().exclude(returned_reason="").exists()
    assert own.to_verify().filter(mended_by__username="demo-planner").exists(), "a second look for the clerk"
    verified = own.filter(state=Finding.State.VERIFIED).first()
    assert Attachment.objects.of(verified).filter(purpose="mended").exists()
    assert not Finding.objects.exclude(text__endswith=MARK).exists()
    assert set(Assessment.objects.values_list("state", flat=True)) >= {
        "confirmed",
        "returned",
        "draft",
        "submitted",
    }
    assert set(Asset.objects.values_list("kind", flat=True)) == {"building", "room", "equipment"}
    assert Asset.objects.idle_buildings().exists()
    leased = Asset.objects.filter(tenure="leased", kind="building").order_by("lease_to")
    assert leased[0].lease_to < DAY < leased[1].lease_to
    items = StockTakeItem.objects.filter(stock_take=StockTake.objects.open().get())
    assert items.filter(signed_at__isnull=True).exists()
    assert items.filter(outcome="found", signed_by__username="demo-clerk").exists()
    for post in Post.objects.filter(level__isnull=False):
        assert Appointment.objects.filter(post=post, is_demo=True).exists()
    vacant = Division.objects.filter(level=5).exclude(appointments__isnull=False)
    assert vacant.exists()
    assert set(Attachment.objects.values_list("note", flat=True)) == {"示范图片（程序绘制，不是实景）"}


def test_what_was_made_up_keeps_the_rules_of_the_rooms(county):
    make_demo_fieldwork(day=DAY)
    assert not Finding.objects.filter(mended_by=F("verified_by")).exists()
    assert not Finding.objects.filter(mended_on__lt=F("inspection__done_on")).exists()
    assert not Finding.objects.filter(mended_on__gt=DAY).exists()
    assert not Finding.objects.filter(deadline__lt=F("inspection__done_on")).exists()
    assert not Assessment.objects.filter(scored_by=F("confirmed_by")).exists()
    assert not Assessment.objects.exclude(state="draft").filter(score__isnull=True).exists()
    bad = CheckResult.objects.filter(outcome="bad").count()
    assert bad == Finding.objects.count()
    for row in (*Asset.objects.all(), *Finding.objects.all(), *Appointment.objects.all()):
        row.full_clean()


def test_the_same_county_on_the_same_day_gets_the_same_rows_and_only_once(county):
    make_demo_fieldwork(day=DAY)
    first = list(Finding.objects.order_by("pk").values_list("text", "deadline", "state", "mended_on"))
    assert make_demo_fieldwork(day=DAY) == {}
    for model in (Appointment, StockTake, Inspection, Assessment):
        model.objects.all().delete()
    Asset.objects.update(parent=None)
    Asset.objects.all().delete()
    make_demo_fieldwork(day=DAY)
    assert list(Finding.objects.order_by("pk").values_list("text", "deadline", "state", "mended_on")) == first


def test_it_goes_with_the_demo_files_and_all(county):
    make_demo_fieldwork(day=DAY)
    Installation.objects.all().delete()
    report = remove_sources(Source.objects.filter(is_demo=True))
    assert report.removed
    for model in (Inspection, Finding, Assessment, Asset, StockTake, Appointment, Attachment):
        assert not model.objects.exists(), model


def test_a_real_asset_in_an_invented_building_is_named_and_nothing_goes(county):
    make_demo_fieldwork(day=DAY)
    building = Asset.objects.filter(kind="building").first()
    Asset.objects.create(
        number="REAL-1", kind="equipment", name="自购冰柜", division=building.division, parent=building
    )
    with pytest.raises(RemovalRefused, match="自购冰柜") as refused:
        remove_sources(Source.objects.filter(is_demo=True))
    assert len(refused.value.dependents) == 1, "what was invented is not called real"
    assert Inspection.objects.exists()


def test_where_somebody_has_begun_nothing_is_invented_beside_it(county):
    factories.InspectionFactory(facility=Facility.objects.first())
    assert make_demo_fieldwork(day=DAY) == {}


def test_where_all_is_real_nothing_is_invented(db):
    factories.InstallationFactory(home_division=factories.CountyFactory())
    factories.FacilityFactory()
    assert make_demo_fieldwork(day=DAY) == {}
    assert not Inspection.objects.exists()
