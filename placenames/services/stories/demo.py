# ruff: noqa: E501 - texts that are read as they stand
"""The demo county's stories and collections: every word of them is invented, and says so."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import pghistory
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageDraw

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.reference.models import Source
from placenames.models import Place, PlaceKind, Story

from ..public import named_places
from . import steps, writing
from .writing import Words

_COMMAND: Final = "make_demo_stories"
_AUTHOR: Final = "示范作者（虚构）"
_SOURCES: Final = "示范数据：全文为演示而虚构，没有任何史料依据"
_OPENING: Final = "【示范数据】这是一篇为演示而编写的故事，人物和情节都是虚构的，不是史实。"
# Title, sentence, text of each; "{name}" stands for the place that the registry has there.
_WALK: Final = (
    ("渠水过门前", "一条水渠怎样把两户人家变成了一个村。", "村里人说，从前这里只有两户人家，中间隔着一条渠。渠水涨的时候，孩子们隔水喊话，喊的就是“{name}”。\n后来渠上架了木桥，两家合成一处，喊惯了的名字也就留了下来。"),
    ("井台上的灯", "夜里赶路的人认得的那盏灯。", "{name}有过一口老井，井台上常年点着一盏灯。守井的老人说，灯不灭，走夜路的人就不会迷路。\n老人走后，村里轮流添油，直到路灯装到了井边。"),
    ("三棵枣树", "认村先认树。", "外乡人打听{name}，村里人从不说东南西北，只说“看见三棵枣树就到了”。\n如今枣树只剩一棵，逢年过节，树下仍是全村人说话的地方。"),
    ("赶集的路", "一条路为什么叫这个名字。", "逢三逢八，四邻八乡的人都从{name}走过。挑担的走中间，赶车的走两边，谁也不碰着谁。\n路修宽以后，集市搬走了，名字没有搬。"),
    ("羊倌的哨子", "哨声传到哪里，哪里就是地界。", "羊倌吹一声哨，羊群在哪里停下，哪里就算到了{name}的边上。\n丈量土地那年，干部们笑着说，羊群停的地方和图上画的线，只差了几步。"),
)  # fmt: skip
_TOLD: Final = (
    ("所长讲地名：一字之差", "同音的两个字，写错了会走错村。", "讲故事的人说，有一年送信的把“{name}”写错了一个字，信绕了半个县才送到。\n从那以后，写地名先查登记簿，成了邮递员的规矩。"),
    ("所长讲地名：老路牌", "一块木头路牌的下落。", "{name}的第一块路牌是木头的，字是小学老师用红漆写的。\n换新牌子那天，老师的孙子把旧牌子抱回了家，说要留给下一辈看。"),
    ("所长讲地名：渡口旧事", "没有水的渡口。", "{name}一带曾经有人摆渡，水退以后，渡口成了晒谷场。\n老人们约人见面，还是说“渡口见”。"),
)  # fmt: skip


@transaction.atomic
def make_demo_stories() -> int:
    """Make them, if the demo county and its accounts are there and there is no story yet; return how many stories."""
    people = {user.username: user for user in User.objects.filter(username__in=USERNAMES.values())}
    if (
        len(people) < len(USERNAMES)
        or Story.objects.exists()
        or not Source.objects.filter(is_demo=True).exists()
    ):
        return 0
    clerk, officer, reviewer = (people[USERNAMES[r]] for r in (Role.CLERK, Role.NAME_OFFICER, Role.REVIEWER))
    places = _places(len(_WALK) + len(_TOLD) + 3)
    if len(places) < 4:
        return 0
    with pghistory.context(user=officer.pk, command=_COMMAND):
        walk = [_write(one, [places[n % len(places)]], officer) for n, one in enumerate(_WALK)]
        told = [_write(one, [places[(n + len(_WALK)) % len(places)]], officer) for n, one in enumerate(_TOLD)]
        for story in (walk[0], told[1]):
            _illustrate(story, officer)
        for story in (*walk, *told):
            _publish(story, officer, reviewer)
        _collect("唐韵古城 奇秀灵武", "沿着地图走一走：水渠、老井、枣树和集市。", walk, officer, reviewer)
        _collect("文管所长说灵武地名故事", "听人讲一讲名字是怎么来的。", told, officer, reviewer)
        _under_way(places, clerk, officer, reviewer)
    return Story.objects.count()


def _places(count: int) -> list[Place]:
    """Return public demo places that are somewhere, villages first, far apart: each of another township where that goes."""
    rows = named_places().filter(source__is_demo=True, named_division__point__isnull=False)
    rows = rows.filter(kind__ground=PlaceKind.Ground.DIVISION).select_related(
        "division", "named_division", "kind"
    )
    by_town: dict[str, list[Place]] = {}
    for place in rows.order_by("division__path", "pk").prefetch_related("names"):
        by_town.setdefault(place.division.path if place.division else "", []).append(place)
    found: list[Place] = []
    while by_town and len(found) < count:
        for town in list(by_town):
            found.append(by_town[town].pop(0))
            if not by_town[town]:
                del by_town[town]
    return found[:count]


def _write(told: tuple[str, str, str], places: Sequence[Place], by: User) -> Story:
    title, summary, text = told
    name = places[0].current_name()
    words = Words(
        title=title, summary=summary, author=_AUTHOR, sources=_SOURCES,
        text=f"{_OPENING}\n{text.format(name=name.text if name is not None else '')}",
    )  # fmt: skip
    return writing.create_story(words=words, places=places, by=by, is_demo=True)


def _publish(story: Story, by: User, reviewer: User) -> None:
    steps.submit(told=story, by=by)
    steps.publish(told=story, by=reviewer, note="示范数据")


def _collect(title: str, summary: str, stories: Sequence[Story], by: User, reviewer: User) -> None:
    words = Words(title=title, summary=summary, author=_AUTHOR, sources=_SOURCES, text=_OPENING)
    made = writing.create_collection(words=words, stories=stories, by=by, is_demo=True)
    steps.submit(told=made, by=by)
    steps.publish(told=made, by=reviewer, note="示范数据")


def _under_way(places: Sequence[Place], clerk: User, officer: User, reviewer: User) -> None:
    """One story in each state that waits for somebody: handed in, returned."""
    waits = _write(
        ("磨坊的号子", "推磨的人唱什么。", "{name}的磨坊里，推磨的人唱一段，歇一段。"), places[-1:], officer
    )
    steps.submit(told=waits, by=officer)
    scope = clerk.scope()
    own = [
        p
        for p in places
        if scope is not None and p.division is not None and p.division.path.startswith(scope.path)
    ]
    if not own:
        return
    back = _write(
        ("门前的石头", "一块石头的来历。", "{name}村口有块大石头，谁也说不清是哪一年来的。"), own[:1], clerk
    )
    steps.submit(told=back, by=clerk)
    steps.send_back(told=back, by=reviewer, reason="请补充讲述人和讲述时间（示范）")


def _illustrate(story: Story, by: User) -> None:
    """Give a story a picture that is drawn here: a plain, a canal, a sun; nobody can take it for a photograph."""
    picture = Image.new("RGB", (1200, 800), "#f3ead2")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 430, 1200, 800), fill="#c9b97e")
    draw.polygon([(0, 440), (260, 300), (520, 430), (820, 280), (1200, 440)], fill="#a98d63")
    draw.ellipse((880, 90, 1020, 230), fill="#d9703c")
    draw.polygon([(430, 800), (760, 800), (640, 430), (600, 430)], fill="#7fa7b5")
    out = io.BytesIO()
    picture.save(out, "PNG")
    new = writing.NewFile(
        file=ContentFile(out.getvalue(), name="示范插图.png"), title="示意图（程序绘制）", author=_AUTHOR,
        text="程序绘制的示意图：山前的平地上有一条水渠，太阳在右上方。",
    )  # fmt: skip
    writing.add_file(story=story, new=new, by=by)
