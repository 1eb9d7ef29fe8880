"""What a clerk proposes and the county decides."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Division


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals by what becomes of them."""

    def waiting(self) -> Self:
        """Those that wait for the county."""
        return self.filter(state=Proposal.State.SUBMITTED)

    def undecided(self) -> Self:
        """Those of which anything may still become something."""
        return self.exclude(state__in=[Proposal.State.APPROVED, Proposal.State.WITHDRAWN])


@pghistory.track()
class Proposal(models.Model):
    """A new facility, changed facts, or an event, as somebody wants it. Nothing of it holds before it is approved."""

    class Subject(models.TextChoices):
        NEW = "new", _("new facility")
        FACTS = "facts", _("changed facts")
        LIFE = "life", _("event")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("approved")
        WITHDRAWN = "withdrawn", _("withdrawn")

    subject = models.CharField(_("subject"), max_length=8, choices=Subject.choices)
    facility = models.ForeignKey(
        "Facility",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("facility"),
    )
    # Where it lies, and who may therefore see it: the facility's division, or the one that a new facility names.
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division")
    )
    title = models.CharField(_("title"), max_length=200)
    base = models.JSONField(_("facts as the author saw them"), default=dict)
    facts = models.JSONField(_("facts as the author wants them"), default=dict)
    figures_as_of = models.DateField(_("figures as of"), null=True, blank=True)
    note = models.CharField(_("note to the county"), max_length=400, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    submitted_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision = models.CharField(_("the county's reasons"), max_length=400, blank=True)
    # By language, where no person wrote them but the program.
    decision_said = models.JSONField(
        _("the program's reasons by language"), default=dict, blank=True, editable=False
    )

    objects: ClassVar[ProposalQuerySet] = ProposalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["submitted_at", "pk"]
        indexes = [models.Index(fields=["state", "submitted_at"], name="facilities_proposal_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject="new") | Q(facility__isnull=False),
                name="facilities_proposal_has_facility",
            ),
            # Whoever has written something down does not decide on it.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("author")),
                name="facilities_nobody_decides_on_the_own",
            ),
        ]

    def __str__(self) -> str:
        return self.title
