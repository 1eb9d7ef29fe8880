"""Invented names, and how names are written in Latin letters."""

from __future__ import annotations

import random

from pypinyin import Style, lazy_pinyin

# Streets of the county town from west to east (街) and from south to north (路). Those that stand in a community's
# name (西昌街, 人民街, 育才街, 东盛街; 西平路, 朔方路, 兴业路) exist in some form; their course here is invented, as is
# every other name.
STREETS_ALONG_Y = {
    "core": [
        "西苑街",
        "和畅街",
        "西昌街",
        "文汇街",
        "人民街",
        "钟鼓街",
        "育才街",
        "安居街",
        "东盛街",
        "沙枣街",
        "东园街",
    ],
    "industry": ["煤海街", "创业街", "梅苑街", "中心街", "建安街", "新能街", "东兴街"],
    "small-0": ["", "集市街", "崇文街", "", ""],
    "small-1": ["", "", "桥头街", "农贸街", ""],
}
STREETS_ALONG_X = {
    "core": [
        "南环路",
        "长兴路",
        "灵台路",
        "丰登路",
        "常兴路",
        "永宁路",
        "清渠路",
        "稻香路",
        "朔方路",
        "西平路",
        "兴业路",
        "北环路",
    ],
    "industry": ["南化路", "永灵路", "黎明路", "宁安路", "星业路", "北山路"],
    "small-0": ["", "兴业路", "重兴路", ""],
    "small-1": ["", "郝桥路", "", ""],
    "small-2": ["", "临河路", "", ""],
    "small-3": ["", "梧桐路", ""],
    "small-4": ["", "农垦路", "", ""],
    "small-5": ["", "白土路", ""],
    "small-6": ["", "马滩路", ""],
    "small-7": ["", "矿山路", "", ""],
}
LANES = {"one-way east": {"灵台路", "清渠路"}, "one-way against": {"文汇街"}, "walkers only": {"朔方一巷"}}

IMPLIED_STREETS = {"西昌街", "人民街", "育才街", "东盛街", "西平路", "朔方路", "兴业路"}

# Common ones stand more than once; some that a dictionary reads wrongly are among them.
_SURNAMES = (
    "王王王李李李马马马马杨杨杨丁丁纳哈白何陈陈张张张刘刘赵赵周吴孙许吕金魏谢沈韩胡朱罗梁宋唐冯董蒋徐郭龙"
    "任任单仇曾查华朴解翟"
)
# How surnames are read in the names of villages, where a dictionary of common words goes wrong.
SURNAME_READINGS = {
    "任": "rén",
    "单": "shàn",
    "仇": "qiú",
    "曾": "zēng",
    "查": "zhā",
    "华": "huà",
    "朴": "piáo",
    "解": "xiè",
    "盖": "gě",
    "乐": "yuè",
    "区": "ōu",
    "尉": "wèi",
    "缪": "miào",
    "翟": "zhái",
    "纪": "jǐ",
    "宁": "nìng",
    "哈": "hǎ",
    "纳": "nà",
}
# Characters whose reading depends on the place: only a person can tell.
DOUBTFUL = set("堡圈疃圪夹卜磴硖重")
_PLAIN_ENDINGS = ["庄", "湖", "桥", "渠", "滩", "寨", "台", "闸", "坊", "园", "墩", "堡", "圈", "沟"]
_DRY_ENDINGS = ["井", "梁", "洼", "圈", "台", "沟", "湾", "墩", "窑", "滩"]
_PLAIN_FIRST = ["上", "下", "东", "西", "南", "北", "前", "后", "新", "老"]
_PLAIN_LAST = ["庄子", "湖沿", "渠口", "滩头", "寨子", "台子", "柳林", "果园", "稻湾", "沙窝"]
_DRY_FIRST = ["红", "白", "青", "黄", "苦", "甜", "大", "小", "双", "三"]
_DRY_LAST = ["沙窝", "柳湾", "水泉", "土梁", "井子", "羊圈", "石沟", "芨滩", "蒿洼", "刺湾"]
_ESTATE_FIRST = [
    "和顺",
    "锦绣",
    "安泰",
    "福康",
    "春晖",
    "丰泽",
    "清雅",
    "怡和",
    "瑞景",
    "欣荣",
    "仁和",
    "翠竹",
    "向阳",
    "金穗",
    "静安",
    "康乐",
    "美景",
    "秀水",
    "枣香",
    "沙柳",
    "晨光",
    "塞上",
    "长青",
    "同心",
    "惠民",
    "静馨",
    "祥和",
    "明珠",
    "绿洲",
    "如意",
    "稻花",
    "朝霞",
]
_ESTATE_LAST = ["家园", "小区", "苑", "花园", "里", "雅居", "新村", "公寓"]
_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """Return 1 to 99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


class NameGiver:
    """Gives invented names, each only once in a township."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: dict[str, set[str]] = {}

    def _first_free(self, scope: str, draw: list[str]) -> str:
        taken = self.taken.setdefault(scope, set())
        for name in draw:
            if name not in taken:
                taken.add(name)
                return name
        raise RuntimeError(f"no name left in {scope}")

    def hamlet(self, town: str, *, dry: bool) -> str:
        """Return a name such as 任家桥, 上湖沿 or, in the steppe, 甜水泉."""
        endings, first, last = (
            (_DRY_ENDINGS, _DRY_FIRST, _DRY_LAST) if dry else (_PLAIN_ENDINGS, _PLAIN_FIRST, _PLAIN_LAST)
        )
        draws = [
            f"{self.rng.choice(_SURNAMES)}家{self.rng.choice(endings)}"
            if self.rng.random() < 0.72
            else f"{self.rng.choice(first)}{self.rng.choice(last)}"
            for _try in range(60)
        ]
        return self._first_free(town, draws)

    def estate(self, town: str) -> str:
        """Return an estate's name such as 春晖家园."""
        draws = [f"{self.rng.choice(_ESTATE_FIRST)}{self.rng.choice(_ESTATE_LAST)}" for _try in range(400)]
        return self._first_free(f"{town}-estates", draws)


def syllables(name: str) -> list[str]:
    """Return the toned reading of every character; surnames before 家 are read as surnames."""
    read = lazy_pinyin(name, style=Style.TONE)
    for i, char in enumerate(name[:-1]):
        if name[i + 1] == "家" and char in SURNAME_READINGS and i == 0:
            read[i] = SURNAME_READINGS[char]
    return list(read)


def _join(parts: list[str]) -> str:
    word = parts[0]
    for part in parts[1:]:
        word += ("'" if part[0] in "aoeāáǎàōóǒòēéěè" else "") + part
    return word[:1].upper() + word[1:]


def romanise(name: str, generic: str = "") -> str:
    """Return the spelling by the rules of 1984: solid, or with the generic term (路, 社区 …) apart.

    Numbered lanes have the number in Arabic figures: 兴业一巷, Xīngyè 1 Xiàng.
    """
    read = syllables(name)
    cut = len(name) - len(generic)
    specific, number = name[:cut], ""
    if generic == "巷":
        while specific and specific[-1] in _DIGITS + "十":
            number = specific[-1] + number
            specific = specific[:-1]
    words = [_join(read[: len(specific)])]
    if number:
        words.append(str(_value(number)))
    if generic:
        words.append(_join(read[cut:]))
    return " ".join(words)


def _value(number: str) -> int:
    if "十" not in number:
        return _DIGITS.index(number)
    tens, _ten, ones = number.partition("十")
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def is_doubtful(name: str) -> bool:
    """Tell whether the reading of ``name`` needs somebody who knows the place."""
    return any(char in DOUBTFUL for char in name)
