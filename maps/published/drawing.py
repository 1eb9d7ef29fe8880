"""A composed map as frames, pictures, paper and one HTML file: its data and words put into what ``maps.exports`` draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
import shapely.geometry
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from facilities.models import Kind

from ..exports import composed, layers
from ..exports.composed import ComposedSheet, ListedTable, Swatch
from ..exports.coverage_html import CoverageSheet, LegendStep, SheetTable, render
from ..exports.layers import Layers
from ..exports.palette import FAR, UNKNOWN
from ..models import MapVersion
from ..services import coverage_page as page
from ..services.coverage_export import leaflet_dir, main_roads
from ..services.run_layers import ground_built_up, ground_roads
from .composition import Composition, Extent, StoryStep, read, read_story
from .content import Content, extent
from .coverage import HIDDEN
from .telling import NAMED, NAMED_COLOUR, Table, Told

_DOT_PX: Final = 4


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Everything of a version that is drawn: frames, colours and the part that is shown."""

    layers: Layers
    bounds: Extent
    fills: Mapping[str, str | None]
    colours: Mapping[int | str, str | None]


def drawn(version: MapVersion, content: Content) -> Drawn:
    """Return a version's data as frames.

    Raises
    ------
    ValueError
        If neither a part of the map was chosen nor anything is known of the home.
    """
    composition = read(version.composition)
    bounds = extent(composition)
    if bounds is None:
        raise ValueError("no part of the map was chosen, and the home has no extent")
    return Drawn(
        layers=_layers(composition, content), bounds=bounds, fills=fills(content), colours=colours_of(version)
    )


def fills(content: Content) -> dict[str, str | None]:
    """Return the colour of each division that has a figure; ``None`` where that is not published."""
    if not content["coverage"]:
        return {}
    return {
        row["code"]: None if row["step"] == HIDDEN else FAR[row["step"]]
        for row in content["coverage"]["rows"]
        if row["code"] and not row["whole"]
    }


def colours_of(version: MapVersion) -> dict[int | str, str | None]:
    """Return the colour of each kind of dot; ``None`` is hatched."""
    found: dict[int | str, str | None] = {UNKNOWN: None, NAMED: NAMED_COLOUR}
    if version.run is not None:
        found |= {line.key: line.colour for line in page.legend(version.run)}
    return found


def _layers(composition: Composition, content: Content) -> Layers:
    has_roads, has_built = "roads" in composition.base, "built" in composition.base
    return Layers(
        places=layers.frame(_dots(content), layers.PLACES),
        facilities=layers.frame(_facilities(content), layers.FACILITIES),
        divisions=layers.frame(_divisions(composition, content), layers.DIVISIONS),
        roads=layers.frame(ground_roads() if has_roads else [], layers.ROADS),
        built_up=layers.frame(ground_built_up() if has_built else [], layers.BUILT_UP),
    )


def _dots(content: Content) -> list[dict[str, Any]]:
    """Return villages by their time and named places; ``state`` says of which layer a dot is."""
    coverage = content["coverage"]
    villages = [("coverage", row, row["step"]) for row in (coverage["villages"] if coverage else [])]
    places = [("places", row, NAMED) for row in content["places"]]
    return [
        {
            "name": row["name"],
            "division": "",
            "township": "",
            "people": None,
            "step": step,
            "minutes": None,
            "nearest": "",
            "state": layer,
            "geometry": shapely.Point(row["lon"], row["lat"]),
        }
        for layer, row, step in [*villages, *places]
    ]


def _facilities(content: Content) -> list[dict[str, Any]]:
    kinds = {kind.code: kind for kind in Kind.objects.all()}
    return [
        {
            "number": number,
            "code": row["number"],
            "name": row["name"],
            "kind": kinds[row["kind"]].name,
            "shape": kinds[row["kind"]].shape,
            "glyph": kinds[row["kind"]].glyph,
            "division": row["division"],
            "township": row["township"],
            "geometry": shapely.Point(row["lon"], row["lat"]),
        }
        for number, row in enumerate(content["facilities"], start=1)
        if row["lon"] is not None and row["kind"] in kinds
    ]


def _divisions(composition: Composition, content: Content) -> list[dict[str, Any]]:
    named = "names" in composition.base
    lowest = max((row["level"] for row in content["divisions"]), default=0)
    return [
        {
            "name": row["name"],
            "code": row["code"],
            "level": row["level"],
            "lon": row["lon"] if named and row["level"] == lowest else None,
            "lat": row["lat"] if named and row["level"] == lowest else None,
            "geometry": shapely.geometry.shape(row["outline"]),
        }
        for row in content["divisions"]
    ]


def picture(version: MapVersion, content: Content, *, step: StoryStep | None = None) -> str:
    """Return the map, or that of one step of its story, as an SVG file.

    Raises
    ------
    ValueError
        As in `drawn`.
    """
    whole = drawn(version, content)
    shown, bounds, coloured = _of_step(whole, step)
    return composed.picture(shown, bounds, fills=coloured, colours=whole.colours)


