"""Forms of name cases: what a page sends, made into what a service takes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PAPERS, UploadField, UploadFormMixin
from geo_registry.territory.models import Division, Road
from geo_registry.text.normal import normal_form
from geo_registry.text.whole_numbers import whole_numbers
from placenames.models import NameCase, Place, PlaceKind, Report, SplitMode
from placenames.models.cases import Act
from placenames.naming.surnames import readings_known
from placenames.services.cases import Draft
from placenames.services.cases.ground import divisions_for, place_of

from .forms_together import TogetherForm

_READING = re.compile(r"reading-(\d{1,3})")
_MOST_ROADS = 500


class DivisionChoice(forms.ModelChoiceField[Division]):
    """A division with what it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        """乙一镇 甲东村."""
        return f"{obj.parent.name} {obj.name}" if obj.parent and obj.level > 4 else obj.name


class CaseForm(TogetherForm, forms.Form):
    """What a draft says. The map fills `roads` and `geometry`."""

    act = forms.ChoiceField(label=_("What is done"), choices=Act.choices)
    place = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(PlaceKind.objects.all(), label=_("Kind"))
    division = DivisionChoice(Division.objects.none(), label=_("Lies in"))
    text = forms.CharField(label=_("Name"), max_length=60, required=False)
    spelling = forms.CharField(label=_("Spelling"), max_length=200, required=False)
    split_mode = forms.ChoiceField(
        label=_("Written"), choices=[("", _("as the kind has it")), *SplitMode.choices], required=False
    )
    roads = forms.CharField(max_length=8000, required=False, widget=forms.HiddenInput)
    geometry = forms.CharField(max_length=200_000, required=False, widget=forms.HiddenInput)
    width_m = forms.FloatField(label=_("Width, metres"), min_value=0.5, max_value=500, required=False)
    extent_text = forms.CharField(label=_("From and to"), max_length=300, required=False)
    course_text = forms.CharField(label=_("Course"), max_length=300, required=False)
    reason = forms.CharField(label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    meaning = forms.CharField(label=_("Meaning"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    origin = forms.CharField(label=_("Origin"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    measures = forms.CharField(
        label=_("Measures for a protected name"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self.fields["division"].queryset = divisions_for(user)  # type: ignore[attr-defined]
        for name in ("kind", "division"):
            self.fields[name].empty_label = _("- choose -")  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("class", "input")
            if name in {"text", "spelling"}:
                field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_place(self) -> Place | None:
        """Find the place by its permanent address; one that the person may not read is none."""
        short_id = self.cleaned_data["place"]
        place = place_of(self._user, short_id) if short_id else None
        if short_id and place is None:
            raise ValidationError(gettext("There is no such place."))
        return place

    def clean_roads(self) -> list[Road]:
        """Find the stretches of road."""
        keys = whole_numbers(self.cleaned_data["roads"].split(","))[:_MOST_ROADS]
        return list(Road.objects.filter(pk__in=keys))

    def clean_geometry(self) -> GEOSGeometry | None:
        """Read GeoJSON in degrees."""
        text = self.cleaned_data["geometry"].strip()
        if not text:
            return None
        try:
            geometry = GEOSGeometry(text)
        except (ValueError, TypeError, GEOSException) as error:
            raise ValidationError(gettext("The position on the map cannot be read. Set it again.")) from error
        west, south, east, north = geometry.extent
        if not geometry.valid or west < -180 or east > 180 or south < -90 or north > 90:
            raise ValidationError(gettext("The position on the map cannot be read. Set it again."))
        geometry.srid = 4490
        return geometry

    def readings(self) -> dict[int, str]:
        """Return readings chosen, by position (``reading-2=pù``).

        What was chosen for a character that has since been typed over is none of the one that stands there now.
        """
        text = normal_form(str(self.data.get("text", ""))).replace(" ", "")
        found = {}
        for key, value in self.data.items():
            match = _READING.fullmatch(key)
            if match and int(match[1]) < len(text) and value in readings_known(text[int(match[1])]):
                found[int(match[1])] = str(value)
        return found

    def draft(self) -> Draft:
        """Return what was written as a draft."""
        values = {
            name: value for name, value in self.cleaned_data.items() if name in Draft.__dataclass_fields__
        }
        place: Place | None = values["place"]
        if place is not None and not values["roads"] and values["geometry"] is None:
            values["roads"] = list(place.roads.all())
        return Draft(**values, readings=self.readings())

    @staticmethod
    def initial_of(case: NameCase) -> dict[str, Any]:
        """Return what a form for a case begins with."""
        names = ("act", "kind", "division", "text", "spelling", "split_mode", "width_m", "extent_text", "course_text", "reason",
                 "meaning", "origin", "measures")  # fmt: skip
        return {name: getattr(case, name) for name in names} | {
            "place": case.place.short_id if case.place else "",
            "roads": ",".join(str(pk) for pk in case.roads.values_list("pk", flat=True)),
            "geometry": case.geometry.json if case.geometry is not None else "",
        }


class StepForm(UploadFormMixin):
    """Words, number, day and documents of a step; which of them a step asks for, the page shows."""

    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2, "class": "input"}), required=False
    )
    number = forms.CharField(
        label=_("Document number"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    on_day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
    )
    effective_on = forms.DateField(
        label=_("Takes effect on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
    )
    report = forms.ChoiceField(
        label=_("Report"),
        choices=Report.choices,
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    authority = forms.CharField(
        label=_("Approved by"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    documents = UploadField(label=_("Documents"), kinds=PAPERS, required=False)

    def day(self) -> Any:
        """Return the day written, today if none is."""
        return self.cleaned_data["on_day"] or timezone.localdate()
