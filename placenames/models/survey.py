"""What the form of the national place-name survey (地名普查登记表) says of a place beyond its names and its story.

Kept as the form has it: “明洪武年间” is a time that no calendar column holds, and positions on a form are what somebody measured
then, by a method that the form names. Where the place is by today's register, `Place.geometry` says.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SurveyForm(models.Model):
    """Fields of the survey's form. Of who registered it nothing is ever public."""

    description = models.TextField(_("description"), blank=True)
    language = models.CharField(
        _("language of the name"), max_length=60, blank=True, help_text=_("As the form has it.")
    )
    used_when = models.CharField(_("in use, as the form says"), max_length=120, blank=True)
    named_when = models.CharField(_("named when"), max_length=120, blank=True)
    set_up_when = models.CharField(_("set up in"), max_length=60, blank=True)
    ended_when = models.CharField(_("abolished in"), max_length=60, blank=True)
    sign_count = models.PositiveIntegerField(_("signs counted by the survey"), null=True, blank=True)
    from_position = models.CharField(_("begins at, as measured"), max_length=120, blank=True)
    to_position = models.CharField(_("ends at, as measured"), max_length=120, blank=True)
    measured_crs = models.CharField(_("co-ordinates of the survey"), max_length=60, blank=True)
    measured_how = models.CharField(_("method of measuring"), max_length=120, blank=True)
    media_listed = models.TextField(_("sounds, films and pictures that the form lists"), blank=True)
    data_source = models.CharField(_("where the data come from"), max_length=300, blank=True)
    registered_by = models.CharField(_("registered by"), max_length=60, blank=True)
    registered_unit = models.CharField(_("registered by the office"), max_length=120, blank=True)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)

    class Meta:
        abstract = True


SURVEY_FIELDS = tuple(field.name for field in SurveyForm._meta.local_fields)
