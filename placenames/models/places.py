"""The place: what is named. Roads and divisions keep their own text; a place points down at them."""

from __future__ import annotations

import secrets
from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.history import recorded_in_bulk
from geo_registry.territory.models import Division, Imported, Installation, LocationMethod, Road
from placenames.naming import Lexicon

from .names import Name, SplitMode
from .survey import SurveyForm

SRID = 4490
# No letters or digits that are mistaken for one another when read from a sign.
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ID_LENGTH = 8
# A random byte stands for a letter; the last few bytes, for which no whole alphabet is left, are drawn again.
_OF_BYTE = bytes(ord(_ID_ALPHABET[byte % len(_ID_ALPHABET)]) for byte in range(256))
_DRAWN_AGAIN = bytes(range(256 - 256 % len(_ID_ALPHABET), 256))


def new_short_id() -> str:
    """Return eight random characters for a place's permanent address."""
    return new_short_ids(1)[0]


def new_short_ids(count: int) -> list[str]:
    """Return so many permanent addresses; it is for the caller to see that they are new."""
    letters = b""
    while (missing := count * _ID_LENGTH - len(letters)) > 0:
        letters += secrets.token_bytes(missing).translate(_OF_BYTE, _DRAWN_AGAIN)
    text = letters.decode("ascii")
    return [text[start : start + _ID_LENGTH] for start in range(0, count * _ID_LENGTH, _ID_LENGTH)]


class PlaceKindQuerySet(models.QuerySet["PlaceKind"]):
    """Kinds of place, and what they know of names."""

    def lexicon(self) -> Lexicon:
        """Return the generic terms of these kinds, for splitting and spelling names."""
        terms: set[str] = set()
        numbered: set[str] = set()
        for generic_terms, in_figures in self.values_list("generic_terms", "ordinals_in_figures"):
            terms.update(generic_terms)
            if in_figures:
                numbered.update(generic_terms)
        return Lexicon.of(terms, numbered=numbered)


