"""Editing a register card, and entering a new facility. Plain forms; a script checks while one types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.territory.models import Division, Level, LocationMethod
from geo_registry.territory.services import divisions_at
from geo_registry.text.whole_numbers import whole_number

from ..models import Facility, Proposal
from ..services.checks import Finding, Severity, findings
from ..services.editing import Blocked, Conflict, EditedMeanwhile, Outcome, save_card, situation_of
from ..services.facts import FACTS, Fact, Facts, Rules, Section, Type, Wording, facts_of, function_codes
from ..services.founding import BIRTH, found, warnings_of
from ..services.opening import week_in_words
from ..services.proposal_words import decision_words
from .forms import BirthForm, CardForm, FormPart, Row, keep, kept, kinds
from .record import division_points, facility_or_404, point_feature

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Edit the facts of a facility."""
    user = signed_in(request)
    facility = facility_or_404(request, number)
    if facility.duplicate_of is not None and request.method != "POST":
        return redirect("facilities:edit", facility.duplicate_of.number)
    if not may(user, Action.EDIT_FACILITIES, division=facility.division):
        raise PermissionDenied
    proposal = _own_proposal(request, user, facility)
    now = facts_of(facility)
    rules = Rules.read()
    functions = function_codes(facility, day=timezone.localdate())
    shown = rules.shown(now, functions)
    if request.method != "POST":
        values = {**now, **(proposal.facts if proposal else {})}
        form = CardForm(user=user, facts=shown, values=values)
        form.initial["figures_as_of"] = proposal.figures_as_of if proposal else timezone.localdate()
        form.initial["note_to_county"] = proposal.note if proposal else ""
        page = _Page(request, user, facility, form, rules, base=now, proposal=proposal)
        return page.render(found=_judge(facility, values, now))
    before = kept(request.POST.get("card", ""))
    base = before.facts if before else now
    form = CardForm(request.POST, user=user, facts=shown, values=base)
    page = _Page(request, user, facility, form, rules, base=base, proposal=proposal)
    if before is None:
        messages.error(
            request,
            _("This form was open for too long. What you typed is still here; look at it, and save again."),
        )
        return page.render(status=UNPROCESSABLE)
    if not form.is_valid():
        page.pending = before.pending
        return page.render(status=UNPROCESSABLE)
    if (kept_one := facility.duplicate_of) is not None:
        problem = _(
            "This record was merged into %(number)s %(name)s meanwhile. What you typed is still here: enter it there."
        )
        return page.render(
            status=409, problems=[problem % {"number": kept_one.number, "name": kept_one.name}]
        )
    try:
        outcome = save_card(
            facility=facility,
            base=base,
            typed=form.typed(),
            user=user,
            figures_as_of=form.cleaned_data.get("figures_as_of"),
            choices=_choices(request, before.pending),
            asked=before.pending,
            note=form.cleaned_data.get("note_to_county", ""),
            proposal=proposal,
            send="draft" not in request.POST,
        )
    except EditedMeanwhile as error:
        page.take_in(error)
        return page.render(status=409, found=_judge(facility, {**error.theirs, **form.typed()}, error.theirs))
    except Blocked as error:
        page.pending = before.pending
        return page.render(status=UNPROCESSABLE, found=error.findings)
    except ValidationError as error:
        return page.render(status=UNPROCESSABLE, problems=error.messages)
    _tell(request, outcome)
    return _saved("facilities:record", facility.number)


def _saved(name: str, of: str | int) -> HttpResponse:
    """Lead to what was saved; the page's script lets go of what the browser had kept of the typing."""
    return redirect(f"{reverse(name, args=[of])}#saved")


def _own_proposal(request: HttpRequest, user: User, facility: Facility | None) -> Proposal | None:
    """Return the person's own undecided proposal that the address names."""
    number = whole_number(request.GET.get("proposal", ""))
    if number is None:
        return None
    subject = Proposal.Subject.NEW if facility is None else Proposal.Subject.FACTS
    rows = Proposal.objects.undecided().filter(author=user, subject=subject)
    return get_object_or_404(rows.filter(facility=facility), pk=number)


def _choices(request: HttpRequest, pending: Iterable[str]) -> dict[str, str]:
    """Return what was chosen for facts that others have changed, too; what was not chosen is asked again."""
    return {
        code: side
        for code in pending
        if (side := request.POST.get(f"choice-{code}", "")) in {"mine", "theirs"}
    }


