"""What the register holds by kind: how many, where, since when, and what became of them.

Names from the work plan of 2024 are kept; every other name says 示范. All dates, capacities and places are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

OPEN, PLANNED, BUILDING, PAUSED, IDLE, MERGED, CLOSED = "运营", "规划", "在建", "暂停", "闲置", "撤并", "注销"
KNOWN_OPEN = "建库时已在运营（示范）"


@dataclass(frozen=True)
class Kind:
    """A kind of facility as the file calls it, with what it usually has."""

    name: str
    letter: str
    functions: str
    beds: tuple[int, int] | None = None
    places: tuple[int, int] | None = None
    meals: tuple[int, int] | None = None
    area_m2: tuple[int, int] | None = None
    staff: tuple[int, int] = (1, 3)


KINDS = {
    "nursing-home": Kind("老年养护院", "YL", "机构养老;护理照料;老年助餐;日间照料", (60, 120), (10, 20), (80, 160),
                         (2600, 6200), (18, 40)),
    "central-home": Kind("中心敬老院", "YL", "机构养老;护理照料;老年助餐", (80, 120), None, (80, 140), (2600, 5200), (14, 30)),
    "welfare-home": Kind("综合福利院", "YL", "机构养老;护理照料;日间照料;老年助餐", (80, 120), (10, 30), (80, 160),
                         (3000, 6000), (16, 36)),
    "guidance-centre": Kind("养老服务指导中心", "YL", "指导培训", None, None, None, (180, 420), (3, 6)),
    "township-centre": Kind("综合养老服务中心", "YL", "日间照料;老年助餐;上门服务;文化娱乐;机构养老", (20, 40), (15, 30), (40, 90),
                            (700, 1800), (6, 14)),
    "day-care": Kind("日间照料中心", "YL", "日间照料;老年助餐;文化娱乐", None, (12, 30), (20, 50), (220, 620), (2, 5)),
    "station": Kind("养老服务站", "YL", "日间照料;上门服务;文化娱乐", None, (6, 15), (15, 40), (120, 420), (2, 5)),
    "meal-point": Kind("老年助餐点", "YL", "老年助餐", None, None, (30, 70), (40, 140), (2, 4)),
    "canteen": Kind("老饭桌", "YL", "老年助餐", None, None, (15, 45), (30, 110), (1, 3)),
    "happiness-home": Kind("农村幸福院", "YL", "日间照料;文化娱乐;邻里互助", None, (6, 14), None, (80, 320), (1, 2)),
    "mutual-help": Kind("邻里互助点", "YL", "邻里互助;老年助餐", None, None, (6, 15), (20, 60), (1, 2)),
    "child-rescue-centre": Kind("未成年人救助保护中心", "ET", "未成年人保护;心理咨询", (8, 12), None, None, (400, 900), (5, 10)),
    "child-station": Kind("未成年人保护工作站", "ET", "未成年人保护;心理咨询", None, None, None, (30, 90), (1, 3)),
    "child-home": Kind("儿童之家", "ET", "儿童活动", None, None, None, (40, 160), (1, 2)),
    "rehab-centre": Kind("精神障碍社区康复服务中心", "JS", "康复训练;心理咨询", None, (15, 25), None, (260, 520), (4, 8)),
    "rehab-station": Kind("精神障碍社区康复服务站", "JS", "康复训练", None, (6, 12), None, (60, 160), (1, 3)),
    "social-work-station": Kind("社工站", "SQ", "社会工作;心理咨询", None, None, None, (50, 160), (2, 4)),
    "funeral-centre": Kind("殡仪服务中心", "SQ", "殡葬服务", None, None, None, (1800, 5200), (8, 20)),
    "marriage-office": Kind("婚姻登记处", "SQ", "婚姻登记;心理咨询", None, None, None, (400, 1100), (4, 9)),
    "incubator": Kind("社会组织孵化基地", "SQ", "社会组织孵化", None, None, None, (400, 1200), (3, 8)),
}  # fmt: skip

Step = tuple[str, str, str]


@dataclass(frozen=True)
class Named:
    """A facility that the work plan names, or one with a history worth telling."""

    name: str
    kind: str
    unit: str
    steps: tuple[Step, ...]
    ownership: str = ""
    mode: str = ""
    operator: str = ""
    contract: tuple[str, str] = ("", "")
    published: bool = True
    note: str = ""


_PLAN = "见于2024年民政工作要点；位置、日期、容量为示范"
NAMED = [
    Named("灵武市老年养护院", "nursing-home", "001013", ((OPEN, "2022-01-01", KNOWN_OPEN),), "公办", "公办公营", note=_PLAN),
    Named("灵武市中心敬老院", "central-home", "100204", ((OPEN, "2022-01-01", KNOWN_OPEN),), "公办", "公办公营", note=_PLAN),
    Named("灵武市安享综合福利院", "welfare-home", "100202", ((OPEN, "2022-01-01", KNOWN_OPEN),), note=_PLAN),
    Named("福灵综合养老服务中心", "township-centre", "001008", ((OPEN, "2022-01-01", KNOWN_OPEN),), note=_PLAN),
    Named("崇兴镇综合养老服务中心", "township-centre", "102001",
          ((IDLE, "2022-01-01", "建成待运营（示范）"), (OPEN, "2024-06-01", "委托第三方运营（示范日期）")),
          "公建民营", "公办民营", "示范运营机构甲（虚构）", ("2024-06-01", "2027-05-31"), note=_PLAN),
    Named("郝家桥镇综合养老服务中心", "township-centre", "101204",
          ((BUILDING, "2022-03-01", "改建（示范日期）"), (IDLE, "2023-07-01", "建成待运营（示范）"),
           (OPEN, "2024-07-01", "委托第三方运营（示范日期）")),
          "公建民营", "公办民营", "示范运营机构乙（虚构）", ("2024-07-01", "2027-06-30"), note=_PLAN),
    Named("西三村养老服务中心", "station", "104203", ((BUILDING, "2023-05-01", "设施设备配置中（示范日期）"),), "公办", note=_PLAN),
    *(Named(f"{name}社区养老服务站", "station", unit,
            ((PLANNED, "2023-12-01", "列入项目（示范日期）"), (BUILDING, "2024-04-01", "实施项目（示范日期）"),
             (OPEN, day, "投入运营（示范日期）")),
            "公办", "公办民营", "示范运营机构丙（虚构）", (day, "2027-08-31"), note=_PLAN)
      for name, unit, day in (("西湖", "001002", "2024-09-01"), ("兴业路", "001012", "2024-09-15"),
                              ("隆辰", "001014", "2024-10-08"),
                              ("西苑", "001004", "2024-10-20"), ("人民街", "001003", "2024-11-01"))),
    Named("示范邻里互助老年助餐点一", "mutual-help", "101215", ((PLANNED, "2024-03-25", "要点提出2个，地点为示范"),), note=_PLAN),
    Named("示范邻里互助老年助餐点二", "mutual-help", "201212", ((PLANNED, "2024-03-25", "要点提出2个，地点为示范"),), note=_PLAN),
    Named("示范养老服务指导中心", "guidance-centre", "001005",
          ((BUILDING, "2022-09-01", "改建（示范）"), (OPEN, "2023-03-01", "投入使用（示范）")), "公办", "公办公营"),
    Named("示范塞上康养护理院", "nursing-home", "103001", ((OPEN, "2019-06-01", "开业（示范）"),), "民办", "民办民营",
          "示范运营机构丁（虚构）"),
    Named("示范清渠颐养院", "nursing-home", "001011", ((OPEN, "2020-09-01", "开业（示范）"),), "民办", "民办公助",
          "示范运营机构己（虚构）"),
    Named("示范稻香颐养院", "nursing-home", "101208",
          ((OPEN, "2015-05-01", "开业（示范）"), (PAUSED, "2023-02-01", "消防改造（示范）"),
           (CLOSED, "2023-10-31", "停业注销（示范）")),
          "民办", "民办民营", "示范运营机构戊（虚构）"),
    Named("示范临河颐养院", "nursing-home", "105204", ((PLANNED, "2023-08-01", "选址（示范）"),
           (BUILDING, "2024-05-01", "开工（示范）")), "民办", "民办公助"),
    Named("东塔镇示范综合养老服务中心", "township-centre", "100205",
          ((BUILDING, "2022-01-01", "改建（示范）"), (OPEN, "2022-06-01", "开业（示范）")), "公建民营", "公办民营",
          "示范运营机构丙（虚构）", ("2022-06-01", "2025-05-31")),
    Named("宁东镇示范综合养老服务中心", "township-centre", "103003",
          ((BUILDING, "2022-04-01", "开工（示范）"), (OPEN, "2023-05-01", "开业（示范）")), "公办", "公办公营"),
    Named("梧桐树乡示范综合养老服务中心", "township-centre", "200202",
          ((OPEN, "2021-04-01", "开业（示范）"), (PAUSED, "2024-08-15", "供暖改造（示范）")), "公办", "公办公营"),
    Named("临河镇示范综合养老服务中心", "township-centre", "105204",
          ((PLANNED, "2023-06-01", "选址（示范）"), (BUILDING, "2024-05-01", "开工（示范）")), "公办"),
    Named("白土岗乡示范综合养老服务中心", "township-centre", "201203", ((PLANNED, "2024-10-01", "列入计划（示范）"),), "公办"),
    Named("灵武市未成年人救助保护中心", "child-rescue-centre", "001008", ((OPEN, "2022-01-01", KNOWN_OPEN),), "公办", "公办公营",
          published=False, note=_PLAN),
    Named("灵武市精神障碍社区康复服务中心", "rehab-centre", "001013",
          ((PLANNED, "2024-01-15", "选址镇河塔社区卫生服务站（示范日期）"), (OPEN, "2024-06-20", "投入使用（示范日期）")),
          "公办", "公办公营", note=f"设在镇河塔社区卫生服务站；{_PLAN}"),
    Named("灵武市殡仪服务中心", "funeral-centre", "100500",
          ((PLANNED, "2023-03-01", "规划（示范日期）"), (BUILDING, "2024-03-25", "要点提出建设（示范日期）")), "公办", note=_PLAN),
    Named("灵武市婚姻登记处", "marriage-office", "001005", ((OPEN, "2022-01-01", KNOWN_OPEN),), "公办", "公办公营", note=_PLAN),
    Named("灵武市社会组织孵化基地", "incubator", "001009", ((OPEN, "2022-01-01", KNOWN_OPEN),), "公办", "公办民营", note=_PLAN),
]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """Invented facilities of one kind, each in a unit of its own, as ``<place>示范<kind>``."""

    kind: str
    units: str
    opened: tuple[tuple[int, int, int], ...]
    later: tuple[tuple[str, float], ...] = ()
    not_yet: int = 0
    ownership: str = "公办"
    mode: str = "公办公营"


# ``units``: codes without the county's part. ``opened``: so many in the years from, to. ``later``: what share was paused,
# left idle, merged or closed in 2022-2024. ``not_yet``: the last so many are still planned or being built.
SERIES = [
    Series(
        "day-care",
        "001001 001005 001010 001014 100201 100207 102001 102207 101210 101500 103004 103003 105200 200204 "
        "400001 201204",
        ((9, 2013, 2021), (2, 2022, 2022), (3, 2023, 2023), (1, 2024, 2024)),
        ((IDLE, 0.12), (PAUSED, 0.1)),
        not_yet=1,
    ),
    Series(
        "station",
        "001006 001007 001009 001011 102201 101214 101219 103001 103002 103005 100200 100208 105202 200207 "
        "201208 104200 400001",
        ((5, 2019, 2021), (3, 2022, 2022), (3, 2023, 2023), (4, 2024, 2024)),
        ((PAUSED, 0.1),),
        not_yet=2,
        mode="公办民营",
    ),
    Series(
        "meal-point",
        "001001 001010 001013 103001 102001 101204 100205 200202",
        ((2, 2022, 2022), (3, 2023, 2023), (3, 2024, 2024)),
        mode="公办民营",
    ),
    Series(
        "canteen",
        "101200 101201 101203 101206 101209 101211 101213 101216 101218 101220 102200 102202 102204 102205 "
        "102208 102209 102211 102501 100201 100203 100204 100206 100207 200200 200201 200203 200205 200206 "
        "105200 105201 105203 105205 105206 103200 103201 103203 103500 201201 201203 201205 104200 104202 "
        "400001",
        ((24, 2012, 2021), (5, 2022, 2022), (6, 2023, 2023), (6, 2024, 2024)),
        ((PAUSED, 0.08), (IDLE, 0.07), (MERGED, 0.05), (CLOSED, 0.03)),
        not_yet=2,
    ),
    Series(
        "happiness-home",
        "101202 101205 101207 101210 101212 101217 102203 102206 102207 102210 100201 100208 200204 200207 "
        "200202 105202 105204 103202 103204 201200 201202 201204 201208 201209",
        ((20, 2012, 2019), (1, 2022, 2022), (2, 2023, 2023), (1, 2024, 2024)),
        ((IDLE, 0.2), (MERGED, 0.14), (CLOSED, 0.05)),
    ),
    Series(
        "mutual-help",
        "102204 200203 100206 103203",
        ((2, 2023, 2023), (2, 2024, 2024)),
        ((CLOSED, 0.25),),
        mode="",
        ownership="",
    ),
    Series(
        "child-home",
        "001001 001002 001003 001005 001006 001008 001010 001012 001014 100200 100202 100204 100205 100207 "
        "100208 101200 101202 101204 101206 101208 101210 101213 101214 101215 101219 101220 102001 102200 "
        "102201 102203 102205 102207 102209 102211 103001 103003 103004 103005 103200 103201 103203 104200 "
        "104202 105200 105201 105204 105206 200200 200202 200204 200207 201200 201203 201205 201212 400001",
        ((30, 2017, 2021), (8, 2022, 2022), (9, 2023, 2023), (7, 2024, 2024)),
        ((PAUSED, 0.06), (IDLE, 0.04)),
        not_yet=2,
    ),
    Series(
        "rehab-station",
        "102001 101204 103004 105204 200202",
        ((5, 2024, 2024),),
        mode="公办民营",
    ),
]

# One in every township: the plan names the workstations' shape; a social-work station in each is an estimate.
PER_TOWNSHIP = [
    Series("child-station", "", ((8, 2021, 2021), (2, 2022, 2022))),
    Series(
        "social-work-station",
        "",
        ((4, 2021, 2021), (2, 2022, 2022), (3, 2023, 2023)),
        not_yet=1,
        mode="公办民营",
    ),
]

HOURS = {
    "residential": ["24/7", "Mo-Su 00:00-24:00"],
    "office": ["Mo-Fr 08:30-12:00,14:30-18:00; PH off", "Mo-Fr 09:00-12:00,14:00-17:30",
               "Mo-Fr 09:00-17:00; Sa 09:00-12:00; Su,PH off"],
    "day": ["Mo-Su 08:00-18:00", "Mo-Sa 08:30-17:30; PH off", "Mo-Fr 08:30-17:30; Sa-Su 09:00-16:00",
            "Apr-Sep Mo-Su 08:00-18:30; Oct-Mar Mo-Su 08:30-17:30", "Mo-Fr 08:30-11:30,14:30-17:30"],
    "meals": ["Mo-Su 11:00-13:00", "Mo-Su 11:30-12:30", "Mo-Su 07:00-08:30,11:30-13:00,17:30-19:00", "Mo-Fr 11:00-13:00",
              "Mo-Sa 11:20-13:00; Jan 20-Feb 10 off", 'Mo-Fr 11:30-12:30 "需提前一天预约"'],
    "rural": ["Tu,Th 14:00-17:00", "Mo,We,Fr 09:00-11:30", "Nov-Mar Mo-Su 10:00-16:00; Apr-Oct Mo-Su 08:00-11:00,16:00-19:00",
              "Mo-Su 09:00-17:00"],
    "children": ["Sa-Su 09:00-17:00", "Mo-Fr 16:30-18:30; Sa-Su 09:00-17:00", "Fr 16:30-18:30; Sa,Su 09:30-11:30,14:30-17:00"],
}  # fmt: skip
HOURS_OF = {
    "nursing-home": "residential", "central-home": "residential", "welfare-home": "residential", "township-centre": "day",
    "day-care": "day", "station": "day", "meal-point": "meals", "canteen": "meals", "happiness-home": "rural",
    "mutual-help": "meals", "child-rescue-centre": "residential", "child-home": "children",
}  # fmt: skip
ROLES = {"nursing-home": "院长", "central-home": "院长", "welfare-home": "院长", "canteen": "村养老服务协管员",
         "child-home": "儿童主任",
         "child-station": "儿童督导员", "mutual-help": "互助点召集人"}  # fmt: skip
