"""Who may do what: the one place that decides.

A person has one role and acts in one scope: the division of the office and all below it. Everything that a page, a
command or Django's administration asks comes down to one question, `may`:

    may(user, Action.EDIT_FACILITIES, division=facility.division)

Three tables answer it. `GRANTS` says which roles may do an action, `RECORDS` which action each verb on a table needs,
`ADDRESSES` which action (or nothing, or only being signed in) each address needs. What a table does not list is refused.

To add a page, name its address in `ADDRESSES` below and in ``tests/accounts/expected_access.py``; to register a model in the
administration, give it a row in `RECORDS`. The test ``tests/accounts/test_every_address.py`` fails until both are there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Division, Installation, Level

from .models import Role, User

Person = User | AnonymousUser
ModelT = TypeVar("ModelT", bound=Model)


class Action(enum.StrEnum):
    """What can be done here."""

    READ = "read"
    """See what is not public."""
    EDIT_FACILITIES = "edit_facilities"
    """Keep facilities and their dated history."""
    PLAN_CHECKS = "plan_checks"
    """Plan inspections and stock-takes, and call them off."""
    EDIT_FACILITIES_AT_ONCE = "edit_facilities_at_once"
    """Change facts and status of facilities that a clerk only proposes; merge duplicates."""
    CHANGE_MANY = "change_many"
    """Change many facilities at once: each as far as one may change it alone."""
    EDIT_NAMES = "edit_names"
    """Draft and keep places, names and spellings."""
    HANDLE_NAMES = "handle_names"
    """See name cases through: check, report, file and announce; keep the lists that names are checked against."""
    CONFIRM_SPELLING = "confirm_spelling"
    """Say that a spelling in Latin letters is right."""
    APPROVE = "approve"
    """Decide that a record becomes public, or no longer is."""
    EDIT_TERRITORY = "edit_territory"
    """Keep divisions, built-up areas, roads and population."""
    PROPOSE_TERRITORY = "propose_territory"
    """Draw and correct roads, boundaries, built-up areas and hamlets; who may not keep them has it approved."""
    RUN_COVERAGE = "run_coverage"
    """Start computations."""
    COMPOSE_MAPS = "compose_maps"
    """Make maps for everybody, or for the office, and publish what somebody else has reviewed."""
    EXPORT = "export"
    """Take maps and tables out."""
    EXPORT_LISTS = "export_lists"
    """Take lists of one's own scope out as spreadsheets."""
    IMPORT = "import"
    """Bring files in."""
    SEE_IMPORTS = "see_imports"
    """See what each file brought, or would bring; some of it waits for one's approval."""
    DELETE_RECORDS = "delete_records"
    """Delete a record that should never have been; what has ended gets an end date instead."""
    HANDLE_REPORTS = "handle_reports"
    """See and answer what the public reports."""
    MANAGE_REFERENCE = "manage_reference"
    """Change thresholds, targets, speeds, rules, the calendar, networks, kinds, this installation."""
    MANAGE_ACCOUNTS = "manage_accounts"
    """Make and disable accounts and offices."""
    OPERATE = "operate"
    """See how the site runs, hand out keys to its data, and see what left it."""


