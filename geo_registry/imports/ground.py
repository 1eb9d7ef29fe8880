"""What `imports` itself registers: files that describe the ground, and the rows that go when their source goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.demo import remove_demo_accounts
from geo_registry.reference.models import Source
from geo_registry.territory.models import (
    AgeGroup,
    BuiltUpArea,
    Division,
    Imported,
    Installation,
    PopulatedPlace,
    Road,
)

from .declarations import BUILT_UP_AREAS, DIVISIONS, POPULATION, ROADS
from .declarations.divisions import LEVELS, URBAN_RURAL
from .declarations.population import PLACE_KINDS
from .declarations.roads import ONEWAY, ROAD_CLASSES
from .kinds.builtup import BuiltUpAreaImporter
from .kinds.divisions import DivisionImporter
from .kinds.exports import (
    ONLY_LATEST_COUNTS,
    export_built_up_areas,
    export_divisions,
    export_population,
    export_roads,
)
from .kinds.population import PopulationImporter
from .kinds.roads import RoadImporter
from .models import Batch
from .registry import Holding, Kind, register_holding, register_kind, register_movable, register_words


def register() -> None:
    """Make kinds and holdings known, in the order in which they build on one another."""
    for kind in (
        Kind(
            declaration=DIVISIONS,
            label=_("divisions"),
            importer=DivisionImporter,
            words={"level": LEVELS, "urban_rural": URBAN_RURAL},
            example={"code": "{home}001001", "name": "某某社区", "level": "村级", "parent_code": "{home}001"},
            export=export_divisions,
        ),
        Kind(
            declaration=BUILT_UP_AREAS,
            label=_("built-up areas"),
            importer=BuiltUpAreaImporter,
            example={
                "code": "B001",
                "name": "某某镇建成区",
                "division_code": "{home}101",
                "as_of": "2024-12-31",
            },
            export=export_built_up_areas,
        ),
        Kind(
            declaration=ROADS,
            label=_("roads"),
            importer=RoadImporter,
            words={"road_class": ROAD_CLASSES, "oneway": ONEWAY},
            example={"source_ref": "R001", "name": "某某路", "road_class": "支路"},
            export=export_roads,
        ),
        Kind(
            declaration=POPULATION,
            label=_("population"),
            importer=PopulationImporter,
            words={"kind": PLACE_KINDS},
            example={
                "code": "P001",
                "name": "某某庄",
                "kind": "自然村",
                "as_of": "2024-12-31",
                "residents": 120,
            },
            export=export_population,
            not_exported=ONLY_LATEST_COUNTS,
        ),
    ):
        register_kind(kind)
    register_movable(PopulatedPlace, point="point", method="point_method")
    register_words(PopulatedPlace, "counts", _count_words)
    register_words(Division, "counted", lambda _parts: (_("counts in denominators"), _yes_or_no))
    for holding in (
        Holding(order=60, label=_("populated places"), rows=_from(PopulatedPlace)),
        Holding(order=70, label=_("roads"), rows=_from(Road)),
        Holding(order=75, label=_("built-up areas"), rows=_from(BuiltUpArea)),
        Holding(order=80, label=_("divisions"), rows=_from(Division), before=_leave_home),
        Holding(order=90, label=_("imports"), rows=lambda sources: Batch.objects.filter(source__in=sources)),
    ):
        register_holding(holding)


def _count_words(parts: Sequence[str]) -> tuple[str, Callable[[Any], str]]:
    group, day = (*parts, "", "")[:2]
    label = AgeGroup(group).label if group in AgeGroup.values else group
    return f"{label} ({day})", lambda value: "" if value is None else str(value)


def _yes_or_no(value: Any) -> str:
    return "" if value is None else gettext("yes") if value else gettext("no")


def _from(model: type[Imported]) -> Any:
    def rows(sources: Sequence[Source]) -> QuerySet[Any]:
        return model._default_manager.filter(source__in=sources)

    return rows


def _leave_home(sources: Sequence[Source]) -> None:
    """A home that goes is a home no more, and the demo's accounts go with it."""
    Installation.objects.filter(home_division__source__in=sources).update(home_division=None)
    if any(source.is_demo for source in sources):
        remove_demo_accounts()
