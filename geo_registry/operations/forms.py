"""What an administrator fills in for a key, and what the list of exports is asked."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.forms import OfficeChoice
from geo_registry.accounts.models import Office

from .keys import LONGEST
from .models import Scope

_USUAL = datetime.timedelta(days=365)


class KeyForm(forms.Form):
    """A key for another office's program."""

    office = OfficeChoice(
        label=_("office"),
        queryset=Office.objects.select_related("division").order_by("division__path", "name"),
        empty_label=_("choose"),
        help_text=_("The key opens what lies in this office's division."),
    )
    label = forms.CharField(
        label=_("what it is for"), max_length=80, help_text=_("Who asked for it, and which program uses it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("what it opens"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.FACILITIES],
    )
    expires_on = forms.DateField(
        label=_("valid until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        field = self.fields["expires_on"]
        field.initial = today + _USUAL
        field.widget.attrs.update(min=today.isoformat(), max=(today + LONGEST).isoformat())
