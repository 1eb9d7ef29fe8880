"""A coverage run as one HTML file that opens without a network.

The map is folium's. folium points at libraries on other hosts; those references are taken out and Leaflet is written into
the file itself. Nothing else of them is needed: tooltips and popups of GeoJSON layers do without jQuery and Bootstrap.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
import shapely.geometry

from .palette import OUTLINE, UNKNOWN

if TYPE_CHECKING:
    import folium  # costs a quarter of a second: only who makes such a file waits for it

Features = Mapping[str, Any]

_REMOTE_TAG = re.compile(r"<script[^>]+src=\"https?://[^>]*>\s*</script>|<link[^>]+href=\"https?://[^>]*/?>")
# Whatever a browser would fetch by itself; a link that a reader may follow is none of it.
_REMOTE_LOAD = re.compile(
    r"<(?:script|link|img|iframe|object|embed)\b[^>]*(?:src|href|data)=[\"']?(?:https?:)?//"
)
_CSS_URL = re.compile(r"url\(([^)]+)\)")


@dataclass(frozen=True, kw_only=True)
class LegendStep:
    """One line of the legend: the step's key, its colour (``None`` for unknown) and what it means."""

    key: int | str
    colour: str | None
    label: str


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """One more table below the first, with what it is about and how it is computed in a sentence."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    method: str


@dataclass(frozen=True, kw_only=True)
class CoverageSheet:
    """What the file shows, in words already translated.

    ``places`` are points with the properties ``step`` (a legend key), ``radius`` (pixels) and ``label``;
    ``facilities`` are points with ``label``; ``boundaries`` are polygons, with ``fill`` where they are coloured; ``roads`` are
    lines with ``weight``. Without a ``facility_label`` the legend has no facilities. ``extent`` is west, south, east, north of
    what the file opens with; all of it if not given.
    All are GeoJSON FeatureCollections, longitude first.
    """

    language: str
    title: str
    sentence: str
    legend_title: str
    legend: Sequence[LegendStep]
    facility_label: str
    table_caption: str
    table_head: Sequence[str]
    table_rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    demo_mark: str | None
    review_mark: str
    places: Features
    facilities: Features
    boundaries: Features
    roads: Features
    further: Sequence[SheetTable] = ()
    metres: str = "m"
    kilometres: str = "km"
    extent: tuple[float, float, float, float] | None = None


def render(sheet: CoverageSheet, *, leaflet_dir: Path) -> str:
    """Return the file's text.

    Parameters
    ----------
    sheet
        What to show.
    leaflet_dir
        Leaflet's ``dist`` folder with ``leaflet.js``, ``leaflet.css`` and ``images/``.

    Raises
    ------
    ValueError
        If after all a reference to another host is left in the text.
    """
    import folium

    figure = folium.Figure()
    map_ = folium.Map(tiles=None, zoom_snap=0.25, attribution_control=False)
    figure.add_child(map_)
    _add_layers(map_, sheet)
    bounds = _bounds(sheet)
    if bounds:
        map_.fit_bounds(bounds, padding=(12, 12))
    figure.header.add_child(folium.Element(f"<title>{escape(sheet.title)}</title>"), name="title")
    figure.header.add_child(folium.Element(f"<style>{_STYLE}</style>"), name="sheet-style")
    figure.html.add_child(folium.Element(_panel(sheet)), name="panel")
    text = _inline(figure.render(), leaflet_dir=leaflet_dir, language=sheet.language)
    text = text.replace("</html>", f"<script>{_scale(sheet, map_.get_name())}</script></html>")
    left = _REMOTE_LOAD.search(text)
    if left:
        raise ValueError(
            f"the file still points at another host near: {text[left.start() : left.start() + 120]}"
        )
    return text


def _scale(sheet: CoverageSheet, map_name: str) -> str:
    """Return the script of a scale bar in the reader's words; folium's own has miles, and Leaflet's writes “km”."""
    metres, kilometres = (
        json.dumps(f" {word}", ensure_ascii=False).replace("<", "\\u003c")
        for word in (sheet.metres, sheet.kilometres)
    )
    return (
        "L.Control.Scale.include({_updateMetric(most){const metres=this._getRoundNum(most);"
        f"this._updateScale(this._mScale,metres<1000?metres+{metres}:metres/1000+{kilometres},metres/most)}}}});"
        f"L.control.scale({{imperial:false}}).addTo({map_name});"
    )


