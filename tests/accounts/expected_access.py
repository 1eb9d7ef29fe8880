"""Who is let in where, written out once more by hand: the policy is compared with this, address by address.

One letter a role: A administrator, P planner, N place-name officer, R reviewer, C clerk, V viewer. ``*`` is everybody, also
without an account. Add a line for each new address, and think for each letter whether you mean it.
"""

from __future__ import annotations

EVERYBODY = "*"
STAFF = "APNRCV"

ADDRESSES: dict[str, str] = {
    # the site
    "set_language": EVERYBODY,
    "health": EVERYBODY,
    "ready": EVERYBODY,
    "robots": EVERYBODY,
    "manifest": EVERYBODY,
    # accounts
    "accounts:login": EVERYBODY,
    "accounts:logout": STAFF,
    "accounts:account": STAFF,
    "accounts:password": STAFF,
    "accounts:history": STAFF,
    "accounts:reset_password": "A",
    "accounts:people": "A",
    "accounts:person_new": "A",
    "accounts:person": "A",
    "accounts:person_state": "A",
    "accounts:person_unlock": "A",
    "accounts:offices": "A",
    "accounts:office_new": "A",
    "accounts:office": "A",
    # administration
    "admin:index": STAFF,
    "admin:app_list": STAFF,
    "admin:autocomplete": STAFF,
    "admin:jsi18n": STAFF,
    "admin:login": EVERYBODY,
    "admin:logout": STAFF,
    "admin:password_change": STAFF,
    # drawing: clerks propose, keepers of the ground decide
    "drawing:editor": "APC",
    "drawing:features": "APC",
    "drawing:feature": "APC",
    "drawing:where": "APC",
    "drawing:check": "APC",
    "drawing:operate": "APC",
    "drawing:track": "APC",
    "drawing:save": "APC",
    "drawing:sets": "APC",
    "drawing:set": "APC",
    "drawing:set_draft": "APC",
    "drawing:set_undo": "APC",
    "drawing:set_withdraw": "APC",
    "drawing:set_decide": "AP",
    # jobs: each sees the own ones
    "jobs:list": STAFF,
    "jobs:detail": STAFF,
    "jobs:state": STAFF,
    "jobs:cancel": STAFF,
    # assets
    "assets:overview": STAFF,
    "assets:asset": STAFF,
    "assets:new": "APC",
    "assets:edit": "APC",
    "assets:export": "AP",
    "assets:begin": "AP",
    "assets:stock_take": STAFF,
    "assets:close": "AP",
    "assets:item": STAFF,
    # assessments
    "assessments:overview": STAFF,
    "assessments:begin": "APC",
    "assessments:detail": STAFF,
    # inspections
    "inspections:overview": STAFF,
    "inspections:plan": "AP",
    "inspections:ledger": STAFF,
    "inspections:findings": STAFF,
    "inspections:finding": STAFF,
    "inspections:start": "APC",
    "inspections:detail": STAFF,
    "inspections:sheet": STAFF,
    "inspections:call_off": "AP",
    # attachments: each record's own app says who may see its files
    "attachments:shown": EVERYBODY,
    "attachments:small": EVERYBODY,
    "attachments:original": EVERYBODY,
    "attachments:send_ahead": STAFF,
    # background work
    # my work: each sees the own
    "worklist:mine": STAFF,
    "worklist:notifications": STAFF,
    "worklist:open": STAFF,
    "worklist:mark": STAFF,
    "worklist:all_read": STAFF,
    # confirmation rounds
    "rounds:list": STAFF,
    "rounds:detail": STAFF,
    "rounds:ledger": STAFF,
    "rounds:export": "APRC",
    "rounds:queue": "APC",
    "rounds:entry": "APC",
    "rounds:check": "APC",
    "rounds:leave": "APC",
    "rounds:take": "APC",
    "rounds:approvals": "AR",
    "rounds:approval": "AR",
    # imports
    "imports:batches": "APNRC",
    "imports:new": "APNC",
    "imports:template": "APNC",
    "imports:batch": "APNRC",
    "imports:read": "APNC",
    "imports:decide": "APNC",
    "imports:commit": "APNC",
    "imports:submit": "APNC",
    "imports:take_back": "APNC",
    "imports:approve": "APNRC",
    "imports:send_back": "APNRC",
    "imports:undo": "APNC",
    "imports:discard": "APNC",
    "imports:points": "APNRC",
    "imports:move": "APNC",
    "imports:refused": "APNRC",
    # placenames
    "placenames:search": EVERYBODY,
    "placenames:place": EVERYBODY,
    "placenames:geometry": EVERYBODY,
    "placenames:spellings": "AN",
    "placenames:spelling_confirm": "AN",
    "placenames:spelling_try": "AN",
    # facilities
    "facilities:record": STAFF,
    "facilities:list": STAFF,
    "facilities:list_print": STAFF,
    "facilities:list_export": "APRC",
    "facilities:list_file": "APRC",
    "facilities:view_save": STAFF,
    "facilities:view_delete": STAFF,
    "facilities:posts": STAFF,
    "facilities:posts_export": "APRC",
    "facilities:posts_division": STAFF,
    "facilities:post_place": STAFF,
    "facilities:new": "APC",
    "facilities:edit": "APC",
    "facilities:check": "APC",
    "facilities:life": "APC",
    "facilities:life_withdraw": "APC",
    "facilities:publish": "AR",
    "facilities:proposals": STAFF,
    "facilities:proposal": STAFF,
    "facilities:proposal_decide": "AR",
    "facilities:proposal_withdraw": "APC",
    "facilities:duplicates": "APC",
    "facilities:duplicates_two": "APC",
    "facilities:merge": "AP",
    "facilities:merge_undo": "AP",
    # maps
    "maps:home": EVERYBODY,
    "maps:facility": EVERYBODY,
    "maps:facilities_geojson": EVERYBODY,
    "maps:method": EVERYBODY,
    "maps:tile": EVERYBODY,
    "maps:planner": STAFF,
    "maps:planner_start": "AP",
    "maps:planner_run": STAFF,
    "maps:planner_layer": STAFF,
    "maps:planner_export": "AP",
}

