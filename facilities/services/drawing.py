"""Facilities on the drawing map: an existing one's point is moved there; a new one is entered on its own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.policy import Action
from geo_registry.drawing.registry import Layer, register_layer
from geo_registry.geodata.geometry import Family
from geo_registry.territory.models import LocationMethod

from ..models import Facility


class FacilityPointForm(forms.ModelForm[Facility]):
    """What is said of where a facility lies; the rest of it is on its own page."""

    class Meta:
        model = Facility
        fields: ClassVar[list[str]] = ["location_note"]


def register() -> None:
    """Make the layer known."""
    register_layer(
        Layer(
            code="facility", label=gettext_lazy("facilities"), one=gettext_lazy("facility"), model=Facility, family=Family.POINT,
            geometry="location", form=FacilityPointForm,
            rows=lambda: Facility.objects.select_related("kind", "division"), title=_title, derive=_derive,
            direct=Action.EDIT_FACILITIES, creates=False, deletes=False, facts=_facts, new_url=_new_url, more_url=_own_url,
        )
    )  # fmt: skip


def _title(facility: Facility) -> str:
    return f"{facility.name} ({facility.number})"


def _derive(facility: Facility, *, moved: bool) -> None:
    """A point that was put on the map by hand; the division a facility belongs to is not changed by that."""
    if moved:
        facility.location_method = LocationMethod.PICKED


def _facts(facility: Facility) -> Mapping[str, str]:
    return {
        str(_("kind")): str(facility.kind),
        str(_("division")): str(facility.division),
        str(_("address")): facility.address,
        str(_("source of the location")): str(facility.get_location_method_display()),
    }


def _new_url() -> str:
    return reverse("facilities:new")


def _own_url(facility: Facility) -> str:
    return reverse("facilities:record", args=[facility.number])