class Access(enum.Enum):
    """What an address needs, where that is not an action."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


class Verdict(enum.Enum):
    """What becomes of a request."""

    ADMITTED = "admitted"
    SIGN_IN = "sign in first"
    REFUSED = "refused"


_EVERYONE = frozenset(Role)
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})

GRANTS: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.READ: _EVERYONE,
        Action.EDIT_FACILITIES: _ADMINISTRATOR | {Role.PLANNER, Role.CLERK},
        Action.PLAN_CHECKS: _ADMINISTRATOR | {Role.PLANNER},
        Action.EDIT_FACILITIES_AT_ONCE: _ADMINISTRATOR | {Role.PLANNER},
        # Whoever may change one: keepers their facts, approvers what is published.
        Action.CHANGE_MANY: _ADMINISTRATOR | {Role.PLANNER, Role.REVIEWER, Role.CLERK},
        Action.EDIT_NAMES: _ADMINISTRATOR | {Role.NAME_OFFICER, Role.CLERK},
        Action.HANDLE_NAMES: _ADMINISTRATOR | {Role.NAME_OFFICER},
        Action.CONFIRM_SPELLING: _ADMINISTRATOR | {Role.NAME_OFFICER},
        Action.APPROVE: _ADMINISTRATOR | {Role.REVIEWER},
        Action.EDIT_TERRITORY: _ADMINISTRATOR | {Role.PLANNER},
        Action.PROPOSE_TERRITORY: _ADMINISTRATOR | {Role.PLANNER, Role.CLERK},
        Action.RUN_COVERAGE: _ADMINISTRATOR | {Role.PLANNER},
        # Made by those who plan; reviewed by whoever approves what becomes public (`APPROVE`), and never by who had a hand in it.
        Action.COMPOSE_MAPS: _ADMINISTRATOR | {Role.PLANNER},
        Action.EXPORT: _ADMINISTRATOR | {Role.PLANNER},
        Action.EXPORT_LISTS: _ADMINISTRATOR | {Role.PLANNER, Role.REVIEWER, Role.CLERK},
        # What kinds of file: each kind needs the action that keeps its records (`imports.registry.Kind.action`), so that a
        # clerk imports facilities and place names of the own township, and a name officer place names only. What a clerk
        # brings waits for somebody else's approval (`imports.registry.Kind.at_once`), as a clerk's single changes do.
        Action.IMPORT: _ADMINISTRATOR | {Role.PLANNER, Role.NAME_OFFICER, Role.CLERK},
        Action.SEE_IMPORTS: _ADMINISTRATOR | {Role.PLANNER, Role.NAME_OFFICER, Role.REVIEWER, Role.CLERK},
        # A township's clerk, and at the county whoever keeps the kind of record; above a township's office stands the county's.
        Action.HANDLE_REPORTS: _ADMINISTRATOR | {Role.PLANNER, Role.NAME_OFFICER, Role.CLERK},
        Action.DELETE_RECORDS: _ADMINISTRATOR,
        Action.MANAGE_REFERENCE: _ADMINISTRATOR,
        Action.MANAGE_ACCOUNTS: _ADMINISTRATOR,
        Action.OPERATE: _ADMINISTRATOR,
    }
)


LABELS: Final[Mapping[Action, str | Promise]] = MappingProxyType(
    {
        Action.READ: _("see the registry, also what is not public"),
        Action.EDIT_FACILITIES: _("keep facilities"),
        Action.PLAN_CHECKS: _("plan inspections and stock-takes"),
        Action.EDIT_FACILITIES_AT_ONCE: _("change facilities without the county's approval"),
        Action.CHANGE_MANY: _("change many facilities at once"),
        Action.EDIT_NAMES: _("keep place names"),
        Action.HANDLE_NAMES: _("see name cases through, and keep lists of words"),
        Action.CONFIRM_SPELLING: _("confirm the spelling of names"),
        Action.APPROVE: _("publish records, or withdraw them"),
        Action.EDIT_TERRITORY: _("keep divisions, roads and population"),
        Action.PROPOSE_TERRITORY: _("draw roads, boundaries and hamlets on the map"),
        Action.RUN_COVERAGE: _("compute coverage"),
        Action.COMPOSE_MAPS: _("make maps for the public, and publish them once reviewed"),
        Action.EXPORT: _("export maps and tables"),
        Action.EXPORT_LISTS: _("take lists out as spreadsheets"),
        Action.IMPORT: _("import files"),
        Action.SEE_IMPORTS: _("see what files bring"),
        Action.DELETE_RECORDS: _("delete records"),
        Action.HANDLE_REPORTS: _("answer reports from the public"),
        Action.MANAGE_REFERENCE: _("change reference values and settings"),
        Action.MANAGE_ACCOUNTS: _("manage offices and accounts"),
        Action.OPERATE: _("see how the site runs, and what data leaves it"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What each verb on a table needs. ``None``: nobody may, by any page.

    ``division`` leads from a row to the division that it lies in, as lookups do; ``None``: the rows lie in none.
    ``ends`` are keys to records besides it that must be in the person's scope too, where there are any.
    """

    view: Action | None = Action.READ
    add: Action | None = None
    change: Action | None = None
    delete: Action | None = None
    division: str | None = None
    ends: tuple[str, ...] = ()

    def action(self, verb: str) -> Action | None:
        """Return what ``verb`` (view, add, change, delete, or an action's own name) needs."""
        if verb in {"view", "add", "change", "delete"}:
            needed: Action | None = getattr(self, verb)
            return needed
        return Action(verb) if verb in set(Action) else None


def _kept_by(keeper: Action, *, division: str | None = None, delete: Action | None = None) -> Record:
    return Record(add=keeper, change=keeper, delete=delete or keeper, division=division)


_REFERENCE = _kept_by(Action.MANAGE_REFERENCE)

