"""Forms of name cases: what a page sends, made into what a service takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.core.exceptions import ValidationError
from django.http import QueryDict
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

from .forms_together import Beside, TogetherForm

_READING = re.compile(r"reading-(\d{1,3})")
_MOST_ROADS = 500
# A centimetre: what a map has written anew is where it was.
_SAME_PLACE_DEGREES = 7


class DivisionChoice(forms.ModelChoiceField[Division]):
    """A division with what it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        """乙一镇 甲东村."""
        return f"{obj.parent.name} {obj.name}" if obj.parent and obj.level > 4 else obj.name


class CaseForm(TogetherForm, forms.Form):
    """What a draft says. The map fills `roads` and `geometry`."""

    APART = frozenset({"roads", "geometry"})

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
        except (ValueError, TypeError, GEOSException, GDALException) as error:
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

    def readings_shown(self) -> list[tuple[int, str, str]]:
        """Return what the page begins with: position, reading and character of each that was chosen."""
        chosen = self.readings() if self.is_bound else _kept_readings(self.initial)
        text = normal_form(str(self["text"].value() or "")).replace(" ", "")
        return [(index, reading, text[index : index + 1]) for index, reading in sorted(chosen.items())]

    def beside(self) -> dict[str, Beside]:
        """Return where it is, in whatever order and notation, and the readings chosen, which are those of the name."""
        roads, geometry = str(self.initial.get("roads", "")), str(self.initial.get("geometry", ""))
        kept = _kept_readings(self.initial)

        def take_place(data: QueryDict) -> None:
            data["roads"], data["geometry"] = roads, geometry

        def take_readings(data: QueryDict) -> None:
            for key in [key for key in data if _READING.fullmatch(key)]:
                del data[key]
            for index, reading in kept.items():
                data[f"reading-{index}"] = reading

        return {
            "where": Beside(
                now=_where(roads, geometry),
                sent=_where(str(self.data.get("roads", "")), str(self.data.get("geometry", ""))),
                take=take_place,
                said=gettext(
                    "Somebody else has changed the position on the map meanwhile. Yours is still here: save again to have it stand."
                )
                if roads or geometry
                else gettext(
                    "Somebody else has taken the position off the map meanwhile. Yours is still here: save again to have it stand."
                ),
            ),
            "readings": Beside(
                now=sorted(kept.items()),
                sent=sorted(self.readings().items()),
                take=take_readings,
                said=gettext(
                    "Somebody else has chosen other readings meanwhile (%(value)s). Yours are still here: save again to keep them."
                )
                % {"value": _readings_in_words(str(self.initial.get("text", "")), kept)},
                goes_with="text",
            ),
        }

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
            "readings": case.readings,
            "roads": ",".join(str(pk) for pk in case.roads.order_by("pk").values_list("pk", flat=True)),
            "geometry": case.geometry.json if case.geometry is not None else "",
        }


def _where(roads: str, geometry: str) -> list[Any]:
    """Return stretches of road and a GeoJSON geometry so that the same position is the same value."""
    shape: Any = geometry.strip()
    if shape:
        try:
            found: Any = GEOSGeometry(shape)
        except (ValueError, TypeError, GEOSException, GDALException):
            pass
        else:
            # One part alone is written as a single or as a multiple geometry.
            several = found.geom_type.startswith("Multi")
            parts = [part.coords for part in found] if several else [found.coords]
            shape = [found.geom_type.removeprefix("Multi"), _rounded(parts)]
    return [sorted(set(whole_numbers(roads.split(",")))), shape]


def _kept_readings(initial: Mapping[str, Any]) -> dict[int, str]:
    return {int(index): str(reading) for index, reading in initial.get("readings", {}).items()}


def _rounded(value: Any) -> Any:
    return (
        round(value, _SAME_PLACE_DEGREES)
        if isinstance(value, int | float)
        else [_rounded(each) for each in value]
    )


def _readings_in_words(text: str, readings: dict[int, str]) -> str:
    found = [f"{text[index : index + 1]} {reading}" for index, reading in sorted(readings.items())]
    return ", ".join(found) if found else gettext("none chosen")


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
