"""Keys to data that is not public, what left the house, and how often an address has asked."""

from __future__ import annotations

import datetime
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Office


class Scope(models.TextChoices):
    """What a key opens besides what is public. Nothing secret, and no protective placement, by any of them."""

    FACILITIES = "facilities", _("facilities of the office's division, also those that are not published")
    CONTACTS = "contacts", _("with the telephone and contact for the office's use")
    PLACE_NAMES = "place-names", _("place names, also drafts and those that are not published")
    SIGNS = "signs", _("signs: where they stand and in what state")
    ROADS = "roads", _("roads, also those that are kept from the public")
    DIVISIONS = "divisions", _("divisions, also those of former days")


class AccessKeyQuerySet(models.QuerySet["AccessKey"]):
    """Keys by whether they open anything."""

    def valid(self, now: datetime.datetime | None = None) -> AccessKeyQuerySet:
        """Keys that were not withdrawn and have not expired."""
        day = timezone.localdate(now)
        return self.filter(revoked_at=None, expires_on__gte=day)


@pghistory.track(exclude=["digest", "last_used_on"])
class AccessKey(models.Model):
    """A key by which another office's program reads more than the public may. Only a digest of it is kept."""

    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, related_name="keys", verbose_name=_("office")
    )
    label = models.CharField(
        _("what it is for"), max_length=80, help_text=_("Who asked for it, and which program uses it.")
    )
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("what it opens"), default=list
    )
    prefix = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    expires_on = models.DateField(_("valid until"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("issued by"),
    )
    created_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    last_used_on = models.DateField(_("last used on"), null=True, blank=True)

    objects: ClassVar[AccessKeyQuerySet] = AccessKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("key to the data")
        verbose_name_plural = _("keys to the data")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="operations_key_opens_something"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything today."""
        return self.revoked_at is None and self.expires_on >= timezone.localdate()

    @property
    def scope_labels(self) -> list[str]:
        """What it opens, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]


class Departure(models.Model):
    """Data that is not public left the house: who took what, how much of it, when.

    Written once and changed by nobody. ``who`` stays when the account or the key has gone.
    """

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("account"),
    )
    key = models.ForeignKey(
        AccessKey,
        on_delete=models.SET_NULL,
        null=True,
        related_name="departures",
        verbose_name=_("access key"),
    )
    who = models.CharField(_("who"), max_length=200)
    what = models.CharField(_("what"), max_length=200)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    size = models.PositiveBigIntegerField(_("bytes"), null=True)

    class Meta:
        verbose_name = _("export of data that is not public")
        verbose_name_plural = _("exports of data that is not public")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"

    @property
    def words(self) -> str:
        """What left in the reader's words; "" for what has none."""
        from .leaving import in_words  # it writes these rows: the other way round at import

        return in_words(self.what)


class RateWindow(models.Model):
    """How often somebody has asked within a minute. ``bucket`` is a digest that changes daily: it names no machine."""

    bucket = models.CharField(_("whose count, as a digest"), max_length=32)
    minute = models.BigIntegerField(_("minute since 1970"))
    count = models.PositiveIntegerField(_("requests"), default=0)

    class Meta:
        verbose_name = _("requests of a minute")
        verbose_name_plural = _("requests of minutes")
        constraints = [
            models.UniqueConstraint(fields=["bucket", "minute"], name="operations_rate_once_a_minute"),
        ]
        indexes = [models.Index(fields=["minute"], name="operations_rate_by_minute")]

    def __str__(self) -> str:
        return f"{self.minute}: {self.count}"
