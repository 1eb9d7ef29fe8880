"""The forms in which a map, and a story on it, is composed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from facilities.models import CoverageRun
from geo_registry.accounts.models import User
from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from geo_registry.territory.models import AgeGroup, Division, Installation, Level

from ..models import MapVersion
from ..services import coverage_page as page
from .composition import (
    BASE,
    LAYER_WORDS,
    LEVELS,
    Composition,
    CoveragePart,
    StoryStep,
    extent_of,
    read,
    read_story,
)
from .content import kinds_on_offer, place_kinds_on_offer
from .making import Draft

PUBLIC, INTERNAL = "public", "internal"
FROZEN, LIVE = "frozen", "live"
_MOST_STEPS = 30


class ExtentField(forms.CharField):
    """West, south, east, north as four numbers; empty is the whole home."""

    def to_python(self, value: Any) -> Any:
        """Return the four numbers, or ``None``."""
        text = super().to_python(value)
        if not text:
            return None
        found = extent_of(text.replace("，", ",").split(","))
        if found is None:
            raise ValidationError(
                _("Four numbers are needed: west, south, east, north in degrees, as in 106.1, 37.9, 106.6, 38.3.")
            )  # fmt: skip
        return found

    def prepare_value(self, value: Any) -> Any:
        """Write four numbers as text."""
        return ", ".join(f"{one:g}" for one in value) if isinstance(value, list | tuple) else value


class ComposeForm(forms.Form):
    """Title and text, layers, the part of the map, its data and its mark."""

    title = forms.CharField(label=_("Title"), max_length=80)
    text = forms.CharField(
        label=_("Text"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the map shows and for whom; an empty line begins a paragraph."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("Facilities"), required=False, widget=forms.CheckboxSelectMultiple
    )
    run = forms.ModelChoiceField(
        label=_("Who is in reach"), required=False, queryset=CoverageRun.objects.none(),
        empty_label=_("not shown"),
        help_text=_("From a saved run. Small counts are hidden here, whoever looks at the map."),
    )  # fmt: skip
    set_key = forms.ChoiceField(label=_("to which facilities"), required=False)
    limit = forms.ChoiceField(label=_("within"), required=False)
    group = forms.ChoiceField(label=_("who"), required=False)
    villages = forms.BooleanField(label=_("also each village by its time"), required=False)
    levels = forms.MultipleChoiceField(
        label=_("Boundaries"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(str(int(level)), level.label) for level in LEVELS],
    )  # fmt: skip
    place_kinds = forms.MultipleChoiceField(
        label=_("Place names"), required=False, widget=forms.CheckboxSelectMultiple
    )
    base = forms.MultipleChoiceField(
        label=_("Of the base map"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, words) for name, (_tiles, words) in BASE.items()],
    )  # fmt: skip
    extent = ExtentField(
        label=_("Part of the map"), required=False,
        help_text=_("West, south, east, north in degrees; empty: all of it. The buttons fill it in."),
    )  # fmt: skip
    keeping = forms.ChoiceField(
        label=_("Data"), widget=forms.RadioSelect, initial=FROZEN,
        choices=[
            (FROZEN, _("stay as they are on the day the map is handed in for review")),
            (LIVE, _("follow the registry; the page always says of which day they are")),
        ],
    )  # fmt: skip
    mark = forms.ChoiceField(
        label=_("For whom"), widget=forms.RadioSelect, initial=PUBLIC,
        choices=[
            (PUBLIC, _("for everybody, with a map review number (审图号)")),
            (INTERNAL, _("for internal use (内部使用): nobody sees it without signing in")),
        ],
    )  # fmt: skip
    review_number = forms.CharField(
        label=_("Map review number"), max_length=60, required=False,
        help_text=_("Without one a map for everybody can be drafted, but not handed in."),
    )  # fmt: skip

    def __init__(self, *args: Any, version: MapVersion | None = None, **kwargs: Any) -> None:
        if version is not None:
            kwargs.setdefault("initial", _initial(version))
        else:
            kwargs.setdefault(
                "initial", {"base": list(BASE), "review_number": Installation.current().map_review_number}
            )
        super().__init__(*args, **kwargs)
        runs = CoverageRun.objects.finished().at_home().select_related("network", "profile")
        self._choices("kinds", kinds_on_offer())
        self._choices("place_kinds", place_kinds_on_offer())
        run_field = self.fields["run"]
        assert isinstance(run_field, forms.ModelChoiceField)  # noqa: S101 - declared above
        run_field.queryset = runs
        self.runs = {str(run.pk): offered_by(run) for run in runs[:60]}
        offers = list(self.runs.values())
        self._choices("set_key", list({pair for offer in offers for pair in offer["sets"]}), order=True)
        self._choices("limit", list({pair for offer in offers for pair in offer["limits"]}), order=True)
        counted = {value for offer in offers for value, _label in offer["groups"]}
        self._choices(
            "group", [(group.value, str(group.label)) for group in AgeGroup if group.value in counted]
        )

    def _choices(self, name: str, choices: list[tuple[str, str]], *, order: bool = False) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = (
            sorted(choices, key=lambda pair: (int(pair[0]) if pair[0].isdecimal() else 0, pair[0]))
            if order
            else choices
        )

    @property
    def layer_fields(self) -> list[forms.BoundField]:
        """The groups of boxes that say what is shown."""
        return [self[name] for name in ("kinds", "levels", "place_kinds", "base")]

    def clean(self) -> dict[str, Any]:
        """Say which limits, groups and sets the run has, where another was chosen."""
        data = super().clean() or {}
        run = data.get("run")
        if run is not None:
            offer = self.runs.get(str(run.pk)) or offered_by(run)
            for field, key in (("set_key", "sets"), ("limit", "limits"), ("group", "groups")):
                there = dict(offer[key])
                if not data.get(field):
                    data[field] = next(iter(there))
                elif data[field] not in there:
                    self.add_error(
                        field, _("This run has: %(there)s.") % {"there": "、".join(map(str, there.values()))}
                    )
        return data

    def draft(self, story: list[StoryStep]) -> Draft:
        """Return what the valid form holds."""
        data = self.cleaned_data
        run = data["run"]
        coverage = None
        if run is not None:
            coverage = CoveragePart(
                set_key=data["set_key"], limit_s=int(data["limit"]), group=data["group"], with_villages=data["villages"]
            )  # fmt: skip
        return Draft(
            title=data["title"],
            text=data["text"],
            composition=Composition(
                kinds=tuple(data["kinds"]),
                coverage=coverage,
                levels=tuple(int(level) for level in data["levels"]),
                place_kinds=tuple(data["place_kinds"]),
                base=tuple(data["base"]),
                extent=data["extent"],
            ),
            run=run,
            is_frozen=data["keeping"] == FROZEN,
            review_number=data["review_number"],
            is_internal=data["mark"] == INTERNAL,
            story=story,
        )


def offered_by(run: CoverageRun) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen of a run: sets, limits in seconds and groups, each with its words."""
    return {
        "sets": [(one.key, str(one.label)) for one in page.sets_of(run)],
        "limits": [
            (str(limit), str(_("%(minutes)s min") % {"minutes": page.minutes(limit)}))
            for limit in sorted(run.thresholds_s, reverse=True)
        ],
        "groups": [(group.value, str(group.label)) for group in _own_group_first(run)],
    }


