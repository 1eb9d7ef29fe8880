"""What hangs on a place: relations to other places, and files (sounds, films, pictures, papers)."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .names import Name
from .places import Place


class Relation(models.TextChoices):
    """What one place is to another."""

    RENAMED_FROM = "renamed_from", pgettext_lazy("relation", "renamed from")
    PART_OF = "part_of", pgettext_lazy("relation", "part of")
    NAMED_AFTER = "named_after", pgettext_lazy("relation", "named after")


INVERSE = {
    Relation.RENAMED_FROM: pgettext_lazy("relation", "later renamed"),
    Relation.PART_OF: pgettext_lazy("relation", "has as its part"),
    Relation.NAMED_AFTER: pgettext_lazy("relation", "gave its name to"),
}
"""What the same relation is called from the other end."""


class PlaceRelationQuerySet(models.QuerySet["PlaceRelation"]):
    """Relations by who may be told of them."""

    def public(self) -> Self:
        """Relations both of whose ends the public may see: one end that is secret hides the relation."""
        places = Place.objects.public().order_by().values("pk")
        return self.filter(place__in=places).filter(Q(other__in=places) | Q(other__isnull=True))


@pghistory.track()
class PlaceRelation(models.Model):
    """One place is renamed from, a part of, or named after another: a place of the register, or something outside it."""

    place = models.ForeignKey(
        Place, on_delete=models.CASCADE, related_name="relations", verbose_name=_("place")
    )
    relation = models.CharField(_("relation"), max_length=16, choices=Relation.choices)
    other = models.ForeignKey(
        Place,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="inverse_relations",
        verbose_name=_("other place"),
    )
    other_text = models.CharField(
        _("what is not in the register"),
        max_length=120,
        blank=True,
        help_text=_("A person, an event, a place elsewhere: only where there is no place of the register."),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    source_text = models.CharField(_("source"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)

    objects: ClassVar[PlaceRelationQuerySet] = PlaceRelationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("relation of places")
        verbose_name_plural = _("relations of places")
        ordering = ["relation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "relation", "other"],
                name="placenames_relation_once",
                violation_error_message=_("This relation is on record already."),
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("place")),
                name="placenames_relation_not_to_itself",
                violation_error_message=_("A place has no relation to itself."),
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True, other_text__gt="") | Q(other__isnull=False, other_text=""),
                name="placenames_relation_has_one_end",
                violation_error_message=_(
                    "Choose a place of the register, or write what it is: one of the two."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.get_relation_display()} {self.other or self.other_text}"


class FileRole(models.TextChoices):
    """What a file is to its place."""

    PRONUNCIATION = "pronunciation", _("how the name is said")
    STORY = "story", _("a story told")
    VIEW = "view", _("what it looks like")
    PAPER = "paper", _("paper or record")


@pghistory.track()
class PlaceFile(models.Model):
    """A sound, film, picture or paper of a place. The file itself is an attachment of this row.

    Nothing of it is public unless somebody who may publish has said so, and then only as long as the place is.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="files", verbose_name=_("place"))
    name = models.ForeignKey(
        Name,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("of which name"),
    )
    role = models.CharField(_("what it is"), max_length=16, choices=FileRole.choices)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(
        _("in words"),
        blank=True,
        help_text=_("What is heard or seen, for who cannot hear or see it: needed before it is made public."),
    )
    language = models.CharField(
        _("spoken in"),
        max_length=60,
        blank=True,
        help_text=_("For sounds and films: the standard language, or which dialect."),
    )
    author = models.CharField(_("recorded or taken by"), max_length=120, blank=True)
    made_when = models.CharField(_("recorded or taken when"), max_length=60, blank=True)
    public = models.BooleanField(pgettext_lazy("place", "public"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file of a place")
        verbose_name_plural = _("files of places")
        ordering = ["role", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(public=False) | ~Q(text=""),
                name="placenames_public_file_in_words",
                violation_error_message=_("Write in words what is heard or seen before it is made public."),
            )
        ]

    def __str__(self) -> str:
        return self.title
