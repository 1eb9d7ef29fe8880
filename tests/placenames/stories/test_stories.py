"""Stories: written by one, published by another; read by everybody, on the name's page, along a map, found by search."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET

import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Office, Role, User
from geo_registry.attachments.models import Attachment
from geo_registry.search.registry import Asked, What
from geo_registry.search.services import find
from geo_registry.territory.models import Division
from geo_registry.worklist.registry import Asked as AskedWork
from geo_registry.worklist.registry import Pile, providers
from placenames.models import Name, Place, PlaceKind, Story, StoryAct, StoryCollection, StoryState
from placenames.services.public import public_names
from placenames.services.stories import steps, writing
from placenames.services.stories.demo import make_demo_stories
from placenames.services.stories.writing import NewFile, Words
from tests.attachments.files import photo
from tests.factories import DemoSourceFactory

from .conftest import WORDS, place_of, published

pytestmark = pytest.mark.django_db


def page(client, story, name="stories:story"):
    return client.get(reverse(name, args=[story.short_id]))


class TestItsWay:
    def test_only_somebody_else_publishes(self, draft, people):
        administrator = people[Role.ADMINISTRATOR]
        writing.save_story(story=draft, words=WORDS, places=[draft.places.get()], by=administrator)
        steps.submit(told=draft, by=administrator)
        with pytest.raises(PermissionDenied):
            steps.publish(told=draft, by=administrator)
        assert steps.publish(told=draft, by=people[Role.REVIEWER]).state == StoryState.PUBLISHED
        acts = list(draft.steps.values_list("act", flat=True))
        assert acts == [StoryAct.CREATED, StoryAct.EDITED, StoryAct.SUBMITTED, StoryAct.PUBLISHED]

    @pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER, Role.REVIEWER])
    def test_who_keeps_no_names_writes_no_stories(self, place, people, role):
        with pytest.raises(PermissionDenied):
            writing.create_story(words=WORDS, places=[place], by=people[role])

    def test_a_clerk_writes_of_the_own_township_alone(self, place, people):
        town, other = Division.objects.filter(level=4).order_by("code")
        clerks = [
            User.objects.create_user(
                f"clerk{n}", office=Office.objects.create(name=f"{n}", division=division), role=Role.CLERK
            )
            for n, division in enumerate((town, other))
        ]
        story = writing.create_story(words=WORDS, places=[place], by=clerks[0])
        assert story.division.path.startswith(town.path)
        with pytest.raises(PermissionDenied):
            writing.save_story(story=story, words=WORDS, places=[place], by=clerks[1])

    @pytest.mark.parametrize("without", ["text", "author", "sources"])
    def test_what_readers_need_must_be_there(self, place, people, without):
        values = {name: getattr(WORDS, name) for name in ("title", "summary", "text", "author", "sources")}
        story = writing.create_story(
            words=Words(**values | {without: ""}), places=[place], by=people[Role.NAME_OFFICER]
        )
        with pytest.raises(ValidationError) as refused:
            steps.submit(told=story, by=people[Role.NAME_OFFICER])
        assert set(refused.value.message_dict) == {without}

    def test_a_file_needs_its_words(self, draft, people):
        officer = people[Role.NAME_OFFICER]
        row = writing.add_file(
            story=draft, new=NewFile(file=ContentFile(photo(), name="a.jpg"), title="老井"), by=officer
        )
        with pytest.raises(ValidationError, match="老井"):
            steps.submit(told=draft, by=officer)
        writing.describe_file(row=row, title="老井", text="一口砖砌的井。", by=officer)
        assert steps.submit(told=draft, by=officer).state == StoryState.SUBMITTED

    def test_what_is_published_is_not_changed(self, story, people):
        with pytest.raises(ValidationError):
            writing.save_story(story=story, words=WORDS, places=[], by=people[Role.NAME_OFFICER])
        with pytest.raises(ValidationError):
            writing.add_file(
                story=story,
                new=NewFile(file=ContentFile(photo(), name="a.jpg"), title="x"),
                by=people[Role.NAME_OFFICER],
            )

    def test_withdrawn_and_taken_up_again_it_keeps_its_address(self, client, story, people):
        officer = people[Role.NAME_OFFICER]
        with pytest.raises(ValidationError):
            steps.withdraw(told=story, by=officer, reason=" ")
        steps.withdraw(told=story, by=officer, reason="年代有误")
        gone = page(client, story)
        assert gone.status_code == 410
        assert "年代有误" not in gone.content.decode()
        steps.reopen(told=story, by=officer)
        with pytest.raises(ValidationError):
            steps.discard(told=story, by=officer)
        published(story, people)
        assert page(client, story).status_code == 200

    def test_a_new_version_is_reviewed_while_everybody_reads_the_one_before(
        self, client, draft, place, people
    ):
        officer, reviewer = people[Role.NAME_OFFICER], people[Role.REVIEWER]
        new = NewFile(file=ContentFile(photo(), name="a.jpg"), title="老井", text="一口井")
        writing.add_file(story=draft, new=new, by=officer)
        story = published(draft, people)
        version = steps.revise(told=story, by=officer)
        assert (version.state, version.title, version.files.count()) == (StoryState.DRAFT, WORDS.title, 1)
        other = place_of("新井庄")
        words = Words(title="两口井", text="后来又挖了一口。", author="张老师", sources="口述，2025年")
        writing.save_story(story=version, words=words, places=[other, place], by=officer)
        writing.describe_file(row=version.files.get(), title="旧照", text="一口老井", by=officer)
        steps.submit(told=version, by=officer)
        with pytest.raises(PermissionDenied):
            steps.publish(told=version, by=officer)
        before = page(client, story).content.decode()
        assert WORDS.title in before
        assert "两口井" not in before
        assert page(client, version).status_code == 404
        assert "两口井" not in client.get(reverse("stories:list")).content.decode()
        assert find(Asked(text="两口井")) == []
        shown = steps.publish(told=version, by=reviewer)
        assert shown == story
        after = page(client, story).content.decode()
        assert "两口井" in after
        assert WORDS.title not in after
        assert [place.short_id for place in shown.places.order_by("story_links__position")] == [
            other.short_id,
            place.short_id,
        ]
        assert [row.title for row in shown.files.all()] == ["旧照"]
        assert Attachment.objects.count() == 1
        assert Story.objects.get() == story
        acts = [
            StoryAct.CREATED,
            StoryAct.SUBMITTED,
            StoryAct.PUBLISHED,
            StoryAct.REVISED,
            StoryAct.SUBMITTED,
            StoryAct.PUBLISHED,
        ]
        assert list(shown.steps.values_list("act", flat=True)) == acts
        assert find(Asked(text="两口井"))[0].key == story.short_id

    def test_a_collection_too(self, client, collection, story, people):
        officer = people[Role.NAME_OFFICER]
        version = steps.revise(told=collection, by=officer)
        words = Words(title="新编", text="序", author="文管所", sources="本局")
        writing.save_collection(collection=version, words=words, stories=[story], by=officer)
        published(version, people)
        text = page(client, collection, "stories:collection").content.decode()
        assert "《新编》" in text
        assert StoryCollection.objects.get() == collection

    def test_of_one_story_there_is_one_new_version(self, story, people):
        officer = people[Role.NAME_OFFICER]
        version = steps.revise(told=story, by=officer)
        with pytest.raises(ValidationError):
            steps.revise(told=story, by=officer)
        steps.withdraw(told=story, by=officer, reason="有误")
        with pytest.raises(ValidationError):
            steps.reopen(told=story, by=officer)
        steps.submit(told=version, by=officer)
        assert steps.publish(told=version, by=people[Role.REVIEWER]).state == StoryState.PUBLISHED

    def test_a_new_version_is_thrown_away_and_nothing_has_changed(self, sign_in, story, people):
        client = sign_in(Role.NAME_OFFICER)
        answer = client.post(reverse("telling:step", args=[story.short_id]), {"do": "revise"}, follow=True)
        version = Story.objects.exclude(pk=story.pk).get()
        assert answer.redirect_chain[-1][0] == reverse("telling:story", args=[version.short_id])
        assert reverse("telling:story", args=[story.short_id]) in answer.content.decode()
        answer = client.post(reverse("telling:step", args=[version.short_id]), {"do": "discard"}, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("telling:story", args=[story.short_id])
        assert Story.objects.get().title == story.title

    @pytest.mark.parametrize("role", [Role.REVIEWER, Role.PLANNER])
    def test_who_keeps_no_names_begins_no_version(self, story, people, role):
        with pytest.raises(PermissionDenied):
            steps.revise(told=story, by=people[role])

    def test_a_draft_is_thrown_away_with_its_files(self, draft, people):
        officer = people[Role.NAME_OFFICER]
        new = NewFile(file=ContentFile(photo(), name="a.jpg"), title="老井", text="井")
        writing.add_file(story=draft, new=new, by=officer)
        steps.discard(told=draft, by=officer)
        assert not Story.objects.exists()
        assert not Attachment.objects.exists()

    def test_history_has_every_state(self, story):
        event = Story.pgh_event_model
        states = list(
            event.objects.filter(pgh_obj_id=story.pk).order_by("pgh_id").values_list("state", flat=True)
        )
        assert states[0] == "draft"
        assert states[-1] == "published"


class TestWhoReads:
    def test_a_draft_is_nobodys(self, client, draft):
        assert page(client, draft).status_code == 404
        assert client.get(reverse("maps:story_drawing", args=[draft.short_id])).status_code == 404

    def test_of_a_secret_place_nothing_is_told(self, client, story, collection, place):
        place.secrecy = "秘密"
        place.save()
        assert page(client, story).status_code == 404
        assert story.title not in client.get(reverse("stories:list")).content.decode()
        assert page(client, collection, "stories:collection").status_code == 404
        assert client.get(reverse("maps:story_drawing", args=[story.short_id])).status_code == 404
        assert find(Asked(text="井台")) == []

    def test_a_clerk_is_not_told_of_a_secret_place_and_does_not_drop_it(self, client, place, people):
        officer = people[Role.NAME_OFFICER]
        secret = place_of("烽火台", secrecy="秘密")
        Place.objects.filter(pk=secret.pk).update(division=None)
        story = writing.create_story(words=WORDS, places=[place, secret], by=officer)
        Story.objects.filter(pk=story.pk).update(division=place.division)
        office = Office.objects.create(name="甲镇政府", division=place.division.parent)
        clerk = User.objects.create_user("own-clerk", office=office, role=Role.CLERK)
        for who, told in ((clerk, False), (officer, True)):
            client.force_login(who, backend="geo_registry.accounts.backends.PolicyBackend")
            read = page(client, story, "telling:story").content.decode()
            assert ("烽火台" in read, secret.short_id in read, "一个不公开的地点" in read) == (
                told,
                told,
                not told,
            )
        client.force_login(clerk, backend="geo_registry.accounts.backends.PolicyBackend")
        address = reverse("telling:edit", args=[story.short_id])
        read = client.get(address).content.decode()
        assert "老井庄" in read
        assert "烽火台" not in read
        answer = client.post(address, {"title": "新题目", "text": "新的。", "place": place.short_id})
        assert answer.status_code == 302
        story.refresh_from_db()
        assert story.title == "新题目"
        assert list(story.links.values_list("place", flat=True)) == [place.pk, secret.pk]

    def test_a_place_that_is_not_public_is_not_named(self, client, story, people):
        steps.withdraw(told=story, by=people[Role.NAME_OFFICER], reason="补充")
        steps.reopen(told=story, by=people[Role.NAME_OFFICER])
        hidden = place_of("内部庄", published=False)
        places = [*story.places.all(), hidden]
        writing.save_story(story=story, words=WORDS, places=places, by=people[Role.NAME_OFFICER])
        published(story, people)
        text = page(client, story).content.decode()
        assert "老井庄" in text
        assert "内部庄" not in text
        assert hidden.short_id not in text

    def test_its_files_are_as_public_as_it_is(self, client, draft, people):
        officer = people[Role.NAME_OFFICER]
        new = NewFile(file=ContentFile(photo(), name="a.jpg"), title="老井", text="一口井")
        writing.add_file(story=draft, new=new, by=officer)
        address = reverse("attachments:shown", args=[Attachment.objects.get().pk])
        assert client.get(address).status_code in (302, 403, 404)
        published(draft, people)
        shown = client.get(address)
        assert shown.status_code == 200
        assert b"".join(shown.streaming_content)  # read to its end it closes its file
        assert address in page(client, draft).content.decode()


class TestWhereItStands:
    def test_on_the_names_page(self, client, story, place):
        text = client.get(reverse("placenames:place", args=[place.short_id])).content.decode()
        assert reverse("stories:story", args=[story.short_id]) in text

    def test_in_the_list_the_sitemap_and_the_search(self, client, story, collection):
        text = client.get(reverse("stories:list")).content.decode()
        assert story.title in text
        assert f"《{collection.title}》" in text
        index = client.get("/sitemap.xml").content.decode()
        assert "/sitemap-stories-1.xml" in index
        assert f"/stories/{story.short_id}/" in client.get("/sitemap-stories-1.xml").content.decode()
        assert "/sitemap.xml" in client.get("/robots.txt").content.decode()
        for typed in ("井台上", "jingtai", "灯"):
            assert [hit.what for hit in find(Asked(text=typed)) if hit.what == What.STORY] == [What.STORY]

    def test_who_looks_for_a_place_in_the_office_is_given_none(self, sign_in, story):
        client = sign_in(Role.NAME_OFFICER)
        assert client.get("/find/suggest/?q=井台&room=office").json()["hits"] == []
        assert client.get("/find/suggest/?q=井台").json()["hits"][0]["what"] == "story"

    def test_a_collection_numbers_its_stories_and_draws_them(self, client, collection, story):
        text = page(client, collection, "stories:collection").content.decode()
        assert 'data-stop="0"' in text
        assert reverse("maps:story_drawing", args=[story.short_id]) in text
        for address in (
            reverse("maps:story_drawing", args=[story.short_id]),
            reverse("maps:collection_drawing", args=[collection.short_id]),
        ):
            drawn = client.get(address)
            assert drawn["Content-Type"] == "image/svg+xml"
            words = "".join(ET.fromstring(drawn.content).itertext())
            assert "老井庄" in words

    def test_on_paper_each_story_has_its_own_drawing(self, client, collection, story):
        text = client.get(
            reverse("stories:collection", args=[collection.short_id]) + "?view=paper"
        ).content.decode()
        assert "<noscript>" not in text
        assert "story-map.js" not in text
        assert reverse("maps:story_drawing", args=[story.short_id]) in text

    def test_queries_do_not_grow_with_the_stories_of_a_list(self, client, people, place):
        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("stories:list"))
            return len(queries)

        def another():
            published(writing.create_story(words=WORDS, places=[place], by=people[Role.NAME_OFFICER]), people)

        another()
        few = count()
        for _n in range(3):
            another()
        assert count() == few

    def test_the_campaign_counts_places_with_a_published_story(self, draft, place, people):
        from placenames.models import CampaignVillage
        from placenames.services.campaign import village_progress

        CampaignVillage.objects.create(division=place.division)
        assert village_progress(people[Role.ADMINISTRATOR])[0].counts["stories"] == 0
        published(draft, people)
        assert village_progress(people[Role.ADMINISTRATOR])[0].counts["stories"] == 1


class TestTheOfficesPages:
    def test_a_story_is_written_reviewed_and_read(self, sign_in, place, people, client):
        writer = sign_in(Role.NAME_OFFICER)
        body = {
            "title": "渡口",
            "text": "一\n二",
            "author": "王",
            "sources": "口述",
            "place": [place.short_id],
        }
        sent = writer.post(reverse("telling:new"), body)
        story = Story.objects.get(title="渡口")
        assert sent.url == reverse("telling:story", args=[story.short_id])
        step = reverse("telling:step", args=[story.short_id])
        assert writer.post(step, {"do": "submit"}).status_code == 302
        assert writer.post(step, {"do": "publish"}).status_code == 403
        reviewer = sign_in(Role.REVIEWER)
        assert reviewer.post(step, {"do": "return", "reason": ""}).status_code == 422
        assert reviewer.post(step, {"do": "publish"}).status_code == 302
        client.logout()
        assert page(client, story).status_code == 200

    def test_without_scripts_a_place_is_added_by_its_name(self, sign_in, place):
        client = sign_in(Role.NAME_OFFICER)
        body = {"title": "渡口", "place_find": "老井庄"}
        client.post(reverse("telling:new"), body)
        assert list(Story.objects.get().places.all()) == [place]
        refused = client.post(reverse("telling:new"), body | {"place_find": "没有这个"})
        assert refused.status_code == 422
        assert "没有这个" in refused.content.decode()

    def test_an_unknown_place_is_refused_and_nothing_typed_is_lost(self, sign_in, place):
        body = {"title": "渡口", "text": "正文还在", "place": ["zzzzzzzz"]}
        answer = sign_in(Role.NAME_OFFICER).post(reverse("telling:new"), body)
        assert answer.status_code == 422
        assert "正文还在" in answer.content.decode()

    def test_a_collection_is_put_in_order_by_numbers(self, sign_in, story, draft, people, place):
        second = published(
            writing.create_story(
                words=Words(title="乙", text="x", author="x", sources="x"),
                places=[place],
                by=people[Role.NAME_OFFICER],
            ),
            people,
        )
        body = {
            "title": "古城", "text": "导言", "author": "王", "sources": "口述", "story": [story.short_id, second.short_id],
            f"position-{story.short_id}": "2", f"position-{second.short_id}": "1",
        }  # fmt: skip
        sign_in(Role.NAME_OFFICER).post(reverse("telling:new_collection"), body)
        made = StoryCollection.objects.get()
        assert [link.story for link in made.links.all()] == [second, story]

    def test_what_waits_stands_in_my_work(self, draft, people):
        def mine(role):
            asked = AskedWork(user=people[role], day=datetime.date(2026, 1, 1), pile=Pile.MINE)
            return [item.title for item in providers()["stories"].items(asked, first=0, size=10)]

        assert mine(Role.REVIEWER) == []
        steps.submit(told=draft, by=people[Role.NAME_OFFICER])
        assert mine(Role.REVIEWER) == [draft.title]
        assert mine(Role.NAME_OFFICER) == []
        steps.send_back(told=draft, by=people[Role.REVIEWER], reason="缺来源")
        assert mine(Role.NAME_OFFICER) == [draft.title]
        assert mine(Role.REVIEWER) == []


class TestANamesPage:
    def test_its_address_survives_renaming(self, client, place):
        address = reverse("placenames:place", args=[place.short_id])
        before = client.get(address).content.decode()
        old = place.names.get()
        old.status, old.valid_to = Name.Status.FORMER, datetime.date(2024, 1, 1)
        old.save()
        Name.objects.create(
            place=place, text="新井庄", status=Name.Status.STANDARD, valid_from=datetime.date(2024, 1, 1)
        )
        after = client.get(address)
        assert after.status_code == 200
        assert '<h1 class="name-short"' in before
        assert "新井庄" in after.content.decode()
        assert "老井庄" in after.content.decode()
        assert [name.text for name in public_names().filter(place=place)] == ["老井庄", "新井庄"]

    def test_it_is_drawn_for_paper(self, client, place):
        drawn = client.get(reverse("maps:name_drawing", args=[place.short_id]))
        assert "老井庄" in "".join(ET.fromstring(drawn.content).itertext())
        place.published = False
        place.save()
        assert client.get(reverse("maps:name_drawing", args=[place.short_id])).status_code == 404

    def test_its_signs_and_announcements_are_told_and_nothing_of_the_offices(self, client, place):
        from placenames.models import NameCase, Sign, SignOrder, SignSite

        site = SignSite.objects.create(
            place=place, division=place.division, point=place.geometry, pole_owner="电力公司"
        )
        day = datetime.date(2025, 3, 1)
        sign = Sign.objects.create(
            asset_number="S-77", site=site, text="老井庄", status="damaged", status_on=day
        )
        Sign.objects.create(asset_number="S-78", site=site, text="老井庄", status="planned", status_on=day)
        SignOrder.objects.create(sign=sign, kind="repair", reason="锈蚀", opened_on=day)
        NameCase.objects.create(
            place=place, kind=place.kind, division=place.division, text="老井庄", state="announced", authority="甲县人民政府",
            approval_number="甲政函1号", approved_on=day, announced_on=day, reason="内部理由",
        )  # fmt: skip
        text = client.get(reverse("placenames:place", args=[place.short_id])).content.decode()
        assert "1块" in text
        assert "甲政函1号" in text
        for secret in ("电力公司", "S-77", "锈蚀", "内部理由", "damaged"):
            assert secret not in text


def test_the_demo_has_stories_and_they_say_that_they_are_invented(county):
    """Nothing is made without the demo's accounts; with them two collections, and one story that waits for each."""
    assert make_demo_stories() == 0
    source = DemoSourceFactory()
    township = Division.objects.filter(level=4).order_by("code").first()
    for role, username in USERNAMES.items():
        division = township if role == Role.CLERK else county
        office = Office.objects.create(name=username, division=division)
        User.objects.create_user(username, office=office, role=role)
    kind = PlaceKind.objects.create(code="village", name_zh="村", ground=PlaceKind.Ground.DIVISION)
    for n, village in enumerate(Division.objects.filter(level=5)):
        village.point = Point(106.3 + n / 50, 38.1, srid=4490)
        village.save()
        fields = {
            "kind": kind,
            "division": village.parent,
            "named_division": village,
            "source": source,
            "published": True,
        }
        Name.objects.create(
            place=Place.objects.create(**fields), text=village.name, status=Name.Status.STANDARD
        )
    assert make_demo_stories() == 10
    assert Story.objects.public().count() == 8
    assert {made.title for made in StoryCollection.objects.public()} == {
        "唐韵古城 奇秀灵武",
        "文管所长说灵武地名故事",
    }
    assert all("示范数据" in story.text and story.is_demo for story in Story.objects.all())
    assert set(Story.objects.exclude(state="published").values_list("state", flat=True)) == {
        "submitted",
        "draft",
    }
    assert make_demo_stories() == 0
