"""The forms of the register card. Facts in, facts out: what a value is, is said in ``services.facts``."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.geodata.chinese_offsets import bd09_to_wgs84, gcj02_to_wgs84
from geo_registry.geodata.identity import credit_code
from geo_registry.geodata.values import BadValue
from geo_registry.territory.models import Division, Level

from ..models import Facility, FacilityOperator, Function, Kind, Status, StatusRule
from ..services.checks import Finding
from ..services.contact import hours_to_edit, read_hours, read_phones
from ..services.facts import FACTS, FOR_APPROVERS, Fact, Facts, Section, Type

_SALT = "facilities.card"
# A form left open for so long is opened anew.
_KEPT_S = 30 * 24 * 3600
OFFSETS = (
    ("cgcs2000", gettext_lazy("CGCS2000 or WGS 84 (Tianditu, GPS)")),
    ("gcj02", gettext_lazy("GCJ-02 (Gaode, Tencent)")),
    ("bd09", gettext_lazy("BD-09 (Baidu)")),
)


class DateInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def keep(facts: Facts, pending: Sequence[str] = ()) -> str:
    """Return the state of a card, signed, to be sent along with its form: what it was when the editor saw it."""
    return signing.dumps({"facts": facts, "pending": list(pending)}, salt=_SALT, compress=True)


@dataclass(frozen=True)
class Kept:
    """What `keep` has sent along."""

    facts: Facts
    pending: list[str]


def kept(token: str) -> Kept | None:
    """Return what was sent along, or ``None`` if it was tampered with or is too old."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=_KEPT_S)
    except signing.BadSignature:
        return None
    return Kept(found["facts"], found["pending"])


