"""Forms of signs: a step, an inspection, work done, a batch, a sign that was found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.gis.geos import Point
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import Division
from placenames.models import Defect, Sign, SignOrder, SignSite, SiteReason
from placenames.models.places import SRID
from placenames.services.signs import fieldwork, routes
from placenames.services.signs.inventory import SIGN_FIELDS, SITE_FIELDS, WRITTEN
from placenames.templatetags.placenames import full_area_name


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


class SignForm(forms.ModelForm[Sign]):
    """What a sign is made of, and what one that stands says."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Sign
        fields: ClassVar[list[str]] = list(SIGN_FIELDS)
        widgets: ClassVar[dict[str, Any]] = {
            **{name: forms.TextInput(attrs={"class": "input"}) for name in ("text", "spelling", "material")},
            **{
                name: forms.TextInput(attrs={"class": "input", "inputmode": "numeric"})
                for name in ("width_mm", "height_mm", "faces")
            },
            "colour": forms.Select(attrs={"class": "input"}),
            "due": forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
        }

    def __init__(self, data: Any, *, instance: Sign) -> None:
        super().__init__(data, instance=instance)
        self.initial["revision"] = instance.revision
        for name in WRITTEN if not instance.stands else ("due",):
            del self.fields[name]
        # As files are read: nothing smaller can be drawn.
        for name in ("width_mm", "height_mm"):
            self.fields[name].validators += [MinValueValidator(100), MaxValueValidator(10_000)]


class FoundForm(PositionMixin, UploadFormMixin):
    """A sign that stands on site and that nobody has recorded: one entry by its key, however often it is sent."""

    field_order = ("name", "reason", "lon", "lat", "accuracy", "on_day", "photos", "note", "key", "sure")

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
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
    on_day = _day()
    photos = UploadField(label=_("Photos"), kinds=PICTURES, required=False, max_files=6)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=_input())
    sure = forms.BooleanField(label=_("It is another sign: record it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lon"].required = self.fields["lat"].required = True
        self.asks_if_sure = bool(self.data.get("sure"))

    def spotted(self) -> fieldwork.Spotted:
        """Return what was seen, and where."""
        data = self.cleaned_data
        position = fieldwork.Position(point=self.point(), accuracy_m=data["accuracy"])
        return fieldwork.Spotted(
            name=data["name"], reason=data["reason"], position=position, note=data["note"]
        )


class SiteForm(forms.ModelForm[SignSite]):
    """What is known of a site."""

    class Meta:
        model = SignSite
        fields: ClassVar[list[str]] = list(SITE_FIELDS)
        widgets: ClassVar[dict[str, Any]] = {
            "side": forms.Select(attrs={"class": "input"}),
            "pole_number": forms.TextInput(attrs={"class": "input", "list": "poles"}),
            **{
                name: forms.TextInput(attrs={"class": "input"})
                for name in ("pole_owner", "numbers_back", "numbers_on")
            },
            "bearing_deg": forms.TextInput(attrs={"class": "input", "inputmode": "decimal"}),
        }


class TrackForm(forms.Form):
    """The track of a lane without a name, from the telephone."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), max_length=200, required=False, widget=_input())
    fixes = forms.JSONField()


class RoundForm(forms.Form):
    """Whose signs are visited, how one travels, and how long a day is."""

    def __init__(
        self, data: Any = None, *, divisions: QuerySet[Division], profiles: Sequence[TravelProfile], home: Division | None
    ) -> None:  # fmt: skip
        initial = {
            "in": home.code if home is not None else "",
            "travel": profiles[0].code if profiles else "",
            "hours": routes.day_hours(), "minutes": routes.visit_minutes(), "what": "due",
        }  # fmt: skip
        super().__init__(data, initial=initial)
        self._divisions = {row.code: row for row in divisions}
        self._profiles = {row.code: row for row in profiles}
        select = forms.Select(attrs={"class": "input"})
        self.fields["in"] = forms.ChoiceField(
            label=_("From the office of"), widget=select,
            choices=[(code, full_area_name(row)) for code, row in self._divisions.items()],
        )  # fmt: skip
        self.fields["what"] = forms.ChoiceField(
            label=_("Visit"), choices=list(routes.WHAT.items()), widget=forms.Select(attrs={"class": "input"})
        )
        self.fields["travel"] = forms.ChoiceField(
            label=_("Travel"), choices=[(code, str(row)) for code, row in self._profiles.items()],
            widget=forms.Select(attrs={"class": "input"}),
        )  # fmt: skip
        self.fields["hours"] = forms.FloatField(
            label=_("Length of a day, hours"), min_value=0.5, max_value=24, widget=_input(inputmode="decimal")
        )
        self.fields["minutes"] = forms.FloatField(
            label=_("Minutes for each visit"), min_value=0, max_value=240, widget=_input(inputmode="decimal")
        )

    def question(self) -> routes.Question:
        """Return what is asked."""
        data = self.cleaned_data
        return routes.Question(
            division=self._divisions[data["in"]], profile=self._profiles[data["travel"]], what=data["what"],
            hours=data["hours"], minutes=data["minutes"],
        )  # fmt: skip

    def kept(self) -> dict[str, str]:
        """Return it as it is asked for again."""
        return {name: str(self.data.get(name, "")) for name in self.fields}


class ReportedForm(forms.Form):
    """Which sign a report is about, and what is to be done there."""

    kind = forms.ChoiceField(
        label=_("Work at the sign"),
        choices=SignOrder.Kind.choices,
        initial="repair",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        widget=_input(),
        help_text=_("Empty: the reporter's own words."),
    )
    field_order = ("sign", "kind", "note")

    def __init__(self, data: Any = None, *, signs: Sequence[tuple[Sign, float | None]]) -> None:
        super().__init__(data)
        self._signs = {str(sign.pk): sign for sign, _metres in signs}
        self.fields["sign"] = forms.ChoiceField(
            label=_("Which sign"), choices=[(str(sign.pk), _sign_words(sign, metres)) for sign, metres in signs],
            initial=str(signs[0][0].pk) if signs else None, widget=forms.RadioSelect,
        )  # fmt: skip
        self.order_fields(self.field_order)

    def clean_sign(self) -> Sign:
        """Return the sign itself."""
        return self._signs[self.cleaned_data["sign"]]


def _sign_words(sign: Sign, metres: float | None) -> str:
    far = _("%(metres)d m from where the reporter stood") % {"metres": metres} if metres is not None else ""
    words = [sign.text, sign.asset_number, sign.site.get_reason_display(), sign.get_status_display(), far]
    return " · ".join(str(word) for word in words if word)
