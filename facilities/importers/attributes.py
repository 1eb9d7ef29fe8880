"""Which column of a file is which attribute of a facility. Files come in and go out by the same table."""

from __future__ import annotations

from typing import Any, Final

# Column → attribute of the facility; then what the attribute is when nobody knows.
ATTRIBUTES: Final[dict[str, tuple[str, Any]]] = {
    "name": ("name", None),
    "address": ("address", ""),
    "uscc": ("social_credit_code", ""),
    "uscc_absent_reason": ("social_credit_code_absent", ""),
    "ownership": ("ownership", ""),
    "founder": ("founder", ""),
    "registration": ("registration", ""),
    "clients": ("clients", []),
    "funding": ("funding", ""),
    "grade_scheme": ("grade_scheme", ""),
    "grade": ("grade", ""),
    "medical_service": ("medical_service", ""),
    "medical_insurance": ("medical_insurance", None),
    "step_free_entrance": ("step_free_entrance", ""),
    "accessible_toilet": ("accessible_toilet", ""),
    "lift": ("lift", ""),
    "accessible_parking": ("accessible_parking", ""),
    "induction_loop": ("induction_loop", ""),
    "sign_language": ("sign_language", ""),
    "area_m2": ("floor_area_m2", None),
    "tenure": ("tenure", ""),
    "lease_from": ("lease_from", None),
    "lease_to": ("lease_to", None),
    "built_on": ("built_on", None),
    "opened_on": ("opened_on", None),
    "opening_hours": ("opening_hours", ""),
    "phone": ("public_phone", ""),
    "private_phone": ("private_phone", ""),
    "contact_role": ("contact_role", ""),
    "published": ("published", False),
    "note": ("note", ""),
}
