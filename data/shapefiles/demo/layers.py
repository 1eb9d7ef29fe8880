"""The county as rows of the geometry files."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, Polygon

from .base import CENSUS_DAY, KIND_ZH, XY, many_to_lonlat, to_lonlat
from .county import County
from .divisions import as_multi
from .net import Road
from .people import Count

CRS = "EPSG:4490"
PREFIX = [
    ("640000", "宁夏回族自治区", "省级", "自治区", ""),
    ("640100", "银川市", "地级", "地级市", "640000"),
]
URBAN_TOWNS = {"640181001", "640181103"}
RAMP_KMH = 40
SPEED_KMH = {
    "高速": 100,
    "国道": 80,
    "省道": 80,
    "县道": 60,
    "乡道": 40,
    "街道": 40,
    "村道": 30,
    "巷": 20,
    "机耕路": 20,
}


def divisions_frame(county: County) -> gpd.GeoDataFrame:
    """Return the prefix chain, county, townships and units; the first two are known by name alone."""
    rows: list[dict[str, object]] = []
    shapes: list[object] = []

    def add(
        code: str, name: str, level: str, kind: str, parent: str, urban: str, counted: str, seat: XY | None
    ) -> None:
        lon, lat = seat or (None, None)
        rows.append({"代码": code, "名称": name, "级别": level, "类型": kind, "上级": parent, "城乡": urban, "计入": counted,
                     "经度": lon, "纬度": lat})  # fmt: skip
        shape = county.boundaries.lonlat.get(code)
        shapes.append(None if shape is None else as_multi(shape))

    for code, name, level, kind, parent in PREFIX:
        add(code, name, level, kind, parent, "", "是", None)
    add("640181", "灵武市", "县级", "县级市", "640100", "", "是", to_lonlat(*county.towns[0].centre))
    for town in county.towns:
        counted = "否" if town.kind == "农场" else "是"
        add(town.code, town.name, "乡级", town.kind, "640181", "城镇" if town.code in URBAN_TOWNS else "乡村", counted,
            to_lonlat(*town.centre))  # fmt: skip
    for unit in county.units:
        urban = "城镇" if unit.kind == "community" else "乡村"
        add(unit.code, unit.name, "村级", KIND_ZH[unit.kind], unit.town, urban, "是", to_lonlat(*unit.seat))
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


def built_up_frame(county: County) -> gpd.GeoDataFrame:
    """Return an outline around the street grid of every town, with uneven corners."""
    names = {town.code: town for town in county.towns}
    rows, shapes = [], []
    for number, grid in enumerate(county.grids, start=1):
        town = names[grid.town]
        label = {"core": "灵武市中心城区", "industry": "宁东镇区", "small-7": "灵新矿区"}.get(
            grid.name, f"{town.short}镇区"
        )
        outline = (
            grid.outline(160 if grid.name in ("core", "industry") else 90).buffer(60, quad_segs=2).simplify(8)
        )
        division = "640181" if grid.name == "core" else town.code
        rows.append(
            {"bh": f"JCQ-{number:02d}", "mc": f"{label}建成区", "xzqdm": division, "sjrq": "2023-12-31"}
        )
        shapes.append(Polygon(many_to_lonlat([(x, y) for x, y in outline.exterior.coords])))
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


def road_rows(county: County) -> list[tuple[str, list[XY], Road]]:
    """Return every stretch of road as number, rounded vertices and attributes, ordered by class and place."""
    places = many_to_lonlat(county.net.xy)
    chains = [([places[node] for node in chain], road) for chain, road in county.net.chains()]
    chains.sort(key=lambda item: (item[1].rank, item[1].ref, item[1].name, item[0]))
    return [(f"R{number:05d}", line, road) for number, (line, road) in enumerate(chains, start=1)]


def roads_frame(rows: list[tuple[str, list[XY], Road]]) -> gpd.GeoDataFrame:
    """Return the roads with Latin field names of at most ten characters."""
    table = [
        {
            "road_id": number, "name": road.name, "ref": road.ref, "class": road.road_class,
            "speed": _speed_kmh(road), "oneway": road.oneway, "bridge": "是" if road.bridge else "否",
            "tunnel": "否", "layer": road.layer, "width": road.width_m or None, "surface": _surface(road),
            "foot": road.foot, "bike": road.foot, "motor": "否" if road.road_class in ("步行街", "小路") else "",
        }
        for number, _line, road in rows
    ]  # fmt: skip
    frame = pd.DataFrame(table).astype({"speed": "Int32", "layer": "int32"})
    lines = gpd.GeoSeries([LineString(line) for _number, line, _road in rows], crs=CRS)
    return gpd.GeoDataFrame(frame, geometry=lines, crs=CRS)


def _speed_kmh(road: Road) -> int | None:
    return RAMP_KMH if "匝道" in road.name else SPEED_KMH.get(road.road_class)


def _surface(road: Road) -> str:
    if road.rank <= 5:
        return "沥青"
    return {"村道": "水泥", "机耕路": "砂石", "小路": "土路"}.get(
        road.road_class, "水泥" if road.width_m >= 4 else "土路"
    )


def population_frame(county: County, counts: list[Count]) -> gpd.GeoDataFrame:
    """Return hamlets and estates with what the census would say of them."""
    rows = [
        {
            "编号": home.code, "名称": home.name, "类型": home.kind, "行政区划代码": home.unit.code, "统计日期": CENSUS_DAY,
            "常住人口": count.residents, "60岁及以上": count.age60, "65岁及以上": count.age65, "80岁及以上": count.age80,
            "儿童": count.children, "户数": count.households, "特殊困难老年人": count.special_elders,
        }
        for home, count in zip(county.homes, counts, strict=True)
    ]  # fmt: skip
    points = [Point(p) for p in many_to_lonlat([home.xy for home in county.homes])]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.GeoSeries(points, crs=CRS), crs=CRS)
