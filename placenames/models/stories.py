"""地名故事: what is told of places, in words, pictures, sounds and films; and collections that are read along a map."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Division, Installation
from geo_registry.territory.search_keys import keys_value

from .places import Place, new_short_id


class StoryState(models.TextChoices):
    """How far a story has come."""

    DRAFT = "draft", pgettext_lazy("state of a story", "draft")
    SUBMITTED = "submitted", pgettext_lazy("state of a story", "to be reviewed")
    PUBLISHED = "published", pgettext_lazy("state of a story", "published")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a story", "withdrawn")


class StoryAct(models.TextChoices):
    """What was done to a story."""

    CREATED = "created", pgettext_lazy("step of a story", "begun")
    EDITED = "edited", pgettext_lazy("step of a story", "changed")
    SUBMITTED = "submitted", pgettext_lazy("step of a story", "handed in for review")
    RETURNED = "returned", pgettext_lazy("step of a story", "returned")
    PUBLISHED = "published", pgettext_lazy("step of a story", "reviewed and published")
    WITHDRAWN = "withdrawn", pgettext_lazy("step of a story", "withdrawn")
    REOPENED = "reopened", pgettext_lazy("step of a story", "taken up again")
    REVISED = "revised", pgettext_lazy("step of a story", "new version begun")


class ToldQuerySet(models.QuerySet[Any]):
    """Stories and collections by who may see them."""

    def at_home(self) -> Self:
        """Those of the installation's home."""
        home = Installation.home()
        return self.filter(division__path__startswith=home.path) if home else self


class StoryQuerySet(ToldQuerySet):
    """Stories by who may see them."""

    def public(self) -> Self:
        """What everybody may read: published, and of no place that has a secrecy level."""
        secret = StoryPlace.objects.filter(story=OuterRef("pk")).exclude(place__secrecy="")
        rows = self.at_home().filter(state=StoryState.PUBLISHED, version_of=None)
        return rows.filter(~Exists(secret))


class CollectionQuerySet(ToldQuerySet):
    """Collections by who may see them."""

    def public(self) -> Self:
        """What everybody may read: published, with a story in it that is."""
        readable = CollectionStory.objects.filter(
            collection=OuterRef("pk"), story__in=Story.objects.public().order_by().values("pk")
        )
        rows = self.at_home().filter(state=StoryState.PUBLISHED, version_of=None)
        return rows.filter(Exists(readable))


