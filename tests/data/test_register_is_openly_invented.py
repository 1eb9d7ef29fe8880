"""Facilities: the plan's names, everything else 示范, faults exactly where the manifest says."""

from __future__ import annotations

import datetime
import re
import tomllib

import pandas as pd
import pytest
import shapely
from opening_hours import OpeningHours, ParserError

from tests.conftest import ROOT

PLAN_NAMES = {
    "灵武市老年养护院", "灵武市中心敬老院", "灵武市安享综合福利院", "福灵综合养老服务中心", "崇兴镇综合养老服务中心",
    "郝家桥镇综合养老服务中心", "西三村养老服务中心", "西湖社区养老服务站", "兴业路社区养老服务站", "隆辰社区养老服务站",
    "西苑社区养老服务站", "人民街社区养老服务站", "灵武市未成年人救助保护中心", "灵武市精神障碍社区康复服务中心",
    "灵武市殡仪服务中心", "灵武市婚姻登记处", "灵武市社会组织孵化基地",
}  # fmt: skip
CAPACITY = {"机构养老": "床位数", "日间照料": "日间照料位", "老年助餐": "供餐能力"}


@pytest.fixture(scope="module")
def catalogue():
    text = (ROOT / "geo_registry" / "reference" / "data" / "networks.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    kinds = {kind["name_zh"] for net in data["network"] for tier in net["tier"] for kind in tier["kind"]}
    return kinds, {function["name_zh"] for function in data["function"]}


@pytest.fixture(scope="module")
def faults(manifest):
    return {
        (f["number"], f["what"].split("（")[0]): f["outcome"]
        for f in manifest["faults"]
        if f["file"] == "facilities.xlsx"
    }


def _numbers(faults, what):
    return sorted(number for number, fault in faults if fault.startswith(what))


def test_what_the_work_plan_names_is_there_and_all_else_says_it_is_invented(register):
    named = set(register["名称"])
    assert named >= PLAN_NAMES
    others = [name for name in named - PLAN_NAMES if "示范" not in name]
    assert all(name.endswith("未成年人保护工作站") for name in others)
    assert len(others) == 10


def test_no_telephone_can_be_dialled_and_nobody_is_named(register):
    phones = register["公开电话"].dropna()
    assert len(phones) > 100
    assert phones.str.fullmatch(r"0951-0000\d{3}").all()
    assert register["内部电话"].isna().all()
    assert set(register["负责人岗位"]) <= {
        "院长", "站长", "负责人", "儿童主任", "儿童督导员", "村养老服务协管员", "互助点召集人",
    }  # fmt: skip
    assert not register["运营方"].dropna().map(lambda name: "虚构" not in name).any()


def test_no_credit_code_is_made_up(register):
    assert register["统一社会信用代码"].isna().all()
    assert set(register["无代码原因"]) == {"示范数据"}


def test_about_220_facilities_of_every_kind_and_status(register, catalogue):
    kinds, functions = catalogue
    assert 200 <= len(register) <= 240
    assert set(register["类型"]) - kinds == {"养老驿站"}
    assert kinds <= set(register["类型"])
    assert set(register["状态"]) == {"规划", "在建", "运营", "暂停", "闲置", "撤并", "注销"}
    used = {function for cell in register["功能"] for function in cell.split(";")}
    assert used == functions


def test_the_plans_counts_are_kept(register):
    open_now = register[register["状态"] == "运营"]
    assert (open_now["类型"] == "老年助餐点").sum() == 8
    assert register["名称"].isin([n for n in PLAN_NAMES if n.endswith("社区养老服务站")]).sum() == 5
    planned = register[(register["类型"] == "邻里互助点") & (register["状态"] == "规划")]
    assert len(planned) == 2
    assert (open_now["类型"] == "精神障碍社区康复服务站").sum() == 5
    assert (register["类型"] == "未成年人保护工作站").sum() == 10
    west_three = register[register["名称"] == "西三村养老服务中心"].iloc[0]
    assert west_three["状态"] == "在建"


def test_sound_points_lie_in_their_village(register, divisions, faults):
    known = {number for number, _fault in faults}
    sound = register[~register["设施编号"].isin(known)]
    points = shapely.points(sound["经度"].astype(float).to_numpy(), sound["纬度"].astype(float).to_numpy())
    inside = shapely.covers(divisions.loc[sound["行政区划代码"], "geometry"].to_numpy(), points)
    assert sound.loc[~inside, "设施编号"].to_list() == []


def test_swapped_co_ordinates_are_where_the_manifest_says(register, faults):
    swapped = register[pd.to_numeric(register["经度"]) < 90]
    assert sorted(swapped["设施编号"]) == _numbers(faults, "经度与纬度对调")
    assert len(swapped) == 2


def test_missing_co_ordinates_are_where_the_manifest_says(register, faults):
    assert sorted(register.loc[register["经度"].isna(), "设施编号"]) == _numbers(faults, "没有坐标")


def test_displaced_points_lie_in_another_township(register, divisions, faults):
    numbers = _numbers(faults, "点位落在邻乡镇")
    assert len(numbers) == 2
    for row in register[register["设施编号"].isin(numbers)].to_dict("records"):
        point = shapely.Point(row["经度"], row["纬度"])
        assert not divisions.loc[row["行政区划代码"][:9], "geometry"].covers(point)
        assert divisions.loc["640181", "geometry"].covers(point)


def test_shifted_points_stay_in_their_village_so_that_only_the_map_shows_it(register, divisions, faults):
    numbers = _numbers(faults, "坐标为GCJ-02")
    assert len(numbers) == 2
    for row in register[register["设施编号"].isin(numbers)].to_dict("records"):
        assert divisions.loc[row["行政区划代码"], "geometry"].covers(shapely.Point(row["经度"], row["纬度"]))
        assert row["坐标来源"] == "手机地图拾取"


def test_capacity_is_missing_where_the_manifest_says_and_nowhere_else(register, faults):
    missing = set()
    for row in register[register["状态"] == "运营"].to_dict("records"):
        if any(function in row["功能"] and pd.isna(row[column]) for function, column in CAPACITY.items()):
            missing.add(row["设施编号"])
    assert sorted(missing) == _numbers(faults, "没有容量")


def test_only_one_home_has_more_vacant_beds_than_beds(register, faults):
    beds = register.dropna(subset=["床位数"])
    wrong = beds[beds["空余床位"].astype(int) > beds["床位数"].astype(int)]
    assert sorted(wrong["设施编号"]) == _numbers(faults, "空余床位多于床位数")
    assert (beds["护理型床位"].astype(int) <= beds["床位数"].astype(int)).all()


def test_only_one_number_stands_twice(register, faults):
    twice = register.loc[register["设施编号"].duplicated(), "设施编号"]
    assert sorted(twice) == _numbers(faults, "设施编号重复")


def test_opening_hours_are_of_many_shapes_and_all_but_one_can_be_read(register, faults):
    unreadable = []
    hours = register.dropna(subset=["开放时间"])
    for row in hours.to_dict("records"):
        try:
            OpeningHours(row["开放时间"])
        except ParserError:
            unreadable.append(row["设施编号"])
    assert unreadable == _numbers(faults, "开放时间不合OSM写法")
    assert hours["开放时间"].nunique() >= 15


def test_the_shelter_and_what_is_closed_are_not_published(register):
    hidden = register[register["公开"] == "否"]
    assert "灵武市未成年人救助保护中心" in set(hidden["名称"])
    gone = register[register["状态"].isin(["撤并", "注销"])]
    assert set(gone["公开"]) == {"否"}


# -- history ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound_history(history):
    return history[history["开始日期"].map(lambda day: isinstance(day, datetime.datetime))]


def test_the_history_ends_with_the_state_in_the_register(sound_history, register):
    last = sound_history.sort_values("开始日期", kind="stable").groupby("设施编号").last()
    stated = register.drop_duplicates("设施编号").set_index("设施编号")
    shared = last.index.intersection(stated.index)
    assert (last.loc[shared, "状态"] == stated.loc[shared, "状态"]).all()
    assert (last.loc[shared, "开始日期"] == stated.loc[shared, "状态日期"]).all()


def test_every_facility_that_is_not_refused_has_a_history(history, register, manifest):
    refused = {
        f["number"] for f in manifest["faults"] if f["outcome"] == "refused" and "重复" not in f["what"]
    }
    assert set(register["设施编号"]) - set(history["设施编号"]) == {
        n for n in refused if n in set(register["设施编号"])
    } - set(history["设施编号"])
    assert set(history["设施编号"]) - set(register["设施编号"]) == {"YL9999"}


def test_no_facility_has_two_states_from_one_day(history):
    assert not history.duplicated(["设施编号", "开始日期"]).any()


def test_every_year_more_elderly_care_is_open_although_some_closes(sound_history):
    elderly = sound_history[sound_history["设施编号"].str.startswith("YL")]
    counts = []
    for year in (2021, 2022, 2023, 2024):
        until = elderly[elderly["开始日期"] <= datetime.datetime(year, 12, 31)]
        last = until.sort_values("开始日期", kind="stable").groupby("设施编号").last()
        counts.append(int((last["状态"] == "运营").sum()))
    assert counts == sorted(set(counts))
    ended = elderly[elderly["状态"].isin(["撤并", "注销", "闲置", "暂停"])]
    assert {day.year for day in ended["开始日期"]} == {2022, 2023, 2024}


def test_two_rows_of_the_history_cannot_be_right(history):
    texts = history[history["开始日期"].map(lambda day: isinstance(day, str))]
    assert texts["开始日期"].to_list() == ["2023-02-30"]
    assert all(re.search("故意", reason) for reason in history.tail(2)["原因"])
