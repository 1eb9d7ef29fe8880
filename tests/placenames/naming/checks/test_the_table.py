"""The 22 checks against the table's own “must find / must pass”, without a database."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from placenames.naming import Lexicon, level_of, romanise
from placenames.naming.checks import (
    REGISTRY,
    Act,
    Candidate,
    Context,
    Entry,
    Gate,
    Landmark,
    Proposal,
    Result,
    Rule,
    Scope,
    ScopeKind,
    Severity,
    Stretch,
    TermLimits,
    all_clear,
    run_checks,
)
from placenames.naming.checks.dates import deadlines
from placenames.naming.checks.ground import meeting_angle
from placenames.naming.generic import split_name
from placenames.naming.traditional import _SIMPLIFIED

ROAD_TERMS = ("路", "街", "巷", "大道", "小街", "马路", "环路", "大街")
LEXICON = Lexicon.of([*ROAD_TERMS, "镇", "村", "庄", "社区"], numbered=ROAD_TERMS)
TODAY = datetime.date(2026, 3, 1)
TOWN = Scope(kind=ScopeKind.BUILT_UP, label="城区建成区")
COUNTRY = Scope(kind=ScopeKind.COUNTY, label="甲县", lawful=False)
UNKNOWN = Scope(kind=ScopeKind.BUILT_UP, known=False)


def candidate(text, *, in_scope=True, family="road", **more):
    parts = split_name(text, LEXICON)
    return Candidate(
        key=f"place:{text}", text=text, specific=parts.specific, generic=parts.generic, family=family,
        where="城一村", in_scope=in_scope, **more,
    )  # fmt: skip


def context(*names, scope=TOWN, **more):
    given = [name if isinstance(name, Candidate) else candidate(name) for name in names]
    return Context(today=TODAY, lexicon=LEXICON, scope=scope, candidates=given, **more)


def run(number, text, around=None, **more):
    proposal = text if isinstance(text, Proposal) else Proposal(text=text, own_terms=ROAD_TERMS, **more)
    return REGISTRY[number].run(proposal, around or context())


def said(finding):
    return [(item.text, item.severity.value) for item in finding.evidence]


def test_there_are_22_each_with_number_version_code_and_severity():
    assert list(REGISTRY) == list(range(1, 23))
    assert len({check.code for check in REGISTRY.values()}) == 22
    assert all(check.version == 1 for check in REGISTRY.values())


def test_what_is_shipped_as_rows_is_what_the_classes_say():
    path = Path("geo_registry/reference/data/rules.toml")
    rows = {row["number"]: row for row in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]}
    for number, check in REGISTRY.items():
        row = rows[number]
        assert (check.code, check.severity, check.elsewhere, check.article) == (
            row["code"], row["severity"], row["severity_elsewhere"], row["article"],
        )  # fmt: skip


# 1


def test_1_the_same_name_in_one_built_up_area_blocks():
    finding = run(1, "兴业路", context(candidate("兴业路", distance_m=420.0, lon=106.1, lat=38.1)))
    assert (finding.result, finding.severity) == (Result.FOUND, Severity.BLOCK)
    assert finding.blocks(Gate.APPROVAL)
    evidence = finding.evidence[0]
    assert (evidence.text, evidence.where, evidence.distance_m, evidence.lon) == (
        "兴业路",
        "城一村",
        420.0,
        106.1,
    )
    assert "420 m" in evidence.message.render()


def test_1_the_same_name_in_two_villages_warns():
    finding = run(1, "兴业路", context(candidate("兴业路", in_scope=False), scope=COUNTRY))
    assert finding.severity is Severity.WARN


def test_1_full_width_and_compatibility_forms_are_the_same_name():
    assert run(1, "興業路", context("興 業路")).result is Result.FOUND


def test_1_a_scope_that_nobody_knows_is_not_checked_and_never_blocks():
    assert run(1, "兴业路", context(scope=UNKNOWN)).result is Result.NOT_CHECKED
    assert run(1, "兴业路", context("兴业路", scope=UNKNOWN)).severity is Severity.WARN


def test_1_a_village_of_the_same_name_is_no_duplicate_of_a_road():
    assert run(1, "兴业路", context(candidate("兴业路", family="settlement"))).result is Result.CLEAR


def test_1_the_name_that_the_thing_bears_is_no_duplicate_of_itself():
    around = context(candidate("兴业路"))
    assert (
        run(1, Proposal(text="兴业路", own_terms=ROAD_TERMS, key="place:兴业路"), around).result
        is Result.CLEAR
    )


# 2 - 5


def test_2_another_generic_term_warns():
    assert said(run(2, "兴业路", context("兴业巷"))) == [("兴业巷", "warn")]
    assert run(2, "兴业路", context("兴业路")).result is Result.CLEAR


@pytest.mark.parametrize(("one", "other"), [("兴业路", "星业路"), ("长兴路", "常兴路"), ("崇兴路", "重兴路")])
def test_3_homophones_warn(one, other):
    assert said(run(3, one, context(other))) == [(other, "warn")]
    assert said(run(3, other, context(one))) == [(one, "warn")]


def test_3_another_reading_counts_and_is_said_to_be_one():
    # 乐 is lè or yuè: 岳 is yuè only.
    finding = run(3, "乐安路", context("岳安路"))
    assert finding.result is Result.FOUND
    assert "another reading" in finding.evidence[0].message.render()


def test_3_a_reading_that_the_officer_chose_is_the_only_one():
    proposal = Proposal(text="乐安路", own_terms=ROAD_TERMS, readings={0: "lè"})
    assert run(3, proposal, context("岳安路")).result is Result.CLEAR


def test_4_near_homophones_inform():
    assert said(run(4, "兴业路", context("新业路"))) == [("新业路", "info")]
    assert run(3, "兴业路", context("新业路")).result is Result.CLEAR


def test_4_永宁_and_永灵_pass():
    assert run(4, "永宁路", context("永灵路")).result is Result.CLEAR


def test_5_look_alikes_inform():
    confusable = {"confusable": [Entry(key="entry:1", text="大", other="太")]}
    assert said(run(5, "新华路", context("兴华路"))) == [("兴华路", "info")]
    assert said(run(5, "华新路", context("新华路"))) == [("新华路", "info")]
    # Of villages of families the surname tells one from another; a sign that is easily confused is another matter.
    assert run(5, "陈家村", context("赵家村"), family="settlement").result is Result.CLEAR
    finding = run(5, "大泉路", context("太泉路", lists=confusable))
    assert "easily confused" in finding.evidence[0].message.render()
    assert run(5, "新华路", context("解放路")).result is Result.CLEAR


# 6 - 8


def test_6_characters_outside_the_8105_block_and_are_overridden_with_a_file():
    finding = run(6, "興業路")
    assert said(finding) == [("興", "block"), ("業", "block")]
    assert finding.settling == "file"
    assert "兴" in finding.evidence[0].message.render()


def test_6_a_third_level_character_warns_and_a_common_name_passes():
    third = next(c for c in "玥璟镕" if level_of(c) == 3)
    assert said(run(6, f"{third}华路")) == [(third, "warn")]
    assert run(6, "兴业路").result is Result.CLEAR


def test_6_the_traditional_map_leads_into_the_standard():
    assert [one for one, other in _SIMPLIFIED.items() if level_of(other) is None] == []


def test_7_letters_block():
    finding = run(7, "阳光City路")
    assert finding.severity is Severity.BLOCK
    assert {item.text for item in finding.evidence} == set("City")
    assert run(7, "阳光城路").result is Result.CLEAR


def test_8_a_part_that_is_missing_blocks():
    assert run(8, "路").severity is Severity.BLOCK
    assert run(8, "兴业").severity is Severity.BLOCK


def test_8_a_doubled_generic_term_warns_and_one_that_became_part_of_the_name_passes():
    assert run(8, "兴业路街").severity is Severity.WARN
    for name in ("解放路南小街", "兴业路", "二马路"):
        assert run(8, name).result is Result.CLEAR


# 9


LIMITS = {"大道": TermLimits(term="大道", families=("road",), min_width_m=40, min_length_m=2000)}


def test_9_a_lane_of_three_metres_called_大道_warns():
    finding = run(9, "兴业大道", context(limits=LIMITS), width_m=3.0)
    assert finding.severity is Severity.WARN
    assert "40 m" in finding.evidence[0].message.render()


def test_9_measures_that_fit_pass_and_unknown_ones_are_not_checked():
    assert run(9, "兴业大道", context(limits=LIMITS), width_m=45.0).result is Result.CLEAR
    assert run(9, "兴业大道", context(limits=LIMITS)).result is Result.NOT_CHECKED
    assert run(9, "兴业路", context(limits=LIMITS), width_m=45.0).result is Result.NOT_CHECKED


# 10 - 15


def listed(name, *texts, **more):
    return {name: [Entry(key=f"entry:{text}", text=text, **more) for text in texts]}


@pytest.mark.parametrize(
    ("number", "name", "entries", "severity"),
    [
        (10, "中山路", ("leader", "中山"), "review"),
        (11, "左权路", ("person", "左权"), "review"),
        (12, "巴黎路", ("foreign", "巴黎"), "review"),
        (12, "曼哈顿街", ("foreign", "曼哈顿"), "review"),
        (13, "万达路", ("brand", "万达"), "review"),
        (14, "黄河路", ("famous", "黄河"), "info"),
        (15, "鬼门路", ("meaning", "鬼"), "review"),
    ],
)
def test_10_to_15_a_word_of_the_list_is_found_and_never_blocks_a_road(number, name, entries, severity):
    list_name, word = entries
    finding = run(number, name, context(lists=listed(list_name, word)))
    assert [item.severity.value for item in finding.evidence] == [severity]
    assert finding.evidence[0].key == f"word:{word}"


@pytest.mark.parametrize("number", [10, 12, 13, 14, 15, 20])
def test_an_empty_list_is_not_checked(number):
    assert run(number, "兴业路").result is Result.NOT_CHECKED


def test_10_a_name_that_exists_already_is_exempt():
    proposal = Proposal(text="中山路", own_terms=ROAD_TERMS, act=Act.RENAMING, old_text="中山路")
    assert run(10, proposal, context(lists=listed("leader", "中山"))).result is Result.CLEAR


def test_11_a_person_is_found_by_how_the_name_is_built_and_a_surname_village_passes():
    assert said(run(11, "左权路")) == [("左权", "review")]
    others = context(lists=listed("person", "某某"))
    for name in ("吴家庄", "兴业路", "新华路", "金安路"):
        assert run(11, Proposal(text=name, own_terms=(*ROAD_TERMS, "庄")), others).result is Result.CLEAR
    assert run(11, "兴业路").result is Result.NOT_CHECKED


def test_13_a_hit_is_dismissed_with_a_reason_for_good():
    around = context(lists=listed("brand", "兴业"))
    proposal = Proposal(text="兴业路", own_terms=ROAD_TERMS)
    reasons = {("enterprise", "word:兴业"): "“兴业”指兴办产业，与该企业没有特定联系"}
    before, after = (run_checks(proposal, around, only=[13], dismissals=d)[0] for d in (None, reasons))
    assert (before.severity, after.severity) == (Severity.REVIEW, Severity.OFF)
    assert after.result is Result.FOUND
    assert after.open_evidence == ()


def test_14_a_division_may_not_borrow_a_famous_name():
    def town(verified):
        around = context(lists=listed("famous", "黄河", verified=verified))
        proposal = Proposal(text="黄河镇", family="division", own_terms=("镇",), is_division=True)
        return run(14, proposal, around).severity

    assert (town(True), town(False)) == (Severity.BLOCK, Severity.REVIEW)


def test_15_what_is_read_like_a_word_of_the_list_is_found():
    assert run(15, "兴业路", context(lists=listed("meaning", "失望"))).result is Result.CLEAR
    assert said(run(15, "诗忘路", context(lists=listed("meaning", "失望")))) == [("失望", "review")]


# 16 - 18


def test_16_a_road_called_east_that_lies_west_warns():
    middle = [Landmark(text="城一村", lon=106.20, lat=38.00)]
    west = run(16, "兴业东路", context(landmarks=middle), lon=106.18, lat=38.0)
    assert west.severity is Severity.WARN
    assert "west" in west.evidence[0].message.render()
    assert run(16, "兴业东路", context(landmarks=middle), lon=106.22, lat=38.0).result is Result.CLEAR
    assert run(16, "兴业路", context(landmarks=middle), lon=106.18, lat=38.0).result is Result.CLEAR


def test_16_the_sibling_counts_before_the_middle_and_without_a_map_nothing_is_checked():
    marks = [
        Landmark(text="兴业西路", lon=106.17, lat=38.0, word="西"),
        Landmark(text="城一村", lon=106.2, lat=38.0),
    ]
    assert run(16, "兴业东路", context(landmarks=marks), lon=106.18, lat=38.0).result is Result.CLEAR
    assert run(16, "兴业东路", context(landmarks=marks)).result is Result.NOT_CHECKED


def line(*points):
    return shapely.LineString(points)


def stretch(text, *points):
    return Stretch(key=f"place:{text}", text=text, line_m=line(*points))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (stretch("解放路", (100, 0), (300, 0)), "100 m"),
        (stretch("解放路", (200, 0), (400, 10)), "straight on"),
        (stretch("解放路", (200, 0), (200, 300)), None),
        (stretch("兴业路", (350, 0), (500, 0)), "150 m away"),
        (stretch("兴业路", (200, 0), (200, 300)), "90°"),
        (stretch("兴业路", (200, 0), (400, 10)), None),
        (stretch("兴业路", (3000, 0), (4000, 0)), None),
    ],
)
def test_17_one_road_one_name(other, expected):
    finding = run(17, "兴业路", context(stretches=[other]), line_m=line((0, 0), (200, 0)))
    assert [expected in item.message.render() for item in finding.evidence] == ([True] if expected else [])


def test_17_lines_that_do_not_meet_have_no_angle_and_a_road_without_a_line_is_not_checked():
    assert meeting_angle(line((0, 0), (10, 0)), line((50, 0), (60, 0))) is None
    assert run(17, "兴业路").result is Result.NOT_CHECKED


def test_18_an_ordinal_alone_and_a_long_name_warn():
    limits = context(numbers={"max-characters": 8})
    assert run(18, "一号路", limits).severity is Severity.WARN
    assert run(18, "社会主义核心价值观路", limits).severity is Severity.WARN
    for name in ("兴业路", "三八路", "兴业一巷"):
        assert run(18, name, limits).result is Result.CLEAR


# 19 - 22


def renaming(**more):
    return Proposal(text="兴业路", own_terms=ROAD_TERMS, act=Act.RENAMING, old_text="古城路", **more)


def test_19_a_protected_name_is_not_changed_without_measures():
    around = context(lists=listed("protected", "古城路", verified=True))
    assert run(19, renaming(), around).blocks(Gate.APPROVAL)
    assert run(19, renaming(measures="立碑，保留旧名牌"), around).result is Result.CLEAR
    assert run(19, renaming(), context()).result is Result.NOT_CHECKED
    assert run(19, "兴业路", around).result is Result.CLEAR


def test_20_a_reserved_name_warns_and_one_that_was_given_away_is_held_up():
    def hit(**more):
        return run(20, "兴业路", context(lists=listed("reserved", "兴业", **more))).severity

    assert hit() is Severity.WARN
    assert hit(taken_by="东塔镇") is Severity.REVIEW
    assert hit(taken_by="东塔镇", verified=True) is Severity.BLOCK
    assert hit(expires=TODAY) is Severity.OFF
    assert hit(expires=TODAY + datetime.timedelta(days=1)) is Severity.WARN


@pytest.mark.parametrize(
    ("name", "terms", "mode", "spelling"),
    [("任家桥", ("桥",), "solid", "Rénjiāqiáo"), ("西安路", ROAD_TERMS, "apart", "Xī'ān Lù"),
     ("一巷", ROAD_TERMS, "apart", "1 Xiàng")],
)  # fmt: skip
def test_21_what_is_unconfirmed_may_not_be_announced(name, terms, mode, spelling):
    spelled = romanise(name, lexicon=LEXICON.ending_in(terms), split_mode=mode)
    assert spelled.text == spelling
    proposal = Proposal(text=name, own_terms=terms, spelling_by_rule=spelled.text, doubts=spelled.doubts)
    finding = run(21, proposal)
    assert finding.blocks(Gate.ANNOUNCEMENT)
    assert not finding.blocks(Gate.APPROVAL)
    assert spelling in finding.evidence[0].message.render()
    confirmed = replace(proposal, spelling=spelling, spelling_confirmed=True)
    assert run(21, confirmed).result is Result.CLEAR


def test_22_approved_30_january_is_due_14_february():
    days = {"filing-days": 15.0, "announcement-days": 15.0}
    approved = datetime.date(2026, 1, 30)
    assert [d.due for d in deadlines(approved_on=approved, days=days)] == [datetime.date(2026, 2, 14)] * 2
    proposal = Proposal(text="兴业路", approved_on=approved, filed_on=datetime.date(2026, 2, 14))
    late = run(22, proposal, context(numbers=days))
    assert [(item.key, item.severity.value) for item in late.evidence] == [("announcement-days", "warn")]
    assert "15 days late" in late.evidence[0].message.render()
    assert "approved on 30 January 2026" in late.evidence[0].message.render()
    in_time = replace(context(numbers=days), today=datetime.date(2026, 2, 14))
    assert [i.severity.value for i in run(22, replace(proposal, filed_on=None), in_time).evidence] == [
        "info",
        "info",
    ]


# all of them


def test_nothing_unverified_blocks_whatever_the_row_says():
    row = Rule(
        number=1,
        version=1,
        code="duplicate",
        severity=Severity.BLOCK,
        elsewhere=Severity.BLOCK,
        may_block=False,
    )
    finding = REGISTRY[1].run(Proposal(text="兴业路", own_terms=ROAD_TERMS), context("兴业路"), row)
    assert finding.severity is Severity.REVIEW


def test_a_rule_that_was_switched_off_is_not_checked_and_never_all_clear():
    off = {1: Rule(number=1, version=1, code="duplicate", severity=Severity.OFF, elsewhere=Severity.OFF)}
    findings = run_checks(
        Proposal(text="兴业路", own_terms=ROAD_TERMS), context("兴业路"), rules=off, only=[1, 2]
    )
    assert [f.result for f in findings] == [Result.NOT_CHECKED, Result.CLEAR]
    assert not all_clear(findings)
    assert all_clear(findings[1:])


def test_retiring_a_name_asks_only_what_concerns_a_name_that_goes():
    proposal = Proposal(text="", act=Act.RETIRING, old_text="古城路")
    around = context("古城路", lists=listed("protected", "古城路", verified=True))
    found = [f.rule.number for f in run_checks(proposal, around) if f.result is Result.FOUND]
    assert found == [19]