class CardForm(forms.Form):
    """The facts of a card. Fields are named by their facts; a place has two, a figure may have two."""

    location_system = forms.ChoiceField(label=gettext_lazy("read as"), choices=OFFSETS, required=False)
    figures_as_of = forms.DateField(
        label=gettext_lazy("figures as of"), required=False, widget=DateInput(), localize=False
    )
    note_to_county = forms.CharField(
        label=gettext_lazy("note to the county"), required=False, max_length=400, strip=True
    )

    def __init__(
        self, data: Any = None, *, user: User, facts: Iterable[Fact], values: Facts, **kwargs: Any
    ) -> None:
        self.facts = [fact for fact in facts if fact.code not in FOR_APPROVERS]
        self.values = values
        super().__init__(data, initial=initial_of(values), **kwargs)
        for fact in self.facts:
            self.fields.update(_fields(fact, user, values))

    def typed(self) -> Facts:
        """Return the facts that were typed. Call it once the form is valid; what did not parse is left out."""
        cleaned = self.cleaned_data
        found: Facts = {}
        for fact in self.facts:
            code = fact.code
            if fact.type is Type.FIGURE:
                names = [f"{code}_total", *([f"{code}_vacant"] if fact.has_vacancy else [])]
                if all(name in cleaned for name in names):
                    total, vacant = cleaned[names[0]], cleaned.get(f"{code}_vacant")
                    found[code] = None if total is None and vacant is None else [total, vacant]
            elif fact.type is Type.POINT:
                if "lon" in cleaned and "lat" in cleaned:
                    found[code] = self._point(cleaned["lon"], cleaned["lat"])
            elif code in cleaned:
                same = fact.is_empty_text and cleaned[code] == self.initial.get(code)
                # What stands there untouched is what it was, however it is written.
                found[code] = self.values.get(code) if same else _plain(fact, cleaned[code])
        return found

    def _point(self, lon: float | None, lat: float | None) -> list[float] | None:
        if lon is None or lat is None:
            return None
        system = self.cleaned_data.get("location_system") or "cgcs2000"
        if system != "cgcs2000":
            convert = gcj02_to_wgs84 if system == "gcj02" else bd09_to_wgs84
            x, y = convert(np.array([lon]), np.array([lat]))
            lon, lat = float(x[0]), float(y[0])
        return [round(lon, 8), round(lat, 8)]

    def clean(self) -> dict[str, Any]:
        """Ask for both co-ordinates or none."""
        cleaned = super().clean() or self.cleaned_data
        if ("lon" in self.fields) and (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            missing = "lon" if cleaned.get("lon") is None else "lat"
            if missing not in self.errors:
                self.add_error(missing, _("Longitude and latitude belong together."))
        return cleaned


def initial_of(values: Facts) -> dict[str, Any]:
    """Return facts as the form's fields show them."""
    shown: dict[str, Any] = {}
    for code, value in values.items():
        fact = FACTS.get(code)
        if fact is None:
            shown[code] = value
        elif fact.type is Type.FIGURE:
            shown[f"{code}_total"], shown[f"{code}_vacant"] = value or (None, None)
        elif fact.type is Type.POINT:
            shown["lon"], shown["lat"] = value or (None, None)
        elif code == "opening_hours":
            shown[code] = hours_to_edit(value or "")
        elif fact.type is Type.NUMBER and isinstance(value, float) and value.is_integer():
            shown[code] = int(value)
        elif fact.type is Type.MAYBE:
            shown[code] = {True: "yes", False: "no"}.get(value, "")
        else:
            shown[code] = value
    return shown


def _plain(fact: Fact, value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Division):
        return value.pk
    if fact.type is Type.MAYBE:
        return {"yes": True, "no": False}.get(value)
    if fact.type is Type.LONG_TEXT:
        # Browsers end lines as typewriters did.
        return value.replace("\r\n", "\n")
    read = _READING.get(fact.code)
    if read is None or not value:
        return value
    try:
        return read(value)
    except (BadValue, ValueError):
        # The checks say what is wrong with it.
        return value


_READING: dict[str, Callable[[str], str]] = {
    "social_credit_code": credit_code,
    "opening_hours": read_hours,
    "public_phone": partial(read_phones, public=False),
    "private_phone": partial(read_phones, public=False),
}


def _fields(fact: Fact, user: User, values: Facts) -> dict[str, forms.Field]:
    label, code = fact.label, fact.code
    column: Any = Facility._meta.get_field(code) if fact.type is not Type.FIGURE else None
    match fact.type:
        case Type.FIGURE:
            made: dict[str, forms.Field] = {
                f"{code}_total": _count(_("in all") if fact.has_vacancy else label)
            }
            if fact.has_vacancy:
                made[f"{code}_vacant"] = _count(_("vacant"))
            return made
        case Type.POINT:
            return {"lon": _degrees(_("longitude")), "lat": _degrees(_("latitude"))}
        case Type.CHOICE:
            choices = [("", _("not stated")), *fact.choices]
            return {code: forms.ChoiceField(label=label, choices=choices, required=False)}
        case Type.CHOICES:
            widget = forms.CheckboxSelectMultiple()
            return {
                code: forms.MultipleChoiceField(
                    label=label, choices=fact.choices, required=False, widget=widget
                )
            }
        case Type.MAYBE:
            answers = [("", _("not stated")), ("yes", _("yes")), ("no", _("no"))]
            return {code: forms.ChoiceField(label=label, choices=answers, required=False)}
        case Type.DAY:
            return {code: forms.DateField(label=label, required=False, widget=DateInput(), localize=False)}
        case Type.NUMBER:
            return {code: forms.FloatField(label=label, required=False, widget=_number("any"))}
        case Type.DIVISION:
            return {code: DivisionField(user, values.get(code), label=label)}
        case Type.LONG_TEXT:
            return {
                code: forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 3}))
            }
    return {code: forms.CharField(label=label, required=False, max_length=column.max_length)}


def _number(step: str) -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": step, "inputmode": "decimal" if step == "any" else "numeric"})


def _count(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, max_value=10_000_000, widget=_number("1"))


def _degrees(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, widget=_number("any"))