# Every table that an administration page shows, by "app.model"; its pages list them in this order.
RECORDS: Final[Mapping[str, Record]] = MappingProxyType(
    {
        # A clerk's changes go by the office's own pages, where what is material waits for the county.
        "facilities.facility": _kept_by(
            Action.EDIT_FACILITIES_AT_ONCE, division="division", delete=Action.DELETE_RECORDS
        ),
        "facilities.confirmation": Record(change=Action.EDIT_FACILITIES, division="facility__division"),
        "facilities.inspection": Record(division="facility__division"),
        "facilities.finding": Record(division="inspection__facility__division"),
        "facilities.assessment": Record(division="facility__division"),
        "facilities.asset": _kept_by(
            Action.EDIT_FACILITIES, division="division", delete=Action.DELETE_RECORDS
        ),
        "facilities.stocktake": Record(division="division"),
        "facilities.stocktakeitem": Record(division="asset__division"),
        "facilities.checklist": _REFERENCE,
        "facilities.checkitem": _REFERENCE,
        "facilities.scoresheet": _REFERENCE,
        "facilities.scoreitem": _REFERENCE,
        "facilities.facilitystatus": _kept_by(Action.EDIT_FACILITIES_AT_ONCE, division="facility__division"),
        "facilities.facilityfunction": _kept_by(
            Action.EDIT_FACILITIES_AT_ONCE, division="facility__division"
        ),
        "facilities.facilityoperator": _kept_by(
            Action.EDIT_FACILITIES_AT_ONCE, division="facility__division"
        ),
        "facilities.capacityreading": _kept_by(Action.EDIT_FACILITIES_AT_ONCE, division="facility__division"),
        "facilities.proposal": Record(division="division"),
        "facilities.lifeevent": Record(division="facility__division"),
        "facilities.coveragerun": Record(delete=Action.DELETE_RECORDS, division="division"),
        "facilities.network": _REFERENCE,
        "facilities.tier": _REFERENCE,
        "facilities.kind": _REFERENCE,
        "facilities.function": _REFERENCE,
        "facilities.roundquestion": _REFERENCE,
        "facilities.post": _REFERENCE,
        "facilities.commitment": _REFERENCE,
        "facilities.factrule": _REFERENCE,
        "facilities.statusrule": _REFERENCE,
        "maps.publishedmap": Record(division="division"),
        "maps.mapversion": Record(division="map__division"),
        "maps.mapstep": Record(division="version__map__division"),
        "placenames.place": _kept_by(Action.EDIT_NAMES, division="division", delete=Action.DELETE_RECORDS),
        "placenames.name": _kept_by(Action.EDIT_NAMES, division="place__division"),
        "placenames.placerelation": Record(division="place__division", ends=("other",)),
        "placenames.placefile": Record(division="place__division"),
        "placenames.spelling": _kept_by(Action.EDIT_NAMES, division="name__place__division"),
        "placenames.placekind": _REFERENCE,
        "placenames.kindprocedure": _REFERENCE,
        "placenames.termlimit": _REFERENCE,
        "placenames.listword": _kept_by(Action.HANDLE_NAMES),
        "placenames.namecase": Record(division="division"),
        "placenames.casestep": Record(division="case__division"),
        "placenames.campaigngoal": _kept_by(Action.HANDLE_NAMES),
        "placenames.campaignvillage": _kept_by(Action.HANDLE_NAMES, division="division"),
        "placenames.namereview": Record(delete=Action.HANDLE_NAMES, division="name__place__division"),
        # Signs are worked on in the office's own pages, where each step has its day.
        "placenames.signsite": Record(division="division"),
        "placenames.sign": Record(division="site__division"),
        "placenames.signstep": Record(division="sign__site__division"),
        "placenames.signorderreport": Record(division="order__sign__site__division"),
        "placenames.signinspection": Record(division="sign__site__division"),
        "placenames.signorder": Record(division="sign__site__division"),
        "placenames.signbatch": Record(division="division"),
        # Stories are written and reviewed in the office's own pages, where each step has its reason.
        "placenames.story": Record(division="division"),
        "placenames.storycollection": Record(division="division"),
        # A reason may tell of a name that is not public; the case's own page tells reasons to whoever may read them.
        "placenames.dismissal": Record(view=Action.HANDLE_NAMES, delete=Action.HANDLE_NAMES),
        "territory.division": _kept_by(Action.EDIT_TERRITORY, division="", delete=Action.DELETE_RECORDS),
        "territory.denominatorflag": _kept_by(Action.EDIT_TERRITORY, division="division"),
        "territory.populatedplace": _kept_by(
            Action.EDIT_TERRITORY, division="division", delete=Action.DELETE_RECORDS
        ),
        "territory.populationcount": _kept_by(Action.EDIT_TERRITORY, division="place__division"),
        "territory.road": _kept_by(Action.EDIT_TERRITORY, division="division", delete=Action.DELETE_RECORDS),
        "territory.builtuparea": _kept_by(
            Action.EDIT_TERRITORY, division="division", delete=Action.DELETE_RECORDS
        ),
        "territory.installation": Record(add=Action.MANAGE_REFERENCE, change=Action.MANAGE_REFERENCE),
        "reference.referencevalue": _REFERENCE,
        "reference.travelprofile": _REFERENCE,
        "reference.roadspeed": _REFERENCE,
        "reference.namerule": _REFERENCE,
        "reference.calendarday": _REFERENCE,
        "reference.source": _REFERENCE,
        "accounts.user": Record(
            view=Action.MANAGE_ACCOUNTS, add=Action.MANAGE_ACCOUNTS, change=Action.MANAGE_ACCOUNTS
        ),
        "accounts.office": _kept_by(Action.MANAGE_ACCOUNTS),
        # A batch lies where the office of whoever imported it lies.
        "imports.batch": Record(view=Action.IMPORT, division="created_by__office__division"),
        "reports.report": Record(view=Action.HANDLE_REPORTS, division="division"),
        "worklist.notification": Record(view=None, division="division"),
        "attachments.attachment": Record(view=Action.MANAGE_REFERENCE),
        "jobs.job": Record(view=Action.MANAGE_REFERENCE),
    }
)

