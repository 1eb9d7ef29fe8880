"""An inventory: the facilities' buildings, rooms and equipment, idle village buildings, and a stock-take that is under way."""

from __future__ import annotations

import datetime
from typing import Final

from django.contrib.gis.geos import Point
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import Division, Level

from ...models import Asset, Facility, StockTake, StockTakeItem
from ...models.facility import SRID
from ..assets.stock_take import ON_SITE, written_of
from .fieldwork import MARK, Setting, chance_of

_IDLE: Final = (
    ("旧村小学校舍", 260, 620),
    ("原卫生室", 60, 120),
    ("原村部办公房", 120, 300),
    ("旧粮库", 300, 800),
)
_IDLE_EVERY: Final = 8
_KITCHEN: Final = (("六眼燃气灶", 1), ("冷藏冷冻柜", 2), ("餐桌椅", 12), ("消毒柜", 1))
_CARE: Final = (("护理床", 6), ("康复训练器材", 4), ("血压计", 2))
_MEALS: Final = frozenset({"canteen", "meal-point", "mutual-help", "happiness-home"})
_WITH_ROOMS: Final = frozenset(
    {"day-care", "township-centre", "nursing-home", "central-home", "welfare-home"}
)
_ELDERLY: Final = "elderly-care"


def make(setting: Setting) -> dict[str, int]:
    """Make the inventory, and the stock-take of it."""
    count = 0
    numbers = iter(range(1, 100_000))
    for facility in setting.facilities:
        if facility.kind.tier.network.code == _ELDERLY:
            count += _of_facility(setting, facility, numbers)
    count += _idle(setting, numbers)
    _leases(setting)
    return {"assets": count, "stock-take items": _stock_take(setting)}


def _of_facility(setting: Setting, facility: Facility, numbers: object) -> int:
    chance = chance_of("asset", facility.number)
    leased = facility.tenure == "leased"
    building = _asset(
        setting, numbers, facility.division, kind="building", name=f"{facility.name}房屋", facility=facility,
        address=facility.address, location=facility.location,
        area_m2=facility.floor_area_m2 or float(chance.randrange(60, 240, 5)),
        tenure=Asset.Tenure.LEASED if leased else chance.choice([Asset.Tenure.OWNED] * 4 + [Asset.Tenure.LENT]),
        lease_to=facility.lease_to if leased else None,
        owner="出租方（示范）" if leased else f"{facility.division.name}（示范）",
        acquired_on=facility.built_on or facility.opened_on,
    )  # fmt: skip
    if chance.random() < 0.1 and building.area_m2:
        building.use, building.idle_area_m2 = Asset.Use.PART_IDLE, round(building.area_m2 * 0.3)
    building.save()
    parts = []
    code = facility.kind.code
    if code in _WITH_ROOMS:
        for name, share in (("休息室", 0.3), ("活动室", 0.25), ("康复训练室", 0.15)):
            room = _asset(
                setting, numbers, facility.division, kind="room", name=f"{facility.name}{name}", facility=facility,
                parent=building, area_m2=float(round((building.area_m2 or 100) * share)), tenure=building.tenure,
            )  # fmt: skip
            if name == "康复训练室" and chance.random() < 0.25:
                room.use = Asset.Use.IDLE
            parts.append(room)
    things = (*(_KITCHEN if code in _MEALS else ()), *(_CARE if code in _WITH_ROOMS else ()))
    parts += [
        _asset(
            setting, numbers, facility.division, kind="equipment", name=name, facility=facility, parent=building,
            quantity=quantity, tenure=Asset.Tenure.OWNED, owner="灵武市民政部门（示范）",
            acquired_on=facility.opened_on,
        )
        for name, quantity in things
        if chance.random() < 0.6
    ]  # fmt: skip
    Asset.objects.bulk_create(parts)
    return 1 + len(parts)


def _asset(setting: Setting, numbers: object, division: Division, **values: object) -> Asset:
    number = next(numbers)  # type: ignore[call-overload]
    return Asset(
        number=f"SF-ZC-{number:04d}",
        division=division,
        source=setting.source,
        note="示范数据（虚构）",
        **values,
    )


