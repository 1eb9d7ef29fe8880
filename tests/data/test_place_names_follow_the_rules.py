"""Place names: one for each unit and named road, spelled by the rules, hidden where they must be."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def spelled(names):
    return dict(zip(names["标准名称"], names["罗马字母拼写"], strict=True))


def test_every_unit_has_its_name_as_a_place_not_as_a_committee(names, units):
    own = names.dropna(subset=["对应区划代码"]).set_index("对应区划代码")
    assert set(own.index) == set(units.index)
    assert own.index.is_unique
    assert own.loc["640181102200", "标准名称"] == "韩渠村"
    assert not own["标准名称"].str.endswith("委会").any()


def test_only_villages_carry_a_national_code_and_it_fits_them(names):
    coded = names.dropna(subset=["地名代码"])
    assert set(coded["类别"]) == {"村"}
    assert coded["地名代码"].is_unique
    assert coded["地名代码"].str.fullmatch(r"\d{20}").all()
    assert (coded["地名代码"].str[:9] == coded["对应区划代码"].str[:9]).all()
    assert (coded["地名代码"].str[9:14] == "21610").all()


def test_surnames_of_villages_are_read_as_surnames(names):
    readings = {
        "任家": "Rénjiā",
        "单家": "Shànjiā",
        "曾家": "Zēngjiā",
        "华家": "Huàjiā",
        "仇家": "Qiújiā",
        "查家": "Zhājiā",
    }
    checked = 0
    for name, pinyin in zip(names["标准名称"], names["罗马字母拼写"], strict=True):
        if name[:2] in readings:
            assert pinyin.startswith(readings[name[:2]]), name
            checked += 1
    assert checked >= 10


def test_roads_are_written_apart_and_hamlets_solid(names, spelled):
    assert spelled["兴业路"] == "Xīngyè Lù"
    assert spelled["兴业一巷"] == "Xīngyè 1 Xiàng"
    assert spelled["兴业路社区"] == "Xīngyèlù Shèqū"
    hamlets = names[names["类别"] == "自然村"]
    assert not hamlets["罗马字母拼写"].str.contains(" ").any()


def test_doubtful_readings_wait_for_an_officer(names):
    doubtful = names[names["标准名称"].str.contains("堡")]
    assert len(doubtful) >= 2
    assert set(doubtful["拼写已确认"]) == {"否"}


def test_neither_unconfirmed_nor_secret_names_are_published(names):
    hidden = names[(names["拼写已确认"] == "否") | names["密级"].notna()]
    assert set(hidden["公开"]) == {"否"}
    assert names["密级"].notna().sum() == 3
    assert (names["公开"] == "是").sum() > 500


def test_every_named_road_has_a_place_and_every_road_of_a_place_exists(names, roads):
    pointed = names["对应道路编号"].dropna().str.split(";").explode()
    assert pointed.is_unique
    named = roads[roads["name"].notna() & (roads["name"] != "示范互通匝道")]
    assert set(pointed) == set(named["road_id"])
    by_id = dict(zip(roads["road_id"], roads["name"], strict=True))
    for name, cell in names.loc[names["对应道路编号"].notna(), ["标准名称", "对应道路编号"]].itertuples(
        index=False
    ):
        assert {by_id[number] for number in cell.split(";")} == {name}


def test_two_towns_have_a_road_of_the_same_name(names):
    twins = names[names["标准名称"] == "兴业路"]
    assert sorted(twins["所属政区"]) == ["640181001", "640181102"]


def test_every_text_says_that_it_is_invented(names):
    for column in ("地名来历", "地名含义", "历史沿革"):
        texts = names[column].dropna()
        assert len(texts) > 3
        assert texts.str.startswith("示范文字：").all()
    assert names["批准机关"].dropna().str.contains("示范").all()


def test_no_real_village_gets_an_invented_former_name(names):
    assert names.loc[names["对应区划代码"].notna(), "曾用名"].isna().all()
    assert names["曾用名"].notna().sum() >= 10
