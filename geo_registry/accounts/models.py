"""Offices tied to a division, and people with one role each."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Division, Installation


class Role(models.TextChoices):
    """What a person does here. ``accounts.policy`` alone says what each may do."""

    ADMINISTRATOR = "administrator", _("administrator")
    PLANNER = "planner", _("planner")
    NAME_OFFICER = "name_officer", _("place-name officer")
    REVIEWER = "reviewer", _("reviewer")
    CLERK = "clerk", _("clerk")
    VIEWER = "viewer", _("viewer")


@pghistory.track()
class Office(models.Model):
    """An office, responsible for one division and all below it."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="offices", verbose_name=_("division"))
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("reports to")
    )
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["division__code", "name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person with an account: one office, one role."""

    display_name = models.CharField(_("name shown"), max_length=60, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("office")
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def scope(self) -> Division | None:
        """Return the division this person acts in: the office's, or the whole home for people without an office.

        A clerk without an office acts nowhere: ``accounts.policy`` refuses, it does not widen.
        """
        if self.office is not None:
            return self.office.division
        return Installation.home()