class Told(models.Model):
    """What stories and collections have in common: an address that lasts, who wrote it, how far it has come."""

    short_id = models.CharField(
        _("permanent address"), max_length=12, unique=True, default=new_short_id, editable=False
    )
    title = models.CharField(_("title"), max_length=80)
    summary = models.CharField(
        _("in one sentence"), max_length=200, blank=True, help_text=_("Stands in lists, below the title.")
    )
    text = models.TextField(_("the text"), max_length=20_000, blank=True)
    author = models.CharField(
        _("told or written by"), max_length=120, blank=True, help_text=_("As readers are to see it.")
    )
    sources = models.TextField(
        _("sources"),
        max_length=4_000,
        blank=True,
        help_text=_("One a line: book and page, file, who told it when."),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division")
    )
    state = models.CharField(_("state"), max_length=10, choices=StoryState.choices, default=StoryState.DRAFT)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    revised_on = models.DateField(_("new version published on"), null=True, blank=True)
    # A version is never public itself: when it is published, what it says takes the place of what it is a version of.
    version_of = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="new_version", verbose_name=_("new version of")
    )  # fmt: skip
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("begun by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed."""
        return self.state == StoryState.DRAFT

    def next_version(self) -> Self | None:
        """Return the version of it that is being written or reviewed, or ``None``."""
        found: Self | None = type(self)._default_manager.filter(version_of=self).first()
        return found

    @property
    def paragraphs(self) -> list[str]:
        """The text as it is read."""
        return [part.strip() for part in self.text.splitlines() if part.strip()]

    @property
    def source_lines(self) -> list[str]:
        """The sources, one by one."""
        return [part.strip() for part in self.sources.splitlines() if part.strip()]


@pghistory.track(exclude=["keys"])
class Story(Told):
    """One story of one or several places."""

    places: models.ManyToManyField[Place, Any] = models.ManyToManyField(
        Place, through="StoryPlace", related_name="told_in", verbose_name=_("places it tells of")
    )
    # Derived from the title; `save` keeps it.
    keys = SearchVectorField(_("search keys"), null=True, editable=False)

    objects: ClassVar[StoryQuerySet] = StoryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = ["-published_on", "-pk"]
        indexes = [
            models.Index(fields=["state"], name="placenames_story_state"),
            GinIndex(fields=["keys"], name="placenames_story_keys"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with keys that fit the title."""
        self.keys = keys_value(self.title)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "keys"}
        super().save(*args, **kwargs)


@pghistory.track()
class StoryPlace(models.Model):
    """A place that a story tells of; the first is where the story stands on the map."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="links", verbose_name=_("story"))
    place = models.ForeignKey(
        Place, on_delete=models.CASCADE, related_name="story_links", verbose_name=_("place")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("place of a story")
        verbose_name_plural = _("places of stories")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["story", "place"],
                name="placenames_story_place_once",
                violation_error_message=_("The story tells of this place already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.story} · {self.place}"


@pghistory.track()
class StoryFile(models.Model):
    """A picture, sound, film or paper of a story. The file itself is an attachment of this row, and as public as the story."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="files", verbose_name=_("story"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(
        _("in words"),
        blank=True,
        help_text=_("What is heard or seen, for who cannot hear or see it: needed before it is made public."),
    )
    author = models.CharField(_("recorded or taken by"), max_length=120, blank=True)
    made_when = models.CharField(_("recorded or taken when"), max_length=60, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file of a story")
        verbose_name_plural = _("files of stories")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class StoryCollection(Told):
    """Stories in an order, with an introduction: a book, a series, a walk."""

    stories: models.ManyToManyField[Story, Any] = models.ManyToManyField(
        Story, through="CollectionStory", related_name="collections", verbose_name=_("stories")
    )

    objects: ClassVar[CollectionQuerySet] = CollectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("collection of stories")
        verbose_name_plural = _("collections of stories")
        ordering = ["-published_on", "-pk"]


@pghistory.track()
class CollectionStory(models.Model):
    """A story's place in a collection."""

    collection = models.ForeignKey(
        StoryCollection,
        on_delete=models.CASCADE,
        related_name="links",
        verbose_name=_("collection of stories"),
    )
    story = models.ForeignKey(
        Story, on_delete=models.CASCADE, related_name="collection_links", verbose_name=_("story")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("story of a collection")
        verbose_name_plural = _("stories of collections")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "story"],
                name="placenames_collection_story_once",
                violation_error_message=_("The story is in this collection already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.collection} · {self.story}"


@pghistory.track()
class StoryStep(models.Model):
    """One step of a story or of a collection: what, when, by whom, and why."""

    story = models.ForeignKey(
        Story, on_delete=models.CASCADE, null=True, blank=True, related_name="steps", verbose_name=_("story")
    )
    collection = models.ForeignKey(
        StoryCollection, on_delete=models.CASCADE, null=True, blank=True, related_name="steps",
        verbose_name=_("collection of stories"),
    )  # fmt: skip
    act = models.CharField(_("step"), max_length=10, choices=StoryAct.choices)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    by_name = models.CharField(_("by"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("step of a story")
        verbose_name_plural = _("steps of stories")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(story__isnull=False, collection__isnull=True)
                | Q(story__isnull=True, collection__isnull=False),
                name="placenames_story_step_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.at:%Y-%m-%d}"
