"""Facilities: the columns that bureaus keep, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

from geo_registry.geodata.declarations import (
    LAT,
    LON,
    POSITION,
    SOURCE_REF,
    TOWNSHIP,
    VILLAGE,
    Column,
    Declaration,
    Match,
    Record,
)
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.identity import credit_code, is_mobile
from geo_registry.geodata.readers.base import Value
from geo_registry.geodata.values import (
    AREA_UNITS,
    Parser,
    boolean,
    choice,
    code_list,
    date,
    digits,
    identifier,
    integer,
    long_text,
    number,
    phone,
    text,
)

from .words import (
    CLIENTS,
    MEDICAL_SERVICES,
    OPERATION_MODES,
    OWNERSHIPS,
    PROVISIONS,
    REGISTRATIONS,
    STATUSES,
    TENURES,
)

# Column → what is measured; the vacant ones have a column of their own.
MEASURE_COLUMNS = {
    "beds_total": "beds",
    "beds_ordinary": "ordinary_beds",
    "beds_nursing": "nursing_beds",
    "daycare_places": "daycare_places",
    "meals_capacity": "meals_capacity",
    "meals_daily": "meals_served",
    "residents_in": "residents",
    "staff": "staff",
    "care_staff": "care_staff",
}
VACANT_COLUMNS = {
    "beds_total": "beds_vacant",
    "beds_ordinary": "beds_ordinary_vacant",
    "beds_nursing": "beds_nursing_vacant",
    "daycare_places": "daycare_vacant",
}
# A facility in operation that declares the function should say how many it can serve.
CAPACITY_OF_FUNCTION = {
    "residential-care": "beds_total",
    "day-care": "daycare_places",
    "meals": "meals_capacity",
}

_MORE_VACANT = gettext_noop("{vacant} is {vacant_count}, more than {total} with {total_count}.")
_NURSING_OVER = gettext_noop("{nursing} is {nursing_count}, more than {total} with {total_count}.")
_CLOSED_FIRST = gettext_noop("The facility is said to be closed on {closed}, before it opened on {opened}.")
_CONTRACT_ENDS_FIRST = gettext_noop("The contract ends on {end}, before it begins on {begin}.")
_HOURS = gettext_noop(
    "The opening hours “{value}” are not written as OpenStreetMap does, so nobody can tell when it is open. "
    "Write them like: Mo-Fr 08:30-17:30; PH off"
)
_MOBILE_MOVED = gettext_noop(
    "“{value}” looks like a personal mobile number. It was kept for the office only and is not shown to the "
    "public."
)

_PEOPLE = ("人", "名", "位")


@lru_cache(maxsize=1024)
def hours_are_readable(value: str) -> bool:
    """Tell whether opening hours follow OpenStreetMap's syntax."""
    try:
        OpeningHours(value)
    except (ParserError, ValueError):
        return False
    return True


def choices(words: Mapping[str, Sequence[str]]) -> Parser:
    """Return a parser of several of some words, as ``自理、半自理``."""
    one = choice(words)
    several = code_list()

    def parse(value: Value) -> list[str]:
        return list(dict.fromkeys(str(one(word)) for word in several(value)))

    return parse


def _beds_add_up(record: Record, match: Match) -> None:
    total = record.values.get("beds_total")
    if total is None:
        return
    for part, template in (("beds_vacant", _MORE_VACANT), ("beds_nursing", _NURSING_OVER)):
        count = record.values.get(part)
        if count is None or count <= total:
            continue
        short = part.removeprefix("beds_")
        params = {
            short: match.header(part),
            f"{short}_count": count,
            "total": match.header("beds_total"),
            "total_count": total,
        }
        record.refuse(Message(template, params), column=match.header(part), value=count)


def _vacant_parts(record: Record, match: Match) -> None:
    """Of each part there cannot be more vacant than there are in the same row."""
    for column, vacant in VACANT_COLUMNS.items():
        total, count = record.values.get(column), record.values.get(vacant)
        if column == "beds_total" or total is None or count is None or count <= total:
            continue
        params = {
            "vacant": match.header(vacant),
            "vacant_count": count,
            "total": match.header(column),
            "total_count": total,
        }
        record.refuse(Message(_MORE_VACANT, params), column=match.header(vacant), value=count)


