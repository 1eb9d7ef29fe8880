"""Roads, boundaries, built-up areas and hamlets as things that are drawn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from django import forms
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.geodata.geometry import Family, length_m
from geo_registry.territory.models import (
    AgeGroup,
    BuiltUpArea,
    Division,
    LocationMethod,
    PopulatedPlace,
    PopulationCount,
    Road,
)
from geo_registry.territory.services import divisions_at

from ..geometries import to_shape
from ..registry import Layer, register_layer


class RoadForm(forms.ModelForm[Road]):
    """What is entered of a road."""

    class Meta:
        model = Road
        fields: ClassVar[list[str]] = [
            "name", "ref", "road_class", "oneway", "bridge", "tunnel", "layer", "speed_kmh", "surface", "width_m", "foot",
            "bicycle", "motor",
        ]  # fmt: skip


class DivisionForm(forms.ModelForm[Division]):
    """Nothing: a division's name and code are kept on its own page."""

    class Meta:
        model = Division
        fields: ClassVar[list[str]] = []


class BuiltUpForm(forms.ModelForm[BuiltUpArea]):
    """What is entered of a built-up area."""

    class Meta:
        model = BuiltUpArea
        fields: ClassVar[list[str]] = ["name", "as_of"]
        widgets: ClassVar[dict[str, Any]] = {
            "as_of": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        }


class HamletForm(forms.ModelForm[PopulatedPlace]):
    """What is entered of a hamlet."""

    division_code = forms.CharField(
        label=gettext_lazy("code of the division"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Empty: the division that the point lies in."),
    )

    class Meta:
        model = PopulatedPlace
        fields: ClassVar[list[str]] = ["name", "kind"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True

    def clean_division_code(self) -> str:
        """Refuse a code that no division has today.

        Raises
        ------
        ValidationError
        """
        code: str = self.cleaned_data["division_code"].strip()
        if code:
            found = Division.objects.filter(code=code, valid_to__isnull=True).defer("boundary").first()
            if found is None:
                raise forms.ValidationError(_("No division has the code %(code)s today.") % {"code": code})
            self.instance.division = found
            self.instance.said_division = True  # type: ignore[attr-defined]
        return code


def register() -> None:
    """Make the layers of the ground known."""
    for layer in (
        Layer(
            code="road", label=gettext_lazy("roads"), one=gettext_lazy("road"), model=Road, family=Family.LINE,
            geometry="geometry", form=RoadForm, rows=lambda: Road.objects.all(), title=str, derive=_derive_road,
            more_url=_admin_page,
        ),
        Layer(
            code="division", label=gettext_lazy("division boundaries"), one=gettext_lazy("division boundary"), model=Division,
            family=Family.POLYGON, geometry="boundary", form=DivisionForm, rows=_divisions, title=str, creates=False,
            deletes=False, facts=_division_facts, more_url=_admin_page,
        ),
        Layer(
            code="builtup", label=gettext_lazy("built-up areas"), one=gettext_lazy("built-up area"), model=BuiltUpArea,
            family=Family.POLYGON, geometry="geometry", form=BuiltUpForm, rows=lambda: BuiltUpArea.objects.all(), title=str,
            derive=_derive_builtup, more_url=_admin_page,
        ),
        Layer(
            code="hamlet", label=gettext_lazy("hamlets"), one=gettext_lazy("hamlet"), model=PopulatedPlace, family=Family.POINT,
            geometry="point", form=HamletForm, rows=_hamlets, title=str, derive=_derive_hamlet, facts=_hamlet_facts,
            more_url=_admin_page,
        ),
    ):  # fmt: skip
        register_layer(layer)


def _divisions() -> QuerySet[Division]:
    return Division.objects.filter(valid_to__isnull=True)


def _hamlets() -> QuerySet[PopulatedPlace]:
    kinds = [PopulatedPlace.Kind.HAMLET, PopulatedPlace.Kind.RESIDENTIAL]
    return PopulatedPlace.objects.filter(kind__in=kinds).select_related("division")


def _derive_road(road: Road, *, moved: bool) -> None:
    """A road lies where its middle does."""
    if not moved:
        return
    line = to_shape(road.geometry)
    road.length_m = round(float(length_m(np.array([line], dtype=object))[0]), 3)
    middle = line.interpolate(0.5, normalized=True)
    road.division_id = divisions_at([(float(middle.x), float(middle.y))])[0]


def _derive_builtup(area: BuiltUpArea, *, moved: bool) -> None:
    if not area.code:
        area.code = f"drawn-{uuid.uuid4().hex[:12]}"
    if moved and area.division_id is None:
        at = to_shape(area.geometry).representative_point()
        area.division_id = divisions_at([(float(at.x), float(at.y))])[0]


def _derive_hamlet(place: PopulatedPlace, *, moved: bool) -> None:
    if not place.code:
        place.code = f"drawn-{uuid.uuid4().hex[:12]}"
    if moved:
        place.point_method = LocationMethod.PICKED
        if not getattr(place, "said_division", False):
            place.division_id = divisions_at([(place.point.x, place.point.y)])[0] or place.division_id


def _division_facts(division: Division) -> Mapping[str, str]:
    return {
        str(_("code")): division.code,
        str(_("level")): str(division.get_level_display()),
        str(_("kind")): division.kind,
    }


def _hamlet_facts(place: PopulatedPlace) -> Mapping[str, str]:
    """Who is counted there: the latest counts, with their day."""
    facts = {str(_("division")): str(place.division) if place.division else ""}
    seen: set[str] = set()
    for count in PopulationCount.objects.filter(place=place).order_by("-as_of"):
        if count.group in seen:
            continue
        seen.add(count.group)
        facts[str(AgeGroup(count.group).label)] = _("%(people)s (%(day)s)") % {
            "people": number_format(count.people, force_grouping=True),
            "day": date_format(count.as_of),
        }
    return facts


def _admin_page(row: Any) -> str | None:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return None
