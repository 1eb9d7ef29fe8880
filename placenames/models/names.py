"""Names of a place, and spellings of a name."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Dated, DatedQuerySet
from geo_registry.territory.history import recorded_in_bulk
from geo_registry.territory.search_keys import Matches, TextSearchQuery, keys_value
from geo_registry.text.search import text_search_query


class NameQuerySet(DatedQuerySet):
    """Names by what they are and who may see them."""

    def announced(self) -> Self:
        """Names that may be told at all: no drafts, none whose day is still to come. Says nothing of the place."""
        today = timezone.localdate()
        return self.exclude(status=Name.Status.DRAFT).filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=today)
        )

    def public(self) -> Self:
        """Announced names of places that the public may see."""
        from .places import Place

        return self.announced().filter(place__in=Place.objects.public().order_by().values("pk"))

    def matching(self, typed: str) -> Self:
        """Names found by characters, Pinyin with or without tones, or initials. Nothing typed finds nothing."""
        query = text_search_query(typed)
        return self.filter(Matches("keys", TextSearchQuery(query))) if query else self.none()


@pghistory.track(*recorded_in_bulk(), exclude=["keys"])
class Name(Dated):
    """One name of a place: 专名 + 通名, with its status and the days it held."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        STANDARD = "standard", _("standard name")
        FORMER = "former", _("former name")
        ALIAS = "alias", _("alias")
        SHORT = "short", _("short form")
        COLLOQUIAL = "colloquial", _("colloquial")
        MINORITY = "minority", _("in a minority language")
        RECORDED = "recorded", _("recorded, not approved")

    place = models.ForeignKey(
        "Place", on_delete=models.CASCADE, related_name="names", verbose_name=_("place")
    )
    text = models.CharField(_("name"), max_length=120)
    specific = models.CharField(_("specific part"), max_length=100, blank=True)
    generic = models.CharField(_("generic term"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.RECORDED)
    language = models.CharField(_("language"), max_length=12, default="zh")
    # Derived from the text and the spellings; `save` keeps it, bulk writes call `services.index.refresh_keys`.
    keys = SearchVectorField(_("search keys"), null=True, editable=False)

    objects: ClassVar[NameQuerySet] = NameQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("name")
        verbose_name_plural = _("names")
        ordering = ["place", "status", "text"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(status="standard", valid_to__isnull=True),
                name="placenames_one_standard_name",
                violation_error_message=_("The place has a standard name already."),
            ),
        ]
        indexes = [
            models.Index(fields=["text"], name="placenames_name_text"),
            GinIndex(fields=["keys"], name="placenames_name_keys"),
        ]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with keys that fit the text."""
        spellings = self.spellings.values_list("text", flat=True) if self.pk else ()
        self.keys = keys_value(self.text, spellings=spellings)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "keys"}
        super().save(*args, **kwargs)

    def in_force(self, on: datetime.date) -> bool:
        """Whether the name holds on a day."""
        return holds_on(self.valid_from, self.valid_to, on)

    def confirmed_spelling(self) -> Spelling | None:
        """Return the spelling that may be shown, or ``None`` while no person has confirmed one."""
        confirmed = [s for s in self.spellings.all() if s.status == Spelling.Status.CONFIRMED]
        return confirmed[0] if confirmed else None


def holds_on(valid_from: datetime.date | None, valid_to: datetime.date | None, day: datetime.date) -> bool:
    """Whether what is valid from a day (inclusive) to another (exclusive) holds on one; an empty one is open."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day < valid_to)


class SplitMode(models.TextChoices):
    """How 专名 and 通名 are written ((84)中地字第17号): apart (roads), or solid (hamlets, villages)."""

    APART = "apart", _("apart")
    SOLID = "solid", _("solid")


@pghistory.track(*recorded_in_bulk())
class Spelling(models.Model):
    """A name in Latin letters. The officer confirms it; an unconfirmed one is never published."""

    class System(models.TextChoices):
        PINYIN_1984 = "pinyin1984", _("Hanyu Pinyin, 1984 rules")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed by the program")
        CONFIRMED = "confirmed", _("confirmed")
        REPLACED = "replaced", _("replaced")

    name = models.ForeignKey(Name, on_delete=models.CASCADE, related_name="spellings", verbose_name=_("name"))
    system = models.CharField(_("system"), max_length=16, choices=System.choices, default=System.PINYIN_1984)
    text = models.CharField(_("spelling"), max_length=200)
    split_mode = models.CharField(
        _("split"), max_length=8, choices=SplitMode.choices, default=SplitMode.APART
    )
    doubts = models.JSONField(_("doubts"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PROPOSED)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("spelling")
        verbose_name_plural = _("spellings")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "system"],
                condition=Q(status="confirmed"),
                name="placenames_one_confirmed_spelling",
                violation_error_message=_("The name has a confirmed spelling already."),
            )
        ]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and let the name be found by this spelling."""
        super().save(*args, **kwargs)
        spellings = Spelling.objects.filter(name=self.name_id).values_list("text", flat=True)
        Name.objects.filter(pk=self.name_id).update(keys=keys_value(self.name.text, spellings=spellings))
