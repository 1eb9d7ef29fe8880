"""Forms: what somebody reports, the code it is asked for by, and what the office answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models.divisions import SRID

from .registry import Topic


class ManyFiles(forms.ClearableFileInput):
    """A field of files that takes several."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several pictures, or none. What they are is found out where they are kept."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return a list of files."""
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(PhotosField, self).clean(file, initial) for file in files]


class ReportForm(forms.Form):
    """What is wrong with a public record."""

    topic = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    text = forms.CharField(
        label=_("What is it, and how should it be?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say in a few words what is wrong, and how it should be.")},
    )
    photos = PhotosField(
        label=_("Photos, if you have some"),
        required=False,
        widget=ManyFiles(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_(
            "At most three. The office sees them without the place and camera that a telephone writes into them."
        ),
    )
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    contact = forms.CharField(
        label=_("A telephone number, if you want to be asked back"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Not needed. Only who handles the report sees it, and it is deleted some time after the answer."
        ),
    )
    # Nobody sees this field; programs that fill in every form do.
    website = forms.CharField(label=_("Leave this empty"), required=False, max_length=200)

    def __init__(self, *args: Any, topics: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [(topic.value, topic.label) for topic in topics]  # type: ignore[attr-defined]
        self.fields["website"].widget.attrs |= {"tabindex": "-1", "autocomplete": "off"}

    def clean_website(self) -> str:
        """Refuse what a program filled in.

        Raises
        ------
        ValidationError
            In words that a person who came here by mistake can follow.
        """
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave the field “Leave this empty” empty: it keeps programs out."))
        return ""

    def point(self) -> Point | None:
        """Return where the reporter says it is (EPSG:4490), to about a metre."""
        lat, lon = self.cleaned_data.get("lat"), self.cleaned_data.get("lon")
        if lat is None or lon is None:
            return None
        return Point(round(lon, 5), round(lat, 5), srid=SRID)


class RevisionForm(forms.Form):
    """What the person saw when pressing."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(RevisionForm):
    """The answer, which the reporter reads."""

    answer = forms.CharField(
        label=pgettext_lazy("report", "Answer"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reporter reads this: what was done, or why it is not followed."),
    )


class ReasonForm(RevisionForm):
    """A reason, which the office reads."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class QueueFilter(forms.Form):
    """What of the queue is shown."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("waiting for us")),
            ("waiting", _("all without an answer")),
            ("late", _("overdue")),
            ("over", _("answered")),
        ],
    )
    topic = forms.ChoiceField(label=_("What is wrong?"), required=False)
    q = forms.CharField(label=_("Record or text"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [("", _("anything")), *Topic.choices]  # type: ignore[attr-defined]
