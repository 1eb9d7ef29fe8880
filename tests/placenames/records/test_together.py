"""Two people at one record: nobody writes over the other unknowingly, and nothing typed is lost."""

from __future__ import annotations

import html
import json
import re
import threading

import pytest
from django.db import connection
from django.urls import reverse

from placenames.models import NameCase, Place, Story, StoryCollection
from tests.factories import RoadFactory

from .test_records import two

pytestmark = pytest.mark.django_db

__all__ = ["two"]


def opened(client, address) -> dict[str, str]:
    """What the page's form sends as it stands."""
    page = client.get(address).content.decode()
    form = re.findall(r"<form.*?</form>", page, re.DOTALL)[-1]
    found = []
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found.append((attributes.get("name", ""), attributes.get("value", "")))
    found += re.findall(r'<textarea[^>]*?name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_what_both_have_written_is_shown_and_stands_once_it_is_sent_again(sign_in, two):
    place = two[0]
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[place.short_id])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"meaning": "甲写的", "used_when": "明代"}).status_code == 302
    answer = client.post(address, second | {"meaning": "乙写的", "origin": "乙的来历"})
    assert answer.status_code == 422
    assert "甲写的" in str(answer.context["form"].errors["meaning"])
    assert set(answer.context["form"].errors) == {"meaning"}
    assert answer.context["form"]["meaning"].value() == "乙写的"
    place.refresh_from_db()
    assert (place.meaning, place.used_when) == ("甲写的", "明代")
    assert answer.context["form"]["used_when"].value() == "明代"
    again = {name: answer.context["form"][name].value() or "" for name in second}
    assert client.post(address, again).status_code == 302
    place.refresh_from_db()
    assert (place.meaning, place.origin) == ("乙写的", "乙的来历")
    assert place.used_when == "明代", "what the second left alone is the first one's"


def test_what_only_one_of_them_has_written_is_kept_of_each(sign_in, two):
    place = two[0]
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[place.short_id])
    first, second = opened(client, address), opened(client, address)
    client.post(address, first | {"meaning": "甲写的"})
    assert (
        client.post(address, second | {"history": "一行\r\n二行", "registered_on": "2024-03-25"}).status_code
        == 302
    )
    place.refresh_from_db()
    assert (place.meaning, place.history.splitlines()) == ("甲写的", ["一行", "二行"])


def test_the_same_page_sent_twice_is_no_conflict(sign_in, two):
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[two[0].short_id])
    values = opened(client, address) | {"meaning": "一样的", "registered_on": "2024-03-25"}
    assert client.post(address, values).status_code == 302
    assert client.post(address, values).status_code == 302


def test_a_draft_of_a_story_tells_who_comes_second(sign_in, two):
    client = sign_in("clerk")
    words = {"title": "老井", "text": "一口井。", "summary": "", "author": "", "sources": "口述"}
    assert client.post(reverse("telling:new"), words | {"place": two[0].short_id}).status_code == 302
    story = Story.objects.get()
    address = reverse("telling:edit", args=[story.short_id])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"place": two[0].short_id, "text": "甲的正文"}).status_code == 302
    answer = client.post(address, second | {"place": two[0].short_id, "text": "乙的正文"})
    assert answer.status_code == 422
    assert "甲的正文" in str(answer.context["form"].errors["text"])


def told_story(client, title: str, *places: Place) -> Story:
    words = {"title": title, "text": "一口井。", "summary": "", "author": "", "sources": "口述"}
    sent = words | {"place": [place.short_id for place in places]}
    assert client.post(reverse("telling:new"), sent).status_code == 302
    return Story.objects.get(title=title)


def told_of(story: Story) -> list[str]:
    return list(story.links.order_by("position").values_list("place__short_id", flat=True))


def test_places_that_another_has_put_in_stay_in(sign_in, two):
    client = sign_in("clerk")
    one, other = (place.short_id for place in two)
    story = told_story(client, "老井", two[0])
    address = reverse("telling:edit", args=[story.short_id])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"place": [one, other]}).status_code == 302
    assert client.post(address, second | {"place": [one], "summary": "乙的一句"}).status_code == 302
    story.refresh_from_db()
    assert (story.summary, told_of(story)) == ("乙的一句", [one, other])


def test_places_that_both_have_changed_are_told_and_stand_once_they_are_sent_again(sign_in, two):
    client = sign_in("clerk")
    one, other = (place.short_id for place in two)
    story = told_story(client, "老井", two[0])
    address = reverse("telling:edit", args=[story.short_id])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"place": [other, one]}).status_code == 302
    answer = client.post(address, second | {"place": [other]})
    assert answer.status_code == 422
    assert "古城路、兴业路" in str(answer.context["form"].non_field_errors())
    assert [place.short_id for place, _name in answer.context["places"]] == [other]
    assert told_of(story) == [other, one]
    again = second | {"seen": answer.context["form"]["seen"].value(), "place": [other]}
    assert client.post(address, again).status_code == 302
    assert told_of(story) == [other]


