"""Forms of inspections: filled in on a telephone, on site, item by item."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import CheckItem, CheckResult, Finding, Hazard, Inspection, Severity
from facilities.services.inspections.visits import Answer, Defect
from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PAPERS, PICTURES, UploadField, UploadFormMixin
from geo_registry.attachments.models import Attachment


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


@dataclass(frozen=True, slots=True)
class Line:
    """One item with its fields, and what is kept of it already."""

    item: CheckItem
    outcome: BoundField
    number: BoundField | None
    note: BoundField
    text: BoundField
    severity: BoundField
    deadline: BoundField
    role: BoundField
    photos: BoundField
    kept: list[Attachment]


class VisitForm(UploadFormMixin):
    """An inspection: each item of the list, something else, and the day."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    done_on = DayField(label=_("Day on site"))
    summary = forms.CharField(
        label=pgettext_lazy("inspection", "Summary"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(
        self,
        *args: Any,
        inspection: Inspection,
        items: Sequence[CheckItem],
        kept: dict[str, list[Attachment]],
        person: User,
        **kwargs: Any,
    ) -> None:
        self.inspection = inspection
        self.items = items
        self._kept = kept
        self._results = {result.item_id: result for result in inspection.results.all()}
        self._findings = {
            finding.item_id: finding for finding in inspection.findings.all() if finding.item_id
        }
        initial = {
            "revision": inspection.revision,
            "done_on": inspection.done_on or timezone.localdate(),
            "summary": inspection.summary,
        }
        for item in items:
            initial |= self._initial_of(item)
        super().__init__(*args, person=person, initial=initial, **kwargs)
        for item in items:
            self._add_fields(item)
        self._add_defect("more", text_label=_("Something else that is not in order"))

    def _initial_of(self, item: CheckItem) -> dict[str, Any]:
        result, finding = self._results.get(item.pk), self._findings.get(item.pk)
        return {
            f"o-{item.pk}": result.outcome if result else "",
            f"v-{item.pk}": result.number if result else None,
            f"n-{item.pk}": result.note if result else "",
            f"t-{item.pk}": finding.text if finding else "",
            f"s-{item.pk}": finding.severity if finding else item.severity,
            f"d-{item.pk}": finding.deadline if finding else None,
            f"r-{item.pk}": finding.responsible_role if finding else "",
        }

    def _add_fields(self, item: CheckItem) -> None:
        key = str(item.pk)
        self.fields[f"o-{key}"] = forms.ChoiceField(
            label=item.text, choices=CheckResult.Outcome.choices, required=False, widget=forms.RadioSelect
        )
        if item.measured_in:
            self.fields[f"v-{key}"] = forms.DecimalField(
                label=_("Number read (%(unit)s)") % {"unit": item.measured_in},
                required=False,
                max_digits=9,
                decimal_places=2,
            )
        self.fields[f"n-{key}"] = forms.CharField(label=_("Note"), required=False, max_length=200)
        self._add_defect(key, text_label=_("What is not in order"))

    def _add_defect(self, key: str, *, text_label: Any) -> None:
        self.fields[f"t-{key}"] = forms.CharField(label=text_label, required=False, max_length=300)
        self.fields[f"s-{key}"] = forms.ChoiceField(
            label=_("Severity"), choices=Severity.choices, required=False, initial=Severity.MINOR
        )
        self.fields[f"d-{key}"] = DayField(
            label=_("To be mended by"),
            required=False,
            help_text=_("Empty: as many days as the severity allows."),
        )
        self.fields[f"r-{key}"] = forms.CharField(
            label=_("Who must mend it"), required=False, max_length=60, help_text=_("A role, not a person.")
        )
        if key == "more":
            self.fields["h-more"] = forms.ChoiceField(
                label=pgettext_lazy("of a finding", "Safety"),
                choices=Hazard.choices,
                required=False,
                initial=Hazard.OTHER,
            )
        self.fields[f"p-{key}"] = UploadField(
            label=_("Photos of how it is"), kinds=PICTURES, required=False, max_files=6
        )

    def lines(self) -> list[tuple[str, list[Line]]]:
        """Return the items by what safety they are about, with the heading of each."""
        groups: dict[str, list[Line]] = {}
        for item in self.items:
            finding = self._findings.get(item.pk)
            line = Line(
                item=item,
                outcome=self[f"o-{item.pk}"],
                number=self[f"v-{item.pk}"] if item.measured_in else None,
                note=self[f"n-{item.pk}"],
                text=self[f"t-{item.pk}"],
                severity=self[f"s-{item.pk}"],
                deadline=self[f"d-{item.pk}"],
                role=self[f"r-{item.pk}"],
                photos=self[f"p-{item.pk}"],
                kept=self._kept.get(str(finding.pk), []) if finding else [],
            )
            groups.setdefault(str(Hazard(item.hazard).label), []).append(line)
        return list(groups.items())

    def more_fields(self) -> list[BoundField]:
        """Return the fields of what no item asks for."""
        return [self[f"{letter}-more"] for letter in "thsdrp"]

    def answers(self) -> dict[int, Answer]:
        """Return what was answered, by item."""
        data = self.cleaned_data
        return {
            item.pk: Answer(
                outcome=data.get(f"o-{item.pk}") or "",
                number=data.get(f"v-{item.pk}"),
                note=data.get(f"n-{item.pk}") or "",
                defect=self._defect(str(item.pk)),
            )
            for item in self.items
        }

    def more(self) -> Defect:
        """Return what no item asks for."""
        return self._defect("more")

    def _defect(self, key: str) -> Defect:
        data = self.cleaned_data
        return Defect(
            text=data.get(f"t-{key}") or "",
            severity=data.get(f"s-{key}") or "",
            deadline=data.get(f"d-{key}"),
            responsible_role=data.get(f"r-{key}") or "",
            hazard=data.get(f"h-{key}") or Hazard.OTHER,
            photos=data.get(f"p-{key}") or (),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a photo of something that nobody has put into words, where no item does."""
        data = super().clean() or self.cleaned_data
        if data.get("p-more") and not data.get("t-more"):
            self.add_error("t-more", _("Say what the photo shows."))
        return data


class DrillForm(UploadFormMixin):
    """A drill: what was rehearsed, by how many, and how it went."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    done_on = DayField(label=_("Day of the drill"))
    drill = forms.ChoiceField(
        label=_("What was rehearsed"), required=False, choices=[("", _("choose")), *Hazard.choices]
    )
    participants = forms.IntegerField(
        label=_("People who took part"), required=False, min_value=1, max_value=5000
    )
    summary = forms.CharField(
        label=_("How it went"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )
    photos = UploadField(label=_("Photos and papers"), kinds=PAPERS, required=False)

    def __init__(self, *args: Any, inspection: Inspection, person: User, **kwargs: Any) -> None:
        initial = {
            "revision": inspection.revision,
            "done_on": inspection.done_on or timezone.localdate(),
            "drill": inspection.drill,
            "participants": inspection.participants,
            "summary": inspection.summary,
        }
        super().__init__(*args, person=person, initial=initial, **kwargs)


class MendForm(UploadFormMixin):
    """A finding reported mended."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    mended_on = DayField(label=_("Mended on"))
    note = forms.CharField(label=_("How it was mended"), required=False, max_length=300)
    photos = UploadField(label=_("Photos of how it is now"), kinds=PICTURES, required=False, max_files=6)

    def __init__(self, *args: Any, finding: Finding, person: User, **kwargs: Any) -> None:
        initial = {"revision": finding.revision, "mended_on": timezone.localdate()}
        super().__init__(*args, person=person, initial=initial, **kwargs)


class VerifyForm(forms.Form):
    """The second look."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("If it is not mended: what is still not in order"), required=False, max_length=300
    )


class CallOffForm(forms.Form):
    """Taking an inspection off the plan."""

    reason = forms.CharField(label=_("Why it is called off"), max_length=300)


class InspectionFilter(forms.Form):
    """Which inspections a list shows."""

    period = DayField(required=False)
    township = forms.CharField(required=False, max_length=20)
    kind = forms.ChoiceField(
        label=_("What"), required=False, choices=[("", _("checks and drills")), *Inspection.Kind.choices]
    )
    state = forms.ChoiceField(
        label=pgettext_lazy("of an inspection", "state"),
        required=False,
        choices=[("", _("all")), ("overdue", _("overdue")), *Inspection.State.choices],
    )

    def day(self) -> datetime.date | None:
        """Return a day of the period that was asked for."""
        return self.cleaned_data.get("period") if self.is_valid() else None
