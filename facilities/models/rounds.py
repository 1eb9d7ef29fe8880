"""The confirmation round: each month somebody says of every open facility that its figures hold, as of a day."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .facility import Facility
from .facts import fact_label


class Method(models.TextChoices):
    """How somebody knows."""

    TELEPHONE = "telephone", _("asked by telephone")
    ON_SITE = "on_site", _("seen on the spot")
    REPORTED = "reported", _("reported by the facility")


@pghistory.track()
class RoundQuestion(models.Model):
    """One fact that is asked in a round, and of which facilities. Rows, not code: the office decides what it wants to know."""

    code = models.SlugField(_("fact"), max_length=40, unique=True)
    functions = ArrayField(
        models.SlugField(max_length=60),
        verbose_name=_("only with these functions"),
        default=list,
        blank=True,
        help_text=_("Codes of functions that a kind has, or a facility declares. Empty: asked of all."),
    )
    kinds = ArrayField(
        models.SlugField(max_length=60),
        verbose_name=_("only of these kinds"),
        default=list,
        blank=True,
        help_text=_("Codes of kinds. Empty: of all kinds."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("question of a confirmation round")
        verbose_name_plural = _("questions of a confirmation round")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return fact_label(self.code)


@pghistory.track()
class Round(models.Model):
    """One round. It ends when the next one opens; what nobody confirmed until then stays unconfirmed."""

    opens_on = models.DateField(_("opens on"), unique=True)
    due_on = models.DateField(_("due on"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)

    class Meta:
        verbose_name = _("confirmation round")
        verbose_name_plural = _("confirmation rounds")
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on")), name="facilities_round_due_after_opening"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people call it: 2026年11月."""
        return date_format(self.opens_on, "YEAR_MONTH_FORMAT")


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    """Confirmations by what is to be done about them."""

    def open(self) -> Self:
        """Those that wait for somebody to confirm: never done, or returned."""
        return self.filter(state__in=[Confirmation.State.WAITING, Confirmation.State.RETURNED])

    def approving(self) -> Self:
        """Those that wait for the county."""
        return self.filter(state=Confirmation.State.APPROVING)

    def overdue(self, day: datetime.date) -> Self:
        """Those of the newest round that should have been confirmed by ``day``."""
        newest = Round.objects.filter(opens_on__lte=day).order_by("-opens_on").values("pk")[:1]
        return self.open().filter(round__in=newest, round__due_on__lt=day)


@pghistory.track()
class Confirmation(models.Model):
    """One facility in one round: what was asked, what was said, by whom, as of when, how it is known."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("confirmation", "to be confirmed")
        APPROVING = "approving", pgettext_lazy("confirmation", "waits for approval")
        RETURNED = "returned", pgettext_lazy("confirmation", "returned")
        DONE = "done", pgettext_lazy("confirmation", "confirmed")
        LAPSED = "lapsed", pgettext_lazy("confirmation", "not in operation any more")

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="confirmations", verbose_name=_("confirmation round")
    )
    facility = models.ForeignKey(
        Facility, on_delete=models.CASCADE, related_name="confirmations", verbose_name=_("facility")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    method = models.CharField(_("how it is known"), max_length=10, choices=Method.choices, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    # What is unusual, and so waits: the code of a fact to the code of the reason.
    unusual = models.JSONField(_("unusual"), default=dict, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("why it was returned"), max_length=300, blank=True)
    # What the county doubts, fact by fact: the code to its words. The rest of the answer stands.
    disputed = models.JSONField(_("disputed"), default=dict, blank=True)
    # What a form was sent with: the same form sent twice is one confirmation.
    token = models.UUIDField(_("submission"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    objects: ClassVar[ConfirmationQuerySet] = ConfirmationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["round", "facility__number"]
        indexes = [models.Index(fields=["round", "state"], name="facilities_confirmation_state")]
        constraints = [
            models.UniqueConstraint(fields=["round", "facility"], name="facilities_confirmed_once_a_round"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(confirmed_by__isnull=True)
                | ~Q(decided_by=F("confirmed_by")),
                name="facilities_nobody_approves_the_own_confirmation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.round}"

    @property
    def why_returned(self) -> str:
        """What is to be mended: in one sentence, or fact by fact."""
        doubts = [
            _("%(what)s: %(value)s") % {"what": fact_label(code), "value": words}
            for code, words in self.disputed.items()
        ]
        return str(_("; ")).join([*([self.reason] if self.reason else []), *doubts])

    @property
    def is_changed(self) -> bool:
        """Whether anything was corrected."""
        return any(value != self.before.get(code) for code, value in self.answers.items())


class ConfirmationHold(models.Model):
    """Who has a facility of the queue open just now, so that a second person sees it. No record of anything: it passes."""

    confirmation = models.OneToOneField(
        Confirmation, on_delete=models.CASCADE, primary_key=True, related_name="hold"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("open in the queue")
        verbose_name_plural = _("open in the queue")

    def __str__(self) -> str:
        return f"{self.confirmation_id} {self.person_id}"


@pghistory.track()
class Verification(models.Model):
    """When a fact was last confirmed, and as what. It speaks of that value only: a fact changed since is not confirmed."""

    facility = models.ForeignKey(
        Facility, on_delete=models.CASCADE, related_name="verifications", verbose_name=_("facility")
    )
    code = models.SlugField(_("fact"), max_length=40)
    value = models.JSONField(_("value"), null=True, blank=True)
    as_of = models.DateField(_("as of"))
    method = models.CharField(_("how it is known"), max_length=10, choices=Method.choices)
    confirmation = models.ForeignKey(
        Confirmation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmation"),
    )

    class Meta:
        verbose_name = _("confirmed fact")
        verbose_name_plural = _("confirmed facts")
        ordering = ["facility", "code"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "code"], name="facilities_fact_verified_last")
        ]

    def __str__(self) -> str:
        return f"{fact_label(self.code)} {self.as_of}"
