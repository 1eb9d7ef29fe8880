"""The last changes of a collection as a feed to subscribe to: Atom (with deleted entries, RFC 6721) and RSS 2.0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.translation import gettext as _

from .changes import Change
from .collections import Collection
from .documents import DEMO, link

ATOM, RSS = "application/atom+xml", "application/rss+xml"
MEDIA = {"atom": ATOM, "rss": RSS}
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


class _AtomWithTombstones(Atom1Feed):
    """Atom in which what is gone is a deleted entry: its id and the moment, nothing more."""

    def root_attributes(self) -> dict[str, Any]:
        return {**super().root_attributes(), "xmlns:at": _TOMBSTONES}

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for entry_id, at in self.feed["gone"]:
            handler.addQuickElement("at:deleted-entry", "", {"ref": entry_id, "when": rfc3339_date(at)})


def feed(
    collection: Collection,
    changes: Sequence[Change],
    *,
    form: str,
    absolute: Callable[[str], str],
    licence: str,
    demo: bool,
) -> str:
    """Return the feed as XML.

    Parameters
    ----------
    form
        ``atom`` or ``rss``.
    licence
        One sentence with the licences of what is told.
    demo
        Whether any of it is openly invented.
    """
    here = absolute(reverse("api:changes", args=[collection.id]))
    marks = f"{DEMO} · {licence}" if demo else licence
    maker: type[SyndicationFeed] = _AtomWithTombstones if form == "atom" else Rss201rev2Feed
    title = _("Changes: %(collection)s") % {"collection": collection.title}
    made = maker(
        title=f"{title}（{DEMO}）" if demo else title,
        link=f"{here}?f=html",
        description=marks,
        subtitle=marks,
        feed_url=f"{here}?f={form}",
        feed_copyright=licence,
        language="zh-Hans",
        gone=[(_address(collection, one, absolute), one.at) for one in changes if one.feature is None],
    )
    for one in changes:
        if one.feature is not None or form == "rss":
            made.add_item(
                title=_title(one),
                link=_address(collection, one, absolute) if one.feature is not None else here,
                description=_summary(one),
                pubdate=one.at,
                updateddate=one.at,
                unique_id=f"{_address(collection, one, absolute)}{f'#{one.number}' if form == 'rss' else ''}",
                unique_id_is_permalink=False,
            )
    return made.writeString("utf-8")


def _address(collection: Collection, one: Change, absolute: Callable[[str], str]) -> str:
    return absolute(reverse("api:item", args=[collection.id, one.key]))


def _title(one: Change) -> str:
    if one.feature is None:
        return _("No longer public: %(key)s") % {"key": one.key}
    return str(one.feature["properties"].get("name") or one.key)


def _summary(one: Change) -> str:
    if one.feature is None:
        return ""
    told = one.feature["properties"]
    words = [told.get("kind_zh"), told.get("division"), told.get("address"), DEMO if told.get("demo") else ""]
    return " · ".join(word for word in words if word)


def feed_links(here: str) -> list[dict[str, str]]:
    """Return the links to the feeds of a collection's changes."""
    return [
        link(f"{here}?f=atom", "alternate", ATOM, _("Changes as an Atom feed")),
        link(f"{here}?f=rss", "alternate", RSS, _("Changes as an RSS feed")),
    ]
