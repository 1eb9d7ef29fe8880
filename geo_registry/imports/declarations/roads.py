"""Roads: classes in OpenStreetMap's words or the ones that Chinese road registers use."""

from __future__ import annotations

import hashlib

import shapely

from geo_registry.geodata.declarations import POSITION, Column, Declaration, Match, Record
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.values import LENGTH_UNITS, boolean, choice, identifier, integer, number, text

ROAD_CLASSES = {
    "motorway": ("高速", "高速公路"),
    "trunk": ("国道", "一级公路", "快速路"),
    "primary": ("省道", "主干路", "主干道", "二级公路"),
    "secondary": ("县道", "次干路", "次干道", "三级公路"),
    "tertiary": ("乡道", "支路", "四级公路"),
    "unclassified": ("村道", "等外公路", "农村公路", "未分级"),
    "residential": ("街道", "街", "居住区道路", "街坊路"),
    "living_street": ("生活街", "生活街道"),
    "service": ("内部道路", "辅路", "专用道路", "专用公路"),
    "track": ("机耕道", "机耕路", "田间道"),
    "path": ("小路", "小径"),
    "footway": ("人行道", "步道"),
    "pedestrian": ("步行街",),
    "steps": ("台阶", "梯道"),
    "cycleway": ("自行车道", "非机动车道"),
}
# A lane (巷, 胡同) is walked and driven like a small street.
ROAD_CLASSES["living_street"] += ("巷", "胡同", "里弄")

# A centimetre: lines that differ by less are the same one, written with fewer digits.
GRID_DEG = 1e-7

ONEWAY = {
    "no": ("否", "双向", "无", "0", "false", "n"),
    "forward": ("是", "单行", "正向", "yes", "1", "true", "y", "FT"),
    "backward": ("反向", "逆向", "reverse", "-1", "TF"),
}


def _known_by_its_line(record: Record, match: Match) -> None:  # noqa: ARG001 - every check is given both
    """A road without a number of its own is known by its line: moved, it is another road."""
    if "source_ref" not in record.values and record.geometry is not None:
        line = shapely.set_precision(record.geometry, GRID_DEG, mode="pointwise")
        record.values["source_ref"] = f"line/{hashlib.sha256(shapely.to_wkb(line)).hexdigest()[:20]}"


ROADS = Declaration(
    kind="roads",
    columns=(
        Column(
            "source_ref",
            ("外部编号", "道路编号", "source_ref", "road_id", "osm_id", "id", "编号"),
            identifier(70),
            looks_like_phones=True,
        ),
        Column("name", ("道路名称", "名称", "name", "路名", "街路巷名称"), text(120)),
        Column("ref", ("路线编号", "路线代码", "ref", "线路编号"), text(40)),
        Column(
            "road_class",
            ("道路等级", "road_class", "class", "highway", "fclass", "等级", "道路类型"),
            choice(ROAD_CLASSES),
        ),
        Column(
            "speed_kmh",
            ("限速", "speed_kmh", "speed", "maxspeed", "设计时速"),
            integer(least=1, most=300, units=("km/h", "公里/小时", "千米/小时", "km", "公里")),
            lenient=True,
            unit="km/h",
        ),
        Column("oneway", ("单行", "oneway", "单向", "通行方向"), choice(ONEWAY)),
        Column("bridge", ("桥梁", "bridge", "是否桥梁"), boolean),
        Column("tunnel", ("隧道", "tunnel", "是否隧道"), boolean),
        Column("layer", ("层", "layer", "层级"), integer(least=-10, most=10), lenient=True),
        Column(
            "width_m",
            ("宽度", "width_m", "width", "路宽"),
            number(least=0.3, most=300, units=LENGTH_UNITS),
            lenient=True,
            unit="m",
        ),
        Column("surface", ("路面", "surface", "路面类型"), text(40)),
        Column("foot", ("允许步行", "foot", "步行"), boolean),
        Column("bicycle", ("允许骑行", "bicycle", "bike", "骑行"), boolean),
        Column("motor", ("允许机动车", "motor", "机动车"), boolean),
        Column("restricted", ("不公开", "restricted"), boolean),
        POSITION,
    ),
    key=("source_ref",),
    shapes=frozenset({Family.LINE}),
    geometry_required=True,
    checks=(_known_by_its_line,),
)
