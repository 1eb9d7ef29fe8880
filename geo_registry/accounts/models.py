"""Offices tied to a division, and people with one role each."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
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
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="offices", verbose_name=_("division")
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("reports to"),
    )
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["division__code", "name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts. Forms and commands go through ``accounts.services``, which also checks them."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Save and return an account; without a password nobody can sign in to it."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Save and return an administrator: what ``manage.py createsuperuser`` makes."""
        return self.create_user(username, password, **{"role": Role.ADMINISTRATOR, **fields})


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person with an account: one office, one role.

    There are no groups, no single permissions and no superuser's flag: the role, and the office's division, are all
    that ``accounts.policy`` asks for. There is no e-mail either: an administrator hands out a new password.
    """

    username = models.CharField(
        _("account name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        help_text=_("What the person types to sign in: letters, digits and @ . + - _"),
        error_messages={"unique": _("An account with this name exists already.")},
    )
    display_name = models.CharField(_("name shown"), max_length=60, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)
    office = models.ForeignKey(
        Office,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("office"),
        help_text=_(
            "The person acts in this office's division and below. A clerk without an office acts nowhere."
        ),
    )
    is_active = models.BooleanField(
        _("may sign in"),
        default=True,
        help_text=_("Take this away instead of deleting the account: the history keeps the name."),
    )
    must_change_password = models.BooleanField(_("must choose a new password"), default=False)
    # The password itself is in no history: these say that one was given, and that somebody was let in again.
    password_set_at = models.DateTimeField(_("password given at"), null=True, blank=True)
    unlocked_at = models.DateTimeField(_("unlocked at"), null=True, blank=True)
    date_joined = models.DateTimeField(_("account made at"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

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
        return None if self.role == Role.CLERK else Installation.home()

    # What Django asks of an account. The answers are the policy's, by way of ``backends.PolicyBackend``.

    @property
    def is_staff(self) -> bool:
        """Whoever may sign in may enter the administration pages; the policy decides what there is to see."""
        return self.is_active

    @property
    def is_superuser(self) -> bool:
        """Nobody is above the policy."""
        return False

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether Django's permission ``app.verb_model`` is given, on ``obj`` if there is one."""
        return any(
            backend.has_perm(self, perm, obj) for backend in get_backends() if hasattr(backend, "has_perm")
        )

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        """Whether all of these permissions are given."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether there is anything of the app that the person may see."""
        return any(
            backend.has_module_perms(self, app_label)
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )

    def get_short_name(self) -> str:
        """Return the name that pages greet with."""
        return str(self)
