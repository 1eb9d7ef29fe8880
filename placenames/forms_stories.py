"""Forms of stories and of their collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Person, limit
from geo_registry.attachments.forms import UploadField, UploadFormMixin
from geo_registry.search.registry import Asked, Fit, What
from geo_registry.search.services import find
from geo_registry.text.whole_numbers import whole_number
from placenames.models import Place, Story
from placenames.services.stories.writing import NewFile, Words

from .forms_together import TogetherForm

_INPUT = {"class": "input"}


class WordsForm(TogetherForm, forms.Form):
    """What is written: of a story, or as the introduction of a collection."""

    title = forms.CharField(label=_("Title"), max_length=80, widget=forms.TextInput(attrs=_INPUT))
    summary = forms.CharField(
        label=_("In one sentence"), max_length=200, required=False, widget=forms.TextInput(attrs=_INPUT),
        help_text=_("Stands in lists, below the title."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("The text"), max_length=20_000, required=False, widget=forms.Textarea(attrs=_INPUT | {"rows": 14}),
        help_text=_("A line for each paragraph."),
    )  # fmt: skip
    author = forms.CharField(
        label=_("Told or written by"), max_length=120, required=False, widget=forms.TextInput(attrs=_INPUT),
        help_text=_("As readers are to see it."),
    )  # fmt: skip
    sources = forms.CharField(
        label=_("Sources"), max_length=4_000, required=False, widget=forms.Textarea(attrs=_INPUT | {"rows": 3}),
        help_text=_("One a line: book and page, file, who told it when."),
    )  # fmt: skip

    def words(self) -> Words:
        """Return what the services take."""
        values = self.cleaned_data
        return Words(**{name: values[name] for name in ("title", "summary", "text", "author", "sources")})


class StoryForm(WordsForm):
    """A story with the places it tells of, by their permanent addresses in order."""

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def places(self) -> list[Place]:
        """Return the places, in the order of the form.

        Raises
        ------
        ValidationError
            If one is none that the person may see.
        """
        wanted = list(dict.fromkeys(_several(self.data, "place")))
        own = limit(Place.objects.all(), self.user).order_by().values("pk")
        public = Place.objects.public().order_by().values("pk")
        rows = Place.objects.filter(short_id__in=wanted).select_related("division", "named_division", "kind")
        rows = rows.filter(pk__in=own) | rows.filter(pk__in=public)
        found = {place.short_id: place for place in rows.prefetch_related("names")}
        if len(found) != len(wanted):
            raise ValidationError(gettext("There is no such place."))
        return [*(found[key] for key in wanted), *self._typed()]

    def _typed(self) -> list[Place]:
        """Return the place whose name was typed and not chosen, as happens where there are no scripts."""
        typed = str(self.data.get("place_find", "")).strip()
        if not typed:
            return []
        user = self.user if isinstance(self.user, User) else None
        what = frozenset({What.VILLAGE.value, What.ROAD.value, What.NAME.value})
        hits = [hit for hit in find(Asked(text=typed, user=user, what=what, limit=3)) if hit.fit is Fit.EXACT]
        if len(hits) != 1:
            said = (
                gettext("There is no place of the name “%(name)s”.")
                if not hits
                else gettext(
                    "There are several places of the name “%(name)s”: choose one of the suggestions."
                )
            )
            raise ValidationError(said % {"name": typed})
        return list(Place.objects.filter(short_id=hits[0].key))


class CollectionForm(WordsForm):
    """A collection with its stories, each with the number of where it stands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("Introduction")

    def stories(self) -> list[Story]:
        """Return the stories that are chosen, by the numbers written beside them; a story without a number comes last.

        Raises
        ------
        ValidationError
            If one does not exist.
        """
        wanted = list(dict.fromkeys(_several(self.data, "story")))
        found = {
            story.short_id: story for story in Story.objects.filter(short_id__in=wanted, version_of=None)
        }
        if len(found) != len(wanted):
            raise ValidationError(gettext("There is no such story."))
        numbers = {key: _number(self.data.get(f"position-{key}", "")) for key in wanted}
        return [found[key] for key in sorted(wanted, key=lambda key: (numbers[key], wanted.index(key)))]


def _several(data: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(data, "getlist", None)
    return [str(value) for value in (getlist(name) if getlist else ()) if value]


def _number(text: str) -> int:
    number = whole_number(text, digits=5)
    return 100_000 if number is None else number


class StoryFileForm(UploadFormMixin):
    """A picture, sound, film or paper with the words that stand for it."""

    title = forms.CharField(label=_("Title"), max_length=120, widget=forms.TextInput(attrs=_INPUT))
    text = forms.CharField(
        label=_("In words"), required=False, widget=forms.Textarea(attrs=_INPUT | {"rows": 3}),
        help_text=_("What is heard or seen, for who cannot hear or see it: needed before it is made public."),
    )  # fmt: skip
    author = forms.CharField(
        label=_("Recorded or taken by"), max_length=120, required=False, widget=forms.TextInput(attrs=_INPUT)
    )
    made_when = forms.CharField(
        label=_("Recorded or taken when"), max_length=60, required=False, widget=forms.TextInput(attrs=_INPUT)
    )
    file = UploadField(label=_("File"), multiple=False)

    def new_file(self) -> NewFile:
        """Return what the service takes."""
        values = dict(self.cleaned_data)
        values["file"] = values["file"][0]
        return NewFile(**values)