def _of_step(whole: Drawn, step: StoryStep | None) -> tuple[Layers, Extent, Mapping[str, str | None]]:
    if step is None:
        return whole.layers, whole.bounds, whole.fills
    shown = composed.only(whole.layers, shown=step.layers)
    return shown, step.extent or whole.bounds, whole.fills if "coverage" in step.layers else {}


def sheet(version: MapVersion, content: Content, words: Told, *, address: str) -> ComposedSheet:
    """Return everything that stands on the paper of a version.

    Raises
    ------
    ValueError
        As in `drawn`.
    """
    whole = drawn(version, content)
    return ComposedSheet(
        language=(get_language() or "zh-hans").replace("hans", "Hans"),
        title=words.title,
        paragraphs=words.paragraphs,
        mark=words.mark,
        data=words.data,
        source=words.source,
        demo=words.demo,
        north=pgettext("on a map", "N"),
        scale=_("Scale 1:{denominator}"),
        metres=_("m"),
        kilometres=_("km"),
        address=address,
        legend=[
            (
                group.title,
                [
                    Swatch(form=group.form, label=line.label, colour=line.colour, shape=line.shape, glyph=line.glyph)
                    for line in group.lines
                ],
            )
            for group in words.legend
        ],
        tables=[_listed(table) for table in words.tables],
        notes=words.notes,
        layers=whole.layers,
        bounds=whole.bounds,
        fills=whole.fills,
        colours=whole.colours,
        chapters=[_chapter(whole, step) for step in read_story(version.story)],
    )  # fmt: skip


def _chapter(whole: Drawn, step: StoryStep) -> composed.Chapter:
    shown, bounds, coloured = _of_step(whole, step)
    return composed.Chapter(
        title=step.title,
        paragraphs=[part.strip() for part in step.text.split("\n") if part.strip()],
        bounds=bounds,
        layers=shown,
        fills=coloured,
    )


def _listed(table: Table) -> ListedTable:
    """Return a table for paper. Facilities stand there under the numbers that the map gives them."""
    numbered = table.layer == "facilities"
    head = [cell.text for cell in table.head]
    rows = [[cell.text for cell in row] for row in table.rows]
    numbers = [cell.is_number for cell in table.head]
    if numbered:
        head, numbers = [_("No."), *head], [False, *numbers]
        rows = [[str(number), *row] for number, row in enumerate(rows, start=1)]
    return ListedTable(caption=table.caption, head=head, rows=rows, numbers=numbers, notes=table.notes)


def html_file(version: MapVersion, content: Content, words: Told) -> str:
    """Return the map as one HTML file that opens without a network.

    Raises
    ------
    ExportError
        If the browser libraries have not been installed.
    """
    legend = [
        LegendStep(key=line.key, colour=line.colour, label=line.label)
        for group in words.legend
        if group.form != "symbol"
        for line in group.lines
    ]
    first, *others = words.tables or [Table(layer="", caption="", head=[], rows=[])]
    made = CoverageSheet(
        language=(get_language() or "zh-hans").replace("hans", "Hans"),
        title=words.title,
        sentence=" ".join([*words.paragraphs, words.data]),
        legend_title=_("Legend"),
        legend=legend,
        facility_label=_("facility in operation") if content["facilities"] else "",
        table_caption=first.caption,
        table_head=[cell.text for cell in first.head],
        table_rows=_texts(first),
        notes=[*first.notes, *words.notes, *([words.source] if words.source else [])],
        demo_mark=words.demo or None,
        review_mark=words.mark,
        places=_collection(_dot_features(content)),
        facilities=_collection(_facility_features(content)),
        boundaries=_collection(_boundary_features(content)),
        roads=main_roads() if "roads" in read(version.composition).base else _collection([]),
        further=[
            SheetTable(
                caption=table.caption, head=[cell.text for cell in table.head], rows=_texts(table), method=" ".join(table.notes)
            )
            for table in others
        ],
        metres=_("m"),
        kilometres=_("km"),
        extent=extent(read(version.composition)),
    )  # fmt: skip
    return render(made, leaflet_dir=leaflet_dir())


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def _collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    # folium tells features apart by an id, and takes any property for one where there is none.
    numbered = [{**feature, "id": number} for number, feature in enumerate(features)]
    return {"type": "FeatureCollection", "features": numbered}


def _point(lon: float, lat: float, **properties: object) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _dot_features(content: Content) -> list[dict[str, Any]]:
    coverage = content["coverage"]
    villages = [(row, row["step"]) for row in (coverage["villages"] if coverage else [])]
    places = [(row, NAMED) for row in content["places"]]
    return [
        _point(row["lon"], row["lat"], step=step, radius=_DOT_PX, label=row["name"])
        for row, step in [*villages, *places]
    ]


def _facility_features(content: Content) -> list[dict[str, Any]]:
    return [
        _point(row["lon"], row["lat"], label=" · ".join(part for part in (row["name"], row["phone"]) if part))
        for row in content["facilities"]
        if row["lon"] is not None
    ]


def _boundary_features(content: Content) -> list[dict[str, Any]]:
    coloured = fills(content)
    return [
        {"type": "Feature", "geometry": row["outline"], "properties": {"fill": coloured.get(row["code"])}}
        for row in content["divisions"]
    ]