class DivisionField(forms.ModelChoiceField[Division]):
    """The divisions in a person's scope, and the one that is there already; villages below their township."""

    def __init__(self, user: User, present: int | None, **kwargs: Any) -> None:
        rows = limit(Division.objects.filter(valid_to__isnull=True, level__gte=Level.COUNTY), user)
        if present:
            rows = rows | Division.objects.filter(pk=present)
        rows = rows.select_related("parent").defer("boundary", "parent__boundary").order_by("path")
        super().__init__(queryset=rows, empty_label=_("choose"), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Name a village with its township."""
        return f"{obj.parent.name} {obj.name}" if obj.parent and obj.level > Level.TOWNSHIP else str(obj.name)


class BirthForm(forms.Form):
    """What is asked of a new facility beside its facts."""

    number = forms.CharField(
        label=gettext_lazy("facility number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Leave it empty for the next free number."),
    )
    kind = forms.ModelChoiceField(
        label=gettext_lazy("kind"),
        queryset=Kind.objects.none(),
        required=False,
        empty_label=gettext_lazy("choose"),
    )
    functions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("functions"),
        queryset=Function.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("None chosen: what its kind usually does."),
    )
    status = forms.ChoiceField(label=gettext_lazy("status"), required=False)
    status_from = forms.DateField(
        label=gettext_lazy("status since"), required=False, widget=DateInput(), localize=False
    )
    operator_name = forms.CharField(label=gettext_lazy("operator"), required=False, max_length=120)
    operator_mode = forms.ChoiceField(
        label=gettext_lazy("way of operation"),
        required=False,
        choices=[("", "—"), *FacilityOperator.Mode.choices],
    )
    operator_from = forms.DateField(
        label=gettext_lazy("contract begins"), required=False, widget=DateInput(), localize=False
    )
    operator_to = forms.DateField(
        label=gettext_lazy("contract ends"), required=False, widget=DateInput(), localize=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = kinds()  # type: ignore[attr-defined]
        self.fields["functions"].queryset = Function.objects.all()  # type: ignore[attr-defined]
        self.fields["status"].choices = [("", _("choose")), *first_statuses()]  # type: ignore[attr-defined]

    def birth(self) -> dict[str, Any]:
        """Return it as plain values."""
        cleaned = self.cleaned_data
        days = {
            name: day.isoformat() if (day := cleaned.get(name)) else None
            for name in ("status_from", "operator_from", "operator_to")
        }
        kind = cleaned.get("kind")
        return {
            "number": (cleaned.get("number") or "").strip(),
            "kind": kind.pk if kind else None,
            "functions": [function.pk for function in cleaned.get("functions") or ()],
            "status": cleaned.get("status") or "",
            "operator_name": cleaned.get("operator_name") or "",
            "operator_mode": cleaned.get("operator_mode") or "",
            **days,
        }


def kinds() -> Any:
    """Return the kinds that may be chosen, in the order of networks and tiers."""
    rows = Kind.objects.select_related("tier__network")
    return rows.order_by("tier__network__position", "tier__level", "position", "code")


def first_statuses() -> list[tuple[str, str]]:
    """Return the statuses that a life may begin with."""
    allowed = set(StatusRule.objects.filter(before="").values_list("after", flat=True))
    return [(value, str(label)) for value, label in Status.choices if value in allowed]


@dataclass
class Row:
    """One fact of the form: its fields, and what is said beside them."""

    fact: Fact
    fields: list[Any]
    waits: bool
    only_with: list[str] = field(default_factory=list)
    hidden: bool = False
    findings: list[Finding] = field(default_factory=list)
    conflict: Any = None

    @property
    def is_group(self) -> bool:
        """Whether several controls belong to one heading."""
        return len(self.fields) > 1 or self.fact.type is Type.CHOICES

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps it from being saved."""
        return any(bound.errors for bound in self.fields) or any(f.severity == "block" for f in self.findings)


@dataclass
class FormPart:
    """A part of the form with its rows."""

    section: Section
    rows: list[Row]

    @property
    def waits(self) -> bool:
        """Whether all of it waits for approval: said once then, and not beside each."""
        return all(row.waits for row in self.rows)
