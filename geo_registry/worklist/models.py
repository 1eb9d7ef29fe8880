"""Notifications: what a person is told on the page, since no mail server is assumed."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import limit
from geo_registry.territory.models import Division

from . import registry


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by whom they are for."""

    def for_person(self, user: User) -> Self:
        """What a person is told: by name, or as one of a role that acts where it happened.

        Nobody is told what happened before the account was made.
        """
        as_one_of_many = limit(Notification.objects.all(), user).filter(
            role=user.role, created_at__gte=user.date_joined
        )
        return self.filter(Q(person=user) | Q(pk__in=as_one_of_many.values("pk")))

    def with_reading(self, user: User) -> Self:
        """Annotate ``is_read``: whether this person has read it."""
        return self.annotate(is_read=Exists(Reading.objects.filter(notification=OuterRef("pk"), person=user)))

    def unread_by(self, user: User) -> Self:
        """What a person has been told and has not read yet."""
        return self.for_person(user).filter(
            ~Exists(Reading.objects.filter(notification=OuterRef("pk"), person=user))
        )


class Notification(models.Model):
    """One thing told to a person, or to everybody of a role who acts in a division.

    It keeps no words but a code and its parameters: each reader gets it in the own language.
    """

    code = models.SlugField(_("code"), max_length=60)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    link = models.CharField(_("page"), max_length=300, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("for the person"),
    )
    role = models.CharField(_("for the role"), max_length=16, choices=Role.choices, blank=True)
    division = models.ForeignKey(
        Division,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acting in"),
    )
    key = models.CharField(
        _("said once"),
        max_length=160,
        null=True,
        blank=True,
        unique=True,
        help_text=_("What happens once is told once, however often a command runs."),
    )
    created_at = models.DateTimeField(_("told at"), default=timezone.now, db_index=True)

    objects: ClassVar[NotificationQuerySet] = NotificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["role", "division"], name="worklist_for_role")]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, role="", division__isnull=True)
                | (Q(person__isnull=True) & ~Q(role="")),
                name="worklist_one_addressee",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The sentence, in the language that is active."""
        return registry.words(self.code, self.params)


class Reading(models.Model):
    """That a person has read a notification: what is told to many is read by each."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(_("read at"), default=timezone.now)

    class Meta:
        verbose_name = _("reading of a notification")
        verbose_name_plural = _("readings of notifications")
        constraints = [models.UniqueConstraint(fields=["notification", "person"], name="worklist_read_once")]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.person_id}"
