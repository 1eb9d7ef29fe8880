"""Forms of assets and stock-takes."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from facilities.models import Asset, Facility, StockTakeItem
from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from geo_registry.territory.models import Division
from geo_registry.territory.models.divisions import SRID

from .inspections import DayField


class NumberField(forms.CharField):
    """A record that is named by its number: its paper has it, and a list of thousands is no choice on a telephone."""

    def __init__(self, *, model: Any, missing: Any, **kwargs: Any) -> None:
        self.model, self.missing = model, missing
        super().__init__(required=False, max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show the number of the record that is kept."""
        if isinstance(value, int):
            return self.model.objects.filter(pk=value).values_list("number", flat=True).first() or ""
        return value

    def clean(self, value: Any) -> Any:
        """Return the record."""
        number = super().clean(value)
        if not number:
            return None
        row = self.model.objects.filter(number=number).select_related("division").first()
        if row is None:
            raise forms.ValidationError(self.missing, params={"number": number})
        return row


class DegreesField(forms.FloatField):
    """A co-ordinate, typed or written by the map."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        super().__init__(required=False, widget=widget, **kwargs)


class OpenForm(forms.Form):
    """Beginning a stock-take."""

    title = forms.CharField(label=_("Title"), max_length=120)
    division = forms.ModelChoiceField(
        label=_("Division"), queryset=Division.objects.none(), empty_label=_("choose")
    )
    due = DayField(label=_("To be done by"))

    def __init__(self, *args: Any, divisions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].queryset = divisions  # type: ignore[attr-defined]


class AssetForm(forms.ModelForm[Asset]):
    """One asset, as a person enters or changes it."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    facility = NumberField(
        model=Facility,
        label=_("Used by the facility with the number"),
        missing=_(
            "No facility has the number %(number)s. Look it up in the list of facilities, or leave this empty."
        ),
    )
    parent = NumberField(
        model=Asset,
        label=_("Stands in (asset number)"),
        missing=_("Nothing has the asset number %(number)s. Enter the building first, or leave this empty."),
    )
    lon = DegreesField(label=_("Longitude"), min_value=-180, max_value=180)
    lat = DegreesField(label=_("Latitude"), min_value=-90, max_value=90)
    lease_to = DayField(label=_("Lease ends"), required=False)
    acquired_on = DayField(label=_("Acquired or built on"), required=False)
    retired_on = DayField(label=_("Given up on"), required=False)

    class Meta:
        model = Asset
        fields = (
            "kind", "name", "number", "division", "facility", "parent", "address", "area_m2", "use", "idle_area_m2",
            "quantity", "owner", "tenure", "lease_to", "acquired_on", "retired_on", "note",
        )  # fmt: skip

    def __init__(self, *args: Any, divisions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].queryset = divisions  # type: ignore[attr-defined]
        self.order_fields(["seen", *self.Meta.fields])
        if self.instance.pk:
            # A number stays: files, labels and stock-takes name it.
            self.fields["number"].disabled = True
            self.initial["seen"] = self.instance.updated_at.isoformat()
            if self.instance.location is not None:
                self.initial["lon"] = round(self.instance.location.x, 6)
                self.initial["lat"] = round(self.instance.location.y, 6)
        for name in ("area_m2", "idle_area_m2"):
            value = self.initial.get(name)
            if isinstance(value, float) and value.is_integer():
                self.initial[name] = int(value)

    def seen_at(self) -> datetime.datetime | None:
        """Return when the asset that the person saw had been changed last."""
        try:
            return datetime.datetime.fromisoformat(self.cleaned_data.get("seen") or "")
        except ValueError:
            return None

    def clean(self) -> dict[str, Any]:
        """Ask for both co-ordinates or none."""
        cleaned = super().clean() or self.cleaned_data
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            missing = "lon" if cleaned.get("lon") is None else "lat"
            if missing not in self.errors:
                self.add_error(missing, gettext("Longitude and latitude belong together."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what was typed, by the fields of the model. An untouched place stays as exact as it was."""
        cleaned = self.cleaned_data
        found = {name: cleaned[name] for name in self.Meta.fields if name in cleaned}
        if {"lon", "lat"} & set(self.changed_data):
            known = cleaned.get("lon") is not None
            found["location"] = Point(cleaned["lon"], cleaned["lat"], srid=SRID) if known else None
        return found

    def place_fields(self) -> list[forms.BoundField]:
        """Return the co-ordinates, which the map writes."""
        return [self["lon"], self["lat"]]

    def _post_clean(self) -> None:
        """Leave the checks to the service, which sees the row as it is by then."""

    def groups(self) -> list[tuple[Any, list[forms.BoundField], bool]]:
        """Return the fields under their headings, and whether the place on the map belongs there."""
        return [
            (_("What it is"), [self[name] for name in ("kind", "name", "number", "quantity")], False),
            (_("Where it is"), [self[name] for name in ("division", "address", "facility", "parent")], True),
            (_("Room and use"), [self[name] for name in ("area_m2", "use", "idle_area_m2")], False),
            (_("Owner and lease"), [self[name] for name in ("owner", "tenure", "lease_to")], False),
            (_("From when to when"), [self[name] for name in ("acquired_on", "retired_on", "note")], False),
        ]


class SignForm(UploadFormMixin):
    """What somebody saw of an asset."""

    outcome = forms.ChoiceField(
        label=_("What you saw"), choices=StockTakeItem.Outcome.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    area_m2 = forms.FloatField(label=_("Area, m²"), required=False, min_value=0.01)
    use = forms.ChoiceField(label=_("Use"), choices=Asset.Use.choices)
    idle_area_m2 = forms.FloatField(label=_("Idle of it, m²"), required=False, min_value=0)
    quantity = forms.IntegerField(label=_("How many"), min_value=0, max_value=100_000)
    owner = forms.CharField(label=_("Owner"), required=False, max_length=120)
    tenure = forms.ChoiceField(
        label=_("Tenure"), required=False, choices=[("", _("not known")), *Asset.Tenure.choices]
    )
    lease_to = DayField(label=_("Lease ends"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
    photos = UploadField(label=_("Photos taken on site"), kinds=PICTURES, required=False, max_files=6)

    CHANGES = ("name", "area_m2", "use", "idle_area_m2", "quantity", "owner", "tenure", "lease_to")

    def __init__(self, *args: Any, asset: Asset, person: User, **kwargs: Any) -> None:
        initial = {name: getattr(asset, name) for name in self.CHANGES}
        super().__init__(*args, person=person, initial=initial, **kwargs)

    def change_fields(self) -> list[forms.BoundField]:
        """Return the fields of what may have changed."""
        return [self[name] for name in self.CHANGES]

    def changes(self) -> dict[str, Any]:
        """Return them as they were typed."""
        return {name: self.cleaned_data.get(name) for name in self.CHANGES}