# Every address by the name that `reverse` knows it by. How to add one: write its line here, under its app, with
#   Access.PUBLIC     anybody, without an account: only what is public may be shown there;
#   Access.SIGNED_IN  whoever is signed in: the view itself narrows to what is the person's own;
#   Action.…          whoever may do this somewhere: the view asks `may(…, division=…)` again for the record at hand,
#                     or narrows its rows by `limit`;
# and the roles that are let in, in tests/accounts/expected_access.py. Administration pages of a model are not listed one by
# one: they follow from its row in RECORDS.
ADDRESSES: Final[Mapping[str, Access | Action]] = MappingProxyType(
    {
        # the site
        "health": Access.PUBLIC,
        "ready": Access.PUBLIC,
        "robots": Access.PUBLIC,
        "manifest": Access.PUBLIC,
        "set_language": Access.PUBLIC,
        # the guide: how the site is used, with pictures of invented data
        "guide:index": Access.PUBLIC,
        "guide:reader": Access.PUBLIC,
        "guide:page": Access.PUBLIC,
        "guide:picture": Access.PUBLIC,
        # accounts
        "accounts:login": Access.PUBLIC,
        "accounts:logout": Access.SIGNED_IN,
        "accounts:account": Access.SIGNED_IN,
        "accounts:password": Access.SIGNED_IN,
        "accounts:history": Action.READ,
        "accounts:reset_password": Action.MANAGE_ACCOUNTS,
        "accounts:people": Action.MANAGE_ACCOUNTS,
        "accounts:person_new": Action.MANAGE_ACCOUNTS,
        "accounts:person": Action.MANAGE_ACCOUNTS,
        "accounts:person_state": Action.MANAGE_ACCOUNTS,
        "accounts:person_unlock": Action.MANAGE_ACCOUNTS,
        "accounts:offices": Action.MANAGE_ACCOUNTS,
        "accounts:office_new": Action.MANAGE_ACCOUNTS,
        "accounts:office": Action.MANAGE_ACCOUNTS,
        # how the site runs
        "operations:overview": Action.OPERATE,
        "operations:keys": Action.OPERATE,
        "operations:key_revoke": Action.OPERATE,
        "operations:departures": Action.OPERATE,
        # administration
        "admin:index": Action.READ,
        "admin:app_list": Action.READ,
        "admin:autocomplete": Action.READ,
        "admin:jsi18n": Action.READ,
        "admin:login": Access.PUBLIC,
        "admin:logout": Access.SIGNED_IN,
        "admin:password_change": Access.SIGNED_IN,
        # drawing: layers and rows are narrowed in the views; who may not keep the ground proposes
        "drawing:editor": Action.PROPOSE_TERRITORY,
        "drawing:features": Action.PROPOSE_TERRITORY,
        "drawing:feature": Action.PROPOSE_TERRITORY,
        "drawing:where": Action.PROPOSE_TERRITORY,
        "drawing:check": Action.PROPOSE_TERRITORY,
        "drawing:operate": Action.PROPOSE_TERRITORY,
        "drawing:track": Action.PROPOSE_TERRITORY,
        "drawing:save": Action.PROPOSE_TERRITORY,
        "drawing:sets": Action.PROPOSE_TERRITORY,
        "drawing:set": Action.PROPOSE_TERRITORY,
        "drawing:set_draft": Action.PROPOSE_TERRITORY,
        "drawing:set_decide": Action.EDIT_TERRITORY,
        "drawing:set_undo": Action.PROPOSE_TERRITORY,
        "drawing:set_withdraw": Action.PROPOSE_TERRITORY,
        # jobs: the views narrow to one's own
        "jobs:list": Access.SIGNED_IN,
        "jobs:detail": Access.SIGNED_IN,
        "jobs:state": Access.SIGNED_IN,
        "jobs:cancel": Access.SIGNED_IN,
        # my work: the views narrow to one's own
        "worklist:mine": Action.READ,
        "worklist:notifications": Action.READ,
        "worklist:open": Action.READ,
        "worklist:mark": Action.READ,
        "worklist:all_read": Action.READ,
        # assets and stock-takes
        "assets:overview": Action.READ,
        "assets:asset": Action.READ,
        "assets:new": Action.EDIT_FACILITIES,
        "assets:edit": Action.EDIT_FACILITIES,
        "assets:export": Action.EXPORT,
        "assets:begin": Action.PLAN_CHECKS,
        "assets:stock_take": Action.READ,
        "assets:close": Action.PLAN_CHECKS,
        "assets:item": Action.READ,
        # assessments
        "assessments:overview": Action.READ,
        "assessments:begin": Action.EDIT_FACILITIES,
        "assessments:detail": Action.READ,
        # inspections: the views narrow to the person's scope, and ask again for the facility at hand
        "inspections:overview": Action.READ,
        "inspections:plan": Action.PLAN_CHECKS,
        "inspections:ledger": Action.READ,
        "inspections:findings": Action.READ,
        "inspections:finding": Action.READ,
        "inspections:start": Action.EDIT_FACILITIES,
        "inspections:detail": Action.READ,
        "inspections:sheet": Action.READ,
        "inspections:call_off": Action.PLAN_CHECKS,
        # attachments: the app that owns the record says who may see them (attachments.registry), also of nobody in particular
        "attachments:shown": Access.PUBLIC,
        "attachments:small": Access.PUBLIC,
        "attachments:original": Access.PUBLIC,
        "attachments:send_ahead": Action.READ,
        # reports from the public: of nobody in particular; the office's narrow to the scope and ask again for the report at hand
        "reports:new": Access.PUBLIC,
        "reports:ask": Access.PUBLIC,
        "reports:state": Access.PUBLIC,
        "reports:queue": Action.HANDLE_REPORTS,
        "reports:report": Action.HANDLE_REPORTS,
        # imports: the views narrow to batches of the own office and of those below it, and for whoever brings no files to
        # those of the kinds that they approve; who decides on which is asked again there
        "imports:batches": Action.SEE_IMPORTS,
        "imports:new": Action.IMPORT,
        "imports:export": Action.IMPORT,
        "imports:exported": Action.IMPORT,
        "imports:template": Action.IMPORT,
        "imports:batch": Action.SEE_IMPORTS,
        "imports:read": Action.IMPORT,
        "imports:decide": Action.IMPORT,
        "imports:correct": Action.IMPORT,
        "imports:commit": Action.IMPORT,
        "imports:submit": Action.IMPORT,
        "imports:take_back": Action.IMPORT,
        "imports:approve": Action.SEE_IMPORTS,
        "imports:send_back": Action.SEE_IMPORTS,
        "imports:undo": Action.IMPORT,
        "imports:discard": Action.IMPORT,
        "imports:points": Action.SEE_IMPORTS,
        "imports:move": Action.IMPORT,
        "imports:refused": Action.SEE_IMPORTS,
        # facilities: confirmation rounds; the views narrow to the person's scope
        "rounds:list": Action.READ,
        "rounds:detail": Action.READ,
        "rounds:ledger": Action.READ,
        "rounds:export": Action.EXPORT_LISTS,
        "rounds:queue": Action.EDIT_FACILITIES,
        "rounds:entry": Action.EDIT_FACILITIES,
        "rounds:check": Action.EDIT_FACILITIES,
        "rounds:leave": Action.EDIT_FACILITIES,
        "rounds:take": Action.EDIT_FACILITIES,
        "rounds:approvals": Action.APPROVE,
        "rounds:approval": Action.APPROVE,
        # the one search: as nobody in particular, unless an office page asks; what a person sees is narrowed to the scope
        "search:page": Access.PUBLIC,
        "search:suggest": Access.PUBLIC,
        # placenames
        "placenames:search": Access.PUBLIC,
        "placenames:place": Access.PUBLIC,
        "placenames:changes": Access.PUBLIC,
        "placenames:changes_file": Access.PUBLIC,
        "placenames:geometry": Access.PUBLIC,
        # stories: public views show what is published; the office's ask again for the story at hand
        "stories:list": Access.PUBLIC,
        "stories:story": Access.PUBLIC,
        "stories:collection": Access.PUBLIC,
        "telling:list": Action.READ,
        "telling:story": Action.READ,
        "telling:collection": Action.READ,
        "telling:step": Action.READ,
        "telling:collection_step": Action.READ,
        "telling:new": Action.EDIT_NAMES,
        "telling:edit": Action.EDIT_NAMES,
        "telling:new_collection": Action.EDIT_NAMES,
        "telling:edit_collection": Action.EDIT_NAMES,
        "telling:file": Action.EDIT_NAMES,
        "telling:file_change": Action.EDIT_NAMES,
        "placenames:spellings": Action.CONFIRM_SPELLING,
        "placenames:spelling_confirm": Action.CONFIRM_SPELLING,
        "placenames:spelling_try": Action.CONFIRM_SPELLING,
        # name cases: each step asks again for the case at hand
        "naming:queue": Action.READ,
        "naming:case": Action.READ,
        "naming:paper": Action.READ,
        "naming:campaign": Action.READ,
        "naming:review": Action.EDIT_NAMES,
        "naming:review_preview": Action.READ,
        "naming:review_apply": Action.READ,
        "naming:batch": Action.READ,
        "naming:batch_apply": Action.READ,
        "naming:batch_undo": Action.READ,
        # a comparison is its maker's own
        "naming:comparisons": Action.EDIT_NAMES,
        "naming:comparison": Action.EDIT_NAMES,
        "naming:comparison_preview": Action.EDIT_NAMES,
        "naming:comparison_open": Action.EDIT_NAMES,
        "naming:new": Action.EDIT_NAMES,
        "naming:edit": Action.EDIT_NAMES,
        "naming:check": Action.EDIT_NAMES,
        "naming:roads": Action.EDIT_NAMES,
        "naming:describe": Action.EDIT_NAMES,
        "naming:shape": Action.EDIT_NAMES,
        "naming:dismiss": Action.EDIT_NAMES,
        "naming:spelling": Action.CONFIRM_SPELLING,
        "naming:step": Action.READ,
        # what is on record of a place: the views ask again for the place at hand
        "naming:record": Action.READ,
        "naming:record_edit": Action.EDIT_NAMES,
        "naming:record_secrecy": Action.READ,
        "naming:record_relation": Action.EDIT_NAMES,
        "naming:record_relation_remove": Action.EDIT_NAMES,
        "naming:record_file": Action.EDIT_NAMES,
        "naming:record_file_change": Action.READ,
        # signs: the views narrow to the person's scope, and ask again for the sign at hand
        "signs:list": Action.READ,
        "signs:plan": Action.READ,
        "signs:keep": Action.EDIT_NAMES,
        "signs:plan_start": Action.READ,
        "signs:plan_made": Action.READ,
        "signs:plan_keep_made": Action.EDIT_NAMES,
        "signs:orders": Action.READ,
        "signs:order": Action.READ,
        "signs:claims_file": Action.READ,
        "signs:round": Action.READ,
        "signs:report": Action.EDIT_NAMES,
        "signs:found": Action.EDIT_NAMES,
        "signs:field": Action.EDIT_NAMES,
        "signs:field_send": Action.EDIT_NAMES,
        "signs:field_worker": Action.EDIT_NAMES,
        "signs:field_manifest": Action.EDIT_NAMES,
        "signs:batches": Action.READ,
        "signs:batch": Action.READ,
        "signs:sheet": Action.READ,
        "signs:sheet_start": Action.READ,
        "signs:sheet_file": Action.READ,
        "signs:order_list": Action.READ,
        "signs:site": Action.READ,
        "signs:site_edit": Action.EDIT_NAMES,
        "signs:sign_edit": Action.EDIT_NAMES,
        "signs:sign": Action.READ,
        "signs:step": Action.EDIT_NAMES,
        "signs:inspect": Action.EDIT_NAMES,
        "signs:face_svg": Action.READ,
        "signs:face_pdf": Action.READ,
        # facilities: the office's pages; each asks again for the record at hand
        "facilities:record": Action.READ,
        # facilities
        "facilities:list": Action.READ,
        "facilities:list_print": Action.READ,
        "facilities:list_export": Action.EXPORT_LISTS,
        "facilities:list_file": Action.EXPORT_LISTS,
        "facilities:view_save": Action.READ,
        "facilities:view_delete": Action.READ,
        # a change of many: the views show one's own, and each row is asked about alone
        "facilities:bulk_start": Action.CHANGE_MANY,
        "facilities:bulk": Action.CHANGE_MANY,
        "facilities:bulk_preview": Action.CHANGE_MANY,
        "facilities:bulk_apply": Action.CHANGE_MANY,
        "facilities:bulk_undo": Action.CHANGE_MANY,
        "facilities:posts": Action.READ,
        "facilities:posts_export": Action.EXPORT_LISTS,
        "facilities:posts_division": Action.READ,
        "facilities:post_place": Action.READ,
        "facilities:new": Action.EDIT_FACILITIES,
        "facilities:edit": Action.EDIT_FACILITIES,
        "facilities:check": Action.EDIT_FACILITIES,
        "facilities:life": Action.EDIT_FACILITIES,
        "facilities:life_withdraw": Action.EDIT_FACILITIES,
        "facilities:publish": Action.APPROVE,
        "facilities:proposals": Action.READ,
        "facilities:proposal": Action.READ,
        "facilities:proposal_decide": Action.APPROVE,
        "facilities:proposal_withdraw": Action.EDIT_FACILITIES,
        "facilities:duplicates": Action.EDIT_FACILITIES,
        "facilities:duplicates_two": Action.EDIT_FACILITIES,
        "facilities:merge": Action.EDIT_FACILITIES_AT_ONCE,
        "facilities:merge_undo": Action.EDIT_FACILITIES_AT_ONCE,
        # the interface for machines: what is public, only read
        "api:landing": Access.PUBLIC,
        "api:conformance": Access.PUBLIC,
        "api:openapi": Access.PUBLIC,
        "api:docs": Access.PUBLIC,
        "api:terms": Access.PUBLIC,
        "api:collections": Access.PUBLIC,
        "api:collection": Access.PUBLIC,
        "api:queryables": Access.PUBLIC,
        "api:items": Access.PUBLIC,
        "api:item": Access.PUBLIC,
        # what needs a key asks for it itself
        "api:changes": Access.PUBLIC,
        "api:download": Access.PUBLIC,
        "api:tilejson": Access.PUBLIC,
        "api:nothing": Access.PUBLIC,
        # maps
        "maps:home": Access.PUBLIC,
        "maps:embed": Access.PUBLIC,
        "maps:facility": Access.PUBLIC,
        "maps:facilities_geojson": Access.PUBLIC,
        "maps:statistics": Access.PUBLIC,
        "maps:tile": Access.PUBLIC,
        "maps:name_drawing": Access.PUBLIC,
        "maps:story_drawing": Access.PUBLIC,
        "maps:collection_drawing": Access.PUBLIC,
        "sitemap": Access.PUBLIC,
        "sitemap_part": Access.PUBLIC,
        "maps:method": Access.PUBLIC,
        # published maps: public views show what is published and not for internal use; the office's narrow to the scope, and each
        # step asks again for the version at hand
        "maps:published_list": Access.PUBLIC,
        "maps:published": Access.PUBLIC,
        "maps:published_version": Access.PUBLIC,
        "maps:published_embed": Access.PUBLIC,
        "maps:published_version_embed": Access.PUBLIC,
        "maps:published_data": Access.PUBLIC,
        "maps:published_file": Access.PUBLIC,
        "maps:composed_list": Action.READ,
        "maps:composed": Action.READ,
        "maps:composed_data": Action.READ,
        "maps:composed_file": Action.READ,
        "maps:composed_step": Action.READ,
        "maps:composed_new": Action.COMPOSE_MAPS,
        "maps:composed_edit": Action.COMPOSE_MAPS,
        "maps:composed_preview": Action.COMPOSE_MAPS,
        "maps:planner": Action.READ,
        "maps:planner_tier": Action.READ,
        # Whoever plans for the home enters numbers there; the view asks again.
        "maps:planner_commitment": Action.READ,
        "maps:planner_coverage": Action.READ,
        "maps:planner_compute": Action.RUN_COVERAGE,
        "maps:planner_gaps": Action.READ,
        "maps:planner_whatif": Action.RUN_COVERAGE,
        "maps:planner_whatif_base": Action.RUN_COVERAGE,
        "maps:planner_whatif_answer": Action.RUN_COVERAGE,
        "maps:planner_scenario_save": Action.RUN_COVERAGE,
        "maps:planner_scenario_compute": Action.RUN_COVERAGE,
        "maps:planner_scenario_delete": Action.RUN_COVERAGE,
        "maps:planner_scenario": Action.RUN_COVERAGE,
        "maps:planner_sites": Action.RUN_COVERAGE,
        "maps:planner_sites_start": Action.RUN_COVERAGE,
        "maps:planner_quality": Action.READ,
        "maps:planner_runs": Action.READ,
        "maps:planner_run": Action.READ,
        "maps:planner_layer": Action.READ,
        "maps:planner_start": Action.RUN_COVERAGE,
        "maps:planner_file": Action.EXPORT,
        "maps:planner_file_make": Action.EXPORT,
    }
)

