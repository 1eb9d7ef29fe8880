"""Whether a word is built like a person's name: a common surname and one or two characters that given names are made of.

Both tables are what the language has, no list of persons. The pattern proposes, a person decides.
"""

from __future__ import annotations

from typing import Final

SURNAMES_IN_USE: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦"
    "贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤左聂鲁詹关焦柳邢岳齐沙梅殷"
)
DOUBLE_SURNAMES: Final = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
)
GIVEN: Final = frozenset(
    "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞刚桂英华玉萍红玲芬燕彬辉建国志文武斌婷帅宇浩然轩泽睿博俊豪琪雪梦洁琳颖晨旭阳亮凯"
    "鹏飞翔龙虎林森峰岩松柏权德忠孝义仁礼智信良善诚厚廷庭儒贤才学书墨之子元亨利贞天佑安康宁福禄寿喜荣贵发财振兴邦安民胜捷"
    "骞尚靖震霆雷云雨润泽恩慈慧聪颜如若思念卿君臣将帅瑞祥麟凤鸾鸿雁鹤尧舜禹汤周汉唐宋远达鉴铭钧锋钢铁锐镇疆戎征伐"
)
# Natural things that are no given names although their characters are: 高岩, 石林, 金山, 黄河, 白云.
_THINGS: Final = frozenset(
    {
        "石林",
        "白云",
        "金龙",
        "石龙",
        "龙泽",
        "金凤",
        "马兰",
        "梅林",
        "柳林",
        "沙林",
        "江宁",
        "江安",
        "常安",
        "金安",
    }
)


def looks_like_person(word: str) -> bool:
    """Say whether a word of two or three characters (four with a double surname) is built like a person's name."""
    if word in _THINGS or not 2 <= len(word) <= 4:
        return False
    double = next((surname for surname in DOUBLE_SURNAMES if word.startswith(surname)), "")
    if not double and (word[0] not in SURNAMES_IN_USE or len(word) > 3):
        return False
    given = word[len(double) or 1 :]
    return 1 <= len(given) <= 2 and all(character in GIVEN for character in given)
