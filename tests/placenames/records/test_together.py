"""Two people at one record: nobody writes over the other unknowingly, and nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from placenames.models import Story

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
