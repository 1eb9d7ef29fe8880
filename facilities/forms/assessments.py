"""Forms of assessments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import Assessment, ScoreItem
from facilities.services.assessments.scoring import Points
from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PAPERS, UploadField, UploadFormMixin
from geo_registry.attachments.models import Attachment

from .inspections import DayField


class BeginForm(forms.Form):
    """As of which day a facility is scored."""

    day = DayField(label=_("as of"), initial=timezone.localdate)


@dataclass(frozen=True, slots=True)
class Line:
    """One item with its fields and the evidence that is kept already."""

    item: ScoreItem
    points: BoundField
    note: BoundField
    evidence: BoundField
    kept: list[Attachment]


class ScoreForm(UploadFormMixin):
    """Points, reason and evidence of each item."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("Comment"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(
        self,
        *args: Any,
        assessment: Assessment,
        items: Sequence[ScoreItem],
        kept: dict[int, list[Attachment]],
        person: User,
        **kwargs: Any,
    ) -> None:
        self.items, self._kept = items, kept
        entries = {entry.item_id: entry for entry in assessment.entries.all()}
        initial: dict[str, Any] = {"revision": assessment.revision, "comment": assessment.comment}
        for item in items:
            entry = entries.get(item.pk)
            points = entry.points if entry else None
            initial[f"p-{item.pk}"] = format(points.normalize(), "f") if points is not None else None
            initial[f"n-{item.pk}"] = entry.note if entry else ""
        super().__init__(*args, person=person, initial=initial, **kwargs)
        for item in items:
            self.fields[f"p-{item.pk}"] = forms.DecimalField(
                label=_("Points, 0 to %(most)d") % {"most": item.scale},
                required=False,
                min_value=0,
                max_value=item.scale,
                max_digits=6,
                decimal_places=2,
            )
            self.fields[f"n-{item.pk}"] = forms.CharField(
                label=pgettext_lazy("score", "Why"), required=False, max_length=300
            )
            self.fields[f"e-{item.pk}"] = UploadField(
                label=_("Evidence (needed)") if item.evidence_required else _("Evidence"),
                kinds=PAPERS,
                required=False,
                max_files=10,
            )

    def lines(self) -> list[tuple[str, list[Line]]]:
        """Return the items by section."""
        groups: dict[str, list[Line]] = {}
        for item in self.items:
            line = Line(
                item,
                self[f"p-{item.pk}"],
                self[f"n-{item.pk}"],
                self[f"e-{item.pk}"],
                self._kept.get(item.pk, []),
            )
            groups.setdefault(item.section, []).append(line)
        return list(groups.items())

    def points(self) -> dict[int, Points]:
        """Return what was entered, by item."""
        data = self.cleaned_data
        return {
            item.pk: Points(
                points=data.get(f"p-{item.pk}"),
                note=data.get(f"n-{item.pk}") or "",
                evidence=data.get(f"e-{item.pk}") or (),
            )
            for item in self.items
        }


class DecideForm(forms.Form):
    """A reviewer's decision."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("If it goes back: what is to be changed"), required=False, max_length=300
    )
