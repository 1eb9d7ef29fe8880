"""Places, their names, and the spellings of names."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from geo_registry.accounts.signed_in import signed_in
from geo_registry.administration import GeoRegistryAdmin, RegistryAdmin, RegistryInline
from geo_registry.territory.filters import TownshipFilter

from . import admin_signs, admin_stories  # noqa: F401 - they register their tables
from .models import (
    CampaignGoal,
    CampaignVillage,
    CaseStep,
    Dismissal,
    KindProcedure,
    ListWord,
    Name,
    NameCase,
    NameReview,
    Place,
    PlaceFile,
    PlaceKind,
    PlaceRelation,
    Spelling,
    TermLimit,
)
from .models.survey import SURVEY_FIELDS
from .services.reviewing import check_again


class NameInline(RegistryInline):
    """All names of a place, in force and former."""

    model = Name
    fields = ("text", "status", "specific", "generic", "valid_from", "valid_to")
    show_change_link = True


class SpellingInline(RegistryInline):
    """A name in Latin letters; to confirm one is for those who may."""

    model = Spelling
    fields = ("text", "split_mode", "status", "confirmed_by", "confirmed_at")
    readonly_fields = ("confirmed_by", "confirmed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the status to those who may confirm a spelling."""
        fields = super().get_readonly_fields(request, obj)
        return fields if _may_confirm(request) else (*fields, "status")


def _may_confirm(request: HttpRequest) -> bool:
    return request.user.has_perm("placenames.confirm_spelling_spelling")


def _say_findings(request: HttpRequest, name: Name) -> None:
    """Say what the checks find of a name that was changed: it is kept all the same, and a person decides."""
    for sentence in check_again(name, user=signed_in(request)):
        messages.warning(request, f"{name.text}: {sentence}")


