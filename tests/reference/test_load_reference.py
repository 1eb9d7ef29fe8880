"""Reference rows come from files, and an office's own word is never overwritten."""

from __future__ import annotations

import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pghistory
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import translation

from facilities.models import Function, Kind, Network, Tier
from geo_registry.reference import loading, services
from geo_registry.reference.models import (
    CalendarDay,
    Mark,
    NameRule,
    ReferenceValue,
    RoadSpeed,
    Severity,
    TravelProfile,
)
from geo_registry.territory.models import RoadClass
from placenames.models import PlaceKind
from tests import reference_rows
from tests.factories import ReferenceValueFactory

pytestmark = pytest.mark.django_db


def load(*files: Path) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command("load_reference", *map(str, files), stdout=out)
    return out.getvalue()


@pytest.fixture
def shipped() -> str:
    return load()


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


VALUE = """
[[value]]
key = "own-limit"
group = "threshold"
title_zh = "本地限值"
title_en = "Own limit"
value = {value}
mark = "E"
"""


class TestKeepingTheOfficesWord:
    def test_a_second_run_changes_nothing(self, shipped):
        lines = load().splitlines()
        assert all(line.endswith("unchanged") and "0 added, 0 brought up to date" in line for line in lines)

    def test_what_nobody_touched_follows_a_new_release(self, tmp_path):
        load(write(tmp_path, VALUE.format(value=1)))
        said = load(write(tmp_path, VALUE.format(value=2)))
        assert "1 brought up to date" in said
        assert ReferenceValue.objects.get(key="own-limit").value == 2

    def test_what_the_office_changed_stays(self, tmp_path):
        load(write(tmp_path, VALUE.format(value=1)))
        with pghistory.context(user=1):
            ReferenceValue.objects.filter(key="own-limit").update(value=7)
        said = load(write(tmp_path, VALUE.format(value=2)))
        assert ReferenceValue.objects.get(key="own-limit").value == 7
        assert "kept as the office has set it: 本地限值 7" in said

    def test_what_the_office_changed_stays_even_if_it_was_changed_back(self, tmp_path):
        load(write(tmp_path, VALUE.format(value=1)))
        for value in (7, 1):
            with pghistory.context(user=1):
                ReferenceValue.objects.filter(key="own-limit").update(value=value)
        load(write(tmp_path, VALUE.format(value=2)))
        assert ReferenceValue.objects.get(key="own-limit").value == 1

    def test_what_the_office_deleted_does_not_come_back(self, tmp_path):
        load(write(tmp_path, VALUE.format(value=1)))
        ReferenceValue.objects.filter(key="own-limit").delete()
        said = load(write(tmp_path, VALUE.format(value=1)))
        assert not ReferenceValue.objects.filter(key="own-limit").exists()
        assert "left out, as the office has deleted it: own-limit" in said

    def test_a_newer_row_of_the_offices_own_stands_beside_the_shipped_one(self, tmp_path):
        load(write(tmp_path, VALUE.format(value=1)))
        ReferenceValue.objects.create(
            key="own-limit", title_zh="新限值", value=9, valid_from=datetime.date(2025, 1, 1)
        )
        load(write(tmp_path, VALUE.format(value=1)))
        assert services.effective_value("own-limit", datetime.date(2024, 12, 31)) == 1
        assert services.effective_value("own-limit", datetime.date(2025, 1, 1)) == 9

    def test_functions_of_a_kind_that_the_office_changed_stay(self, shipped):
        kind = Kind.objects.get(code="canteen")
        with pghistory.context(user=1):
            kind.functions.clear()
        load()
        assert kind.functions.count() == 0