_ADMIN_VERBS = {"changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete"}


def needed(address: str) -> Access | Action | None:
    """Return what an address needs, or ``None`` where it is not listed and therefore refused.

    Parameters
    ----------
    address
        The name that ``reverse`` knows it by, with its namespace: ``admin:facilities_facility_add``.
    """
    if address in ADDRESSES:
        return ADDRESSES[address]
    namespace, _colon, name = address.partition(":")
    if namespace != "admin":
        return None
    model, _underscore, page = name.rpartition("_")
    record = RECORDS.get(model.replace("_", ".", 1))
    verb = _ADMIN_VERBS.get(page)
    return record.action(verb) if record and verb else None


def judge(user: Person, address: str) -> Verdict:
    """Say whether a request for an address is let through, must sign in first, or is refused."""
    need = needed(address)
    if need is Access.PUBLIC:
        return Verdict.ADMITTED
    if not user.is_authenticated:
        return Verdict.SIGN_IN
    if need is None:
        return Verdict.REFUSED
    if need is Access.SIGNED_IN:
        return Verdict.ADMITTED if user.is_active else Verdict.REFUSED
    return Verdict.ADMITTED if may(user, need) else Verdict.REFUSED


def may(user: Person, action: Action, *, division: Division | None = None) -> bool:
    """Say whether a person may do something: anywhere at all, or in the division given.

    Parameters
    ----------
    user
        The person; nobody who is not signed in may do anything.
    action
        What is to be done.
    division
        Where. A record without a division is asked about with `may_touch`, which knows that it lies at home.
    """
    if not isinstance(user, User) or not user.is_active or user.role not in GRANTS[action]:
        return False
    scope = scope_path(user)
    if scope is None:
        return False
    return division is None or division.path.startswith(scope)


