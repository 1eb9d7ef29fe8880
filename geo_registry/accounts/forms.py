"""What an administrator fills in: an account, an office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Division, Installation, Level

from .models import Office, Role, User


class OfficeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Offices with the division that each is responsible for."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the select says."""
        return f"{obj.name} · {obj.division.name}"


class DivisionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Divisions as a tree."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name, moved in by its level."""
        return f"{chr(0x3000) * max(0, int(obj.level) - Level.COUNTY)}{obj.name}"


class PersonForm(forms.ModelForm[User]):
    """An account without its password: that is made by the program and handed over."""

    office = OfficeChoice(
        label=_("office"),
        queryset=Office.objects.select_related("division").order_by("division__path", "name"),
        required=False,
        empty_label=_("no office"),
        help_text=_(
            "The person acts in this office's division and below. A clerk without an office acts nowhere."
        ),
    )

    class Meta:
        model = User
        fields = ("username", "display_name", "role", "office")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.update(
            autocomplete="off", autocapitalize="none", spellcheck="false"
        )


class OfficeForm(forms.ModelForm[Office]):
    """An office and the division that it is responsible for."""

    division = DivisionChoice(label=_("division"), queryset=Division.objects.none())

    class Meta:
        model = Office
        fields = ("name", "division", "parent", "phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = Installation.home()
        rows = Division.objects.on(timezone.localdate())
        if home is not None:
            # The home and below, and whoever is above it: a prefecture's office may look at a county's registry.
            rows = rows.filter(Q(path__startswith=home.path) | Q(code__in=home.ancestor_codes()))
        rows = rows.defer("boundary", "point").order_by("path")
        self.fields["division"].queryset = rows  # type: ignore[attr-defined]
        parents = Office.objects.exclude(pk=self.instance.pk) if self.instance.pk else Office.objects.all()
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Check what concerns more than one field: offices form a tree, and a clerk's office is a township's."""
        cleaned = super().clean() or {}
        parent, division = cleaned.get("parent"), cleaned.get("division")
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                self.add_error("parent", _("This office would then report to itself."))
                return cleaned
            above = above.parent
        if parent is not None and division is not None and not division.path.startswith(parent.division.path):
            self.add_error(
                "parent",
                ValidationError(
                    _("%(parent)s is responsible for %(division)s, which does not take this division in."),
                    params={"parent": parent.name, "division": parent.division.name},
                ),
            )
        if self.instance.pk and division is not None and division.level < Level.TOWNSHIP:
            clerks = self.instance.people.filter(role=Role.CLERK, is_active=True)
            if clerks.exists():
                self.add_error(
                    "division",
                    ValidationError(
                        _("Clerks work in this office (%(clerks)s), and a clerk acts in one township."),
                        params={"clerks": "、".join(map(str, clerks[:5]))},
                    ),
                )
        return cleaned