def _own_group_first(run: CoverageRun) -> list[AgeGroup]:
    groups = page.groups_of(run)
    return sorted(groups, key=lambda group: group != run.network.serves)


def _initial(version: MapVersion) -> dict[str, Any]:
    kept = read(version.composition)
    coverage = kept.coverage
    return {
        "title": version.title,
        "text": version.text,
        "kinds": list(kept.kinds),
        "run": version.run_id,
        "set_key": coverage.set_key if coverage else "",
        "limit": str(coverage.limit_s) if coverage else "",
        "group": coverage.group if coverage else "",
        "villages": coverage.with_villages if coverage else False,
        "levels": [str(level) for level in kept.levels],
        "place_kinds": list(kept.place_kinds),
        "base": list(kept.base),
        "extent": kept.extent,
        "keeping": FROZEN if version.is_frozen else LIVE,
        "mark": INTERNAL if version.is_internal else PUBLIC,
        "review_number": version.review_number,
    }


def extents_on_offer() -> list[dict[str, Any]]:
    """Return the home's townships with the extent of each, for the list that fills in the part of the map."""
    rows = Division.objects.public().filter(level__in=[Level.COUNTY, Level.TOWNSHIP], boundary__isnull=False)
    return [
        {"name": row.name, "extent": ", ".join(f"{one:.4f}" for one in row.boundary.extent)}
        for row in rows.order_by("level", "code")
        if row.boundary is not None
    ]


class StepForm(UploadFormMixin):
    """One step of a story."""

    title = forms.CharField(label=_("Title of the step"), max_length=80)
    text = forms.CharField(
        label=_("Text of the step"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    extent = ExtentField(label=_("Part of the map"), required=False)
    layers = forms.MultipleChoiceField(
        label=_("Shows"), required=False, widget=forms.CheckboxSelectMultiple, choices=list(LAYER_WORDS.items())
    )  # fmt: skip
    picture = UploadField(label=_("Picture"), kinds=PICTURES, multiple=False, required=False)
    picture_words = forms.CharField(
        label=_("The picture in words"), max_length=200, required=False,
        help_text=_("For who cannot see it."),
    )  # fmt: skip
    kept_picture = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for words beside a picture."""
        data: dict[str, Any] = super().clean() or {}
        if (data.get("picture") or data.get("kept_picture")) and not data.get("picture_words"):
            self.add_error("picture_words", _("Say in words what the picture shows."))
        return data

    def step(self, picture: str) -> StoryStep:
        """Return what the valid form holds; ``picture`` is the key of its file."""
        data = self.cleaned_data
        return StoryStep(
            title=data["title"],
            text=data["text"],
            extent=data["extent"],
            layers=tuple(data["layers"]),
            picture=picture,
            picture_words=data["picture_words"] if picture else "",
        )


StepFormSet = formset_factory(
    StepForm, extra=0, can_delete=True, can_order=True, max_num=_MOST_STEPS, validate_max=True
)


def step_forms(
    *, data: Any = None, files: Any = None, version: MapVersion | None, person: User, extra: int = 0
) -> BaseFormSet[StepForm]:
    """Return the forms of a story's steps; ``extra`` empty ones follow."""
    initial = [
        {
            "title": step.title,
            "text": step.text,
            "extent": step.extent,
            "layers": list(step.layers),
            "kept_picture": step.picture,
            "picture_words": step.picture_words,
        }
        for step in (read_story(version.story) if version is not None else [])
    ]
    formset = StepFormSet(data, files, prefix="step", initial=initial, form_kwargs={"person": person})
    formset.extra = extra
    return formset
