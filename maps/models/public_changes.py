"""What the public was last told of each feature: the change feed reads it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublicFeature(models.Model):
    """The last change of one feature as the public sees it.

    Nothing of the feature itself is kept here, only that it changed or went: what is told is read from what is public at the
    moment of asking. ``number`` grows with each change over all collections; a change takes the feature to the end.
    """

    collection = models.CharField(_("collection"), max_length=40)
    key = models.CharField(_("key"), max_length=60)
    digest = models.CharField(_("digest"), max_length=32, blank=True)
    gone = models.BooleanField(_("no longer public"), default=False)
    number = models.BigIntegerField(_("number of the change"), unique=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("change of what is public")
        verbose_name_plural = _("changes of what is public")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "key"], name="maps_public_feature_once"),
        ]
        indexes = [
            models.Index(fields=["collection", "number"], name="maps_public_by_number"),
            models.Index(fields=["collection", "changed_at"], name="maps_public_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.key}"


class PublicLook(models.Model):
    """When a collection was last compared with what the public had been told, and how long that took."""

    collection = models.CharField(_("collection"), max_length=40, unique=True)
    stamp = models.CharField(_("stamp"), max_length=400, blank=True)
    looked_at = models.DateTimeField(_("looked at"))
    compared_at = models.DateTimeField(_("compared at"))
    took_s = models.FloatField(_("seconds it took"), default=0)

    class Meta:
        verbose_name = _("look at what is public")
        verbose_name_plural = _("looks at what is public")
        ordering = ["collection"]

    def __str__(self) -> str:
        return self.collection
