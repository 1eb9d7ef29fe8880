"""Forms of what is on record of a place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User
from geo_registry.attachments.forms import UploadField, UploadFormMixin
from placenames.models import FileRole, Name, Place, Relation
from placenames.models.records import INVERSE
from placenames.services.cases.ground import place_of
from placenames.services.records import NewFile
from placenames.services.records.facts import FACTS

from .forms_together import TogetherForm

INVERSE_PREFIX = "inverse:"
_LONG = {"meaning", "origin", "history", "description", "media_listed"}


class FactsForm(TogetherForm, forms.ModelForm[Place]):
    """The facts of a place, by the survey's form."""

    class Meta:
        model = Place
        fields = FACTS
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in _LONG} | {
            "registered_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")

    def _post_clean(self) -> None:
        """Leave the record alone: the service writes, and checks what it writes."""


class RelationForm(forms.Form):
    """What the place is to another, or another to it."""

    relation = forms.ChoiceField(
        label=_("This place is"),
        choices=[
            *Relation.choices,
            *((f"{INVERSE_PREFIX}{key.value}", label) for key, label in INVERSE.items()),
        ],
        widget=forms.Select(attrs={"class": "input"}),
    )
    other = forms.CharField(max_length=12, required=False)
    other_text = forms.CharField(
        label=_("or what is not in the register"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"class": "input"})
    )
    source_text = forms.CharField(
        label=_("Source"), max_length=300, required=False, widget=forms.TextInput(attrs={"class": "input"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_other(self) -> Place | None:
        """Find the other place by its permanent address; a secret one is there only for whoever may read it."""
        short_id = self.cleaned_data["other"]
        place = place_of(self._user, short_id) if short_id else None
        if short_id and place is None:
            raise ValidationError(gettext("There is no such place."))
        return place

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        found = dict(self.cleaned_data)
        relation: str = found["relation"]
        return found | {
            "inverse": relation.startswith(INVERSE_PREFIX),
            "relation": relation.removeprefix(INVERSE_PREFIX),
        }


class FileForm(UploadFormMixin):
    """A file with what it is to the place and the words that stand for it."""

    role = forms.ChoiceField(
        label=_("What the file is"), choices=FileRole.choices, widget=forms.Select(attrs={"class": "input"})
    )
    title = forms.CharField(
        label=_("Title"), max_length=120, widget=forms.TextInput(attrs={"class": "input"})
    )
    name = forms.ModelChoiceField(
        Name.objects.none(),
        label=_("Of which name"),
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    text = forms.CharField(
        label=_("In words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        help_text=_("What is heard or seen, for who cannot hear or see it: needed before it is made public."),
    )
    language = forms.CharField(
        label=_("Spoken in"), max_length=60, required=False, widget=forms.TextInput(attrs={"class": "input"})
    )
    author = forms.CharField(
        label=_("Recorded or taken by"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    made_when = forms.CharField(
        label=_("Recorded or taken when"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    file = UploadField(label=_("File"), multiple=False)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].queryset = place.names.order_by("status", "pk")  # type: ignore[attr-defined]

    def new_file(self) -> NewFile:
        """Return what the service takes."""
        values = dict(self.cleaned_data)
        values["file"] = values["file"][0]
        return NewFile(**values)
