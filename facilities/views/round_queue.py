"""The clerk's queue: one facility at a time, Enter confirms it unchanged."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts.policy import limit
from geo_registry.accounts.signed_in import signed_in

from ..models import Confirmation, Facility, Method, Round
from ..services.contact import hours_in_words
from ..services.rounds import checking, confirming, facts
from ..services.rounds import queue as queues
from ..services.rounds.exceptions import unusual
from ..services.rounds.opening import current_round
from ..services.rounds.progress import visible
from ..services.rounds.settings import thresholds

State = Confirmation.State
_METHOD_KEY: Final = "round-method"
_LONGEST_REMARK: Final = 300


@dataclass
class Problems:
    """What keeps an answer from being taken in: beside a field, or above them all."""

    fields: dict[str, str] = field(default_factory=dict)
    above: str = ""
    changes: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200


def _found(request: HttpRequest, pk: int) -> Confirmation:
    rows = limit(Confirmation.objects.all(), signed_in(request)).select_related(
        "round",
        "facility__kind",
        "facility__division__parent",
        "facility__source",
        "confirmed_by",
        "decided_by",
    )
    return get_object_or_404(
        rows.defer("facility__division__boundary", "facility__division__parent__boundary"), pk=pk
    )


def town_of(parameters: Mapping[str, str]) -> str:
    """Return the code of the township that an address narrows to, or nothing."""
    code = parameters.get("town", "")
    return code if code.isascii() and code.isdigit() and len(code) <= 20 else ""


def queue_url(*, town: str = "", after: str = "") -> str:
    """Return the address of the queue behind a facility, within a township."""
    query = urlencode({key: value for key, value in (("town", town), ("after", after)) if value})
    return reverse("rounds:queue") + (f"?{query}" if query else "")


def _entry_url(row: Confirmation, town: str) -> str:
    return reverse("rounds:entry", args=[row.pk]) + (f"?{urlencode({'town': town})}" if town else "")


@never_cache
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Lead to the next facility, or say that there is none."""
    user, today = signed_in(request), timezone.localdate()
    current = current_round(today)
    if current is None:
        return render(request, "facilities/rounds/queue_end.html", {"round": None})
    town, after = town_of(request.GET), request.GET.get("after", "")[:40].replace("\x00", "")
    rows = queues.waiting(current, user, town=town)
    found = queues.next_in_queue(rows, user, after=after)
    if found is not None:
        return redirect(_entry_url(found, town))
    context = {
        "round": current,
        "left": rows.count(),
        "held": queues.held_by_others(rows, user),
        "passed": bool(after),
        "again_url": queue_url(town=town),
        "asked": visible(current, user).exclude(state=State.LAPSED).exists(),
    }
    return render(request, "facilities/rounds/queue_end.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one facility with what is asked, and take the answer in."""
    row, today = _found(request, pk), timezone.localdate()
    codes = facts.questions(row.facility, day=today)
    if request.method == "POST":
        return _answer(request, row, codes, today)
    is_open = row.state in (State.WAITING, State.RETURNED) and row.round == current_round(today)
    held = queues.take(row, signed_in(request)) if is_open else None
    known = facts.known(row.facility, codes)
    values = facts.values_of(known)
    if row.state in (State.RETURNED, State.APPROVING):
        values |= {code: value for code, value in row.answers.items() if code in values}
    return _page(request, row, known, typed=checking.as_typed(values), held=held)


def _answer(request: HttpRequest, row: Confirmation, codes: list[str], today: datetime.date) -> HttpResponse:
    typed = {key: str(value) for key, value in request.POST.items()}
    user, problems = signed_in(request), Problems()
    answer = _read(row, codes, typed, today, problems)
    if answer is not None:
        request.session[_METHOD_KEY] = answer.method
        try:
            outcome = confirming.confirm(confirmation=row, user=user, answer=answer, day=today)
        except confirming.OvertakenError as stopped:
            problems = Problems(above=str(stopped), changes=stopped.changes, status=409)
        except confirming.Stopped as stopped:
            problems = Problems(above=str(stopped), status=409)
        else:
            _say(request, row, outcome)
            onward = queue_url(town=town_of(request.POST), after=row.facility.number)
            # A script follows by itself, once it has let go of what was typed.
            asks_as_script = request.headers.get("Accept") == "application/json"
            return JsonResponse({"next": onward}) if asks_as_script else redirect(onward)
    fresh = _found(request, row.pk)
    known = facts.known(fresh.facility, codes)
    return _page(request, fresh, known, typed=typed, problems=problems)


def _read(
    row: Confirmation, codes: list[str], typed: Mapping[str, str], today: datetime.date, problems: Problems
) -> confirming.Answer | None:
    """Read a form; what is wrong with it goes into ``problems``."""
    checked = checking.check(codes, typed)
    problems.fields = dict(checked.problems)
    as_of = today
    try:
        as_of = checking.check_day(typed.get("as_of", ""), earliest=row.round.opens_on, latest=today)
    except ValueError as error:
        problems.fields["as_of"] = str(error)
    method = typed.get("method", "")
    if method not in Method.values:
        problems.fields["method"] = _("Say how you know.")
    try:
        token, version = uuid.UUID(typed.get("token", "")), int(typed.get("version", ""))
    except ValueError:
        problems.above = _("The form was not complete. Look it through and send it again.")
        problems.status = 422
        return None
    if problems.fields:
        problems.status = 422
        return None
    return confirming.Answer(
        token=token,
        version=version,
        seen=typed.get("seen", ""),
        values=checked.values,
        as_of=as_of,
        method=method,
        remark=" ".join(typed.get("remark", "").split())[:_LONGEST_REMARK],
    )


def _say(request: HttpRequest, row: Confirmation, outcome: confirming.Outcome) -> None:
    name = row.facility.name
    if outcome is confirming.Outcome.APPROVING:
        messages.warning(
            request, _("%(facility)s: kept. What is unusual waits for the county.") % {"facility": name}
        )
    else:
        messages.success(request, _("%(facility)s: confirmed.") % {"facility": name})


def _page(
    request: HttpRequest,
    row: Confirmation,
    known: list[facts.Known],
    *,
    typed: Mapping[str, str],
    held: queues.Held | None = None,
    problems: Problems | None = None,
) -> HttpResponse:
    user, today = signed_in(request), timezone.localdate()
    problems = problems or Problems()
    town = town_of(request.POST if request.method == "POST" else request.GET)
    values = facts.values_of(known)
    mine = queues.waiting(row.round, user, town=town)
    context = {
        "confirmation": row,
        "facility": row.facility,
        "lines": [_line(fact, typed, problems, today, row.disputed.get(fact.code, "")) for fact in known],
        "problems": problems,
        "held": held,
        "held_by_other": held is not None and not held.mine,
        "is_current": row.round == current_round(today),
        "methods": Method.choices,
        "method": typed.get("method") or request.session.get(_METHOD_KEY, Method.TELEPHONE),
        "as_of": typed.get("as_of") or today.isoformat(),
        "remark": typed.get("remark", row.remark),
        "earliest": row.round.opens_on.isoformat(),
        "latest": today.isoformat(),
        "token": typed.get("token") if problems.status == 422 else uuid.uuid4(),
        "version": row.version,
        "seen": facts.digest(values),
        "town": town,
        "left": mine.count(),
        "asked": visible(row.round, user).exclude(state=State.LAPSED).count() if not town else None,
        "next_url": queue_url(town=town, after=row.facility.number),
        "coming": _coming(row.facility, today),
        "has_demo_data": row.facility.is_demo,
    }
    return render(request, "facilities/rounds/entry.html", context, status=problems.status)


def _line(
    fact: facts.Known, typed: Mapping[str, str], problems: Problems, today: datetime.date, doubt: str
) -> dict[str, Any]:
    code, vacant = fact.code, f"{fact.code}-vacant"
    return {
        "fact": fact,
        "doubt": doubt,
        "on_record": _on_record(fact, today),
        "is_figure": facts.is_figure(code),
        "has_vacancy": facts.has_vacancy(code),
        "choices": facts.choices(code) if facts.is_choice(code) else (),
        "is_phone": code in (facts.PUBLIC_PHONE, facts.PRIVATE_PHONE),
        "is_hours": code == facts.HOURS,
        "value": typed.get(code, ""),
        "vacant_name": vacant,
        "vacant_value": typed.get(vacant, ""),
        "problem": problems.fields.get(code, ""),
        "vacant_problem": problems.fields.get(vacant, ""),
        "aloud": hours_in_words(typed.get(code, ""), day=today) if code == facts.HOURS else "",
    }


def _on_record(fact: facts.Known, today: datetime.date) -> str:
    if fact.code == facts.HOURS:
        return hours_in_words(fact.value or "", day=today) or fact.words
    return fact.words


def _coming(facility: Facility, today: datetime.date) -> list[Any]:
    """What is dated ahead: whoever confirms a figure should know that the place closes next week."""
    return list(facility.statuses.filter(valid_from__gt=today).order_by("valid_from"))


@never_cache
@require_POST
def check(request: HttpRequest, pk: int) -> JsonResponse:
    """Say, while somebody types, what cannot be and what will wait for approval; and keep the facility held."""
    row, today = _found(request, pk), timezone.localdate()
    codes = facts.questions(row.facility, day=today)
    typed = {key: str(value) for key, value in request.POST.items()}
    checked = checking.check(codes, typed)
    try:
        checking.check_day(typed.get("as_of", ""), earliest=row.round.opens_on, latest=today)
    except ValueError as error:
        checked.problems["as_of"] = str(error)
    now = facts.values_of(facts.known(row.facility, codes))
    found = unusual(now, checked.values, thresholds=thresholds(today))
    changed = [
        code for code, value in checked.values.items() if value != now.get(code) and (value or now.get(code))
    ]
    hours = checked.values.get(facts.HOURS, "")
    held = queues.take(row, signed_in(request)) if row.state in (State.WAITING, State.RETURNED) else None
    return JsonResponse(
        {
            "problems": checked.problems,
            "unusual": {code: confirming.reason_words(reason) for code, reason in found.items()},
            "changed": changed,
            "hours": hours_in_words(hours, day=today) if hours else "",
            "held_by": "" if held is None or held.mine else str(held.person),
        }
    )


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a facility for later, and go on to the next."""
    row = _found(request, pk)
    queues.release(row, signed_in(request))
    return redirect(queue_url(town=town_of(request.POST), after=row.facility.number))


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a facility over that somebody else has open."""
    row = _found(request, pk)
    if row.state not in (State.WAITING, State.RETURNED):
        raise Http404
    queues.take(row, signed_in(request), by_force=True)
    return redirect(_entry_url(row, town_of(request.POST)))


def round_of(opens_on: str) -> Round:
    """Return the round that opened on a day.

    Raises
    ------
    Http404
        If there is none.
    """
    try:
        day = datetime.date.fromisoformat(opens_on)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Round, opens_on=day)