def _judge(facility: Facility, values: Facts, now: Facts) -> list[Finding]:
    changed = {code for code, value in values.items() if value != now.get(code)}
    day = timezone.localdate()
    return findings(situation_of(facility, values, day=day, figures_as_of=day, changed=changed))


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    """Say what became of what was typed."""
    labels = {code: fact.label for code, fact in FACTS.items()}
    if outcome.saved:
        saved = _(", ").join(labels[code] for code in FACTS if code in outcome.saved)
        messages.success(request, _("Saved: %(facts)s.") % {"facts": saved})
    if outcome.proposal is not None:
        told = {
            Proposal.State.DRAFT: _("Kept as a draft. Nothing of it holds yet."),
            Proposal.State.SUBMITTED: _("Sent to the county for approval: %(facts)s."),
            Proposal.State.WITHDRAWN: _("The proposal was taken back: it asked for nothing any more."),
        }.get(Proposal.State(outcome.proposal.state), "")
        waiting = _(", ").join(labels[code] for code in FACTS if code in outcome.proposal.facts)
        messages.success(request, told % {"facts": waiting} if "%" in told else told)
    if not outcome.saved and outcome.proposal is None:
        messages.info(request, _("Nothing was changed."))
    if outcome.taken:
        taken = _(", ").join(labels[code] for code in FACTS if code in outcome.taken)
        messages.info(
            request, _("Meanwhile somebody else has changed: %(facts)s. Both are kept.") % {"facts": taken}
        )


class _Page:
    """The form as it is shown: with what it was based on, what is in conflict, and what was found."""

    def __init__(
        self,
        request: HttpRequest,
        user: User,
        facility: Facility | None,
        form: CardForm,
        rules: Rules,
        *,
        base: Facts,
        proposal: Proposal | None = None,
        birth: BirthForm | None = None,
    ) -> None:
        self.request, self.user, self.facility = request, user, facility
        self.form, self.rules, self.base = form, rules, base
        self.proposal, self.birth = proposal, birth
        self.conflicts: dict[str, Conflict] = {}
        self.pending: list[str] = []
        self.taken: list[str] = []

    def take_in(self, error: EditedMeanwhile) -> None:
        """Go on from the card as it is now; what is in conflict is asked."""
        self.base = error.theirs
        self.taken = [FACTS[code].label for code in FACTS if code in error.merged.taken]
        cleaned = self.form.cleaned_data
        # Not the form as it was sent: what only others have changed would go back to what it was.
        self.form = CardForm(user=self.user, facts=self.form.facts, values=error.merged.facts)
        for name in ("figures_as_of", "note_to_county"):
            self.form.initial[name] = cleaned.get(name)
        self.conflicts = {conflict.code: conflict for conflict in error.conflicts}
        self.pending = list(self.conflicts)

    def render(
        self, *, status: int = 200, found: Iterable[Finding] = (), problems: Iterable[str] = ()
    ) -> HttpResponse:
        """Draw the page."""
        found = list(found)
        at_once = may(
            self.user,
            Action.EDIT_FACILITIES_AT_ONCE,
            division=self.facility.division if self.facility else None,
        )
        parts = self._parts(found, at_once)
        context: dict[str, Any] = {
            "facility": self.facility,
            "form": self.form,
            "birth": self.birth,
            "parts": parts,
            "card_token": keep(self.base, self.pending),
            "conflicts": self.conflicts,
            "taken": _(", ").join(self.taken),
            "problems": list(problems),
            "loose": [finding for finding in found if finding.fact == "figures_as_of"],
            "at_once": at_once,
            "proposal": self.proposal,
            "returned_because": decision_words(self.proposal) if self.proposal else "",
            "errors": status == UNPROCESSABLE or bool(problems),
            "point": self._point(),
            "division_points": division_points(self.form.fields["division"].queryset) if self.birth else {},  # type: ignore[attr-defined]
            "kind_functions": self._kind_functions() if self.birth else {},
            "has_demo_data": bool(self.facility and self.facility.is_demo),
        }
        return render(self.request, "facilities/edit.html", context, status=status)

    def _parts(self, found: list[Finding], at_once: bool) -> list[FormPart]:
        wording = Wording.of(*({c.code: c.theirs} for c in self.conflicts.values() if c.code == "division"))
        wanted = self.rules.wanted_functions()
        parts: dict[Section, FormPart] = {}
        for fact in self.form.facts:
            conflict = self.conflicts.get(fact.code)
            row = Row(
                fact=fact,
                fields=[self.form[name] for name in _names(fact)],
                waits=not at_once and self.birth is None and self.rules.needs_approval(fact.code),
                only_with=wanted.get(fact.code, []) if self.birth else [],
                findings=[finding for finding in found if finding.fact == fact.code],
                conflict={
                    "theirs": wording.say(fact.code, conflict.theirs) or _("(empty)"),
                    "base": wording.say(fact.code, conflict.base) or _("(empty)"),
                }
                if conflict
                else None,
            )
            parts.setdefault(fact.section, FormPart(fact.section, [])).rows.append(row)
        return [parts[section] for section in Section if section in parts]

    def _point(self) -> dict[str, Any] | None:
        return point_feature(self.facility) if self.facility else None

    def _kind_functions(self) -> dict[str, list[str]]:
        return {
            str(kind.pk): [function.code for function in kind.functions.all()]
            for kind in kinds().prefetch_related("functions")
        }


