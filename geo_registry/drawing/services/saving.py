"""Edit sets: saved, decided, undone."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pghistory
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.imports.registry import Touched, follow_ups, leaves
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Drawn, Imported
from geo_registry.worklist.services import notify

from ..geometries import as_json, set_from_json
from ..models import EditChange, EditSet
from ..registry import layer_of
from .changes import Action, Change, DrawingError, Prepared
from .preparing import may_apply, may_decide, prepare
from .versions import versions_of

SOURCE_CODE = "drawn-by-hand"
# Columns that the database or the program keeps by itself.
_UNDECIDED = frozenset({EditSet.State.PROPOSED, EditSet.State.RETURNED})
_KEPT = frozenset({"created_at", "updated_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What is said once of all that is drawn in a session."""

    why: str
    basis: str = ""
    method: str = "drawn"
    accuracy_m: float | None = None
    as_of: datetime.date | None = None


@dataclass(slots=True)
class Saved:
    """What became of a session: an edit set, or what keeps it from becoming one."""

    edit_set: EditSet | None
    prepared: Prepared


def save(
    *,
    user: User,
    changes: Sequence[Change],
    said: Provenance,
    propose: bool = False,
    replaces: int | None = None,
    digest: str = "",
) -> Saved:
    """Put a session's changes in force, or propose them where the person may not do so.

    Nothing is written where a row was changed meanwhile or something is wrong: the answer says what. ``replaces`` is a proposal of
    one's own that this is the mended form of: it is withdrawn. ``digest`` is that of what was sent: the same sent again, because
    the answer to the first was lost on its way, is answered with what became of the first.

    Raises
    ------
    DrawingError
        If there is nothing to save.
    """
    if not changes:
        raise DrawingError(_("Nothing has been drawn or changed yet."))
    if not said.why.strip():
        raise DrawingError(_("Say why: one sentence that whoever reads the history will understand."))
    with transaction.atomic():
        if (former := _sent_before(user, digest)) is not None:
            return Saved(former, Prepared([]))
        prepared = prepare(changes, user=user, lock=True)
        if prepared.errors or prepared.conflicts:
            return Saved(None, prepared)
        direct = may_apply(user, prepared.changes) and not propose
        edit_set = EditSet.objects.create(
            author=user, division=_common_division(prepared.changes), why=said.why.strip(), basis=said.basis, method=said.method,
            accuracy_m=said.accuracy_m, as_of=said.as_of, state=EditSet.State.PROPOSED, digest=digest,
        )  # fmt: skip
        former = EditSet.objects.filter(pk=replaces, author=user).first() if replaces else None
        if former is not None and former.state in _UNDECIDED:
            withdraw(user=user, edit_set=former)
        kept = [_kept(edit_set, position, change, said) for position, change in enumerate(prepared.changes)]
        EditChange.objects.bulk_create([change for change in kept if change is not None])
        if direct:
            _apply(edit_set)
        else:
            notify(
                code="drawing.proposed", params={"who": str(user), "why": edit_set.why}, link=address(edit_set),
                role=Role.PLANNER, division=edit_set.division,
            )  # fmt: skip
    return Saved(edit_set, prepared)


def _sent_before(user: User, digest: str) -> EditSet | None:
    """Return the set that the same changes became; whoever sends them twice at once waits here for the first."""
    if not digest:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"drawing {user.pk} {digest}"])
    standing = [EditSet.State.PROPOSED, EditSet.State.APPLIED]
    return EditSet.objects.filter(author=user, digest=digest, state__in=standing).first()


def address(edit_set: EditSet) -> str:
    """Return an edit set's page."""
    from django.urls import reverse

    return reverse("drawing:set", args=[edit_set.pk])


