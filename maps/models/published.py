"""Maps that the office composes: the lasting map with its short address, its versions, and each step of a version."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import CoverageRun
from geo_registry.attachments.models import Attachment
from geo_registry.territory.models import Division


class MapState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("state of a map", "draft")
    SUBMITTED = "submitted", pgettext_lazy("state of a map", "to be reviewed")
    REVIEWED = "reviewed", pgettext_lazy("state of a map", "reviewed, not published yet")
    PUBLISHED = "published", pgettext_lazy("state of a map", "published")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a map", "withdrawn")


# Of a map at most one version is being made at a time.
OPEN_STATES = (MapState.DRAFT, MapState.SUBMITTED, MapState.REVIEWED)


class StepAction(models.TextChoices):
    CREATED = "created", pgettext_lazy("step of a map", "drafted")
    EDITED = "edited", pgettext_lazy("step of a map", "changed")
    SUBMITTED = "submitted", pgettext_lazy("step of a map", "handed in for review")
    RETURNED = "returned", pgettext_lazy("step of a map", "returned")
    REVIEWED = "reviewed", pgettext_lazy("step of a map", "reviewed and found right")
    PUBLISHED = "published", pgettext_lazy("step of a map", "published")
    WITHDRAWN = "withdrawn", pgettext_lazy("step of a map", "withdrawn")


@pghistory.track()
class PublishedMap(models.Model):
    """A map under an address that lasts. What it shows is its versions' business."""

    code = models.CharField(_("short address"), max_length=12, unique=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("division")
    )  # fmt: skip
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("published map")
        verbose_name_plural = _("published maps")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        newest = self.versions.order_by("-number").first()
        return newest.title if newest else self.code


class MapVersionQuerySet(models.QuerySet["MapVersion"]):
    """Versions by who may see them, and by how they stand."""

    def public(self) -> Self:
        """Versions that everybody may see: published, with a map review number, and not for internal use."""
        return self.filter(state=MapState.PUBLISHED, is_internal=False).exclude(review_number="")

    def withdrawn_from_public(self) -> Self:
        """Versions that everybody could see once."""
        return self.filter(state=MapState.WITHDRAWN, is_internal=False).exclude(review_number="")

    def open(self) -> Self:
        """Versions that are still being made."""
        return self.filter(state__in=OPEN_STATES)

    def newest(self) -> Self:
        """Of each map the version with the highest number."""
        return self.order_by("map_id", "-number").distinct("map_id")


@pghistory.track(exclude=["content"])
class MapVersion(models.Model):
    """What a map shows, as of one version. Once it is published nothing of it changes but its state.

    ``composition`` says what is shown (`maps.published.composition`), ``story`` the steps of a story map, ``content`` the data as
    they were when the version was handed in, where it is frozen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    map = models.ForeignKey(
        PublishedMap, on_delete=models.CASCADE, related_name="versions", verbose_name=_("map")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=12, choices=MapState.choices, default=MapState.DRAFT)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"), max_length=4000, blank=True)
    composition = models.JSONField(_("what is shown"), default=dict)
    story = models.JSONField(_("steps of the story"), default=list, blank=True)
    run = models.ForeignKey(
        CoverageRun, on_delete=models.PROTECT, null=True, blank=True, related_name="maps", verbose_name=_("coverage run")
    )  # fmt: skip
    is_frozen = models.BooleanField(_("data stay as they are"), default=True)
    content = models.JSONField(_("data"), null=True, blank=True)
    content_day = models.DateField(_("data as of"), null=True, blank=True)
    has_demo_data = models.BooleanField(_("contains demo data"), default=False)
    review_number = models.CharField(_("map review number"), max_length=60, blank=True)
    is_internal = models.BooleanField(_("internal use only"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects: ClassVar[MapVersionQuerySet] = MapVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("version of a map")
        verbose_name_plural = _("versions of maps")
        ordering = ["map", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["map", "number"], name="maps_version_once"),
            models.UniqueConstraint(
                fields=["map"], condition=Q(state__in=OPEN_STATES), name="maps_version_one_open"
            ),
            # A map for everybody has its review number (审图号), one without is for internal use (内部使用): never both or neither.
            models.CheckConstraint(
                condition=~Q(state__in=[MapState.REVIEWED, MapState.PUBLISHED, MapState.WITHDRAWN])
                | (Q(is_internal=True) & Q(review_number=""))
                | (Q(is_internal=False) & ~Q(review_number="")),
                name="maps_version_review_mark",
                violation_error_message=_(
                    "A map needs its review number (审图号), or is for internal use (内部使用)."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being made."""
        return self.state in OPEN_STATES

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return self.state == MapState.PUBLISHED and not self.is_internal and bool(self.review_number)

    @property
    def is_story(self) -> bool:
        """Whether it is read step by step."""
        return bool(self.story)

    @property
    def authors(self) -> set[int]:
        """The keys of all who had a hand in it: none of them may review it."""
        rows = self.steps.filter(action__in=[StepAction.CREATED, StepAction.EDITED])
        return {pk for pk in [*rows.values_list("by_id", flat=True), self.created_by_id] if pk is not None}

    def last(self, action: StepAction) -> MapStep | None:
        """Return the newest step of a kind."""
        return self.steps.filter(action=action).order_by("-pk").first()


@pghistory.track()
class MapStep(models.Model):
    """One step of a version: what, when, by whom, and why."""

    version = models.ForeignKey(
        MapVersion, on_delete=models.CASCADE, related_name="steps", verbose_name=_("version of a map")
    )
    action = models.CharField(_("step"), max_length=12, choices=StepAction.choices)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )  # fmt: skip
    by_name = models.CharField(_("by"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("step of a map")
        verbose_name_plural = _("steps of maps")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.at:%Y-%m-%d}"


class MapFile(models.Model):
    """One file of a version: made when it is published, and again where the data under it are live and have changed."""

    version = models.ForeignKey(
        MapVersion, on_delete=models.CASCADE, related_name="files", verbose_name=_("version of a map")
    )
    kind = models.SlugField(_("kind of file"), max_length=12)
    digest = models.CharField(_("made from"), max_length=40)
    data_day = models.DateField(_("data as of"))
    attachment = models.OneToOneField(
        Attachment, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("attachment")
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file of a map")
        verbose_name_plural = _("files of maps")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "digest"], name="maps_map_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version_id}"
