"""Forms of stories and of their collections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
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

from .forms_together import Beside, TogetherForm, shortened

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
    """A story with the places it tells of, by their permanent addresses in order.

    Parameters
    ----------
    kept_places
        The places of the record that this person is shown.
    """

    def __init__(self, *args: Any, user: Person, kept_places: Sequence[Place] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.kept_places = user, kept_places

    def beside(self) -> dict[str, Beside]:
        """Return the places in their order."""
        kept = [place.short_id for place in self.kept_places]
        names = "、".join(str(place.current_name() or place.short_id) for place in self.kept_places)
        said = (
            gettext(
                "Somebody else has changed the places meanwhile: %(value)s. Yours are still here: save again to keep them."
            )
            if kept
            else gettext(
                "Somebody else has taken out all places meanwhile. Yours are still here: save again to keep them."
            )
        )
        return {
            "places": Beside(
                now=kept,
                sent=list(dict.fromkeys(self.chosen())),
                take=lambda data: data.setlist("place", kept),
                said=said % {"value": shortened(names)},
            )
        }

    def chosen(self) -> list[str]:
        """Return the addresses of the places that are ticked."""
        return _several(self.data, "place")

    def places(self) -> list[Place]:
        """Return the places, in the order of the form.

        Raises
        ------
        ValidationError
            If one is none that the person may see.
        """
        wanted = list(dict.fromkeys(self.chosen()))
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
    """A collection with its stories, each with the number of where it stands.

    Parameters
    ----------
    kept_stories
        The stories of the record that this person is shown, in their order.
    """

    def __init__(self, *args: Any, kept_stories: Sequence[Story] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("Introduction")
        self.kept_stories = kept_stories

    def beside(self) -> dict[str, Beside]:
        """Return the stories in their order."""
        kept = [story.short_id for story in self.kept_stories]
        titles = "、".join(f"《{story.title}》" for story in self.kept_stories)
        said = (
            gettext(
                "Somebody else has changed the stories or their order: %(value)s. Yours are still here: save again to keep them."
            )
            if kept
            else gettext(
                "Somebody else has taken out all stories meanwhile. Yours are still here: save again to keep them."
            )
        )

        def take(data: QueryDict) -> None:
            data.setlist("story", kept)
            for number, key in enumerate(kept, start=1):
                data[f"position-{key}"] = str(number)

        return {
            "stories": Beside(
                now=kept, sent=self._in_order(), take=take, said=said % {"value": shortened(titles)}
            )
        }

    def chosen(self) -> dict[str, str]:
        """Return the numbers written beside the stories that are ticked, by their addresses."""
        return {key: str(self.data.get(f"position-{key}", ""))[:5] for key in _several(self.data, "story")}

    def stories(self) -> list[Story]:
        """Return the stories that are chosen, by the numbers written beside them; a story without a number comes last.

        Raises
        ------
        ValidationError
            If one does not exist.
        """
        wanted = self._in_order()
        found = {
            story.short_id: story for story in Story.objects.filter(short_id__in=wanted, version_of=None)
        }
        if len(found) != len(wanted):
            raise ValidationError(gettext("There is no such story."))
        return [found[key] for key in wanted]

    def _in_order(self) -> list[str]:
        wanted = self.chosen()
        places = {key: place for place, key in enumerate(wanted)}
        return sorted(wanted, key=lambda key: (_number(wanted[key]), places[key]))


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
