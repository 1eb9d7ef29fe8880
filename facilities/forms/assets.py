"""Forms of stock-takes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.models import Asset, StockTakeItem
from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from geo_registry.territory.models import Division

from .inspections import DayField


class OpenForm(forms.Form):
    """Beginning a stock-take."""

    title = forms.CharField(label=_("Title"), max_length=120)
    division = forms.ModelChoiceField(label=_("Division"), queryset=Division.objects.none())
    due = DayField(label=_("To be done by"))

    def __init__(self, *args: Any, divisions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].queryset = divisions  # type: ignore[attr-defined]


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
        label=_("Tenure"), required=False, choices=[("", "---------"), *Asset.Tenure.choices]
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