def _kept(edit_set: EditSet, position: int, change: Change, said: Provenance) -> EditChange | None:
    row = change.row
    if change.action != Action.DELETE:
        _say_where_from(change, said)
    names = _columns(row)
    before, after = {}, {}
    if change.before is not None:
        was = {name: as_json(change.before, name) for name in names}
    if change.action == Action.CREATE:
        after = {name: as_json(row, name) for name in names}
    elif change.action == Action.DELETE:
        before = was
    else:
        now = {name: as_json(row, name) for name in names}
        changed = [name for name in names if now[name] != was[name]]
        before, after = {name: was[name] for name in changed}, {name: now[name] for name in changed}
        if not changed:
            return None
    return EditChange(
        edit_set=edit_set, position=position, layer=change.layer.code, action=change.action, row=change.pk,
        title=_title(change), before=before, after=after,
        base_version=change.version, companion=change.companion,
    )  # fmt: skip


def _title(change: Change) -> str:
    """Return what a row is called; a new one without a name is called nothing yet."""
    row = change.row
    return str(change.layer.title(row) if row.pk is not None else getattr(row, "name", ""))[:160]


def _columns(row: Any) -> list[str]:
    skipped = _KEPT | {row._meta.pk.attname}
    return [field.attname for field in row._meta.concrete_fields if field.attname not in skipped]


def _say_where_from(change: Change, said: Provenance) -> None:
    row = change.row
    if isinstance(row, Imported) and row.pk is None and row.source_id is None:
        source, _created = Source.objects.get_or_create(
            code=SOURCE_CODE, defaults={"title": "手工绘制", "is_demo": False}
        )
        row.source, row.source_ref = source, f"drawn/{uuid.uuid4().hex[:20]}"
    # What only followed keeps its own origin: a border moved at one point was not drawn anew.
    if isinstance(row, Drawn) and change.geometry is not None and not change.companion:
        row.geometry_method = said.method
        row.geometry_basis = said.basis
        row.geometry_accuracy_m = said.accuracy_m
        row.geometry_as_of = said.as_of or timezone.localdate()


def _common_division(changes: Iterable[Change]) -> Division | None:
    """Return the lowest division that holds all rows."""
    paths = []
    for change in changes:
        row = change.row
        if isinstance(row, Division):
            paths.append(row.path)
        elif row is not None and getattr(row, "division_id", None):
            paths += Division.objects.filter(pk=row.division_id).values_list("path", flat=True)
    if not paths:
        return None
    parts = [path.strip("/").split("/") for path in paths]
    common: list[str] = []
    for codes in zip(*parts, strict=False):
        if len(set(codes)) > 1:
            break
        common.append(codes[0])
    path = "".join(f"{code}/" for code in common)
    return (
        Division.objects.filter(path=path).defer("boundary").order_by("valid_to").first() if common else None
    )


# -- deciding ----------------------------------------------------------------------------------


def may_see(user: User, edit_set: EditSet) -> bool:
    """Whether an edit set is the person's own or lies where the person acts."""
    if edit_set.author_id == user.pk:
        return True
    scope = policy.scope_path(user)
    if scope is None:
        return False
    return scope == "" or (edit_set.division is not None and edit_set.division.path.startswith(scope))


def may_decide_on(user: User, edit_set: EditSet) -> bool:
    """Whether a person may approve or return an edit set: a keeper of the ground there, and not its author."""
    return (
        edit_set.state == EditSet.State.PROPOSED
        and may_decide(user)
        and edit_set.author_id != user.pk
        and may_see(user, edit_set)
    )


@transaction.atomic
def approve(*, user: User, edit_set: EditSet) -> EditSet:
    """Put a proposal in force.

    Raises
    ------
    DrawingError
        If the person may not, or rows were changed since it was drawn: it goes back to its author with their names.
    """
    edit_set = _held(edit_set)
    if not may_decide_on(user, edit_set):
        raise DrawingError(
            _("You cannot decide on this: it is your own, is decided already, or lies elsewhere.")
        )
    edit_set.decided_by, edit_set.decided_at = user, timezone.now()
    edit_set.save(update_fields=["decided_by", "decided_at"])
    _apply(edit_set)
    notify(
        code="drawing.approved", params={"who": str(user), "why": edit_set.why}, link=address(edit_set), person=edit_set.author
    )  # fmt: skip
    return edit_set