def may_touch(user: Person, verb: str, record: Model) -> bool:
    """Say whether a person may view, change or delete one record, by its table's row and its division."""
    table = RECORDS.get(record._meta.label_lower)
    action = table.action(verb) if table else None
    if table is None or action is None or not may(user, action):
        return False
    if table.division is None or record.pk is None:
        return True
    rows = record._meta.base_manager.filter(pk=record.pk)
    return limit(rows, user).exists()


def limit(rows: QuerySet[ModelT], user: Person) -> QuerySet[ModelT]:
    """Narrow rows of a listed table to those in the person's scope.

    Rows without a division lie at home: whoever's scope takes in the whole home sees them.

    Raises
    ------
    KeyError
        If the table has no row in `RECORDS`.
    """
    table = RECORDS[rows.model._meta.label_lower]
    lookup = table.division
    scope = scope_path(user) if isinstance(user, User) and user.is_active else None
    if scope is None:
        return rows.none()
    if lookup is None or scope == "":
        return rows
    prefix = f"{lookup}__" if lookup else ""
    inside = Q(**{f"{prefix}path__startswith": scope})
    home = Installation.home()
    if lookup and home is not None and home.path.startswith(scope):
        inside |= Q(**{f"{lookup}__isnull": True})
    for key in table.ends:
        others: Any = rows.model._meta.get_field(key).related_model
        own = limit(others._base_manager.all(), user).order_by().values("pk")
        inside &= Q(**{f"{key}__isnull": True}) | Q(**{f"{key}__in": own})
    return rows.filter(inside)