@pghistory.track()
class PlaceKind(models.Model):
    """What kind of thing a place is; its category in the national database; how its names are written."""

    class Ground(models.TextChoices):
        """What of the ground below a place of the kind stands for: such places are made by themselves."""

        NONE = "", _("nothing")
        DIVISION = "division", _("a division")
        ROAD = "road", _("a road")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    synonyms = models.JSONField(_("other names in files"), default=list, blank=True)
    category_code = models.CharField(_("national category"), max_length=5, blank=True)
    generic_terms = models.JSONField(_("generic terms"), default=list, blank=True)
    ground = models.CharField(
        _("stands for"),
        max_length=8,
        choices=Ground.choices,
        blank=True,
        help_text=_("Each village of the map, and each named road, has its place of such a kind."),
    )
    split_mode = models.CharField(
        _("specific and generic part"),
        max_length=8,
        choices=SplitMode.choices,
        default=SplitMode.APART,
        help_text=_("How names of the kind are written in Latin letters: villages and hamlets as one word."),
    )
    ordinals_in_figures = models.BooleanField(
        _("ordinals in figures"),
        default=False,
        help_text=_("二马路 is 2 Mǎlù, 一巷 is 1 Xiàng: streets and lanes ((84)中地字第17号, 7)."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    objects: ClassVar[PlaceKindQuerySet] = PlaceKindQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("kind of place")
        verbose_name_plural = _("kinds of place")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return kind_in_words(self.name_zh, self.name_en)


def kind_in_words(name_zh: str, name_en: str) -> str:
    """Return what a kind of place is called in the reader's language; in Chinese where it has no English name."""
    return name_en if name_en and (get_language() or "").startswith("en") else name_zh


class PlaceQuerySet(models.QuerySet["Place"]):
    """Places by where they lie and who may see them."""

    def within(self, division: Division) -> Self:
        """Places in ``division`` or below it, and the one that it is."""
        return self.filter(
            Q(division__path__startswith=division.path) | Q(named_division__path__startswith=division.path)
        )

    def at_home(self) -> Self:
        """Places within the installation's home."""
        home = Installation.home()
        return (
            self.filter(Q(division__isnull=True) | Q(division__path__startswith=home.path)) if home else self
        )

    def public(self) -> Self:
        """What the public may see: published, without a secrecy level, not a road that is kept from the public.

        Every public page, export and interface starts here; it is the only place that decides.
        """
        stretches = Place.roads.through.objects.filter(place=OuterRef("pk"))
        restricted = Exists(stretches.filter(road__restricted=True))
        unrestricted = Exists(stretches.filter(road__restricted=False))
        return self.at_home().filter(published=True, secrecy="").filter(~restricted | unrestricted)

    def found_by(self, typed: str) -> Self:
        """Places that one of their announced names finds: by characters, Pinyin with or without tones, initials."""
        return self.filter(Exists(Name.objects.announced().matching(typed).filter(place=OuterRef("pk"))))


@pghistory.track(*recorded_in_bulk())
class Place(SurveyForm, Imported):
    """A village, road, hamlet or feature that has, had or needs a name."""

    # Unique by a constraint: a unique field would have a second index, for beginnings that nobody looks for.
    short_id = models.CharField(_("permanent address"), max_length=12, default=new_short_id, editable=False)
    place_code = models.CharField(_("national place code"), max_length=20, blank=True)
    kind = models.ForeignKey(
        PlaceKind, on_delete=models.PROTECT, related_name="places", verbose_name=_("kind")
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="places",
        verbose_name=_("lies in"),
    )
    named_division = models.OneToOneField(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="place",
        verbose_name=_("is the division"),
    )
    roads = models.ManyToManyField(Road, related_name="places", blank=True, verbose_name=_("is these roads"))
    # Most places are their division and have no geometry of their own: the index below leaves those out.
    geometry = models.GeometryField(_("geometry"), srid=SRID, null=True, blank=True, spatial_index=False)
    geometry_method = models.CharField(
        _("how the geometry is known"), max_length=12, choices=LocationMethod.choices, blank=True
    )
    origin = models.TextField(_("origin"), blank=True)
    meaning = models.TextField(_("meaning"), blank=True)
    history = models.TextField(_("history"), blank=True)
    approved_by = models.CharField(_("approved by"), max_length=120, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    secrecy = models.CharField(
        _("secrecy level"),
        max_length=20,
        blank=True,
        help_text=_("密级. With any level set, nothing of the place is public."),
    )
    published = models.BooleanField(_("published"), default=False)

    objects: ClassVar[PlaceQuerySet] = PlaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["short_id"], name="placenames_place_short_id_once"),
            models.UniqueConstraint(
                fields=["place_code"], condition=~Q(place_code=""), name="placenames_place_code_once"
            ),
            models.UniqueConstraint(
                fields=["source", "source_ref"], condition=~Q(source_ref=""), name="placenames_place_ref_once"
            ),
        ]
        indexes = [
            # An expression: of a field by name PostGIS's indexes forget the condition.
            GistIndex(F("geometry"), condition=Q(geometry__isnull=False), name="placenames_place_geometry"),
        ]

    def __str__(self) -> str:
        name = self.current_name()
        return name.text if name else f"{self.kind} {self.short_id}"

    def standard_name(self) -> Name | None:
        """Return the standard name in force, or ``None``: a place may still be without one."""
        return self._name_in_force(Name.Status.STANDARD)

    def current_name(self) -> Name | None:
        """Return the name the place goes by today: the standard one, or else what is recorded without approval."""
        return self.standard_name() or self._name_in_force(Name.Status.RECORDED)

    def _name_in_force(self, status: str) -> Name | None:
        today = timezone.localdate()
        names = [name for name in self.names.all() if name.status == status and name.in_force(today)]
        return min(names, key=lambda name: name.pk) if names else None


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class PlaceRoad(Place.roads.through):  # type: ignore[misc, name-defined]
    """A stretch of road that a place is: the many-to-many table by name, so that history records it too."""

    class Meta:
        proxy = True
        verbose_name = _("road of a place")
        verbose_name_plural = _("roads of places")
