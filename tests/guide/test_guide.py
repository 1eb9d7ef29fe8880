"""The guide names pages that are there, shows pictures that are there, and is reached from every page."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role
from geo_registry.guide.library import PUBLIC, READERS, address_of, folder, pages_of, picture_path, reader_of
from geo_registry.guide.markup import pictures, render, targets
from tests.factories import OfficeFactory, UserFactory

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
PAGES = [page for reader in READERS for page in pages_of(reader)]
NAMES = [f"{page.reader}/{page.name}" for page in PAGES]


def test_each_role_has_two_or_three_pages():
    assert {reader: len(pages_of(reader)) for reader in READERS if len(pages_of(reader)) not in (2, 3)} == {}


def test_each_role_has_a_reader():
    assert {reader_of(role.value) for role in Role} | {PUBLIC} == set(READERS)


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
class TestEachPage:
    def test_names_pages_of_the_product_that_its_reader_may_open(self, page):
        for target in targets(page.text()):
            kind, _colon, name = target.partition(":")
            assert kind in ("page", "guide"), target
            if kind == "guide":
                assert name.split("/")[1] in [one.name for one in pages_of(name.split("/")[0])], target
                continue
            reverse(name)
            if page.reader == PUBLIC:
                assert policy.needed(name) is policy.Access.PUBLIC, target
            else:
                # A clerk acts in a township.
                person = UserFactory(role=page.reader, office=OfficeFactory())
                assert policy.judge(person, name) is policy.Verdict.ADMITTED, target

    def test_shows_pictures_that_are_there(self, page):
        names = pictures(page.text())
        assert [
            name for name in names if picture_path(name.rpartition("/")[2].removesuffix(".png")) is None
        ] == []

    def test_opens(self, page, client):
        response = client.get(page.url)
        assert response.status_code == 200
        assert page.title in response.content.decode()


def test_no_picture_is_left_over():
    shown = {name.rpartition("/")[2] for page in PAGES for name in pictures(page.text())}
    assert {path.name for path in (folder() / "images").glob("*.png")} == shown


@pytest.mark.django_db
class TestTheWayThere:
    def test_a_visitor_is_led_to_the_guide_for_everybody(self, client):
        assert (
            f'href="{reverse("guide:reader", args=[PUBLIC])}"'
            in client.get(reverse("maps:home")).content.decode()
        )

    @pytest.mark.parametrize(
        ("role", "reader"), [(Role.CLERK, "clerk"), (Role.VIEWER, "planner"), (Role.REVIEWER, "reviewer")]
    )
    def test_who_is_signed_in_is_led_to_the_own_one(self, client, role, reader):
        client.force_login(UserFactory(role=role, office=OfficeFactory()), BACKEND)
        text = client.get(reverse("worklist:mine")).content.decode()
        assert f'href="{reverse("guide:reader", args=[reader])}"' in text

    def test_the_address_of_a_role_opens_its_first_page(self, client):
        assert client.get(reverse("guide:reader", args=["clerk"])).url == pages_of("clerk")[0].url

    def test_what_is_not_there_is_not_found(self, client):
        for address in ("/guide/nobody/", "/guide/clerk/nothing/", "/guide/pictures/nothing.png"):
            assert client.get(address).status_code == 404, address

    def test_a_link_whose_page_has_gone_leads_to_the_guide(self):
        assert address_of("page:nowhere:at-all") == reverse("guide:index")


class TestTheMarks:
    def made(self, text: str) -> str:
        return render(text, link=lambda target: f"/{target}/", picture=lambda name: f"/{name}").html

    def test_what_is_written_is_escaped(self):
        assert self.made("a <b>&") == "<p>a &lt;b&gt;&amp;</p>"
        assert "<script" not in self.made("![<script>](x.png)")
        assert 'href="/&quot;&gt;/"' in self.made('[a]("&gt;)').replace("&amp;gt;", "&gt;")

    def test_lists_go_on_over_lines(self):
        assert self.made("- one\n  more\n- two") == "<ul><li>onemore</li><li>two</li></ul>"
        assert self.made("1. one\n2. two") == "<ol><li>one</li><li>two</li></ol>"

    def test_words_keys_and_links(self):
        assert (
            self.made("**b** `J` [go](there)")
            == '<p><strong>b</strong> <kbd>J</kbd> <a href="/there/">go</a></p>'
        )

    def test_a_heading_is_the_title_and_stands_once(self):
        found = render("# T\n\n## S\n\n> n", link=str, picture=str)
        assert (found.title, found.html) == ("T", '<h2>S</h2>\n<p class="note">n</p>')


def test_the_names_of_the_guides_are_chinese():
    with translation.override("zh-hans"):
        assert all("指南" in str(label) for label in READERS.values())