@admin.register(Place)
class PlaceAdmin(GeoRegistryAdmin[Place]):
    """Places: what is named. Names stand below, each with its status and days."""

    list_display = ("__str__", "kind", "division", "place_code", "published", "secrecy")
    list_select_related = ("kind", "division")
    list_filter = ("kind", "published", ("geometry", admin.EmptyFieldListFilter), TownshipFilter)
    search_fields = ("names__text", "place_code__startswith", "short_id")
    autocomplete_fields = ("kind", "division", "named_division", "roads", "source")
    readonly_fields = ("short_id", "created_at", "updated_at")
    inlines = (NameInline,)
    actions = ("publish", "withdraw")
    fieldsets = (
        (None, {"fields": ("kind", "division", "place_code", "short_id")}),
        (_("What it is on the ground"), {"fields": ("named_division", "roads")}),
        (_("Where it is"), {"fields": ("geometry", "geometry_method")}),
        (_("Its story"), {"fields": ("origin", "meaning", "history", "description")}),
        (_("From the survey's form"), {"classes": ("collapse",), "fields": SURVEY_FIELDS[1:]}),
        (_("Approval"), {"fields": (("approved_by", "approved_on"),)}),
        (_("For the public"), {"fields": (("published", "secrecy"),)}),
        (_("Where it comes from"), {"fields": ("source", "source_ref", "created_at", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Place]:
        """Return the places in the person's scope with their names at hand."""
        return super().get_queryset(request).prefetch_related("names")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Check names again that were changed."""
        super().save_formset(request, form, formset, change)
        if formset.model is Name:
            for name_form in formset.forms:
                if "text" in name_form.changed_data and name_form.instance.pk:
                    _say_findings(request, name_form.instance)

    def get_readonly_fields(self, request: HttpRequest, obj: Place | None = None) -> Any:
        """Leave it to reviewers what the public sees."""
        fields = super().get_readonly_fields(request, obj)
        return fields if self.has_approve_permission(request) else (*fields, "published", "secrecy")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whether the person decides what the public sees."""
        return request.user.has_perm("placenames.approve_place")

    @admin.action(description=_("Publish the selected places"), permissions=["approve"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Place]) -> None:
        """Show them to the public."""
        self._set_published(request, queryset, published=True)

    @admin.action(description=_("Withdraw the selected places from the public"), permissions=["approve"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Place]) -> None:
        """Show them to the public no longer."""
        self._set_published(request, queryset, published=False)

    def _set_published(self, request: HttpRequest, rows: QuerySet[Place], *, published: bool) -> None:
        pks = list(rows.exclude(published=published).values_list("pk", flat=True))
        changed = Place.objects.filter(pk__in=pks).update(published=published, updated_at=timezone.now())
        self.message_user(
            request,
            ngettext("%(count)d place was changed.", "%(count)d places were changed.", changed)
            % {"count": changed},
            messages.SUCCESS,
        )


@admin.register(Name)
class NameAdmin(RegistryAdmin[Name]):
    """Names, with their spellings below."""

    list_display = ("text", "status", "place_kind", "place_division", "valid_from", "valid_to")
    list_select_related = ("place__kind", "place__division")
    list_filter = ("status", type("NameTownshipFilter", (TownshipFilter,), {"division": "place__division"}))
    search_fields = ("text",)
    autocomplete_fields = ("place",)
    inlines = (SpellingInline,)
    fieldsets = (
        (None, {"fields": ("text", "place", "status", ("specific", "generic"), "language")}),
        (_("Holds"), {"fields": (("valid_from", "valid_to"),)}),
    )

    @admin.display(description=_("kind"))
    def place_kind(self, name: Name) -> str:
        """Show what kind of thing is named."""
        return str(name.place.kind)

    @admin.display(description=_("lies in"))
    def place_division(self, name: Name) -> str:
        """Show where it is."""
        return str(name.place.division or "-")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Check a name again that was changed."""
        super().save_related(request, form, formsets, change)
        if "text" in form.changed_data:
            _say_findings(request, form.instance)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Write down who confirmed a spelling.

        Raises
        ------
        PermissionDenied
            If somebody confirms who may not: the form does not offer it.
        """
        if formset.model is Spelling:
            for spelling_form in formset.forms:
                if "status" not in spelling_form.changed_data:
                    continue
                if not _may_confirm(request):
                    raise PermissionDenied
                spelling = spelling_form.instance
                confirmed = spelling.status == Spelling.Status.CONFIRMED
                spelling.confirmed_by = request.user if confirmed else None
                spelling.confirmed_at = timezone.now() if confirmed else None
        super().save_formset(request, form, formset, change)


@admin.register(PlaceKind)
class PlaceKindAdmin(RegistryAdmin[PlaceKind]):
    """Kinds of place with the generic terms of their names."""

    list_display = ("name_zh", "ground", "split_mode", "category_code", "position")
    search_fields = ("name_zh", "name_en", "code")
    word_lists = ("synonyms", "generic_terms")
    fixed_once_entered = ("code",)
    fieldsets = (
        (None, {"fields": ("name_zh", "name_en", "generic_terms", "ground", "position")}),
        (_("In Latin letters"), {"fields": ("split_mode", "ordinals_in_figures")}),
        (_("In files"), {"fields": ("code", "category_code", "synonyms")}),
    )


@admin.register(KindProcedure)
class KindProcedureAdmin(RegistryAdmin[KindProcedure]):
    """What a kind requires: authority, reports, and within what its name is the only one."""

    list_display = ("kind", "family", "scope", "authority_zh", "mark", "verified")
    list_filter = ("family", "scope", "verified")
    search_fields = ("kind__name_zh", "authority_zh")
    autocomplete_fields = ("kind",)
    word_lists = ("reports",)
    fieldsets = (
        (None, {"fields": ("kind", "family", "scope")}),
        (_("Approval"), {"fields": ("authority_zh", "authority_en", "reports")}),
        (_("How it is known"), {"fields": ("source", "mark", "verified")}),
    )


@admin.register(TermLimit)
class TermLimitAdmin(RegistryAdmin[TermLimit]):
    """What generic terms are fit for."""

    list_display = ("term", "min_width_m", "max_width_m", "min_length_m", "max_length_m", "mark", "verified")
    list_filter = ("verified", "mark")
    search_fields = ("term",)
    word_lists = ("families",)
    fieldsets = (
        (None, {"fields": ("term", "families")}),
        (_("Measures"), {"fields": (("min_width_m", "max_width_m"), ("min_length_m", "max_length_m"))}),
        (_("How it is known"), {"fields": ("source", "mark", "verified")}),
    )


@admin.register(ListWord)
class ListWordAdmin(RegistryAdmin[ListWord]):
    """The office's lists that names are checked against."""

    list_display = ("text", "list", "other", "note", "taken_by", "valid_to", "verified")
    list_filter = ("list", "verified")
    search_fields = ("text", "note", "source")
    fieldsets = (
        (None, {"fields": ("list", "text", "other", "note")}),
        (_("Reserved names"), {"fields": ("taken_by",)}),
        (_("Holds"), {"fields": (("valid_from", "valid_to"),)}),
        (_("How it is known"), {"fields": ("source", "mark", "verified")}),
    )


@admin.register(Dismissal)
class DismissalAdmin(RegistryAdmin[Dismissal]):
    """Findings that were set aside, with the reason; deleting one lets the finding return."""

    list_display = ("text", "code", "against", "reason", "by", "at")
    list_filter = ("code",)
    search_fields = ("text", "reason")


class CaseStepInline(RegistryInline):
    """The steps of a case; they are taken on the case's own page."""

    model = CaseStep
    fields = ("step", "report", "note", "number", "on_day", "by", "at")
    readonly_fields = ("at",)


@admin.register(NameCase)
class NameCaseAdmin(RegistryAdmin[NameCase]):
    """Cases to look at: they are worked on in the office's own pages."""

    list_display = ("title", "act", "state", "kind", "division", "approved_on", "announced_on")
    list_select_related = ("kind", "division")
    list_filter = ("state", "act")
    search_fields = ("text", "old_text")
    inlines = (CaseStepInline,)
    exclude = ("geometry", "roads", "findings", "readings")


@admin.register(CaseStep)
class CaseStepAdmin(RegistryAdmin[CaseStep]):
    """Steps of cases, to look at."""

    list_display = ("case", "step", "by", "at", "on_day", "number")
    list_filter = ("step",)


@admin.register(CampaignGoal)
class CampaignGoalAdmin(RegistryAdmin[CampaignGoal]):
    """Goals of the campaign, each with its day and source."""

    list_display = ("title", "due_on", "measure", "target_percent", "mark")
    list_filter = ("measure",)
    search_fields = ("title",)


@admin.register(CampaignVillage)
class CampaignVillageAdmin(RegistryAdmin[CampaignVillage]):
    """Villages that take part, with the signs that people counted."""

    list_display = ("division", "pilot", "since", "signs_needed", "signs_standing", "counted_on")
    list_filter = ("pilot",)
    search_fields = ("division__name", "division__code")
    autocomplete_fields = ("division",)


@admin.register(PlaceRelation)
class PlaceRelationAdmin(RegistryAdmin[PlaceRelation]):
    """Relations of places, to look at: they are written on the record of a place."""

    list_display = ("place", "relation", "other", "other_text", "created_by", "created_at")
    list_filter = ("relation",)
    search_fields = ("other_text", "note")


@admin.register(PlaceFile)
class PlaceFileAdmin(RegistryAdmin[PlaceFile]):
    """Files of places, to look at: they are kept on the record of a place."""

    list_display = ("title", "place", "role", "public", "created_by", "created_at")
    list_filter = ("role", "public")
    search_fields = ("title",)


@admin.register(NameReview)
class NameReviewAdmin(RegistryAdmin[NameReview]):
    """What was said of names in reviews; deleting one puts the name back into the queue."""

    list_display = ("name", "outcome", "note", "by", "at")
    list_filter = ("outcome",)
    search_fields = ("name__text", "note")
