"""Sign-in by name and password; permissions by the policy."""

from django.contrib.auth.backends import ModelBackend


class PolicyBackend(ModelBackend):
    """Asks ``accounts.policy`` where Django asks for a permission."""