def _add_layers(map_: folium.Map, sheet: CoverageSheet) -> None:
    """Draw from below: boundaries, roads, people, facilities."""
    import folium

    colour = {step.key: step.colour for step in sheet.legend}
    if sheet.boundaries["features"]:
        folium.GeoJson(
            sheet.boundaries,
            style_function=_boundary_style,
            control=False,
            interactive=False,
        ).add_to(map_)
    if sheet.roads["features"]:
        folium.GeoJson(
            sheet.roads,
            style_function=lambda f: {"color": "#c9c4b8", "weight": f["properties"]["weight"], "opacity": 1},
            control=False,
            interactive=False,
        ).add_to(map_)

    def place_style(feature: Mapping[str, Any]) -> dict[str, object]:
        step = feature["properties"]["step"]
        if step == UNKNOWN:
            return {
                "color": "#333333",
                "weight": 1.5,
                "dashArray": "2 2",
                "fillOpacity": 0,
                "radius": feature["properties"]["radius"],
            }
        return {
            "color": OUTLINE, "weight": 1, "fillColor": colour[step], "fillOpacity": 0.9, "radius": feature["properties"]["radius"],
        }  # fmt: skip

    if sheet.places["features"]:
        # Small circles above large ones, so that none is hidden whole.
        by_size = sorted(sheet.places["features"], key=lambda feature: -feature["properties"]["radius"])
        folium.GeoJson(
            {"type": "FeatureCollection", "features": by_size},
            marker=folium.CircleMarker(radius=5, fill=True),
            style_function=place_style,
            tooltip=folium.GeoJsonTooltip(fields=["label"], labels=False),
            control=False,
        ).add_to(map_)
    if sheet.facilities["features"]:
        folium.GeoJson(
            sheet.facilities,
            marker=folium.CircleMarker(radius=4, fill=True),
            style_function=lambda _f: {
                "color": "#ffffff",
                "weight": 1.5,
                "fillColor": "#1f5f8b",
                "fillOpacity": 1,
                "radius": 5,
            },
            tooltip=folium.GeoJsonTooltip(fields=["label"], labels=False),
            control=False,
        ).add_to(map_)


def _boundary_style(feature: Mapping[str, Any]) -> dict[str, object]:
    """A boundary is a line; where its division has a colour of its own, that is under it."""
    fill = feature["properties"].get("fill")
    style = {"color": "#8a8577", "weight": 1, "dashArray": "6 3 1 3", "fillOpacity": 0.8 if fill else 0}
    return style | ({"fillColor": fill} if fill else {})


def _bounds(sheet: CoverageSheet) -> list[list[float]] | None:
    """Return south-west and north-east corners of all that is shown but the roads, latitude first as Leaflet wants them."""
    if sheet.extent is not None:
        west, south, east, north = sheet.extent
        return [[south, west], [north, east]]
    layers = (sheet.places, sheet.facilities, sheet.boundaries)
    shapes = [
        shapely.geometry.shape(feature["geometry"]) for layer in layers for feature in layer["features"]
    ]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return [[south, west], [north, east]]


def _panel(sheet: CoverageSheet) -> str:
    """Return the words around the map: title, legend, table, notes."""
    mark = f'<p class="demo">{escape(sheet.demo_mark)}</p>' if sheet.demo_mark else ""
    legend = "".join(
        f'<li><span class="swatch{" hatch" if step.colour is None else ""}"'
        f"{f' style=background:{step.colour}' if step.colour else ''}></span>{escape(step.label)}</li>"
        for step in sheet.legend
    )
    table = _table(sheet.table_caption, sheet.table_head, sheet.table_rows) if sheet.table_head else ""
    further = "".join(
        f'<section class="table">{_table(one.caption, one.head, one.rows)}<p class="method">{escape(one.method)}</p></section>'
        for one in sheet.further
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.notes)
    return (
        f'<header class="sheet"><h1>{escape(sheet.title)}</h1><p class="sentence">{escape(sheet.sentence)}</p>{mark}</header>'
        f'<aside class="legend"><h2>{escape(sheet.legend_title)}</h2><ul>{legend}'
        f"{_facility_line(sheet)}</ul></aside>"
        f'<section class="table">{table}</section>{further}'
        f'<footer class="sheet"><p class="review">{escape(sheet.review_mark)}</p>{notes}</footer>'
    )