@transaction.atomic
def send_back(*, user: User, edit_set: EditSet, reason: str) -> EditSet:
    """Return a proposal to its author, who can mend it.

    Raises
    ------
    DrawingError
    """
    edit_set = _held(edit_set)
    if not may_decide_on(user, edit_set):
        raise DrawingError(
            _("You cannot decide on this: it is your own, is decided already, or lies elsewhere.")
        )
    if not reason.strip():
        raise DrawingError(_("Say why it goes back: the author mends it by your words."))
    edit_set.state, edit_set.reason = EditSet.State.RETURNED, reason.strip()[:300]
    edit_set.decided_by, edit_set.decided_at = user, timezone.now()
    edit_set.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    notify(
        code="drawing.returned", params={"who": str(user), "why": edit_set.why, "reason": edit_set.reason},
        link=address(edit_set), person=edit_set.author,
    )  # fmt: skip
    return edit_set


@transaction.atomic
def withdraw(*, user: User, edit_set: EditSet) -> EditSet:
    """Take one's own proposal back.

    Raises
    ------
    DrawingError
    """
    edit_set = _held(edit_set)
    if edit_set.author_id != user.pk or edit_set.state not in _UNDECIDED:
        raise DrawingError(_("Only the author can withdraw a proposal, and only while it is not in force."))
    edit_set.state = EditSet.State.WITHDRAWN
    edit_set.save(update_fields=["state"])
    return edit_set


def _held(edit_set: EditSet) -> EditSet:
    return (
        EditSet.objects.select_for_update(of=("self",))
        .select_related("division", "author")
        .get(pk=edit_set.pk)
    )


# -- putting in force --------------------------------------------------------------------------


def overtaken(edit_set: EditSet) -> list[EditChange]:
    """Return the changes whose rows are no longer what they were drawn upon (or, once in force, what they left)."""
    found = []
    for changes in _by_layer(edit_set.changes.all()).values():
        model = layer_of(changes[0].layer).model
        versions = versions_of(model, [change.row for change in changes if change.row is not None])
        there = set(model._default_manager.filter(pk__in=versions).values_list("pk", flat=True))
        for change in changes:
            if change.row is None:
                continue
            wanted = change.base_version if change.applied_version is None else change.applied_version
            is_there = change.row in there
            should_be = change.applied_version is None or change.action != Action.DELETE
            if versions[change.row] != wanted or is_there != should_be:
                found.append(change)
    return found


def _by_layer(changes: Iterable[EditChange]) -> dict[str, list[EditChange]]:
    groups: defaultdict[str, list[EditChange]] = defaultdict(list)
    for change in changes:
        groups[change.layer].append(change)
    return groups


def _apply(edit_set: EditSet) -> None:
    """Write an edit set's changes, in one transaction with what follows of them."""
    changes = list(edit_set.changes.all())
    _lock(changes)
    if late := overtaken(edit_set):
        names = "、".join(change.title or f"{change.layer} {change.row}" for change in late[:5])
        raise DrawingError(
            _(
                "Meanwhile somebody else changed: %(names)s. Return the proposal, so that its author can take that in."
            )
            % {"names": names}
        )
    with pghistory.context(edit_set=edit_set.pk):
        for change in changes:
            _write(change)
        _tell(changes)
    for group in _by_layer(changes).values():
        model = layer_of(group[0].layer).model
        versions = versions_of(model, [change.row for change in group if change.row is not None])
        for change in group:
            change.applied_version = versions[change.row or 0]
            change.save(update_fields=["row", "applied_version"])
    edit_set.state = EditSet.State.APPLIED
    edit_set.save(update_fields=["state"])


def _lock(changes: Iterable[EditChange]) -> None:
    for group in _by_layer(changes).values():
        pks = sorted(change.row for change in group if change.row is not None)
        rows = layer_of(group[0].layer).model._default_manager.filter(pk__in=pks).order_by("pk")
        list(rows.select_for_update().values_list("pk"))


