"""Forms of signs: a step, an inspection, work done, a batch, a sign that was found."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from placenames.models import Defect, SiteReason
from placenames.models.places import SRID


def _input(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "input", **attrs})


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
        **options,
    )


class StepForm(forms.Form):
    """The next step of a sign, or of all signs of a batch."""

    on_day = _day()
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=_input())
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class PositionMixin(forms.Form):
    """Where somebody stands: written by the telephone, or typed."""

    lon = forms.FloatField(
        label=_("Longitude"),
        min_value=-180,
        max_value=180,
        required=False,
        widget=_input(inputmode="decimal"),
    )
    lat = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, required=False, widget=_input(inputmode="decimal")
    )
    accuracy = forms.FloatField(
        label=_("Accuracy, metres"),
        min_value=0,
        max_value=100_000,
        required=False,
        widget=_input(inputmode="decimal"),
    )

    def point(self) -> Point | None:
        """Return the point, if both co-ordinates are there."""
        lon, lat = self.cleaned_data.get("lon"), self.cleaned_data.get("lat")
        return None if lon is None or lat is None else Point(lon, lat, srid=SRID)


class InspectForm(PositionMixin, UploadFormMixin):
    """What was seen at a sign."""

    # First what somebody came for; the position is written by the telephone.
    field_order = ("key", "defects", "on_day", "note", "photos", "lon", "lat", "accuracy")

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    defects = forms.MultipleChoiceField(
        label=_("What is wrong with it"),
        choices=Defect.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: the sign is in order."),
    )
    on_day = _day()
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=_input())
    photos = UploadField(label=_("Photos"), kinds=PICTURES, required=False, max_files=6)


class DoneForm(UploadFormMixin):
    """Work that was done."""

    on_day = _day()
    cost = forms.DecimalField(
        label=_("Cost, yuan"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        widget=_input(inputmode="decimal"),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=_input())
    photos = UploadField(label=_("Photos after the work"), kinds=PICTURES, required=False, max_files=6)


class BatchForm(forms.Form):
    """A new batch of planned signs."""

    number = forms.CharField(label=_("Batch"), max_length=40, widget=_input())
    maker = forms.CharField(label=_("Maker"), max_length=120, required=False, widget=_input())
    unit_price = forms.DecimalField(
        label=_("Price of a sign, yuan"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        widget=_input(inputmode="decimal"),
    )
    warranty_months = forms.IntegerField(
        label=_("Warranty, months"), min_value=0, max_value=240, widget=_input(inputmode="numeric")
    )


class FoundForm(PositionMixin, UploadFormMixin):
    """A sign that stands on site and that nobody has recorded."""

    name = forms.CharField(
        label=_("Name on the sign"),
        max_length=120,
        widget=_input(),
        help_text=_("The road or the village that it names."),
    )
    reason = forms.ChoiceField(
        label=_("Where it stands"),
        choices=SiteReason.choices,
        initial="other",
        widget=forms.Select(attrs={"class": "input"}),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lon"].required = self.fields["lat"].required = True