def _dates_in_order(record: Record, match: Match) -> None:
    values = record.values
    opened, since = values.get("opened_on"), values.get("status_from")
    if opened and since and values.get("status") in {"closed", "merged"} and since < opened:
        params = {"closed": since.isoformat(), "opened": opened.isoformat()}
        record.refuse(Message(_CLOSED_FIRST, params), column=match.header("status_from"), value=since)
    begin, end = values.get("contract_from"), values.get("contract_to")
    if begin and end and end <= begin:
        params = {"begin": begin.isoformat(), "end": end.isoformat()}
        record.refuse(Message(_CONTRACT_ENDS_FIRST, params), column=match.header("contract_to"), value=end)


def _hours(record: Record, match: Match) -> None:
    hours = record.values.get("opening_hours")
    if hours is not None and not hours_are_readable(hours):
        message = Message(_HOURS, {"value": hours})
        record.warn(message, column=match.header("opening_hours"), value=hours)


def _keep_mobiles_private(record: Record, match: Match) -> None:
    """A mobile number in the public column stays with the office: it is somebody's own."""
    public = record.values.get("phone")
    if public is None or not is_mobile(public):
        return
    record.warn(Message(_MOBILE_MOVED, {"value": public}), column=match.header("phone"), value=public)
    del record.values["phone"]
    record.values.setdefault("private_phone", public)


