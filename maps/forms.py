"""What a planner asks: network, profile, limits, day."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.analysis.accessibility import Measure as AccessMeasure
from facilities.models import Kind, Measure, Network
from facilities.services.coverage import AccessChoice, CoverageRequest
from geo_registry.reference.models import TravelProfile

MOST_LIMITS = 4


class CoverageForm(forms.Form):
    """A new computation, in the order in which a planner says it."""

    network = forms.ModelChoiceField(
        label=_("Network"), queryset=Network.objects.all(), to_field_name="code", empty_label=None
    )
    profile = forms.ModelChoiceField(
        label=_("How people travel"),
        queryset=TravelProfile.objects.all(),
        to_field_name="code",
        empty_label=None,
    )
    minutes = forms.CharField(
        label=_("Within how many minutes"),
        initial="5, 10, 15",
        max_length=40,
        help_text=_("Up to four limits, separated by commas."),
    )
    day = forms.DateField(
        label=_("Facilities in operation on"),
        help_text=_("A day in the past answers from the register's dated history."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    kinds = forms.ModelMultipleChoiceField(
        label=_("Only these kinds"),
        queryset=Kind.objects.select_related("tier__network").order_by(
            "tier__network__position", "tier__level", "position"
        ),
        to_field_name="code",
        required=False,
        help_text=_("None chosen: all kinds of the network, tier by tier."),
        widget=forms.CheckboxSelectMultiple,
    )
    winter = forms.BooleanField(
        label=_("In winter"), required=False, help_text=_("Slower by the profile's winter factor.")
    )

    delivery = forms.BooleanField(
        label=_("The service travels to the person"),
        required=False,
        help_text=_(
            "Meals brought, home care: times are those of the delivery, at the chosen way to travel."
        ),
    )
    leave_out_failing = forms.BooleanField(
        label=_("Without facilities that did not pass their assessment"), required=False
    )
    capacity = forms.ChoiceField(
        label=_("Places that fill up"),
        choices=[("", _("not counted")), *Measure.choices],
        required=False,
        help_text=_("People find room at the nearest facility that still has some, by this measure."),
    )
    access = forms.ChoiceField(
        label=_("Accessibility"),
        choices=[("", _("not counted")), *((one.value, one.value.upper()) for one in AccessMeasure)],
        required=False,
        help_text=_("How much of the measure above (of beds, if none is chosen) falls to each person."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = timezone.localdate()

    def clean_minutes(self) -> tuple[int, ...]:
        """Read the limits as whole seconds, in their order."""
        parts = [part for part in re.split(r"[,，、;；\s]+", self.cleaned_data["minutes"].strip()) if part]
        try:
            limits = sorted({round(float(part) * 60) for part in parts})
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(_("Write minutes as numbers, such as 5, 10, 15.")) from error
        if not limits or limits[0] < 1 or limits[-1] > 24 * 3600:
            raise forms.ValidationError(_("Each limit must be more than nothing and at most a day."))
        if len(limits) > MOST_LIMITS:
            raise forms.ValidationError(_("At most four limits: an eye tells no more colours apart."))
        return tuple(limits)

    def clean(self) -> dict[str, Any]:
        """Refuse kinds of another network."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        network, kinds = data.get("network"), data.get("kinds")
        if network and kinds:
            foreign = [kind.name for kind in kinds if kind.tier.network_id != network.pk]
            if foreign:
                self.add_error(
                    "kinds",
                    forms.ValidationError(
                        _("%(kinds)s does not belong to the network “%(network)s”."),
                        params={"kinds": "、".join(foreign), "network": network},
                    ),
                )
        return data

    def coverage_request(self) -> CoverageRequest:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        return CoverageRequest(
            network=data["network"],
            profile=data["profile"],
            thresholds_s=data["minutes"],
            day=data["day"],
            kinds=tuple(data["kinds"]),
            winter=data["winter"],
            delivery=data["delivery"],
            leave_out_failing=data["leave_out_failing"],
            capacity=Measure(data["capacity"]) if data["capacity"] else None,
            access=AccessChoice(
                measure=AccessMeasure(data["access"]),
                decay="gaussian",
                supply=Measure(data["capacity"] or Measure.BEDS),
            )
            if data["access"]
            else None,
        )