def scope_path(user: User) -> str | None:
    """Return the path that all divisions a person acts in begin with; "" is everywhere, ``None`` nowhere.

    An administrator acts everywhere. Others act in their office's division and below; without an office in the whole
    home, except clerks: a clerk acts in one township (or part of one), and without such an office nowhere.
    """
    if user.role == Role.ADMINISTRATOR:
        return ""
    division = user.scope()
    if user.role == Role.CLERK and (division is None or division.level < Level.TOWNSHIP):
        return None
    if division is not None:
        return division.path
    return ""


def takes_in(user: Person, path: str) -> bool:
    """Say whether a person's scope takes in where a division's path leads; what has no division, and so no path, lies at home."""
    scope = scope_path(user) if isinstance(user, User) and user.is_active else None
    if scope is None:
        return False
    if path or scope == "":
        return path.startswith(scope)
    home = Installation.home()
    return home is not None and home.path.startswith(scope)


def must_name_division(user: Person) -> bool:
    """Say whether a record that a person makes must name a division, since one without would be out of the person's scope."""
    scope = scope_path(user) if isinstance(user, User) else None
    if scope is None:
        return True
    home = Installation.home()
    return bool(scope) and not (home is not None and home.path.startswith(scope))


def has_permission(user: Person, permission: str, record: Any = None) -> bool:
    """Answer Django's ``app.verb_model`` from the same tables. Unlisted: no.

    Besides Django's four verbs, an action's own name is one: ``facilities.approve_facility``.
    """
    app_label, _dot, codename = permission.partition(".")
    verb, _underscore, model = codename.rpartition("_")
    table = RECORDS.get(f"{app_label}.{model}")
    action = table.action(verb) if table else None
    if action is None or not may(user, action):
        return False
    return record is None or may_touch(user, verb, record)


def may_enter_app(user: Person, app_label: str) -> bool:
    """Say whether there is any table of an app that a person may see."""
    return any(
        record.view is not None and may(user, record.view)
        for label, record in RECORDS.items()
        if label.partition(".")[0] == app_label
    )
