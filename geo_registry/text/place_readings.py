"""How characters with several readings are read in Chinese place names.

Three tables, made by counting the polyphones of the standard (`ktghz2013`) in 620,573 names of villages and communities and
looking at what they mean there:

- `SETTLED`: one reading is all that names use outside known words. No doubt is raised.
- `USUAL`: the reading to propose first, where the general dictionary's first one is another or where there is none
  to go by. The doubt remains.
- `WORDS`: places and words whose reading the general dictionary lacks or has otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> dict[str, str]:
    return {entry[0]: entry[1:] for entry in text.split()}


def _words(text: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.split(":") for entry in text.split())
    return {word: tuple(readings.split("-")) for word, readings in entries}


SETTLED: Final[Mapping[str, str]] = _table(
    """
    家jiā 大dà 南nán 区qū 石shí 兴xīng 上shàng 中zhōng 和hé 沙shā 台tái 合hé 拉lā 地dì 万wàn 同tóng 会huì 瓦wǎ 横héng
    巷xiàng 宁níng 发fā 分fēn 哈hā 结jié 通tōng 芦lú 肖xiāo 叶yè 侯hóu 泥ní 佛fó 郎láng 经jīng 尾wěi 荷hé 强qiáng
    排pái 陆lù 凉liáng 省shěng 虹hóng 吐tǔ 提tí 丽lì 色sè 打dǎ 蒙méng 间jiān 好hǎo 将jiāng 奇qí 作zuò 创chuàng 繁fán
    别bié 觉jué 得dé 钢gāng 拜bài 空kōng 术shù 伯bó 核hé 转zhuǎn 占zhàn 校xiào 过guò 体tǐ 露lù 可kě 少shào 绿lǜ 嘎gā
    都dū 卜bǔ 什shí 咀zuǐ 翟zhái 贾jiǎ 正zhèng 长cháng 场chǎng 葛gě 当dāng 岗gǎng 冲chōng 车chē 洞dòng
    燎liáo 番fān 溜liū 蚂mǎ 茄qié 读dú 假jiǎ 服fú 还huán 肚dù 氏shì 节jié 期qī 只zhī 亲qīn 为wéi 脉mài 奔bēn 叉chà
    摩mó 看kàn 称chēng 拾shí 轴zhóu 并bìng 勾gōu 骨gǔ 供gōng 划huá 铅qiān 吓xià 熟shú 扫sǎo 给gěi 几jǐ 量liáng 择zé
    哑yǎ 晃huǎng 弹dàn 娜nà 兹zī 系xì 秘mì 累léi 答dá 载zǎi 禁jìn 论lùn 们mén 没méi 予yǔ 壳ké 与yǔ 恶è 说shuō 尽jìn
    难nán 率shuài 据jù 咔kǎ 号hào 阿ā 采cǎi 监jiān 约yuē 片piàn 稍shāo 度dù 旋xuán 切qiē 殖zhí 似sì 无wú 参cān
    尺chǐ 差chà 传chuán 刺cì 见jiàn 倒dǎo 模mó 要yào 卷juǎn 调tiáo 汗hàn 把bǎ 扁biǎn 栅zhà 扒bā 雀què 炮pào 畜xù
    荫yìn 哇wā 莘xīn 个gè 爪zhǎo 扇shàn 遂suì 笼lóng 散sàn 漂piāo 囊náng 棱léng 涨zhàng 钻zuān 角jiǎo 盛shèng 的de 了liǎo 着zhe
    """
)

USUAL: Final[Mapping[str, str]] = _table(
    """
    华huá 堡bǎo 查chá 乐lè 铺pù 柏bǎi 圩xū 朝cháo 观guān 那nà 干gān 曲qū 艾ài 扎zhā 任rén 员yuán 磨mò
    燕yàn 卡kǎ 解jiě 济jì 斗dǒu 背bèi 圈quān 埔pǔ 行háng 泊pō 盖gài 弄lòng 纪jì 相xiāng 落luò 垌dòng 种zhǒng 舍shè
    教jiào 曾zēng 夹jiā 召zhào 屏píng 单dān 杉shān 殷yīn 处chù 垛duǒ 泡pào 涌yǒng 重chóng 杆gān 仔zǎi 鲜xiān 厦xià
    牟móu 冠guān 更gēng 宿sù 应yìng 澄chéng 浒hǔ 坬wā 朴pǔ 簸bǒ 令lìng 洗xǐ 仇qiú 薄bó 龟guī 禅chán 峙zhì 驮tuó
    担dān 戛gā 撒sā 蚌bàng 尉wèi 综zōng 降jiàng 峒dòng 跑pǎo 饮yǐn 覃tán 踏tà 莞guǎn 折zhé 便biàn 蛤há 蔚wèi 迤yí
    椅yǐ 浆jiāng 淋lín 柞zuò 栎lì 缪miào 塞sài 颈jǐng 芫yuán 乜niè 碌lù 茜qiàn 湫qiū 糜mí 莎shā 郇xún 苔tái 柜guì
    蠡lǐ 拓tuò 豁huò 劲jìn 筠yún 囤dùn 缝fèng 峤qiáo 耙bà 阙què 涡wō 纤xiān 枞cōng 瀑pù 祭jì 抹mǒ 掖yè 句jù 泷lóng
    楷kǎi 枸gǒu 浚jùn 桧guì 泌mì 漴chóng 膏gāo 蔓màn 於yú 柚yòu 澹dàn 藏cáng 埋mái 勒lè 杈chà 坊fāng
    """
)

# Readings are those in use for the places themselves. Each entry is one word with a reading for each character.
WORDS: Final[Mapping[str, tuple[str, ...]]] = _words(
    """
    涡阳:guō-yáng 浚县:xùn-xiàn 单县:shàn-xiàn 解州:xiè-zhōu 洪洞:hóng-tóng 任县:rén-xiàn 任城:rén-chéng 任丘:rén-qiū
    泷水:shuāng-shuǐ 筠连:jūn-lián 荥经:yíng-jīng 荥阳:xíng-yáng 什邡:shí-fāng 栎阳:yuè-yáng 繁峙:fán-shì 天台:tiān-tāi
    济源:jǐ-yuán 济阳:jǐ-yáng 济南:jǐ-nán 济宁:jǐ-níng 太行:tài-háng 华阴:huà-yīn 华县:huà-xiàn 华州:huà-zhōu 华山:huà-shān
    会稽:kuài-jī 长治:cháng-zhì 长垣:cháng-yuán 长安:cháng-ān 石河子:shí-hé-zǐ 长子县:zhǎng-zǐ-xiàn 朝阳:cháo-yáng 月亮:yuè-liang
    胡同:hú-tong 都匀:dū-yún 燕郊:yān-jiāo 燕山:yān-shān 相城:xiàng-chéng 漯河:luò-hé 穆棱:mù-líng 珲春:hún-chūn
    桦甸:huà-diàn 伽师:jiā-shī 番禺:pān-yú 铅山:yán-shān 乐清:yuè-qīng 乐亭:lào-tíng 蚌埠:bèng-bù 歙县:shè-xiàn
    黟县:yī-xiàn 莘县:shēn-xiàn 尉氏:wèi-shì 尉犁:yù-lí 蔚县:yù-xiàn 井陉:jǐng-xíng 柏乡:bǎi-xiāng 牟平:mù-píng
    中牟:zhōng-mù 渑池:miǎn-chí 浒墅关:xǔ-shù-guān 盱眙:xū-yí 犍为:qián-wéi 句容:jù-róng 吴堡:wú-bǔ 东莞:dōng-guǎn
    莞城:guǎn-chéng 泊头:bó-tóu 六安:lù-ān 台州:tāi-zhōu 丽水:lí-shuǐ 十里堡:shí-lǐ-pù 重庆:chóng-qìng 东阿:dōng-ē 闽侯:mǐn-hòu
    鸭绿江:yā-lù-jiāng 尉迟:yù-chí 万俟:mò-qí 单于:chán-yú 长孙:zhǎng-sūn 澹台:tán-tái 大黄堡:dà-huáng-bǎo 堡子:bǔ-zi
    漷县:huǒ-xiàn 乐陵:lào-líng 阜阳:fù-yáng 柞水:zhà-shuǐ 大埔:dà-bù 黄埔:huáng-pǔ 泌阳:bì-yáng 枞阳:zōng-yáng 无为:wú-wéi
    监利:jiàn-lì 黄陂:huáng-pí 且末:qiě-mò 若羌:ruò-qiāng 焉耆:yān-qí 宕昌:dàng-chāng 莎车:shā-chē 峨边:é-biān 厦门:xià-mén
    宿州:sù-zhōu 宿迁:sù-qiān 叶榆:yè-yú 重阳:chóng-yáng 重兴:chóng-xīng 观音:guān-yīn 观音堂:guān-yīn-táng 行宫:xíng-gōng
    教场:jiào-chǎng 校场:jiào-chǎng 种羊场:zhǒng-yáng-chǎng 种猪场:zhǒng-zhū-chǎng 油坊:yóu-fáng 磨坊:mò-fáng
    粉坊:fěn-fáng 染坊:rǎn-fáng 豆腐坊:dòu-fu-fáng 牌坊:pái-fāng 查干:chá-gān 查汗:chá-hàn 种畜场:zhǒng-chù-chǎng
    畜牧场:xù-mù-chǎng 车站:chē-zhàn 新乐:xīn-lè 常乐:cháng-lè 长乐:cháng-lè 永乐:yǒng-lè 安乐:ān-lè 同乐:tóng-lè
    康乐:kāng-lè 平乐:píng-lè 和乐:hé-lè 回乐:huí-lè 新华:xīn-huá 中华:zhōng-huá 华新:huá-xīn 华西:huá-xī 光华:guāng-huá
    清华:qīng-huá 振华:zhèn-huá 兴华:xīng-huá
    """
)