def test_the_stories_of_a_collection_and_their_order_are_compared_too(sign_in, two):
    client = sign_in("clerk")
    a, b, c = (told_story(client, title, two[0]).short_id for title in ("甲井", "乙井", "丙井"))
    words = {"title": "井", "text": "", "summary": "", "author": "", "sources": "口述"}
    both = {"story": [a, b], f"position-{a}": "1", f"position-{b}": "2"}
    assert client.post(reverse("telling:new_collection"), words | both).status_code == 302
    made = StoryCollection.objects.get()
    address = reverse("telling:edit_collection", args=[made.short_id])

    def stands() -> list[str]:
        return list(made.links.order_by("position").values_list("story__short_id", flat=True))

    first, second, third = opened(client, address), opened(client, address), opened(client, address)
    turned = both | {f"position-{a}": "2", f"position-{b}": "1"}
    assert client.post(address, first | turned).status_code == 302
    assert client.post(address, second | both | {"summary": "乙的一句"}).status_code == 302
    made.refresh_from_db()
    assert (made.summary, stands()) == ("乙的一句", [b, a]), "who left the order alone does not turn it back"
    answer = client.post(address, third | both | {"story": [a, b, c], f"position-{c}": "3"})
    assert answer.status_code == 422
    assert "《乙井》、《甲井》" in str(answer.context["form"].non_field_errors())
    assert [row.short_id for row, _number, is_in in answer.context["stories"] if is_in] == [a, b, c]
    assert stands() == [b, a]


@pytest.fixture
def drafted(sign_in, village, kinds):
    """A draft on two stretches of road, the address of its page and what that sends, with ``act`` and the choices."""
    client = sign_in("clerk")
    roads = [RoadFactory(division=village, name="") for _number in range(2)]
    values = {
        "act": "naming",
        "kind": kinds["road"].pk,
        "division": village.pk,
        "text": "兴业路",
        "reason": "新建",
    }
    keys = ",".join(str(road.pk) for road in roads)
    assert client.post(reverse("naming:new"), values | {"roads": keys}).status_code == 302
    case = NameCase.objects.get()
    address = reverse("naming:edit", args=[case.pk])

    def page() -> dict[str, str]:
        return opened_case(client, address) | {name: values[name] for name in ("act", "kind", "division")}

    return client, case, address, page


def opened_case(client, address) -> dict[str, str]:
    form = client.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in sent.items()}


POINT = {"type": "Point", "coordinates": [106.00012345, 38.5]}
AS_MANY = {"type": "MultiPoint", "coordinates": [[106.000123450000001, 38.50]]}


def test_a_position_is_the_same_in_whatever_notation(drafted):
    client, case, address, page = drafted
    assert client.post(address, page() | {"roads": "", "geometry": json.dumps(POINT)}).status_code == 302
    first, second = page(), page()
    assert client.post(address, first | {"meaning": "甲写的"}).status_code == 302
    # The map of the second has written the position anew without moving it.
    answer = client.post(address, second | {"origin": "乙写的", "geometry": json.dumps(AS_MANY)})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.meaning, case.origin) == ("甲写的", "乙写的")


def test_roads_in_another_order_are_no_change_and_another_position_is_told_in_words(drafted):
    client, case, address, page = drafted
    first, second, third = page(), page(), page()
    turned = ",".join(reversed(first["roads"].split(",")))
    assert client.post(address, first | {"roads": "", "geometry": json.dumps(POINT)}).status_code == 302
    assert client.post(address, second | {"roads": turned, "meaning": "乙写的"}).status_code == 302
    case.refresh_from_db()
    assert (case.roads.count(), case.meaning) == (0, "乙写的")
    assert case.geometry.coords == pytest.approx(POINT["coordinates"])
    answer = client.post(address, third | {"roads": third["roads"].split(",")[0]})
    assert answer.status_code == 422
    (said,) = answer.context["form"].non_field_errors()
    assert not re.search(r"coordinates|\d", said)


def test_readings_of_another_are_kept_or_told(drafted):
    client, case, address, page = drafted
    first, second, third = page(), page(), page()
    assert client.post(address, first | {"reading-0": "xìng"}).status_code == 302
    assert client.post(address, second | {"meaning": "乙写的"}).status_code == 302
    case.refresh_from_db()
    assert (case.readings, case.meaning) == ({"0": "xìng"}, "乙写的")
    answer = client.post(address, third | {"reading-0": "xīng"})
    assert answer.status_code == 422
    assert "兴 xìng" in str(answer.context["form"].non_field_errors())
    assert answer.context["readings"] == [(0, "xīng", "兴")], "what was chosen is still on the page"
    # Another name takes its readings along: those of the old one say nothing of it.
    fourth, fifth = page(), page()
    assert client.post(address, fourth | {"text": "任家路", "reading-0": "rén"}).status_code == 302
    assert client.post(address, fifth | {"origin": "戊写的", "reading-0": "xīng"}).status_code == 302
    case.refresh_from_db()
    assert (case.text, case.readings, case.origin) == ("任家路", {"0": "rén"}, "戊写的")


def test_what_the_other_has_emptied_is_said_so(sign_in, two):
    place = two[0]
    Place.objects.filter(pk=place.pk).update(meaning="原来的")
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[place.short_id])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"meaning": ""}).status_code == 302
    answer = client.post(address, second | {"meaning": "乙写的"})
    assert answer.status_code == 422
    assert "“”" not in str(answer.context["form"].errors["meaning"])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_in_one_moment_the_second_waits_and_sees_the_first(sign_in, two):
    place = two[0]
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[place.short_id])
    second = opened(client, address) | {"meaning": "乙写的"}
    answers = []

    def send() -> None:
        try:
            answers.append(client.post(address, second))
        finally:
            connection.close()

    first = connection.copy()
    try:
        with first.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE placenames_place SET meaning = '甲写的' WHERE id = %s", [place.pk])
            sending = threading.Thread(target=send)
            sending.start()
            sending.join(timeout=1)
            assert sending.is_alive(), "it waits for the first"
            cursor.execute("COMMIT")
        sending.join(timeout=30)
    finally:
        first.close()
    assert [answer.status_code for answer in answers] == [422]
    place.refresh_from_db()
    assert place.meaning == "甲写的"
