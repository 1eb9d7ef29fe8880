"""The register as office sheets: headers as bureaus write them, and rows in their order."""

from __future__ import annotations

import datetime

from .facilities import REGISTER_DAY, Facility
from .faults import REFUSED, STATUS_FILE, Fault
from .plans import OPEN, PAUSED

# Column headers of the register, and where a facility keeps the value (None: see ``facility_row``).
FACILITY_HEADERS = {
    "number": "设施编号",
    "name": "名称",
    "kind": "类型",
    "functions": "功能",
    "division_code": "行政区划代码",
    "address": "地址",
    "lon": "经度",
    "lat": "纬度",
    "location_source": "坐标来源",
    "status": "状态",
    "status_from": "状态日期",
    "opened_on": "开业日期",
    "uscc": "统一社会信用代码",
    "uscc_absent_reason": "无代码原因",
    "ownership": "机构类别",
    "operation_mode": "运营方式",
    "operator": "运营方",
    "contract_from": "合同开始",
    "contract_to": "合同截止",
    "beds_total": "床位数",
    "beds_nursing": "护理型床位",
    "beds_vacant": "空余床位",
    "daycare_places": "日间照料位",
    "meals_capacity": "供餐能力",
    "meals_daily": "日均就餐",
    "residents_in": "入住人数",
    "staff": "工作人员",
    "area_m2": "建筑面积",
    "tenure": "房屋性质",
    "lease_to": "租赁到期",
    "opening_hours": "开放时间",
    "phone": "公开电话",
    "private_phone": "内部电话",
    "contact_role": "负责人岗位",
    "as_of": "数据日期",
    "published": "公开",
    "note": "备注",
}
_DATES = {"status_from", "opened_on", "contract_from", "contract_to", "lease_to", "as_of"}
STATUS_HEADERS = ["设施编号", "状态", "开始日期", "原因", "依据文件"]


def _date(value: object) -> object:
    return datetime.date.fromisoformat(value) if isinstance(value, str) and value else None


def facility_row(facility: Facility, functions: str) -> list[object]:
    """Return one row of the register in the order of ``FACILITY_HEADERS``."""
    known: dict[str, object] = {
        "number": facility.number,
        "name": facility.name,
        "kind": facility.kind_text,
        "functions": functions,
        "division_code": facility.unit.code,
        "address": f"{facility.unit.place_name}（示范地址）",
        "lon": facility.lonlat[0],
        "lat": facility.lonlat[1],
        "location_source": "示范（虚构）" if facility.lonlat[0] is not None else None,
        "status": facility.status,
        "status_from": facility.steps[-1][1],
        "opened_on": facility.opened_on,
        "uscc_absent_reason": "示范数据",
        "ownership": facility.ownership,
        "operation_mode": facility.mode,
        "operator": facility.operator,
        "contract_from": facility.contract[0],
        "contract_to": facility.contract[1],
        "as_of": REGISTER_DAY,
        "published": "是" if facility.published else "否",
        "note": facility.note,
        **facility.values,
    }
    row = []
    for column in FACILITY_HEADERS:
        value = known.get(column)
        row.append(_date(value) if column in _DATES else (value if value != "" else None))
    return row


def status_rows(register: list[Facility], faults: list[Fault]) -> list[list[object]]:
    """Return the dated history, and at its end two rows that cannot be right; both are noted in ``faults``.

    Facilities whose row is refused have no history here: it would be refused too.
    """
    refused = {fault.number for fault in faults if fault.outcome == REFUSED and "重复" not in fault.what}
    seen: set[str] = set()
    rows: list[list[object]] = []
    for facility in sorted(register, key=lambda f: f.number):
        if facility.number in refused or facility.number in seen:
            continue
        seen.add(facility.number)
        for status, day, reason in facility.steps:
            document = (
                f"示范文件〔{day[:4]}〕{len(rows) % 40 + 1}号" if status != OPEN or day >= "2022" else None
            )
            rows.append([facility.number, status, _date(day), reason, document])
    rows.append(["YL9999", OPEN, _date("2023-05-01"), "编号不存在（故意的错误）", None])
    faults.append(Fault("YL9999", "设施编号不存在", REFUSED, STATUS_FILE))
    rows.append([rows[0][0], PAUSED, "2023-02-30", "日期不存在（故意的错误）", None])
    faults.append(Fault(str(rows[0][0]), "日期不存在（2023-02-30）", REFUSED, STATUS_FILE))
    return rows
