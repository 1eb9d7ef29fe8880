"""The queue of spellings that wait for the officer: one name at a time, keyboard from start to end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from geo_registry.accounts.signed_in import signed_in
from geo_registry.text.whole_numbers import whole_number
from placenames.naming import Basis, Romanisation, Syllable

from ..models import Name, SplitMode
from ..services.spellings import confirm_spelling, romanise_name, waiting_names, with_doubts

_READING = re.compile(r"reading-(\d{1,3})")
_LONGEST_SPELLING = 200


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the officer has chosen for a name so far."""

    split_mode: str
    readings: dict[int, str]


def _chosen(parameters: QueryDict, name: Name) -> Choice:
    """Read readings (``reading-2=pù``) and the split mode; what is none of a character's readings is left out."""
    mode = parameters.get("split_mode", "")
    readings = {
        int(found[1]): value
        for key, value in parameters.items()
        if (found := _READING.fullmatch(key)) and isinstance(value, str)
    }
    allowed = {syllable.index: syllable.options for syllable in romanise_name(name).syllables}
    return Choice(
        split_mode=mode if mode in SplitMode.values else name.place.kind.split_mode,
        readings={index: value for index, value in readings.items() if value in allowed.get(index, ())},
    )


def _spelled(name: Name, choice: Choice) -> Romanisation:
    return romanise_name(name, split_mode=choice.split_mode, readings=choice.readings)


def _open_syllables(spelled: Romanisation) -> list[Syllable]:
    """Return the syllables that have something to choose: in doubt, or chosen by the officer."""
    doubtful = {doubt.index for doubt in spelled.doubts if doubt.options}
    return [
        syllable
        for syllable in spelled.syllables
        if len(syllable.options) > 1 and (syllable.index in doubtful or syllable.basis is Basis.CHOSEN)
    ]


def _address(*, after: int | str = "", doubtful: bool = False) -> str:
    query = "&".join([*([f"after={after}"] if after else []), *(["doubts=1"] if doubtful else [])])
    return reverse("placenames:spellings") + (f"?{query}" if query else "")


@never_cache
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show the next name whose spelling waits."""
    waiting = waiting_names(signed_in(request))
    doubtful = bool(request.GET.get("doubts"))
    number = whole_number(request.GET.get("after", "")) or 0
    shown = with_doubts(waiting) if doubtful else waiting
    rows = shown.select_related("place__kind", "place__division__parent", "place__source")
    name = rows.filter(pk__gt=number).first()
    return _page(request, name, doubtful=doubtful, passed=bool(number))


def _page(
    request: HttpRequest,
    name: Name | None,
    *,
    doubtful: bool,
    passed: bool,
    typed: str | None = None,
    problem: str = "",
) -> HttpResponse:
    waiting = waiting_names(signed_in(request))
    context: dict[str, object] = {
        "name": name,
        "doubtful": doubtful,
        "passed": passed,
        "waiting": waiting.count(),
        "waiting_doubtful": with_doubts(waiting).count(),
        "all_url": _address(),
        "doubtful_url": _address(doubtful=True),
        "start_url": _address(doubtful=doubtful),
    }
    if name is not None:
        choice = _chosen(request.POST or request.GET, name)
        spelled = _spelled(name, choice)
        context |= {
            "spelled": spelled,
            "text": typed if typed is not None else spelled.text,
            "choice": choice,
            "split_modes": SplitMode.choices,
            "open_syllables": _open_syllables(romanise_name(name, split_mode=choice.split_mode)),
            "doubts": _doubts(spelled),
            "problem": problem,
            "next_url": _address(after=name.pk, doubtful=doubtful),
            "has_demo_data": name.place.is_demo,
        }
    return render(request, "placenames/spellings.html", context, status=422 if problem else 200)


def _doubts(spelled: Romanisation) -> list[str]:
    return [doubt.message.render(_) for doubt in spelled.doubts]


@require_POST
def confirm(request: HttpRequest, name_id: int) -> HttpResponse:
    """Confirm a spelling, and go on to the next name."""
    user = signed_in(request)
    name = get_object_or_404(waiting_names(user).select_related("place__kind", "place__division"), pk=name_id)
    doubtful = bool(request.POST.get("doubts"))
    typed = request.POST.get("text", "")[:_LONGEST_SPELLING]
    choice = _chosen(request.POST, name)
    try:
        spelling = confirm_spelling(name=name, text=typed, user=user, split_mode=choice.split_mode)
    except ValidationError as error:
        return _page(
            request, name, doubtful=doubtful, passed=True, typed=typed, problem=" ".join(error.messages)
        )
    messages.success(
        request, _("%(name)s: %(spelling)s is confirmed.") % {"name": name.text, "spelling": spelling.text}
    )
    return redirect(_address(after=name.pk, doubtful=doubtful))


@never_cache
@require_GET
def attempt(request: HttpRequest, name_id: int) -> JsonResponse:
    """Spell a name with the readings and the split mode chosen so far, and say what is still in doubt."""
    name = get_object_or_404(waiting_names(signed_in(request)).select_related("place__kind"), pk=name_id)
    spelled = _spelled(name, _chosen(request.GET, name))
    return JsonResponse({"text": spelled.text, "capitals": spelled.capitals, "doubts": _doubts(spelled)})