def _facility_line(sheet: CoverageSheet) -> str:
    if not sheet.facility_label:
        return ""
    return f'<li><span class="swatch dot"></span>{escape(sheet.facility_label)}</li>'


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if i == 0 else f"<td>{escape(cell)}</td>"
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"


def _inline(text: str, *, leaflet_dir: Path, language: str) -> str:
    """Take remote tags out, and write Leaflet's script and style (pictures as data) into the head."""
    text = _REMOTE_TAG.sub("", text)
    css = _CSS_URL.sub(
        lambda found: _data_url(found, folder=leaflet_dir), (leaflet_dir / "leaflet.css").read_text("utf-8")
    )
    js = (leaflet_dir / "leaflet.js").read_text("utf-8")
    js = re.sub(r"//# sourceMappingURL=\S+", "", js).replace("</script", "<\\/script")
    text = text.replace("<html>", f'<html lang="{escape(language)}">', 1)
    return text.replace("<head>", f"<head><style>{css}</style><script>{js}</script>", 1)


def _data_url(found: re.Match[str], *, folder: Path) -> str:
    """Return a picture that the style names as data; other references (``#default#VML``) are dropped."""
    path = folder / found.group(1).strip("'\"")
    if not path.is_file():
        return "none"
    return f"url(data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})"


_STYLE = """
*{box-sizing:border-box}
html,body{margin:0;height:auto;background:#fbfaf6;color:#26231e;
font:16px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif}
body{display:grid;grid-template-columns:minmax(0,1fr) 15rem;gap:0 1.5rem;
max-width:90rem;margin:auto!important;padding:1rem 1.5rem!important}

header.sheet,section.table,footer.sheet{grid-column:1/-1}
header.sheet{order:0}.folium-map{order:1;position:relative!important;width:100%!important;height:70vh!important;
border:1px solid #d8d2c4;background:#efece2}aside.legend{order:2}section.table{order:3}footer.sheet{order:4}
h1{font-size:1.6rem;margin:0}h2{font-size:1rem;margin:0 0 .5rem}.sentence{margin:.2rem 0 .8rem}
.demo{display:inline-block;border:2px solid #8c2f1b;color:#8c2f1b;padding:0 .6rem;margin:0 0 .8rem;font-weight:600}
aside ul{list-style:none;margin:0;padding:0}.swatch{display:inline-block;width:1.1rem;height:1.1rem;border:1px solid #5b4a3a;
border-radius:50%;margin-right:.6rem;vertical-align:-.2rem}
.hatch{border:1.5px dashed #333;
background:repeating-linear-gradient(45deg,#fff 0 3px,#999 3px 4px)}
.dot{width:.8rem;height:.8rem;margin-left:.15rem;margin-right:.75rem;
background:#1f5f8b;border:1.5px solid #fff;outline:1px solid #1f5f8b}
table{border-collapse:collapse;margin-top:1.2rem;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600}
th,td{padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e4dfd3;text-align:right}th:first-child{text-align:left}
th[scope=row]{font-weight:400;min-width:5em}
.method{color:#5d574c;font-size:.85rem;margin:.3rem 0 0}
footer.sheet{color:#5d574c;font-size:.85rem;margin-top:1rem}footer p{margin:0}.review{font-weight:600}
@media (max-width:700px){body{grid-template-columns:minmax(0,1fr);padding:.8rem!important}
.folium-map{height:60vh!important}aside.legend{margin-top:.8rem}section.table{overflow-x:auto}}
@media print{body{padding:0}.leaflet-control-zoom{display:none}}
"""