class TestWrongFiles:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[[value", "is not TOML"),
            ("[[valeu]]\nkey = 1", "no section “valeu”"),
            (VALUE.format(value=1).replace("title_en", "tite_en"), "entry 2 of “value”: “tite_en”"),
            (VALUE.format(value=1).replace('mark = "E"', 'mark = "X"'), "mark 'X'"),
            (VALUE.format(value='"many"'), "own.toml, entry 2 of “value”"),
            (VALUE.format(value=1).replace("threshold", "treshold"), "own.toml, entry 2 of “value”"),
            ('[[holiday]]\nname = "节"\nfirst = 2024-01-02\nlast = 2024-01-01', "before"),
        ],
    )
    def test_are_named_and_leave_nothing_behind(self, tmp_path, text, words):
        path = write(tmp_path, VALUE.format(value=5).replace("own-limit", "first-entry") + text)
        with pytest.raises(CommandError, match=words.replace("(", r"\(")):
            load(path)
        assert not ReferenceValue.objects.exists()

    def test_that_are_not_there_are_named(self, tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            load(tmp_path / "nothing.toml")

    def test_a_rule_that_nobody_has_read_may_not_block(self, tmp_path):
        rule = (
            '[[rule]]\nnumber = 99\ncode = "x"\ntitle_zh = "x"\ntitle_en = "x"\nseverity = "block"\narticle = ""\n'
            'mark = "{mark}"\n'
        )
        for mark in "ME?":
            with pytest.raises(CommandError):
                load(write(tmp_path, rule.format(mark=mark)))
        load(write(tmp_path, rule.format(mark="V")))


class TestWhatIsShipped:
    def test_every_number_says_how_sure_it_is_and_nobody_has_verified_it_here(self, shipped):
        assert ReferenceValue.objects.count() >= 45
        assert not ReferenceValue.objects.filter(verified=True).exists()
        assert not ReferenceValue.objects.filter(source="").exists()
        assert not ReferenceValue.objects.filter(title_en="").exists()

    @pytest.mark.parametrize(
        ("key", "value", "mark"),
        [
            ("circle-15-minutes-m", 1000, Mark.READ),
            ("circle-5-minutes-m", 300, Mark.MEMORY),
            ("elderly-space-new-m2-per-100-households", 30, Mark.READ),
            ("beds-per-1000-elders", 40, Mark.READ),
            ("nursing-bed-share-pct", 55, Mark.READ),
            ("target-township-coverage-national-2025-pct", 60, Mark.READ),
            ("target-township-coverage-ningxia-2027-pct", 65, Mark.READ),
            ("suppression-threshold", 10, Mark.ESTIMATE),
            ("name-filing-days", 15, Mark.READ),
        ],
    )
    def test_numbers_of_the_domain_notes(self, shipped, key, value, mark):
        row = services.effective_row(key, datetime.date(2024, 12, 31))
        assert (row.value, row.mark) == (value, mark)

    def test_the_regions_share_is_that_of_its_year(self, shipped):
        assert services.effective_value("share-60-plus-ningxia-pct", datetime.date(2021, 6, 1)) == Decimal(
            "13.52"
        )
        assert services.effective_value("share-60-plus-ningxia-pct", datetime.date(2024, 12, 31)) == Decimal(
            "14.29"
        )
        with pytest.raises(services.ReferenceMissing):
            services.effective_value("share-60-plus-ningxia-pct", datetime.date(2019, 1, 1))

    def test_older_people_walk_at_a_measured_speed(self, shipped):
        assert services.default_profile().code == "walk"
        speeds = {code: services.profile(code).speed_m_s for code in ("walk", "walk-frail", "walk-fit")}
        assert speeds == {"walk": Decimal("0.8"), "walk-frail": Decimal("0.6"), "walk-fit": Decimal("1.0")}
        car = {speed.road_class: speed.speed_kmh for speed in services.profile("car").road_speeds.all()}
        assert set(car.values()) == {80, 60, 40, 20}

    def test_children_and_adults_walk_in_their_own_way_which_nobody_has_verified(self, shipped):
        own = {
            people: services.default_profile(people)
            for people in ("age60", "children", "residents", "households")
        }
        assert {people: row.code for people, row in own.items()} == {
            "age60": "walk", "children": "walk-child", "residents": "walk-adult", "households": "walk",
        }  # fmt: skip
        assert not own["children"].verified
        assert own["children"].source

    def test_speeds_are_of_classes_that_there_are(self, shipped):
        assert set(RoadSpeed.objects.values_list("road_class", flat=True)) <= set(RoadClass.values)

    def test_all_twenty_two_rules_are_there_and_none_unread_blocks(self, shipped):
        assert list(NameRule.objects.values_list("number", flat=True)) == list(range(1, 23))
        assert (
            not NameRule.objects.filter(severity=Severity.BLOCK)
            .exclude(mark__in=[Mark.READ, Mark.TRIED])
            .exists()
        )
        duplicate = NameRule.objects.get(number=1)
        assert (duplicate.severity, duplicate.severity_elsewhere) == (Severity.BLOCK, Severity.WARN)

    def test_elderly_care_has_three_tiers_and_its_kinds(self, shipped):
        kinds = {
            tier.level: set(tier.kinds.values_list("code", flat=True))
            for tier in Tier.objects.filter(network__code="elderly-care")
        }
        assert kinds == {
            3: {"nursing-home", "central-home", "welfare-home", "guidance-centre"},
            4: {"township-centre", "day-care"},
            5: {"station", "meal-point", "canteen", "happiness-home", "mutual-help"},
        }

    def test_the_other_networks_are_data_too(self, shipped):
        assert set(Network.objects.values_list("code", flat=True)) == {
            "elderly-care",
            "child-protection",
            "mental-rehabilitation",
            "community-service",
        }

    def test_every_kind_has_functions_a_shape_and_a_glyph_of_its_own(self, shipped):
        kinds = list(Kind.objects.prefetch_related("functions"))
        assert all(kind.functions.all() for kind in kinds)
        symbols = [(kind.shape, kind.glyph) for kind in kinds]
        assert len(set(symbols)) == len(symbols)
        assert all(len(glyph) == 1 for _shape, glyph in symbols)
        assert set(Function.objects.values_list("pk", flat=True)) == {
            function.pk for kind in kinds for function in kind.functions.all()
        }

    @pytest.mark.parametrize("model", [Kind, PlaceKind])
    def test_no_word_in_a_file_means_two_kinds(self, shipped, model):
        words = [word for kind in model.objects.all() for word in {kind.code, kind.name_zh, *kind.synonyms}]
        assert sorted(word for word in set(words) if words.count(word) > 1) == []

    def test_a_shelter_for_children_is_protective(self, shipped):
        assert list(Kind.objects.filter(protective=True).values_list("code", flat=True)) == [
            "child-rescue-centre"
        ]

    def test_only_the_two_categories_that_were_read_are_given(self, shipped):
        given = dict(PlaceKind.objects.exclude(category_code="").values_list("code", "category_code"))
        assert given == {"village": "21610", "village-seat": "27610"}

    def test_holidays_are_not_verified_and_a_day_is_one_thing(self, shipped):
        assert not CalendarDay.objects.filter(verified=True).exists()
        assert CalendarDay.objects.get(day="2024-04-04").name == "清明节"
        assert CalendarDay.objects.get(day="2024-10-12").kind == CalendarDay.Kind.WORKDAY
        worked = CalendarDay.objects.filter(kind=CalendarDay.Kind.WORKDAY)
        assert all(row.day.weekday() >= 5 for row in worked), "only weekends are worked to make up"
        assert {row.day.year for row in CalendarDay.objects.all()} == {2024, 2025, 2026}

    def test_all_rows_know_that_the_command_brought_them(self, shipped):
        for model in (ReferenceValue, TravelProfile, NameRule, Kind, PlaceKind):
            events = model.pgh_event_models["insert"].objects
            assert events.exists()
            assert not events.exclude(pgh_context__contains={"command": loading.COMMAND}).exists()


class TestLookingUp:
    def test_a_missing_value_says_what_to_do(self):
        with translation.override("en"), pytest.raises(services.ReferenceMissing, match="load_reference"):
            services.effective_value("nothing")

    def test_a_missing_profile_says_which_there_are(self, shipped):
        with pytest.raises(services.ReferenceMissing, match="walk-frail"):
            services.profile("flying")

    def test_limits_of_coverage_are_rows(self, shipped):
        assert services.coverage_limits_min() == [5, 10, 15]

    def test_a_section_is_one_apps_alone(self):
        with pytest.raises(ValueError, match="twice"):
            loading.register_section("value", lambda _run, _entry: None)
        with pytest.raises(ValueError, match="SECTION_ORDER"):
            loading.register_section("nonsense", lambda _run, _entry: None)


def test_what_tests_copy_is_what_the_command_loads(monkeypatch):
    """`load_shipped_reference` stands in for the command elsewhere: its rows, their history, the numbers of the next ones."""
    monkeypatch.setattr(reference_rows, "_kept", [])

    def rolled_back() -> None:
        with transaction.atomic():
            reference_rows.load_shipped_reference()
            transaction.set_rollback(True)

    rolled_back()
    assert not ReferenceValue.objects.exists()
    reference_rows.load_shipped_reference()
    assert ReferenceValue.objects.exists()
    run = loading.load(loading.shipped_files())
    assert {(o.added, o.updated, len(o.kept), len(o.left_out)) for o in run.outcomes.values()} == {
        (0, 0, 0, 0)
    }
    ReferenceValueFactory(key="new")