def _names(fact: Fact) -> list[str]:
    if fact.type is Type.FIGURE:
        return [f"{fact.code}_total", *([f"{fact.code}_vacant"] if fact.has_vacancy else [])]
    return ["lon", "lat"] if fact.type is Type.POINT else [fact.code]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a facility that is not in the register yet."""
    user = signed_in(request)
    proposal = _own_proposal(request, user, None)
    rules = Rules.read()
    blank: Facts = dict.fromkeys(FACTS)
    blank |= {code: "" for code, fact in FACTS.items() if fact.is_empty_text} | {"clients": []}
    asked = _pressed_place(request, user)
    values: Facts = {**blank, **_home_division(user), **asked, **(proposal.facts if proposal else {})}
    facts = list(FACTS.values())
    if request.method != "POST":
        form = CardForm(user=user, facts=facts, values=values)
        form.initial["figures_as_of"] = (proposal and proposal.figures_as_of) or timezone.localdate()
        form.initial["note_to_county"] = proposal.note if proposal else ""
        birth = BirthForm(initial=_birth_initial(values))
        return _Page(request, user, None, form, rules, base=values, proposal=proposal, birth=birth).render()
    form = CardForm(request.POST, user=user, facts=facts, values=values)
    birth = BirthForm(request.POST)
    page = _Page(request, user, None, form, rules, base=values, proposal=proposal, birth=birth)
    if not (form.is_valid() & birth.is_valid()):
        return page.render(status=UNPROCESSABLE)
    try:
        made = found(
            facts={**blank, **form.typed()},
            birth=birth.birth(),
            user=user,
            figures_as_of=form.cleaned_data.get("figures_as_of"),
            note=form.cleaned_data.get("note_to_county", ""),
            proposal=proposal,
            send="draft" not in request.POST,
        )
    except Blocked as error:
        return page.render(status=UNPROCESSABLE, found=error.findings)
    except ValidationError as error:
        for name, texts in getattr(error, "message_dict", {"__all__": error.messages}).items():
            place: Any = birth if name in BIRTH else form
            place.add_error(name if name in place.fields else None, texts)
        return page.render(status=UNPROCESSABLE, found=warnings_of({**blank, **form.typed()}, None))
    if made.facility is not None:
        messages.success(request, _("%(name)s is in the register now.") % {"name": made.facility.name})
        return _saved("facilities:record", made.facility.number)
    assert made.proposal is not None  # noqa: S101 - for the type checker
    sent = made.proposal.state == Proposal.State.SUBMITTED
    messages.success(
        request,
        _("Sent to the county for approval.") if sent else _("Kept as a draft. Nothing of it holds yet."),
    )
    return _saved("facilities:proposal", made.proposal.pk)


def _birth_initial(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in BIRTH}


def _home_division(user: User) -> dict[str, Any]:
    """Offer a clerk of one village that village; everybody else chooses."""
    division = user.scope()
    return {"division": division.pk} if division is not None and division.level >= Level.VILLAGE else {}


def _pressed_place(request: HttpRequest, user: User) -> dict[str, Any]:
    """Offer the place that was pressed on the drawing map, and the division that it lies in where that is the person's."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        return {}
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return {}
    found: dict[str, Any] = {"location": [lon, lat], "location_method": LocationMethod.PICKED}
    (key,) = divisions_at([(lon, lat)])
    division = Division.objects.filter(pk=key).defer("boundary").first() if key is not None else None
    if division is not None and may(user, Action.EDIT_FACILITIES, division=division):
        found["division"] = division.pk
    return found


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """Say what the checks find in a card as it is being typed, and how its opening hours read."""
    user = signed_in(request)
    facility = None
    if number := request.POST.get("facility", ""):
        facility = facility_or_404(request, number)
    now = facts_of(facility) if facility else dict.fromkeys(FACTS)
    form = CardForm(request.POST, user=user, facts=FACTS.values(), values=now)
    form.is_valid()
    # What is not in the form of this facility is as it is.
    typed = {code: value for code, value in form.typed().items() if _was_sent(request, FACTS[code])}
    values = {**now, **typed}
    changed = [
        code for code, value in typed.items() if value != now.get(code) and value not in (None, "", [])
    ]
    day = timezone.localdate()
    as_of = form.cleaned_data.get("figures_as_of") or (day if facility is None else None)
    found = findings(situation_of(facility, values, day=day, figures_as_of=as_of, changed=changed))
    told = [
        {
            "fact": finding.fact,
            "severity": finding.severity,
            "word": finding.severity.word,
            "text": finding.text,
        }
        for finding in found
    ]
    for name, errors in form.errors.items():
        told += [
            {
                "fact": _fact_of(name),
                "severity": Severity.BLOCK,
                "word": Severity.BLOCK.word,
                "text": str(text),
            }
            for text in errors
            if name in request.POST
        ]
    hours = values.get("opening_hours") or ""
    week = (
        [{"days": line.days, "hours": line.hours} for line in week_in_words(hours, day=day)] if hours else []
    )
    return JsonResponse({"findings": told, "week": week})


def _was_sent(request: HttpRequest, fact: Fact) -> bool:
    if fact.type is Type.CHOICES:
        return f"has-{fact.code}" in request.POST
    return any(name in request.POST for name in _names(fact))


def _fact_of(name: str) -> str:
    if name in {"lon", "lat"}:
        return "location"
    return name.removesuffix("_total").removesuffix("_vacant")
