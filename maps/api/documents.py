"""The documents around the features: landing page, conformance, collections, queryables, terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.reference.models import Source
from geo_registry.territory.models import Installation

from .collections import COLLECTIONS, DAY, Collection
from .crs import STORAGE, SUPPORTED
from .extents import extent_of

JSON, GEOJSON, HTML, OPENAPI, SCHEMA = (
    "application/json", "application/geo+json", "text/html", "application/vnd.oai.openapi+json;version=3.0",
    "application/schema+json",
)  # fmt: skip
DEMO: Final = "示范数据"

_PART = "http://www.opengis.net/spec/ogcapi-features-"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS_TO: Final = (
    f"{_PART}1/1.0/conf/core", f"{_PART}1/1.0/conf/oas30", f"{_PART}1/1.0/conf/html", f"{_PART}1/1.0/conf/geojson",
    f"{_PART}2/1.0/conf/crs", f"{_PART}3/1.0/conf/queryables", f"{_PART}3/1.0/conf/queryables-query-parameters",
    f"{_PART}3/1.0/conf/filter", f"{_PART}3/1.0/conf/features-filter", f"{_CQL2}cql2-text", f"{_CQL2}basic-cql2",
    f"{_CQL2}advanced-comparison-operators", f"{_CQL2}case-insensitive-comparison", f"{_CQL2}basic-spatial-functions",
    f"{_CQL2}spatial-functions", f"{_CQL2}property-property",
)  # fmt: skip

Absolute = Callable[[str], str]
"""Makes a path of the site a whole address."""


def link(href: str, rel: str, media: str, title: str) -> dict[str, str]:
    """Return a link as OGC API documents have it."""
    return {"href": href, "rel": rel, "type": media, "title": title}


def site_name() -> str:
    """Return the name of the interface: that of the site."""
    site = Installation.current()
    return site.site_name_zh or site.office_name or "Geo Registry"


def landing(absolute: Absolute) -> dict[str, Any]:
    """Return the landing page (Part 1, 7.2)."""
    root = absolute(reverse("api:landing"))
    return {
        "title": site_name(),
        "description": _(
            "What the registry tells the public, for machines: facilities, place names, divisions and roads."
        ),
        "links": [
            link(f"{root}?f=json", "self", JSON, _("This document")),
            link(f"{root}?f=html", "alternate", HTML, _("This document as a page")),
            link(absolute(reverse("api:openapi")), "service-desc", OPENAPI, _("What can be asked (OpenAPI)")),
            link(absolute(reverse("api:docs")), "service-doc", HTML, _("What can be asked, as a page")),
            link(absolute(reverse("api:conformance")), "conformance", JSON, _("Standards that it follows")),
            link(absolute(reverse("api:collections")), "data", JSON, _("Collections")),
            link(absolute(reverse("api:tilejson")), "related", JSON, _("Vector tiles (TileJSON)")),
            link(absolute(reverse("api:terms")), "license", JSON, _("Sources and licences")),
        ],
        **marks(all_sources()),
    }


def conformance() -> dict[str, Any]:
    """Return the classes of the standards that hold (Part 1, 7.4)."""
    return {"conformsTo": list(CONFORMS_TO)}


def collections(absolute: Absolute, opened: Sequence[Collection] = ()) -> dict[str, Any]:
    """Return all collections (Part 1, 7.13): what is public, and what a key has opened."""
    here = absolute(reverse("api:collections"))
    return {
        "links": [
            link(f"{here}?f=json", "self", JSON, _("This document")),
            link(f"{here}?f=html", "alternate", HTML, _("This document as a page")),
            link(absolute(reverse("api:terms")), "license", JSON, _("Sources and licences")),
        ],
        "crs": [crs.uri for crs in SUPPORTED],
        "collections": [collection(one, absolute) for one in (*COLLECTIONS.values(), *opened)],
        **marks(all_sources()),
    }


def collection(one: Collection, absolute: Absolute) -> dict[str, Any]:
    """Return one collection (Part 1, 7.14; Part 2, 6.2)."""
    here = absolute(reverse("api:collection", args=[one.id]))
    items = absolute(reverse("api:items", args=[one.id]))
    return {
        "id": one.id,
        "title": str(one.title),
        "description": str(one.description),
        "itemType": "feature",
        "extent": extent_of(one),
        "crs": [crs.uri for crs in SUPPORTED],
        "storageCrs": STORAGE.uri,
        "links": [
            link(f"{here}?f=json", "self", JSON, _("This document")),
            link(f"{here}?f=html", "alternate", HTML, _("This document as a page")),
            link(f"{items}?f=json", "items", GEOJSON, _("Features as GeoJSON")),
            link(f"{items}?f=html", "items", HTML, _("Features as a page")),
            link(
                absolute(reverse("api:queryables", args=[one.id])),
                "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                SCHEMA,
                _("What can be filtered by"),
            ),
            *_more_links(one, absolute),
            link(absolute(reverse("api:terms")), "license", JSON, _("Sources and licences")),
        ],
        **marks(sources_of(one)),
    }


def _more_links(one: Collection, absolute: Absolute) -> list[dict[str, str]]:
    """Return the links to files and changes of what is public; a key's collection has neither changes nor a feed."""
    from .files import formats_of  # files say what documents say: the other way round at import

    links = [
        link(absolute(reverse("api:download", args=[one.id, name])), "enclosure", form.media, str(form.words))
        for name, form in formats_of(one).items()
    ]
    if one.id in COLLECTIONS:
        changes = absolute(reverse("api:changes", args=[one.id]))
        links.append(link(f"{changes}?f=json", "related", JSON, _("What changed or went since a moment")))
        links.append(
            link(f"{changes}?f=atom", "related", "application/atom+xml", _("Changes as an Atom feed"))
        )
    return links


