"""The OpenAPI 3.0 document: every address, parameter and answer, written out from the same declarations that answer."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from . import documents, openapi_more
from .asking import DEFAULT_LIMIT, FARTHEST_M, MOST, NEAREST_M
from .collections import COLLECTIONS, Collection, Property
from .crs import CRS84, SUPPORTED
from .documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, schema_of
from .office import described
from .problems import CONTENT_TYPE

_MOST_TEXT: Final = 500


def document(root: str) -> dict[str, Any]:
    """Return the document.

    Parameters
    ----------
    root
        Address of the landing page.
    """
    paths: dict[str, Any] = {
        "/": _get(_("The landing page"), _answer(JSON, "Landing"), [_ref("f")], "landing"),
        "/conformance": _get(
            _("Standards that it follows"), _answer(JSON, "Conformance"), [_ref("f")], "conformance"
        ),
        "/openapi": _get(_("What can be asked (OpenAPI)"), _answer(OPENAPI, "Anything"), [], "openapi"),
        "/docs": _get(_("What can be asked, as a page"), {HTML: {"schema": {"type": "string"}}}, [], "docs"),
        "/terms": _get(_("Sources and licences"), _answer(JSON, "Terms"), [_ref("f")], "terms"),
        "/collections": _get(_("Collections"), _answer(JSON, "Collections"), [_ref("f")], "collections"),
        "/tiles.json": _get(_("Vector tiles (TileJSON)"), {JSON: _schema("TileJSON")}, [], "tiles"),
    }
    for one in COLLECTIONS.values():
        paths |= _paths_of(one) | openapi_more.paths_of(one)
    for one in described():
        offices = _paths_of(one) | openapi_more.downloads_of(one)
        paths |= {path: _with_key(methods) for path, methods in offices.items()}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": documents.site_name(),
            "version": "1.0.0",
            "description": _(
                "Everything here is public and only read. Co-ordinates are longitude first unless “crs” says otherwise."
            ),
        },
        "servers": [{"url": root.rstrip("/")}],
        "paths": paths,
        "components": {
            "parameters": _parameters(),
            "schemas": _schemas() | openapi_more.schemas(),
            "responses": _refusals(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": _("A key that the office hands out."),
                }
            },
        },
    }


def _get(
    summary: str,
    content: dict[str, Any],
    parameters: list[dict[str, Any]],
    operation: str,
    *,
    found: bool = False,
) -> dict[str, Any]:
    """Return a path that is read; ``found``: it may not be there."""
    responses: dict[str, Any] = {
        "200": {"description": _("The answer"), "content": content},
        "304": {"description": _("Nothing has changed since the answer with this ETag")},
    }
    for status in ("400", "401", *(("404",) if found else ()), "405", "429", "503"):
        responses[status] = {"$ref": f"#/components/responses/{status}"}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": parameters,
            "responses": responses,
        }
    }


def _with_key(path: dict[str, Any]) -> dict[str, Any]:
    """Return a path that needs a key."""
    responses = path["get"]["responses"] | {"403": {"$ref": "#/components/responses/403"}}
    return {"get": path["get"] | {"security": [{"key": []}], "responses": responses}}


def _schema(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def _answer(media: str, schema: str) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if media != OPENAPI:
        content[HTML] = {"schema": {"type": "string"}}
    return content


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _paths_of(one: Collection) -> dict[str, Any]:
    base = f"/collections/{one.id}"
    general = [
        "f", "limit", "after", "bbox", "bbox-crs", "crs", "datetime", "near", "radius", "fields", "filter", "filter-lang",
        "filter-crs",
    ]  # fmt: skip
    names = [one.name for one in one.properties]
    sort = {
        "name": "sortby", "in": "query", "description": _("The property to sort by; “-” before it turns the order round."),
        "schema": {"type": "string", "enum": [sign + name for name in names for sign in ("", "-")]},
    }  # fmt: skip
    key = {
        "name": "featureId", "in": "path", "required": True, "description": str(one.key_property.title),
        "schema": {"type": "string", "minLength": 1, "maxLength": 60},
    }  # fmt: skip
    feature = f"{one.id}-feature"
    return {
        base: _get(str(one.title), _answer(JSON, "Collection"), [_ref("f")], f"collection-{one.id}"),
        f"{base}/queryables": _get(
            _("What can be filtered by"), _answer(SCHEMA, "Anything"), [_ref("f")], f"queryables-{one.id}"
        ),
        f"{base}/items": _get(
            str(one.description),
            _answer(GEOJSON, f"{one.id}-features"),
            [*(_ref(name) for name in general), sort, *(_by_property(item) for item in one.properties)],
            f"items-{one.id}",
        ),
        f"{base}/items/{{featureId}}": _get(
            _("One feature"),
            _answer(GEOJSON, feature),
            [key, _ref("f"), _ref("crs")],
            f"item-{one.id}",
            found=True,
        ),
    }


def _by_property(item: Property) -> dict[str, Any]:
    schema = schema_of(item.type)
    if schema["type"] in {"integer", "number"}:
        schema |= {"minimum": -(2**53), "maximum": 2**53}
    if schema == {"type": "string"}:
        schema |= {"maxLength": _MOST_TEXT}
    return {"name": item.name, "in": "query", "description": str(item.title), "schema": schema}


def _parameters() -> dict[str, Any]:
    def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    systems = [crs.uri for crs in SUPPORTED]
    numbers = {"type": "array", "items": {"type": "number"}}
    found = {
        "f": parameter("f", _("The format: json or html"), type="string", enum=["json", "html"]),
        "limit": parameter(
            "limit", _("How many at most; more than %(most)d are never given at once.") % {"most": MOST},
            type="integer", minimum=1, maximum=MOST, default=DEFAULT_LIMIT,
        ),
        "after": parameter("after", _("Where the page begins; from the link to the next page"), type="string"),
        "bbox": parameter(
            "bbox", _("A box that features must touch: west, south, east, north"),
            minItems=4, maxItems=6, **numbers,
        ) | {"style": "form", "explode": False},
        "bbox-crs": parameter("bbox-crs", _("System of the box"), type="string", enum=systems, default=CRS84.uri),
        "crs": parameter("crs", _("System of the answer"), type="string", enum=systems, default=CRS84.uri),
        "datetime": parameter("datetime", _("The day of the last change, or an interval: 2026-01-01/.."), type="string"),
        "near": parameter(
            "near", _("A place, longitude and latitude: features around it, with their distance"),
            minItems=2, maxItems=2, **numbers,
        ) | {"style": "form", "explode": False},
        "radius": parameter(
            "radius", _("How far around “near”, in metres"), type="number", minimum=1, maximum=FARTHEST_M, default=NEAREST_M
        ),
        "fields": parameter("fields", _("Only these properties"), type="array", items={"type": "string"})
        | {"style": "form", "explode": False},
        "filter": parameter("filter", _("A condition as CQL2 text"), type="string"),
        "filter-lang": parameter("filter-lang", _("Language of the filter"), type="string", enum=["cql2-text"]),
        "filter-crs": parameter(
            "filter-crs", _("System of the filter’s geometries"), type="string", enum=systems, default=CRS84.uri
        ),
    }  # fmt: skip
    return dict(found)


def _refusals() -> dict[str, Any]:
    words = {
        "400": _("The request cannot be understood"), "401": _("The key is not valid"),
        "403": _("The key does not allow this"), "404": _("There is no such resource"),
        "405": _("Only reading is possible here"), "413": _("The request is too large"),
        "429": _("Too many requests"), "503": _("The service cannot answer just now"),
    }  # fmt: skip
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": text, "content": content} for status, text in words.items()}


def _schemas() -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string"}
    maybe = {"type": "string", "nullable": True}
    links = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
    marks = {
        "licences": {"type": "array", "items": {"$ref": "#/components/schemas/Licence"}},
        "demo": {"type": "boolean"},
        "notice": maybe,
    }
    schemas: dict[str, Any] = {
        "Anything": {"type": "object"},
        "Link": _object({"href": text, "rel": text, "type": text, "title": text}, ["href", "rel"]),
        "Licence": _object({"source": text, "publisher": maybe, "licence": maybe, "url": maybe}, ["source"]),
        "Landing": _object({"title": text, "description": text, "links": links, **marks}, ["title", "links", "demo"]),
        "Conformance": _object({"conformsTo": {"type": "array", "items": text}}, ["conformsTo"]),
        "Terms": _object({"title": text, "attribution": text, **marks}, ["licences", "demo"]),
        "Collections": _object(
            {
                "links": links,
                "crs": {"type": "array", "items": text},
                "collections": {"type": "array", "items": {"$ref": "#/components/schemas/Collection"}},
                **marks,
            },
            ["links", "collections"],
        ),
        "Collection": _object(
            {
                "id": text, "title": text, "description": text, "itemType": text, "extent": {"type": "object"},
                "crs": {"type": "array", "items": text}, "storageCrs": text, "links": links, **marks,
            },
            ["id", "links", "crs"],
        ),
        "Geometry": {"type": "object", "nullable": True, "required": ["type"], "properties": {"type": text}},
        "Problem": _object(
            {"type": text, "title": text, "status": {"type": "integer"}, "detail": text, "parameter": text},
            ["title", "status"],
        ),
    }  # fmt: skip
    for one in (*COLLECTIONS.values(), *described()):
        schemas |= _schemas_of(one, links, marks)
    return schemas


def _schemas_of(one: Collection, links: dict[str, Any], marks: dict[str, Any]) -> dict[str, Any]:
    properties = {
        item.name: {"title": str(item.title), "nullable": True, **schema_of(item.type)}
        for item in one.properties
    }
    feature = {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": schema_of(one.key_property.type),
        "geometry": {"$ref": "#/components/schemas/Geometry"},
        "properties": {"type": "object", "properties": properties},
    }
    required = ["type", "id", "geometry", "properties"]
    count = {"type": "integer", "minimum": 0}
    return {
        f"{one.id}-feature": _object(feature | {"links": links} | marks, required),
        f"{one.id}-features": _object(
            {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "numberMatched": count,
                "numberReturned": count,
                "features": {"type": "array", "items": _object(feature, required)},
                "links": links,
                **marks,
            },
            ["type", "features", "links", "numberMatched", "numberReturned", "demo"],
        ),
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}
