"""Surnames that are read otherwise than the same characters elsewhere, and where names carry surnames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo_registry.text.readings import options_of


def _table(text: str) -> dict[str, tuple[str, ...]]:
    return {entry[0]: tuple(entry[1:].split("/")) for entry in text.split()}


# The first reading is the common one; several mean that families differ and a person must ask.
SURNAMES: Final[Mapping[str, tuple[str, ...]]] = _table(
    """
    任rén 单shàn 仇qiú 曾zēng 查zhā 华huà 朴piáo 解xiè 盖gě/gài 区ōu 缪miào 翟zhái/dí 冼xiǎn 洗xiǎn 葛gě 尉wèi/yù 乐yuè/lè
    召shào/zhào 折shé/zhé 种chóng/zhǒng 纪jǐ/jì 那nā/nà 宁níng/nìng 员yùn/yuán 贠yùn 覃qín/tán 应yīng 哈hǎ/hā 黑hè/hēi
    车chē 卜bǔ 柏bǎi/bó 薄bó 呙guō 过guō 阚kàn 逄páng 繁pó 莘shēn/xīn 佘shé 盛shèng 谌chén/shèn 眭suī 相xiàng/xiāng 燕yān
    要yāo 郧yún 訾zī 祭zhài/jì 重chóng 朝cháo/zhāo 晁cháo 都dū 干gān 冠guàn 令líng/lìng 牟mù/móu 能nài/néng 乜niè 粘nián
    强qiáng 曲qū 阙quē 少shào 舍shè 帖tiē 行xíng/háng 幺yāo 隗wěi/kuí 於yū 占zhān 仉zhǎng 殷yīn 郇xún/huán 扎zhā 宿sù
    郗xī/chī 撒sā/sǎ 鲜xiǎn/xiān 长zhǎng/cháng 观guān/guàn 更gēng 降jiàng/xiáng 落luò 藏zāng 圈juàn 蔚yù
    """
)

# What may stand before the surname: 东任家, 上查家庄, 老任家.
PREFIXES: Final = frozenset("东南西北中上下前后里外大小老新")

# In a name of two characters, a surname that is far commoner there than the word: 单庄, 查村, but not 长村.
STRONG: Final = frozenset("任单仇曾查朴解盖缪翟冼葛贠覃阚逄佘谌訾晁牟隗仉郗")


def readings_known(character: str) -> frozenset[str]:
    """Return every reading that a character may be given in a name: those of the dictionaries, and a surname's."""
    return frozenset((*options_of(character), *SURNAMES.get(character, ())))


def surname_position(text: str, *, follows: frozenset[str]) -> int | None:
    """Return where in a name a surname stands whose reading the table knows.

    Parameters
    ----------
    text : str
        The name, with its generic term.
    follows : frozenset of str
        Generic terms of villages (庄, 村, …): a name of one character before such a term is a surname's if `STRONG`.

    Returns
    -------
    int or None
        The position in ``任家桥``, ``东任家庄`` and ``单庄``; ``None`` elsewhere.
    """
    for position in range(min(3, len(text) - 1)):
        if position and text[position - 1] not in PREFIXES:
            break
        if text[position] in SURNAMES and text[position + 1] == "家":
            return position
    if len(text) > 1 and text[0] in STRONG and text[1:] in follows:
        return 0
    return None
