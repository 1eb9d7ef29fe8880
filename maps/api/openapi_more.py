"""What the OpenAPI document says of the change feed and of whole files."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from . import changes
from .asking import DEFAULT_LIMIT, FILE_PARAMETERS
from .collections import Collection, Property
from .documents import GEOJSON, HTML, JSON, schema_of
from .feeds import ATOM, RSS
from .files import Format, formats_of

_BINARY = {"type": "string", "format": "binary"}


def paths_of(one: Collection) -> dict[str, Any]:
    """Return the paths of a collection's change feed and files."""
    return {f"/collections/{one.id}/changes": _changes(one)} | downloads_of(one)


def downloads_of(one: Collection) -> dict[str, Any]:
    """Return the paths of a collection's files."""
    return {
        f"/collections/{one.id}/download.{name}": _download(one, name, form)
        for name, form in formats_of(one).items()
    }


def schemas() -> dict[str, Any]:
    """Return the schemas that these need."""
    text, links = {"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
    change = {
        "type": "object",
        "required": ["id", "change", "at"],
        "properties": {
            "id": {"anyOf": [text, {"type": "integer"}]},
            "change": {"type": "string", "enum": ["changed", "gone"]},
            "at": {"type": "string", "format": "date-time"},
            "feature": {"type": "object"},
        },
    }
    return {
        "Changes": {
            "type": "object",
            "required": ["collection", "changes", "links", "numberReturned", "demo"],
            "properties": {
                "collection": text,
                "changes": {"type": "array", "items": change},
                "numberReturned": {"type": "integer", "minimum": 0},
                "knownUntil": {"type": "string", "format": "date-time", "nullable": True},
                "links": links,
                "licences": {"type": "array", "items": {"$ref": "#/components/schemas/Licence"}},
                "demo": {"type": "boolean"},
                "notice": {"type": "string", "nullable": True},
            },
        },
        "TileJSON": {
            "type": "object",
            "required": ["tilejson", "tiles", "vector_layers"],
            "properties": {
                "tilejson": text,
                "tiles": {"type": "array", "items": text},
                "vector_layers": {"type": "array", "items": {"type": "object"}},
                "attribution": text,
            },
        },
    }


def _changes(one: Collection) -> dict[str, Any]:
    def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    return {
        "get": {
            "operationId": f"changes-{one.id}",
            "summary": _("What changed or went since a moment"),
            "parameters": [
                parameter("f", _("The format"), type="string", enum=["json", "html", "atom", "rss"]),
                parameter("since", _("A date, or a moment with its time zone"), type="string"),
                parameter(
                    "after",
                    _("Where the page begins; from the link to the next page"),
                    type="string",
                    pattern="^[0-9]{1,18}$",
                ),
                parameter(
                    "limit", _("How many at most"), type="integer", minimum=1, maximum=changes.MOST, default=DEFAULT_LIMIT
                ),
            ],
            "responses": {
                "200": {
                    "description": _("The answer"),
                    "content": {
                        JSON: {"schema": {"$ref": "#/components/schemas/Changes"}},
                        **{media: {"schema": {"type": "string"}} for media in (HTML, ATOM, RSS)},
                    },
                },
                "304": {"description": _("Nothing has changed since the answer with this ETag")},
                **_refused("400", "401", "405", "429", "503"),
            },
        }
    }  # fmt: skip


def _download(one: Collection, name: str, form: Format) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"} if form.media == GEOJSON else _BINARY
    return {
        "get": {
            "operationId": f"download-{one.id}-{name}",
            "summary": _("As one file: %(kind)s") % {"kind": name},
            "parameters": [
                *({"$ref": f"#/components/parameters/{parameter}"} for parameter in FILE_PARAMETERS),
                *(_by_property(item) for item in one.properties),
            ],
            "responses": {
                "200": {"description": _("The file"), "content": {form.media: {"schema": schema}}},
                "304": {"description": _("Nothing has changed since the answer with this ETag")},
                **_refused("400", "401", "405", "413", "429", "503"),
            },
        }
    }


def _by_property(item: Property) -> dict[str, Any]:
    schema = schema_of(item.type)
    if schema["type"] in {"integer", "number"}:
        schema |= {"minimum": -(2**53), "maximum": 2**53}
    return {"name": item.name, "in": "query", "description": str(item.title), "schema": schema}


def _refused(*statuses: str) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}
