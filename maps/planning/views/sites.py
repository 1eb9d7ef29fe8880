"""Next sites: what is wanted of them, and the competing answers side by side."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from facilities.models import PlanningAnswer
from facilities.services.site_study import Way
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job, JobState
from geo_registry.territory.models import Installation

from ..question import NothingToAsk, Question, read_question
from ..sites import SOUGHT, Wish, enqueue_sites, may_close, proposals_of, sites_job, title_of
from .common import may_run, nothing_to_ask, words_of

MOST_SITES = 20
MOST_ANSWERS = 6


class WishForm(forms.Form):
    """What is wanted of the next sites, beside the question. ``may_close`` are today's facilities, number and words."""

    sites = forms.IntegerField(label=_("How many new sites"), min_value=1, max_value=MOST_SITES, initial=3)
    objective = forms.ChoiceField(
        label=_("What is sought"),
        choices=[(one.value, words) for one, words in SOUGHT.items()],
    )
    candidates = forms.MultipleChoiceField(
        label=_("Where they may open"),
        choices=[("villages", _("villages and hamlets")), ("assets", _("idle buildings"))],
        initial=["villages"],
        widget=forms.CheckboxSelectMultiple,
    )
    floor = forms.FloatField(
        label=_("In every township at least, %"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("Empty: no least share. A share that cannot be had is said so."),
    )
    close = forms.IntegerField(
        label=_("How many of today's close"),
        min_value=0,
        max_value=MOST_SITES,
        initial=0,
        help_text=_("Those whose closing loses least; none unless a number is given."),
    )
    ways = forms.MultipleChoiceField(
        label=_("Answers side by side"),
        choices=[(way.value, way.label) for way in Way],
        initial=[way.value for way in Way],
        widget=forms.CheckboxSelectMultiple,
    )

    closable = forms.MultipleChoiceField(
        label=_("Which of them may close"),
        required=False,
        help_text=_("None chosen: any of them."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, may_close: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closable"].choices = may_close  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse to close more than may be closed."""
        data: dict[str, Any] = super().clean() or {}
        chosen, close = data.get("closable") or [], data.get("close") or 0
        if chosen and close > len(chosen):
            self.add_error(
                "closable",
                _("%(close)d are to close, and only %(chosen)d of them may.")
                % {"close": close, "chosen": len(chosen)},
            )
        return data

    def wish(self) -> Wish:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        return Wish(
            sites=data["sites"],
            objective=data["objective"],
            candidates=tuple(data["candidates"]),
            ways=tuple(data["ways"]),
            floor_percent=data["floor"],
            close=data["close"],
            closable=tuple(data["closable"]) if data["close"] else (),
        )


def saved_answers() -> QuerySet[PlanningAnswer]:
    """Return the home's answers to where the next sites go."""
    home = Installation.home()
    rows = PlanningAnswer.objects.filter(subject=PlanningAnswer.Subject.SITES)
    rows = rows.select_related("network", "profile", "created_by")
    return rows.filter(division=home) if home else rows


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """Show the answers named in the address, and the form for new ones."""
    try:
        question = read_question(request.GET)
    except NothingToAsk as error:
        return nothing_to_ask(request, error)
    return _page(request, question, WishForm(may_close=may_close(question)))


def _page(request: HttpRequest, question: Question, form: WishForm, *, status: int = 200) -> HttpResponse:
    chosen = _chosen(request)
    context: dict[str, Any] = {
        **words_of(question),
        "ask": reverse("maps:planner_sites"),
        "room": "sites",
        "form": form,
        "proposals": proposals_of(chosen, question),
        "earlier": [
            (one, title_of(one), one.parameters.get("sites"))
            for one in saved_answers().filter(network=question.network)[:30]
        ],
        "job": _job(request),
        "nothing_gained": request.GET.get("answers") == "",
        "may_run": may_run(request),
        "has_demo_data": any(one.has_demo_data for one in chosen) or None,
    }
    return render(request, "maps/planning/sites.html", context, status=status)


def _chosen(request: HttpRequest) -> list[PlanningAnswer]:
    """Return the answers named in the address, in its order."""
    wanted = []
    for text in request.GET.get("answers", "").split(",")[:MOST_ANSWERS]:
        try:
            wanted.append(uuid.UUID(text))
        except ValueError:
            continue
    found = {one.pk: one for one in saved_answers().filter(pk__in=wanted)}
    return [found[pk] for pk in wanted if pk in found]


def _job(request: HttpRequest) -> Job | None:
    """Return the person's own computation under way."""
    waiting = Job.objects.filter(kind=sites_job.path, state__in=[JobState.QUEUED, JobState.RUNNING])
    return waiting.filter(created_by_id=request.user.pk).first()


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have the answers computed in the background."""
    question = read_question(request.GET)
    form = WishForm(request.POST, may_close=may_close(question))
    if not form.is_valid() or not isinstance(request.user, User):
        return _page(request, question, form, status=422)
    job = enqueue_sites(question=question, wish=form.wish(), user=request.user)
    # One that is done already leads to its answers; the page of one that is not shows how far it is.
    return HttpResponseRedirect(job.result_url or f"{reverse('maps:planner_sites')}?{question.query()}")