# The administration pages of a model: who may look, add, change, delete. A change page opens for whoever may look.
MODELS: dict[str, tuple[str, str, str, str]] = {
    "territory_division": (STAFF, "AP", "AP", "A"),
    "territory_builtuparea": (STAFF, "AP", "AP", "A"),
    "territory_road": (STAFF, "AP", "AP", "A"),
    "territory_populatedplace": (STAFF, "AP", "AP", "A"),
    "territory_installation": (STAFF, "A", "A", ""),
    "reference_source": (STAFF, "A", "A", "A"),
    "reference_referencevalue": (STAFF, "A", "A", "A"),
    "reference_travelprofile": (STAFF, "A", "A", "A"),
    "reference_namerule": (STAFF, "A", "A", "A"),
    "reference_calendarday": (STAFF, "A", "A", "A"),
    "accounts_office": (STAFF, "A", "A", "A"),
    "accounts_user": ("A", "A", "A", ""),
    "imports_batch": ("APNC", "", "", ""),
    "jobs_job": ("A", "", "", ""),
    "attachments_attachment": ("A", "", "", ""),
    "facilities_network": (STAFF, "A", "A", "A"),
    "facilities_function": (STAFF, "A", "A", "A"),
    "facilities_roundquestion": (STAFF, "A", "A", "A"),
    "facilities_post": (STAFF, "A", "A", "A"),
    "facilities_kind": (STAFF, "A", "A", "A"),
    "facilities_checklist": (STAFF, "A", "A", "A"),
    "facilities_scoresheet": (STAFF, "A", "A", "A"),
    "facilities_asset": (STAFF, "APC", "APC", "A"),
    "facilities_facility": (STAFF, "AP", "AP", "A"),
    "facilities_factrule": (STAFF, "A", "A", "A"),
    "facilities_statusrule": (STAFF, "A", "A", "A"),
    "facilities_coveragerun": (STAFF, "", "", "A"),
    "placenames_placekind": (STAFF, "A", "A", "A"),
    "placenames_place": (STAFF, "ANC", "ANC", "A"),
    "placenames_name": (STAFF, "ANC", "ANC", "ANC"),
}


def expected() -> dict[str, str]:
    """Return the letters that are let in, for every address."""
    table = dict(ADDRESSES)
    for model, (view, add, change, delete) in MODELS.items():
        del change
        for page, letters in {
            "changelist": view,
            "change": view,
            "history": view,
            "add": add,
            "delete": delete,
        }.items():
            table[f"admin:{model}_{page}"] = letters
    return table
