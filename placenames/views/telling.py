"""Stories in the office: written, reviewed, published, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.accounts.signed_in import signed_in
from geo_registry.form_errors import put_errors
from placenames.forms_stories import CollectionForm, StoryFileForm, StoryForm
from placenames.models import Place, Story, StoryCollection, StoryFile, StoryState
from placenames.services.checking.secrecy import is_told
from placenames.services.holding import hold
from placenames.services.stories import reading, steps, writing

from .stories import stops

PAGE_SIZE: Final = 30


def _story(request: HttpRequest, short_id: str) -> Story:
    rows = steps.stories_for(signed_in(request)).select_related("division", "created_by")
    return get_object_or_404(rows, short_id=short_id)


def _collection(request: HttpRequest, short_id: str) -> StoryCollection:
    rows = steps.collections_for(signed_in(request)).select_related("division", "created_by")
    return get_object_or_404(rows, short_id=short_id)


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """List stories and collections, those under way first."""
    user = signed_in(request)
    state = request.GET.get("state", "")
    rows = steps.stories_for(user).select_related("division").defer("division__boundary")
    if state in StoryState.values:
        rows = rows.filter(state=state)
    context = {
        "page": Paginator(rows.order_by("-updated_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page")),
        "collections": steps.collections_for(user).order_by("-updated_at", "-pk"),
        "states": StoryState,
        "state": state,
        "may_write": steps.may_write(user),
    }
    return render(request, "placenames/stories/office_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new_story(request: HttpRequest) -> HttpResponse:
    """Begin a story, perhaps of the place that the address names."""
    return _edit_story(request, None)


@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit_story(request: HttpRequest, short_id: str) -> HttpResponse:
    """Change a draft."""
    if request.method == "POST":
        hold(_story(request, short_id))
    return _edit_story(request, _story(request, short_id))


def _edit_story(request: HttpRequest, story: Story | None) -> HttpResponse:
    user = signed_in(request)
    kept = _places(user, _kept_places(story)) if story is not None else []
    form = StoryForm(
        request.POST or None, user=user, initial=_initial(story), watched=story is not None, kept_places=kept
    )
    places = None
    if request.method == "POST" and form.is_valid():
        try:
            places = form.places()
            if story is None:
                saved = writing.create_story(words=form.words(), places=places, by=user)
            else:
                saved = writing.save_story(story=story, words=form.words(), places=places, by=user)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The story is kept."))
            return redirect("telling:story", short_id=saved.short_id)
    if places is None and request.method == "POST":
        # Of the form, not of the request: it may have taken over what somebody else has put in meanwhile.
        places = _places(user, form.chosen())
    elif places is None:
        places = kept if story is not None else _places(user, [request.GET.get("place", "")])
    context: dict[str, Any] = {
        "form": form,
        "story": story,
        "places": [(place, place.current_name()) for place in places],
    }
    context["place_find"] = request.POST.get("place_find", "")
    return render(request, "placenames/stories/office_edit.html", context, status=422 if form.errors else 200)


def _kept_places(story: Story) -> list[str]:
    return list(story.links.order_by("position", "pk").values_list("place__short_id", flat=True))


def _places(user: User, keys: list[str]) -> list[Place]:
    """Return the places of these addresses that the person may see, in their order."""
    wanted = list(dict.fromkeys(keys))
    rows = Place.objects.filter(short_id__in=wanted).prefetch_related("names")
    own = limit(Place.objects.all(), user).order_by().values("pk")
    rows = rows.filter(pk__in=own) | rows.filter(pk__in=Place.objects.public().order_by().values("pk"))
    found = {place.short_id: place for place in rows}
    return [found[key] for key in wanted if key in found]


def _initial(told: Story | StoryCollection | None) -> dict[str, str]:
    names = ("title", "summary", "text", "author", "sources")
    return {name: getattr(told, name) for name in names} if told is not None else {}


@never_cache
@require_GET
def story(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show a story as it will be read, with what can be done to it now."""
    return _story_page(request, _story(request, short_id))


def _story_page(request: HttpRequest, story: Story, *, status: int = 200, **more: Any) -> HttpResponse:
    user = signed_in(request)
    told = reading.told_story(story)
    links = story.links.order_by("position", "pk").select_related("place__division")
    links = links.defer("place__division__boundary").prefetch_related("place__names")
    told_links = [link.place if is_told(user, link.place) else None for link in links]
    context = {
        "page": told,
        "told": story,
        "story": story,
        "links": [(place, place.current_name() if place is not None else None) for place in told_links],
        "stops": stops([told]),
        "file_form": StoryFileForm(person=user),
        "has_demo_data": story.is_demo,
        **_choices(user, story),
        **more,
    }
    return render(request, "placenames/stories/office_story.html", context, status=status)


def _choices(user: User, told: Story | StoryCollection) -> dict[str, Any]:
    """Return what the person can do now, and what was done."""
    model: Any = type(told)
    return {
        "may_write": steps.may_write(user, told),
        "may_review": steps.may_review(user, told),
        "may_withdraw": steps.may_withdraw(user, told),
        "may_revise": steps.may_revise(user, told),
        "next_version": told.next_version(),
        "had_a_hand": user.pk in steps.authors(told),
        "is_public": model.objects.public().filter(pk=told.pk).exists(),
        "steps": told.steps.order_by("pk"),
    }


@require_POST
def story_step(request: HttpRequest, short_id: str) -> HttpResponse:
    """Carry a story on, or back."""
    found = _story(request, short_id)
    next_one, problem = _carry(request, found)
    if problem:
        return _story_page(request, found, status=422, problems=problem)
    return redirect("telling:story", short_id=next_one.short_id) if next_one else redirect("telling:list")


