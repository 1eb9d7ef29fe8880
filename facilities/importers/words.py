"""What files call things: the value that is kept, then the words for it."""

from __future__ import annotations

STATUSES = {
    "planned": ("规划", "拟建", "计划", "筹建"),
    "building": ("在建", "建设中", "改建", "改造中"),
    "open": ("运营", "运营中", "正常运营", "营业", "开放", "使用中", "在用"),
    "paused": ("暂停", "暂停运营", "停业整顿", "歇业", "暂停服务"),
    "idle": ("闲置", "未使用", "空置"),
    "merged": ("撤并", "合并", "并入"),
    "closed": ("注销", "关闭", "停办", "撤销", "停业"),
}

OWNERSHIPS = {
    "public": ("公办", "公建公营", "国有"),
    "private": ("民办", "社会办", "民营"),
    "public_private": ("公建民营", "公办民营"),
    "rural_home": ("农村敬老院", "敬老院", "乡镇敬老院"),
    "rural_central_home": ("农村中心敬老院", "中心敬老院"),
    "urban_welfare": ("城市福利院", "福利院", "社会福利院", "综合福利院"),
}

OPERATION_MODES = {
    "public_public": ("公办公营", "公建公营"),
    "public_private": ("公办民营", "公建民营", "委托运营"),
    "private_private": ("民办民营", "民建民营"),
    "private_subsidised": ("民办公助",),
}

TENURES = {
    "owned": ("自有", "产权自有", "自建"),
    "leased": ("租赁", "租用", "承租"),
}

REGISTRATIONS = {
    "institution": ("事业单位", "事业单位法人"),
    "non_enterprise": ("民办非企业单位", "民非", "民办非企业", "社会服务机构"),
    "company": ("企业", "公司", "工商注册"),
    "sole_trader": ("个体工商户", "个体"),
    "branch": ("分支机构", "其他单位的分支机构"),
    "unregistered": ("未登记", "未注册", "未登记，由村（居）管理"),
}

CLIENTS = {
    "independent": ("自理", "自理老人"),
    "partly_dependent": ("半自理", "半失能", "部分失能"),
    "dependent": ("完全不能自理", "不能自理", "失能", "失能老人"),
}

MEDICAL_SERVICES = {
    "own": ("内设医疗机构", "内设", "自建"),
    "contracted": ("与医疗机构签约", "签约", "协议合作", "签约合作"),
    "neighbour": ("邻近医疗机构", "邻近", "毗邻"),
    "none": ("无医疗服务", "无", "没有"),
}

# What OpenStreetMap says of wheelchairs is understood as well: "designated" is made for them.
PROVISIONS = {
    "yes": ("有", "是", "具备", "designated"),
    "limited": ("部分", "部分具备", "需协助", "部分或需协助"),
    "no": ("无", "没有", "否", "不具备"),
}

LOCATION_METHODS = {
    "surveyed": ("实地测量", "实测", "现场测量", "GPS实测", "RTK"),
    "picked": ("地图选点", "地图拾取", "手机地图拾取", "图上选点"),
    "imported": ("外部导入", "数据导入", "文件导入"),
    "address": ("地址解析", "按地址", "地址匹配"),
    "division": ("区划中心", "区划中心点", "所在村中心"),
    "estimated": ("估计", "估算", "大致位置"),
    "invented": ("示范（虚构）", "示范", "虚构"),
}

# Level of division (1 province … 5 village) that a tier serves, by what files call it.
TIER_LEVELS = {
    "county": 3, "县级": 3, "县": 3, "市级": 3,
    "township": 4, "乡级": 4, "乡镇级": 4, "乡镇": 4, "街道": 4, "镇级": 4,
    "village": 5, "村级": 5, "村": 5, "社区": 5, "村居": 5,
}  # fmt: skip

ASSET_KINDS = {
    "building": ("房屋", "建筑", "楼房", "平房"),
    "room": ("房间", "用房", "功能室"),
    "equipment": ("设备", "器材", "设施设备"),
}

ASSET_TENURES = {
    "owned": ("自有", "产权自有", "自建"),
    "leased": ("租赁", "租用", "承租"),
    "lent": ("无偿使用", "借用", "免租", "无偿借用"),
}

ASSET_USES = {
    "in_use": ("在用", "使用中", "正常使用"),
    "part_idle": ("部分闲置", "部分空置"),
    "idle": ("闲置", "空置", "未使用"),
}
