"""My work, and notifications. ``accounts.policy`` lets in whoever may read; each sees the own."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from geo_registry.accounts.signed_in import signed_in
from geo_registry.text.moments import moment
from geo_registry.text.whole_numbers import whole_number

from . import services
from .models import Notification
from .registry import Pile
from .services.listing import Worklist, worklist

NEWS_SHOWN: Final = 5
NOTIFICATIONS_A_PAGE: Final = 30


def _number(text: str) -> int:
    number = whole_number(text, digits=5)
    return 1 if number is None else number


@never_cache
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, and what is new."""
    user = signed_in(request)
    asked_pile = request.GET.get("pile", "")
    work = worklist(
        user=user,
        day=timezone.localdate(),
        pile=Pile(asked_pile) if asked_pile in set(Pile) else Pile.MINE,
        kind=request.GET.get("kind", ""),
        page=_number(request.GET.get("page", "")),
    )
    news = Notification.objects.unread_by(user)[: NEWS_SHOWN + 1]
    context = {
        "work": work,
        "piles": [(pile, work.counts[pile], _address(pile=pile)) for pile in Pile],
        "all_url": _address(pile=work.pile),
        "kinds": [(kind, _address(pile=work.pile, kind=kind.name)) for kind in work.kinds],
        "previous_url": _page_url(work, -1),
        "next_url": _page_url(work, +1),
        "news": list(news)[:NEWS_SHOWN],
        "more_news": len(news) > NEWS_SHOWN,
    }
    return render(request, "worklist/mine.html", context)


def _address(*, pile: Pile, kind: str = "", page: int = 1) -> str:
    pairs = {
        "pile": str(pile) if pile is not Pile.MINE else "",
        "kind": kind,
        "page": str(page) if page > 1 else "",
    }
    query = urlencode({key: value for key, value in pairs.items() if value})
    return f"{reverse('worklist:mine')}{'?' if query else ''}{query}"


def _page_url(work: Worklist, step: int) -> str:
    page = work.page + step
    if not 1 <= page <= work.pages:
        return ""
    return _address(pile=work.pile, kind=work.chosen.name if work.chosen else "", page=page)


@never_cache
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """List what the person was told, newest first."""
    user = signed_in(request)
    only_unread = request.GET.get("unread") == "1"
    rows = Notification.objects.unread_by(user) if only_unread else Notification.objects.for_person(user)
    pages = Paginator(rows.with_reading(user), NOTIFICATIONS_A_PAGE)
    context = {
        "page_obj": pages.get_page(request.GET.get("page")),
        "only_unread": only_unread,
        "opened_at": timezone.now().isoformat(),
    }
    return render(request, "worklist/notifications.html", context)


@never_cache
@require_GET
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the person has read a notification, and lead to the page it speaks of."""
    user = signed_in(request)
    notification = get_object_or_404(Notification.objects.for_person(user), pk=pk)
    services.mark_read(notification=notification, user=user)
    return redirect(notification.link or reverse("worklist:notifications"))


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read, or as unread again."""
    user = signed_in(request)
    notification = get_object_or_404(Notification.objects.for_person(user), pk=pk)
    if request.POST.get("read") == "no":
        services.mark_unread(notification=notification, user=user)
    else:
        services.mark_read(notification=notification, user=user)
    return redirect(_back(request))


@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark as read what was told up to the moment at which the page was opened."""
    until = moment(request.POST.get("until", "")) or timezone.now()
    count = services.mark_all_read(user=signed_in(request), until=until)
    said = ngettext(
        "%(count)d notification marked as read.", "%(count)d notifications marked as read.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("worklist:notifications")


def _back(request: HttpRequest) -> str:
    return reverse("worklist:mine" if request.POST.get("from") == "mine" else "worklist:notifications")
