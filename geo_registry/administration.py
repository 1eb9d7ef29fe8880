"""What every administration page of this site has in common.

Rows are narrowed to what the person may see, permissions are asked of the record at hand, lists stay quick on large tables,
histories are this site's own, and geometry is drawn on a map that loads nothing from outside. Who may do what is decided
elsewhere: this asks the site (`limit`) and Django's permissions, and both ask the policy.
"""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.gis.db.models import GeometryField
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.forms import Media, Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from leaflet.admin import LeafletAdminWidget, LeafletGeoAdminMixin

ModelT = TypeVar("ModelT", bound=models.Model)


class Site(Protocol):
    """What the pages ask of the administration site."""

    def limit(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Narrow rows to those that the person may see."""
        ...

    def in_words(self, geometry: Any) -> str:
        """Say what a geometry is."""
        ...

    def must_name_division(self, request: HttpRequest) -> bool:
        """Say whether a record without a division would be out of the person's scope."""
        ...

    def acts_everywhere(self, request: HttpRequest) -> bool:
        """Say whether the person's scope has no bounds."""
        ...

    def map_settings(self) -> dict[str, Any]:
        """Return where an empty map starts."""
        ...


class _ScopedForms:
    """Forms that offer, and accept, only rows in the person's scope: nobody moves a record out of sight."""

    admin_site: admin.AdminSite

    @property
    def site(self) -> Site:
        """The administration site, as this module knows it."""
        return cast("Site", self.admin_site)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Narrow what a key may point at; ask for a division where the record would be out of scope without."""
        kwargs.setdefault(
            "queryset", self.site.limit(db_field.remote_field.model._default_manager.all(), request)
        )
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and db_field.name == "division" and self.site.must_name_division(request):
            field.required = True
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Narrow what may be chosen."""
        kwargs.setdefault(
            "queryset", self.site.limit(db_field.remote_field.model._default_manager.all(), request)
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """Leave out the buttons that would change or delete, in passing, what a key points at."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field


class WordList(forms.Field):
    """Words, one a line: what a list of texts is to somebody who writes no brackets and quotes."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 30})

    def prepare_value(self, value: Any) -> Any:
        """Return the words as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Return the lines as words, without the empty ones."""
        return [word.strip() for word in (value or "").splitlines() if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare words, not lines."""
        return list(initial or []) != self.to_python(data)


class RegistryInline(_ScopedForms, admin.TabularInline[Any, Any]):
    """Rows that belong to a record, one line each."""

    extra = 0


class RegistryAdmin(_ScopedForms, admin.ModelAdmin[ModelT], Generic[ModelT]):
    """A model's pages, for a person who is no programmer."""

    list_per_page = 50
    # Without it each list counts its table twice.
    show_full_result_count = False
    # Fields that hold a list of words.
    word_lists: tuple[str, ...] = ()
    # Fields by which files, programs or people know the row for ever.
    fixed_once_entered: tuple[str, ...] = ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """Write lists of words one a line."""
        if db_field.name in self.word_lists:
            return WordList(label=db_field.verbose_name, required=False, help_text=_("One word a line."))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: ModelT | None = None) -> Any:
        """Fix what the row is known by once it is entered."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, *self.fixed_once_entered)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelT]:
        """Return the rows in the person's scope."""
        return self.site.limit(super().get_queryset(request), request)

    def has_view_permission(self, request: HttpRequest, obj: ModelT | None = None) -> bool:
        """Ask about the record at hand, not only about the table."""
        return self._may(request, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: ModelT | None = None) -> bool:
        """Ask about the record at hand, not only about the table."""
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: ModelT | None = None) -> bool:
        """Ask about the record at hand, not only about the table."""
        return self._may(request, "delete", obj)

    def _may(self, request: HttpRequest, verb: str, obj: ModelT | None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{verb}_{self.opts.model_name}", obj)

    def save_model(self, request: HttpRequest, obj: ModelT, form: Any, change: bool) -> None:
        """Save, unless the record would then lie where the person may not act; the transaction takes it back.

        Raises
        ------
        PermissionDenied
            If so.
        """
        super().save_model(request, obj, form, change)
        if not self.has_change_permission(request, obj):
            raise PermissionDenied

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send to the history that the database keeps; Django's own knows only its own pages' changes."""
        del request, extra_context
        return HttpResponseRedirect(
            reverse("accounts:history", args=[self.opts.app_label, self.opts.model_name, object_id])
        )

    def get_urls(self) -> list[URLPattern]:
        """Leave out addresses without a name: the policy lists addresses by name."""
        return [entry for entry in super().get_urls() if entry.name]


class MapWidget(LeafletAdminWidget):  # type: ignore[misc]
    """A map to draw on, without outside tiles."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the words of buttons that django-leaflet leaves in English."""
        words = {
            "zoomIn": gettext("Zoom in"),
            "zoomOut": gettext("Zoom out"),
            "finish": gettext("Finish"),
            "finishTitle": gettext("Finish drawing"),
            "clearAll": gettext("Clear all"),
            "clearAllTitle": gettext("Clear all shapes"),
        }
        return {**super().get_context(name, value, attrs), "map_words": words}

    @property
    def media(self) -> Media:
        """Leaflet's own files, then ours: where its icons are, though files have hashed names; and the ground below."""
        ours: list[Any] = [
            "registry_admin/map.js",
            "vendor/protomaps-leaflet/protomaps-leaflet.js",
            Script("registry_admin/basemap.js", type="module"),
        ]
        leaflets: Media = super().media
        return leaflets + Media(css={"screen": ["registry_admin/map.css"]}, js=ours)


class GeoRegistryAdmin(LeafletGeoAdminMixin, RegistryAdmin[ModelT], Generic[ModelT]):  # type: ignore[misc]
    """A model with geometry. Whoever may change it draws on a map; whoever may only look reads it in words."""

    widget = MapWidget
    map_template = "registry_admin/map_widget.html"

    def __init__(self, model: type[ModelT], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        for field in self._geometry_fields():
            setattr(self, f"{field.name}_in_words", self._words_of(field))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """Start an empty map at home."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, GeometryField):
            field.widget.settings_overrides = self.site.map_settings()
        return field

    def get_fieldsets(self, request: HttpRequest, obj: ModelT | None = None) -> Any:
        """Put words in place of maps for whoever may not draw."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        words = {field.name: f"{field.name}_in_words" for field in self._geometry_fields()}
        return [
            (title, {**options, "fields": [words.get(name, name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    def _geometry_fields(self) -> list[Any]:
        return [field for field in self.opts.concrete_fields if isinstance(field, GeometryField)]

    def _words_of(self, field: Any) -> Any:
        @admin.display(description=field.verbose_name)
        def in_words(obj: models.Model) -> str:
            return self.site.in_words(getattr(obj, field.attname)) or "-"

        return in_words