def _write(change: EditChange) -> None:
    model = layer_of(change.layer).model
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if change.action == Action.DELETE:
        row = model._default_manager.get(pk=change.row)
        for leave in leaves(model):
            leave([row.pk])
        try:
            row.delete()
        except ProtectedError as error:
            held = "、".join(str(item) for item in list(error.protected_objects)[:3])
            raise DrawingError(
                _("“%(name)s” cannot be taken away: %(held)s still needs it.")
                % {"name": change.title, "held": held}
            ) from error
        return
    is_new = change.action == Action.CREATE
    row = model(pk=change.row) if is_new else model._default_manager.get(pk=change.row)
    for name, value in change.after.items():
        if name in fields:
            set_from_json(row, fields[name], value)
    if is_new:
        row.save(force_insert=True)
        change.row = row.pk
        return
    names = [fields[name].name for name in change.after if name in fields]
    row.save(update_fields=[*names, *(["updated_at"] if "updated_at" in fields else [])])


def _tell(changes: Iterable[EditChange]) -> None:
    """Have done what follows of changed rows: a new road of a name gets its place."""
    for code, group in _by_layer(changes).items():
        model = layer_of(code).model
        touched = Touched(
            created=[change.row for change in group if change.action == Action.CREATE and change.row],
            changed=[change.row for change in group if change.action == Action.UPDATE and change.row],
        )
        if touched.created or touched.changed:
            for _model, follow_up in follow_ups([model]):
                follow_up(touched)


# -- undoing -----------------------------------------------------------------------------------


def may_undo(user: User, edit_set: EditSet) -> bool:
    """Whether a person may undo an edit set that is in force."""
    if edit_set.state != EditSet.State.APPLIED or not may_see(user, edit_set):
        return False
    return all(policy.may(user, layer_of(change.layer).direct) for change in edit_set.changes.all())


@transaction.atomic
def undo(*, user: User, edit_set: EditSet, why: str = "") -> EditSet:
    """Bring back what was before an edit set, as an edit set of its own.

    Returns
    -------
    EditSet
        The one that undoes.

    Raises
    ------
    DrawingError
        If any of the rows was changed since: nothing of a later edit is destroyed.
    """
    edit_set = _held(edit_set)
    if not may_undo(user, edit_set):
        raise DrawingError(_("This cannot be undone by you, or is not in force any more."))
    changes = list(edit_set.changes.all())
    _lock(changes)
    if late := overtaken(edit_set):
        names = "、".join(change.title or f"{change.layer} {change.row}" for change in late[:5])
        raise DrawingError(
            _(
                "Changed since: %(names)s. Undoing would destroy the later change; undo that one first, or correct by hand."
            )
            % {"names": names}
        )
    reverse = EditSet.objects.create(
        author=user, division=edit_set.division, undoes=edit_set, state=EditSet.State.PROPOSED,
        why=why.strip()[:300],
    )  # fmt: skip
    turned = {Action.CREATE: Action.DELETE, Action.DELETE: Action.CREATE, Action.UPDATE: Action.UPDATE}
    EditChange.objects.bulk_create(
        EditChange(
            edit_set=reverse, position=position, layer=change.layer, action=turned[Action(change.action)], row=change.row,
            title=change.title, before=change.after, after=change.before, base_version=change.applied_version or 0,
            companion=change.companion,
        )
        for position, change in enumerate(reversed(changes))
    )  # fmt: skip
    _apply_undo(reverse)
    edit_set.state = EditSet.State.UNDONE
    edit_set.save(update_fields=["state"])
    return reverse


def _apply_undo(reverse: EditSet) -> None:
    changes = list(reverse.changes.all())
    with pghistory.context(edit_set=reverse.pk):
        for change in changes:
            _write(change)
        _tell(changes)
    for group in _by_layer(changes).values():
        model = layer_of(group[0].layer).model
        versions = versions_of(model, [change.row for change in group if change.row is not None])
        for change in group:
            change.applied_version = versions[change.row or 0]
            change.save(update_fields=["row", "applied_version"])
    reverse.state = EditSet.State.APPLIED
    reverse.save(update_fields=["state"])
