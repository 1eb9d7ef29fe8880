"""(84)中地字第17号 by its own examples, and the traps around them."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.text.pinyin import strip_tones
from placenames.models import SplitMode as StoredSplitMode
from placenames.naming import Basis, DoubtCode, Lexicon, SplitMode, romanise, without_committee


def words_of(text):
    return text.split()


LEXICON = Lexicon.of(
    words_of(
        "山 江 河 湖 群岛 海峡 高原 水库 运河 渠 自治区 省 市 县 镇 区 乡 公路 岛 湾 峡 沟 "
        "广场 高地 峰 桥 大桥 门 楼 寺 塔 陵 站 公园 "
        "村 庄 屯 社区 国道 生活区 新村"
    ),
    numbered=words_of("路 街 道 马路 巷 胡同 小街 大街 小巷 环路 条 弄 里 厂 大道"),
)

# The rules' own examples. Rules 1-5 give the words with strokes between them, rules 6-15 the letters.
WORDS_APART = words_of("""
太行/山 松花/江 汾/河 太/湖 舟山/群岛 台湾/海峡 青藏/高原 密云/水库 大/运河 永丰/渠 西藏/自治区 江苏/省 襄樊/市 通/县 西峰/镇
虹口/区 友谊/乡 京津/公路 南京/路 滨江/道 横/街 长安/街 大/马路 梧桐/巷 门框/胡同 西辽/河 潮白/新河 新通扬/运河 北雁荡/山
老秃顶子/山 小金门/岛 景山/后街 造币/左路 清波门/直街 后赵家楼/胡同 朝阳门内/大街 南/小街 小/南街 南横/东街 修文/西小巷
东直门外/南后街 渤海/湾 黑龙江/省 景德镇/市 解放路/南小街 包头/胡同/东巷 左权/县 张之洞/路 欧阳海/水库
解放/桥 挹江/门 黄鹤/楼 少林/寺 大雁/塔 中山/陵 兰州/站 星海/公园
""")
SPELLED_APART = {
    "南京路": "Nánjīng Lù",
    "南横东街": "Nánhéng Dōngjiē",
    "解放路南小街": "Jiěfànglù Nánxiǎojiē",
    "五指山": "Wǔzhǐ Shān",
    "九龙江": "Jiǔlóng Jiāng",
    "三门峡": "Sānmén Xiá",
    "二道沟": "Èrdào Gōu",
    "第二松花江": "Dì'èr Sōnghuā Jiāng",
    "三眼井胡同": "Sānyǎnjǐng Hútong",
    "八角场东街": "Bājiǎochǎng Dōngjiē",
    "三八路": "Sānbā Lù",
    "五一广场": "Wǔyī Guǎngchǎng",
    "1203高地": "1203 Gāodì",
    "1718峰": "1718 Fēng",
    "二马路": "2 Mǎlù",
    "经五路": "Jīng 5 Lù",
    "三环路": "3 Huánlù",
    "大川淀一巷": "Dàchuāndiàn 1 Xiàng",
    "东四十二条": "Dōngsì 12 Tiáo",
    "第九弄": "Dì-9 Lòng",
    "一巷": "1 Xiàng",
    "前进四厂": "Qiánjìn 4 Chǎng",
    "珠江": "Zhū Jiāng",
    "天宁寺西里一巷": "Tiānníngsì Xīlǐ 1 Xiàng",
    "西安市": "Xī'ān Shì",
    "建瓯市": "Jiàn'ōu Shì",
    "天峨县": "Tiān'é Xiàn",
    "盆儿胡同": "Pénr Hútong",
    "海南岛": "Hǎinán Dǎo",
    "西安路": "Xī'ān Lù",
}
SPELLED_SOLID = {
    "王村": "Wángcūn",
    "江镇": "Jiāngzhèn",
    "漷县": "Huǒxiàn",
    "周口店": "Zhōukǒudiàn",
    "文家市": "Wénjiāshì",
    "油坊桥": "Yóufángqiáo",
    "铁匠营": "Tiějiàngyíng",
    "大虎山": "Dàhǔshān",
    "太平沟": "Tàipínggōu",
    "三岔河": "Sānchàhé",
    "龙王集": "Lóngwángjí",
    "龚家棚": "Gōngjiāpéng",
    "众埠街": "Zhòngbùjiē",
    "南王家荡": "Nánwángjiādàng",
    "第六屯": "Dìliùtún",
    "李庄": "Lǐzhuāng",
    "十里堡": "Shílǐpù",
    "吴堡": "Wúbǔ",
}


def apart(name, **options):
    return romanise(name, lexicon=LEXICON, **options)


def solid(name, **options):
    return romanise(name, lexicon=LEXICON, split_mode=SplitMode.SOLID, **options)


def codes(spelled):
    return [doubt.code for doubt in spelled.doubts]


@pytest.mark.parametrize("example", WORDS_APART)
def test_words_are_written_apart_as_in_the_rules(example):
    words = apart(example.replace("/", "")).words
    assert "/".join("".join(s.characters for s in word.syllables) for word in words) == example


@pytest.mark.parametrize(("name", "spelling"), SPELLED_APART.items())
def test_names_are_spelled_as_in_the_rules(name, spelling):
    assert apart(name).text == spelling


@pytest.mark.parametrize(("name", "spelling"), SPELLED_SOLID.items())
def test_villages_are_written_solid_as_in_the_rules(name, spelling):
    assert solid(name).text == spelling


@pytest.mark.parametrize(
    ("name", "breaks", "spelling"),
    [
        ("广安门北滨河路", (3, 6), "Guǎng'ānmén Běibīnhé Lù"),
        ("广渠南水关胡同", (2, 5), "Guǎngqú Nánshuǐguān Hútong"),
        ("武汉长江大桥", (2, 4), "Wǔhàn Chángjiāng Dàqiáo"),
        ("东四十二条", (1, 4), "Dōng 42 Tiáo"),
        ("南京路", (0, 3, 99), "Nánjīnglù"),
    ],
)
def test_where_the_rules_need_knowledge_of_the_place_the_officer_sets_the_breaks(name, breaks, spelling):
    assert apart(name, breaks=breaks).text == spelling


@pytest.mark.parametrize("name", ["广安门北滨河路", "广渠南水关胡同"])
def test_a_long_name_is_a_doubt(name):
    assert DoubtCode.LONG_SPECIFIC in codes(apart(name))


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("任家桥", "Rénjiāqiáo"),
        ("单家", "Shànjiā"),
        ("仇家", "Qiújiā"),
        ("曾家", "Zēngjiā"),
        ("查家", "Zhājiā"),
        ("华家", "Huàjiā"),
        ("朴家", "Piáojiā"),
        ("东任家庄", "Dōngrénjiāzhuāng"),
        ("老单家", "Lǎoshànjiā"),
        ("单庄", "Shànzhuāng"),
    ],
)
def test_villages_of_a_surname_are_read_as_the_surname_and_say_so(name, reading):
    spelled = solid(name)
    assert spelled.text == reading
    assert DoubtCode.SURNAME in codes(spelled)


def test_a_surname_with_one_reading_is_no_doubt():
    assert not solid("王家庄").doubts


def test_surnames_are_not_seen_where_there_are_none():
    assert apart("中华路").text == "Zhōnghuá Lù"
    assert apart("单行路").text != "Shànxíng Lù"


@pytest.mark.parametrize("name", ["胡家堡", "吴堡", "十里堡", "大黄堡", "东桑家堡子"])
def test_a_fortress_is_always_a_doubt(name):
    doubt = next(doubt for doubt in solid(name).doubts if doubt.code is DoubtCode.FORTRESS)
    assert set(doubt.options) == {"bǎo", "bǔ", "pù"}


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("山西路", "Shānxī Lù"),
        ("河南中路", "Hénán Zhōnglù"),
        ("向东路", "Xiàngdōng Lù"),
        ("创新路", "Chuàngxīn Lù"),
        ("长安南路", "Cháng'ān Nánlù"),
        ("兴业东街", "Xīngyè Dōngjiē"),
        ("中北村", "Zhōngběi Cūn"),
        ("星海公园路", "Xīnghǎi Gōngyuán Lù"),
    ],
)
def test_directions_go_with_the_street_unless_they_are_part_of_a_place(name, spelling):
    assert apart(name).text == spelling


def test_a_direction_after_a_place_that_may_include_it_is_a_doubt():
    assert DoubtCode.BREAK in codes(apart("黑龙江东路"))


def test_a_direction_that_tells_one_village_from_another_stays_with_the_name_and_is_a_doubt():
    spelled = apart("泾灵南村")
    assert spelled.text == "Jīnglíngnán Cūn"
    assert codes(spelled) == [DoubtCode.BREAK]


def test_the_generic_term_is_one_of_its_kind():
    assert apart("华新村").text == "Huá Xīncūn"
    village = romanise("华新村", lexicon=LEXICON.ending_in({"村"}))
    assert village.text == "Huáxīn Cūn"
    assert romanise("幸福新村路", lexicon=LEXICON.ending_in({"路"})).text == "Xìngfú Xīncūn Lù"


@pytest.mark.parametrize(
    ("name", "spelling"),
    [("台子", "Táizi"), ("狼皮子梁", "Lángpíziliáng"), ("石河子", "Shíhézǐ"), ("子长", "Zǐcháng")],
)
def test_a_suffix_has_no_tone(name, spelling):
    assert solid(name).text == spelling


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("统一路", "Tǒngyī Lù"),
        ("五一路", "Wǔyī Lù"),
        ("九一八大道", "Jiǔyībā Dàdào"),
        ("十二巷", "12 Xiàng"),
        ("中山东一路", "Zhōngshān Dōng 1 Lù"),
        ("107国道", "107 Guódào"),
        ("城一村", "Chéngyī Cūn"),
        ("Ｓ203国道", "S203 Guódào"),
    ],
)
def test_ordinals_are_figures_and_other_numerals_are_not(name, spelling):
    assert apart(name).text == spelling


@pytest.mark.parametrize("name", ["十一路", "东四十二条", "三环南路", "沈十路"])
def test_a_numeral_that_may_be_either_is_a_doubt(name):
    assert DoubtCode.NUMERAL in codes(apart(name))


def test_the_ending_r_is_told_from_the_syllable():
    assert apart("女儿河").text == "Nǚ'ér Hé"
    assert apart("儿童路").text == "Értóng Lù"
    assert DoubtCode.ERHUA in codes(apart("盆儿胡同"))


def test_forms_for_signs():
    spelled = apart("西安绿园路")
    assert spelled.text == "Xī'ānlǜyuán Lù"
    assert spelled.plain == "Xi'anlüyuan Lu"
    assert spelled.capitals == "XI'ANLÜYUAN LU"


def test_the_officer_chooses_the_reading_of_a_character():
    spelled = solid("胡家堡", readings={2: "pù"})
    assert spelled.text == "Hújiāpù"
    assert not spelled.doubts
    assert spelled.syllables[2].basis is Basis.CHOSEN


def test_a_character_without_a_reading_is_a_doubt_and_stays_visible():
    spelled = apart("\U0003134a家村")
    assert spelled.text == "\U0003134ajiā Cūn"
    assert codes(spelled) == [DoubtCode.NO_READING]
    assert apart("\U0003134a家村", readings={0: "bi"}).text == "Bijiā Cūn"


def test_characters_outside_the_basic_plane_are_one_position_each():
    spelled = apart("𬒈泉村")
    assert [syllable.index for syllable in spelled.syllables] == [0, 1, 2]
    assert spelled.text == "Quèquán Cūn"


def test_a_name_without_a_generic_term_is_one_word_and_says_so():
    spelled = apart("一线天")
    assert spelled.text == "Yīxiàntiān"
    assert codes(spelled) == [DoubtCode.NO_GENERIC]


def test_signs_are_left_out_and_named():
    spelled = apart("兴业（北）路")
    assert "(" not in spelled.text
    assert [doubt.characters for doubt in spelled.doubts if doubt.code is DoubtCode.NOT_HAN] == ["(", ")"]


def test_a_doubt_is_a_sentence():
    for doubt in (
        *solid("任家堡").doubts,
        *apart("黑龙江东路").doubts,
        *apart("十一路").doubts,
        *apart("\U0003134a（路").doubts,
    ):
        assert "{" not in str(doubt.message)


def test_split_modes_are_those_of_the_database():
    assert {mode.value for mode in SplitMode} == {mode.value for mode in StoredSplitMode}


@given(st.text(max_size=16), st.sampled_from(list(SplitMode)))
def test_no_text_is_ever_refused(name, mode):
    spelled = romanise(name, lexicon=LEXICON, split_mode=mode)
    assert spelled.capitals == spelled.plain.upper()
    assert [doubt.index for doubt in spelled.doubts] == sorted(doubt.index for doubt in spelled.doubts)
    assert all(0 <= doubt.index <= len(spelled.name) for doubt in spelled.doubts)


NAMES = st.text(
    alphabet="兴任单家大新东南西北中一二十第环路街巷村庄堡儿长安解放水库绿园A1", min_size=1, max_size=9
)


@given(NAMES, st.sampled_from(list(SplitMode)))
def test_every_character_is_spelled_once_and_in_order(name, mode):
    spelled = romanise(name, lexicon=LEXICON, split_mode=mode)
    assert "".join(syllable.characters for syllable in spelled.syllables) == name
    assert all(word.text[0] == word.text[0].upper() for word in spelled.words)


@given(NAMES)
def test_the_same_letters_are_written_apart_or_solid(name):
    letters = str.maketrans("", "", " '-")
    numerals = set("一二十第")
    if not numerals & set(name):
        assert apart(name).text.translate(letters).lower() == solid(name).text.translate(letters).lower()


@given(NAMES)
def test_apostrophes_stand_only_before_a_o_e(name):
    plain = strip_tones(solid(name).text)
    assert all(plain[at + 1].lower() in "aoe" for at, letter in enumerate(plain) if letter == "'")


def test_few_villages_of_a_real_county_are_in_doubt(shared):
    with (shared / "data/lingwu/units.csv").open(encoding="utf-8") as units:
        names = [without_committee(row["name"]) for row in csv.DictReader(units)]
    spelled = [apart(name) for name in names]
    assert len(spelled) > 100
    doubtful = {result.name for result in spelled if result.doubts}
    assert "胡家堡村" in doubtful
    assert len(doubtful) < 10, [(r.text, [str(d.message) for d in r.doubts]) for r in spelled if r.doubts]