FACILITIES = Declaration(
    kind="facilities",
    columns=(
        Column(
            "number",
            ("设施编号", "number", "编号", "机构编号"),
            identifier(40),
            required=True,
            looks_like_phones=True,
        ),
        Column("name", ("名称", "设施名称", "机构名称", "name"), text(120), required=True),
        Column("kind", ("类型", "设施类型", "机构类型", "kind"), text(80), required=True),
        Column("functions", ("功能", "服务功能", "functions"), code_list()),
        Column(
            "division_code", ("行政区划代码", "区划代码", "xzqdm", "division_code", "所属区划代码"), digits()
        ),
        TOWNSHIP,
        VILLAGE,
        Column("address", ("地址", "详细地址", "address", "addr:full"), text(200)),
        LON,
        LAT,
        POSITION,
        Column("location_source", ("坐标来源", "location_source"), text(200)),
        Column("status", ("状态", "运营状态", "status"), choice(STATUSES)),
        Column("status_from", ("状态日期", "status_from", "状态开始日期"), date),
        Column("built_on", ("建成日期", "built_on", "建成时间", "竣工日期"), date),
        Column("opened_on", ("开业日期", "opened_on", "开业时间"), date),
        Column("uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"), credit_code),
        Column("uscc_absent_reason", ("无代码原因", "uscc_absent_reason"), text(120)),
        Column("ownership", ("机构类别", "机构性质", "ownership"), choice(OWNERSHIPS)),
        Column("founder", ("兴办主体", "举办主体", "举办单位", "founder"), text(120)),
        Column("registration", ("注册类型", "登记类型", "registration"), choice(REGISTRATIONS)),
        Column("clients", ("服务对象", "收住对象", "clients"), choices(CLIENTS)),
        Column("funding", ("资金来源", "funding"), text(200)),
        Column("grade_scheme", ("评定等级依据", "等级评定", "grade_scheme"), text(120)),
        Column("grade", ("等级", "星级", "评定等级", "grade"), text(40)),
        Column("medical_service", ("医疗服务方式", "医疗服务", "medical_service"), choice(MEDICAL_SERVICES)),
        Column("medical_insurance", ("医保定点", "是否医保定点", "medical_insurance"), boolean),
        Column("operation_mode", ("运营方式", "operation_mode"), choice(OPERATION_MODES)),
        Column("operator", ("运营方", "运营机构", "运营单位", "operator"), text(120)),
        Column("contract_from", ("合同开始", "contract_from", "合同起始"), date),
        Column("contract_to", ("合同截止", "contract_to", "合同终止"), date),
        Column("beds_total", ("床位数", "床位", "总床位", "beds_total"), integer(units=("张", "个"))),
        Column("beds_ordinary", ("普通床位", "普通型床位", "beds_ordinary"), integer(units=("张", "个"))),
        Column(
            "beds_ordinary_vacant",
            ("空余普通床位", "普通床位空余", "beds_ordinary_vacant"),
            integer(units=("张", "个")),
        ),
        Column(
            "beds_nursing_vacant",
            ("空余护理型床位", "护理型床位空余", "beds_nursing_vacant"),
            integer(units=("张", "个")),
        ),
        Column(
            "daycare_vacant",
            ("空余日间照料位", "日间照料位空余", "daycare_vacant"),
            integer(units=("个", "张", *_PEOPLE)),
        ),
        Column("beds_nursing", ("护理型床位", "护理床位", "beds_nursing"), integer(units=("张", "个"))),
        Column("beds_vacant", ("空余床位", "空床", "空床位", "beds_vacant"), integer(units=("张", "个"))),
        Column(
            "daycare_places",
            ("日间照料位", "日照床位", "daycare_places"),
            integer(units=("个", "张", *_PEOPLE)),
        ),
        Column("meals_capacity", ("供餐能力", "meals_capacity"), integer(units=("份", "餐", *_PEOPLE))),
        Column(
            "meals_daily", ("日均就餐", "日均就餐人数", "meals_daily"), integer(units=("份", "餐", *_PEOPLE))
        ),
        Column("residents_in", ("入住人数", "在院人数", "residents_in"), integer(units=_PEOPLE)),
        Column("staff", ("工作人员", "工作人员数", "staff"), integer(units=_PEOPLE)),
        Column("care_staff", ("护理人员", "护理人员数", "护理员", "care_staff"), integer(units=_PEOPLE)),
        Column(
            "step_free_entrance",
            ("无障碍入口", "无台阶入口", "轮椅进出", "step_free_entrance", "wheelchair"),
            choice(PROVISIONS),
        ),
        Column(
            "accessible_toilet",
            ("无障碍厕所", "无障碍卫生间", "accessible_toilet", "toilets:wheelchair"),
            choice(PROVISIONS),
        ),
        Column("lift", ("电梯", "无障碍电梯", "电梯或单层", "lift"), choice(PROVISIONS)),
        Column(
            "accessible_parking", ("无障碍停车位", "无障碍车位", "accessible_parking"), choice(PROVISIONS)
        ),
        Column(
            "induction_loop",
            ("助听设备", "助听服务", "induction_loop", "hearing_loop", "audio_loop"),
            choice(PROVISIONS),
        ),
        Column("sign_language", ("手语服务", "手语", "sign_language"), choice(PROVISIONS)),
        Column(
            "area_m2",
            ("建筑面积", "面积", "area_m2"),
            number(least=0.1, units=AREA_UNITS),
            unit="m²",
        ),
        Column("tenure", ("房屋性质", "tenure", "房屋产权"), choice(TENURES)),
        Column("lease_from", ("租赁开始", "lease_from", "租期自"), date),
        Column("lease_to", ("租赁到期", "lease_to", "租期至"), date),
        Column("opening_hours", ("开放时间", "营业时间", "服务时间", "opening_hours"), text(300)),
        Column(
            "phone", ("公开电话", "联系电话", "电话", "phone", "contact:phone"), phone, looks_like_phones=True
        ),
        Column(
            "private_phone",
            ("内部电话", "private_phone", "负责人电话", "联系人电话", "手机", "手机号"),
            phone,
            looks_like_phones=True,
        ),
        Column("contact_role", ("负责人岗位", "contact_role", "岗位"), text(60)),
        Column("as_of", ("数据日期", "as_of", "统计日期", "更新日期"), date),
        Column("published", ("公开", "是否公开", "published"), boolean),
        Column("note", ("备注", "note", "说明"), long_text(2000)),
        SOURCE_REF,
    ),
    key=("number",),
    shapes=frozenset({Family.POINT}),
    near_home=True,
    twins=("name",),
    checks=(_beds_add_up, _vacant_parts, _dates_in_order, _hours, _keep_mobiles_private),
)