def _carry(
    request: HttpRequest, told: Story | StoryCollection
) -> tuple[Story | StoryCollection | None, list[str]]:
    """Do the step that was asked for; return what is to be shown then (``None``: nothing is left of it), and what was wrong."""
    user, reason = signed_in(request), request.POST.get("reason", "")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "submit": (lambda: steps.submit(told=told, by=user), _("Handed in for review.")),
        "return": (lambda: steps.send_back(told=told, by=user, reason=reason), _("Returned.")),
        "publish": (lambda: steps.publish(told=told, by=user, note=reason), _("Published.")),
        "withdraw": (lambda: steps.withdraw(told=told, by=user, reason=reason), _("Withdrawn.")),
        "reopen": (lambda: steps.reopen(told=told, by=user), _("It can be changed now.")),
        "revise": (
            lambda: steps.revise(told=told, by=user),
            _("This is the new version. Everybody reads the one before until it is published."),
        ),
        "discard": (lambda: steps.discard(told=told, by=user), _("Thrown away.")),
    }
    asked = request.POST.get("do", "")
    if asked not in acts:
        return told, [_("Choose what is to be done.")]
    act, said = acts[asked]
    original: Any = told.version_of
    try:
        shown = act()
    except ValidationError as error:
        return told, list(error.messages)
    messages.success(request, said)
    return original if asked == "discard" else shown, []


@require_POST
def file(request: HttpRequest, short_id: str) -> HttpResponse:
    """Keep a file of a draft."""
    found = _story(request, short_id)
    form = StoryFileForm(request.POST, request.FILES, person=signed_in(request))
    if form.is_valid():
        try:
            writing.add_file(story=found, new=form.new_file(), by=signed_in(request))
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The file is kept."))
            return redirect("telling:story", short_id=short_id)
    return _story_page(request, found, file_form=form, status=422)


@require_POST
def file_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Describe a file of a draft, or take it off."""
    row = get_object_or_404(StoryFile.objects.select_related("story"), pk=pk)
    found = _story(request, row.story.short_id)
    try:
        if request.POST.get("do") == "remove":
            writing.remove_file(row=row, by=signed_in(request))
        else:
            title, text = request.POST.get("title", "")[:120], request.POST.get("text", "")
            writing.describe_file(row=row, title=title, text=text, by=signed_in(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Done."))
    return redirect("telling:story", short_id=found.short_id)


@never_cache
@require_http_methods(["GET", "POST"])
def new_collection(request: HttpRequest) -> HttpResponse:
    """Begin a collection."""
    return _edit_collection(request, None)


@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit_collection(request: HttpRequest, short_id: str) -> HttpResponse:
    """Change a draft of a collection."""
    if request.method == "POST":
        hold(_collection(request, short_id))
    return _edit_collection(request, _collection(request, short_id))


def _edit_collection(request: HttpRequest, collection: StoryCollection | None) -> HttpResponse:
    user = signed_in(request)
    kept = [row for row, _number, is_in in _choosable(user, _kept_stories(collection)) if is_in]
    form = CollectionForm(
        request.POST or None,
        initial=_initial(collection),
        watched=collection is not None,
        kept_stories=kept,
    )
    if request.method == "POST" and form.is_valid():
        try:
            stories = form.stories()
            if collection is None:
                saved = writing.create_collection(words=form.words(), stories=stories, by=user)
            else:
                saved = writing.save_collection(
                    collection=collection, words=form.words(), stories=stories, by=user
                )
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The collection is kept."))
            return redirect("telling:collection", short_id=saved.short_id)
    # Of the form, not of the request: it may have taken over what somebody else has changed meanwhile.
    chosen = form.chosen() if request.method == "POST" else _kept_stories(collection)
    context = {"form": form, "collection": collection, "stories": _choosable(user, chosen)}
    return render(
        request, "placenames/stories/office_edit_collection.html", context, status=422 if form.errors else 200
    )


def _kept_stories(collection: StoryCollection | None) -> dict[str, str]:
    """Return the numbers of a collection's stories by their addresses."""
    if collection is None:
        return {}
    links = collection.links.order_by("position", "pk").values_list("story__short_id", flat=True)
    return {key: str(number) for number, key in enumerate(links, start=1)}


def _choosable(user: User, chosen: Mapping[str, str]) -> list[tuple[Story, str, bool]]:
    """Return the stories that may be put into a collection, each with its number and whether it is in it; those in it first."""
    order = {key: place for place, key in enumerate(chosen)}
    rows = steps.stories_for(user).exclude(state=StoryState.WITHDRAWN)
    rows = rows.filter(version_of=None).order_by("title", "pk")
    found = sorted(rows, key=lambda row: order.get(row.short_id, len(order)))
    return [(row, chosen.get(row.short_id, ""), row.short_id in chosen) for row in found]


@never_cache
@require_GET
def collection(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show a collection with what can be done to it now."""
    return _collection_page(request, _collection(request, short_id))


def _collection_page(
    request: HttpRequest, collection: StoryCollection, *, status: int = 200, **more: Any
) -> HttpResponse:
    stories = [link.story for link in collection.links.select_related("story").order_by("position", "pk")]
    context = {
        "told": collection,
        "collection": collection,
        "stories": stories,
        "has_demo_data": collection.is_demo,
        **_choices(signed_in(request), collection),
        **more,
    }
    return render(request, "placenames/stories/office_collection.html", context, status=status)


@require_POST
def collection_step(request: HttpRequest, short_id: str) -> HttpResponse:
    """Carry a collection on, or back."""
    found = _collection(request, short_id)
    next_one, problem = _carry(request, found)
    if problem:
        return _collection_page(request, found, status=422, problems=problem)
    return (
        redirect("telling:collection", short_id=next_one.short_id) if next_one else redirect("telling:list")
    )