def queryables(one: Collection, absolute: Absolute) -> dict[str, Any]:
    """Return the properties that can be filtered by, as a JSON schema (Part 3, 6.2)."""
    properties: dict[str, Any] = {
        "geometry": {"title": _("geometry"), "format": "geometry-any", "x-ogc-role": "primary-geometry"}
    }
    for item in one.properties:
        properties[item.name] = {"title": str(item.title), **schema_of(item.type, item.choices)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": absolute(reverse("api:queryables", args=[one.id])),
        "type": "object",
        "title": str(one.title),
        "properties": properties,
        "additionalProperties": False,
    }


def schema_of(type_: str, choices: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of a property."""
    schema: dict[str, Any] = {"type": "string", "format": "date"} if type_ == DAY else {"type": type_}
    return schema | ({"enum": list(choices)} if choices else {})


def terms() -> dict[str, Any]:
    """Return where the data is from and on what terms it may be used."""
    sources = all_sources()
    return {
        "title": _("Sources and licences"),
        "attribution": Installation.current().office_name,
        **marks(sources),
    }


def all_sources() -> list[Source]:
    """Return the sources of anything that is public."""
    return sources_of(*COLLECTIONS.values())


def sources_of(*collections: Collection) -> list[Source]:
    """Return what collections are from."""
    found: set[int] = set()
    for one in collections:
        found |= set(
            one.rows().order_by().exclude(source=None).values_list("source_id", flat=True).distinct()
        )
    return list(Source.objects.filter(pk__in=found).order_by("code"))


def marks(sources: Iterable[Source], *, demo: bool = False) -> Mapping[str, Any]:
    """Return what every answer says: the licence of what it is from, and whether anything of it is invented."""
    rows = sorted(sources, key=lambda source: source.code)
    is_demo = demo or any(source.is_demo for source in rows)
    return {
        "licences": [
            {
                "source": source.title,
                "publisher": source.publisher or None,
                "licence": source.licence or None,
                "url": source.url or None,
            }
            for source in rows
        ],
        "demo": is_demo,
        "notice": DEMO if is_demo else None,
    }
