"""Sign-in by name and password; permissions by the policy."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from . import policy


class PolicyBackend(ModelBackend):
    """Asks ``accounts.policy`` where Django asks for a permission. There are no others: no groups, no superusers."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the policy allows ``app.verb_model``, on ``obj`` if given."""
        return policy.has_permission(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether there is anything of the app that the person may see."""
        return policy.may_enter_app(user_obj, app_label)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return all of Django's permissions that the policy allows."""
        names = (
            f"{label.partition('.')[0]}.{verb}_{label.partition('.')[2]}"
            for label in policy.RECORDS
            for verb in ("view", "add", "change", "delete")
        )
        return {name for name in names if policy.has_permission(user_obj, name, obj)}