def _idle(setting: Setting, numbers: object) -> int:
    """Make a building that nobody uses in every eighth village: where something new could go."""
    villages = Division.objects.under(setting.home).at_level(Level.VILLAGE).filter(source__is_demo=True)
    rows = []
    for village in list(villages.filter(point__isnull=False).defer("boundary").order_by("code"))[
        ::_IDLE_EVERY
    ]:
        chance = chance_of("idle", village.code)
        name, least, most = chance.choice(_IDLE)
        area = float(chance.randrange(least, most, 10))
        partly = chance.random() < 0.3
        point = village.point
        assert point is not None  # noqa: S101 - only such villages
        rows.append(
            _asset(
                setting, numbers, village, kind="building", name=f"{village.name}{name}",
                address=f"{village.name}（示范地址）", area_m2=area, owner=f"{village.name}（示范）",
                location=Point(point.x + chance.uniform(-0.002, 0.002), point.y + chance.uniform(-0.002, 0.002), srid=SRID),
                use=Asset.Use.PART_IDLE if partly else Asset.Use.IDLE, idle_area_m2=round(area * 0.4) if partly else None,
                tenure=Asset.Tenure.OWNED, acquired_on=datetime.date(chance.randint(1985, 2010), 9, 1),
            )
        )  # fmt: skip
    Asset.objects.bulk_create(rows)
    return len(rows)


def _leases(setting: Setting) -> None:
    """Have one lease run out and two end soon, whatever the files of the demo say."""
    warning = int(effective_value("lease-warning-days", setting.today))
    leased = Asset.objects.filter(source=setting.source, tenure=Asset.Tenure.LEASED, kind=Asset.Kind.BUILDING)
    for asset, days in zip(leased.order_by("number"), (-20, warning // 6, warning // 2), strict=False):
        asset.lease_to = setting.today + datetime.timedelta(days=days)
        asset.save(update_fields=["lease_to", "updated_at"])


def _stock_take(setting: Setting) -> int:
    """Begin a stock-take of the county three weeks ago; part of it is signed for, with what was seen."""
    opened = setting.today - datetime.timedelta(days=20)
    row = StockTake.objects.create(
        title=f"{opened.year}年养老服务设施资产盘点{MARK}", division=setting.home, opened_on=opened,
        due=opened + datetime.timedelta(days=45), opened_by=setting.person(Role.PLANNER), is_demo=True,
    )  # fmt: skip
    assets = (
        Asset.objects.kept(opened).filter(source=setting.source).select_related("division").order_by("number")
    )
    items = [_item(setting, row, asset) for asset in assets]
    StockTakeItem.objects.bulk_create(items)
    for item in items:
        if item.outcome in {StockTakeItem.Outcome.FOUND, StockTakeItem.Outcome.CHANGED}:
            setting.album.add("house", owner=item, purpose=ON_SITE, by=item.signed_by)
    return len(items)


def _item(setting: Setting, row: StockTake, asset: Asset) -> StockTakeItem:
    chance = chance_of("stock-take", asset.number)
    item = StockTakeItem(stock_take=row, asset=asset, written=written_of(asset))
    share = chance_of("stock-take", setting.town(asset.division)).uniform(0.2, 0.6)
    if chance.random() > share:
        return item
    seen = chance.choice(["found"] * 12 + ["changed", "missing"])
    item.outcome = StockTakeItem.Outcome(seen)
    day = row.opened_on + datetime.timedelta(days=chance.randint(1, 18))
    moment = datetime.datetime.combine(day, datetime.time(chance.randint(9, 16), chance.randint(0, 59)))
    item.signed_at = min(timezone.make_aware(moment), timezone.now())
    item.signed_by = setting.keeper(asset.division)
    if seen == "missing":
        item.note = "现场未见，村委会称已报废，待补手续" + MARK
    elif seen == "changed":
        item.written = {**item.written, "quantity": asset.quantity + 1}
        item.changes = {"quantity": asset.quantity}
        item.note = "数量与登记不一致，按现场更正" + MARK
    return item
