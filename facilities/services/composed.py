"""Composing check-lists and assessment sheets: versions are put in use, copied and retired; those in use never change."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from facilities.models import CheckItem, CheckList, Kind, ScoreItem, ScoreSheet, VersionState
from geo_registry.reference.loading import Entry, Loading, mark, register_section, take

Composed = CheckList | ScoreSheet


@transaction.atomic
def put_in_use(composed: Composed) -> Composed:
    """Put a draft in use in place of the version that was; from then on it does not change.

    Raises
    ------
    ValidationError
        If it is no draft, has no items, or another sheet is in use for one of its kinds.
    """
    model: Any = type(composed)
    row = model.objects.select_for_update().get(pk=composed.pk)
    if not row.is_draft:
        raise ValidationError(_("Only a version that is being composed can be put in use."))
    if not row.items.exists():
        raise ValidationError(_("It has no items yet."))
    others = model.objects.in_use().exclude(code=row.code)
    kinds = list(row.kinds.all())
    clash = (
        others.filter(kinds__in=kinds).first()
        if kinds
        else others.filter(kinds__isnull=True).first()
        if model is CheckList
        else None
    )
    if clash is not None:
        raise ValidationError(
            _("“%(other)s” is in use for the same kinds. Retire it first.") % {"other": clash}
        )
    # One by one: the history's triggers see each, and the rule "one in use" holds at every moment.
    for other in model.objects.in_use().filter(code=row.code):
        other.state = VersionState.RETIRED
        other.save(update_fields=["state"])
    row.state = VersionState.IN_USE
    row.save(update_fields=["state"])
    return row  # type: ignore[no-any-return]


@transaction.atomic
def retire(composed: Composed) -> None:
    """Use a version no longer. What was done by it stays as it is."""
    composed.state = VersionState.RETIRED
    composed.save(update_fields=["state"])


@transaction.atomic
def new_version(composed: Composed) -> Composed:
    """Return a draft with the same items, to be changed."""
    model: Any = type(composed)
    kinds, items = list(composed.kinds.all()), list(composed.items.all())
    latest = model.objects.filter(code=composed.code).aggregate(last=Max("version"))["last"]
    copy = model.objects.get(pk=composed.pk)
    copy.pk, copy.version, copy.state = None, latest + 1, VersionState.DRAFT
    copy._state.adding = True
    copy.save()
    copy.kinds.set(kinds)
    for item in items:
        item.pk = None
        item._state.adding = True
        setattr(item, "check_list" if model is CheckList else "sheet", copy)
        item.save()
    return copy  # type: ignore[no-any-return]


def load_check_list(run: Loading, entry: Entry) -> None:
    """``[[check_list]]`` with its items: a version that is there already stays as it is."""
    _load(run, CheckList, entry, _check_item)


def load_score_sheet(run: Loading, entry: Entry) -> None:
    """``[[score_sheet]]`` with its items: a version that is there already stays as it is."""
    _load(run, ScoreSheet, entry, _score_item, pass_mark=60)


def _load(run: Loading, model: Any, entry: Entry, item_of: Any, **own: Any) -> None:
    fields = take(
        entry, "code", "name_zh", "mark", "items", name_en="", version=1, source="", kinds=[], **own
    )
    key = {"code": fields.pop("code"), "version": fields.pop("version")}
    items, kinds = fields.pop("items"), [_kind(code) for code in fields.pop("kinds")]
    fields["mark"] = mark(fields["mark"])
    if model.objects.filter(**key).exists():
        return
    others = model.objects.in_use()
    taken = others.filter(code=key["code"]).exists() or (
        others.filter(kinds__in=kinds).exists() if kinds else others.filter(kinds__isnull=True).exists()
    )
    row = run.row(model, key=key, values=fields | {"state": VersionState.DRAFT}, many={"kinds": kinds})
    if row is None:
        return
    for position, item in enumerate(items, start=1):
        item_of(row, position, item)
    if not taken:
        row.state = VersionState.IN_USE
        row.save()


def _check_item(row: CheckList, position: int, entry: Entry) -> None:
    fields = take(entry, "hazard", "severity", "zh", en="", photo=False, unit="")
    item = CheckItem(
        check_list=row,
        position=position,
        hazard=fields["hazard"],
        severity=fields["severity"],
        text_zh=fields["zh"],
        text_en=fields["en"],
        photo_required=fields["photo"],
        measured_in=fields["unit"],
    )
    item.full_clean()
    item.save()


def _score_item(row: ScoreSheet, position: int, entry: Entry) -> None:
    fields = take(entry, "weight", "zh", section="", scale=10, evidence=False, en="", how="")
    item = ScoreItem(
        sheet=row,
        position=position,
        section=fields["section"],
        weight=fields["weight"],
        scale=fields["scale"],
        evidence_required=fields["evidence"],
        text_zh=fields["zh"],
        text_en=fields["en"],
        guidance=fields["how"],
    )
    item.full_clean()
    item.save()


def _kind(code: str) -> Kind:
    found = Kind.objects.filter(code=code).first()
    if found is None:
        raise KeyError(f"kinds: {code}")
    return found


def register() -> None:
    """Make this app responsible for its sections of reference files."""
    register_section("check_list", load_check_list)
    register_section("score_sheet", load_score_sheet)
