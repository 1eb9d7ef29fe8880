"""The frame of every page: navigation by role, marks, languages, error pages."""

from __future__ import annotations

import datetime
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role
from geo_registry.navigation import ENTRIES
from geo_registry.templatetags.map import distance
from geo_registry.templatetags.site import address, day, html_lang_of
from maps.views import home
from tests import factories, little_county

pytestmark = pytest.mark.django_db


def links(html: str) -> set[str]:
    head = html[html.index("<header") : html.index("</header>")]
    return set(re.findall(r'href="([^"]+)"', head))


def rendered(template: str, **context: object) -> str:
    request = RequestFactory().get(str(context.pop("path", "/")))
    return Template(template).render(Context({"request": request, **context}))


@pytest.mark.parametrize("role", list(Role))
def test_the_header_leads_only_where_the_policy_lets_a_person_in(client: Client, role: Role) -> None:
    county = little_county.make()
    person = county.people[role]
    client.force_login(person, backend="geo_registry.accounts.backends.PolicyBackend")
    shown = links(client.get(reverse("accounts:account")).content.decode())
    for entry in ENTRIES:
        url = address(entry.url_name)
        if entry.room == "office" and url:
            admitted = policy.judge(person, entry.url_name) is policy.Verdict.ADMITTED
            assert (url in shown) == admitted, entry.url_name


def test_the_header_of_public_pages_leads_nobody_into_the_office() -> None:
    html = rendered("{% load site %}{% navigation 'public' as e %}{% for x in e %}{{ x.url }} {% endfor %}")
    assert html.split()[0] == "/"
    assert "/admin/" not in html


def test_the_office_header_is_a_few_words_and_menus_behind_them(client: Client) -> None:
    person = factories.UserFactory(role=Role.ADMINISTRATOR)
    template = (
        "{% load site %}{% menus 'office' as e %}{% for x in e %}"
        "{% if x.links %}[{{ x.label }}{% for y in x.links %} {{ y.url }}{% endfor %}]{% else %}{{ x.url }}{% endif %}"
        "{% if x.current %}*{% endif %}|{% endfor %}"
    )
    html = rendered(template, user=person, path=reverse("rounds:list"))
    assert html.count("|") <= 7
    assert "[设施 " in html
    assert "]*|" in html, "the menu of the page that one is on is marked"
    viewer = rendered(template, user=factories.UserFactory(role=Role.VIEWER))
    assert "[管理" not in viewer, "a menu of one entry is that entry"
    assert reverse("admin:index") in viewer


def test_the_page_one_is_on_is_marked_in_the_header() -> None:
    template = "{% load site %}{% navigation 'public' as e %}{% for x in e %}{{ x.url }}={{ x.current }} {% endfor %}"
    assert "/=True" in rendered(template, path="/")
    assert "/=False" in rendered(template, path="/facility/F-1/")


def test_nobody_sees_office_links_without_an_account() -> None:
    template = "{% load site %}{% navigation 'office' as e %}{% for x in e %}{{ x.url }} {% endfor %}"
    assert "/planner/" not in rendered(template, user=AnonymousUser())


def test_the_site_is_called_by_its_own_name_else_by_its_home() -> None:
    template = "{% load site %}{% site_title %}"
    assert rendered(template) == "服务设施与地名登记"
    site = factories.InstallationFactory(site_name_zh="", site_name_en="", home_division__name="甲县")
    assert rendered(template) == "甲县服务设施与地名"
    site.site_name_zh = "甲县民政地图"
    site.save()
    assert rendered(template) == "甲县民政地图"


def test_another_site_in_the_context_is_not_taken_for_the_installation() -> None:
    factories.InstallationFactory(site_name_zh="甲县民政地图")
    assert rendered("{% load site %}{% site_title %}", site=object()) == "甲县民政地图"


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "100米以内"),
        (99, "100米以内"),
        (100, "约100米"),
        (334, "约350米"),
        (999, "约1000米"),
        (1234, "约1.2公里"),
        (12_345, "约12公里"),
    ],
)
def test_distance_is_told_no_more_exactly_than_it_is_known(metres: float, words: str) -> None:
    assert distance(metres) == words
    assert distance(None) == ""


def test_days_are_told_as_people_write_them() -> None:
    assert day(datetime.date(2024, 3, 25)) == "2024年3月25日"
    # A moment is told by the installation's day: 20:00 in London is the next day in Shanghai.
    assert day(datetime.datetime(2024, 3, 25, 20, tzinfo=datetime.UTC)) == "2024年3月26日"
    assert day(None) == ""


def test_languages_are_written_as_html_writes_them() -> None:
    assert html_lang_of("zh-hans") == "zh-Hans"
    assert html_lang_of("en") == "en"


def test_an_error_of_the_server_has_a_page_that_needs_nothing(client: Client, monkeypatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(home.public, "ground", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "服务器出错了" in response.content.decode()
