"""What was drawn together: one edit set holds the changes of one session, with who, when and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.accounts.models import User
from geo_registry.territory.models import Division


class EditSetQuerySet(models.QuerySet["EditSet"]):
    """Edit sets by how they stand."""

    def waiting(self) -> EditSetQuerySet:
        """Those that somebody has to decide."""
        return self.filter(state=EditSet.State.PROPOSED)


class EditSet(models.Model):
    """Changes of the ground that belong together. History itself is written by the database for each row."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("edit set", "waits for approval")
        APPLIED = "applied", pgettext_lazy("edit set", "in force")
        RETURNED = "returned", pgettext_lazy("edit set", "returned")
        WITHDRAWN = "withdrawn", pgettext_lazy("edit set", "withdrawn")
        UNDONE = "undone", pgettext_lazy("edit set", "undone")

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("drawn by"))
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
        help_text=_("The lowest division that holds all of it."),
    )
    why = models.CharField(_("why"), max_length=300)
    basis = models.CharField(_("drawn from"), max_length=200, blank=True)
    method = models.CharField(_("how the line is known"), max_length=12, blank=True)
    accuracy_m = models.FloatField(_("accuracy, metres"), null=True, blank=True)
    as_of = models.DateField(_("line valid from"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    made_at = models.DateTimeField(_("drawn at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name=_("undoes"),
    )

    # Of what was sent: when the answer was lost on its way and the page sends it again, it is not done twice.
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects: ClassVar[EditSetQuerySet] = EditSetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("edit set")
        verbose_name_plural = _("edit sets")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "made_at"], name="drawing_set_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "digest"],
                condition=models.Q(state__in=["proposed", "applied"]) & ~models.Q(digest=""),
                name="drawing_sent_once",
            )
        ]

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> str:
        """Why it was drawn; an undoing that gives no reason of its own says what it undoes, in the reader's language."""
        if self.undoes is not None and not self.why:
            return str(_("Undone: %(why)s") % {"why": self.undoes.told})
        return self.why


class EditChange(models.Model):
    """One row of an edit set: before and after, as JSON by attribute; geometry as GeoJSON in EPSG:4490."""

    class Action(models.TextChoices):
        CREATE = "create", pgettext_lazy("edit", "new")
        UPDATE = "update", pgettext_lazy("edit", "changed")
        DELETE = "delete", pgettext_lazy("edit", "taken away")

    edit_set = models.ForeignKey(
        EditSet, on_delete=models.CASCADE, related_name="changes", verbose_name=_("edit set")
    )
    position = models.PositiveIntegerField(_("position"))
    layer = models.CharField(_("layer"), max_length=20)
    action = models.CharField(_("what"), max_length=6, choices=Action.choices)
    # Empty until a new row is in force.
    row = models.BigIntegerField(_("number of the row"), null=True, blank=True)
    title = models.CharField(_("name"), max_length=160, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    # Numbers of the row's last event: what the drawing was made upon, and what it left.
    base_version = models.BigIntegerField(_("drawn upon version"), default=0)
    applied_version = models.BigIntegerField(_("version left behind"), null=True, blank=True)
    companion = models.BooleanField(_("followed by itself"), default=False)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["edit_set", "position"], name="drawing_change_position_once")
        ]
        indexes = [models.Index(fields=["layer", "row"], name="drawing_change_row")]

    def __str__(self) -> str:
        return f"{self.layer} {self.row} {self.action}"
